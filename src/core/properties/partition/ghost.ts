/** What the judge remembers of a whole run and no replica knows. */

import type { BatchFacts } from '../../partition/types.js';
import { type BrokerId, greatest, type LeaderEpoch, type Offset } from '../../types/ids.js';
import { Batches } from './batches.js';
import { foldLog, type ProducerFold } from './producer-fold.js';
import {
  batchAt,
  deletedBelow,
  endOf,
  indexFrom,
  lacks,
  type PartitionStep,
  type PartitionWorld,
  type ReplicaView,
  sameBatch,
} from './property.js';

/** A produce that has been handed to a replica and not answered. */
export interface PendingProduce {
  readonly acks: -1 | 0 | 1;
  readonly batch: BatchFacts;
}

/** What a replica must hold, by why. */
export type Promised = 'committed' | 'acknowledged' | 'shown';

/** Below these offsets a replica was seen to hold all that was promised, and it was not cut since. */
export type Held = Record<Promised, number>;

export interface PartitionGhost {
  /** Who appended as leader, by epoch. */
  leaders: Map<LeaderEpoch, BrokerId>;
  /** (epoch, base offset) names at most one batch, ever: by epoch and offset, as it was seen first. */
  records: Map<LeaderEpoch, Map<Offset, BatchFacts>>;
  /** Batches that were below the high watermark of a leader. */
  committed: Batches;
  /** Batches acknowledged with acks=all, as the leader had stored them. */
  acknowledged: Batches;
  /** Batches that a consumer was given. */
  shown: Batches;
  /** By replica; only where steps say what they changed. */
  held: Map<BrokerId, Held>;
  /** What each log says of its producers; only where steps say what they changed. */
  folds: Map<BrokerId, ProducerFold>;
  /** The highest offset at which a replica has begun its log anew. */
  begunAnewAt: Offset;
  /** Leader epoch and offsets of which all batches are in `shown`. */
  shownRange: { epoch: LeaderEpoch; from: Offset; upTo: Offset };
  /** `<replica>:<incarnation>:<token>`. */
  pending: Map<string, PendingProduce>;
  answered: Set<string>;
  /** The highest high watermark of any leader so far. */
  highWatermark: Offset;
  /** By replica: where its log was known to begin. */
  logStarts: Map<BrokerId, Offset>;
  /** Answers to ListOffsets(-1): the largest by leader epoch. */
  latest: Map<LeaderEpoch, Offset>;
  /**
   * After a loss that is documented: leaders of earlier epochs, who may not know of it, promise nothing
   * any more. 0: there was none.
   */
  promisesFrom: LeaderEpoch;
  /** What was lost so, at and behind the first offset and before the second; infinite and 0: nothing. */
  lostFrom: number;
  lostUpTo: number;
  /** Batches of it that were acknowledged with acks=all. */
  lostAcknowledged: number;
}

export function newPartitionGhost(): PartitionGhost {
  return {
    leaders: new Map(),
    records: new Map(),
    committed: new Batches(),
    acknowledged: new Batches(),
    shown: new Batches(),
    held: new Map(),
    folds: new Map(),
    begunAnewAt: 0 as Offset,
    shownRange: { epoch: -1 as LeaderEpoch, from: 0 as Offset, upTo: 0 as Offset },
    pending: new Map(),
    answered: new Set(),
    highWatermark: 0 as Offset,
    logStarts: new Map(),
    latest: new Map(),
    promisesFrom: 0 as LeaderEpoch,
    lostFrom: Number.POSITIVE_INFINITY,
    lostUpTo: 0,
    lostAcknowledged: 0,
  };
}

/** What of the promises a new leader does not hold. */
export interface Lack {
  /** The first offset of a batch that it lacks; infinite: it holds everything. */
  readonly from: number;
  /** Batches that were acknowledged with acks=all. */
  readonly acknowledged: number;
}

/** What `view` lacks of all that was committed, acknowledged or shown, but for what was deleted. */
export function lackOf(ghost: PartitionGhost, view: ReplicaView, deleted: number): Lack {
  const missing = (batch: BatchFacts): boolean => endOf(batch) > deleted && !holds(view, batch);
  let from = Number.POSITIVE_INFINITY;
  for (const promised of ['committed', 'acknowledged', 'shown'] as const) {
    from = Math.min(from, ghost[promised].values().find(missing)?.baseOffset ?? from);
  }
  if (from <= deleted || view.logEndOffset < deleted) {
    // It lacks the first one that was not deleted: nothing below has to be anywhere.
    from = Math.min(from, view.logEndOffset);
  }
  return { from, acknowledged: ghost.acknowledged.values().filter(missing).length };
}

/**
 * `view` was elected leader of `epoch` and lacks promised records, as documented: nobody is held to them
 * any more. What it holds, and what is promised from this epoch on, counts as ever.
 */
export function documentLoss(
  ghost: PartitionGhost,
  view: ReplicaView,
  { from, acknowledged }: Lack,
  epoch: LeaderEpoch,
): void {
  ghost.promisesFrom = epoch;
  if (!Number.isFinite(from)) {
    return;
  }
  ghost.lostAcknowledged += acknowledged;
  for (const promised of ['committed', 'acknowledged', 'shown'] as const) {
    noteLost(ghost, from, ghost[promised].end);
    ghost[promised].keep((batch) => holds(view, batch));
  }
  for (const id of ghost.held.keys()) {
    logLost(ghost, id, 0 as Offset);
  }
}

function holds(view: ReplicaView, batch: BatchFacts): boolean {
  const held = batchAt(view, batch.baseOffset);
  return held !== undefined && sameBatch(held, batch);
}

function noteLost(ghost: PartitionGhost, from: number, upTo: number): void {
  ghost.lostFrom = Math.min(ghost.lostFrom, from);
  ghost.lostUpTo = Math.max(ghost.lostUpTo, upTo);
}

export function produceKey(step: PartitionStep, token: number): string {
  return `${step.self}:${step.incarnation}:${token}`;
}

/**
 * What `view` lacks of what was promised, for people; null: nothing. Where steps say what they changed
 * only what was not asked of this replica before.
 */
export function lacksPromised(
  ghost: PartitionGhost,
  promised: Promised,
  view: ReplicaView,
  step: PartitionStep,
  world: PartitionWorld,
): string | null {
  const batches = ghost[promised];
  if (step.changes === undefined) {
    return lacks(view, batches.values(), 0, world);
  }
  const held = heldBy(ghost, view.id);
  if (held[promised] >= batches.end) {
    return null;
  }
  const missing = lacks(view, batches.values(), held[promised], world);
  if (missing === null) {
    held[promised] = batches.end;
  }
  return missing;
}

/**
 * What running replicas that may be elected cleanly, those in ISR and ELR, lack of what was promised.
 * null: nothing.
 */
export function lackOfCandidates(
  ghost: PartitionGhost,
  promised: Promised,
  step: PartitionStep,
  world: PartitionWorld,
): string | null {
  for (const ids of [world.isr, world.elr]) {
    for (const id of ids) {
      const view = world.replicas.get(id);
      if (view?.state != null) {
        const missing = lacksPromised(ghost, promised, view, step, world);
        if (missing !== null) {
          return missing;
        }
      }
    }
  }
  return null;
}

/** A log may have lost, or hold something else, from `offset` on: what is promised is asked again. */
export function logLost(ghost: PartitionGhost, id: BrokerId, offset: number): void {
  const held = heldBy(ghost, id);
  held.committed = Math.min(held.committed, offset);
  held.acknowledged = Math.min(held.acknowledged, offset);
  held.shown = Math.min(held.shown, offset);
}

function heldBy(ghost: PartitionGhost, id: BrokerId): Held {
  let held = ghost.held.get(id);
  if (held === undefined) {
    held = { committed: 0, acknowledged: 0, shown: 0 };
    ghost.held.set(id, held);
  }
  return held;
}

/** A leader of `epoch` promises `batch`. */
function promise(
  ghost: PartitionGhost,
  promised: Promised,
  batch: BatchFacts,
  epoch: LeaderEpoch,
): void {
  if (epoch < ghost.promisesFrom) {
    // It does not know yet that another one leads without its records.
    noteLost(ghost, batch.baseOffset, endOf(batch));
    ghost.lostAcknowledged += promised === 'acknowledged' ? 1 : 0;
    return;
  }
  const { end } = ghost[promised];
  if (ghost[promised].set(batch) && batch.baseOffset < end) {
    // Not behind all others: nobody was asked for this one.
    for (const held of ghost.held.values()) {
      held[promised] = Math.min(held[promised], batch.baseOffset);
    }
  }
}

/** Before the properties are asked: what the step was told from outside, and what its log says now. */
export function absorbInput(
  ghost: PartitionGhost,
  step: PartitionStep,
  world: PartitionWorld,
): void {
  const { input, changes, self } = step;
  if (input?.type === 'produce') {
    const { token, acks, batch } = input;
    ghost.pending.set(produceKey(step, token), { acks, batch });
  }
  if (changes === undefined) {
    return;
  }
  const view = world.replicas.get(self);
  const log = view?.log ?? [];
  const forgotten = view === undefined ? 0 : forgottenBelow(ghost, view, world);
  const fold = ghost.folds.get(self);
  if (changes.anew || fold === undefined) {
    ghost.folds.set(self, foldLog(log, forgotten));
    return;
  }
  fold.settle();
  for (let i = changes.from; i < log.length; i++) {
    fold.add(log[i]!, forgotten);
  }
}

/** What the log of `view`, the replica that takes the step, says of its producers: kept where steps say what they changed. */
export function foldOf(
  ghost: PartitionGhost,
  { self, changes }: PartitionStep,
  view: ReplicaView,
  world: PartitionWorld,
): ProducerFold {
  const kept = changes === undefined ? undefined : ghost.folds.get(self);
  return kept ?? foldLog(view.log, forgottenBelow(ghost, view, world));
}

/**
 * Of what producers sent below this offset the leader of `view` need not know: a replica that begins its log
 * anew forgets it, and may lead. After an unclean election that goes for all that is deleted, for nobody can
 * tell whose records those were.
 */
function forgottenBelow(
  ghost: PartitionGhost,
  view: ReplicaView,
  { uncleanElections }: PartitionWorld,
): Offset {
  return uncleanElections === 0
    ? ghost.begunAnewAt
    : greatest(ghost.begunAnewAt, view.logStartOffset);
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
  absorbCommitted(ghost, step, view);
  // What this step moves is told to others, and must be kept, only once the step is over.
  ghost.logStarts.set(step.self, step.before.logStartOffset);
  for (const effect of step.effects) {
    if (effect.type === 'produced') {
      const key = produceKey(step, effect.token);
      const pending = ghost.pending.get(key);
      const stored = batchAt(view, effect.baseOffset);
      if (effect.error === 0 && pending?.acks === -1 && stored !== undefined) {
        promise(ghost, 'acknowledged', stored, step.after.leaderEpoch);
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
      absorbShown(ghost, step, view, effect.from, effect.upTo);
    } else if (effect.type === 'moveLogStart' || effect.type === 'resetLog') {
      forgetDeleted(ghost, world);
      if (effect.type === 'resetLog') {
        ghost.begunAnewAt = greatest(ghost.begunAnewAt, effect.offset);
      }
    }
  }
  if (step.input?.type === 'logStartMoved') {
    forgetDeleted(ghost, world);
  }
  if (step.latest !== null) {
    const known = ghost.latest.get(step.after.leaderEpoch) ?? (-1 as Offset);
    ghost.latest.set(step.after.leaderEpoch, Math.max(known, step.latest) as Offset);
  }
}

function absorbCommitted(ghost: PartitionGhost, step: PartitionStep, view: ReplicaView): void {
  const { after, before } = step;
  if (after.role !== 'leader' || after.highWatermark === before.highWatermark) {
    return;
  }
  ghost.highWatermark = Math.max(ghost.highWatermark, after.highWatermark) as Offset;
  const { log } = view;
  for (let i = indexFrom(log, before.highWatermark); i < log.length; i++) {
    if (endOf(log[i]!) > after.highWatermark) {
      break;
    }
    promise(ghost, 'committed', log[i]!, after.leaderEpoch);
  }
}

/** A reader far behind may be shown the whole log with every fetch: what is known is not looked at. */
function absorbShown(
  ghost: PartitionGhost,
  step: PartitionStep,
  { log }: ReplicaView,
  from: Offset,
  upTo: Offset,
): void {
  const { shownRange } = ghost;
  const epoch = step.after.leaderEpoch;
  const known = step.changes !== undefined && shownRange.epoch === epoch;
  let first: number = from;
  if (known && from >= shownRange.from && from <= shownRange.upTo) {
    first = shownRange.upTo;
    shownRange.upTo = Math.max(shownRange.upTo, upTo) as Offset;
  } else if (!known || upTo - from > shownRange.upTo - shownRange.from) {
    ghost.shownRange = { epoch, from, upTo: Math.max(from, upTo) as Offset };
  }
  for (let i = indexFrom(log, first); i < log.length; i++) {
    if (endOf(log[i]!) > upTo) {
      break;
    }
    promise(ghost, 'shown', log[i]!, epoch);
  }
}

function forgetDeleted(ghost: PartitionGhost, world: PartitionWorld): void {
  const deleted = deletedBelow(world);
  ghost.committed.dropBelow(deleted);
  ghost.acknowledged.dropBelow(deleted);
  ghost.shown.dropBelow(deleted);
}

function rememberRecord(ghost: PartitionGhost, batch: BatchFacts): void {
  let ofEpoch = ghost.records.get(batch.leaderEpoch);
  if (ofEpoch === undefined) {
    ofEpoch = new Map();
    ghost.records.set(batch.leaderEpoch, ofEpoch);
  }
  if (!ofEpoch.has(batch.baseOffset)) {
    ofEpoch.set(batch.baseOffset, batch);
  }
}

export function isConsumerFetch(step: PartitionStep): boolean {
  return step.input?.type === 'fetch' && step.input.replica === null;
}
