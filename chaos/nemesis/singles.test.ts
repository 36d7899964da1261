import { describe, expect, test } from 'vitest';
import type { PartitionState } from '../../src/client/client.js';
import type { From } from '../links.js';
import { successions } from './chains.js';
import type { PartitionShape, PartitionWay } from './schedule.js';
import { sides } from './singles.js';

/** Whether bytes of `a` reach `b`, on connections that either opened. */
function hears(
  parts: ReturnType<typeof sides>['parts'],
  a: From,
  b: From,
): { readonly own: boolean; readonly other: boolean } {
  const held = (from: From, to: From, direction: string) =>
    parts.some((part) => part.from === from && part.to === to && part.direction === direction);
  return { own: !held(a, b, 'forward'), other: !held(b, a, 'backward') };
}

function cutPairs(shape: PartitionShape, way: PartitionWay, brokers: readonly number[]): string[] {
  const { parts } = sides({ shape, way }, brokers[0] as number, brokers.slice(1));
  const pairs: string[] = [];
  for (const a of brokers) {
    for (const b of brokers) {
      const { own, other } = hears(parts, a, b);
      // A cut is one of the network: it does not matter who opened the connection.
      expect(own, `${a} to ${b}`).toBe(other);
      if (a !== b && !own) {
        pairs.push(`${a}>${b}`);
      }
    }
  }
  return pairs;
}

describe('a partition', () => {
  test('of one broker cuts it from all others, both ways', () => {
    expect(cutPairs('one', 'both', [2, 1, 3])).toEqual(['2>1', '2>3', '1>2', '3>2']);
  });

  test('can be one-way', () => {
    expect(cutPairs('one', 'in', [2, 1, 3])).toEqual(['1>2', '3>2']);
    expect(cutPairs('one', 'out', [2, 1, 3])).toEqual(['2>1', '2>3']);
  });

  test('in halves leaves each half whole', () => {
    expect(cutPairs('halves', 'both', [1, 2, 3, 4, 5]).sort()).toEqual(
      [
        ['1>3', '1>4', '1>5', '2>3', '2>4', '2>5'],
        ['3>1', '4>1', '5>1', '3>2', '4>2', '5>2'],
      ]
        .flat()
        .sort(),
    );
  });

  test('with a bridge leaves one broker that sees both halves', () => {
    expect(cutPairs('bridge', 'both', [3, 1, 2]).sort()).toEqual(['1>2', '2>1']);
  });

  test('as a ring lets each broker see a majority, no two the same one', () => {
    const brokers = [1, 2, 3, 4, 5];
    const cut = new Set(cutPairs('ring', 'both', brokers));
    const seen = brokers.map((a) => brokers.filter((b) => !cut.has(`${a}>${b}`)).join());
    expect(seen.every((majority) => majority.split(',').length === 3)).toBe(true);
    expect(new Set(seen).size).toBe(5);
  });

  test('from the clients leaves the brokers alone', () => {
    const { parts } = sides({ shape: 'clients', way: 'both' }, 2, [1, 3]);
    expect(parts.map(({ from, to, direction }) => [from, to, direction])).toEqual([
      ['clients', 2, 'backward'],
      ['clients', 2, 'forward'],
    ]);
  });
});

test('successions name the leader, who would be next, and the third', () => {
  const partition = (replicas: number[], isr: number[], leader: number) =>
    ({
      topic: 't',
      partition: 0,
      leader,
      leaderEpoch: 1,
      replicas,
      isr,
    }) as unknown as PartitionState;
  const view = {
    controller: 1,
    answering: [1, 2, 3],
    partitions: [
      partition([1, 2, 3], [1, 2, 3], 1),
      partition([2, 3, 1], [3, 1, 2], 2),
      partition([1, 2, 3], [3, 2, 1], 1),
      partition([3, 1, 2], [3, 2], 3),
    ],
  };
  expect(successions(view)).toEqual([
    { brokers: [1, 2, 3], count: 2 },
    { brokers: [2, 3, 1], count: 1 },
  ]);
});
