import { describe, expect, test } from 'vitest';
import type { RunContext } from './context.js';
import { smallScenario } from './judges/test-runs.js';
import { run } from './run.js';
import type { Watcher } from './watch.js';

/** The power of all nodes is cut at once; nothing that was not synced is kept. */
function blackout({ world, cluster }: RunContext): Watcher {
  world.schedule(1_200_000, 'blackout', () => {
    for (const [index, node] of cluster.nodes.entries()) {
      node.crash(true);
      world.schedule(100_000, 'power is back', () => cluster.start(index));
    }
  });
  return {};
}

describe('flush.messages=1', () => {
  test.each([1, 2])(
    'keeps what was acknowledged though all lose power at once (seed %i)',
    (seed) => {
      const { topics, ...rest } = smallScenario(seed, 4000);
      const synced = topics.map((topic) => ({ ...topic, configs: { 'flush.messages': '1' } }));
      const { verdict, violation } = run({
        scenario: { ...rest, topics: synced },
        bugs: [],
        watchers: [blackout],
      });
      expect(violation).toBeNull();
      expect(verdict).toBe('valid');
    },
  );

  test('lets no follower fetch again what it is still writing to its disk', () => {
    const { topics, ...rest } = smallScenario(1, 3000);
    const synced = topics.map((topic) => ({ ...topic, configs: { 'flush.messages': '1' } }));
    let taken = 0;
    let again = 0;
    const count: Watcher = {
      replicaStepping: (_node, { state }, input) => {
        if (input.type === 'fetched' && input.batches.length > 0) {
          taken += input.fetchOffset === state.nextOffset ? 1 : 0;
          again += input.fetchOffset < state.nextOffset ? 1 : 0;
        }
      },
    };
    const { violation } = run({
      scenario: { ...rest, topics: synced, disk: { syncBase: 20_000, syncSpread: 1000 } },
      bugs: [],
      watchers: [() => count],
    });
    expect(violation).toBeNull();
    expect(taken).toBeGreaterThan(50);
    // Two fetches may be under way when a partition comes to a fetcher.
    expect(again).toBeLessThan(taken / 10);
  });
});
