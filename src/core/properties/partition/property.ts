/**
 * Safety of a replicated partition as predicates over one step of one replica, seen together with
 * what all logs hold. Nothing here calls a rule of the core, or it would share the rule's mistakes.
 */

import type {
  BatchFacts,
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

/** One step of one replica, after its effects were carried out on its log. */
export interface PartitionStep {
  readonly self: BrokerId;
  /** Names the process: a restarted replica is another incarnation. */
  readonly incarnation: number;
  readonly before: PartitionState;
  /** null: no step, only the observation `latest`. */
  readonly input: PartitionInput | null;
  readonly effects: readonly PartitionEffect[];
  readonly after: PartitionState;
  /** An answer to ListOffsets(-1) that was given without error after the step. */
  readonly latest: Offset | null;
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

/** The batch of `view` that begins at `offset`. Logs are in order of their offsets. */
export function batchAt(view: ReplicaView, offset: number): BatchFacts | undefined {
  let low = 0;
  let high = view.log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.log[middle]!.baseOffset < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const found = view.log[low];
  return found?.baseOffset === offset ? found : undefined;
}

/**
 * What `view` lacks of `batches`, for people; null: nothing. Nobody needs what was deleted on purpose
 * somewhere: a follower takes over the log start of its leader, and need not have had what was below.
 */
export function lacks(
  view: ReplicaView,
  batches: Iterable<BatchFacts>,
  world: PartitionWorld,
): string | null {
  let deleted = 0;
  for (const { logStartOffset } of world.replicas.values()) {
    deleted = Math.max(deleted, logStartOffset);
  }
  for (const batch of batches) {
    if (endOf(batch) <= deleted) {
      continue;
    }
    const held = batchAt(view, batch.baseOffset);
    if (held === undefined || !sameBatch(held, batch)) {
      const instead = held === undefined ? 'nothing' : `a batch of epoch ${held.leaderEpoch}`;
      return `${view.id} holds ${instead} at ${batch.baseOffset}, not that of epoch ${batch.leaderEpoch}`;
    }
  }
  return null;
}

/** Running replicas that may be elected cleanly: they must hold everything that is committed. */
export function candidates(world: PartitionWorld): ReplicaView[] {
  return [...world.isr, ...world.elr]
    .map((id) => world.replicas.get(id))
    .filter((view): view is ReplicaView => view?.state != null);
}
