/** What the judge remembers of a whole run and no replica knows. */

import type { BatchFacts } from '../../partition/types.js';
import type { BrokerId, LeaderEpoch, Offset } from '../../types/ids.js';
import { batchAt, endOf, type PartitionStep, type PartitionWorld } from './property.js';

/** A produce that has been handed to a replica and not answered. */
export interface PendingProduce {
  readonly acks: -1 | 0 | 1;
  readonly batch: BatchFacts;
}

export interface PartitionGhost {
  /** Who appended as leader, by epoch. */
  leaders: Map<LeaderEpoch, BrokerId>;
  /** `<epoch>:<base offset>` -> the batch of that name, wherever it was seen first. */
  records: Map<string, BatchFacts>;
  /** By base offset: batches that were below the high watermark of a leader. */
  committed: Map<Offset, BatchFacts>;
  /** By base offset: batches acknowledged with acks=all, as the leader had stored them. */
  acknowledged: Map<Offset, BatchFacts>;
  /** By base offset: batches that a consumer was given. */
  shown: Map<Offset, BatchFacts>;
  /** `<replica>:<incarnation>:<token>`. */
  pending: Map<string, PendingProduce>;
  answered: Set<string>;
  /** The highest high watermark of any leader so far. */
  highWatermark: Offset;
  /** Answers to ListOffsets(-1): the largest by leader epoch. */
  latest: Map<LeaderEpoch, Offset>;
}

export function newPartitionGhost(): PartitionGhost {
  return {
    leaders: new Map(),
    records: new Map(),
    committed: new Map(),
    acknowledged: new Map(),
    shown: new Map(),
    pending: new Map(),
    answered: new Set(),
    highWatermark: 0 as Offset,
    latest: new Map(),
  };
}

export function produceKey(step: PartitionStep, token: number): string {
  return `${step.self}:${step.incarnation}:${token}`;
}

/** Before the properties are asked: what the step was told from outside. */
export function absorbInput(ghost: PartitionGhost, step: PartitionStep): void {
  if (step.input?.type === 'produce') {
    const { token, acks, batch } = step.input;
    ghost.pending.set(produceKey(step, token), { acks, batch });
  }
}

/** After the properties were asked: what the step promised and showed. */
export function absorbEffects(
  ghost: PartitionGhost,
  step: PartitionStep,
  world: PartitionWorld,
): void {
  const view = world.replicas.get(step.self);
  if (view === undefined) {
    return;
  }
  absorbCommitted(ghost, step, world);
  for (const effect of step.effects) {
    if (effect.type === 'produced') {
      const key = produceKey(step, effect.token);
      const pending = ghost.pending.get(key);
      const stored = batchAt(view, effect.baseOffset);
      if (effect.error === 0 && pending?.acks === -1 && stored !== undefined) {
        ghost.acknowledged.set(effect.baseOffset, stored);
      }
      ghost.pending.delete(key);
      ghost.answered.add(key);
    } else if (effect.type === 'append') {
      for (const batch of effect.batches) {
        rememberRecord(ghost, batch);
      }
      if (effect.token !== null) {
        ghost.leaders.set(effect.leaderEpoch, step.self);
      }
    } else if (effect.type === 'fetchAnswer' && isConsumerFetch(step)) {
      for (const batch of view.log) {
        if (batch.baseOffset >= effect.from && endOf(batch) <= effect.upTo) {
          ghost.shown.set(batch.baseOffset, batch);
        }
      }
    }
  }
  if (step.latest !== null) {
    const known = ghost.latest.get(step.after.leaderEpoch) ?? (-1 as Offset);
    ghost.latest.set(step.after.leaderEpoch, Math.max(known, step.latest) as Offset);
  }
}

function absorbCommitted(ghost: PartitionGhost, step: PartitionStep, world: PartitionWorld): void {
  const { after, before } = step;
  if (after.role !== 'leader' || after.highWatermark === before.highWatermark) {
    return;
  }
  const view = world.replicas.get(step.self)!;
  ghost.highWatermark = Math.max(ghost.highWatermark, after.highWatermark) as Offset;
  for (const batch of view.log) {
    if (batch.baseOffset >= before.highWatermark && endOf(batch) <= after.highWatermark) {
      ghost.committed.set(batch.baseOffset, batch);
    }
  }
}

function rememberRecord(ghost: PartitionGhost, batch: BatchFacts): void {
  const name = recordName(batch);
  if (!ghost.records.has(name)) {
    ghost.records.set(name, batch);
  }
}

/** (epoch, offset) names at most one batch, ever. */
export function recordName(batch: BatchFacts): string {
  return `${batch.leaderEpoch}:${batch.baseOffset}`;
}

export function isConsumerFetch(step: PartitionStep): boolean {
  return step.input?.type === 'fetch' && step.input.replica === null;
}
