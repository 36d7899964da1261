import { describe, expect, test } from 'vitest';
import { KeyTable, keepsRecords, payloadOf, valueIn } from './keys.js';

describe('keys', () => {
  test('that comes again may hold tombstones of the topic before', () => {
    const table = new KeyTable();
    const tombstones = [true, false, true, false].map((compacted, index) => {
      if (index > 0) {
        table.closeTopic('t');
      }
      table.addTopic('t', 1, true, index > 0 && compacted);
      return table.openKeys()[0]!.tombstones;
    });
    expect(tombstones).toEqual([false, false, true, true]);
  });

  test('of a topic that comes back have other names, and what was sent to the old ones is dropped', () => {
    const table = new KeyTable();
    table.addTopic('t', 2, true);
    const [first, other] = table.openKeys();
    const old = table.newValue(first!, true);
    const unjudged = table.newValue(first!, false);
    expect([first!.name, other!.name, first!.open]).toEqual(['t-0', 't-1', true]);
    table.closeTopic('t');
    expect([table.openKeys(), first!.open, [...table.abandoned]]).toEqual([
      [],
      false,
      ['t-0', 't-1'],
    ]);
    table.addTopic('t', 1, true);
    table.growTopic('t', 2);
    const [again, second] = table.openKeys();
    expect([again!.name, second!.name, table.recreated]).toEqual(['t#2-0', 't#2-1', ['t']]);
    const fresh = table.newValue(again!, true);
    expect(table.belongs(first!, old)).toBe(true);
    expect(table.belongs(first!, unjudged)).toBe(false);
    expect(table.belongs(again!, old)).toBe(false);
    expect(table.belongs(again!, fresh)).toBe(true);
    // In the wrong partition, in a topic that is older than the send, or sent by nobody.
    expect(table.belongs(second!, old)).toBe(true);
    expect(table.belongs(first!, fresh)).toBe(true);
    expect(table.belongs(again!, 99)).toBe(true);
  });

  test('are unserved until something is acknowledged', () => {
    const table = new KeyTable();
    table.addTopic('t', 2, true);
    table.openKeys()[1]!.served = true;
    expect(table.unserved()).toEqual(['t-0']);
    table.demandService();
    expect(table.unserved()).toEqual(['t-0', 't-1']);
  });

  test('records whose bytes are not those that were sent have no value', () => {
    for (const value of [1, 10, 11, 22, 12_345, 11 * 263]) {
      const payload = payloadOf(value);
      expect(valueIn(payload)).toBe(value);
      expect(valueIn(payload.subarray(0, payload.length - 1))).not.toBe(value);
      payload[payload.length - 1] = 0x7e;
      expect(typeof valueIn(payload)).toBe('string');
    }
    expect(typeof valueIn(null)).toBe('string');
  });

  test('promise nothing where retention or an unclean election may take records', () => {
    const grows = [{ key: 'retention.ms', value: '100' }];
    expect(keepsRecords({ 'min.insync.replicas': '2', 'retention.ms': '-1' }, [])).toBe(true);
    expect(keepsRecords({ 'retention.bytes': '1000' }, [])).toBe(false);
    expect(keepsRecords({ 'cleanup.policy': 'compact' }, [])).toBe(false);
    expect(keepsRecords({}, grows)).toBe(false);
  });
});
