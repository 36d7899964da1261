/** Counts of what a workload is meant to bring about. */
export interface WorkloadCounts {
  /** Most batches in flight together. */
  pipelined: number;
  /** Batches of which another copy was sent on another connection. */
  repeatedElsewhere: number;
  /** Copies of batches that the log already had, acknowledged as what they are. */
  duplicatesAcknowledged: number;
  /** Batches in or behind which sequences began anew at 0. */
  wrapped: number;
  compressed: number;
  /** Operations that ended while an attempt was on its way. */
  givenUp: number;
  /** Producers that went on with an epoch that nobody gave them. */
  epochsRaised: number;
  outOfRange: number;
  diverged: number;
  /** Times that a member of a group was told what it owns. */
  assignments: number;
  /** Commits of members that were acknowledged, by group; only those of the main phase. */
  readonly commits: Map<string, number>;
  /** Commits of members that were refused, for somebody had taken their place. */
  zombieCommits: number;
  /** Groups that an operator deleted. */
  groupsDeleted: number;
  /** Processes of groups that died, were held up, or left. */
  died: number;
  heldUp: number;
  left: number;
}

export function newCounts(): WorkloadCounts {
  return {
    pipelined: 0,
    repeatedElsewhere: 0,
    duplicatesAcknowledged: 0,
    wrapped: 0,
    compressed: 0,
    givenUp: 0,
    epochsRaised: 0,
    outOfRange: 0,
    diverged: 0,
    assignments: 0,
    commits: new Map(),
    zombieCommits: 0,
    groupsDeleted: 0,
    died: 0,
    heldUp: 0,
    left: 0,
  };
}
