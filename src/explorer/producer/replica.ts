/** One of the two replicas of the explored partition: its machine, its log, and who waits for an answer. */

import type { LogRules } from '../../core/log/rules.js';
import { cloneProducers, foldProducerBatch } from '../../core/partition/producer-state.js';
import { startPartition } from '../../core/partition/state.js';
import type {
  BatchFacts,
  EpochEntry,
  PartitionAssignment,
  PartitionState,
  ProducerEntry,
  ReplicaBroker,
} from '../../core/partition/types.js';
import {
  type BrokerEpoch,
  type BrokerId,
  type LeaderEpoch,
  type Offset,
  type PartitionEpoch,
  type PartitionIndex,
  type ProducerId,
  ZERO_UUID,
} from '../../core/types/ids.js';
import { endOfLog } from '../partition/log.js';

/** The producers as of an offset of the log (`<offset>.snapshot`). */
export interface ProducerSnapshot {
  readonly offset: Offset;
  readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
}

/** A produce that waits at the leader. */
export interface Asked {
  /** As the client sent it. */
  readonly batch: BatchFacts;
  /** false: its connection is broken, nobody hears the answer. */
  readonly isHeard: boolean;
}

export interface ExploredReplica {
  readonly state: PartitionState;
  /** In the page cache as soon as it is ordered, and there when the process comes back. */
  readonly log: readonly BatchFacts[];
  /** By offset. */
  readonly snapshots: readonly ProducerSnapshot[];
  /** Beside the machine's waiting produces, in their order: the tokens are the places. */
  readonly asked: readonly Asked[];
}

/** Both replicas, always in sync: an answer waits until both have the batch. */
export const REPLICAS: readonly BrokerId[] = [1 as BrokerId, 2 as BrokerId];
export const BROKER_EPOCH: BrokerEpoch = 1 as BrokerEpoch;
export const BROKERS: readonly ReplicaBroker[] = REPLICAS.map((id) => ({
  id,
  epoch: BROKER_EPOCH,
  fenced: false,
  inControlledShutdown: false,
  rack: null,
}));

export function assignmentOf(leader: number, epoch: number): PartitionAssignment {
  return {
    leader: leader as BrokerId,
    leaderEpoch: epoch as LeaderEpoch,
    partitionEpoch: epoch as number as PartitionEpoch,
    replicas: REPLICAS,
    isr: REPLICAS,
    leaderRecoveryState: 'recovered',
  };
}

/** First offset behind the log, which begins at 0. */
export function endOf(log: readonly BatchFacts[]): Offset {
  return endOfLog(log, 0);
}

/** A process that starts with what is on its disk; no high watermark was checkpointed. */
export function started(
  id: BrokerId,
  log: readonly BatchFacts[],
  epochs: readonly EpochEntry[],
  snapshots: readonly ProducerSnapshot[],
  rules: LogRules,
): ExploredReplica {
  const end = endOf(log);
  const kept = soundSnapshots(snapshots, end, rules);
  const state = startPartition({
    self: id,
    topicId: ZERO_UUID,
    partition: 0 as PartitionIndex,
    config: { minInsyncReplicas: REPLICAS.length },
    logStartOffset: 0 as Offset,
    logEndOffset: end,
    highWatermark: 0 as Offset,
    epochs,
    producers: rebuilt(log, kept, rules),
  });
  return { state, log, snapshots: kept, asked: [] };
}

/** As a log that ends at `end` leaves them on the disk, when it is opened or was cut. */
export function soundSnapshots(
  snapshots: readonly ProducerSnapshot[],
  end: Offset,
  rules: LogRules,
): readonly ProducerSnapshot[] {
  const sound = snapshots.filter(({ offset }) => rules.mayUseSnapshot(offset, end));
  return sound.length === snapshots.length ? snapshots : sound;
}

/** STATE-FROM-LOG: the newest snapshot that may be used, and the batches from there on. */
export function rebuilt(
  log: readonly BatchFacts[],
  snapshots: readonly ProducerSnapshot[],
  rules: LogRules,
): Map<ProducerId, ProducerEntry> {
  const end = endOf(log);
  const newest = snapshots.findLast(({ offset }) => rules.mayUseSnapshot(offset, end));
  const producers = cloneProducers(newest?.producers ?? new Map());
  for (const batch of log) {
    if (batch.baseOffset >= (newest?.offset ?? 0)) {
      foldProducerBatch(producers, batch);
    }
  }
  return producers;
}

/** A segment is rolled: one that is there as of this offset says the same, and stays. */
export function withSnapshot(replica: ExploredReplica): ExploredReplica {
  const { state, log, snapshots } = replica;
  const offset = endOf(log);
  if (snapshots.some((each) => each.offset === offset)) {
    return replica;
  }
  const made = { offset, producers: cloneProducers(state.producers) };
  return { ...replica, snapshots: [...snapshots, made].sort((a, b) => a.offset - b.offset) };
}

/** Nobody hears what the replica answers to these any more. */
export function unheard(
  replica: ExploredReplica,
  isTheirs: (batch: BatchFacts) => boolean,
): ExploredReplica {
  const { asked } = replica;
  if (!asked.some(({ batch, isHeard }) => isHeard && isTheirs(batch))) {
    return replica;
  }
  const left = asked.map((each) => (isTheirs(each.batch) ? { ...each, isHeard: false } : each));
  return { ...replica, asked: left };
}
