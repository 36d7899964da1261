/**
 * The specification asked for one step of one node: its actions (spec/raft.qnt), called by name, in a world made of that node,
 * its disk and the message that comes. Equal questions have equal answers, so each is asked once.
 */

import { canonicalText, fieldOf } from '../../spec/canonical.js';
import type { QuintModule, QuintState, QuintValue } from '../../spec/quint-evaluator.js';
import { quintValue } from '../quint-values.js';

export interface NodeWorld {
  readonly server: string;
  readonly node: string;
  readonly disk: string;
  /** The message that comes; null: none. */
  readonly message: string | null;
  /** What was proposed and read before: the next of either gets the next number. */
  readonly proposals: number;
  readonly reads: number;
}

export interface Call {
  readonly action: string;
  readonly arguments: readonly string[];
}

export interface NodeOutcome {
  readonly node: string;
  readonly disk: string;
  /** The text of the set of what was sent. */
  readonly sent: string;
  /** The reads that were answered. */
  readonly served: string;
}

/** `refused`: the action that could not be taken. */
export type Answer = NodeOutcome | { readonly refused: string };

/** More answers than these are not remembered. */
const REMEMBERED = 1_000_000;

export class RaftWorlds {
  /** How many questions the specification was asked, and how many had been asked before. */
  asked = 0;
  repeated = 0;
  /** Every server and every term keeps its own number, so that fewer questions are the same. */
  readonly plain: boolean;
  private readonly module: QuintModule;
  private readonly answers = new Map<string, string>();

  constructor(module: QuintModule, plain = false) {
    this.module = module;
    this.plain = plain;
  }

  /** The digest of the answer to a question, by its own. */
  known(question: string): string | undefined {
    const answer = this.answers.get(question);
    if (answer !== undefined) {
      this.repeated++;
    }
    return answer;
  }

  remember(question: string, answer: string): void {
    if (this.answers.size === REMEMBERED) {
      this.answers.clear();
    }
    this.answers.set(question, answer);
  }

  /** What the calls, one after the other, make of the world. */
  play(world: NodeWorld, calls: readonly Call[]): Answer {
    this.asked++;
    let state = stateOf(world, this.module.variables);
    for (const { action, arguments: texts } of calls) {
      const after = this.module.taking(action, texts.map(quintValue), state);
      if (after === null) {
        return { refused: action };
      }
      state = after;
    }
    const { variables } = this.module;
    const variable = (name: string): QuintValue => state[variables.indexOf(name)]!;
    const ofServer = (name: string): string =>
      canonicalText(variable(name)).slice(`<${world.server}: `.length, -1);
    return {
      node: ofServer('nodes'),
      disk: ofServer('disks'),
      sent: canonicalText(variable('network')),
      served: canonicalText(fieldOf(variable('ghost'), 'served')),
    };
  }
}

export function callText({ action, arguments: texts }: Call): string {
  return `${action}(${texts.join(', ')})`;
}

function stateOf(
  { server, node, disk, message, proposals, reads }: NodeWorld,
  variables: readonly string[],
): QuintState {
  const texts: Readonly<Record<string, string>> = {
    nodes: `<${server}: ${node}>`,
    disks: `<${server}: ${disk}>`,
    network: message === null ? '{}' : `{${message}}`,
    spent: `<changes: 0, drops: 0, duplicates: 0, proposals: ${proposals}, reads: ${reads}, restarts: 0, snapshots: 0, transfers: 0>`,
    ghost: `<committed: [], invited: {}, leaders: {}, preVotes: {}, reads: <${reads + 1}: 0>, served: {}, termsTold: <${server}: 0>, votes: {}>`,
  };
  return variables.map((name) => quintValue(texts[name]!));
}
