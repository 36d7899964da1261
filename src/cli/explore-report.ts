/** What `logjury explore` says of a scope, and of several. */

import type { Exploration } from '../explorer/explore.js';
import type { TraceRow } from '../history/trace.js';
import { ExitStatus } from './errors.js';

export type ExploreVerdict = 'valid' | 'invalid' | 'inconclusive';

export interface ScopeReport {
  readonly machine: string;
  readonly scope: string;
  readonly bug: string | null;
  readonly verdict: ExploreVerdict;
  /** Why it is inconclusive, else null. */
  readonly why: string | null;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly peakQueue: number;
  readonly deadlocks: number;
  /** By name: the depth at which it was first reached. */
  readonly witnesses: Readonly<Record<string, number | null>>;
  /** Of the whole graph; null where it was not explored to its end. */
  readonly stateDigest: string | null;
  readonly edgeDigest: string | null;
  readonly violations: readonly {
    readonly property: string;
    readonly detail: string;
    readonly depth: number;
    readonly trace: readonly TraceRow[];
  }[];
  readonly seconds: number;
}

/** One document: the sums, and every scope. */
export interface ExploreDocument {
  readonly machine: string;
  readonly verdict: ExploreVerdict;
  readonly scope: string;
  readonly bug: string | null;
  readonly states: number;
  readonly transitions: number;
  readonly stateDigest: string | null;
  readonly edgeDigest: string | null;
  readonly violations: ScopeReport['violations'];
  readonly scopes: readonly ScopeReport[];
  readonly seconds: number;
}

/** A witness that was never reached makes an empty pass, which is none. */
export function verdictOf({
  ended,
  witnesses,
}: Pick<Exploration, 'ended' | 'witnesses'>): [ExploreVerdict, string | null] {
  if (ended === 'violated') {
    return ['invalid', null];
  }
  if (ended === 'full') {
    return ['inconclusive', 'there are more states than --max-states allows'];
  }
  if (ended === 'stopped') {
    return ['inconclusive', 'the time was up'];
  }
  const missing = [...witnesses].filter(([, depth]) => depth === null).map(([name]) => name);
  return missing.length === 0
    ? ['valid', null]
    : ['inconclusive', `never reached: ${missing.join(', ')}`];
}

export function documentOf(
  machine: string,
  scopes: readonly ScopeReport[],
  seconds: number,
): ExploreDocument {
  const sum = (of: (report: ScopeReport) => number): number =>
    scopes.reduce((total, report) => total + of(report), 0);
  const only = scopes.length === 1 ? scopes[0]! : null;
  const verdicts = scopes.map(({ verdict }) => verdict);
  return {
    machine,
    verdict: verdicts.includes('invalid')
      ? 'invalid'
      : scopes.length === 0 || verdicts.includes('inconclusive')
        ? 'inconclusive'
        : 'valid',
    scope: scopes.map(({ scope }) => scope).join(','),
    bug: scopes[0]?.bug ?? null,
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    stateDigest: only?.stateDigest ?? null,
    edgeDigest: only?.edgeDigest ?? null,
    violations: scopes.flatMap(({ violations }) => violations),
    scopes,
    seconds,
  };
}

export function statusOf({ verdict }: Pick<ExploreDocument, 'verdict'>): number {
  const statuses = {
    valid: ExitStatus.HOLDS,
    invalid: ExitStatus.VIOLATED,
    inconclusive: ExitStatus.INCONCLUSIVE,
  };
  return statuses[verdict];
}

export function scopeLine(report: ScopeReport): string {
  const { scope, verdict, why, states, transitions, depth, seconds, violations } = report;
  const columns = [
    scope.padEnd(25),
    verdict.padEnd(12),
    `${states.toLocaleString('en')} states`.padStart(18),
    `${transitions.toLocaleString('en')} transitions`.padStart(24),
    `depth ${depth}`.padStart(9),
    `${seconds.toFixed(1)} s`.padStart(8),
  ];
  const more = violations[0]?.property ?? why;
  return `${columns.join(' ')}${more === null ? '' : `  ${more}`}`;
}
