/** Linearizable reads without a log entry (6.4): read index, confirmed by a heartbeat round. */

import { quorumSize, votersWith } from './quorum.js';
import { heartbeatAll } from './sending.js';
import type { Step } from './step.js';
import type { PendingRead } from './types.js';

/** A read is asked for: remember the read index and start a round that only a leader can win. */
export function requestRead(step: Step, token: number): void {
  const { state, effects, rules } = step;
  if (state.role !== 'leader') {
    effects.push({ type: 'readRefused', token, leader: state.leader });
    return;
  }
  state.readRound++;
  const index = rules.readIndex(state.commitIndex, state.termStartIndex);
  state.pendingReads.push({ token, index, round: state.readRound });
  heartbeatAll(step);
  serveReads(step);
}

/** Answers the reads that have become safe, in the order in which they came. */
export function serveReads(step: Step): void {
  const { state, effects, rules } = step;
  if (state.pendingReads.length === 0) {
    return;
  }
  const quorum = quorumSize(step);
  const heard = votersWith(step, (progress) => progress.active);
  const remaining: PendingRead[] = [];
  for (const read of state.pendingReads) {
    const { commitIndex, termStartIndex } = state;
    const confirmed = votersWith(step, (progress) => progress.ackedRound >= read.round);
    if (rules.mayServeRead({ commitIndex, termStartIndex, confirmed, quorum, heard })) {
      effects.push({ type: 'readReady', token: read.token, index: read.index });
    } else {
      remaining.push(read);
    }
  }
  state.pendingReads = remaining;
}
