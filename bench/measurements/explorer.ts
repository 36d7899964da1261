/**
 * How fast states are explored, in one thread: the toy world, which other model checkers were measured on
 * (`bench/toy-raft.ts`). A run that does not find the known number of states is no figure.
 */

import { explore } from '../../src/explorer/explore.js';
import type { BenchOptions } from '../options.js';
import { ToyRaft } from '../toy-raft.js';

const BOUNDS = { terms: 2, entries: 1, messages: 3, restarts: 1 };
/** Distinct states and transitions, as TLC and stateright count them (with the initial state). */
const KNOWN = { plain: [1_685_033, 6_788_743], symmetry: [280_942, 1_131_849] } as const;
/** Thousand distinct states a second of stateright 0.31 (Rust) on a machine of this kind. */
const AIM = 400;

export async function measureExplorer({ runs: count, reporter, say }: BenchOptions): Promise<void> {
  for (const variant of ['plain', 'symmetry'] as const) {
    const perSecond: number[] = [];
    let seconds = 0;
    // The first one warms the code up.
    for (let run = 0; run <= count; run++) {
      say(`explorer, toy world, ${variant}, run ${run} of ${count}`);
      const began = process.cpuUsage();
      const { states, transitions } = explore(new ToyRaft(BOUNDS), {
        maximumStates: 4_000_000,
        symmetry: variant === 'symmetry',
      });
      const { user, system } = process.cpuUsage(began);
      const [wantedStates, wantedTransitions] = KNOWN[variant];
      if (states !== wantedStates || transitions + 1 !== wantedTransitions) {
        throw new Error(`${states} states and ${transitions} transitions: the engine counts wrong`);
      }
      seconds = (user + system) / 1e6;
      if (run > 0) {
        perSecond.push(states / seconds / 1000);
      }
    }
    const [states, transitions] = KNOWN[variant];
    reporter.add({
      figure: 'explorer',
      variant: `toy world, ${variant}`,
      unit: 'thousand states/s',
      runs: perSecond,
      also: { states, transitions, lastCpuSeconds: Math.round(seconds * 100) / 100 },
      ...(variant === 'plain' ? { aim: { bound: AIM, better: 'more' } as const } : {}),
    });
  }
}
