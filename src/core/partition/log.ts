/** The log as facts: its ends, its start, its truncation. Used by leader and follower alike. */

import { assert } from '../types/assert.js';
import { greatest, least, type Offset } from '../types/ids.js';
import { epochsFromStart, sameEpochs } from './epochs.js';
import { foldProducerBatch, lastOffsetOf } from './producer-state.js';
import type { PartitionRules } from './rules.js';
import type { BatchFacts, EpochEntry, PartitionEffect, PartitionState } from './types.js';

/** Replaces the leader epoch cache and says so, if it differs. */
export function setEpochs(
  state: PartitionState,
  epochs: readonly EpochEntry[],
  effects: PartitionEffect[],
): void {
  if (!sameEpochs(state.epochs, epochs)) {
    state.epochs = epochs;
    effects.push({ type: 'epochsChanged', epochs });
  }
}

/**
 * Accounts for batches, facts as they will be stored, in the order in which they are appended:
 * pipelined batches of one producer must see each other before any of them is in the page cache.
 */
export function accountAppend(state: PartitionState, batches: readonly BatchFacts[]): void {
  for (const batch of batches) {
    const begins = state.logStartOffset === state.nextOffset;
    assert(begins || batch.baseOffset >= state.nextOffset, 'a batch is appended behind the log');
    foldProducerBatch(state.producers, batch);
    state.nextOffset = (lastOffsetOf(batch) + 1) as Offset;
  }
}

/**
 * Bytes below `endOffset` are in the page cache. Ignored while the log is being cut: those bytes are
 * among what is cut, or were counted before.
 */
export function handleAppended(
  state: PartitionState,
  endOffset: Offset,
  rules: PartitionRules,
): void {
  if (state.pendingTruncation !== null || endOffset <= state.logEndOffset) {
    return;
  }
  assert(endOffset <= state.nextOffset, 'more was appended than was ordered');
  state.logEndOffset = endOffset;
  if (state.role !== 'leader') {
    followHighWatermark(state, rules);
  }
}

/** Takes from the leader's high watermark what the own log reaches. */
export function followHighWatermark(state: PartitionState, rules: PartitionRules): void {
  const { highWatermark, leaderHighWatermark, logEndOffset } = state;
  state.highWatermark = rules.followerHighWatermark(
    highWatermark,
    leaderHighWatermark,
    logEndOffset,
  );
}

/** Retention moved the log start, which never goes back (L-RETAIN). */
export function handleLogStartMoved(
  state: PartitionState,
  offset: Offset,
  effects: PartitionEffect[],
): void {
  if (offset <= state.logStartOffset) {
    return;
  }
  assert(offset <= state.highWatermark, 'only what is committed may be deleted');
  state.logStartOffset = offset;
  setEpochs(state, epochsFromStart(state.epochs, offset), effects);
}

/**
 * Cuts the log to `offset`. The epoch cache is cut also where no record is. After an unclean election
 * this may go below the high watermark, which then goes back with the log.
 */
export function truncateLog(
  state: PartitionState,
  offset: Offset,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(offset >= 0 && offset <= state.nextOffset, 'a log is cut within itself');
  if (offset < state.logStartOffset) {
    resetLog(state, offset, effects, rules);
    return;
  }
  const { nextOffset } = state;
  state.nextOffset = offset;
  state.logEndOffset = least(state.logEndOffset, offset);
  state.highWatermark = least(state.highWatermark, offset);
  if (offset < nextOffset) {
    state.pendingTruncation = offset;
    effects.push({ type: 'truncate', endOffset: offset });
  }
  setEpochs(state, rules.epochsAfterTruncation(state.epochs, offset, nextOffset), effects);
}

/**
 * Drops everything and goes on at `offset`. Start, end and high watermark move together (KAFKA-9491):
 * what lies below the leader's log start was committed once.
 */
export function resetLog(
  state: PartitionState,
  offset: Offset,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(offset >= 0, 'a log starts at an offset');
  state.logStartOffset = offset;
  state.logEndOffset = offset;
  state.nextOffset = offset;
  state.highWatermark = rules.highWatermarkAfterReset(state.highWatermark, offset);
  state.producers = new Map();
  state.pendingTruncation = offset;
  effects.push({ type: 'resetLog', offset });
  setEpochs(state, [], effects);
}

/** Follows the leader's log start. Everything below it is committed, also what we had not heard of. */
export function followLogStart(
  state: PartitionState,
  offset: Offset,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (offset <= state.logStartOffset) {
    return;
  }
  if (offset > state.nextOffset) {
    resetLog(state, offset, effects, rules);
    return;
  }
  if (offset > state.logEndOffset) {
    // Ordered but not in the page cache yet: the next answer will say it again.
    return;
  }
  state.logStartOffset = offset;
  state.highWatermark = greatest(state.highWatermark, offset);
  effects.push({ type: 'moveLogStart', offset });
  setEpochs(state, epochsFromStart(state.epochs, offset), effects);
}
