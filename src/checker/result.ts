/** What the checker answers: verdict, findings and the counts behind them. */

import type { Row, Value } from '../history/rows.js';

export type Verdict = 'valid' | 'invalid' | 'inconclusive';

/** Names of anomalies. Jepsen's where Jepsen has the anomaly; stable once released. */
export const ANOMALY_NAMES = [
  'lost-write',
  'duplicate',
  'inconsistent-offsets',
  'nonmonotonic-poll',
  'poll-skip',
  'int-nonmonotonic-poll',
  'int-poll-skip',
  'int-send-skip',
  'nonmonotonic-send',
  'int-nonmonotonic-send',
  'G1a',
  'unseen',
  'precommitted-read',
  'phantom',
  'append-order',
  'nonlinearizable-metadata',
  'G0',
  'G1c',
  'G0-realtime',
  'G1c-realtime',
  'PL-1-cycle-exists',
  'PL-2-cycle-exists',
  'strong-PL-1-cycle-exists',
  'strong-PL-2-cycle-exists',
  'empty-transaction-graph',
  'cycle-search-timeout',
  'torn-read',
  'g-single',
  'g2',
  'exactly-once',
  'commit-regression',
  'double-ownership',
  'zombie-commit',
  'processed-twice',
  'never-processed',
  'read-your-writes',
  'monotonic-reads',
  'consistent-prefix',
  'record-damage',
  'below-log-start',
  'compaction-loss',
  'stuck-transaction',
] as const;

export type AnomalyName = (typeof ANOMALY_NAMES)[number];

/** One proof of one anomaly. */
export interface Finding {
  readonly anomaly: AnomalyName;
  /** The key (topic-partition) it happened on. */
  readonly key: string;
  /** Offsets that take part, in the order of the sentence. */
  readonly offsets: readonly number[];
  /** Values that take part, in the order of the sentence. */
  readonly values: readonly Value[];
  /** `index` of the rows that prove it, ascending: the fewest operations that do. */
  readonly operations: readonly number[];
  /** Those rows, with the attempts inside them. Rebuilt: cut down to the key's own records. */
  readonly rows: readonly Row[];
  /** Who told whom what, in order, where the anomaly is one of dependencies. */
  readonly edges?: readonly FindingEdge[];
  /** The anomaly in words. */
  readonly sentence: string;
}

/** A dependency between two operations. */
export interface FindingEdge {
  /** `index` of the row that speaks for the operation which comes first: mostly its completion. */
  readonly from: number;
  readonly to: number;
  /**
   * ww: `to` wrote right after the value of `from`; wr: `to` polled the value of `from`; rw: `from`
   * missed the value of `to`; realtime: `from` was ok before `to` was invoked (no value).
   */
  readonly kind: 'ww' | 'wr' | 'rw' | 'realtime';
  readonly key: string | null;
  readonly value: Value | null;
  /** Null also where nobody ever told it. */
  readonly offset: number | null;
}

/** A stretch of the history between two phase marks of the harness. */
export interface PhaseCount {
  readonly name: string;
  /** `index` of the row that opened it. */
  readonly from: number;
  /** Acknowledged operations in it. */
  readonly acknowledged: number;
}

/**
 * Each ok poll or txn of a process that subscribed commits, in a transaction, the offsets that it
 * polled; so each value is consumed once in each group.
 */
export interface ExactlyOnce {
  /**
   * For each value consumed from a key named here, the same transaction sends the same value to the
   * key that it is mapped to.
   */
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface CheckOptions {
  /** The workload subscribed: rebalances may move a position between polls. Default false. */
  readonly subscribe?: boolean;
  /** Also search for cycles with write-write edges, which are then allowed. Default false. */
  readonly wwDeps?: boolean;
  /**
   * The system promises that a poll returns all that its keys hold at one moment: whoever comes
   * after the last polled record of a key was missed. Kafka promises no such thing. Default false.
   */
  readonly rwDeps?: boolean;
  /** Edges that the search for one cycle may look at in one component. Default 10,000,000. */
  readonly cycleSteps?: number;
  /** What the workload promises of consuming under transactions. Default: nothing. */
  readonly exactlyOnce?: ExactlyOnce;
  /** Groups that process records and then commit them: none may be passed over. Default none. */
  readonly atLeastOnce?: ReadonlySet<string>;
  /** Groups that commit records and then process them: none may be processed again. Default none. */
  readonly atMostOnce?: ReadonlySet<string>;
  /** Fewer acknowledged operations make the history inconclusive. Default 1; a trial asks 1,000. */
  readonly minimumAcknowledged?: number;
  /** The history was cut off: what nobody read before the cut is not held against it. */
  readonly partial?: boolean;
  /** Keys whose logs were deleted during the run: what was in them may stay unseen. Default none. */
  readonly abandoned?: ReadonlySet<string>;
  /** Keys whose logs are compacted: of each record's key only the newest record must stay. Default none. */
  readonly compacted?: ReadonlySet<string>;
  /**
   * Nanoseconds in which the cluster ends any transaction (transaction.max.timeout.ms and what it takes to
   * notice). Missing: no transaction is called stuck.
   */
  readonly transactionTimeout?: number;
  /** Steps of the search for an order of the metadata's operations, of each topic. Default 1,000,000. */
  readonly linearizationSteps?: number;
  /** Asked now and then in searches: true ends them, and the verdict is inconclusive at best. */
  readonly expired?: () => boolean;
  /** Findings kept per anomaly, 1 at least (`counts` counts all of them). Default 100. */
  readonly maximumFindings?: number;
}

/** How far one process was behind on one key; times in nanoseconds. */
export interface LagOfKey {
  readonly process: number;
  readonly key: string;
  /** The worst lag, and when the poll that showed it was invoked. */
  readonly worst: number;
  readonly worstTime: number;
  readonly last: number;
  readonly lastTime: number;
}

export interface RealtimeLag {
  readonly worst: LagOfKey | null;
  /** By process and key, the worst first, `maximumFindings` of them. */
  readonly lags: readonly LagOfKey[];
}

export interface ConsumeCounts {
  /** How many values a process consumed how often: number of times -> number of values. */
  readonly distribution: Readonly<Record<string, number>>;
  /** Those consumed more than once, the most often first, `maximumFindings` of them. */
  readonly repeated: readonly {
    readonly process: number;
    readonly key: string;
    readonly value: Value;
    readonly count: number;
  }[];
}

export interface CheckResult {
  readonly verdict: Verdict;
  /** Why the verdict is what it is: one sentence each. */
  readonly reasons: readonly string[];
  /** Findings that convict, by name. Only names with findings stand here. */
  readonly anomalies: Readonly<Record<string, readonly Finding[]>>;
  /** Findings that the workload permits, by name. */
  readonly allowed: Readonly<Record<string, readonly Finding[]>>;
  /** What keeps an innocent history from being valid: nothing to judge, or a search given up. */
  readonly undecided: Readonly<Record<string, readonly Finding[]>>;
  /** Number of all findings by name, also those beyond `maximumFindings`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Completed sends, polls and transactions by outcome; one that never completed counts as info. */
  readonly operations: { readonly ok: number; readonly fail: number; readonly info: number };
  /** Ok operations that sent or returned at least one record. */
  readonly acknowledged: number;
  readonly phases: readonly PhaseCount[];
  /** Size of what was judged. */
  readonly size: {
    readonly rows: number;
    readonly processes: number;
    readonly keys: number;
    readonly values: number;
  };
  /** How far consumers were behind: a measurement, never a failure. */
  readonly realtimeLag: RealtimeLag;
  /** How often processes that subscribed consumed a value: a measurement, never a failure. */
  readonly consumeCounts: ConsumeCounts;
  /** Rows that no rule reads, by f. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** The history breaks the rules that histories are written by, so that no verdict would mean much. */
export class UnusableHistoryError extends Error {
  override readonly name: string = 'UnusableHistoryError';
}

/** Exit status of a command that ends in `verdict` (2 is kept for unusable calls and input). */
export function exitStatus(verdict: Verdict): 0 | 1 | 3 {
  switch (verdict) {
    case 'valid':
      return 0;
    case 'invalid':
      return 1;
    case 'inconclusive':
      return 3;
  }
}
