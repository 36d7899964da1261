/** What seeds show: one report a seed, made by a worker, and the document of many seeds. */

import type { DocumentedLoss } from '../simulator/judges/beyond.js';
import { BEYOND_ONLY, ProbeSummary } from '../simulator/probes.js';
import type { Scenario } from '../simulator/scenario.js';
import type { ScenarioSize } from '../simulator/shrink.js';
import { ExitStatus } from './errors.js';

/** Clonable: it comes from a worker. */
export interface SeedReport {
  readonly seed: number;
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
  readonly failure: Failure | null;
  readonly events: number;
  readonly virtualSeconds: number;
  /** Acknowledged and read operations; 0 where the run ended before it was judged. */
  readonly operations: number;
  readonly hash: string;
  /** After every 4,096 events, where they were asked for. */
  readonly hashes: readonly string[];
  readonly probes: ReadonlyMap<string, number>;
  /** Choices by the type of their act: how many took effect, how many did not. */
  readonly deeds: ReadonlyMap<string, { readonly took: number; readonly idle: number }>;
  /** Beyond the atlas: what was lost as documented; null within it, or where the run ended before. */
  readonly losses: readonly DocumentedLoss[] | null;
  /** Beyond the atlas: acknowledged batches that had to be lost. */
  readonly expectedLosses: number;
}

export interface Failure {
  readonly seed: number;
  readonly property: string;
  readonly detail: string;
  /** Number of the event in which it shows. */
  readonly step: number;
  /** Virtual microseconds. */
  readonly at: number;
  readonly node: string | null;
  /** File; null where none is written. */
  readonly artifact: string | null;
  readonly shrunk: Shrunk | null;
}

export interface Shrunk {
  readonly runs: number;
  /** False: the budget was spent, or the search was interrupted. */
  readonly complete: boolean;
  readonly before: ScenarioSize;
  readonly after: ScenarioSize;
  /** Number of the event in the small run. */
  readonly step: number;
}

/** What `simulate --json` prints. Every field but the last is the same in equal runs. */
export interface SimulateDocument {
  readonly from: number;
  readonly to: number;
  /** `i/n`; null: all of them. */
  readonly shard: string | null;
  readonly bugs: readonly string[];
  readonly atlas: Scenario['atlas'];
  /** Beyond the atlas: seeds that lost something as documented, and what. */
  readonly losses: { readonly [seed: string]: readonly DocumentedLoss[] };
  /** Seeds in which something had to be lost, and was. */
  readonly expectedLosses: number;
  /** Seeds that ran. */
  readonly seeds: number;
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
  readonly failed: readonly Failure[];
  readonly inconclusive: number;
  readonly inconclusiveSeeds: readonly number[];
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of all seeds, in whatever order they ran. */
  readonly hash: string;
  readonly deeds: { readonly [type: string]: { readonly took: number; readonly idle: number } };
  readonly probes: { readonly [name: string]: { readonly runs: number; readonly hits: number } };
  readonly neverHit: readonly string[];
  /** By seed: the running hashes and the last one. */
  readonly hashes?: { readonly [seed: string]: readonly string[] };
  /** Stopped by a signal before all seeds had run. */
  readonly interrupted: boolean;
  readonly seconds: number;
}

export interface Asked {
  readonly from: number;
  readonly to: number;
  readonly shard: string | null;
  readonly bugs: readonly string[];
  readonly atlas: Scenario['atlas'];
  readonly hashes: boolean;
}

/** A simulation with more inconclusive seeds than this share proves nothing. */
const INCONCLUSIVE_SHARE = 0.05;
/** Beyond the atlas: of so many seeds one at least must have lost what it had to lose. */
const LOSING_SEEDS = 20;

/** `reports` in any order. */
export function documentOf(
  asked: Asked,
  reports: readonly SeedReport[],
  interrupted: boolean,
  seconds: number,
): SimulateDocument {
  const sorted = [...reports].sort((a, b) => a.seed - b.seed);
  const summary = new ProbeSummary();
  const deeds = new Map<string, { took: number; idle: number }>();
  for (const report of sorted) {
    summary.add(report.probes);
    for (const [type, { took, idle }] of report.deeds) {
      const sum = deeds.get(type) ?? { took: 0, idle: 0 };
      deeds.set(type, { took: sum.took + took, idle: sum.idle + idle });
    }
  }
  const failed = sorted.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  const inconclusiveSeeds = sorted
    .filter(({ verdict }) => verdict === 'inconclusive')
    .map(({ seed }) => seed);
  const { from, to, shard, bugs, atlas } = asked;
  const lossy = sorted.filter(({ losses }) => losses !== null && losses.length > 0);
  const expectedLosses = sorted.filter((each) => each.expectedLosses > 0).length;
  const verdict = verdictOf({
    seeds: sorted.length,
    failed,
    inconclusive: inconclusiveSeeds.length,
    atlas,
    expectedLosses,
    interrupted,
  });
  return {
    from,
    to,
    shard,
    bugs,
    atlas,
    losses: Object.fromEntries(lossy.map(({ seed, losses }) => [seed, losses!])),
    expectedLosses,
    seeds: sorted.length,
    verdict,
    failed,
    inconclusive: inconclusiveSeeds.length,
    inconclusiveSeeds,
    events: sum(sorted, ({ events }) => events),
    virtualSeconds: toMicroseconds(sum(sorted, (each) => each.virtualSeconds)),
    hash: combinedHash(sorted),
    deeds: Object.fromEntries([...deeds].sort(([a], [b]) => (a < b ? -1 : 1))),
    probes: Object.fromEntries(summary.entries),
    neverHit: summary.neverHit.filter((name) => atlas === 'beyond' || !BEYOND_ONLY.has(name)),
    ...(asked.hashes
      ? { hashes: Object.fromEntries(sorted.map((each) => [each.seed, allHashes(each)])) }
      : {}),
    interrupted,
    seconds,
  };
}

/** What seeds show together. */
export function verdictOf({
  seeds,
  failed,
  inconclusive,
  atlas,
  expectedLosses,
  interrupted,
}: Pick<
  SimulateDocument,
  'seeds' | 'failed' | 'inconclusive' | 'atlas' | 'expectedLosses' | 'interrupted'
>): SimulateDocument['verdict'] {
  if (failed.length > 0) {
    return 'invalid';
  }
  const empty = atlas === 'beyond' && seeds >= LOSING_SEEDS && expectedLosses === 0;
  const proves = seeds > 0 && inconclusive <= seeds * INCONCLUSIVE_SHARE && !empty;
  return proves && !interrupted ? 'valid' : 'inconclusive';
}

export function statusOf({ verdict }: Pick<SimulateDocument, 'verdict'>): number {
  return verdict === 'invalid'
    ? ExitStatus.VIOLATED
    : verdict === 'valid'
      ? ExitStatus.HOLDS
      : ExitStatus.INCONCLUSIVE;
}

function allHashes({ hashes, hash }: SeedReport): string[] {
  return [...hashes, hash];
}

/** Exclusive or: seeds and shards combine in any order. */
export function combinedHash(parts: readonly { readonly hash: string }[]): string {
  const all = parts.reduce((combined, { hash }) => combined ^ BigInt(`0x${hash}`), 0n);
  return all.toString(16).padStart(16, '0');
}

/** Seconds as they are told: virtual time has whole microseconds, sums of seconds in between. */
export function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

function sum(reports: readonly SeedReport[], of: (report: SeedReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

/** One line a seed. */
export function seedLine(report: SeedReport): string {
  const { seed, verdict, operations, events, virtualSeconds, deeds, hash, failure } = report;
  const kinds = [...deeds]
    .filter(([, { took }]) => took > 0)
    .map(([type, { took }]) => `${type} ${took}`);
  return [
    `seed ${seed}: ${verdict}`,
    ...(failure === null ? [] : [`${failure.property} at event ${failure.step}`]),
    ...(operations === 0 ? [] : [`${operations} operations`]),
    `${events} events in ${virtualSeconds.toFixed(1)} virtual s`,
    kinds.join(', ') || 'no faults',
    `hash ${hash}`,
    ...(report.losses ?? []).map((loss) => `lost as documented: ${lossText(loss)}`),
  ].join('; ');
}

export function lossText({ partition, what, by }: DocumentedLoss): string {
  return `${what}${partition === null ? '' : ` of ${partition}`} (${by})`;
}

/** The end of a simulation, for people. */
export function summaryText(document: SimulateDocument): string {
  const { seeds, failed, inconclusive, events, virtualSeconds, seconds, deeds } = document;
  const lines = ['', 'faults and operators: took effect (had none)'];
  const width = Math.max(0, ...Object.keys(deeds).map((type) => type.length));
  for (const [type, { took, idle }] of Object.entries(deeds)) {
    lines.push(`  ${type.padEnd(width)} ${String(took).padStart(7)} (${idle})`);
  }
  if (document.atlas === 'beyond') {
    const losing = Object.keys(document.losses).length;
    lines.push(
      `beyond the atlas: ${losing} seeds lost as documented, ${document.expectedLosses} had to and did`,
    );
  }
  const probes = Object.keys(document.probes).length;
  lines.push(`probes: ${probes - document.neverHit.length} of ${probes} hit`);
  if (document.neverHit.length > 0) {
    lines.push(`  never: ${document.neverHit.join(', ')}`);
  }
  lines.push(
    '',
    `${seeds} seeds, ${failed.length} failed, ${inconclusive} inconclusive${
      document.interrupted ? ' (interrupted)' : ''
    }; ${events} events, ${virtualSeconds.toFixed(0)} virtual s in ${seconds.toFixed(1)} s (${Math.round(
      events / Math.max(seconds, 0.001),
    )} events/s)`,
    `verdict: ${document.verdict}`,
  );
  return `${lines.join('\n')}\n`;
}
