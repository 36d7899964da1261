/**
 * Tells all watchers when something happens that a deed can be tied to. Derived from the steps of the
 * brokers' machines; the brokers know nothing of it. Every event is counted, and those that somebody
 * wants are told.
 */

import type {
  ControllerDeciderState,
  ControllerEffect,
  ControllerInput,
  ObservedReplica,
} from '../broker/observer.js';
import type { GroupsEffect, GroupsInput, GroupsState } from '../core/coordinator/types.js';
import type { PartitionEffect, PartitionInput } from '../core/partition/types.js';
import type { RaftEffect, RaftInput, RaftState } from '../core/raft/types.js';
import type { LogLevel } from '../environment/environment.js';
import type { RunContext } from './context.js';
import type { TriggerEvent } from './events.js';
import type { Probes } from './probes.js';
import { ControllerMoments } from './triggers/controller.js';
import { CoordinatorMoments } from './triggers/coordinator.js';
import { partitionAfter, partitionBefore } from './triggers/partition.js';
import { raftAfter, raftBefore } from './triggers/raft.js';
import type { WatchedNode, Watcher } from './watch.js';

export class Triggers implements Watcher {
  private readonly context: RunContext;
  private readonly probes: Probes;
  private readonly wanted: ReadonlySet<TriggerEvent>;
  /** By index of the node: the life that is told of; what follows its end in the same step is not. */
  private readonly lives: (WatchedNode | null)[] = [];
  private readonly controllers: ControllerMoments[] = [];
  private readonly coordinators = new CoordinatorMoments();
  /** By index of the node: whether its Raft led before the step. */
  private readonly led: boolean[] = [];
  /** Whose step is being told, so that the derivations need no closure of their own. */
  private current: WatchedNode | null = null;
  private isrBefore = 0;

  constructor(context: RunContext, probes: Probes) {
    this.context = context;
    this.probes = probes;
    const { wanted } = context.watching;
    for (const { when } of context.scenario.choices) {
      if ('on' in when) {
        wanted.add(when.on);
      }
    }
    this.wanted = wanted;
  }

  nodeStarted(node: WatchedNode): void {
    this.lives[node.index] = node;
    this.led[node.index] = false;
    this.controllers[node.index] = new ControllerMoments(node.index);
    this.current = node;
    this.tell('node.started', null);
    this.context.cluster.nodes[node.index]!.files.renamed = (from, to) => {
      const event = swapEvent(from, to);
      if (event !== null) {
        this.current = node;
        this.tell(event, null);
      }
    };
  }

  nodeEnded(node: WatchedNode): void {
    if (this.lives[node.index] === node) {
      this.current = node;
      this.tell('node.crashed', null);
      this.lives[node.index] = null;
    }
  }

  nodeLogged(node: WatchedNode, _level: LogLevel, event: string): void {
    const told = LOGGED.get(event);
    if (told !== undefined) {
      this.current = node;
      this.tell(told, null);
    }
  }

  raftStepped(
    node: WatchedNode,
    state: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): void {
    this.current = node;
    raftBefore(this, state, input, effects);
  }

  raftExecuted(
    node: WatchedNode,
    state: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): void {
    this.current = node;
    raftAfter(this, state, input, effects, this.led[node.index] === true);
    this.led[node.index] = state.role === 'leader';
  }

  controllerStepped(
    node: WatchedNode,
    state: ControllerDeciderState,
    input: ControllerInput,
    effects: readonly ControllerEffect[],
  ): void {
    this.current = node;
    this.controllers[node.index]?.stepped(this, state, input, effects);
  }

  replicaStepping(node: WatchedNode, replica: ObservedReplica, input: PartitionInput): void {
    this.isrBefore = replica.state.isr.length;
    if (input.type === 'alterPartitionAnswered') {
      this.current = node;
      this.tell('partition.isr-answered', null);
    }
  }

  replicaStepped(
    node: WatchedNode,
    { state }: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    this.current = node;
    partitionBefore(this, state, input, effects, this.isrBefore);
  }

  replicaExecuted(
    node: WatchedNode,
    { state }: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    this.current = node;
    partitionAfter(this, state, input, effects);
  }

  groupsStepping(
    _node: WatchedNode,
    _replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
  ): void {
    this.coordinators.stepping(state, input);
  }

  groupsStepped(
    node: WatchedNode,
    _replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void {
    this.current = node;
    this.coordinators.stepped(this, state, input, effects);
  }

  groupsExecuted(
    node: WatchedNode,
    _replica: ObservedReplica,
    _state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void {
    this.current = node;
    this.coordinators.executed(this, input, effects);
  }

  /** Counts the event at the current node, and tells it where somebody wants it. */
  tell(event: TriggerEvent, peer: number | null): void {
    const node = this.current;
    if (node === null || this.lives[node.index] !== node) {
      return;
    }
    this.probes.count(event);
    if (this.wanted.has(event)) {
      this.context.watching.occurred({ event, node: node.index, peer });
      // A deed that was tied to it may have told of other nodes.
      this.current = node;
    }
  }
}

/** What a broker's log says that deeds can be tied to. */
const LOGGED: ReadonlyMap<string, TriggerEvent> = new Map([
  ['broker.registered', 'node.registered'],
  ['log.cleaning', 'log.cleaning'],
  ['log.cleaned', 'log.cleaned'],
]);

/** Which step of a swap (src/log/swap.ts) the new name of a file is. */
function swapEvent(from: string, to: string): TriggerEvent | null {
  if (to.endsWith('.log.swap')) {
    return 'log.swap-begun';
  }
  if (from.endsWith('.log.swap')) {
    return 'log.swap-named';
  }
  return to.endsWith('.log.deleted') ? 'log.segment-deleted' : null;
}
