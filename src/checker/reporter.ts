/** Collects findings: counts all, keeps the first of each anomaly with the rows that prove them. */

import { operationRows, rebuildRow } from './evidence.js';
import { keyName, type RecordedHistory, valueName } from './recorded-history.js';
import type { AnomalyName, Finding, FindingEdge } from './result.js';

/** A finding in the numbers of the recorded history. */
export interface FindingDraft {
  /** A number of a key, or the name of what is no key: a topic. */
  readonly key: number | string;
  readonly offsets: readonly number[];
  readonly values: readonly number[];
  /** Operations that prove it. */
  readonly operations: readonly number[];
  readonly edges?: readonly FindingEdge[];
  readonly sentence: string;
}

export interface Reporter {
  readonly findings: Map<AnomalyName, Finding[]>;
  /** Findings that a rule itself allows; what the workload allows is decided later. */
  readonly allowed: Map<AnomalyName, Finding[]>;
  readonly counts: Map<AnomalyName, number>;
  /** Counts a finding; `draft` is called only if it is kept. */
  found(anomaly: AnomalyName, draft: () => FindingDraft, isAllowed?: boolean): void;
}

/** A reporter that keeps `maximum` findings of each anomaly. */
export function createReporter(history: RecordedHistory, maximum: number): Reporter {
  const findings = new Map<AnomalyName, Finding[]>();
  const allowed = new Map<AnomalyName, Finding[]>();
  const counts = new Map<AnomalyName, number>();
  return {
    findings,
    allowed,
    counts,
    found(anomaly, draft, isAllowed = false): void {
      counts.set(anomaly, (counts.get(anomaly) ?? 0) + 1);
      const into = isAllowed ? allowed : findings;
      const kept = into.get(anomaly) ?? [];
      into.set(anomaly, kept);
      if (kept.length < maximum) {
        kept.push(completeFinding(history, anomaly, draft()));
      }
    },
  };
}

function completeFinding(
  history: RecordedHistory,
  anomaly: AnomalyName,
  draft: FindingDraft,
): Finding {
  const shown = new Set(draft.values);
  const rows = new Set<number>();
  for (const operation of draft.operations) {
    for (const row of operationRows(history, operation)) {
      rows.add(row);
    }
  }
  const sorted = [...rows].sort((left, right) => left - right);
  return {
    anomaly,
    key: typeof draft.key === 'string' ? draft.key : keyName(history, draft.key),
    offsets: draft.offsets,
    values: draft.values.map((value) => valueName(history, value)),
    operations: sorted
      .filter((row) => !history.rowAttempt.has(row))
      .map((row) => history.rowIndex.at(row)),
    rows: sorted.map((row) => rebuildRow(history, row, (value) => shown.has(value))),
    ...(draft.edges === undefined ? {} : { edges: draft.edges }),
    sentence: draft.sentence,
  };
}
