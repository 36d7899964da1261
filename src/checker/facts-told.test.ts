/** What a history implies, value by value and entry by entry. */

import { describe, expect, test } from 'vitest';
import { recorded, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation } from '../history/rows.js';
import { type Facts, inferFacts, ownerOf, versionDistance } from './facts.js';
import { entryOf, firstBetween } from './places.js';

const OUTCOMES = ['nobody', 'ok', 'fail', 'info'];

/** Of each value: outcome, number of the operation that sent it, and what else is true of it. */
function sendsOf(scribe: Scribe): Record<string, string> {
  const facts = inferFacts(recorded(scribe));
  return Object.fromEntries(
    facts.history.valueNames.map((name, value) => [
      name,
      [
        OUTCOMES[facts.outcome[value]!],
        facts.writer[value],
        facts.committed[value] === 1 ? 'committed' : '',
        facts.resent[value] === 1 ? `resent, of ${ownerOf(facts, value)}` : '',
      ]
        .filter((word) => word !== '')
        .join(' '),
    ]),
  );
}

/** The log of each key: `offset:value@index`. */
function logsOf(scribe: Scribe): Record<string, string> {
  const facts = inferFacts(recorded(scribe));
  const { history, keyEntries, entryOffset, entryValue, entryIndex } = facts;
  return Object.fromEntries(
    history.keyNames.map((name, key) => {
      const entries: string[] = [];
      for (let entry = keyEntries[key]!; entry < keyEntries[key + 1]!; entry += 1) {
        const value = history.valueNames[entryValue[entry]!];
        entries.push(`${entryOffset[entry]}:${value}@${entryIndex[entry]}`);
      }
      return [name, entries.join(' ')];
    }),
  );
}

/** Of each value: first, last and own index. */
function indexesOf(facts: Facts): Record<string, number[]> {
  return Object.fromEntries(
    facts.history.valueNames.map((name, value) => [
      name,
      [facts.firstIndex[value]!, facts.lastIndex[value]!, facts.versionIndex[value]!],
    ]),
  );
}

const send = (value: number, offset: number | null = null): MicroOperation => [
  'send',
  'a',
  [offset, value],
];
const PIPELINED = { pipelined: true };

describe('who sent a value', () => {
  test('and whether it must have committed', () => {
    const scribe = write()
      .op(1, 'ok', 'txn', [send(10), ['send', 'a', 11]])
      .op(1, 'fail', 'txn', [send(20, 5), ['send', 'a', 21]])
      .op(1, 'info', 'txn', [send(30), send(31)])
      .op(2, 'info', 'txn', [send(40), ['send', 'a', 41]])
      .op(3, 'info', 'send', [send(50, 7), send(51), ['send', 'a', 52], send(53)], PIPELINED)
      .op(4, 'info', 'send', [send(60), send(61)])
      .poll(5, 'a', [
        [0, 20],
        [1, 40],
        [2, 53],
        [3, 70],
      ])
      .poll(5, 'a', [[4, 61]], 'info');
    expect(sendsOf(scribe)).toEqual({
      10: 'ok 0 committed',
      11: 'ok 0 committed',
      20: 'fail 1',
      21: 'fail 1',
      30: 'info 2',
      31: 'info 2',
      40: 'info 3 committed',
      41: 'info 3 committed',
      50: 'ok 4 committed',
      51: 'info 4',
      52: 'fail 4',
      53: 'info 4 committed',
      60: 'info 5',
      61: 'info 5',
      70: 'nobody -1',
    });
  });

  test('where only the invocation tells of a send, it shares the fate of the operation', () => {
    const scribe = write();
    for (const [process, type] of ['ok', 'fail', 'info'].entries()) {
      scribe
        .row(process, 'invoke', 'txn', [send(process), ['poll'], send(10 + process)])
        .row(process, type as 'ok', 'txn', [send(process, process)]);
    }
    scribe
      .row(5, 'invoke', 'txn', [send(5)])
      .row(6, 'invoke', 'txn', [send(6)])
      .row(6, 'ok', 'txn', null);
    // Of ok operations too it is not known what became of it.
    expect(sendsOf(scribe)).toEqual({
      0: 'ok 0 committed',
      10: 'info 0',
      1: 'fail 1',
      11: 'fail 1',
      2: 'info 2',
      12: 'info 2',
      5: 'info 3',
      6: 'ok 4 committed',
    });
  });

  test('of several the outcome stands that accuses least, and the record is that of an ok one', () => {
    const twice = (first: 'ok' | 'fail' | 'info', second: 'ok' | 'fail' | 'info'): string => {
      const scribe = write()
        .op(1, first, 'txn', [send(1)])
        .op(2, second, 'txn', [send(1)]);
      return sendsOf(scribe)[1]!;
    };
    expect(twice('ok', 'ok')).toBe('ok 0 committed resent, of 0');
    expect(twice('ok', 'info')).toBe('ok 0 committed resent, of 0');
    expect(twice('ok', 'fail')).toBe('ok 0 committed resent, of 0');
    expect(twice('info', 'ok')).toBe('ok 1 committed resent, of 1');
    expect(twice('info', 'info')).toBe('info 0 resent, of -1');
    expect(twice('info', 'fail')).toBe('info 0 resent, of -1');
    expect(twice('fail', 'ok')).toBe('ok 1 committed resent, of 1');
    expect(twice('fail', 'info')).toBe('info 1 resent, of -1');
    expect(twice('fail', 'fail')).toBe('fail 0 resent, of -1');
    // The same operation may say it twice.
    expect(sendsOf(write().op(1, 'info', 'txn', [send(1), send(1)]))).toEqual({ 1: 'info 0' });
  });

  test('what nobody in particular sent says of no operation that it committed', () => {
    const scribe = write()
      .op(1, 'info', 'txn', [send(1), send(2)])
      .op(2, 'info', 'txn', [send(1), send(3)])
      .poll(3, 'a', [[0, 1]]);
    expect(sendsOf(scribe)).toEqual({ 1: 'info 0 resent, of -1', 2: 'info 0', 3: 'info 1' });
  });
});

describe('who read a value', () => {
  test('first, and first of those that are ok', () => {
    const scribe = write()
      .log(2)
      .poll(1, 'a', [[0, 1]], 'fail')
      .poll(1, 'a', [[0, 1]])
      .poll(1, 'a', [[0, 1]]);
    const facts = inferFacts(recorded(scribe));
    const { microKind } = facts.history;
    const named = (...micros: number[]): number[] => micros.map((micro) => microKind.at(micro));
    expect([...facts.reader, ...facts.okReader]).toEqual([2, -1, 3, -1]);
    expect([...facts.readMicro, ...facts.okReadMicro]).toEqual([6, -1, 9, -1]);
    expect(named(6, 9)).toEqual([3, 3]);
    expect([...facts.sendMicro]).toEqual([1, 3]);
  });
});

describe('the log of a key', () => {
  test('holds what committed sends and polls tell, by offset, and numbers offsets that hold a value', () => {
    const scribe = write()
      .send(1, 'a', 4, 14)
      .send(1, 'b', 9, 19)
      .send(1, 'a', 2, 12)
      .send(2, 'a', 0, 10, 'fail')
      .send(3, 'a', 1, 11, 'info')
      .send(4, 'a', 7, 17, 'info')
      .send(5, 'c', null, 99)
      .poll(6, 'a', [
        [7, 17],
        [2, 12],
      ])
      .poll(6, 'a', [[3, 13]], 'fail')
      .poll(6, 'd', [[0, 1]], 'info')
      .poll(6, 'a', [
        [9, 12],
        [8, 12],
        [9, 12],
        [4, 14],
      ]);
    expect(logsOf(scribe)).toEqual({
      a: '2:12@0 3:13@1 4:14@2 7:17@3 8:12@4 9:12@5',
      b: '9:19@0',
      c: '',
      d: '0:1@0',
    });
    const { 12: twelve, 17: seventeen, 11: eleven } = indexesOf(inferFacts(recorded(scribe)));
    expect([twelve, seventeen, eleven]).toEqual([
      [0, 5, 5],
      [3, 3, 3],
      [-1, -1, -1],
    ]);
  });

  test('takes of what several sent only what an ok operation tells, and what was polled', () => {
    const scribe = write()
      .op(1, 'ok', 'txn', [send(1, 3)])
      .op(2, 'info', 'txn', [send(1, 5)])
      .op(3, 'ok', 'txn', [send(1, 6)])
      .poll(4, 'a', [[7, 1]], 'info');
    expect(logsOf(scribe)).toEqual({ a: '3:1@0 6:1@1 7:1@2' });
  });

  test('picks of several values at an offset one that an ok poll returned, else the one that was named first', () => {
    const order = (...read: [number, number][]): Record<string, number[]> => {
      const scribe = write().send(1, 'a', 0, 10);
      for (const value of [11, 12, 13]) {
        scribe.send(1, 'a', 1, value);
      }
      for (const [offset, value] of read) {
        scribe.poll(2, 'a', [[offset, value]]);
      }
      return indexesOf(inferFacts(recorded(scribe)));
    };
    expect(order()).toEqual({ 10: [0, 0, 0], 11: [1, 1, 1], 12: [1, 1, -1], 13: [1, 1, -1] });
    expect(order([1, 12])).toMatchObject({ 11: [1, 1, -1], 12: [1, 1, 1], 13: [1, 1, -1] });
    expect(order([1, 13], [1, 12])).toMatchObject({ 12: [1, 1, 1], 13: [1, 1, -1] });
    expect(order([1, 13])).toMatchObject({ 11: [1, 1, -1], 13: [1, 1, 1] });
    // One that was read at another offset is as good.
    expect(order([1, 10], [1, 11])).toMatchObject({ 10: [0, 1, 1], 11: [1, 1, -1] });
    expect(order([5, 11], [1, 12])).toMatchObject({ 11: [1, 2, 2], 12: [1, 1, -1] });
  });

  test('a value has no place of its own where another is picked at its last offset', () => {
    const scribe = write().send(1, 'a', 0, 10).send(2, 'a', 1, 10).send(3, 'a', 1, 11);
    scribe.poll(4, 'a', [[1, 11]]).send(5, 'b', 1, 20);
    expect(indexesOf(inferFacts(recorded(scribe)))).toEqual({
      10: [0, 1, -1],
      11: [1, 1, 1],
      20: [0, 0, 0],
    });
  });
});

describe('the distance of two values', () => {
  const chain = (start: number | null): Facts => {
    const scribe = write().log(6).send(1, 'b', 0, 7);
    scribe.send(1, 'a', 5, 60).send(1, 'a', null, 70).readLog(6);
    if (start !== null) {
      scribe.row(1, 'ok', 'log-start', { a: start });
    }
    return inferFacts(recorded(scribe));
  };
  const distance = (facts: Facts, before: number, after: number): number => {
    const number = (name: number): number => facts.history.valueNumbers[0]!.get(name)!;
    return versionDistance(facts, number(before), number(after));
  };

  test('is that of their places, and 1 where one has none', () => {
    const facts = chain(null);
    expect(facts.expendable).toBe(null);
    expect([distance(facts, 1, 6), distance(facts, 6, 1), distance(facts, 2, 2)]).toEqual([
      5, -5, 0,
    ]);
    expect([distance(facts, 1, 60), distance(facts, 70, 6), distance(facts, 70, 60)]).toEqual([
      1, 1, 1,
    ]);
  });

  test('leaves out what may be gone between them', () => {
    const facts = chain(4);
    const from = [1, 2, 3, 4, 5].map((value) => distance(facts, value, 6));
    expect(from).toEqual([2, 2, 2, 2, 1]);
    expect([distance(facts, 1, 2), distance(facts, 1, 3), distance(facts, 3, 1)]).toEqual([
      1, 1, -2,
    ]);
    expect([distance(facts, 1, 5), distance(facts, 4, 5)]).toEqual([1, 1]);
  });

  test('counts each place between once, and only if the value that was picked for it may be gone', () => {
    const scribe = write()
      .send(1, 'a', 1, 20)
      .log(5)
      .poll(2, 'a', [[1, 2]])
      .poll(2, 'a', [[7, 4]])
      .row(1, 'ok', 'log-start', { a: 4 });
    const facts = inferFacts(recorded(scribe));
    // 2 and 20 share a place. Nobody knows of the place of 4 that it was gone: its own one is the last.
    expect(indexesOf(facts)).toEqual({
      20: [1, 1, -1],
      1: [0, 0, 0],
      2: [1, 1, 1],
      3: [2, 2, 2],
      4: [3, 5, 5],
      5: [4, 4, 4],
    });
    expect([distance(facts, 1, 3), distance(facts, 1, 5)]).toEqual([1, 2]);
    const [one, five] = [1, 5].map((name) => facts.history.valueNumbers[0]!.get(name)!);
    expect(facts.entryOffset[firstBetween(facts, one!, five!)]).toBe(3);
    // The entries are those of 1, 20, 2, 3, 4, 5 and again 4.
    const names = facts.history.valueNames.map((name, value) => [name, entryOf(facts, value)]);
    expect(Object.fromEntries(names)).toEqual({ 1: 0, 20: -1, 2: 2, 3: 3, 4: 6, 5: 5 });
  });

  test('names the first one between that cannot be gone', () => {
    const facts = chain(2);
    const between = (before: number, after: number): unknown => {
      const entry = firstBetween(facts, before - 1, after - 1);
      return facts.history.valueNames[facts.entryValue[entry]!];
    };
    expect([between(1, 6), between(3, 6), between(4, 6)]).toEqual([3, 4, 5]);
    expect(() => between(1, 3)).toThrow('whoever skips leaves something out');
    expect([0, 5, 6, 7, 8].map((value) => entryOf(facts, value))).toEqual([0, 5, 7, -1, -1]);
  });
});

test('an invocation that names polled records has not sent them', () => {
  const scribe = write().row(1, 'invoke', 'poll', [['poll', { a: [[0, 7]] }]]);
  expect(sendsOf(scribe)).toEqual({ 7: 'nobody -1' });
  expect(sendsOf(scribe.row(1, 'fail', 'poll', null))).toEqual({ 7: 'nobody -1' });
});
