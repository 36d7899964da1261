/**
 * Safety of a replicated partition as predicates over one step of one replica, seen together with
 * what all logs hold. Nothing here calls a rule of the core, or it would share the rule's mistakes.
 */

import type {
  BatchFacts,
  LeaderState,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../partition/types.js';
import type { BrokerId, LeaderEpoch, Offset } from '../../types/ids.js';
import type { PartitionGhost } from './ghost.js';

/** A replica's log and, while it runs, its state. */
export interface ReplicaView {
  readonly id: BrokerId;
  /** Every batch that was ordered to be appended and not cut, in log order. */
  readonly log: readonly BatchFacts[];
  readonly logStartOffset: Offset;
  /** First offset that is not in the page cache. */
  readonly logEndOffset: Offset;
  /** null: its process is down. */
  readonly state: PartitionState | null;
  /**
   * Below it compaction may have taken batches out of the files; `log` has them all the same. What the
   * replica knows from its files of epochs and producers need not tell of them. Missing: 0.
   */
  readonly cleanedEnd?: number;
}

/** All replicas, and the partition as the controller has committed it. */
export interface PartitionWorld {
  readonly replicas: ReadonlyMap<BrokerId, ReplicaView>;
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  /** Effective min.insync.replicas. */
  readonly minIsr: number;
  /** Elections from outside ISR and ELR: they excuse lost records (ELECT-UNCLEAN-COUNTED). */
  readonly uncleanElections: number;
}

/** What properties ask of the state before a step. Machines change in place: a host keeps no more. */
export type PartitionBefore = Pick<
  PartitionState,
  'role' | 'leaderEpoch' | 'partitionEpoch' | 'highWatermark' | 'isr' | 'logStartOffset'
> & { readonly leaderState: Pick<LeaderState, 'inflight'> | null };

/**
 * What a step changed of its own replica. A judge that sees every step of every replica says so, and
 * then the properties look at nothing else: a step costs what it changed.
 */
export interface PartitionChanges {
  /**
   * The log may be another one from its first batch on: it was opened, cut or begun anew. `ghost.held`
   * was told how much of it is still there.
   */
  readonly anew: boolean;
  /** Index of the first batch that is new; the length of the log: there is none. */
  readonly from: number;
  /** The leader epoch cache is another one. */
  readonly epochs: boolean;
  /** The producer state was replaced as a whole. */
  readonly producers: boolean;
}

/** One step of one replica, after its effects were carried out on its log. */
export interface PartitionStep {
  readonly self: BrokerId;
  /** Names the process: a restarted replica is another incarnation. */
  readonly incarnation: number;
  readonly before: PartitionBefore;
  /** null: no step, only the observation `latest`. */
  readonly input: PartitionInput | null;
  readonly effects: readonly PartitionEffect[];
  readonly after: PartitionState;
  /** An answer to ListOffsets(-1) that was given without error after the step. */
  readonly latest: Offset | null;
  /** Without it everything is looked at, whatever the step was. */
  readonly changes?: PartitionChanges;
}

export interface PartitionProperty {
  /** One name everywhere: spec, properties, checker, zoo, docs. */
  readonly name: string;
  /** Which KIP or ticket says so. */
  readonly source: string;
  /** What is wrong, in one sentence; null if it holds. */
  readonly violation: (
    step: PartitionStep,
    world: PartitionWorld,
    ghost: PartitionGhost,
  ) => string | null;
}

/** First offset behind a batch. */
export function endOf(batch: BatchFacts): number {
  return batch.baseOffset + batch.lastOffsetDelta + 1;
}

/** Whether two stored batches are the same batch at the same place. */
export function sameBatch(a: BatchFacts, b: BatchFacts): boolean {
  return a.baseOffset === b.baseOffset && a.leaderEpoch === b.leaderEpoch && sameContent(a, b);
}

/** Whether two batches carry the same records, wherever they are. Create time is kept. */
export function sameContent(a: BatchFacts, b: BatchFacts): boolean {
  return (
    a.lastOffsetDelta === b.lastOffsetDelta &&
    a.sizeInBytes === b.sizeInBytes &&
    a.maxTimestamp === b.maxTimestamp &&
    a.producerId === b.producerId &&
    a.producerEpoch === b.producerEpoch &&
    a.baseSequence === b.baseSequence &&
    a.isControl === b.isControl
  );
}

/** Index of the first batch that begins at or behind `offset`. Logs are in order of their offsets. */
export function indexFrom(log: readonly BatchFacts[], offset: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (log[middle]!.baseOffset < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The batch of `view` that begins at `offset`. */
export function batchAt(view: ReplicaView, offset: number): BatchFacts | undefined {
  const found = view.log[indexFrom(view.log, offset)];
  return found?.baseOffset === offset ? found : undefined;
}

/**
 * What `view` lacks of `batches` from offset `from` on, for people; null: nothing. Nobody needs what was
 * deleted on purpose somewhere: a follower takes over the log start of its leader, and need not have had
 * what was below.
 */
export function lacks(
  view: ReplicaView,
  batches: readonly BatchFacts[],
  from: number,
  world: PartitionWorld,
): string | null {
  const { log } = view;
  const deleted = deletedBelow(world);
  let at = indexFrom(log, from);
  for (let i = indexFrom(batches, from); i < batches.length; i++) {
    const batch = batches[i]!;
    if (endOf(batch) <= deleted) {
      continue;
    }
    while (at < log.length && log[at]!.baseOffset < batch.baseOffset) {
      at++;
    }
    const held = log[at]?.baseOffset === batch.baseOffset ? log[at] : undefined;
    if (held === undefined || !sameBatch(held, batch)) {
      const instead = held === undefined ? 'nothing' : `a batch of epoch ${held.leaderEpoch}`;
      return `${view.id} holds ${instead} at ${batch.baseOffset}, not that of epoch ${batch.leaderEpoch}`;
    }
  }
  return null;
}

/** What lies below was deleted on purpose by some replica. */
export function deletedBelow(world: PartitionWorld): Offset {
  let deleted = 0;
  for (const { logStartOffset } of world.replicas.values()) {
    deleted = Math.max(deleted, logStartOffset);
  }
  return deleted as Offset;
}
