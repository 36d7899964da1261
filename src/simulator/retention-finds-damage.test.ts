import { expect, test } from 'vitest';
import type { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import type { RunContext } from './context.js';
import { scenario, TOPIC } from './deeds/test-story.js';
import { run } from './run.js';
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

test('retention that comes upon damage sets the log aside, and the next life serves again', () => {
  let leader = -1;
  const told: string[] = [];
  const watch = ({ cluster, watching }: RunContext): Watcher => ({
    replicaExecuted: (node, { state, log }) => {
      if (leader < 0 && state.role === 'leader' && log.segmentCount >= 3) {
        leader = node.index;
        watching.deed('damage', 'disk', node.name, 'begins');
        spoil(cluster.nodes[leader]!.files);
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
  const topic = { name: TOPIC, partitions: 1, replicationFactor: 3 };
  const played = scenario([], {
    topics: [{ ...topic, configs: { 'segment.ms': '200', 'retention.bytes': '900' } }],
    // Nobody reads the damaged batch: retention is the first to come by.
    clients: scenario([]).clients.map((client) => ({ ...client, kind: 'producer', acks: 1 })),
    configs: { 'log.retention.check.interval.ms': '1000' },
  });
  const result = run({ scenario: played, bugs: [], watchers: [watch] });
  expect(told).toEqual([
    'log.damaged',
    'the log was set aside, start the broker again and it is replicated anew',
  ]);
  expect(result.violation).toBeNull();
});
