/** `logjury simulate`: seeds of the simulated cluster. */

import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Violation } from '../../simulator/context.js';
import { describeSeed, generateScenario } from '../../simulator/generate.js';
import type { Scenario } from '../../simulator/scenario.js';
import { traceHeader, traceText } from '../../simulator/trace-text.js';
import { UsageError } from '../errors.js';
import { mergedDocument } from '../merge-documents.js';
import { knownBugs, parseSeeds, parseShard } from '../seeds.js';
import {
  type Asked,
  documentOf,
  type Failure,
  type SeedReport,
  type SimulateDocument,
  seedLine,
  statusOf,
  summaryText,
} from '../simulate-report.js';
import type { SeedAnswer, SeedJob, WorkerSettings } from '../simulate-worker.js';
import { layoutOf, runTraced } from '../trace-file.js';
import { gather, parseNumber } from '../values.js';
import { version } from '../version.js';
import { runJobs, workerModule } from '../workers.js';

interface Flags {
  readonly seeds: string;
  readonly bug: readonly string[];
  readonly beyond?: boolean;
  readonly workers: string;
  readonly shard?: string;
  readonly timeLimit?: string;
  readonly artifacts: string;
  readonly shrink: boolean;
  readonly shrinkRuns: string;
  readonly hashes?: boolean;
  readonly trace?: boolean;
  readonly traces?: string;
  readonly json?: boolean;
  readonly merge?: readonly string[];
}

/** So many failing seeds of one property are made smaller; more of the same teach little. */
const SHRUNK_PER_PROPERTY = 2;

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('run whole brokers in virtual time, one run a seed')
    .option('--seeds <A-B>', 'seeds to run', '1-20')
    .option('--bug <name>', 'replace a rule by a wrong one (repeatable)', gather, [])
    .option('--beyond', 'deeds that need not be survived: what is lost must be as documented')
    .option('--workers <n>', 'threads', '1')
    .option('--shard <i/n>', 'run the i-th of n shares of the seeds only, from 1/n to n/n')
    .option('--time-limit <seconds>', 'begin no seed after so many seconds')
    .option('--artifacts <dir>', 'where failing runs are kept', 'artifacts')
    .option('--no-shrink', 'keep failing runs as they are')
    .option('--shrink-runs <n>', 'most runs to spend on making a failing one smaller', '200')
    .option('--hashes', 'with --json: the running hashes of every seed, to compare two processes')
    .option('--trace', 'of a single seed: print every change of a state')
    .option(
      '--traces <dir>',
      'keep each step of every Raft and of one partition, to be held against the specification',
    )
    .option('--json', 'one JSON document on standard output')
    .option(
      '--merge <files...>',
      'run nothing: documents of --json, of shards or of ranges, as one',
    )
    .action((flags: Flags) =>
      flags.merge === undefined ? simulate(flags) : merge(flags.merge, flags),
    );
}

function merge(files: readonly string[], flags: Flags): void {
  const document = mergedDocument(files.map((file) => ({ file, document: readDocument(file) })));
  print(document, flags);
}

function readDocument(file: string): SimulateDocument {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--merge ${file} cannot be read: ${code ?? message}`);
  }
  const document = value as Partial<SimulateDocument> | null;
  if (
    document?.hash === undefined ||
    document.probes === undefined ||
    document.from === undefined
  ) {
    throw new UsageError(`--merge ${file} is not a document of simulate --json`);
  }
  return value as SimulateDocument;
}

function print(document: SimulateDocument, { json }: Flags): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    process.stdout.write(document.failed.map(failureText).join(''));
    process.stdout.write(summaryText(document));
  }
  process.exitCode = statusOf(document);
}

async function simulate(flags: Flags): Promise<void> {
  const { from, to, shard, seeds } = askedSeeds(flags);
  const bugs = knownBugs(flags.bug);
  const asked: Asked = {
    from,
    to,
    shard,
    bugs: bugs.map(({ name }) => name),
    atlas: atlasOf(flags),
    hashes: flags.hashes === true,
  };
  if (flags.trace && seeds.length !== 1) {
    throw new UsageError('--trace is for a single seed, as in --seeds 17');
  }
  const most = Math.max(16, availableParallelism());
  const workers = Math.min(parseNumber('--workers', flags.workers, 1, most), seeds.length);
  const limit =
    flags.timeLimit === undefined
      ? Number.POSITIVE_INFINITY
      : parseNumber('--time-limit', flags.timeLimit, 1, 1_000_000);
  const stop = new SharedArrayBuffer(4);
  const settings: WorkerSettings = {
    bugs: asked.bugs,
    atlas: asked.atlas,
    artifacts: madeFolder('--artifacts', flags.artifacts),
    traces: flags.traces === undefined ? null : madeFolder('--traces', flags.traces),
    madeBy: `logjury ${version()}`,
    hashes: asked.hashes,
    budget: parseNumber('--shrink-runs', flags.shrinkRuns, 1, 1_000_000),
    stop,
  };
  if (flags.trace) {
    printTrace(seeds[0]!, flags);
  }
  const interrupt = interruption(stop);
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const show = flags.json ? quietly(seeds.length) : linesInOrder(seeds, asked.atlas);
  const simulation = new Simulation(settings, workers, interrupt, show);
  await simulation.play(seeds, () => elapsed() < limit);
  if (flags.shrink) {
    await simulation.shrink();
  }
  const document = documentOf(asked, simulation.reports, interrupt.aborted, elapsed());
  print(document, flags);
}

/** The seeds of a call as its workers run them. */
class Simulation {
  reports: SeedReport[] = [];
  private readonly violations = new Map<number, Violation>();
  private readonly settings: WorkerSettings;
  private readonly workers: number;
  private readonly interrupt: AbortSignal;
  private readonly show: (report: SeedReport) => void;

  constructor(
    settings: WorkerSettings,
    workers: number,
    interrupt: AbortSignal,
    show: (report: SeedReport) => void,
  ) {
    this.settings = settings;
    this.workers = workers;
    this.interrupt = interrupt;
    this.show = show;
  }

  async play(seeds: readonly number[], inTime: () => boolean): Promise<void> {
    await this.work(jobs(seeds, inTime), (answer) => {
      if (answer.type === 'run') {
        const { report, violation } = answer;
        this.reports.push(report);
        if (violation !== null) {
          this.violations.set(report.seed, violation);
        }
        this.show(report);
      }
    });
  }

  /** Of every property the first failing seeds, by number: whatever order the workers ran them in. */
  async shrink(): Promise<void> {
    const perProperty = new Map<string, number>();
    const chosen: SeedJob[] = [];
    for (const { failure } of [...this.reports].sort((a, b) => a.seed - b.seed)) {
      const count = failure === null ? 0 : (perProperty.get(failure.property) ?? 0);
      if (failure !== null && count < SHRUNK_PER_PROPERTY) {
        perProperty.set(failure.property, count + 1);
        chosen.push({ type: 'shrink', failure, violation: this.violations.get(failure.seed)! });
      }
    }
    if (chosen.length > 0 && !this.interrupt.aborted) {
      process.stderr.write(`making ${chosen.length} failing runs smaller\n`);
      await this.work(chosen.values(), (answer) => {
        if (answer.type === 'shrink') {
          const { failure } = answer;
          this.reports = this.reports.map((report) =>
            report.seed === failure.seed ? { ...report, failure } : report,
          );
        }
      });
    }
  }

  private work(
    pending: Iterator<SeedJob, unknown, undefined>,
    answered: (answer: SeedAnswer) => void,
  ): Promise<void> {
    return runJobs<SeedJob, SeedAnswer>({
      module: workerModule('../simulate-worker', import.meta.url),
      settings: this.settings,
      jobs: pending,
      workers: this.workers,
      answered,
      signal: this.interrupt,
    });
  }
}

function* jobs(seeds: readonly number[], inTime: () => boolean): Generator<SeedJob> {
  for (const seed of seeds) {
    if (!inTime()) {
      return;
    }
    yield { type: 'run', seed };
  }
}

function askedSeeds(flags: Flags): Pick<Asked, 'from' | 'to' | 'shard'> & { seeds: number[] } {
  const [from, to] = parseSeeds(flags.seeds);
  const [share, shares] = parseShard(flags.shard);
  const seeds: number[] = [];
  for (let seed = from + share - 1; seed <= to; seed += shares) {
    seeds.push(seed);
  }
  if (seeds.length === 0) {
    throw new UsageError(`--shard ${flags.shard} of --seeds ${flags.seeds} is no seed at all`);
  }
  return { from, to, shard: flags.shard ?? null, seeds };
}

function madeFolder(option: string, folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `${option} ${folder} cannot be made: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
  return folder;
}

/** The first signal ends the work soon and what is known is printed; the second ends the process. */
function interruption(stop: SharedArrayBuffer): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      process.exit(3);
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    controller.abort();
    process.stderr.write('interrupted: the seeds under way come to their end\n');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return controller.signal;
}

/** A line a seed, in the order of the seeds. */
function linesInOrder(
  seeds: readonly number[],
  atlas: Scenario['atlas'],
): (report: SeedReport) => void {
  const early = new Map<number, SeedReport>();
  let next = 0;
  return (report) => {
    early.set(report.seed, report);
    for (let seed = seeds[next]; seed !== undefined && early.has(seed); seed = seeds[++next]) {
      const due = early.get(seed)!;
      early.delete(seed);
      if (seeds.length === 1 || due.failure !== null) {
        process.stdout.write(headOf(seed, atlas));
      }
      process.stdout.write(`${seedLine(due)}\n`);
    }
  };
}

function atlasOf({ beyond }: Pick<Flags, 'beyond'>): Scenario['atlas'] {
  return beyond === true ? 'beyond' : 'within';
}

function headOf(seed: number, atlas: Scenario['atlas']): string {
  return describeSeed(generateScenario(seed, atlas))
    .map((line) => `  ${line}\n`)
    .join('');
}

/** For documents: on a terminal one line that is rewritten. */
function quietly(total: number): (report: SeedReport) => void {
  let done = 0;
  let failed = 0;
  return ({ failure }) => {
    done++;
    failed += failure === null ? 0 : 1;
    if (process.stderr.isTTY) {
      const end = done === total ? '\n' : '';
      process.stderr.write(`\r\u001b[K${done} of ${total} seeds, ${failed} failed${end}`);
    }
  };
}

function printTrace(seed: number, flags: Flags): void {
  const { json, bug } = flags;
  const output = json ? process.stderr : process.stdout;
  const scenario = generateScenario(seed, atlasOf(flags));
  const layout = layoutOf(scenario);
  output.write(`${traceHeader(layout)}\n`);
  runTraced(scenario, knownBugs(bug), (row) => output.write(`${traceText(row, layout)}\n`));
}

function failureText({
  seed,
  property,
  detail,
  step,
  at,
  node,
  artifact,
  shrunk,
}: Failure): string {
  const place = node === null ? '' : ` at ${node}`;
  const lines = [
    '',
    `seed ${seed} violates ${property}${place}, event ${step}, ${(at / 1000).toFixed(3)} virtual ms`,
    `  ${detail}`,
  ];
  if (shrunk !== null) {
    const { before, after, runs, complete } = shrunk;
    const end = complete ? '' : ', not to the end';
    lines.push(
      `  made smaller in ${runs} runs${end}: ${before.choices} -> ${after.choices} choices, ${before.brokers} -> ${after.brokers} brokers, ${before.clients} -> ${after.clients} clients, ${before.partitions} -> ${after.partitions} partitions, ${before.duration} -> ${after.duration} ms`,
    );
  }
  if (artifact !== null) {
    lines.push(`  logjury replay ${artifact}`);
  }
  return `${lines.join('\n')}\n`;
}
