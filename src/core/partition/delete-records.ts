/** DeleteRecords at the leader (KIP-107): the log start moves at once, the answer waits for the replicas. */

import type { Offset } from '../types/ids.js';
import { epochsFromStart } from './epochs.js';
import { NONE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT } from './errors.js';
import { setEpochs } from './log.js';
import type { PartitionRules } from './rules.js';
import type { LeaderState, PartitionEffect, PartitionInput, PartitionState } from './types.js';

type DeleteRecordsInput = Extract<PartitionInput, { type: 'deleteRecords' }>;

/** With an error nothing is known of the low watermark (Kafka: INVALID_LOW_WATERMARK). */
const UNKNOWN = -1 as Offset;

/** Deletes below the offset, which may lie in the middle of a batch; readers get no record below it. */
export function handleDeleteRecords(
  state: PartitionState,
  input: DeleteRecordsInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const { leaderState } = state;
  const refuse = (error: number): void => {
    effects.push({ type: 'recordsDeleted', token: input.token, error, lowWatermark: UNKNOWN });
  };
  if (leaderState === null || state.pendingTruncation !== null) {
    refuse(NOT_LEADER_OR_FOLLOWER);
    return;
  }
  const offset = input.offset === -1 ? state.highWatermark : input.offset;
  const error = rules.mayDeleteRecords(offset, state.highWatermark);
  if (error !== NONE) {
    refuse(error);
    return;
  }
  if (offset > state.logStartOffset) {
    state.logStartOffset = offset;
    effects.push({ type: 'moveLogStart', offset });
    setEpochs(state, epochsFromStart(state.epochs, offset), effects);
  }
  leaderState.deleting.push({ token: input.token, requiredOffset: offset });
}

function lowWatermarkOf(
  state: PartitionState,
  leaderState: LeaderState,
  rules: PartitionRules,
): Offset {
  const followers = [...leaderState.followers].map(([id, { logStartOffset }]) => ({
    logStartOffset,
    alive: state.brokers.get(id)?.fenced === false,
  }));
  return rules.lowWatermark(state.logStartOffset, followers);
}

/** Answers every deletion that the low watermark has reached, in the order in which they came. */
export function answerDeletions(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (leaderState.deleting.length === 0) {
    return;
  }
  const lowWatermark = lowWatermarkOf(state, leaderState, rules);
  leaderState.deleting = leaderState.deleting.filter(({ token, requiredOffset }) => {
    const reached = requiredOffset <= lowWatermark;
    if (reached) {
      effects.push({ type: 'recordsDeleted', token, error: NONE, lowWatermark });
    }
    return !reached;
  });
}

/** timeout.ms is over: the log start has moved here, but some live replica has not said so. */
export function expireDeletion(
  state: PartitionState,
  token: number,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const { leaderState } = state;
  if (leaderState?.deleting.some((deletion) => deletion.token === token) !== true) {
    return;
  }
  leaderState.deleting = leaderState.deleting.filter((deletion) => deletion.token !== token);
  const lowWatermark = lowWatermarkOf(state, leaderState, rules);
  effects.push({ type: 'recordsDeleted', token, error: REQUEST_TIMED_OUT, lowWatermark });
}

/** Leadership is gone: whether the followers have heard of the new log start, nobody here can say. */
export function failDeletions(leaderState: LeaderState, effects: PartitionEffect[]): void {
  for (const { token } of leaderState.deleting) {
    const error = NOT_LEADER_OR_FOLLOWER;
    effects.push({ type: 'recordsDeleted', token, error, lowWatermark: UNKNOWN });
  }
}
