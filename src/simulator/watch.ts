/**
 * Whoever watches the brokers of a run: judges, triggers, probes, trace. Any method may be missing. After
 * `nodeEnded` nothing more is told of that life.
 */

import type { Broker } from '../broker/broker.js';
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
import type { Occurrence } from './events.js';

/** A broker's node as watchers know it. */
export interface WatchedNode {
  /** From 0; the broker's id is one more. */
  readonly index: number;
  readonly name: string;
  /** Lives so far, this one included. */
  readonly incarnation: number;
  /** null: its constructor is still at work. */
  readonly broker: Broker | null;
  /** This life is over; its process may still be in the middle of its last step. */
  readonly ended: boolean;
}

/** The methods of `BrokerObserver`, with the node in front. States are to be read at once, not kept. */
export interface Watcher {
  nodeStarted?(node: WatchedNode): void;
  /** `how`: killed, power lost, or the line with which it stopped itself. */
  nodeEnded?(node: WatchedNode, how: string): void;
  nodeLogged?(node: WatchedNode, level: LogLevel, event: string, fields: object): void;

  raftStarted?(node: WatchedNode, state: RaftState): void;
  raftStepping?(node: WatchedNode, state: RaftState, input: RaftInput): void;
  raftStepped?(
    node: WatchedNode,
    state: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): void;
  raftExecuted?(
    node: WatchedNode,
    state: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): void;

  controllerStepping?(
    node: WatchedNode,
    state: ControllerDeciderState,
    input: ControllerInput,
  ): void;
  controllerStepped?(
    node: WatchedNode,
    state: ControllerDeciderState,
    input: ControllerInput,
    effects: readonly ControllerEffect[],
  ): void;

  replicaOpened?(node: WatchedNode, replica: ObservedReplica): void;
  replicaStepping?(node: WatchedNode, replica: ObservedReplica, input: PartitionInput): void;
  replicaStepped?(
    node: WatchedNode,
    replica: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void;
  replicaExecuted?(
    node: WatchedNode,
    replica: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void;
  replicaClosed?(node: WatchedNode, replica: ObservedReplica): void;

  groupsStepping?(
    node: WatchedNode,
    replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
  ): void;
  groupsStepped?(
    node: WatchedNode,
    replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void;
  groupsExecuted?(
    node: WatchedNode,
    replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void;

  /** Something that a deed can be tied to happened (told by triggers.ts, after the judges saw the step). */
  occurred?(occurrence: Occurrence): void;
  /** A fault or an operator's deed took effect, or ended. */
  deed?(name: string, type: string, node: string | null, phase: 'begins' | 'ends'): void;
}
