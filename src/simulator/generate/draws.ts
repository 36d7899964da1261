/** Draws of a generator: one stream per concern, so that more of one thing does not reshuffle the rest. */

import { RandomStream } from '../../environment/simulated/random.js';

export class Draws {
  private readonly stream: RandomStream;

  constructor(seed: number, concern: string) {
    this.stream = new RandomStream(seed, `scenario ${concern}`);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.stream.below(high - low + 1);
  }

  /** True in `percent` of 100 draws. */
  percent(percent: number): boolean {
    return this.stream.chance(percent, 100);
  }

  pick<T>(items: readonly T[]): T {
    return this.stream.pick(items);
  }

  /** An index, drawn by weight. At least one weight is above 0. */
  weighted(weights: readonly number[]): number {
    let rest = this.stream.below(weights.reduce((sum, weight) => sum + weight, 0));
    return weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
  }

  /**
   * An integer from `low` to `high`, small ones as likely as large ones on a logarithmic scale: each
   * doubling has the same share.
   */
  scaled(low: number, high: number): number {
    let top = low;
    let doublings = 0;
    while (top * 2 < high) {
      top *= 2;
      doublings++;
    }
    const from = low * 2 ** this.between(0, doublings);
    return this.between(from, Math.min(high, from * 2));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = items.slice();
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }
}
