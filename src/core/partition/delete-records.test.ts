import { describe, expect, test } from 'vitest';
import { batch, only, TestReplica } from './test-replica.js';
import type { PartitionEffect } from './types.js';

/** Leads three replicas with ten committed records in five batches; nobody has said where its log begins. */
function leader(): TestReplica {
  const replica = new TestReplica({ self: 1, minIsr: 2 });
  replica.assign({ leader: 1, epoch: 1, isr: [1, 2, 3] });
  for (let i = 0; i < 5; i++) {
    replica.produce(batch({ records: 2 }));
  }
  replica.fetch(2, 10, 1);
  replica.fetch(3, 10, 1);
  return replica;
}

const erase = (replica: TestReplica, offset: number, token = 7): PartitionEffect[] =>
  replica.give({ type: 'deleteRecords', token, offset });
const tells = (replica: TestReplica, id: number, start: number): PartitionEffect[] =>
  replica.fetch(id, 10, 1, 10 + id, start);

describe('DeleteRecords (KIP-107)', () => {
  test('moves the log start at once and is answered when all live replicas have moved theirs', () => {
    const replica = leader();
    expect(only(erase(replica, 5), 'moveLogStart')).toEqual({ type: 'moveLogStart', offset: 5 });
    expect(replica.state.logStartOffset).toBe(5);
    expect(replica.state.epochs).toEqual([{ epoch: 1, startOffset: 5 }]);
    expect(tells(replica, 2, 5).some(({ type }) => type === 'recordsDeleted')).toBe(false);
    const answer = only(tells(replica, 3, 6), 'recordsDeleted');
    expect(answer).toEqual({ type: 'recordsDeleted', token: 7, error: 0, lowWatermark: 5 });
  });

  test('ends for one that has waited too long, and the others wait on', () => {
    const replica = leader();
    erase(replica, 5);
    erase(replica, 6, 8);
    expect(replica.give({ type: 'deleteRecordsExpired', token: 9 })).toEqual([]);
    const expired = replica.give({ type: 'deleteRecordsExpired', token: 7 });
    expect(only(expired, 'recordsDeleted')).toMatchObject({ token: 7, error: 7 });
    tells(replica, 2, 6);
    expect(only(tells(replica, 3, 6), 'recordsDeleted')).toMatchObject({ token: 8, error: 0 });
  });

  test('-1 is the high watermark, beyond it there is nothing to delete', () => {
    const replica = leader();
    replica.produce(batch({ records: 2 }));
    expect(only(erase(replica, 11), 'recordsDeleted')).toMatchObject({
      error: 1,
      lowWatermark: -1,
    });
    expect(only(erase(replica, -2), 'recordsDeleted')).toMatchObject({
      error: 1,
      lowWatermark: -1,
    });
    expect(only(erase(replica, -1), 'moveLogStart').offset).toBe(10);
  });

  test('what lies below the log start is gone already', () => {
    const replica = leader();
    erase(replica, 6);
    tells(replica, 2, 6);
    tells(replica, 3, 6);
    const effects = erase(replica, 3, 8);
    expect(effects.some(({ type }) => type === 'moveLogStart')).toBe(false);
    expect(only(effects, 'recordsDeleted')).toMatchObject({ token: 8, error: 0, lowWatermark: 6 });
  });

  test('who is fenced is not waited for', () => {
    const replica = leader();
    erase(replica, 5);
    tells(replica, 2, 5);
    const effects = replica.assign({ leader: 1, epoch: 1, version: 2, isr: [1, 2], fenced: [3] });
    expect(only(effects, 'recordsDeleted')).toMatchObject({ error: 0, lowWatermark: 5 });
  });

  test('its time limit and the end of the leadership are told as such', () => {
    const replica = leader();
    erase(replica, 5, 7);
    tells(replica, 2, 5);
    tells(replica, 3, 4);
    const late = replica.give({ type: 'deleteRecordsExpired', token: 7 });
    expect(only(late, 'recordsDeleted')).toMatchObject({ token: 7, error: 7, lowWatermark: 4 });
    expect(replica.give({ type: 'deleteRecordsExpired', token: 7 })).toEqual([]);
    erase(replica, 6, 8);
    const resigned = replica.assign({ leader: 2, epoch: 2, version: 3, isr: [1, 2, 3] });
    expect(only(resigned, 'recordsDeleted')).toMatchObject({
      token: 8,
      error: 6,
      lowWatermark: -1,
    });
    expect(only(erase(replica, 7, 9), 'recordsDeleted')).toMatchObject({ error: 6 });
  });

  test('a log that is begun anew inside a batch takes that batch whole (KAFKA-6975)', () => {
    const replica = new TestReplica({ self: 2 });
    replica.assign({ leader: 1, epoch: 3, isr: [1] });
    replica.fetched({ error: 1, logStart: 5 });
    expect(replica.state).toMatchObject({ logStartOffset: 5, logEndOffset: 5 });
    const whole = batch({ at: 4, records: 4, epoch: 3 });
    const effects = replica.fetched({ batches: [whole], logStart: 5, highWatermark: 8 });
    expect(only(effects, 'append').batches).toEqual([whole]);
    expect(replica.state).toMatchObject({ logStartOffset: 5, logEndOffset: 8, highWatermark: 8 });
    expect(replica.state.epochs).toEqual([{ epoch: 3, startOffset: 5 }]);
    // Only the first batch of a log may begin before where the log ends.
    const again = replica.fetched({ batches: [batch({ at: 7, records: 4, epoch: 3 })] });
    expect(only(again, 'replicationFailed')).toMatchObject({ logEndOffset: 8, baseOffset: 7 });
  });
});
