import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BrokerId, Uuid } from '../types/ids.js';
import { type PlaceableBroker, placeReplicas } from './placement.js';

function brokers(...racks: readonly (string | null)[]): PlaceableBroker[] {
  return racks.map((rack, i) => ({ id: (i + 1) as BrokerId, rack, fenced: false }));
}

/** Times that each of `all` is in `values`. */
function counts(values: readonly BrokerId[], all: readonly PlaceableBroker[]): number[] {
  return all.map(({ id }) => values.filter((value) => value === id).length);
}

const cluster = fc
  .array(fc.record({ rack: fc.constantFrom('a', 'b', 'c', null), fenced: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  })
  .filter((all) => all.some((broker) => !broker.fenced))
  .map((all) => all.map((broker, i): PlaceableBroker => ({ id: (i + 1) as BrokerId, ...broker })));

describe('placement', () => {
  test('gives each partition distinct brokers, a live one first, in any cluster', () => {
    fc.assert(
      fc.property(
        cluster,
        fc.nat(8),
        fc.integer({ min: 1, max: 20 }),
        fc.string(),
        (all, n, p, id) => {
          const replicationFactor = (n % all.length) + 1;
          const question = { topicId: id as Uuid, partitions: p, replicationFactor, brokers: all };
          const placed = placeReplicas(question);
          expect(placed.length).toBe(p);
          for (const replicas of placed) {
            expect(new Set(replicas).size).toBe(replicationFactor);
            expect(all.find((broker) => broker.id === replicas[0])?.fenced).toBe(false);
            expect(replicas.every((replica) => all.some((broker) => broker.id === replica))).toBe(
              true,
            );
          }
          const turned = { ...question, brokers: [...all].reverse() };
          expect(placeReplicas(turned)).toEqual(placed);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test('puts replicas into as many racks as there are, in any cluster of live brokers', () => {
    fc.assert(
      fc.property(cluster, fc.nat(8), fc.string(), (some, n, id) => {
        const all = some.map((broker) => ({ ...broker, fenced: false }));
        const racks = new Set(all.map((broker) => broker.rack)).size;
        const replicationFactor = (n % all.length) + 1;
        const question = { topicId: id as Uuid, partitions: 7, replicationFactor, brokers: all };
        for (const replicas of placeReplicas(question)) {
          const used = new Set(replicas.map((r) => all.find((broker) => broker.id === r)?.rack));
          expect(used.size).toBe(Math.min(racks, replicationFactor));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('spreads leaders and replicas evenly', () => {
    const clusters = [
      ['', '', ''],
      ['a', 'b', 'c', 'a', 'b', 'c'],
      ['a', 'a', 'b', 'b'],
    ];
    for (const all of clusters.map((racks) => brokers(...racks))) {
      const topicId = 'some topic' as Uuid;
      const placed = placeReplicas({ topicId, partitions: 36, replicationFactor: 3, brokers: all });
      const leaders = placed.map((replicas) => replicas[0]!);
      expect(counts(leaders, all)).toEqual(all.map(() => 36 / all.length));
      expect(counts(placed.flat(), all)).toEqual(all.map(() => (36 * 3) / all.length));
    }
  });

  test('begins elsewhere for other topics', () => {
    const all = brokers(null, null, null);
    const firsts = Array.from({ length: 60 }, (_, i) => {
      const topicId = `topic${i}` as Uuid;
      return placeReplicas({ topicId, partitions: 1, replicationFactor: 1, brokers: all })[0]![0]!;
    });
    expect(Math.min(...counts(firsts, all))).toBeGreaterThan(8);
  });

  test('takes a fenced broker last', () => {
    const all = brokers(null, null, null).map((b) => ({ ...b, fenced: b.id === 2 }));
    const question = { topicId: 'x' as Uuid, partitions: 6, brokers: all };
    expect(placeReplicas({ ...question, replicationFactor: 2 }).flat()).not.toContain(2);
    for (const replicas of placeReplicas({ ...question, replicationFactor: 3 })) {
      expect(replicas[2]).toBe(2);
    }
  });

  test('refuses more replicas than brokers', () => {
    const question = { topicId: 'x' as Uuid, partitions: 1, brokers: brokers(null) };
    expect(() => placeReplicas({ ...question, replicationFactor: 2 })).toThrow('too few');
  });
});
