/** Whoever comes upon damage in a running broker: the log is set aside, or every next start would end so. */

import { expect, test } from 'vitest';
import type { Timestamp } from '../core/types/ids.js';
import type { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import type { RunContext } from './context.js';
import { scenario, TOPIC } from './deeds/test-story.js';
import { run } from './run.js';
import type { Scenario } from './scenario.js';
import type { Watcher } from './watch.js';

const DIRECTORY = `/data/${TOPIC}-0`;
const FIRST = `${DIRECTORY}/00000000000000000000.log`;
/** The uppermost byte of the first batch's lastOffsetDelta. */
const DELTA_AT = 23;

/** The first batch says that it holds less than nothing, and no snapshot says what its producer did. */
function spoil(files: SimulatedFileSystem): void {
  files.corrupt(FIRST, DELTA_AT, 128);
  for (const path of files.paths()) {
    if (path.startsWith(DIRECTORY) && path.endsWith('.snapshot')) {
      files.remove(path);
    }
  }
}

/** Nobody fetches the damaged batch: it is left to others to come by. */
function played(config: Readonly<Record<string, string>>, interval: string): Scenario {
  const configs = { 'segment.ms': '200', ...config };
  return scenario([], {
    topics: [{ name: TOPIC, partitions: 1, replicationFactor: 3, configs }],
    clients: scenario([]).clients.map((client) => ({ ...client, kind: 'producer', acks: 1 })),
    configs: { 'log.retention.check.interval.ms': interval },
  });
}

/** The leader's log is spoiled once it has three segments, then `meddle` does what it likes. */
function expectSetAside(
  scenarioOf: Scenario,
  meddle: (context: RunContext, leader: number) => void = () => {},
): void {
  let leader = -1;
  const told: string[] = [];
  const watch = (context: RunContext): Watcher => ({
    replicaExecuted: (node, { state, log }) => {
      if (leader < 0 && state.role === 'leader' && log.segmentCount >= 3) {
        leader = node.index;
        context.watching.deed('damage', 'disk', node.name, 'begins');
        spoil(context.cluster.nodes[leader]!.files);
        context.world.schedule(1, 'meddle', () => meddle(context, leader));
      }
    },
    nodeLogged: ({ index }, _level, event, fields) => {
      if (index === leader && event === 'log.damaged') {
        expect(fields).toMatchObject({ replica: `${TOPIC}-0`, path: FIRST, position: 0 });
        told.push(event);
      }
    },
    nodeEnded: ({ index }, how) => {
      if (index === leader) {
        told.push(how.slice(how.indexOf('; ') + 2));
      }
    },
  });
  const result = run({ scenario: scenarioOf, bugs: [], watchers: [watch] });
  expect(told).toEqual([
    'log.damaged',
    'the log was set aside, start the broker again and it is replicated anew',
  ]);
  expect(result.violation).toBeNull();
}

test('retention sets a log aside that it finds damaged, and the next life serves again', () => {
  expectSetAside(played({ 'retention.bytes': '900' }, '1000'));
});

test('so does a lookup of a timestamp', () => {
  expectSetAside(played({}, '60000'), ({ cluster }, leader) => {
    const { replicas } = cluster.broker(leader)!;
    const replica = [...replicas.replicas.values()].find(({ topic }) => topic === TOPIC)!;
    cluster.nodes[leader]!.signal(() => {
      const found = replica.offsetForTimestamp(0 as Timestamp, replica.log.logEndOffset);
      expect(found).toBeNull();
    });
  });
});
