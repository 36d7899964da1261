/**
 * What the thesis demands of a node, claim by claim, each with the mutant that its check must
 * catch. `docs/raft-claims.md` lists the same.
 */

import type { Claim } from './raft-claim.js';
import { votesAndTerms } from './raft-claims-election.js';
import { followerClaims } from './raft-claims-follower.js';
import { leaderClaims } from './raft-claims-leader.js';
import { membershipClaims } from './raft-claims-membership.js';
import { preVoteClaims } from './raft-claims-pre-vote.js';
import { readClaims } from './raft-claims-reads.js';
import { snapshots } from './raft-claims-snapshot.js';

/** All claims, numbered in the order of the thesis. */
export const raftClaims: readonly Claim[] = [
  ...votesAndTerms(),
  ...followerClaims(),
  ...leaderClaims(),
  ...snapshots(),
  ...readClaims(),
  ...preVoteClaims(),
  ...membershipClaims(),
].map((claim, at) => ({ id: at + 1, ...claim }));

/** The claim as a row of `docs/raft-claims.md`. */
export function claimRow({ id, source, text, mutant }: Claim): string {
  return `| R${id} | ${source} | ${text} | \`${mutant.name}\` |`;
}
