/**
 * The judge: rows in, verdict out. Pure; `check` takes all rows, `createChecker` takes them one by
 * one. The rules stand in anomalies/, what they rest on in facts.ts.
 *
 * Retries: a send and its retries are one operation, invoked once and completed once, with rows of
 * f `attempt` between for people. No rule reads them. So a value that an idempotent producer tried
 * three times must stand once, or `duplicate` convicts; and an operation whose first attempt timed
 * out and whose second was acknowledged is ok.
 */

import type { Row } from '../history/rows.js';
import { findAppendOrder } from './anomalies/append-order.js';
import { findDisorderBetweenOperations } from './anomalies/between-operations.js';
import { findCommitRegressions } from './anomalies/committed-offsets.js';
import { findCycles } from './anomalies/cycles.js';
import { findNotExactlyOnce } from './anomalies/exactly-once.js';
import { findDuplicates, findInconsistentOffsets } from './anomalies/log-contents.js';
import { findReadsBelowLogStart } from './anomalies/log-start.js';
import { findLostWrites, findUnseen } from './anomalies/lost-writes.js';
import { findNonlinearizableMetadata } from './anomalies/nonlinearizable-metadata.js';
import { findDoubleOwnership } from './anomalies/ownership.js';
import { findNeverProcessed, findProcessedTwice } from './anomalies/processing.js';
import {
  findAbortedReads,
  findPhantoms,
  findPrecommittedReads,
} from './anomalies/reads-of-unsent.js';
import { findRecordDamage } from './anomalies/record-damage.js';
import { findBrokenSessions } from './anomalies/sessions.js';
import { findStuckTransactions } from './anomalies/stuck-transactions.js';
import { findTornReads } from './anomalies/torn-read.js';
import { findDisorderWithinOperations } from './anomalies/within-operation.js';
import { findZombieCommits } from './anomalies/zombie-commits.js';
import { countConsumed } from './consume-counts.js';
import { type Facts, inferFacts } from './facts.js';
import type { RowSink } from './reading/sink.js';
import { measureLag } from './realtime-lag.js';
import { recordRow, recordScanned } from './record.js';
import {
  emptyHistory,
  FAIL,
  NONE,
  OK,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  SEND,
  SEND_BARE,
  speakingRow,
  TXN_ROW,
} from './recorded-history.js';
import { createReporter, type Reporter } from './reporter.js';
import type { AnomalyName, CheckOptions, CheckResult, Finding, PhaseCount } from './result.js';

/** Takes the rows of one history in order. */
export interface Checker {
  /** Throws an UnusableHistoryError (result.ts) where the row cannot follow what was fed. */
  feed(row: Row): void;
  /** Takes what a reader (read.ts) reads; the fast way of feeding. */
  readonly sink: RowSink;
  /** Judges what was fed. Call once. */
  finish(): CheckResult;
}

/** Name of the phase in which everything is healed and read to its end. */
export const FINAL_PHASE = 'final';

const DEFAULT_MAXIMUM_FINDINGS = 100;

type Rule = (facts: Facts, reporter: Reporter, options: CheckOptions) => void;

/** Every rule, in the order in which a result lists what they find. */
const RULES: readonly Rule[] = [
  findLostWrites,
  findInconsistentOffsets,
  findDuplicates,
  findAbortedReads,
  findPhantoms,
  findPrecommittedReads,
  findAppendOrder,
  findDisorderWithinOperations,
  findDisorderBetweenOperations,
  findUnseen,
  findRecordDamage,
  findReadsBelowLogStart,
  findBrokenSessions,
  ({ history }, reporter) => findCommitRegressions(history, reporter),
  ({ history }, reporter) => findDoubleOwnership(history, reporter),
  ({ history }, reporter) => findZombieCommits(history, reporter),
  findProcessedTwice,
  findNeverProcessed,
  findTornReads,
  findNotExactlyOnce,
  findCycles,
  ({ history }, reporter, { transactionTimeout }) =>
    findStuckTransactions(history, reporter, transactionTimeout ?? Infinity),
];

/** Anomalies that convict nobody, but leave an innocent history undecided. */
const UNDECIDED: ReadonlySet<AnomalyName> = new Set([
  'empty-transaction-graph',
  'cycle-search-timeout',
]);

/** A checker that has seen nothing yet. */
export function createChecker(options: CheckOptions = {}): Checker {
  const history = emptyHistory();
  return {
    feed(row): void {
      recordRow(history, row);
    },
    sink: {
      row(row): void {
        recordRow(history, row);
      },
      scanned(row): void {
        recordScanned(history, row);
      },
    },
    finish(): CheckResult {
      return judge(history, options);
    },
  };
}

/** Judges `rows`, which stand in the order in which they happened. */
export function check(rows: Iterable<Row>, options: CheckOptions = {}): CheckResult {
  const checker = createChecker(options);
  for (const row of rows) {
    checker.feed(row);
  }
  return checker.finish();
}

function judge(history: RecordedHistory, options: CheckOptions): CheckResult {
  // Without a finding nothing would convict.
  const maximum = Math.max(1, options.maximumFindings ?? DEFAULT_MAXIMUM_FINDINGS);
  const reporter = createReporter(history, maximum);
  const facts = inferFacts(history, options.compacted);
  for (const rule of RULES) {
    rule(facts, reporter, options);
  }
  const unsearched = findNonlinearizableMetadata(history, reporter, options);
  const tally = tallyOperations(history);
  const { anomalies, allowed, undecided } = sortFindings(reporter, options, tally.phases);
  const counts = Object.fromEntries(reporter.counts);
  const convicting = Object.keys(anomalies);
  const gaps = [...findGaps(tally, options), ...sentencesOf(undecided), ...searchGaps(unsearched)];
  return {
    verdict: convicting.length > 0 ? 'invalid' : gaps.length > 0 ? 'inconclusive' : 'valid',
    reasons: reasonsOf(convicting, counts, gaps, tally.acknowledged, history),
    anomalies,
    allowed,
    undecided,
    counts,
    ...tally,
    size: {
      rows: history.rows,
      processes: history.processes.size,
      keys: history.keyNames.length,
      values: history.valueNames.length,
    },
    realtimeLag: measureLag(history, maximum),
    consumeCounts: countConsumed(history, maximum),
    ignored: Object.fromEntries(history.ignored),
  };
}

type Sorted = Pick<CheckResult, 'anomalies' | 'allowed' | 'undecided'>;

/** Findings that convict, those that are allowed, and those that leave the question open. */
function sortFindings(
  reporter: Reporter,
  options: CheckOptions,
  phases: readonly PhaseCount[],
): Sorted {
  const anomalies: Record<string, readonly Finding[]> = {};
  const allowed: Record<string, readonly Finding[]> = Object.fromEntries(reporter.allowed);
  const undecided: Record<string, readonly Finding[]> = {};
  for (const [name, findings] of reporter.findings) {
    if (UNDECIDED.has(name)) {
      undecided[name] = findings;
    } else if (isAllowed(name, options, phases)) {
      allowed[name] = [...(allowed[name] ?? []), ...findings];
    } else {
      anomalies[name] = findings;
    }
  }
  return { anomalies, allowed, undecided };
}

function sentencesOf(undecided: CheckResult['undecided']): string[] {
  return Object.values(undecided)
    .flat()
    .map((finding) => finding.sentence);
}

/**
 * What the workload permits. Transactions do not isolate writes, so sends of several interleave;
 * when the group decides who reads what, a rebalance may move a position between two polls; and
 * where the run never came to read everything back, unread values prove nothing.
 */
function isAllowed(
  name: AnomalyName,
  options: CheckOptions,
  phases: readonly PhaseCount[],
): boolean {
  const ofPositions = name === 'poll-skip' || name === 'nonmonotonic-poll';
  const isCutOff = options.partial === true || (phases.length > 0 && !reachedFinalPhase(phases));
  return (
    name === 'int-send-skip' ||
    (ofPositions && options.subscribe === true) ||
    (name === 'unseen' && isCutOff)
  );
}

function reachedFinalPhase(phases: readonly PhaseCount[]): boolean {
  return phases.some((phase) => phase.name === FINAL_PHASE);
}

type Tally = Pick<CheckResult, 'operations' | 'acknowledged' | 'phases'>;

function tallyOperations(history: RecordedHistory): Tally {
  const operations = { ok: 0, fail: 0, info: 0 };
  const phases = history.phases.map(({ name, index }) => ({ name, from: index, acknowledged: 0 }));
  let acknowledged = 0;
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    if (history.operationKind.at(operation) > TXN_ROW) {
      continue;
    }
    const type = history.operationType.at(operation);
    if (type === OK) {
      operations.ok += 1;
    } else if (type === FAIL) {
      operations.fail += 1;
    } else {
      operations.info += 1;
    }
    if (type === OK && carriesRecords(history, operation)) {
      acknowledged += 1;
      const phase = phaseOf(history, history.operationComplete.at(operation));
      if (phase !== NONE) {
        (phases[phase] as { acknowledged: number }).acknowledged += 1;
      }
    }
  }
  return { operations, acknowledged, phases };
}

function carriesRecords(history: RecordedHistory, operation: number): boolean {
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const kind = history.microKind.at(micro);
    if (kind === SEND || kind === SEND_BARE || kind === RECORD) {
      return true;
    }
  }
  return false;
}

function phaseOf(history: RecordedHistory, row: number): number {
  for (let phase = history.phases.length - 1; phase >= 0; phase -= 1) {
    if ((history.phases[phase] as { row: number }).row <= row) {
      return phase;
    }
  }
  return NONE;
}

/** What is missing before an innocent history proves anything. */
function findGaps(tally: Tally, options: CheckOptions): string[] {
  const gaps: string[] = [];
  const minimum = Math.max(1, options.minimumAcknowledged ?? 1);
  if (tally.acknowledged < minimum) {
    gaps.push(
      `Only ${tally.acknowledged} operations were acknowledged with records; ${minimum} are needed.`,
    );
  }
  const last = tally.phases[tally.phases.length - 1];
  if (last !== undefined && !reachedFinalPhase(tally.phases)) {
    gaps.push('The final phase never began, so the keys were not read to their end.');
  } else if (last !== undefined && last.acknowledged === 0) {
    gaps.push(`Nothing was acknowledged in the last phase (${last.name}).`);
  }
  return gaps;
}

function searchGaps(topics: readonly string[]): string[] {
  return topics.map(
    (topic) => `Whether the metadata of topic ${topic} is linearizable was not found out in time.`,
  );
}

function reasonsOf(
  convicting: readonly string[],
  counts: Readonly<Record<string, number>>,
  gaps: string[],
  acknowledged: number,
  history: RecordedHistory,
): string[] {
  if (convicting.length > 0) {
    return convicting.map((name) => `${name}: ${counts[name]} found.`);
  }
  if (gaps.length > 0) {
    return gaps;
  }
  return [
    `No anomaly in ${acknowledged} acknowledged operations on ${history.keyNames.length} keys.`,
  ];
}
