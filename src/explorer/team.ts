/**
 * Threads that search one world together. Each has a world of its own, in which states are numbered in its own way, so none
 * can hand a state to another one, and none has to: they agree on what waits once there is enough of it, divide that, and go on depth by
 * depth; whoever meets a state first keeps it. All they share is which fingerprints are known, and who waits for whom.
 */

import type { Exploration } from './explore.js';
import { hexadecimal, newFingerprint } from './fingerprint.js';
import { SharedFingerprintTable } from './fingerprint-table.js';

/** What the threads of a team share; may be sent to a thread. */
export interface TeamMemory {
  readonly size: number;
  readonly known: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

const ARRIVED = 0;
const ROUND = 1;
/** Of even and of odd rounds: who reads the one of a round may be slower than who begins the next. */
const SUMS = 2;
const STATES = 4;
const ENDED = 5;
const CONTROLS = 6;

const ENDINGS = ['violated', 'full', 'stopped'] as const;
/** Milliseconds; a thread that waits looks then whether the search is over. */
const LONGEST_WAIT = 50;

/** Memory for `size` threads and at most `maximumStates` states: about 20 bytes each. */
export function newTeamMemory(size: number, maximumStates: number): TeamMemory {
  const control = new SharedArrayBuffer(4 * CONTROLS);
  return { size, known: SharedFingerprintTable.memoryFor(maximumStates + size), control };
}

/** A thread's place in its team. */
export class Team {
  readonly size: number;
  /** From 0. */
  readonly rank: number;
  readonly table: SharedFingerprintTable;
  private readonly control: Int32Array;

  constructor({ size, known, control }: TeamMemory, rank: number) {
    this.size = size;
    this.rank = rank;
    this.table = new SharedFingerprintTable(known);
    this.control = new Int32Array(control);
  }

  /** Why some thread has ended the search; null: none has. */
  get ended(): (typeof ENDINGS)[number] | null {
    return ENDINGS[Atomics.load(this.control, ENDED) - 1] ?? null;
  }

  /** For all of them; the first reason counts. */
  end(why: (typeof ENDINGS)[number]): void {
    Atomics.compareExchange(this.control, ENDED, 0, ENDINGS.indexOf(why) + 1);
    Atomics.notify(this.control, ROUND);
  }

  /** So many states are known before the threads divide them. */
  begin(states: number): void {
    Atomics.store(this.control, STATES, states);
  }

  /** Counts a state; returns how many there were before. */
  count(): number {
    return Atomics.add(this.control, STATES, 1);
  }

  /** The sum of what all threads say. Waits until the last one has said it, or the search is over. */
  sum(own: number): number {
    const { control, size } = this;
    const round = Atomics.load(control, ROUND);
    const place = SUMS + (round & 1);
    Atomics.add(control, place, own);
    if (Atomics.add(control, ARRIVED, 1) === size - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.store(control, SUMS + ((round + 1) & 1), 0);
      Atomics.add(control, ROUND, 1);
      Atomics.notify(control, ROUND);
    }
    while (Atomics.load(control, ROUND) === round && this.ended === null) {
      Atomics.wait(control, ROUND, round, LONGEST_WAIT);
    }
    return Atomics.load(control, place);
  }
}

/** What threads found together, of what each of them tells. */
export function joined(shares: readonly Exploration[]): Exploration {
  const sum = (of: (share: Exploration) => number): number =>
    shares.reduce((total, share) => total + of(share), 0);
  const first = shares[0]!;
  const ended = shares.map((share) => share.ended).find((each) => each !== 'complete');
  const witnesses = [...first.witnesses.keys()].map((name): [string, number | null] => {
    const depths = shares.flatMap((share) => share.witnesses.get(name) ?? []);
    return [name, depths.length === 0 ? null : Math.min(...depths)];
  });
  return {
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    depth: Math.max(...shares.map(({ depth }) => depth)),
    ended: ended ?? 'complete',
    violation: first.violation,
    peakQueue: sum(({ peakQueue }) => peakQueue),
    deadlocks: sum(({ deadlocks }) => deadlocks),
    firstDeadlock: first.firstDeadlock,
    witnesses: new Map(witnesses),
    stateDigest: digestSum(shares.map(({ stateDigest }) => stateDigest)),
    edgeDigest: digestSum(shares.map(({ edgeDigest }) => edgeDigest)),
  };
}

/** Digests are sums of two lanes of 32 bits. */
function digestSum(digests: readonly string[]): string {
  const lanes = newFingerprint();
  for (const digest of digests) {
    lanes[0]! += Number.parseInt(digest.slice(0, 8), 16);
    lanes[1]! += Number.parseInt(digest.slice(8), 16);
  }
  return hexadecimal(lanes);
}
