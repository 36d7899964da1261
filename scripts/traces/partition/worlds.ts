/**
 * The specification asked for one step of one replica, or one decision of the controller: its actions (spec/partition.qnt),
 * called by name, in a world made of what they read. Equal questions have equal answers, so each is asked once.
 */

import { canonicalTextOnce } from '../../spec/canonical.js';
import type { QuintModule, QuintState, QuintValue } from '../../spec/quint-evaluator.js';
import { quintValue } from '../quint-values.js';

/** The texts of the variables. What the judge of the specification remembers is left out: it is asked of no run. */
export interface PartitionWorld {
  readonly replicas: string;
  readonly image: string;
  readonly updates: string;
  readonly network: string;
  /** Produces so far: the next record gets the next number. */
  readonly produces: number;
}

export interface Call {
  readonly action: string;
  readonly arguments: readonly string[];
}

export interface WorldOutcome {
  readonly replicas: string;
  readonly image: string;
  readonly network: string;
}

/** `refused`: the action that could not be taken. */
export type Answer = WorldOutcome | { readonly refused: string };

/** More answers than these are not kept. */
const KEPT = 60_000;

export class PartitionWorlds {
  /** How many questions the specification was asked, and how many had been asked before. */
  asked = 0;
  repeated = 0;
  private readonly module: QuintModule;
  private readonly answers = new Map<string, Answer>();

  constructor(module: QuintModule) {
    this.module = module;
  }

  /** What the calls, one after the other, make of the world. */
  play(world: PartitionWorld, calls: readonly Call[]): Answer {
    const key = `${calls.map(callText).join(' ')}\n${Object.values(world).join('\n')}`;
    let answer = this.answers.get(key);
    if (answer !== undefined) {
      this.repeated++;
      return answer;
    }
    this.asked++;
    answer = this.ask(world, calls);
    if (this.answers.size === KEPT) {
      this.answers.clear();
    }
    this.answers.set(key, answer);
    return answer;
  }

  private ask(world: PartitionWorld, calls: readonly Call[]): Answer {
    const { variables } = this.module;
    let state = stateOf(world, variables);
    for (const { action, arguments: texts } of calls) {
      const after = this.module.taking(action, texts.map(quintValue), state);
      if (after === null) {
        return { refused: action };
      }
      state = after;
    }
    const text = (name: string): string => canonicalTextOnce(state[variables.indexOf(name)]!);
    return { replicas: text('replicas'), image: text('image'), network: text('network') };
  }
}

export function callText({ action, arguments: texts }: Call): string {
  return `${action}(${texts.join(', ')})`;
}

/** Nothing is remembered after an unclean election; a retry is due where something was lost. */
const GHOST =
  '<acknowledged: {}, appended: {}, committed: {}, elected: {}, latest: <>, shown: {}, uncleanElections: 1>';

function stateOf(
  { replicas, image, updates, network, produces }: PartitionWorld,
  variables: readonly string[],
): QuintState {
  const texts: Readonly<Record<string, string>> = {
    replicas,
    image,
    updates,
    network,
    spent: `<drops: 1, fencings: 0, lags: 0, losses: 0, preferred: 0, produces: ${produces}, reads: 0, restarts: 0, unclean: 0>`,
    ghost: GHOST,
  };
  return variables.map((name): QuintValue => quintValue(texts[name]!));
}
