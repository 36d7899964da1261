import { describe, expect, test } from 'vitest';
import type { BrokerId } from '../../src/core/types/ids.js';
import type { Row } from '../../src/history/rows.js';
import type { HistoryWriter } from '../history-writer.js';
import type { Arena } from './arena.js';
import { FaultLog } from './fault-log.js';
import { type MoveDesk, moveStep, stages } from './move.js';

const ids = (...values: number[]): BrokerId[] => values.map((value) => value as BrokerId);

/** Brokers 1 to `brokers`; the partition is on 1 and 2, or 1, 2 and 3. `obeys`: the controller moves it. */
async function step(
  brokers: number,
  replicas: readonly number[],
  meanwhile: 'nothing' | 'kill-added' | 'kill-leader',
  obeys = true,
) {
  const done: string[] = [];
  let now = ids(...replicas);
  let time = 0;
  const history = { seconds: () => time, nemesis: () => {}, add: (row: Row) => row };
  const faults = new FaultLog(history as unknown as HistoryWriter);
  const proof = (what: string) => (broker: number) => {
    done.push(`${what} ${broker}`);
    return Promise.resolve({ proof: what });
  };
  const partition = () => ({
    topic: 't',
    partition: 0,
    leader: now[0],
    leaderEpoch: 1,
    replicas: now,
    isr: now,
  });
  const arena = {
    target: {
      brokers: Array.from({ length: brokers }, (_, index) => index + 1),
      kill: proof('kill'),
      restart: proof('restart'),
    },
    observer: {
      look: () => Promise.resolve({ controller: 2, partitions: [partition()], answering: [] }),
      isHealthy: () => Promise.resolve(true),
    },
    faults,
    sleep: () => {
      time++;
      return Promise.resolve();
    },
    isOver: () => time > 9,
  } as unknown as Arena;
  const desk = {
    reassignPartitions: (topic: string, [asked]: [{ replicas: BrokerId[] }]) => {
      done.push(`${topic} to ${asked.replicas.join()}`);
      now = obeys ? asked.replicas : now;
      return Promise.resolve({ type: 'ok', value: [{ type: 'ok' }] });
    },
  } as unknown as MoveDesk;
  await moveStep(arena, desk, { kind: 'move', draw: 0, meanwhile });
  return { done, records: faults.records() };
}

describe('a move', () => {
  test('goes to a broker that has no replica, and kills it meanwhile', async () => {
    const { done, records } = await step(4, [1, 2, 3], 'kill-added');
    expect(done).toEqual(['t to 4,2,3', 'kill 4', 'restart 4']);
    expect(records).toMatchObject([
      { kind: 'move', target: 't-0', proof: 't-0 on 1,2,3: moved to 4,2,3' },
      { kind: 'kill', target: 'broker 4' },
    ]);
  });

  test('takes a replica away and gives it back where every broker has one', async () => {
    expect((await step(3, [1, 2, 3], 'nothing')).done).toEqual(['t to 2,3', 't to 2,3,1']);
    const { done } = await step(3, [1, 2, 3], 'kill-added');
    expect(done).toEqual(['t to 2,3', 't to 2,3,1', 'kill 1', 'restart 1']);
    const leaders = await step(3, [1, 2, 3], 'kill-leader');
    expect(leaders.done.filter((each) => each.startsWith('kill'))).toEqual(['kill 1', 'kill 2']);
  });

  test('has not taken effect if the partition stays where it was', async () => {
    const { records } = await step(4, [1, 2, 3], 'nothing', false);
    expect(records).toMatchObject([{ skipped: 'the move to 4,2,3 was not over in time' }]);
  });

  test('has nowhere to go from two replicas on two brokers', async () => {
    const { done, records } = await step(2, [1, 2], 'nothing');
    expect(done).toEqual([]);
    expect(records).toMatchObject([
      { skipped: 'there is no other broker, and too few replicas to drop one' },
    ]);
  });

  test('leaves two replicas at least', () => {
    expect(stages(ids(1, 2), [1, 2], 0)).toEqual([]);
    expect(stages(ids(2, 1), [1, 2, 3], 5)).toEqual([ids(3, 1)]);
  });
});
