/**
 * What the instrumented code asks at every mutant: whether it is the one that is switched on, and, while that is
 * recorded, that it was come by. Stands in the place of Stryker's own helpers, with numbers for its names.
 */

import { env } from 'node:process';

/** A mutant was come by so often that it must be in a loop without an end. */
export class EndlessLoop extends Error {
  override readonly name = 'EndlessLoop';
}

/** How often each mutant was come by. */
export type Hits = Map<number, number>;

/** Nothing is switched on. */
export const NONE = -1;

const recorders: Hits[] = [];
let active = Number(env.ACTIVE_MUTANT ?? NONE);
let hits = 0;
let limit = Number.POSITIVE_INFINITY;

/** Read by the instrumented code. */
export const recording: { on: boolean } = { on: false };

/** Switches `mutant` on; it may be come by `most` times. */
export function switchOn(mutant: number, most: number): void {
  active = mutant;
  hits = 0;
  limit = most;
}

export function switchOff(): void {
  active = NONE;
}

/** What is come by from here on is counted, and by whoever asked for it before no more. */
export function beginRecording(): void {
  recorders.push(new Map());
  recording.on = true;
}

/** Gives what was come by since; whoever asked before counts on. */
export function endRecording(): Hits {
  const found = recorders.pop()!;
  recording.on = recorders.length > 0;
  return found;
}

export function isActive(mutant: number): boolean {
  return mutant === active && isStillAllowed();
}

function isStillAllowed(): boolean {
  if (++hits > limit) {
    throw new EndlessLoop('a loop without an end');
  }
  return true;
}

export function cover(mutants: readonly number[]): boolean {
  const found = recorders.at(-1)!;
  for (const mutant of mutants) {
    found.set(mutant, (found.get(mutant) ?? 0) + 1);
  }
  return true;
}
