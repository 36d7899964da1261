/** A worker of `logjury simulate`: runs a seed, or makes a failing one smaller. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from '../bugs/bug.js';
import { findBug } from '../bugs/registry.js';
import { encodeArtifact, makeArtifact } from '../simulator/artifact.js';
import type { Violation } from '../simulator/context.js';
import { generateScenario } from '../simulator/generate.js';
import { type RunResult, run } from '../simulator/run.js';
import type { Scenario } from '../simulator/scenario.js';
import { shrink } from '../simulator/shrink.js';
import { SeedTrace, seedTraceFile } from './seed-trace.js';
import type { Failure, SeedReport } from './simulate-report.js';
import { traceFile } from './trace-file.js';
import { serveJobs } from './workers.js';

export interface WorkerSettings {
  readonly bugs: readonly string[];
  readonly atlas: Scenario['atlas'];
  /** Folder; null: nothing is written. */
  readonly artifacts: string | null;
  /** Folder for what every Raft and one partition did, step by step; null: nothing is written. */
  readonly traces: string | null;
  readonly madeBy: string;
  readonly hashes: boolean;
  /** Runs that shrinking a seed may take. */
  readonly budget: number;
  /** One word of shared memory: not 0 once the work is to end soon. */
  readonly stop: SharedArrayBuffer;
}

export type SeedJob =
  | { readonly type: 'run'; readonly seed: number }
  /** `violation`: what the run of the seed showed. */
  | { readonly type: 'shrink'; readonly failure: Failure; readonly violation: Violation };

export type SeedAnswer =
  | { readonly type: 'run'; readonly report: SeedReport; readonly violation: Violation | null }
  | { readonly type: 'shrink'; readonly failure: Failure };

/** Of the budget of events: most runs of a search are short, and a search of long ones ends sooner. */
const EVENTS_PER_RUN = 10_000;

serveJobs<WorkerSettings, SeedJob, SeedAnswer>((settings) => {
  const bugs = settings.bugs.map((name) => findBug(name)!);
  return (job) =>
    job.type === 'run' ? play(job.seed, bugs, settings) : small(job, bugs, settings);
});

function play(seed: number, bugs: readonly Bug[], settings: WorkerSettings): SeedAnswer {
  const scenario = generateScenario(seed, settings.atlas);
  const trace =
    settings.traces === null ? null : new SeedTrace(seedTraceFile(settings.traces, seed), scenario);
  const result = runTraced(scenario, bugs, trace);
  const { verdict, violation, events, virtualSeconds, hash, hashes, probes } = result;
  const report: SeedReport = {
    seed,
    verdict,
    failure: violation === null ? null : failureOf(scenario, bugs, violation, result, settings),
    events,
    virtualSeconds,
    operations: result.history?.operations.ok ?? 0,
    hash,
    hashes: settings.hashes ? hashes : [],
    probes,
    deeds: deedsOf(result),
    losses: result.losses,
    expectedLosses: result.expectedLosses,
  };
  return { type: 'run', report, violation };
}

function runTraced(scenario: Scenario, bugs: readonly Bug[], trace: SeedTrace | null): RunResult {
  try {
    return run({ scenario, bugs, watchers: trace?.watchers ?? [] });
  } finally {
    trace?.close();
  }
}

function failureOf(
  scenario: Scenario,
  bugs: readonly Bug[],
  violation: Violation,
  { hash, outcomes }: Pick<RunResult, 'hash' | 'outcomes'>,
  { artifacts, madeBy }: WorkerSettings,
): Failure {
  const { property, detail, event, at, node } = violation;
  const artifact =
    artifacts === null ? null : join(artifacts, `${artifactName(scenario, bugs)}.json`);
  if (artifact !== null) {
    const made = makeArtifact({ scenario, bugs, violation, hash, outcomes, madeBy });
    writeFileSync(artifact, encodeArtifact(made));
  }
  return { seed: scenario.seed, property, detail, step: event, at, node, artifact, shrunk: null };
}

export function artifactName(
  { seed, atlas }: Pick<Scenario, 'seed' | 'atlas'>,
  bugs: readonly { readonly name: string }[],
): string {
  return [
    ...(atlas === 'beyond' ? [atlas] : []),
    'seed',
    seed,
    ...bugs.map(({ name }) => name),
  ].join('-');
}

function small(
  { failure, violation }: Extract<SeedJob, { readonly type: 'shrink' }>,
  bugs: readonly Bug[],
  settings: WorkerSettings,
): SeedAnswer {
  const stop = new Int32Array(settings.stop);
  const found = shrink(
    generateScenario(failure.seed, settings.atlas),
    bugs,
    violation,
    settings.budget,
    {
      events: settings.budget * EVENTS_PER_RUN,
      interrupted: () => Atomics.load(stop, 0) !== 0,
    },
  );
  const { scenario, runs, complete, before, after } = found;
  if (failure.artifact !== null) {
    // A shrunk scenario has a seed of its own; the file keeps the name of the seed that was asked for.
    const { hash, outcomes } = found;
    const { madeBy } = settings;
    const made = makeArtifact({
      scenario,
      bugs,
      violation: found.violation,
      hash,
      outcomes,
      madeBy,
    });
    writeFileSync(failure.artifact, encodeArtifact(made));
    traceFile(failure.artifact.replace(/\.json$/, '.trace.txt'), scenario, bugs);
  }
  const shrunk = { runs, complete, before, after, step: found.violation.event };
  return { type: 'shrink', failure: { ...failure, shrunk } };
}

function deedsOf({ scenario, outcomes }: RunResult): Map<string, { took: number; idle: number }> {
  const deeds = new Map<string, { took: number; idle: number }>();
  for (const { name, act } of scenario.choices) {
    const sum = deeds.get(act.type) ?? { took: 0, idle: 0 };
    const took = outcomes.get(name)?.took === true;
    deeds.set(act.type, { took: sum.took + (took ? 1 : 0), idle: sum.idle + (took ? 0 : 1) });
  }
  return deeds;
}
