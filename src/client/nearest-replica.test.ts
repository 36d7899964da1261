import { describe, expect, test } from 'vitest';
import type { BrokerId } from '../core/types/ids.js';
import type { Client, Fetched, FetchPosition } from './client.js';
import { chosenReplica, NearestReplica, preferredIn } from './nearest-replica.js';
import type { Outcome } from './outcomes.js';

const FROM = { topic: 't', partition: 0, offset: 0, maxWait: 0, maxBytes: 1 } as FetchPosition;
const ok = (preferred: number | null) =>
  ({ type: 'ok', value: { preferred } }) as unknown as Outcome<Fetched>;
const failed = { type: 'fail', error: { name: 'OFFSET_OUT_OF_RANGE' } } as Outcome<Fetched>;

/** `answers`: of broker 2; the leader names it. */
function reads(count: number, answers: (turn: number) => Outcome<Fetched>): (number | null)[] {
  const asked: (number | null)[] = [];
  const client = {
    fetchFrom: (_: FetchPosition, done: (outcome: Outcome<Fetched>) => void, broker: number) => {
      asked.push(broker);
      done(broker === null ? ok(asked.length > 3 ? null : 2) : answers(asked.length));
    },
  } as unknown as Client;
  const nearest = new NearestReplica(client);
  for (let read = 0; read < count; read++) {
    let answered = 0;
    nearest.fetch(FROM, () => answered++);
    expect(answered).toBe(1);
  }
  return asked;
}

describe('a client in a rack', () => {
  test('asks the leader first, then whom it names', () => {
    expect(reads(3, () => ok(null))).toEqual([null, 2, 2, 2]);
  });

  test('asks the leader again for what the named one refuses', () => {
    expect(reads(2, (turn) => (turn === 3 ? failed : ok(null)))).toEqual([null, 2, 2, null]);
  });

  test('is answered where the leader names one that refuses again and again', () => {
    const asked: [number | null, string | undefined][] = [];
    const client = {
      fetchFrom: (
        { rack }: FetchPosition,
        done: (outcome: Outcome<Fetched>) => void,
        broker: number | null,
      ) => {
        asked.push([broker, rack]);
        done(broker === null ? ok(rack === undefined ? null : 2) : failed);
      },
    } as unknown as Client;
    const outcomes: string[] = [];
    new NearestReplica(client).fetch({ ...FROM, rack: 'a' }, ({ type }) => outcomes.push(type));
    expect(outcomes).toEqual(['ok']);
    expect(asked).toEqual([
      [null, 'a'],
      [2, 'a'],
      [null, undefined],
    ]);
  });

  test('asks the leader again after a while', () => {
    const asked = reads(60, () => ok(null));
    expect(asked.filter((broker) => broker === null).length).toBe(11);
    expect(asked.indexOf(null, 1)).toBe(51);
  });

  test('knows whom it can ask', () => {
    const knows = (id: BrokerId): boolean => id < 3;
    expect([preferredIn(2, knows), preferredIn(3, knows), preferredIn(undefined, knows)]).toEqual([
      2,
      null,
      null,
    ]);
    const route = { leader: 1, leaderEpoch: 0, replicas: [3, 1, 2] } as never;
    expect([undefined, 0, 1, 2].map((each) => chosenReplica(route, each, knows))).toEqual([
      1, 1, 2, 1,
    ]);
  });
});
