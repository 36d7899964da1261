/**
 * Leadership transfer (3.10): the leader takes no more proposals, brings one follower up to its last entry, and
 * tells it to stand for election at once. If nothing comes of it within an election timeout, it leads on.
 */

import type { BrokerId } from '../types/ids.js';
import { standAtOnce } from './election.js';
import { lastIndex } from './log.js';
import { replicateTo } from './sending.js';
import type { Step } from './step.js';
import { armTimer, cancelTimer, sendNow } from './step.js';
import type { Progress, RaftInput, TimeoutNow } from './types.js';

export function transferLeadership(
  step: Step,
  { token, to }: Extract<RaftInput, { type: 'transferLeadership' }>,
): void {
  const { state, effects } = step;
  if (state.role !== 'leader') {
    effects.push({ type: 'transferEnded', token, left: true });
    return;
  }
  const successor = successorOf(step, to);
  if (successor === null || state.transfer !== null || state.catchUp !== null) {
    effects.push({ type: 'transferEnded', token, left: false });
    return;
  }
  state.transfer = { token, to: successor.id, told: false };
  armTimer(step, 'transfer', 'minimumElectionTimeout');
  replicateTo(step, successor.id, successor.progress);
  tellSuccessor(step);
}

interface Successor {
  readonly id: BrokerId;
  readonly progress: Progress;
}

/** The voter `wanted`, or the one that is furthest; null: there is none. */
function successorOf(step: Step, wanted: BrokerId | null): Successor | null {
  const { state, rules } = step;
  let best: Successor | null = null;
  for (const { id } of state.configuration.voters) {
    const progress = state.progress.get(id);
    if (
      progress !== undefined &&
      rules.canVote(state.configuration, { id, directoryId: progress.directoryId }) &&
      (wanted === null || wanted === id) &&
      (best === null || progress.matchIndex > best.progress.matchIndex)
    ) {
      best = { id, progress };
    }
  }
  return best;
}

/** Once the successor holds the whole log. */
export function tellSuccessor(step: Step): void {
  const { state, rules } = step;
  const { transfer } = state;
  if (transfer === null || transfer.told) {
    return;
  }
  const progress = state.progress.get(transfer.to);
  if (progress !== undefined && rules.mayTakeOver(progress.matchIndex, lastIndex(state))) {
    transfer.told = true;
    sendNow(step, transfer.to, { type: 'timeoutNow', term: state.term });
  }
}

/** Before it leaves: whoever holds the whole log need not wait for an election timeout. */
export function handOver(step: Step): void {
  const { state, rules } = step;
  const successor = successorOf(step, null);
  if (successor !== null && rules.mayTakeOver(successor.progress.matchIndex, lastIndex(state))) {
    sendNow(step, successor.id, { type: 'timeoutNow', term: state.term });
  }
}

/** Who was to take over has not: this node leads on. */
export function transferDue(step: Step): void {
  const { state, effects } = step;
  if (state.transfer !== null) {
    effects.push({ type: 'transferEnded', token: state.transfer.token, left: false });
    state.transfer = null;
    cancelTimer(step, 'transfer');
  }
}

/** The leader of the term asks this node to stand for election: only a follower has a leader and may stand. */
export function handleTimeoutNow(step: Step, from: BrokerId, { term }: TimeoutNow): void {
  const { state } = step;
  if (term === state.term && state.leader === from && state.role === 'follower') {
    standAtOnce(step);
  }
}
