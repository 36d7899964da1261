/** `logjury simulate`: seeds of the simulated cluster. */

import type { Command } from 'commander';
import type { Bug } from '../../bugs/bug.js';
import { findBug } from '../../bugs/registry.js';
import { DEFAULT_SIMULATION, type SimulationResult, simulate } from '../../simulator/simulation.js';
import { ExitStatus, UsageError } from '../errors.js';
import { gather } from '../values.js';

interface Flags {
  readonly seeds: string;
  readonly bug: readonly string[];
  readonly trace?: boolean;
  readonly json?: boolean;
}

/** A simulation with more inconclusive seeds than this share proves nothing. */
const INCONCLUSIVE_SHARE = 0.05;

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('run whole brokers in virtual time, one run a seed')
    .option('--seeds <A-B>', 'seeds to run', '1-20')
    .option('--bug <name>', 'replace a rule by a wrong one (repeatable)', gather, [])
    .option('--trace', 'print what the nodes log, with virtual times')
    .option('--json', 'one JSON document on standard output')
    .action((flags: Flags) => run(flags));
}

function run(flags: Flags): void {
  const [from, to] = parseSeeds(flags.seeds);
  const bugs = flags.bug.map(knownBug);
  const started = performance.now();
  // The histories are let go: many seeds must not need much memory.
  const results: Omit<SimulationResult, 'rows'>[] = [];
  for (let seed = from; seed <= to; seed++) {
    const { rows: _rows, ...result } = simulate({
      ...DEFAULT_SIMULATION,
      seed,
      bugs,
      ...(flags.trace
        ? { log: (node, level, event, fields) => trace(node, level, event, fields) }
        : {}),
    });
    results.push(result);
    if (!flags.json) {
      process.stdout.write(`${describe(result)}\n`);
    }
  }
  const failed = results.filter(({ verdict }) => verdict === 'invalid');
  const inconclusive = results.filter(({ verdict }) => verdict === 'inconclusive').length;
  const seconds = (performance.now() - started) / 1000;
  if (flags.json) {
    const document = {
      seeds: results.map(({ seed, hash, verdict }) => ({ seed, hash, verdict })),
      failed: failed.map(({ seed, result }) => ({
        seed,
        property: Object.keys(result.anomalies)[0],
      })),
      inconclusive,
      events: results.reduce((sum, { events }) => sum + events, 0),
      virtualSeconds: results.reduce((sum, { virtualSeconds }) => sum + virtualSeconds, 0),
      seconds,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    process.stdout.write(
      `${results.length} seeds, ${failed.length} failed, ${inconclusive} inconclusive, ${seconds.toFixed(1)} s\n`,
    );
  }
  process.exitCode =
    failed.length > 0
      ? ExitStatus.VIOLATED
      : inconclusive > results.length * INCONCLUSIVE_SHARE
        ? ExitStatus.INCONCLUSIVE
        : ExitStatus.HOLDS;
}

function describe({
  seed,
  verdict,
  hash,
  events,
  result,
  faults,
}: Omit<SimulationResult, 'rows'>): string {
  const kinds = [...faults].map(([kind, count]) => `${kind} ${count}`).join(', ') || 'no faults';
  const found = Object.keys(result.anomalies).join(', ');
  const { ok } = result.operations;
  return `seed ${seed}: ${verdict}${found === '' ? '' : ` (${found})`}; ${ok} ok, ${events} events, ${kinds}; hash ${hash}`;
}

function trace(node: string, level: string, event: string, fields?: object): void {
  process.stderr.write(
    `${node.padEnd(8)} ${level.padEnd(5)} ${event} ${JSON.stringify(fields ?? {})}\n`,
  );
}

function parseSeeds(text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match === null || to < from || to > 0x7fffffff) {
    throw new UsageError(`--seeds must be A-B with A at most B, not '${text}'`);
  }
  return [from, to];
}

function knownBug(name: string): Bug {
  const bug = findBug(name);
  if (bug === undefined) {
    throw new UsageError(`no bug is called ${name}; 'logjury bugs' lists them`);
  }
  return bug;
}
