/** What was fed comes back: row by row, and as operations. */

import { describe, expect, test } from 'vitest';
import { recorded, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { Row } from '../history/rows.js';
import { check } from './check.js';
import { operationRows, rebuildRow, spokenIndex, witnessOf } from './evidence.js';
import { createReader } from './read.js';
import { recordRow, recordScanned } from './record.js';
import {
  emptyHistory,
  keyName,
  keyNumber,
  NONE,
  type RecordedHistory,
  rowOfMicro,
  sendOutcome,
  speakingRow,
  valueName,
  valueNumber,
  valueNumberAfter,
} from './recorded-history.js';
import { UnusableHistoryError } from './result.js';

function rebuilt(scribe: Scribe, shows: (value: number) => boolean = () => true): Row[] {
  const history = recorded(scribe);
  return Array.from({ length: history.rowIndex.length }, (_, row) =>
    rebuildRow(history, row, shows),
  );
}

/** Rows of every kind. */
function everything(): Scribe {
  const details = { key: 'k', headers: 'h', timestamp: 5 };
  return write()
    .row(1, 'invoke', 'txn', [['send', 'a', [null, 1, details]], ['poll']])
    .row(1, 'info', 'attempt', [['send', 'a', [null, 1]]], { attempt: 1, error: 'timeout' })
    .row(1, 'ok', 'txn', [
      ['send', 'a', [0, 1]],
      [
        'poll',
        {
          b: [
            [3, 'x'],
            [4, 'y', { headers: '' }],
          ],
          a: [[0, 1]],
        },
      ],
      ['poll', {}],
    ])
    .row(
      2,
      'invoke',
      'send',
      [
        ['send', 'a', [null, 2]],
        ['send', 'a', [null, 3]],
      ],
      { pipelined: true },
    )
    .row(
      2,
      'info',
      'send',
      [
        ['send', 'a', [7, 2]],
        ['send', 'a', 3],
      ],
      { pipelined: true, error: { code: 7 } },
    )
    .row(3, 'invoke', 'poll', [['poll']])
    .row(3, 'fail', 'poll', null, { error: null })
    .row(3, 'invoke', 'subscribe', ['a', 'b'], { group: 'g' })
    .row(3, 'ok', 'subscribe', ['a', 'b'], { group: 'g' })
    .row(3, 'invoke', 'assign', [], { seekToBeginning: true })
    .row(3, 'ok', 'assign', [], { seekToBeginning: true })
    .row(3, 'ok', 'owned', ['b', 'a'], { group: 'g', generation: 4 })
    .row(3, 'invoke', 'commit', { a: 4, b: null }, { group: 'g' })
    .row(3, 'ok', 'commit', { a: 4, b: null }, { group: 'g' })
    .row(3, 'invoke', 'log-start', { a: null })
    .row(3, 'ok', 'log-start', { a: 0 })
    .row(3, 'invoke', 'metadata', { op: 'delete', topic: 't' })
    .row(3, 'ok', 'metadata', { op: 'delete', topic: 't', told: 'missing' })
    .row(3, 'ok', 'poll', [['poll', {}]], { ends: { a: 5, b: [7, 6], c: [2, 3] } })
    .row(3, 'invoke', 'crash', null)
    .row(3, 'info', 'crash', null)
    .row(4, 'invoke', 'send', [['send', 'a', [null, 9]]]);
}

describe('rows as evidence', () => {
  test('come back as they were fed, whatever they are', () => {
    expect(rebuilt(everything())).toStrictEqual(everything().rows);
    // Of equal ends one is told, and the bare value of an invocation is a send of unknown offset.
    const other = write()
      .row(1, 'invoke', 'send', [['send', 'a', 1]])
      .row(1, 'info', 'attempt', [['send', 'a', 1]], { attempt: 1 })
      .row(1, 'ok', 'send', [['send', 'a', [0, 1]]], { ends: { a: [5, 5] } });
    expect(rebuilt(other)).toEqual([
      { ...other.rows[0], value: [['send', 'a', [null, 1]]] },
      { ...other.rows[1], value: [['send', 'a', [null, 1]]] },
      { ...other.rows[2], ends: { a: 5 } },
    ]);
    // Rows of the harness, and those that no rule reads, are not kept.
    const notes = write().row('nemesis', 'info', 'kill', 'n1').row(1, 'invoke', 'note', 'x');
    expect(rebuilt(notes)).toEqual([]);
    expect(recorded(notes)).toMatchObject({
      rows: 2,
      lastIndex: 1,
      ignored: new Map([['note', 1]]),
    });
  });

  test('are cut down to the polled values that matter', () => {
    const [, , third] = rebuilt(everything(), (value) => value === 1);
    expect(third?.value).toEqual([
      ['send', 'a', [0, 1]],
      ['poll', { b: [[3, 'x']] }],
      ['poll', {}],
    ]);
  });

  test('of an operation: invocation, attempts, completion', () => {
    const attempt = { attempt: 1 };
    const history = recorded(
      write()
        .row(1, 'info', 'attempt', [], attempt)
        .row(1, 'invoke', 'send', [['send', 'a', [null, 1]]])
        .row(2, 'ok', 'poll', [['poll', { a: [[0, 1]] }]])
        .row(1, 'info', 'attempt', [], attempt)
        .row(2, 'invoke', 'poll', [['poll']])
        .row(1, 'ok', 'attempt', [], { attempt: 2 })
        .row(1, 'ok', 'send', [['send', 'a', [0, 1]]]),
    );
    expect([0, 1, 2].map((operation) => operationRows(history, operation))).toEqual([
      [1, 3, 5, 6],
      [2],
      [4],
    ]);
    expect([0, 1, 2].map((operation) => spokenIndex(history, operation))).toEqual([6, 2, 4]);
    expect([0, 1, 2].map((row) => history.rowOperation.at(row))).toEqual([-1, 0, 1]);
    // A micro-operation belongs to its row, and that to an operation.
    const micros = Array.from({ length: history.microKind.length }, (_, micro) => micro);
    expect(micros.map((micro) => rowOfMicro(history, micro))).toEqual([1, 2, 2, 4, 6]);
    expect(micros.map((micro) => witnessOf(history, micro))).toEqual([
      { operation: 0, index: 6 },
      { operation: 1, index: 2 },
      { operation: 1, index: 2 },
      { operation: 2, index: 4 },
      { operation: 0, index: 6 },
    ]);
    expect(history.ignored).toEqual(new Map([['attempt', 3]]));
    for (const micro of [-1, micros.length]) {
      expect(() => rowOfMicro(history, micro)).toThrow('a known micro-operation');
    }
  });

  test('are the same whether they were scanned or parsed', () => {
    const text = write()
      .row(1, 'invoke', 'send', [
        ['send', 'a', 1],
        ['send', 'b', [null, 2]],
      ])
      .row(1, 'ok', 'send', [
        ['send', 'a', 1],
        ['send', 'b', [3, 2]],
      ])
      .row(2, 'ok', 'poll', [
        [
          'poll',
          {
            a: [
              [0, 1],
              [1, 2],
            ],
            b: [[3, 2]],
          },
        ],
        ['poll', { b: [[4, 5]] }],
      ])
      .row(2, 'invoke', 'poll', [['poll']])
      .row(2, 'info', 'poll', null)
      .rows.map((row) => `${JSON.stringify(row)}\n`)
      .join('');
    const read = (mayScan: boolean): RecordedHistory => {
      const history = emptyHistory();
      let scanned = 0;
      const reader = createReader({
        row: (row) => recordRow(history, row),
        ...(mayScan && {
          scanned: (row) => {
            scanned += 1;
            recordScanned(history, row);
          },
        }),
      });
      reader.push(new TextEncoder().encode(text));
      expect(reader.end()).toBe(null);
      expect(scanned).toBe(mayScan ? 5 : 0);
      return history;
    };
    expect(read(true)).toEqual(read(false));
  });

  test('name only what is known', () => {
    const history = recorded(write().log(1));
    expect([keyName(history, 0), valueName(history, 0)]).toEqual(['a', 1]);
    expect(() => keyName(history, 1)).toThrow('a known key');
    expect(() => valueName(history, 1)).toThrow('a known value');
    expect(() => valueNumber(history, 1, 7)).toThrow('a known key');
  });
});

describe('what speaks for an operation', () => {
  test('is its completion, unless that adds nothing', () => {
    const send = [['send', 'a', [null, 1]]];
    const history = recorded(
      write()
        .row(1, 'invoke', 'send', send)
        .row(1, 'ok', 'send', send)
        .row(1, 'invoke', 'send', send)
        .row(1, 'fail', 'send', null)
        .row(2, 'ok', 'poll', null)
        .row(1, 'invoke', 'send', send),
    );
    expect([0, 1, 2, 3].map((operation) => speakingRow(history, operation))).toEqual([1, 2, 4, 5]);
  });

  test('says what became of each send: of those in flight together each has its own outcome', () => {
    const outcomes = (type: 'ok' | 'fail' | 'info', pipelined: boolean): string => {
      const history = recorded(
        write().row(
          1,
          type,
          'send',
          [
            ['send', 'a', [7, 1]],
            ['send', 'a', [null, 2]],
            ['send', 'a', 3],
          ],
          pipelined ? { pipelined } : {},
        ),
      );
      const names = ['invoke', 'ok', 'fail', 'info'];
      return [0, 1, 2].map((micro) => names[sendOutcome(history, 0, micro)]).join(' ');
    };
    expect(outcomes('info', true)).toBe('ok info fail');
    expect(outcomes('fail', true)).toBe('ok fail fail');
    expect(outcomes('ok', true)).toBe('ok ok ok');
    expect(outcomes('info', false)).toBe('info info info');
    expect(outcomes('fail', false)).toBe('fail fail fail');
  });
});

describe('the number of a value', () => {
  test('is its own, whatever was read behind the value before it until now', () => {
    const history = recorded(write().log(1));
    const key = keyNumber(history, 'k');
    const [one, two, three] = ['one', 'two', 'three'].map((name) =>
      valueNumber(history, key, name),
    );
    const behind = (before: number, name: string): number =>
      valueNumberAfter(history, before, key, name);
    expect(['two', 'two', 'three', 'three', 'two'].map((name) => behind(one!, name))).toEqual([
      two,
      two,
      three,
      three,
      two,
    ]);
    expect([behind(NONE, 'one'), behind(two!, 'one'), behind(NONE, 'three')]).toEqual([
      one,
      one,
      three,
    ]);
    const fourth = behind(two!, 'four');
    expect(valueName(history, fourth)).toBe('four');
    expect(behind(two!, 'four')).toBe(fourth);
  });
});

describe('what cannot follow what stands', () => {
  const refused = (scribe: Scribe): string => {
    let history: RecordedHistory | null = null;
    try {
      history = recorded(scribe);
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableHistoryError);
      expect((error as Error).name).toBe('UnusableHistoryError');
      return (error as Error).message;
    }
    return `${history.rows} rows`;
  };

  test('nor is there a send in a poll, or a poll in a send', () => {
    const mixed = (f: 'send' | 'poll' | 'txn'): string =>
      refused(write().op(1, 'ok', f, [['send', 'a', [0, 1]], ['poll']]));
    expect(mixed('poll')).toBe('index 0: a poll holds only polls; a mixture is a txn');
    expect(mixed('send')).toBe('index 0: a send holds only sends; a mixture is a txn');
    expect(mixed('txn')).toBe('2 rows');
  });

  test('is refused, with the index and the reason', () => {
    const open = (): Scribe =>
      write()
        .log(1)
        .row(1, 'invoke', 'poll', [['poll']])
        .log(1);
    expect(refused(open())).toBe('5 rows');
    expect(refused(open().row(1, 'invoke', 'assign', ['a']))).toBe(
      'index 5: process 1 invokes while its operation of index 2 is open',
    );
    expect(refused(open().row(1, 'ok', 'txn', []))).toBe(
      'index 5: process 1 completes txn, but poll is what it invoked',
    );
    // Another process may, and so may this one once it is done; an owner is told at any time.
    expect(refused(open().row(2, 'invoke', 'assign', ['a']))).toBe('6 rows');
    const done = open()
      .row(1, 'info', 'poll', null)
      .row(1, 'invoke', 'poll', [['poll']]);
    expect(refused(done.row(1, 'ok', 'owned', ['a'], { group: 'g', generation: 1 }))).toBe(
      '8 rows',
    );
    const again = write().log(1);
    again.rows.push(again.rows[1]!);
    expect(refused(again)).toBe('row index 1 does not follow index 1');
    const gap = write();
    gap.rows.push({ ...write().log(1).rows[0]!, index: 7 });
    expect(refused(gap)).toBe('1 rows');
  });

  test('marks of phases count the rows before them', () => {
    const history = recorded(
      write().row('nemesis', 'info', 'phase', 'main').log(1).row('nemesis', 'info', 'phase', 7),
    );
    expect(history.phases).toEqual([
      { name: 'main', index: 0, row: 0 },
      { name: '7', index: 3, row: 2 },
    ]);
    expect(check(write().log(1).rows).phases).toEqual([]);
  });
});
