import { expect, test } from 'vitest';
import { at, play, scenario, TOPIC } from './deeds/test-story.js';
import type { Act, Scenario, Target } from './scenario.js';

/** One broker is cut off while a topic's config changes, and the log is cut down to snapshots. */
function away(seed: number): Scenario {
  const target: Target = { broker: 2 };
  const clients = false;
  const cut: Act = {
    type: 'partition',
    shape: 'one',
    target,
    direction: 'both',
    clients,
    lasts: 2000,
  };
  const configure = (key: string, value: string, topic = TOPIC): Act => {
    return { type: 'configure', topic, key, value };
  };
  const more = [1, 2, 3, 4, 5, 6].map((each) =>
    at(
      configure('delete.retention.ms', `${600_000 + each}`, 'other'),
      700 + 100 * each,
      `more${each}`,
    ),
  );
  return scenario(
    [
      at(cut, 300),
      at({ type: 'reset', target }, 2200, 'reset'),
      at(configure('min.insync.replicas', '1'), 700, 'changed'),
      ...more,
    ],
    {
      seed,
      configs: { 'metadata.log.max.record.bytes.between.snapshots': '100' },
      topics: [TOPIC, 'other'].map((name) => ({
        name,
        partitions: 1,
        replicationFactor: 3,
        configs: { 'min.insync.replicas': '2' },
      })),
    },
  );
}

test.each([1, 2, 3])(
  'a config that comes in a snapshot is told to replicas that are open (seed %i)',
  (seed) => {
    const { context, result } = play(away(seed));
    expect(result.probes.get('raft.snapshot-installed')).toBeGreaterThan(0);
    const known = context.cluster.nodes.map((_, index) => {
      const replicas = [...context.cluster.broker(index)!.replicas.replicas.values()];
      return replicas.filter(({ topic }) => topic === TOPIC)[0]?.state.config.minInsyncReplicas;
    });
    expect(known).toEqual([1, 1, 1]);
    expect(result.violation).toBeNull();
  },
);
