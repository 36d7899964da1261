/** What a follower does with its leader's answers (KIP-101, 279, 595; HW-PROP). */

import { assert } from '../types/assert.js';
import { least, type Offset } from '../types/ids.js';
import { epochsFromStart, latestEpoch } from './epochs.js';
import { NONE, OFFSET_OUT_OF_RANGE } from './errors.js';
import {
  accountAppend,
  followHighWatermark,
  followLogStart,
  resetLog,
  setEpochs,
  truncateLog,
} from './log.js';
import { cloneProducers, lastOffsetOf } from './producer-state.js';
import { fetchedEpoch } from './queries.js';
import type { PartitionRules } from './rules.js';
import type { BatchFacts, PartitionEffect, PartitionInput, PartitionState } from './types.js';

type FetchedInput = Extract<PartitionInput, { type: 'fetched' }>;
type TruncatedInput = Extract<PartitionInput, { type: 'truncated' }>;

/**
 * The leader's answer counts only in the leader epoch and at the position that the fetch named: what
 * it says of another position may be wrong for this one.
 */
export function handleFetched(
  state: PartitionState,
  input: FetchedInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (
    state.role !== 'follower' ||
    input.leaderEpoch !== state.leaderEpoch ||
    state.pendingTruncation !== null ||
    input.fetchOffset !== state.nextOffset ||
    input.lastFetchedEpoch !== fetchedEpoch(state, rules)
  ) {
    return;
  }
  if (input.error === OFFSET_OUT_OF_RANGE) {
    followOutOfRange(state, input, effects, rules);
    return;
  }
  if (input.error !== NONE) {
    return;
  }
  if (input.diverging !== null) {
    const point = rules.truncationPoint(state.epochs, state.logEndOffset, input.diverging);
    truncateLog(state, least(point, state.nextOffset), effects, rules);
    return;
  }
  const overlapping = firstOverlap(
    input.batches,
    whereFetchedMayBegin(state, input.batches, rules),
  );
  if (overlapping !== null) {
    // Appending would not mend it, and the same would come again and again.
    const { nextOffset: logEndOffset } = state;
    const { baseOffset } = overlapping;
    effects.push({ type: 'replicationFailed', logEndOffset, baseOffset });
    return;
  }
  if (input.batches.length > 0) {
    appendFetched(state, input.batches, effects, rules);
  }
  state.leaderHighWatermark = input.highWatermark;
  followHighWatermark(state, rules);
  followLogStart(state, input.logStartOffset, effects, rules);
}

/**
 * At the own log end. DeleteRecords may have moved the leader's log start into the middle of a batch: then
 * a log that is begun anew there gets that batch whole, with the records below its start (KAFKA-6975).
 */
function whereFetchedMayBegin(
  state: PartitionState,
  batches: readonly BatchFacts[],
  rules: PartitionRules,
): Offset {
  const [first] = batches;
  const { nextOffset } = state;
  return first !== undefined &&
    state.logStartOffset === nextOffset &&
    lastOffsetOf(first) >= nextOffset &&
    rules.mayBeginInsideBatch()
    ? first.baseOffset
    : nextOffset;
}

/** The first batch that begins before `end`, or before the end of the batch in front of it. */
function firstOverlap(batches: readonly BatchFacts[], end: Offset): BatchFacts | null {
  let next = end;
  for (const batch of batches) {
    if (batch.baseOffset < next) {
      return batch;
    }
    next = (lastOffsetOf(batch) + 1) as Offset;
  }
  return null;
}

/** Batches are appended as they are: offsets, epochs and gaps of compaction included (LOG-MATCH). */
function appendFetched(
  state: PartitionState,
  batches: readonly BatchFacts[],
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const first = batches[0]!;
  const baseOffset = state.nextOffset;
  assert(first.leaderEpoch >= 0, 'a stored batch has a leader epoch');
  let epochs = state.epochs;
  for (const batch of batches) {
    if (batch.leaderEpoch > latestEpoch(epochs)) {
      epochs = rules.assignEpochEntry(epochs, batch.leaderEpoch, batch.baseOffset);
    }
  }
  // Of a batch that the log start lies in, only what is behind it counts.
  epochs = epochsFromStart(epochs, state.logStartOffset);
  accountAppend(state, batches);
  assert(state.nextOffset > baseOffset, 'an append moves the log end');
  // The cache is stored before the records are: without its entry a record could not be placed.
  setEpochs(state, epochs, effects);
  effects.push({
    type: 'append',
    token: null,
    baseOffset: first.baseOffset,
    leaderEpoch: state.leaderEpoch,
    batches,
  });
}

/**
 * The leader's log begins behind our end; or there, and whether ours is the same up to it, the leader cannot say;
 * or we are an empty log that begins where the leader's has not come to (after an unclean election). With
 * records in the log, divergence has told the rest.
 */
function followOutOfRange(
  state: PartitionState,
  input: FetchedInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const leaderStart = input.logStartOffset;
  const { nextOffset } = state;
  if (leaderStart < 0 || (leaderStart === 0 && nextOffset === 0)) {
    return;
  }
  if (leaderStart === nextOffset && rules.keepsLogBelowLeader(state.highWatermark, leaderStart)) {
    // Nothing is left of it but what its producers have sent; no epoch, which the leader would have to judge.
    setEpochs(state, [], effects);
    followLogStart(state, leaderStart, effects, rules);
    return;
  }
  const empty = state.logStartOffset === nextOffset;
  if (leaderStart >= nextOffset || empty) {
    resetLog(state, leaderStart, effects, rules);
  }
}

/**
 * The log has been cut. The producer state is that of the log that is left (STATE-FROM-LOG); where
 * the host had to cut at a batch before the point, the log ends there.
 */
export function handleTruncated(
  state: PartitionState,
  input: TruncatedInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (state.pendingTruncation === null || input.endOffset > state.pendingTruncation) {
    // An earlier cut, overtaken by a deeper one.
    return;
  }
  // With the batch that the log start lies in: nothing is left, and the log goes on where it began.
  state.logStartOffset = least(state.logStartOffset, input.endOffset);
  const previous: Offset = state.nextOffset;
  state.pendingTruncation = null;
  state.nextOffset = input.endOffset;
  state.logEndOffset = input.endOffset;
  state.highWatermark = least(state.highWatermark, input.endOffset);
  state.producers = cloneProducers(input.producers);
  if (input.endOffset < previous) {
    setEpochs(state, rules.epochsAfterTruncation(state.epochs, input.endOffset, previous), effects);
  }
}
