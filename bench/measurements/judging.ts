/** How fast histories are judged, reading them included: each in a process of its own. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowLine } from '../../src/history/write.js';
import type { Aim } from '../figures.js';
import { type HistoryMixture, writeHistory } from '../histories.js';
import type { BenchOptions } from '../options.js';

const KEYS = 8;
const PROCESSES = 10;
/** Bytes that are written at once. */
const WRITTEN = 1 << 22;

interface Variant {
  readonly operations: number;
  readonly mixture: HistoryMixture;
  /** Edges that are drawn besides those of polls: ww, rw. */
  readonly edges: readonly string[];
  /** Seconds. */
  readonly aim?: number;
}

/** The aims are of the mixture without options, as Jepsen's checker was measured. */
const VARIANTS: readonly Variant[] = [
  { operations: 100_000, mixture: 'txn', edges: [], aim: 1.2 },
  { operations: 100_000, mixture: 'plain', edges: [] },
  { operations: 100_000, mixture: 'txn', edges: ['ww'] },
  { operations: 100_000, mixture: 'txn', edges: ['rw'] },
  { operations: 1_000_000, mixture: 'txn', edges: [], aim: 12.5 },
  { operations: 1_000_000, mixture: 'plain', edges: [] },
  { operations: 1_000_000, mixture: 'txn', edges: ['ww'] },
];
/** Of a million operations, in MiB. */
const MEMORY_AIM: Aim = { bound: 2048, better: 'less' };

interface Cost {
  readonly verdict: string;
  readonly operations: number;
  readonly wallSeconds: number;
  readonly readSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export function measureChecker(options: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'logjury-bench-'));
  try {
    for (const variant of VARIANTS) {
      measure(options, variant, join(folder, `${variant.mixture}-${variant.operations}.jsonl`));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return Promise.resolve();
}

function measure(options: BenchOptions, variant: Variant, file: string): void {
  const { operations, mixture, edges, aim } = variant;
  const name = [`${operations} operations`, mixture, ...edges].join(', ');
  options.say(`checker: ${name}`);
  const bytes = writeFile(variant, file);
  // By turns: the machine is not as fast in one minute as in the next.
  const costs: Cost[] = [];
  const parsed: number[] = [];
  for (let run = 0; run < options.runs; run += 1) {
    costs.push(inProcess<Cost>('judge.js', [file, ...edges]));
    parsed.push(parseLines(file));
  }
  for (const { verdict, operations: judged } of costs) {
    if (verdict !== 'valid' || judged !== operations) {
      throw new Error(`the history of the bench is ${verdict}, with ${judged} operations`);
    }
  }
  const of = (field: 'wallSeconds' | 'readSeconds' | 'cpuSeconds' | 'peakMiB'): number[] =>
    costs.map((cost) => Math.round(cost[field] * 100) / 100);
  options.reporter.add({
    figure: 'checker',
    variant: name,
    unit: 's',
    runs: of('cpuSeconds'),
    also: {
      wallSeconds: of('wallSeconds'),
      readSeconds: of('readSeconds'),
      peakMiB: of('peakMiB'),
      parseSeconds: parsed,
      megabytes: Math.round(bytes / 1e6),
    },
    ...(aim === undefined ? {} : { aim: { bound: aim, better: 'less' } }),
  });
  if (aim !== undefined) {
    options.reporter.add({
      figure: 'checker, peak memory',
      variant: name,
      unit: 'MiB',
      runs: of('peakMiB'),
      aim: MEMORY_AIM,
    });
  }
}

function inProcess<T>(script: string, args: readonly string[]): T {
  const path = join(import.meta.dirname, '..', script);
  return JSON.parse(execFileSync(process.execPath, [path, ...args], { encoding: 'utf8' })) as T;
}

/** Seconds that it costs to parse the lines and do nothing with them. */
function parseLines(file: string): number {
  const { cpuSeconds } = inProcess<{ cpuSeconds: number }>('parse-lines.js', [file]);
  return Math.round(cpuSeconds * 100) / 100;
}

/** Writes the history; answers how many bytes it has. */
function writeFile({ operations, mixture }: Variant, file: string): number {
  const descriptor = openSync(file, 'w');
  let lines: string[] = [];
  let length = 0;
  let bytes = 0;
  const flush = (): void => {
    bytes += writeSync(descriptor, lines.join(''));
    lines = [];
    length = 0;
  };
  writeHistory({ operations, mixture, processes: PROCESSES, keys: KEYS }, (row) => {
    const line = rowLine(row);
    lines.push(line);
    length += line.length;
    if (length > WRITTEN) {
      flush();
    }
  });
  flush();
  closeSync(descriptor);
  return bytes;
}
