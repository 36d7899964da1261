/** From the history and what happened around it to the verdict of a trial. */

import { check } from '../src/checker/check.js';
import type { CheckResult, Finding } from '../src/checker/result.js';
import { isMetadata, isOffsets, isOperation, isOwned, type Row } from '../src/history/rows.js';

/** Fewer acknowledged operations prove too little. */
const ACKNOWLEDGED_LEAST = 1_000;

/** What happened besides the history. */
export interface Circumstances {
  readonly acks: -1 | 1;
  /** Requested kinds of faults that never took effect. */
  readonly withoutEffect: readonly string[];
  /** What kept the trial from running to its end; null: nothing. */
  readonly brokenOff: string | null;
  /** Keys that the final phase could not read to their known end, with the last error. */
  readonly unread: ReadonlyMap<string, string>;
  /** A broker that ended by itself. */
  readonly unexpectedEnd: string | null;
  /** The workload was to read metadata. */
  readonly readsMetadata: boolean;
  /** Consumer groups of the workload, by what they promise; null: it has none. */
  readonly groups: {
    readonly atLeastOnce: readonly string[];
    readonly atMostOnce: readonly string[];
  } | null;
  /** Reads were to say where logs ended. */
  readonly readsSessions: boolean;
  /** Some coordinator of a group was replaced by a fault. */
  readonly coordinatorsReplaced: boolean;
}

/** Fewer generations of a group, or acknowledged commits, prove too little of it. */
const GENERATIONS_LEAST = 4;
const COMMITS_LEAST = 50;

/** What a group went through. */
export interface GroupCount {
  readonly group: string;
  /** That any member was told of. */
  readonly generations: number;
  /** Acknowledged. */
  readonly commits: number;
  /** Answers to the question where it stands. */
  readonly positionsTold: number;
}

export function countGroups(rows: readonly Row[], groups: readonly string[]): GroupCount[] {
  return groups.map((group) => {
    const generations = new Set<number>();
    let commits = 0;
    let positionsTold = 0;
    for (const row of rows) {
      if (isOwned(row) && row.group === group) {
        generations.add(row.generation);
      } else if (isOffsets(row) && row.group === group && row.type === 'ok') {
        commits += Number(row.f === 'commit');
        positionsTold += Number(row.f === 'committed');
      }
    }
    return { group, generations: generations.size, commits, positionsTold };
  });
}

function gapsOfGroups(rows: readonly Row[], circumstances: Circumstances): string[] {
  const { groups, coordinatorsReplaced } = circumstances;
  if (groups === null) {
    return [];
  }
  const gaps: string[] = coordinatorsReplaced
    ? []
    : ['No coordinator of a group was replaced, so nothing is known of failovers.'];
  for (const { group, generations, commits } of countGroups(rows, [
    ...groups.atLeastOnce,
    ...groups.atMostOnce,
  ])) {
    if (generations < GENERATIONS_LEAST) {
      gaps.push(
        `Group ${group} had ${generations} generations; ${GENERATIONS_LEAST} are needed to show rebalances.`,
      );
    }
    if (commits < COMMITS_LEAST) {
      gaps.push(`Group ${group} had ${commits} commits acknowledged; ${COMMITS_LEAST} are needed.`);
    }
  }
  return gaps;
}

/** Fewer reads that say where a log ended prove too little of sessions. */
const ENDS_LEAST = 500;

function gapsOfSessions(rows: readonly Row[], { readsSessions }: Circumstances): string[] {
  if (!readsSessions) {
    return [];
  }
  let ends = 0;
  for (const row of rows) {
    ends += isOperation(row) ? Object.keys(row.ends ?? {}).length : 0;
  }
  return ends < ENDS_LEAST
    ? [`Reads said ${ends} times where a log ended; ${ENDS_LEAST} are needed to judge sessions.`]
    : [];
}

/** Operations on metadata, by outcome; those that are ok or unknown are judged. */
export interface MetadataCount {
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Reads among those that are ok. */
  readonly reads: number;
}

export function countMetadata(rows: readonly Row[]): MetadataCount {
  const counts = { ok: 0, fail: 0, info: 0, reads: 0, invoke: 0 };
  for (const row of rows) {
    if (isMetadata(row)) {
      counts[row.type]++;
      counts.reads += Number(row.type === 'ok' && row.value.op === 'read');
    }
  }
  const { ok, fail, info, reads, invoke } = counts;
  return { ok, fail, info: info + invoke - ok - fail - info, reads };
}

/**
 * With acks=1 a leader promises only that it has the record itself: a clean election may drop it
 * later (ACK1). What follows from that is no anomaly of the cluster.
 */
const ALLOWED_WITHOUT_ALL: readonly string[] = [
  'lost-write',
  'unseen',
  'inconsistent-offsets',
  // Offsets that were lost are given again, so that later sends get lower ones.
  'nonmonotonic-send',
  'int-nonmonotonic-send',
  'append-order',
];

/** Commits count like other acknowledged operations; half of these must be sends and polls. */
function acknowledgedLeast(rows: readonly Row[], { groups }: Circumstances): number {
  const names = groups === null ? [] : [...groups.atLeastOnce, ...groups.atMostOnce];
  const commits = countGroups(rows, names).reduce((sum, group) => sum + group.commits, 0);
  return Math.max(ACKNOWLEDGED_LEAST - commits, ACKNOWLEDGED_LEAST / 2);
}

export function judge(rows: readonly Row[], circumstances: Circumstances): CheckResult {
  const reasons = circumstancesAgainst(circumstances);
  if (circumstances.readsMetadata) {
    const { ok, reads } = countMetadata(rows);
    if (reads === 0) {
      reasons.push('Not one read of metadata was answered, so nothing is known of them.');
    } else if (ok === reads) {
      reasons.push('Not one change of metadata was acknowledged, so reads of them show little.');
    }
  }
  reasons.push(...gapsOfGroups(rows, circumstances), ...gapsOfSessions(rows, circumstances));
  const { groups } = circumstances;
  const result = check(rows, {
    minimumAcknowledged: acknowledgedLeast(rows, circumstances),
    ...(groups === null
      ? {}
      : { atLeastOnce: new Set(groups.atLeastOnce), atMostOnce: new Set(groups.atMostOnce) }),
    partial: circumstances.unread.size > 0 || circumstances.brokenOff !== null,
  });
  const permitted = circumstances.acks === 1 ? permitLosses(result) : result;
  if (reasons.length === 0 || permitted.verdict === 'invalid') {
    return { ...permitted, reasons: [...permitted.reasons, ...reasons] };
  }
  const before = permitted.verdict === 'inconclusive' ? permitted.reasons : [];
  return { ...permitted, verdict: 'inconclusive', reasons: [...before, ...reasons] };
}

function circumstancesAgainst(circumstances: Circumstances): string[] {
  const { brokenOff, unexpectedEnd, withoutEffect, unread } = circumstances;
  const reasons: string[] = [];
  if (brokenOff !== null) {
    reasons.push(`The trial did not run to its end: ${brokenOff}.`);
  }
  if (unexpectedEnd !== null) {
    reasons.push(`A broker ended though nobody killed it: ${unexpectedEnd}`);
  }
  for (const kind of withoutEffect) {
    reasons.push(`Faults of the kind ${kind} were asked for and never took effect.`);
  }
  if (unread.size > 0) {
    const errors = [...new Set(unread.values())].join(', ');
    const keys = [...unread.keys()].join(', ');
    reasons.push(`The final phase could not read the keys ${keys} to their end (${errors}).`);
  }
  return reasons;
}

function permitLosses(result: CheckResult): CheckResult {
  const anomalies: Record<string, readonly Finding[]> = {};
  const allowed: Record<string, readonly Finding[]> = { ...result.allowed };
  for (const [name, findings] of Object.entries(result.anomalies)) {
    (ALLOWED_WITHOUT_ALL.includes(name) ? allowed : anomalies)[name] = findings;
  }
  if (result.verdict !== 'invalid' || Object.keys(anomalies).length > 0) {
    return { ...result, anomalies, allowed };
  }
  // The checker stops at a conviction; what else it asks of a history is asked here.
  const enough = result.acknowledged >= ACKNOWLEDGED_LEAST;
  const final = result.phases.find(({ name }) => name === 'final');
  const alive = final !== undefined && final.acknowledged > 0;
  const reasons = [
    enough ? '' : `Only ${result.acknowledged} operations were acknowledged.`,
    alive ? '' : 'Nothing was acknowledged in the final phase.',
  ].filter((reason) => reason !== '');
  return {
    ...result,
    anomalies,
    allowed,
    verdict: reasons.length === 0 ? 'valid' : 'inconclusive',
    reasons: reasons.length === 0 ? ['acks=1 permits what was found.'] : reasons,
  };
}
