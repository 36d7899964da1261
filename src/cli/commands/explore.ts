/** `logjury explore`: exhaustive search of a machine in small scopes. */

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { LANES, scopesOf, tellBudgets } from '../../explorer/lattice.js';
import { type TraceRow, traceRowLine } from '../../history/trace.js';
import { traceHeader, traceText } from '../../simulator/trace-text.js';
import { UsageError } from '../errors.js';
import type { ExploredMachine } from '../explore-machine.js';
import { exploredMachines, findMachine } from '../explore-machines.js';
import { documentOf, type ScopeReport, scopeLine, statusOf } from '../explore-report.js';
import type { ScopeJob } from '../explore-scope.js';
import { exploreTogether } from '../explore-team.js';
import { knownBugs } from '../seeds.js';
import { gather, parseNumber } from '../values.js';
import { runJobs, workerModule } from '../workers.js';

interface Flags {
  readonly machine: string;
  readonly scope: readonly string[];
  readonly lane: string;
  readonly bug?: string;
  readonly maxStates: string;
  readonly timeLimit?: string;
  readonly symmetry: boolean;
  readonly seed: string;
  readonly workers: string;
  readonly threads: string;
  readonly traceFile?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const MACHINES: string = exploredMachines.map(({ name }) => name).join(', ');

export function registerExplore(program: Command): void {
  program
    .command('explore')
    .description('search all states of a machine in small scopes')
    .option('--machine <name>', `what is explored: ${MACHINES}`, 'raft')
    .option('--scope <name>', 'one scope instead of a lane of them (repeatable)', gather, [])
    .option('--lane <name>', 'quick (minutes), full or night: the scopes of a lane', 'quick')
    .option('--bug <name>', 'replace a rule by a wrong one')
    .option('--max-states <n>', 'states of one scope at most: about 50 bytes each', '10000000')
    .option('--time-limit <seconds>', 'of one scope')
    .option('--no-symmetry', 'count states that differ in the names of nodes only')
    .option('--seed <n>', 'of the fingerprints: another one finds out whether any collided', '0')
    .option('--workers <n>', 'scopes at once', '1')
    .option('--threads <n>', 'threads that search a scope together, one scope after the other', '1')
    .option('--trace-file <file>', 'write the first counterexample as JSON lines')
    .option('--list', 'print the scopes and explore nothing')
    .option('--json', 'one JSON document on standard output')
    .action((flags: Flags) => (flags.list ? list(machineOf(flags)) : exploreAll(flags)));
}

function machineOf({ machine }: Flags): ExploredMachine {
  const found = findMachine(machine);
  if (found === undefined) {
    throw new UsageError(`--machine must be one of ${MACHINES}, not '${machine}'`);
  }
  return found;
}

function list({ lattice }: ExploredMachine): void {
  for (const scope of lattice) {
    const { name, lane, title } = scope;
    process.stdout.write(`${name.padEnd(25)} ${lane.padEnd(6)} ${title}: ${tellBudgets(scope)}\n`);
  }
}

async function exploreAll(flags: Flags): Promise<void> {
  const jobs = jobsOf(flags);
  const most = Math.max(16, availableParallelism());
  const workers = parseNumber('--workers', flags.workers, 1, most);
  const threads = parseNumber('--threads', flags.threads, 1, most);
  if (workers > 1 && threads > 1) {
    throw new UsageError(
      '--workers and --threads are two ways to use the same processors: give one',
    );
  }
  const began = performance.now();
  const reports: ScopeReport[] = [];
  const answered = (report: ScopeReport): void => {
    reports.push(report);
    if (!flags.json) {
      process.stdout.write(`${scopeLine(report)}\n`);
    }
  };
  if (threads > 1) {
    for (const job of jobs) {
      answered(await exploreTogether(job, threads));
    }
  } else {
    await exploreApart(jobs, workers, answered);
  }
  const order = jobs.map(({ scope }) => scope);
  reports.sort((a, b) => order.indexOf(a.scope) - order.indexOf(b.scope));
  const document = documentOf(flags.machine, reports, (performance.now() - began) / 1000);
  const trace = document.violations[0]?.trace;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const { verdict, states, transitions, seconds } = document;
    process.stdout.write(trace === undefined ? '' : traceLines(trace));
    process.stdout.write(
      `${verdict}: ${states.toLocaleString('en')} states, ${transitions.toLocaleString('en')} transitions, ${seconds.toFixed(1)} s\n`,
    );
  }
  if (trace !== undefined && flags.traceFile !== undefined) {
    written(flags.traceFile, trace.map(traceRowLine).join(''));
  }
  process.exitCode = statusOf(document);
}

/** Each scope by one thread. */
function exploreApart(
  jobs: readonly ScopeJob[],
  workers: number,
  answered: (report: ScopeReport) => void,
): Promise<void> {
  return runJobs<ScopeJob, ScopeReport>({
    module: workerModule('../explore-worker', import.meta.url),
    settings: null,
    jobs: jobs.values(),
    workers: Math.min(workers, jobs.length),
    answered,
  });
}

function jobsOf(flags: Flags): ScopeJob[] {
  const machine = machineOf(flags);
  const { lattice } = machine;
  const lane = LANES.find((each) => each === flags.lane);
  if (lane === undefined) {
    throw new UsageError(`--lane must be ${LANES.join(', ')}, not '${flags.lane}'`);
  }
  const names = lattice.map(({ name }) => name);
  const unknown = flags.scope.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no scope of ${machine.name} is called ${unknown}; --list prints them`);
  }
  const bug = flags.bug === undefined ? undefined : knownBugs([flags.bug])[0]!;
  if (bug !== undefined && !machine.bugs.includes(bug)) {
    throw new UsageError(`${bug.name} replaces no rule of ${machine.name}`);
  }
  const maximumStates = parseNumber('--max-states', flags.maxStates, 1, 100_000_000);
  const seed = parseNumber('--seed', flags.seed, 0, 0x7fffffff);
  const timeLimit =
    flags.timeLimit === undefined ? null : parseNumber('--time-limit', flags.timeLimit, 1, 1e6);
  const { symmetry } = flags;
  const scopes =
    flags.scope.length > 0 ? flags.scope : scopesOf(lattice, lane).map(({ name }) => name);
  return scopes.map((scope) => ({
    machine: machine.name,
    scope,
    bug: bug?.name ?? null,
    maximumStates,
    symmetry,
    seed,
    timeLimit,
  }));
}

function traceLines(trace: readonly TraceRow[]): string {
  const nodes = trace.map(({ node }) => Number(node?.split('-')[1] ?? 1));
  const partitions = trace.map(({ partition }) => partition?.length ?? 0);
  const layout = { brokers: Math.max(...nodes), partition: Math.max(...partitions) };
  const lines = [traceHeader(layout), ...trace.map((row) => traceText(row, layout))];
  return `\n${lines.join('\n')}\n\n`;
}

function written(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
}
