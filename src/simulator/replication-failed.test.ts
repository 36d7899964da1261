import { expect, test } from 'vitest';
import type { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import type { RunContext } from './context.js';
import { at, crash, scenario, TOPIC } from './deeds/test-story.js';
import { readStoredLog, type StoredBatch } from './judges/log-files.js';
import { run } from './run.js';
import type { Watcher } from './watch.js';

const DIRECTORY = `/data/${TOPIC}-0`;
/** The seed's leader is broker 3 (index 2). */
const LEADER = 2;
const FOLLOWER = 1;

function batchesOf(files: SimulatedFileSystem): StoredBatch[] {
  return readStoredLog(files, DIRECTORY).batches;
}

/** The last batch of a log gets a base offset, which no CRC covers, such that the log ends at `end`. */
function moveEnd(files: SimulatedFileSystem, end: number): void {
  const batches = batchesOf(files);
  const { header } = batches.at(-1)!;
  const position = batches.slice(0, -1).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const mask = header.baseOffset ^ (end - 1 - header.lastOffsetDelta);
  const path = files.paths().find((each) => each.startsWith(DIRECTORY) && each.endsWith('.log'))!;
  for (const [byte, bits] of [mask >> 8, mask & 255].entries()) {
    if (bits !== 0) {
      files.corrupt(path, position + 6 + byte, bits);
    }
  }
}

test('a follower whose log ends inside a batch of its leader says so, and asks it no more', () => {
  const failures: object[] = [];
  let inside = -1;
  let answers = 0;
  const watch = ({ cluster }: RunContext): Watcher => ({
    nodeStarted: ({ index, incarnation }) => {
      if (index === FOLLOWER && incarnation === 2) {
        const { files } = cluster.nodes[FOLLOWER]!;
        const last = batchesOf(files).at(-1)!.header.baseOffset;
        const longer = batchesOf(cluster.nodes[LEADER]!.files).find(
          ({ header }) => header.baseOffset > last && header.lastOffsetDelta > 0,
        )!;
        inside = longer.header.baseOffset + 1;
        moveEnd(files, inside);
      }
    },
    nodeLogged: ({ index }, _level, event, fields) => {
      if (index === FOLLOWER && event === 'replica.replicationFailed') {
        failures.push(fields);
      }
    },
    replicaStepped: ({ index }, _replica, { type }) => {
      answers += index === FOLLOWER && type === 'fetched' && failures.length > 0 ? 1 : 0;
    },
  });
  const choices = [at(crash({ broker: FOLLOWER }, { down: 300 }), 600)];
  const played = scenario(choices, { duration: 2000 });
  const result = run({ scenario: played, bugs: [], watchers: [watch], until: 'main' });
  expect(result.violation).toBeNull();
  expect(failures).toEqual([
    {
      replica: `${TOPIC}-0`,
      leader: LEADER + 1,
      logEndOffset: inside,
      baseOffset: inside - 1,
    },
  ]);
  expect(answers).toBe(0);
});
