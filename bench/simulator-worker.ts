/**
 * The thread in which the bench simulates: a worker as that of `logjury simulate`, with its room for young
 * objects. Time is CPU time of the process, whose other threads do nothing meanwhile but for the engine's own.
 */

import { type Profiler, Session } from 'node:inspector';
import { serveJobs } from '../src/cli/workers.js';
import { generateScenario } from '../src/simulator/generate.js';
import { run as simulate } from '../src/simulator/run.js';

export type SimulatorJob =
  /** `count` seeds from `first` on; `profiled`: and where the time goes. */
  | {
      readonly type: 'play';
      readonly first: number;
      readonly count: number;
      readonly profiled: boolean;
    }
  /** Of seeds from 1 on everything until their clients begin. */
  | { readonly type: 'begin'; readonly count: number };

export interface SimulatorAnswer {
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of CPU. */
  readonly seconds: number;
  /** Percent of the time that went into each part; empty unless it was asked for. */
  readonly shares: Readonly<Record<string, number>>;
}

const SAMPLING_MICROSECONDS = 500;

/** What a source file belongs to: the first that fits. Paths are below `src`. */
const PARTS: readonly (readonly [part: string, paths: RegExp])[] = [
  ['codec', /^(protocol|log\/(record|batch|bytes|crc))/],
  [
    'judges',
    /^(core\/properties|checker|linearizability|simulator\/(judges|probes|trigger|watching))/,
  ],
  ['disk', /^environment\/simulated\/(disk|file)/],
  ['network and clock', /^environment\/simulated/],
  ['core', /^core/],
  ['log', /^log/],
  ['broker', /^broker/],
  ['clients', /^(client|simulator\/workload)/],
  ['scenario and deeds', /^simulator/],
];

serveJobs<null, SimulatorJob, SimulatorAnswer>(() => (job) => {
  if (job.type === 'begin') {
    return begin(job.count);
  }
  if (!job.profiled) {
    return play(job.first, job.count);
  }
  let played = NOTHING;
  const shares = sharesOfTime(() => {
    played = play(job.first, job.count);
  });
  return { ...played, shares };
});

const NOTHING: SimulatorAnswer = { events: 0, virtualSeconds: 0, seconds: 0, shares: {} };

function play(first: number, count: number): SimulatorAnswer {
  const started = process.cpuUsage();
  let events = 0;
  let virtualSeconds = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = simulate({ scenario: generateScenario(seed), bugs: [] });
    events += result.events;
    virtualSeconds += result.virtualSeconds;
  }
  return { events, virtualSeconds, seconds: secondsSince(started), shares: {} };
}

/** Seeds are drawn, their brokers and clients come up and their topics are made. */
function begin(count: number): SimulatorAnswer {
  const started = process.cpuUsage();
  for (let seed = 1; seed <= count; seed++) {
    const scenario = { ...generateScenario(seed), duration: 0 };
    simulate({ scenario, bugs: [], until: 'main' });
  }
  return { ...NOTHING, seconds: secondsSince(started) };
}

function secondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000_000;
}

/** A session with the own thread answers at once. */
function profileOf(work: () => void): Profiler.Profile {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  session.post('Profiler.start');
  work();
  let profile: Profiler.Profile | null = null;
  session.post('Profiler.stop', (_error, answer) => {
    profile = answer.profile;
  });
  session.disconnect();
  if (profile === null) {
    throw new Error('the profiler did not answer');
  }
  return profile;
}

/** Percent of the time that went into each part while `work` ran, by samples of where it was. */
function sharesOfTime(work: () => void): Record<string, number> {
  const profile = profileOf(work);
  const hits = new Map<string, number>(PARTS.map(([part]) => [part, 0]));
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const add = (node: Profiler.ProfileNode, caller: string): void => {
    const part = partOf(node, caller);
    hits.set(part, (hits.get(part) ?? 0) + (node.hitCount ?? 0));
    for (const child of node.children ?? []) {
      add(nodes.get(child)!, part);
    }
  };
  add(profile.nodes[0]!, 'other');
  const all = [...hits.values()].reduce((sum, each) => sum + each, 0);
  return Object.fromEntries(
    [...hits].map(([part, each]) => [`% ${part}`, Math.round((1000 * each) / all) / 10]),
  );
}

/** What the language brings along counts where it is called. */
function partOf({ callFrame }: Profiler.ProfileNode, caller: string): string {
  if (callFrame.functionName === '(garbage collector)') {
    return 'garbage';
  }
  const path = /\/dist\/src\/(.*)$/.exec(callFrame.url)?.[1];
  return path === undefined
    ? caller
    : (PARTS.find(([, paths]) => paths.test(path))?.[0] ?? 'other');
}
