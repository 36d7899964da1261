/** Who a node is: the ways back to follower (or learner), and what it takes to hear a leader. */

import { assert, fail } from '../types/assert.js';
import type { BrokerId, Term } from '../types/ids.js';
import { isVoter, takesPart } from './membership-role.js';
import type { Step } from './step.js';
import { armTimer, cancelTimer, storeTerm } from './step.js';
import type { RaftState, Role } from './types.js';

/** The roles that each role may turn into (figure 3.3, with pre-vote and learners). */
const SUCCESSORS: Readonly<Record<Role, readonly Role[]>> = {
  learner: ['follower'],
  follower: ['preCandidate', 'learner'],
  preCandidate: ['candidate', 'follower', 'learner'],
  candidate: ['leader', 'preCandidate', 'follower', 'learner'],
  leader: ['follower', 'learner'],
};

/** Changes role and leader, and says so if anything that others see of it changed. */
export function changeRole(step: Step, role: Role, leader: BrokerId | null, term: Term): void {
  const { state, effects } = step;
  const allowed = state.role === role || SUCCESSORS[state.role].includes(role);
  if (!allowed) {
    fail(`a ${state.role} cannot become ${role}`);
  }
  const changed = state.role !== role || state.leader !== leader || state.term !== term;
  if (!changed) {
    return;
  }
  if (state.leader !== leader || state.term !== term) {
    // Chunks of another leader's snapshot must not be mixed with this one's.
    state.incoming = null;
  }
  if (state.term !== term) {
    storeTerm(step, term, null);
  }
  state.role = role;
  state.leader = leader;
  effects.push({ type: 'roleChanged', role, term, leader });
}

/** Figure 3.1, all servers 2: a newer term, or the leader of this one, makes anyone a follower. */
export function becomeFollower(step: Step, term: Term, leader: BrokerId | null): void {
  const { state } = step;
  const was = state.role;
  const stands = takesPart(state, step.rules);
  if (was === 'leader') {
    leaveLeadership(step);
  }
  state.votesGranted.clear();
  state.votesRefused.clear();
  changeRole(step, stands ? 'follower' : 'learner', leader, term);
  state.leaderHeard = false;
  if (stands && was === 'leader') {
    armTimer(step, 'election', 'electionTimeout');
  }
  if (leader === null) {
    seekLeader(step);
  }
}

/** Nobody pushes to a node that is no voter unless it says that it is there. */
function seekLeader(step: Step): void {
  if (!isVoter(step.state, step.rules)) {
    armTimer(step, 'hello', 'heartbeatInterval');
  }
}

/** The configuration that the leader sent, or how much of it is committed, may be another: who may stand may not, and back. */
export function followConfiguration(step: Step): void {
  const { state, rules } = step;
  const stands = takesPart(state, rules);
  if (stands && state.role === 'learner') {
    changeRole(step, 'follower', state.leader, state.term);
    armTimer(step, 'election', 'electionTimeout');
  } else if (!stands && state.role !== 'learner') {
    state.votesGranted.clear();
    state.votesRefused.clear();
    changeRole(step, 'learner', state.leader, state.term);
    cancelTimer(step, 'election');
  }
}

function leaveLeadership(step: Step): void {
  const { state, effects } = step;
  cancelTimer(step, 'heartbeat');
  cancelTimer(step, 'checkQuorum');
  for (const read of state.pendingReads) {
    effects.push({ type: 'readRefused', token: read.token, leader: null });
  }
  state.pendingReads = [];
  if (state.catchUp !== null) {
    cancelTimer(step, 'catchUp');
    effects.push({ type: 'changeRefused', token: state.catchUp.token, reason: 'notLeader' });
    state.catchUp = null;
  }
  if (state.transfer !== null) {
    cancelTimer(step, 'transfer');
    effects.push({ type: 'transferEnded', token: state.transfer.token, left: true });
    state.transfer = null;
  }
  state.progress.clear();
  state.learners.clear();
}

/**
 * A message of the leader of `term` has arrived: follow it. A leader cannot hear another leader of
 * its own term (3.6.3, election safety).
 */
export function followLeader(step: Step, term: Term, leader: BrokerId): void {
  const { state } = step;
  assert(term >= state.term, 'a leader of an older term is followed');
  assert(state.role !== 'leader' || term > state.term, 'two leaders in one term');
  becomeFollower(step, term, leader);
  state.leaderHeard = true;
  armTimer(step, 'leaderSilence', 'minimumElectionTimeout');
  if (!isVoter(state, step.rules)) {
    cancelTimer(step, 'hello');
  }
  if (state.role !== 'learner') {
    armTimer(step, 'election', 'electionTimeout');
  }
}

/** The leader has been silent for the minimum election timeout. */
export function leaderSilent(step: Step): void {
  const { state } = step;
  state.leaderHeard = false;
  // Who stands for election since has no leader to give up, and goes on.
  if (state.leader !== null && !isVoter(state, step.rules)) {
    becomeFollower(step, state.term, null);
  }
}

/** Whether this node must not help to depose the leader (4.2.3, 9.6). */
export function hearsLeader(state: RaftState): boolean {
  return state.role === 'leader' || state.leaderHeard;
}
