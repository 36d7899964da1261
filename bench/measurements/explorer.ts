/**
 * How fast states are explored, in one thread: the toy world, which other model checkers were measured on
 * (`bench/toy-raft.ts`), and a scope of the production Raft. A run that does not find the known number of states
 * is no figure.
 */

import { type Exploration, explore } from '../../src/explorer/explore.js';
import { raftLattice } from '../../src/explorer/raft/lattice.js';
import { RaftWorld } from '../../src/explorer/raft/world.js';
import type { BenchOptions } from '../options.js';
import { ToyRaft } from '../toy-raft.js';

const BOUNDS = { terms: 2, entries: 1, messages: 3, restarts: 1 };
const MAXIMUM_STATES = 4_000_000;

interface Explored {
  readonly variant: string;
  readonly run: () => Exploration;
  readonly states: number;
  readonly transitions: number;
  /** Thousand distinct states a second. */
  readonly aim: number | null;
}

const TWO_TERMS = raftLattice.find(({ name }) => name === 'two-terms')!;

const EXPLORED: readonly Explored[] = [
  {
    variant: 'toy world, plain',
    run: () => explore(new ToyRaft(BOUNDS), { maximumStates: MAXIMUM_STATES, symmetry: false }),
    // As TLC and stateright count them, but for the initial state, which they take for generated.
    states: 1_685_033,
    transitions: 6_788_742,
    // Of stateright 0.31 (Rust) on a machine of this kind.
    aim: 400,
  },
  {
    variant: 'toy world, symmetry',
    run: () => explore(new ToyRaft(BOUNDS), { maximumStates: MAXIMUM_STATES }),
    states: 280_942,
    transitions: 1_131_848,
    aim: null,
  },
  {
    variant: 'Raft, two terms',
    run: () => explore(new RaftWorld(TWO_TERMS), { maximumStates: MAXIMUM_STATES }),
    states: 1_503_067,
    transitions: 6_590_833,
    aim: 100,
  },
];

export async function measureExplorer({ runs: count, reporter, say }: BenchOptions): Promise<void> {
  for (const { variant, run, states, transitions, aim } of EXPLORED) {
    const perSecond: number[] = [];
    let seconds = 0;
    // The first one warms the code up.
    for (let number = 0; number <= count; number++) {
      say(`explorer, ${variant}, run ${number} of ${count}`);
      const began = process.cpuUsage();
      const found = run();
      const { user, system } = process.cpuUsage(began);
      if (found.states !== states || found.transitions !== transitions) {
        throw new Error(`${found.states} states, ${found.transitions} transitions: counted wrong`);
      }
      seconds = (user + system) / 1e6;
      if (number > 0) {
        perSecond.push(states / seconds / 1000);
      }
    }
    reporter.add({
      figure: 'explorer',
      variant,
      unit: 'thousand states/s',
      runs: perSecond,
      also: { states, transitions, lastCpuSeconds: Math.round(seconds * 100) / 100 },
      ...(aim === null ? {} : { aim: { bound: aim, better: 'more' } as const }),
    });
  }
}
