/** A state of the code's world of Raft, what it is in the specification, and how it is changed. */

import type { RaftRules } from '../../../src/core/raft/rules.js';
import type { TimerName } from '../../../src/core/raft/types.js';
import type { ExploredNode } from '../../../src/explorer/raft/node.js';
import { emptyDisk, TIMERS } from '../../../src/explorer/raft/node.js';
import { voterOf } from '../../../src/explorer/raft/voters.js';
import type { ConcreteStep } from '../compare.js';
import { recordText, setText } from '../texts.js';
import type { Wrong } from '../wrong-rules.js';
import type { NodeStep, Setting } from './node-step.js';
import { startedFrom } from './node-step.js';
import type { KnownNode, KnownStep } from './nodes.js';
import { KnownNodes } from './nodes.js';
import { rulesFor } from './rules.js';
import type { Budget, SpecScope } from './scope.js';
import { BUDGETS } from './scope.js';

export interface RaftState {
  /** Of server 1, 2, ... */
  readonly nodes: readonly KnownNode[];
  /** Numbers of messages, ascending; no two with the same text. */
  readonly network: readonly number[];
  /** In the order of `BUDGETS`. */
  readonly spent: readonly number[];
}

const LIMITS = { maxAppendBytes: 64, maxInflight: 2, snapshotChunkBytes: 1 << 20 };

export class RaftGround {
  readonly known: KnownNodes;
  protected readonly scope: SpecScope;
  protected readonly setting: Setting;
  private readonly variables: readonly string[];
  protected out: ConcreteStep<RaftState>[] = [];

  /** `variables`: in the order of the specification; `remembers`: {@link KnownNodes}. */
  constructor(
    scope: SpecScope,
    variables: readonly string[],
    wrong: Wrong<RaftRules>,
    remembers: boolean,
  ) {
    this.scope = scope;
    this.variables = variables;
    this.known = new KnownNodes(scope, remembers);
    this.setting = {
      rules: rulesFor(scope, wrong),
      bootstrap: { voters: scope.voters.map((id) => voterOf(id, 0)) },
      limits: LIMITS,
      syncsAtOnce: scope.writes === 0,
      servers: scope.servers,
    };
  }

  /** Every server starts with an empty disk. */
  empty(): RaftState {
    const nodes = this.scope.servers.map(
      (id) => this.known.known(startedFrom(voterOf(id, 0), emptyDisk(), this.setting)).after,
    );
    return { nodes, network: [], spent: BUDGETS.map(() => 0) };
  }

  keyOf({ nodes, network, spent }: RaftState): string {
    return `${nodes.map(({ number }) => number).join(' ')};${network.join(' ')};${spent.join(' ')}`;
  }

  abstractKeyOf({ nodes, network, spent }: RaftState): string {
    const packets = network.map((number) => this.known.packets[number]!.abstract).sort();
    const servers = nodes.map(({ abstract }) => abstract);
    return `${servers.join(' ')};${packets.join(' ')};${spent.join(' ')}`;
  }

  textOf({ nodes, network, spent }: RaftState): string {
    const byServer = (text: (node: KnownNode) => string): string =>
      recordText(
        Object.fromEntries(nodes.map((node, at) => [this.scope.servers[at]!, text(node)])),
      );
    const texts: Readonly<Record<string, string>> = {
      nodes: byServer(({ text }) => text),
      disks: byServer((node) => node.diskText),
      network: setText(network.map((number) => this.known.packets[number]!.text)),
      spent: recordText(Object.fromEntries(BUDGETS.map((name, at) => [name, String(spent[at])]))),
    };
    return this.variables.map((name) => texts[name]!).join('\n');
  }

  included(): number {
    return this.known.pushed;
  }

  /** The one message from `src` to `dst` is lost, whatever the scope allows to be lost. */
  lose(state: RaftState, src: number, dst: number): RaftState {
    const isIt = (number: number): boolean => {
      const { packet } = this.known.packets[number]!;
      return packet.from.id === src && packet.to === dst;
    };
    return { ...state, network: state.network.filter((number) => !isIt(number)) };
  }

  /** Text of the one message from `src` to `dst`. */
  messageText(state: RaftState, src: number, dst: number): string {
    const left = this.lose(state, src, dst).network;
    const [number] = state.network.filter((each) => !left.includes(each));
    return this.known.packets[number!]!.text;
  }

  protected taken(
    state: RaftState,
    id: number,
    key: string,
    make: (node: ExploredNode, setting: Setting) => NodeStep,
  ): KnownStep {
    return this.known.step(state.nodes[this.at(id)]!, key, (node) => make(node, this.setting));
  }

  protected moved(state: RaftState, id: number, after: KnownNode): RaftState {
    const at = this.at(id);
    return { ...state, nodes: state.nodes.map((node, place) => (place === at ? after : node)) };
  }

  /**
   * The networks that come of sending: where a message with the same text is under way (they differ in what
   * the specification forgets), it stays, or the new one takes its place.
   */
  protected withSent(network: readonly number[], sent: readonly number[]): readonly number[][] {
    const { packets } = this.known;
    let all: number[][] = [[...network]];
    for (const number of sent) {
      const { text } = packets[number]!;
      all = all.flatMap((each) => {
        const twin = each.find((other) => packets[other]!.text === text);
        if (twin === undefined) {
          return [[...each, number]];
        }
        const replaced = [...each.filter((other) => other !== twin), number];
        return twin === number ? [each] : [each, replaced];
      });
    }
    return all.map((each) => each.sort((a, b) => a - b));
  }

  protected at(id: number): number {
    return this.scope.servers.indexOf(id);
  }

  protected nodeOf(state: RaftState, id: number): ExploredNode {
    return state.nodes[this.at(id)]!.node;
  }

  protected isArmed(state: RaftState, id: number, name: TimerName): boolean {
    return (this.nodeOf(state, id).timers & (1 << TIMERS.indexOf(name))) !== 0;
  }

  protected spentOf(state: RaftState, budget: Budget): number {
    return state.spent[BUDGETS.indexOf(budget)]!;
  }

  protected isLeft(state: RaftState, budget: Budget): boolean {
    return this.spentOf(state, budget) < this.scope.budgets[budget];
  }

  protected pay({ spent }: RaftState, budget: Budget): number[] {
    return spent.map((used, at) => (BUDGETS[at] === budget ? used + 1 : used));
  }
}
