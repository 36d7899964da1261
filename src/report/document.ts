/** The JSON document of a trial: what `trial --json` prints, `verdict.json` keeps and pages show. */

import type { Finding, PhaseCount, Verdict } from '../checker/result.js';

/** One fault of a trial, injected or left out. Times are seconds since the start of the history. */
export interface FaultRecord {
  /** Kind of fault, such as `kill`, `pause`, `cut`. */
  readonly kind: string;
  /** Whom it hit, in words: `broker 2`, `link 1 -> 3`. */
  readonly target: string;
  readonly from: number;
  /** Null while it lasted to the end. */
  readonly to: number | null;
  /** Why it was not injected, or never took effect. */
  readonly skipped?: string;
  /** What showed that it took effect. */
  readonly proof?: string;
}

/** Counts and latencies of one kind of operation over time, one entry per bucket of the series. */
export interface OperationSeries {
  readonly ok: readonly number[];
  readonly fail: readonly number[];
  readonly info: readonly number[];
  /** Latency of ok operations in milliseconds; null where the bucket has none. */
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/** What the charts of a report draw. */
export interface Series {
  /** Length of a bucket in seconds. */
  readonly bucketSeconds: number;
  readonly buckets: number;
  readonly sends: OperationSeries;
  readonly polls: OperationSeries;
}

/** The `trial` document. `series` is left out of `--json` and may be computed from the history. */
export interface TrialDocument {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly anomalies: Readonly<Record<string, readonly Finding[]>>;
  readonly allowed: Readonly<Record<string, readonly Finding[]>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly operations: { readonly ok: number; readonly fail: number; readonly info: number };
  readonly acknowledged: number;
  /** Operations on metadata by outcome, and the reads among those that are ok; missing where none were asked for. */
  readonly metadata?: {
    readonly ok: number;
    readonly fail: number;
    readonly info: number;
    readonly reads: number;
  };
  /** Consumer groups that were at work; missing where there were none. */
  readonly groups?: readonly {
    readonly group: string;
    /** That any member was told of. */
    readonly generations: number;
    /** Acknowledged. */
    readonly commits: number;
    readonly positionsTold: number;
  }[];
  readonly phases: readonly PhaseCount[];
  /** Duration of the whole run in seconds. */
  readonly seconds: number;
  readonly faults: readonly FaultRecord[];
  /** Name of the bug that was switched on, or null. */
  readonly bug: string | null;
  /** Folder of the run. */
  readonly store: string;
  readonly seed: number | string;
  /** Flags and cluster settings, in the order in which a page shows them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Wall-clock start, ISO 8601, for people. */
  readonly startedAt?: string;
  readonly series?: Series;
}
