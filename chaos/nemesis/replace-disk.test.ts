import { expect, test } from 'vitest';
import type { Row } from '../../src/history/rows.js';
import type { HistoryWriter } from '../history-writer.js';
import type { Arena } from './arena.js';
import { FaultLog } from './fault-log.js';
import { type QuorumDesk, replaceDiskStep } from './replace-disk.js';

/** Brokers 1 to 3 vote; the disk of broker 2 is replaced. `obeys`: the quorum does what it is asked. */
async function step(obeys: boolean, healthy: readonly boolean[] = [true, false, true]) {
  const asked: string[] = [];
  let voters = ['a', 'b', 'c'];
  const states = [...healthy];
  let time = 0;
  const history = {
    seconds: () => time,
    nemesis: () => {},
    add: (row: Row) => row,
  };
  const faults = new FaultLog(history as unknown as HistoryWriter);
  const arena = {
    target: {
      brokers: [1, 2, 3],
      replaceDisk: () => {
        asked.push('replace');
        return Promise.resolve({ proof: 'pid 7 gone', before: 'b', after: 'd' });
      },
    },
    observer: {
      look: () => Promise.resolve({ controller: 2, partitions: [], answering: [] }),
      isHealthy: () => Promise.resolve(states.length > 1 ? states.shift() : states[0]),
    },
    faults,
    sleep: () => {
      time++;
      return Promise.resolve();
    },
    isOver: () => time > 9,
  } as unknown as Arena;
  const done = { type: 'ok', value: null } as const;
  const desk = {
    describeQuorum: () =>
      Promise.resolve({
        type: 'ok',
        value: { voters: voters.map((directoryId) => ({ directoryId })) },
      }),
    removeVoter: ({ directoryId }: { directoryId: string }) => {
      asked.push(`remove ${directoryId}`);
      voters = obeys ? voters.filter((each) => each !== directoryId) : voters;
      return Promise.resolve(done);
    },
    addVoter: ({ directoryId }: { directoryId: string }) => {
      asked.push(`add ${directoryId}`);
      voters = [...voters, directoryId];
      return Promise.resolve(done);
    },
  } as unknown as QuorumDesk;
  await replaceDiskStep(arena, desk, 'controller');
  return { asked, records: faults.records() };
}

test('the old voter is removed, the new one added, and the replicas awaited', async () => {
  const { asked, records } = await step(true);
  expect(asked).toEqual(['replace', 'remove b', 'add d']);
  expect(records).toMatchObject([
    {
      kind: 'replace-disk',
      target: 'broker 2',
      proof: 'pid 7 gone; voter b gave way to d, all replicas in sync again',
    },
  ]);
});

test('no disk is taken while somebody else is not in sync', async () => {
  const { asked, records } = await step(true, [false]);
  expect(asked).toEqual([]);
  expect(records).toMatchObject([{ skipped: 'somebody else is not in sync' }]);
});

test('it has not taken effect if the voters do not change, or the replicas do not come back', async () => {
  const stubborn = await step(false);
  expect(stubborn.records).toMatchObject([
    { skipped: 'pid 7 gone, but the voters did not change in time' },
  ]);
  const slow = await step(true, [true, false]);
  expect(slow.records).toMatchObject([
    { skipped: 'pid 7 gone, but its replicas were not in sync in time' },
  ]);
});
