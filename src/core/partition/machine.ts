/**
 * One replica of one partition: `stepPartition` is the whole of its behaviour. Handlers per concern
 * are in the neighbouring files.
 */

import { assert, unreachable } from '../types/assert.js';
import { handleAlterPartitionAnswered, handleAssigned } from './assignment.js';
import { answerDeletions, expireDeletion, handleDeleteRecords } from './delete-records.js';
import { NONE } from './errors.js';
import { handleFetch } from './fetch.js';
import { handleFetched, handleTruncated } from './follower.js';
import { handleTimer, shrinkIsrIfDue } from './isr.js';
import { advanceLeaderHighWatermark, answerWaiting, expireProduce } from './leader.js';
import { handleAppended, handleLogStartMoved } from './log.js';
import { handleProduce } from './produce.js';
import type { PartitionRules } from './rules.js';
import type { PartitionEffect, PartitionInput, PartitionState } from './types.js';

/**
 * One transition: mutates `state`, appends to `effects`. The state has changed wholly before the first
 * effect is carried out; `logEndAdvanced` and `highWatermarkAdvanced` come last and once at most.
 */
export function stepPartition(
  state: PartitionState,
  input: PartitionInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const { logEndOffset, highWatermark } = state;
  dispatch(state, input, effects, rules);
  settleLeader(state, input, effects, rules);
  assert(state.logStartOffset <= state.highWatermark, 'the high watermark is below the log start');
  assert(state.highWatermark <= state.logEndOffset, 'the high watermark is beyond the log end');
  assert(state.logEndOffset <= state.nextOffset, 'the log end is beyond what was ordered');
  if (state.logEndOffset > logEndOffset) {
    effects.push({ type: 'logEndAdvanced', logEndOffset: state.logEndOffset });
  }
  if (state.highWatermark > highWatermark) {
    effects.push({ type: 'highWatermarkAdvanced', highWatermark: state.highWatermark });
  }
}

function dispatch(
  state: PartitionState,
  input: PartitionInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  switch (input.type) {
    case 'assigned':
      handleAssigned(state, input, effects, rules);
      return;
    case 'configured':
      state.config = input.config;
      return;
    case 'produce':
      handleProduce(state, input, effects, rules);
      return;
    case 'produceExpired':
      expireProduce(state, input.token, effects);
      return;
    case 'deleteRecords':
      handleDeleteRecords(state, input, effects, rules);
      return;
    case 'deleteRecordsExpired':
      expireDeletion(state, input.token, effects, rules);
      return;
    case 'appended':
      handleAppended(state, input.endOffset, rules);
      return;
    case 'truncated':
      handleTruncated(state, input, effects, rules);
      return;
    case 'logStartMoved':
      handleLogStartMoved(state, input.offset, effects);
      return;
    case 'fetch':
      handleFetch(state, input, effects, rules);
      return;
    case 'fetched':
      handleFetched(state, input, effects, rules);
      return;
    case 'alterPartitionAnswered':
      handleAlterPartitionAnswered(state, input, effects, rules);
      return;
    case 'timerFired':
      handleTimer(state, input, effects, rules);
      return;
    default:
      unreachable(input);
  }
}

/**
 * What a leader owes after any step: who lags leaves, the high watermark stands where the rule puts it,
 * and nobody waits for what is reached.
 */
function settleLeader(
  state: PartitionState,
  input: PartitionInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const leaderState = state.leaderState;
  assert((leaderState !== null) === (state.role === 'leader'), 'leaders have leader state');
  if (leaderState === null) {
    return;
  }
  if (concernsIsr(input)) {
    shrinkIsrIfDue(state, leaderState, effects, rules);
  }
  if (rules.looksAtHighWatermark(input.type)) {
    advanceLeaderHighWatermark(state, leaderState, rules);
  }
  answerWaiting(state, leaderState, effects, rules);
  answerDeletions(state, leaderState, effects, rules);
}

/**
 * Whether after `input` somebody may be behind who was not, or a change be through that was in the way. A
 * refusal is no occasion: the timer decides when it is time to ask again, and not whoever reads meanwhile.
 */
function concernsIsr(input: PartitionInput): boolean {
  switch (input.type) {
    case 'assigned':
    case 'appended':
    case 'timerFired':
      return true;
    case 'fetch':
      return input.replica !== null;
    case 'alterPartitionAnswered':
      return input.error === NONE;
    default:
      return false;
  }
}
