/** The judge: every property of Raft, asked of one step after the other. */

import { addedVoterCaughtUp } from './added-voter-caught-up.js';
import { candidateTermNotInLog } from './candidate-term-not-in-log.js';
import { changeAfterOwnCommit } from './change-after-own-commit.js';
import { changesOneVoter } from './changes-one-voter.js';
import { commitMonotonic } from './commit-monotonic.js';
import { committedAppendOnly } from './committed-append-only.js';
import { committedIsDurable } from './committed-is-durable.js';
import { electionSafety } from './election-safety.js';
import type { RaftGhost } from './ghost.js';
import { absorbEffects, absorbInput } from './ghost.js';
import { leaderAppendOnly } from './leader-append-only.js';
import { leaderCompleteness } from './leader-completeness.js';
import { leaderHasVotes } from './leader-has-votes.js';
import { leaderKeepsQuorum } from './leader-keeps-quorum.js';
import { leaderNotDisturbed } from './leader-not-disturbed.js';
import { logMatching } from './log-matching.js';
import { matchIndexMonotonic } from './match-index-monotonic.js';
import { neverCommitPrevTermByCounting } from './never-commit-prev-term-by-counting.js';
import { oneChangeAtATime } from './one-change-at-a-time.js';
import { onlyVotersVote } from './only-voters-vote.js';
import { persistedBeforeReply } from './persisted-before-reply.js';
import { preVoteChangesNothing } from './pre-vote-changes-nothing.js';
import type { RaftProperty } from './property.js';
import { quorumLog } from './quorum-log.js';
import { readIndexLinearizable } from './read-index-linearizable.js';
import { restartKeepsPersisted } from './restart-keeps-persisted.js';
import { roundsAreOfTheirTerm } from './rounds-are-of-their-term.js';
import { stateMachineSafety } from './state-machine-safety.js';
import { successorHoldsLog } from './successor-holds-log.js';
import { termMonotonic } from './term-monotonic.js';
import { termNeedsPreVote } from './term-needs-pre-vote.js';
import type { RaftTransition, RaftWorld } from './transition.js';
import { voteOnce } from './vote-once.js';

/** All properties of Raft, by name. */
export const raftProperties: readonly RaftProperty[] = [
  addedVoterCaughtUp,
  candidateTermNotInLog,
  changeAfterOwnCommit,
  changesOneVoter,
  commitMonotonic,
  committedAppendOnly,
  committedIsDurable,
  electionSafety,
  leaderAppendOnly,
  leaderCompleteness,
  leaderHasVotes,
  leaderKeepsQuorum,
  leaderNotDisturbed,
  logMatching,
  matchIndexMonotonic,
  neverCommitPrevTermByCounting,
  oneChangeAtATime,
  onlyVotersVote,
  persistedBeforeReply,
  preVoteChangesNothing,
  quorumLog,
  readIndexLinearizable,
  restartKeepsPersisted,
  roundsAreOfTheirTerm,
  stateMachineSafety,
  successorHoldsLog,
  termMonotonic,
  termNeedsPreVote,
  voteOnce,
];

export interface RaftViolation {
  /** The property's name. */
  readonly property: string;
  /** For people: which nodes, which index, which term. */
  readonly detail: string;
}

/**
 * Judges one step (or start) of a node and updates the ghost. `properties`: which to ask.
 * Returns what is violated, in the order of the properties.
 */
export function judgeRaft(
  ghost: RaftGhost,
  transition: RaftTransition,
  world: RaftWorld,
  properties: readonly RaftProperty[] = raftProperties,
): RaftViolation[] {
  absorbInput(ghost, transition);
  const violations: RaftViolation[] = [];
  for (let i = 0; i < properties.length; i++) {
    const detail = properties[i]!.check(transition, world, ghost);
    if (detail !== null) {
      violations.push({ property: properties[i]!.name, detail });
    }
  }
  absorbEffects(ghost, transition);
  return violations;
}
