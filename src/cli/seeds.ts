/** Parses what simulate, replay and the hunt share: seeds, shards, names of bugs. */

import type { Bug } from '../bugs/bug.js';
import { findBug } from '../bugs/registry.js';
import { UsageError } from './errors.js';

export const GREATEST_SEED = 0x7fffffff;

/** `A-B` or `A`. */
export function parseSeeds(text: string): [from: number, to: number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match === null || to < from || to > GREATEST_SEED) {
    throw new UsageError(
      `--seeds must be A-B with A at most B and B at most ${GREATEST_SEED}, not '${text}'`,
    );
  }
  return [from, to];
}

/** `i/n`, from 1; nothing: all. */
export function parseShard(text: string | undefined): [share: number, shares: number] {
  if (text === undefined) {
    return [1, 1];
  }
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [share, shares] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || share < 1 || share > shares) {
    throw new UsageError(`--shard must be i/n with i from 1 to n, not '${text}'`);
  }
  return [share, shares];
}

export function knownBugs(names: readonly string[]): Bug[] {
  return names.map((name) => {
    const bug = findBug(name);
    if (bug === undefined) {
      throw new UsageError(`no bug is called ${name}; 'logjury bugs' lists them`);
    }
    return bug;
  });
}
