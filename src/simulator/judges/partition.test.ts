import { describe, expect, test } from 'vitest';
import { findBug } from '../../bugs/registry.js';
import { PartitionJudge } from './partition.js';
import { crashing, runSmall } from './test-runs.js';

/** By bug: what names it, on which seed of the small runs. */
const caught: readonly (readonly [bug: string, seed: number, property: string])[] = [
  ['ack-before-high-watermark', 1, 'ProduceAnsweredTruthfully'],
  ['ack-one-record-early', 1, 'ProduceAnsweredTruthfully'],
  ['append-below-min-isr', 1, 'MinIsrOnAppend'],
  ['fenced-replica-joins', 1, 'IsrProposalEligible'],
  ['high-watermark-below-min-isr', 1, 'HighWatermarkNeedsMinIsr'],
  ['high-watermark-waits-for-ineligible', 1, 'HighWatermarkDue'],
  ['latest-goes-back', 1, 'LatestOffsetMonotonic'],
  ['no-min-isr-check', 1, 'HighWatermarkNeedsMinIsr'],
  ['sequence-state-not-rebuilt', 1, 'ProducerStateFromLog'],
  ['truncate-to-high-watermark', 1, 'IsrHasCommitted'],
];

describe('the judge of partitions', () => {
  test('finds nothing where nodes crash and nothing is wrong, and judges every step', () => {
    let steps = 0;
    let opened = 0;
    const { replicaStepped } = PartitionJudge.prototype;
    const counting = (): { replicaStepped(): void; replicaOpened(): void } => ({
      replicaStepped: () => {
        steps++;
      },
      replicaOpened: () => {
        opened++;
      },
    });
    const judged: PartitionJudge[] = [];
    PartitionJudge.prototype.replicaStepped = function (...told): void {
      judged.push(...(judged.includes(this) ? [] : [this]));
      replicaStepped.apply(this, told);
    };
    try {
      for (const seed of [1, 2]) {
        const watchers = [crashing, counting];
        expect(runSmall({ seed, duration: 5000, watchers }).violation).toBeNull();
      }
    } finally {
      PartitionJudge.prototype.replicaStepped = replicaStepped;
    }
    const total = judged.reduce((sum, judge) => sum + judge.steps, 0);
    expect(total).toBeGreaterThan(2_000);
    expect(total).toBeGreaterThan(0.9 * steps);
    expect(opened).toBeGreaterThan(6);
  });

  test.each(caught)('%s on seed %i violates %s', (name, seed, property) => {
    const bugs = [findBug(name)!];
    const watchers = [crashing];
    expect(runSmall({ seed, duration: 8000, bugs, watchers }).violation?.property).toBe(property);
  });
});
