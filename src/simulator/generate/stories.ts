/** The stories of a seed, out of all that are known. */

import type { Choice } from '../scenario.js';
import type { ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';
import { Plot, type Story } from './plot.js';
import { isrStories } from './stories-isr.js';
import { partitionStories } from './stories-partition.js';
import { raftStories } from './stories-raft.js';

export const stories: readonly Story[] = [...raftStories, ...partitionStories, ...isrStories];

const WEIGHTS: readonly number[] = stories.map(({ weight }) => weight ?? 2);

/** The story that a choice belongs to; null: it is a free fault. */
export function storyOf(choice: string): string | null {
  return /^(.+)-\d+\.\d+$/.exec(choice)?.[1] ?? null;
}

/** No story begins later: what it began shall come to its end among the faults. */
const LATEST_SHARE = 85;

/** The stories of one seed: few kinds, some told more than once. */
export function drawStories(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const draws = new Draws(seed, 'stories');
  const count = draws.pick([0, 2, 3, 4, 5, 5, 6, 6, 7, 8]);
  const choices: Choice[] = [];
  const latest = Math.floor((duration * LATEST_SHARE) / 100);
  for (let number = 1; number <= count; number++) {
    const { name, write } = stories[draws.weighted(WEIGHTS)]!;
    // One after another, with some overlap.
    const slot = latest / count;
    const start = Math.floor(200 + slot * (number - 1) + draws.between(0, Math.floor(slot * 0.8)));
    const plot = new Plot({
      name: `${name}-${number}`,
      draws: new Draws(seed, `story ${number}`),
      brokers: cluster.brokers,
      topics: cluster.topics,
      timings: cluster.timings,
      start,
    });
    write(plot);
    choices.push(...plot.choices);
  }
  return choices;
}
