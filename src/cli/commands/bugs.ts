/** `logjury bugs`: the zoo, and how the simulator finds each bug in it. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Bug } from '../../bugs/bug.js';
import { allBugs, findBug } from '../../bugs/registry.js';
import { encodeArtifact, makeArtifact } from '../../simulator/artifact.js';
import { HUNT_LIMITS, type HuntResult } from '../../simulator/hunt.js';
import { ExitStatus, UsageError } from '../errors.js';
import { huntPage } from '../hunt-page.js';
import { huntByName } from '../hunt-worker.js';
import { gather, parseNumber } from '../values.js';
import { version } from '../version.js';
import { runJobs, workerModule } from '../workers.js';

export function registerBugs(program: Command): void {
  const bugs = program
    .command('bugs')
    .description('list the wrong rules that can be planted with --bug')
    .option('--json', 'one JSON document on standard output')
    .action((flags: { readonly json?: boolean }) => list(flags.json ?? false));
  bugs
    .command('hunt')
    .description('plant each bug and run seeds from 1 until a property is violated')
    .option('--bug <name>', 'only this one (repeatable)', gather, [])
    .option('--minutes <n>', 'on one core, for each bug; 0.5 is half a minute', '10')
    .option('--workers <n>', 'threads, each with a bug of its own', '1')
    .option('--no-shrink', 'leave the scenarios as they were generated')
    .option('--shrink-runs <n>', 'most runs to spend on making a scenario smaller', '600')
    .option('--json', 'one JSON document on standard output')
    .option(
      '--write <file>',
      'write the table, a row whenever a bug was hunted; rows of bugs that are not hunted now stay',
    )
    .option(
      '--golden <folder>',
      'write the shrunk scenario of each bug as an artifact, at once too',
    )
    .action((_flags: unknown, command: Command) => hunt(command.optsWithGlobals() as HuntFlags));
}

function list(json: boolean): void {
  const rows = allBugs.map(({ name, title, source, violates }) => ({
    name,
    title,
    source,
    violates,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ bugs: rows }, null, 2)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, title, source } of rows) {
    process.stdout.write(`${name.padEnd(width)}  ${title} (${source})\n`);
  }
}

interface HuntFlags {
  readonly bug: readonly string[];
  readonly minutes: string;
  readonly workers: string;
  readonly shrink: boolean;
  readonly shrinkRuns: string;
  readonly json?: boolean;
  readonly write?: string;
  readonly golden?: string;
}

async function hunt(flags: HuntFlags): Promise<void> {
  const bugs = flags.bug.length === 0 ? allBugs : flags.bug.map(huntedBug);
  const workers = parseNumber('--workers', flags.workers, 1, 64);
  const settings = {
    ...HUNT_LIMITS,
    seconds: parseMinutes(flags.minutes) * 60,
    shrinkRuns: flags.shrink ? parseNumber('--shrink-runs', flags.shrinkRuns, 1, 1_000_000) : 0,
  };
  const results = new Map<string, HuntResult>();
  const interrupted = new AbortController();
  const stop = (): void => {
    // A hunt under way cannot be asked to end; what is known so far is written already.
    interrupted.abort();
    finish(flags, results);
    process.stdout.write('', () => process.exit(ExitStatus.INCONCLUSIVE));
  };
  const answered = (result: HuntResult): void => {
    results.set(result.bug, result);
    record(flags, result);
    if (!flags.json) {
      process.stdout.write(`${describe(result)}\n`);
    }
  };
  if (import.meta.url.endsWith('.ts')) {
    // Not compiled: threads would not know how to load their module.
    for (const { name } of bugs) {
      answered(huntByName(name, settings));
    }
    process.exitCode = finish(flags, results);
    return;
  }
  process.once('SIGINT', stop);
  await runJobs<string, HuntResult>({
    module: workerModule('../hunt-worker', import.meta.url),
    settings,
    jobs: bugs.map(({ name }) => name).values(),
    workers: Math.min(workers, bugs.length),
    signal: interrupted.signal,
    answered,
  });
  process.removeListener('SIGINT', stop);
  process.exitCode = finish(flags, results);
}

function finish(flags: HuntFlags, results: ReadonlyMap<string, HuntResult>): number {
  const all = [...results.values()];
  const found = all.filter(({ detection }) => detection !== null).length;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ hunted: all.length, found, bugs: all }, null, 2)}\n`);
  } else {
    process.stdout.write(`${found} of ${all.length} bugs found\n`);
  }
  if (all.some(({ problem, withoutFaults }) => problem !== null || withoutFaults !== null)) {
    return ExitStatus.VIOLATED;
  }
  return found === all.length ? ExitStatus.HOLDS : ExitStatus.INCONCLUSIVE;
}

/** At once: a hunt of all bugs takes hours, and whatever ends it must cost one bug at most. */
function record(flags: HuntFlags, result: HuntResult): void {
  if (flags.write !== undefined) {
    const before = existsSync(flags.write) ? readFileSync(flags.write, 'utf8') : null;
    const results = new Map([[result.bug, result]]);
    writeFileSync(flags.write, huntPage(allBugs, results, before).text);
  }
  if (flags.golden !== undefined) {
    writeArtifact(flags.golden, result);
  }
}

/** An artifact with a choice that has no effect would never match, so it is not written. */
function writeArtifact(folder: string, { bug: name, detection }: HuntResult): void {
  const witness = detection?.witness ?? null;
  if (witness === null || witness.unmatched.length > 0) {
    return;
  }
  const { scenario, violation, hash, outcomes } = witness;
  const bugs = [findBug(name)!];
  const artifact = makeArtifact({ scenario, bugs, violation, hash, outcomes, madeBy: version() });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), encodeArtifact(artifact));
}

function describe(result: HuntResult): string {
  const { bug, detection, runs, virtualSeconds, seconds, dirtySeeds } = result;
  const name = bug.padEnd(36);
  const spent = `${runs} seeds, ${virtualSeconds.toFixed(0)} virtual seconds, ${seconds.toFixed(1)} s`;
  const unmatched = detection?.witness?.unmatched ?? [];
  const notes = [
    ...(unmatched.length === 0
      ? []
      : [`no artifact, for these choices have no effect: ${unmatched.join(', ')}`]),
    ...(result.problem === null ? [] : [`the hunt broke: ${result.problem}`]),
    ...(result.withoutFaults === null ? [] : [`shows without faults: ${result.withoutFaults}`]),
    ...(dirtySeeds.length === 0 ? [] : [`fail without the bug too: ${dirtySeeds.join(', ')}`]),
  ].map((note) => `; ${note}`);
  if (detection === null) {
    return `${name} not found in ${spent}${notes.join('')}`;
  }
  const { property, named, witness } = detection;
  const idle = witness === null || witness.unmatched.length === 0 ? '' : ', some without effect';
  const size = witness === null ? '' : `, ${witness.after.choices} deeds${idle}`;
  return `${name} ${property}${named ? '' : ' *'}: ${spent}${size}${notes.join('')}`;
}

function huntedBug(name: string): Bug {
  const bug = findBug(name);
  if (bug === undefined) {
    throw new UsageError(`there is no bug ${name}; \`logjury bugs\` lists them`);
  }
  return bug;
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || minutes <= 0 || minutes > 600) {
    throw new UsageError(`--minutes must be a number above 0 and up to 600, not '${text}'`);
  }
  return minutes;
}
