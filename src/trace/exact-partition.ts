/**
 * A step of one partition as a trace tells it to who checks it against the specification (scripts/traces/partition):
 * of a replica the input, what is appended, cut, sent and answered, and every field of the state that the
 * specification sees; of the controller each command that concerns the partition, with what is decided. A batch is its
 * facts. What is left out is listed in spec/README.md (lock C of `partition`).
 */

import type {
  BatchFacts,
  LeaderState,
  PartitionAssignment,
  PartitionEffect,
  PartitionInput,
  PartitionState,
  ReplicaBroker,
} from '../core/partition/types.js';
import { ChangedFields } from './changed-fields.js';

export interface ExactBatch {
  readonly base: number;
  /** First offset behind it. */
  readonly end: number;
  readonly epoch: number;
  /** Producer, its epoch, sequence and timestamp: enough to tell two batches at one place apart. */
  readonly name: string;
}

export type ExactBroker = readonly [
  id: number,
  epoch: number,
  fenced: boolean,
  inControlledShutdown: boolean,
];

export interface ExactAssignment {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly recovering: boolean;
}

/** As one was proposed, each member with its incarnation; -1: not known. */
export type ExactIsr = readonly (readonly [id: number, brokerEpoch: number])[];

export interface ExactFollower {
  readonly id: number;
  readonly brokerEpoch: number;
  readonly logEndOffset: number;
  readonly leaderEndAtFetch: number;
  readonly lagging: boolean;
}

export interface ExactLeaderState {
  readonly epochStartOffset: number;
  readonly followers: readonly ExactFollower[];
  readonly inflight: { readonly partitionEpoch: number; readonly isr: ExactIsr } | null;
  readonly waiting: readonly (readonly [token: number, acks: number, requiredOffset: number])[];
}

export interface ExactReplica extends ExactAssignment {
  /** As configured. */
  readonly minIsr: number;
  readonly role: string;
  readonly brokers: readonly ExactBroker[];
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly nextOffset: number;
  /** Where the log is being cut. */
  readonly cutTo: number | null;
  readonly highWatermark: number;
  readonly epochs: readonly (readonly [epoch: number, startOffset: number])[];
  readonly leaderState: ExactLeaderState | null;
}

/** End of an epoch in the leader's log. */
export interface ExactEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

export type ExactInput =
  | {
      readonly type: 'assigned';
      readonly assignment: ExactAssignment;
      readonly brokers: readonly ExactBroker[];
    }
  | { readonly type: 'produce'; readonly token: number; readonly acks: number }
  | {
      readonly type: 'fetch';
      /** null: a consumer. */
      readonly replica: { readonly id: number; readonly brokerEpoch: number } | null;
      readonly currentLeaderEpoch: number;
      readonly fetchOffset: number;
      readonly lastFetchedEpoch: number;
    }
  | {
      readonly type: 'fetched';
      readonly leaderEpoch: number;
      readonly fetchOffset: number;
      readonly lastFetchedEpoch: number;
      readonly error: number;
      readonly diverging: ExactEnd | null;
      readonly highWatermark: number;
      readonly logStartOffset: number;
      readonly batches: readonly ExactBatch[];
    }
  | {
      readonly type: 'alterPartitionAnswered';
      readonly error: number;
      readonly requestedPartitionEpoch: number;
      readonly assignment: ExactAssignment | null;
    }
  | { readonly type: 'timerFired'; readonly name: string; readonly key: number }
  | {
      readonly type:
        | 'configured'
        | 'produceExpired'
        | 'deleteRecords'
        | 'deleteRecordsExpired'
        | 'appended'
        | 'truncated'
        | 'logStartMoved';
      /** Of the request that expired; -1 of all others. */
      readonly token: number;
    };

export interface ExactProposal {
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: ExactIsr;
  readonly recovering: boolean;
}

export interface ExactFetchAnswer {
  readonly error: number;
  readonly diverging: ExactEnd | null;
  readonly from: number;
  readonly upTo: number;
  readonly highWatermark: number;
}

/** A replica was opened from its log. */
export interface ExactOpened {
  readonly type: 'opened';
  readonly partition: string;
  readonly self: number;
  readonly state: ExactReplica;
}

export interface ExactReplicaStep {
  readonly type: 'stepped';
  readonly partition: string;
  readonly self: number;
  readonly input: ExactInput;
  readonly appended: readonly ExactBatch[];
  /** The log is cut to this offset, or (`begunAnew`) goes on there with nothing in it. */
  readonly cut: { readonly to: number; readonly begunAnew: boolean } | null;
  readonly proposed: readonly ExactProposal[];
  readonly answer: ExactFetchAnswer | null;
  /** Answers to produces. */
  readonly told: readonly (readonly [token: number, error: number])[];
  /** What the leader sends does not go on where the log ends. */
  readonly replicationFailed: boolean;
  /** The fields that changed, as they are now. */
  readonly changed: Partial<ExactReplica>;
}

/** Names the partition in a trace. */
export function partitionName(topicId: string, partition: number): string {
  return `${topicId}/${partition}`;
}

/** Makes what one replica tells in one life, step by step. */
export class ExactReplicaTeller {
  private readonly fields = new ChangedFields<ExactReplica>();

  opened(state: PartitionState): ExactOpened {
    const exact = exactReplica(state);
    this.fields.of(exact);
    const partition = partitionName(state.topicId, state.partition);
    return { type: 'opened', partition, self: state.self, state: exact };
  }

  stepped(
    state: PartitionState,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): ExactReplicaStep {
    const appended: ExactBatch[] = [];
    const proposed: ExactProposal[] = [];
    const told: (readonly [number, number])[] = [];
    let cut: ExactReplicaStep['cut'] = null;
    let answer: ExactFetchAnswer | null = null;
    let replicationFailed = false;
    for (const effect of effects) {
      switch (effect.type) {
        case 'append':
          appended.push(...effect.batches.map(exactBatch));
          break;
        case 'truncate':
          cut = { to: effect.endOffset, begunAnew: false };
          break;
        case 'resetLog':
          cut = { to: effect.offset, begunAnew: true };
          break;
        case 'alterPartition':
          proposed.push(exactProposal(effect));
          break;
        case 'fetchAnswer': {
          const { error, diverging, from, upTo, highWatermark } = effect;
          answer = { error, diverging, from, upTo, highWatermark };
          break;
        }
        case 'produced':
          told.push([effect.token, effect.error]);
          break;
        case 'replicationFailed':
          replicationFailed = true;
          break;
        default:
          // Timers, and what the host is told besides, are none of the specification's.
          break;
      }
    }
    return {
      type: 'stepped',
      partition: partitionName(state.topicId, state.partition),
      self: state.self,
      input: exactInput(input),
      appended,
      cut,
      proposed,
      answer,
      told,
      replicationFailed,
      changed: this.fields.of(exactReplica(state)),
    };
  }
}

function exactReplica(state: PartitionState): ExactReplica {
  return {
    minIsr: state.config.minInsyncReplicas,
    role: state.role,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: state.partitionEpoch,
    replicas: [...state.replicas],
    isr: [...state.isr],
    recovering: state.leaderRecoveryState === 'recovering',
    brokers: [...state.brokers.values()].map(exactBroker).sort(([a], [b]) => a - b),
    logStartOffset: state.logStartOffset,
    logEndOffset: state.logEndOffset,
    nextOffset: state.nextOffset,
    cutTo: state.pendingTruncation,
    highWatermark: state.highWatermark,
    epochs: state.epochs.map(({ epoch, startOffset }) => [epoch, startOffset] as const),
    leaderState: state.leaderState === null ? null : exactLeaderState(state.leaderState),
  };
}

function exactLeaderState({
  epochStartOffset,
  followers,
  inflight,
  waiting,
}: LeaderState): ExactLeaderState {
  return {
    epochStartOffset,
    followers: [...followers]
      .sort(([a], [b]) => a - b)
      .map(([id, { brokerEpoch, logEndOffset, leaderEndAtFetch, lagging }]) => ({
        id,
        brokerEpoch,
        logEndOffset,
        leaderEndAtFetch,
        lagging,
      })),
    inflight:
      inflight === null
        ? null
        : {
            partitionEpoch: inflight.partitionEpoch,
            isr: inflight.isr.map((id, at) => [id, inflight.brokerEpochs[at]!] as const),
          },
    waiting: waiting.map(
      ({ token, acks, requiredOffset }) => [token, acks, requiredOffset] as const,
    ),
  };
}

export function exactBroker({
  id,
  epoch,
  fenced,
  inControlledShutdown,
}: Omit<ReplicaBroker, 'rack'>): ExactBroker {
  return [id, epoch, fenced, inControlledShutdown];
}

function exactBatch({ baseOffset, lastOffsetDelta, leaderEpoch, ...rest }: BatchFacts): ExactBatch {
  const { producerId, producerEpoch, baseSequence, maxTimestamp } = rest;
  return {
    base: baseOffset,
    end: baseOffset + lastOffsetDelta + 1,
    epoch: leaderEpoch,
    name: `${producerId} ${producerEpoch} ${baseSequence} ${maxTimestamp}`,
  };
}

function exactAssignment({
  leader,
  leaderEpoch,
  partitionEpoch,
  replicas,
  isr,
  leaderRecoveryState,
}: PartitionAssignment): ExactAssignment {
  const recovering = leaderRecoveryState === 'recovering';
  return { leader, leaderEpoch, partitionEpoch, replicas, isr, recovering };
}

function exactProposal({
  leaderEpoch,
  partitionEpoch,
  newIsr,
  leaderRecoveryState,
}: Extract<PartitionEffect, { type: 'alterPartition' }>): ExactProposal {
  return {
    leaderEpoch,
    partitionEpoch,
    isr: newIsr.map(({ brokerId, brokerEpoch }) => [brokerId, brokerEpoch] as const),
    recovering: leaderRecoveryState === 'recovering',
  };
}

function exactInput(input: PartitionInput): ExactInput {
  switch (input.type) {
    case 'assigned': {
      const { type, assignment, brokers } = input;
      const known = brokers.map(exactBroker).sort(([a], [b]) => a - b);
      return { type, assignment: exactAssignment(assignment), brokers: known };
    }
    case 'produce':
      return { type: input.type, token: input.token, acks: input.acks };
    case 'fetch': {
      const { type, replica, currentLeaderEpoch, fetchOffset, lastFetchedEpoch } = input;
      const who = replica === null ? null : { id: replica.id, brokerEpoch: replica.brokerEpoch };
      return { type, replica: who, currentLeaderEpoch, fetchOffset, lastFetchedEpoch };
    }
    case 'fetched': {
      const { stamp: _, batches, ...fields } = input;
      return { ...fields, batches: batches.map(exactBatch) };
    }
    case 'alterPartitionAnswered': {
      const { type, error, requestedPartitionEpoch, assignment } = input;
      const word = assignment === null ? null : exactAssignment(assignment);
      return { type, error, requestedPartitionEpoch, assignment: word };
    }
    case 'timerFired':
      return { type: input.type, name: input.name, key: Number(input.key) };
    default:
      return { type: input.type, token: input.type === 'produceExpired' ? input.token : -1 };
  }
}
