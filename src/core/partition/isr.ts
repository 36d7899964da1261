/** ISR changes on the leader: at most one in flight, decided by the controller (KIP-497, 841, 903). */

import { assert, present } from '../types/assert.js';
import type { BrokerEpoch, BrokerId, Stamp } from '../types/ids.js';
import { NONE } from './errors.js';
import { registeredEpoch } from './leader.js';
import type { IsrMemberFacts } from './rule-types.js';
import type { PartitionRules } from './rules.js';
import type {
  FollowerProgress,
  InflightIsrChange,
  LeaderState,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from './types.js';

type TimerInput = Extract<PartitionInput, { type: 'timerFired' }>;

/** The only key of the timer `alterPartitionRetry`. */
const RETRY_KEY = 0;

/** Asks the controller for `isr`. */
export function proposeIsr(
  state: PartitionState,
  leaderState: LeaderState,
  isr: readonly BrokerId[],
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(leaderState.inflight === null, 'two ISR changes in flight');
  assert(isr.includes(state.self), 'a leader is in its ISR');
  const brokerEpochs = isr.map((id): BrokerEpoch => {
    const registered = registeredEpoch(state, id);
    if (id === state.self) {
      return registered;
    }
    const progress = leaderState.followers.get(id);
    return rules.isrBrokerEpoch(progress?.brokerEpoch ?? (-1 as BrokerEpoch), registered);
  });
  leaderState.inflight = { isr, brokerEpochs, partitionEpoch: state.partitionEpoch };
  // A refusal before has armed it. It would send this one a second time, and the answer to one of the two says
  // nothing of the other: rolled back by the refusal of the first, the second may still be accepted.
  cancelRetry(effects);
  sendProposal(state, leaderState.inflight, effects);
}

function sendProposal(
  state: PartitionState,
  inflight: InflightIsrChange,
  effects: PartitionEffect[],
): void {
  effects.push({
    type: 'alterPartition',
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: inflight.partitionEpoch,
    newIsr: inflight.isr.map((brokerId, i) => ({
      brokerId,
      brokerEpoch: inflight.brokerEpochs[i]!,
    })),
    // A leader recovers by leading: whoever proposes says that it has recovered (KIP-704).
    leaderRecoveryState: 'recovered',
  });
}

/**
 * RECOVERING (KIP-704): after an unclean election the leader reports that it has recovered, and only
 * then may the ISR grow. The ISR stays as it is.
 */
export function reportRecovered(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (state.leaderRecoveryState === 'recovering' && leaderState.inflight === null) {
    proposeIsr(state, leaderState, [state.self], effects, rules);
  }
}

/** ISR-JOIN: a follower that has just fetched may have become in sync. */
export function expandIsrIfDue(
  state: PartitionState,
  leaderState: LeaderState,
  id: BrokerId,
  progress: FollowerProgress,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (
    leaderState.inflight !== null ||
    state.isr.includes(id) ||
    state.leaderRecoveryState === 'recovering'
  ) {
    return;
  }
  const broker = state.brokers.get(id);
  const joins =
    broker !== undefined &&
    rules.mayJoinIsr({
      logEndOffset: progress.logEndOffset,
      highWatermark: state.highWatermark,
      epochStartOffset: leaderState.epochStartOffset,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      brokerEpoch: progress.brokerEpoch,
      registeredBrokerEpoch: broker.epoch,
    });
  if (joins) {
    const isr = [...state.isr, id].sort((a, b) => a - b);
    proposeIsr(state, leaderState, isr, effects, rules);
  }
}

/**
 * The other causes for which a follower may have become in sync: its broker is fenced no more, or the
 * change before is through. Kafka leaves it at the follower's next fetch, which may be parked for
 * replica.fetch.wait.max.ms: so long would an idle partition, a new one say, lack a replica in its ISR.
 */
export function expandIsrWithoutFetch(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  for (const [id, progress] of leaderState.followers) {
    if (!progress.lagging && progress.logEndOffset >= 0) {
      expandIsrIfDue(state, leaderState, id, progress, effects, rules);
    }
  }
}

/** ISR-SHRINK: whoever lags and is behind. The last member, the leader, always stays. */
export function shrinkIsrIfDue(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (leaderState.inflight !== null) {
    return;
  }
  let anyLags = false;
  for (const id of state.isr) {
    anyLags ||= leaderState.followers.get(id)?.lagging === true;
  }
  if (!anyLags) {
    // Nothing to ask the rule about, and this is asked at the end of every step.
    return;
  }
  const others = state.isr.filter((id) => id !== state.self);
  const members = others.map((id): IsrMemberFacts => {
    const { logEndOffset, lagging } = present(leaderState.followers.get(id), 'ISR is followed');
    return { id, logEndOffset, lagging };
  });
  const staying = rules.shrinkIsr(members, state.logEndOffset);
  if (staying.length < members.length) {
    const isr = state.isr.filter((id) => id === state.self || staying.includes(id));
    proposeIsr(state, leaderState, isr, effects, rules);
  }
}

/** Arms the lag timer of a follower that was caught up at `since`. */
export function armLagTimer(id: BrokerId, since: Stamp, effects: PartitionEffect[]): void {
  effects.push({
    type: 'armTimer',
    name: 'replicaLag',
    key: id,
    after: 'replica.lag.time.max.ms',
    since,
  });
}

export function cancelRetry(effects: PartitionEffect[]): void {
  effects.push({ type: 'cancelTimer', name: 'alterPartitionRetry', key: RETRY_KEY });
}

/** A timer of the leader. One that was overtaken by a change of role says nothing. */
export function handleTimer(
  state: PartitionState,
  input: TimerInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const leaderState = state.leaderState;
  if (leaderState === null) {
    return;
  }
  if (input.name === 'alterPartitionRetry') {
    if (leaderState.inflight !== null) {
      sendProposal(state, leaderState.inflight, effects);
    } else {
      // Rolled back: the end of the step asks whether somebody must leave the ISR.
      reportRecovered(state, leaderState, effects, rules);
    }
    return;
  }
  const progress = leaderState.followers.get(input.key as BrokerId);
  if (progress !== undefined) {
    // The end of the step asks whether it must leave the ISR.
    progress.lagging = true;
  }
}

/**
 * The controller refused the change in flight, or nobody knows whether it did. What is still due after
 * a refusal is proposed anew when the timer fires: at once it would be refused again.
 */
export function followUpError(
  leaderState: LeaderState,
  error: number,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(leaderState.inflight !== null && error !== NONE, 'a change in flight has failed');
  const followUp = rules.afterAlterPartitionError(error);
  if (followUp === 'awaitMetadata') {
    return;
  }
  if (followUp === 'rollBack') {
    leaderState.inflight = null;
  }
  effects.push({
    type: 'armTimer',
    name: 'alterPartitionRetry',
    key: RETRY_KEY,
    after: 'alterPartitionRetryBackoff',
  });
}

/** A newer partition epoch than the one that the change was based on decides it, either way. */
export function resolveInflight(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
): void {
  const inflight = leaderState.inflight;
  if (inflight !== null && state.partitionEpoch > inflight.partitionEpoch) {
    leaderState.inflight = null;
    cancelRetry(effects);
  }
}
