/**
 * How fast clusters are simulated: seeds of the default profile, all judges on, in this one thread. Time is
 * CPU time of the process, so that other work on the machine shows less; what the engine's own threads do
 * (compiling, collecting) counts as well.
 */

import { type Profiler, Session } from 'node:inspector/promises';
import { generateScenario } from '../../src/simulator/generate.js';
import { run as simulate } from '../../src/simulator/run.js';
import type { BenchOptions } from '../options.js';

/** They only warm the code up. */
const WARM_UP_SEEDS = 12;
/** The same ones in every run: seeds differ by more than what is to be seen. */
const FIRST_MEASURED = 13;
const MEASURED_SEEDS = 8;
const BEGUN_SEEDS = 20;
const SAMPLING_MICROSECONDS = 500;
const EVENTS_AIM = 200;
const SPEED_AIM = 100;
const BEGIN_AIM = 5;

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

export async function measureSimulator(options: BenchOptions): Promise<void> {
  const { reporter, runs: count } = options;
  const perSecond: number[] = [];
  const speedUp: number[] = [];
  const begins: number[] = [];
  play(1, WARM_UP_SEEDS);
  for (let run = 0; run < count; run++) {
    options.say(`simulator, run ${run + 1} of ${count}`);
    const { events, virtualSeconds, seconds } = play(FIRST_MEASURED, MEASURED_SEEDS);
    perSecond.push(events / seconds / 1000);
    speedUp.push(virtualSeconds / seconds);
    begins.push(begin());
  }
  const shares = await sharesOfTime(() => play(FIRST_MEASURED, MEASURED_SEEDS));
  const common = { figure: 'simulator', variant: 'default profile' };
  const aim = (bound: number): { bound: number; better: 'more' } => ({ bound, better: 'more' });
  const unit = 'thousand events/s';
  reporter.add({ ...common, unit, runs: perSecond, also: shares, aim: aim(EVENTS_AIM) });
  reporter.add({ ...common, unit: 'virtual s/s', runs: speedUp, aim: aim(SPEED_AIM) });
  const least = { bound: BEGIN_AIM, better: 'less' } as const;
  reporter.add({ ...common, variant: 'to begin a seed', unit: 'ms', runs: begins, aim: least });
}

interface Played {
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of CPU. */
  readonly seconds: number;
}

function play(first: number, count: number): Played {
  const started = process.cpuUsage();
  let events = 0;
  let virtualSeconds = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = simulate({ scenario: generateScenario(seed), bugs: [] });
    events += result.events;
    virtualSeconds += result.virtualSeconds;
  }
  return { events, virtualSeconds, seconds: secondsSince(started) };
}

/** Milliseconds until a seed is drawn, its brokers and clients are up and its topics are there. */
function begin(): number {
  const started = process.cpuUsage();
  for (let seed = 1; seed <= BEGUN_SEEDS; seed++) {
    const scenario = { ...generateScenario(seed), duration: 0 };
    simulate({ scenario, bugs: [], until: 'main' });
  }
  return (secondsSince(started) * 1000) / BEGUN_SEEDS;
}

function secondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000_000;
}

/** Percent of the time that went into each part while `work` ran, by samples of where it was. */
async function sharesOfTime(work: () => void): Promise<Record<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await session.post('Profiler.start');
  work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
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
