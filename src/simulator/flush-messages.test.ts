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
});
