/**
 * What a broker tells whoever watches it: the simulator's judges, triggers, probes and trace. It is told
 * before and after every step of every machine, in the order in which things happen, and it can change
 * nothing but the life of its node: called between a step and its effects it may end the node, and then
 * no effect of that step leaves (the dead node's files and network swallow them).
 *
 * A broker that nobody watches pays one comparison a step.
 */

import type { GroupsEffect, GroupsInput, GroupsState } from '../core/coordinator/types.js';
import type { DeciderEffect, DeciderInput, DeciderState } from '../core/decider/decider.js';
import type { ControllerState } from '../core/metadata/controller.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataRecord,
} from '../core/metadata/types.js';
import type { PartitionEffect, PartitionInput, PartitionState } from '../core/partition/types.js';
import type { RaftEffect, RaftInput, RaftState } from '../core/raft/types.js';
import type { PartitionIndex, Uuid } from '../core/types/ids.js';
import type { PartitionLog } from '../log/partition-log.js';

export type ControllerDeciderState = DeciderState<ControllerState, ControllerResponse>;
export type ControllerInput = DeciderInput<ControllerState, ControllerCommand, MetadataRecord>;
export type ControllerEffect = DeciderEffect<MetadataRecord, ControllerResponse>;

/** A replica as an observer sees it. */
export interface ObservedReplica {
  readonly topicId: Uuid;
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly state: PartitionState;
  readonly log: PartitionLog;
}

/** States are the machines' own: to be read before the call returns, never to be changed or kept. */
export interface BrokerObserver {
  /** A Raft machine was made from what is on the disk. */
  raftStarted(state: RaftState): void;
  /** A step comes: `state` is as it was before. */
  raftStepping(state: RaftState, input: RaftInput): void;
  /** The step is done; none of its effects has left. */
  raftStepped(state: RaftState, input: RaftInput, effects: readonly RaftEffect[]): void;
  /** All effects of the step were handed to disk, network and timers. */
  raftExecuted(state: RaftState, input: RaftInput, effects: readonly RaftEffect[]): void;

  controllerStepping(state: ControllerDeciderState, input: ControllerInput): void;
  /** The controller decided, or the committed metadata grew; no effect has left. */
  controllerStepped(
    state: ControllerDeciderState,
    input: ControllerInput,
    effects: readonly ControllerEffect[],
  ): void;

  /** A replica was made from its log, before its first input. */
  replicaOpened(replica: ObservedReplica): void;
  replicaStepping(replica: ObservedReplica, input: PartitionInput): void;
  replicaStepped(
    replica: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void;
  /** All effects were carried out: the log holds what they say. */
  replicaExecuted(
    replica: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void;
  /** The replica is closed: the topic is gone, or the broker ends. */
  replicaClosed(replica: ObservedReplica): void;

  /** A step of the group coordinator of a partition of `__consumer_offsets` comes. */
  groupsStepping(replica: ObservedReplica, state: GroupsState, input: GroupsInput): void;
  /** It is decided; nothing was appended or answered. */
  groupsStepped(
    replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void;
  /** What it appended is in the log of its own replica, and its answers were sent. */
  groupsExecuted(
    replica: ObservedReplica,
    state: GroupsState,
    input: GroupsInput,
    effects: readonly GroupsEffect[],
  ): void;
}
