/** Appending on the leader (KIP-98, MINISR-PRE, BATCH-ATOMIC, LEO-EPOCH). */

import { assert } from '../types/assert.js';
import { NO_TIMESTAMP, plus, type Timestamp } from '../types/ids.js';
import { NONE, NOT_LEADER_OR_FOLLOWER } from './errors.js';
import { answerProduce, minIsr } from './leader.js';
import { accountAppend } from './log.js';
import { lastOffsetOf } from './producer-state.js';
import type { PartitionRules } from './rules.js';
import type {
  BatchFacts,
  LeaderState,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from './types.js';

type ProduceInput = Extract<PartitionInput, { type: 'produce' }>;

/** Checks in Kafka's order: role, min ISR, producer epoch and sequence. */
export function handleProduce(
  state: PartitionState,
  input: ProduceInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(input.batch.lastOffsetDelta >= 0, 'a batch holds at least one record');
  const leaderState = state.leaderState;
  // While its log is being cut, a new leader's producer state is not that of its log.
  if (leaderState === null || state.pendingTruncation !== null) {
    refuse(state, input, NOT_LEADER_OR_FOLLOWER, effects);
    return;
  }
  const tooFew = rules.mayAppend(input.acks, state.isr.length, minIsr(state, rules));
  if (tooFew !== NONE) {
    refuse(state, input, tooFew, effects);
    return;
  }
  const verdict = rules.acceptSequence(state.producers.get(input.batch.producerId), input.batch);
  switch (verdict.type) {
    case 'refuse':
      refuse(state, input, verdict.error, effects);
      return;
    case 'duplicate':
      // DEDUP-5: success with the old offset, but not before the old append would have been answered.
      leaderState.waiting.push({
        token: input.token,
        acks: input.acks,
        requiredOffset: rules.acknowledgedAt(verdict.baseOffset, verdict.lastOffset),
        baseOffset: verdict.baseOffset,
        logAppendTime: input.logAppendTime === NO_TIMESTAMP ? NO_TIMESTAMP : verdict.timestamp,
      });
      return;
    case 'append':
      append(state, leaderState, input, effects, rules);
      return;
  }
}

function append(
  state: PartitionState,
  leaderState: LeaderState,
  input: ProduceInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const baseOffset = state.nextOffset;
  const stamped = input.logAppendTime !== NO_TIMESTAMP;
  const maxTimestamp: Timestamp = stamped ? input.logAppendTime : input.batch.maxTimestamp;
  const batch: BatchFacts = {
    ...input.batch,
    baseOffset,
    leaderEpoch: state.leaderEpoch,
    maxTimestamp,
  };
  accountAppend(state, [batch]);
  assert(state.nextOffset === plus(baseOffset, batch.lastOffsetDelta + 1), 'offsets have a gap');
  leaderState.waiting.push({
    token: input.token,
    acks: input.acks,
    requiredOffset: rules.acknowledgedAt(baseOffset, lastOffsetOf(batch)),
    baseOffset,
    logAppendTime: input.logAppendTime,
  });
  effects.push({
    type: 'append',
    token: input.token,
    baseOffset,
    leaderEpoch: state.leaderEpoch,
    batches: [batch],
  });
}

function refuse(
  state: PartitionState,
  input: ProduceInput,
  error: number,
  effects: PartitionEffect[],
): void {
  const { token } = input;
  answerProduce(
    state,
    { token, baseOffset: state.nextOffset, logAppendTime: NO_TIMESTAMP },
    error,
    effects,
  );
}
