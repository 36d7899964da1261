/**
 * How fast clusters are simulated: seeds of the default profile, all judges on, in one thread. Time is CPU
 * time of the process, so that other work on the machine shows less; what the engine's own threads do
 * (compiling, collecting) counts as well.
 */

import { runJobs, workerModule } from '../../src/cli/workers.js';
import type { BenchOptions } from '../options.js';
import type { SimulatorAnswer, SimulatorJob } from '../simulator-worker.js';

/** They only warm the code up. */
const WARM_UP: SimulatorJob = { type: 'play', first: 1, count: 12, profiled: false };
/** The same ones in every run: seeds differ by more than what is to be seen. */
const MEASURED: SimulatorJob = { type: 'play', first: 13, count: 8, profiled: false };
const PROFILED: SimulatorJob = { ...MEASURED, profiled: true };
const BEGUN = { type: 'begin', count: 20 } satisfies SimulatorJob;
const EVENTS_AIM = 200;
const SPEED_AIM = 100;
const BEGIN_AIM = 5;

export async function measureSimulator(options: BenchOptions): Promise<void> {
  const { reporter, runs: count } = options;
  const perSecond: number[] = [];
  const speedUp: number[] = [];
  const begins: number[] = [];
  let shares: SimulatorAnswer['shares'] = {};
  await runJobs<SimulatorJob, SimulatorAnswer>({
    module: workerModule('../simulator-worker', import.meta.url),
    settings: null,
    workers: 1,
    jobs: jobs(options, count),
    answered: ({ events, virtualSeconds, seconds, shares: told }, job) => {
      if (job === MEASURED) {
        perSecond.push(events / seconds / 1000);
        speedUp.push(virtualSeconds / seconds);
      } else if (job === BEGUN) {
        begins.push((seconds * 1000) / BEGUN.count);
      } else if (job === PROFILED) {
        shares = told;
      }
    },
  });
  const common = { figure: 'simulator', variant: 'default profile' };
  const aim = (bound: number): { bound: number; better: 'more' } => ({ bound, better: 'more' });
  const unit = 'thousand events/s';
  reporter.add({ ...common, unit, runs: perSecond, also: shares, aim: aim(EVENTS_AIM) });
  reporter.add({ ...common, unit: 'virtual s/s', runs: speedUp, aim: aim(SPEED_AIM) });
  const least = { bound: BEGIN_AIM, better: 'less' } as const;
  reporter.add({ ...common, variant: 'to begin a seed', unit: 'ms', runs: begins, aim: least });
}

function* jobs(options: BenchOptions, count: number): Generator<SimulatorJob, undefined> {
  yield WARM_UP;
  for (let run = 0; run < count; run++) {
    options.say(`simulator, run ${run + 1} of ${count}`);
    yield MEASURED;
    yield BEGUN;
  }
  yield PROFILED;
}
