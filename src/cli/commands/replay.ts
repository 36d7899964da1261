/** `logjury replay`: one seed or one artifact again, with its trace. */

import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import type { Bug } from '../../bugs/bug.js';
import { type TraceRow, traceRowLine } from '../../history/trace.js';
import {
  type Artifact,
  bugsOf,
  decodeArtifact,
  encodeArtifact,
  makeArtifact,
  mismatch,
} from '../../simulator/artifact.js';
import type { RunContext } from '../../simulator/context.js';
import { describeScenario, describeSeed, generateScenario } from '../../simulator/generate.js';
import { type RunResult, run } from '../../simulator/run.js';
import type { Scenario } from '../../simulator/scenario.js';
import { tellChoice } from '../../simulator/story.js';
import { TraceWatcher } from '../../simulator/trace.js';
import { traceHeader, traceText } from '../../simulator/trace-text.js';
import { MalformedError } from '../../simulator/validate.js';
import { ExitStatus, UsageError } from '../errors.js';
import { GREATEST_SEED, knownBugs } from '../seeds.js';
import { lossText } from '../simulate-report.js';
import { layoutOf } from '../trace-file.js';
import { gather, parseNumber } from '../values.js';
import { version } from '../version.js';

interface Flags {
  readonly seed?: string;
  readonly bug: readonly string[];
  readonly beyond?: boolean;
  readonly withoutBugs?: boolean;
  readonly trace?: boolean;
  readonly traceFile?: string;
  readonly step?: string;
  readonly until?: string;
  readonly update?: boolean;
  readonly json?: boolean;
}

/** Rows of the trace that are shown unless all are asked for. */
const LAST_ROWS = 40;

export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('run one seed or one artifact again, with its trace')
    .argument('[artifact...]', 'file that simulate or the hunt wrote; several with --update')
    .option('--seed <n>', 'a seed instead of an artifact')
    .option('--bug <name>', 'with --seed: replace a rule by a wrong one (repeatable)', gather, [])
    .option('--beyond', 'with --seed: as simulate --beyond draws it')
    .option('--without-bugs', "without the artifact's bugs: nothing must be violated then")
    .option('--trace', 'print every change of a state, not only the last ones')
    .option('--trace-file <file>', 'write the trace as JSON lines')
    .option('--step <n>', 'stop after event n and print what every machine is then')
    .option('--until <ms>', 'stop at that virtual time and print what every machine is then')
    .option('--update', 'write the artifact again: as it fails now, with what it shows now')
    .option('--json', 'one JSON document on standard output')
    .action((files: readonly string[], flags: Flags) => {
      process.exitCode = flags.update ? updateAll(files, flags) : replay(files, flags);
    });
}

function replay(files: readonly string[], flags: Flags): number {
  const [file] = files;
  if (files.length > 1 || (file === undefined) === (flags.seed === undefined)) {
    throw new UsageError('replay needs one artifact or --seed, and not both');
  }
  const artifact = file === undefined ? null : readArtifact(file);
  if (artifact !== null && flags.bug.length > 0) {
    throw new UsageError('an artifact names its bugs itself; --bug is for --seed');
  }
  if (artifact === null && flags.withoutBugs) {
    throw new UsageError('--without-bugs is for artifacts');
  }
  if (artifact !== null && flags.beyond) {
    throw new UsageError('an artifact says itself whether it goes beyond the atlas');
  }
  const scenario =
    artifact?.scenario ??
    generateScenario(
      parseNumber('--seed', flags.seed!, 0, GREATEST_SEED),
      flags.beyond ? 'beyond' : 'within',
    );
  const bugs = artifact === null ? knownBugs(flags.bug) : flags.withoutBugs ? [] : bugsOf(artifact);
  const player = new Player(scenario, flags);
  player.play(bugs);
  if (player.stopped) {
    player.printStates();
    return ExitStatus.HOLDS;
  }
  return conclude(artifact, player.result, flags);
}

function readArtifact(file: string): Artifact {
  let json: string;
  try {
    json = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return decodeArtifact(json);
  } catch (error) {
    if (error instanceof MalformedError) {
      throw new UsageError(`${file}: ${error.message}`);
    }
    throw error;
  }
}

/** One run with its trace on the terminal, in a file, or both. */
class Player {
  result!: RunResult;
  /** By --step or --until, before its end. */
  stopped = false;
  private context!: RunContext;
  private watcher!: TraceWatcher;
  private readonly scenario: Scenario;
  private readonly flags: Flags;
  private readonly print: (line: string) => void;

  constructor(scenario: Scenario, flags: Flags) {
    this.scenario = scenario;
    this.flags = flags;
    this.print = flags.json
      ? () => {}
      : (line) => {
          process.stdout.write(`${line}\n`);
        };
  }

  play(bugs: readonly Bug[]): void {
    const { scenario, flags } = this;
    const layout = layoutOf(scenario);
    const lastEvent = optional('--step', flags.step);
    const lastTime = optional('--until', flags.until);
    const recent: string[] = [];
    const descriptor = flags.traceFile === undefined ? null : opened(flags.traceFile);
    const sink = (row: TraceRow): void => {
      if (descriptor !== null) {
        writeSync(descriptor, traceRowLine(row));
      }
      if (flags.trace) {
        this.print(traceText(row, layout));
        return;
      }
      recent.push(traceText(row, layout));
      if (recent.length > LAST_ROWS) {
        recent.shift();
      }
    };
    const isDrawn = flags.seed !== undefined;
    const head = isDrawn ? describeSeed : describeScenario;
    for (const line of head(scenario)) {
      this.print(line);
    }
    if (flags.trace) {
      this.print(traceHeader(layout));
    }
    this.result = run({
      scenario,
      bugs,
      watchers: [
        (context) => {
          this.context = context;
          this.watcher = new TraceWatcher(context, sink);
          return this.watcher;
        },
      ],
      eventObserver: (time) => {
        const { world } = this.context;
        // The event that is about to run is the last one.
        if (world.events >= lastEvent || time >= lastTime * 1000) {
          this.stopped = true;
          world.halt();
        }
      },
    });
    if (this.result.violation !== null && !this.stopped) {
      this.watcher.violated(this.result.violation);
    }
    if (descriptor !== null) {
      closeSync(descriptor);
    }
    if (recent.length > 0) {
      this.print(`\n${traceHeader(layout)}`);
      recent.forEach(this.print);
    }
  }

  /** What every machine is, field by field. */
  printStates(): void {
    const { world, cluster } = this.context;
    const states = [...this.watcher.states()]
      .sort(([a], [b]) => a - b)
      .map(([index, machines]) => {
        const { name, isRunning } = cluster.nodes[index]!;
        return { name, isRunning, machines: Object.fromEntries(machines) };
      });
    if (this.flags.json) {
      const { events, now } = world;
      process.stdout.write(`${JSON.stringify({ event: events, time: now, nodes: states })}\n`);
      return;
    }
    this.print(`\nafter event ${world.events}, ${(world.now / 1000).toFixed(3)} virtual ms`);
    for (const { name, isRunning, machines } of states) {
      this.print(`${name}${isRunning ? '' : ' is down'}`);
      for (const [machine, view] of Object.entries(machines)) {
        const fields = Object.entries(view).map(([key, value]) => `${key} ${value ?? '-'}`);
        this.print(`  ${machine}: ${fields.join(', ')}`);
      }
    }
  }
}

function optional(option: string, text: string | undefined): number {
  return text === undefined
    ? Number.POSITIVE_INFINITY
    : parseNumber(option, text, 1, Number.MAX_SAFE_INTEGER);
}

function opened(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function conclude(artifact: Artifact | null, result: RunResult, flags: Flags): number {
  const { scenario, outcomes, violation, events, virtualSeconds, hash } = result;
  const why = artifact === null || flags.withoutBugs ? null : mismatch(artifact, result);
  const judged = artifact !== null && !flags.withoutBugs;
  if (flags.json) {
    const document = {
      ...(judged ? { matches: why === null, why } : {}),
      verdict: result.verdict,
      violation,
      ...(result.losses === null ? {} : { losses: result.losses }),
      outcomes: Object.fromEntries(outcomes),
      events,
      virtualSeconds,
      hash,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    const lines = [
      '',
      ...scenario.choices.map((choice) => tellChoice(choice, outcomes.get(choice.name) ?? null)),
      violation === null
        ? `${result.verdict}: nothing is violated in ${events} events, ${virtualSeconds.toFixed(1)} virtual s`
        : `${violation.property} is violated at event ${violation.event}: ${violation.detail}`,
      ...(result.losses ?? []).map((loss) => `lost as documented: ${lossText(loss)}`),
      ...(judged ? [why === null ? 'matches the artifact' : `does not match: ${why}`] : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (judged && why !== null && violation === null) {
    return ExitStatus.INCONCLUSIVE;
  }
  return violation === null
    ? result.verdict === 'valid' || flags.withoutBugs
      ? ExitStatus.HOLDS
      : ExitStatus.INCONCLUSIVE
    : ExitStatus.VIOLATED;
}

/** The artifacts as they are now. A property that is not violated any more is no artifact: 1. */
function updateAll(files: readonly string[], flags: Flags): number {
  if (files.length === 0 || flags.seed !== undefined) {
    throw new UsageError('--update needs artifacts');
  }
  let holds = true;
  for (const file of files) {
    const artifact = readArtifact(file);
    const { scenario, property } = artifact;
    const bugs = bugsOf(artifact);
    const result = run({ scenario, bugs });
    const { violation, hash, outcomes } = result;
    if (violation?.property !== property) {
      process.stdout.write(`${file} stays as it is: ${mismatch(artifact, result)}\n`);
      holds = false;
      continue;
    }
    const madeBy = `logjury ${version()}`;
    const made = makeArtifact({ scenario, bugs, violation, hash, outcomes, madeBy });
    writeFileSync(file, encodeArtifact(made));
    const idle = made.idle.length === 0 ? '' : `, without effect: ${made.idle.join(', ')}`;
    process.stdout.write(`${file}: ${property} at event ${violation.event}${idle}\n`);
  }
  return holds ? ExitStatus.HOLDS : ExitStatus.VIOLATED;
}
