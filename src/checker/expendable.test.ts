import { describe, expect, test } from 'vitest';
import { recorded, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { inferFacts } from './facts.js';

/** Keys and values of the records that may be gone; null: the history has none of that kind. */
function gone(scribe: Scribe, ...compacted: string[]): string[] | null {
  const { history, expendable } = inferFacts(recorded(scribe), new Set(compacted));
  return expendable === null
    ? null
    : history.valueNames
        .map((name, value) => `${history.keyNames[history.valueKeys.at(value)]}${name}`)
        .filter((_, value) => expendable.values[value] === 1);
}

const logs = (): Scribe => write().log(3).log(3, 'b');

describe('below a log start', () => {
  const asked = (
    f: string,
    invoked: number | null,
    type: RowType | null,
    told: number | null = invoked,
  ): string[] | null => {
    const scribe = logs();
    if (invoked !== null) {
      scribe.row(1, 'invoke', f, { b: invoked });
    }
    return gone(type === null ? scribe : scribe.row(1, type, f, { b: told }));
  };

  test('that was told, or asked for and not certainly refused', () => {
    expect(gone(logs())).toBe(null);
    expect(asked('delete-records', 1, 'ok')).toEqual(['b1']);
    expect(asked('delete-records', 1, 'ok', 2)).toEqual(['b1', 'b2']);
    expect(asked('delete-records', 2, 'ok', 1)).toEqual(['b1', 'b2']);
    expect(asked('delete-records', 1, 'info')).toEqual(['b1']);
    expect(asked('delete-records', 1, null)).toEqual(['b1']);
    expect(asked('delete-records', null, 'ok', 1)).toEqual(['b1']);
    expect(asked('delete-records', 1, 'fail')).toBe(null);
    expect(asked('log-start', 0, 'ok', 2)).toEqual(['b1', 'b2']);
    expect(asked('log-start', 2, 'ok', 0)).toEqual([]);
    expect(asked('log-start', 2, 'info')).toBe(null);
    expect(asked('log-start', 2, 'fail')).toBe(null);
    // A position of a group says nothing about the log.
    expect(asked('commit', 2, 'ok')).toBe(null);
  });

  test('the highest one of its key', () => {
    const scribe = logs()
      .row(1, 'ok', 'log-start', { a: 1, b: 2 })
      .row(2, 'ok', 'log-start', { b: 1 })
      .row(3, 'ok', 'log-start', { a: 2 });
    expect(gone(scribe)).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(gone(logs().row(1, 'ok', 'log-start', { a: 9 }))).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('in a compacted log', () => {
  const sends = (...keys: (string | null | undefined)[]): Scribe => {
    const scribe = write();
    for (const [offset, key] of keys.entries()) {
      const details = key === undefined ? [] : [{ key }];
      scribe.row(9, 'invoke', 'send', [['send', 'a', [null, offset, ...details]]]);
      scribe.row(9, 'ok', 'send', [['send', 'a', [offset, offset]]]);
    }
    return scribe;
  };

  test('all but the newest record of each key', () => {
    expect(gone(sends('k', 'l', 'k', 'm', 'l', 'k'), 'a')).toEqual(['a0', 'a1', 'a2']);
    expect(gone(sends('k', 'k'))).toBe(null);
    expect(gone(sends('k', 'k'), 'b')).toEqual([]);
  });

  test('records without a key stay', () => {
    expect(gone(sends(null, undefined, null, undefined, 'k'), 'a')).toEqual([]);
  });

  test('a key is what was sent, else what was read; and each log is by itself', () => {
    const read = (key: string): MicroOperation => [
      'poll',
      {
        a: [
          [0, 0, { key }],
          [5, 50, { key: 'k' }],
        ],
        c: [
          [0, 7, { key: 'k' }],
          [1, 8, { key: 'k' }],
        ],
      },
    ];
    expect(gone(sends('l', 'l').op(1, 'fail', 'poll', [read('k')]), 'a')).toEqual(['a0']);
    expect(gone(sends('k', 'l').op(1, 'fail', 'poll', [read('m')]), 'a')).toEqual(['a0']);
    expect(gone(sends('k', 'l').op(1, 'ok', 'poll', [read('m')]), 'c', 'a')).toEqual(['a0', 'c7']);
    const first = write()
      .op(1, 'ok', 'poll', [read('m')])
      .row(2, 'ok', 'send', [['send', 'a', [0, 0, { key: 'k' }]]]);
    expect(gone(first, 'a')).toEqual(['a0']);
  });

  test('below its log start, too', () => {
    const scribe = sends('k', 'l', 'k').row(1, 'ok', 'log-start', { a: 2 });
    expect(gone(scribe, 'a')).toEqual(['a0', 'a1']);
  });
});

describe('where nobody knows the place', () => {
  const keyed = (scribe: Scribe, value: number, key: string, type: RowType): Scribe =>
    scribe
      .row(9, 'invoke', 'send', [['send', 'a', [null, value, { key }]]])
      .row(9, type, 'send', [['send', 'a', [type === 'ok' && value < 5 ? value : null, value]]]);
  const logged = (): Scribe => keyed(keyed(write(), 0, 'k', 'ok'), 1, 'l', 'ok');

  test('an unknown send, or one that was acknowledged without an offset, may supersede', () => {
    expect(gone(keyed(logged(), 7, 'k', 'info'), 'a')).toEqual(['a0', 'a7']);
    expect(gone(keyed(logged(), 7, 'k', 'ok'), 'a')).toEqual(['a0', 'a7']);
    expect(gone(keyed(logged(), 7, 'm', 'info'), 'a')).toEqual([]);
    expect(gone(keyed(logged(), 7, 'k', 'fail'), 'a')).toEqual([]);
  });

  test('it may itself be superseded if it is one of several', () => {
    const twice = keyed(keyed(logged(), 7, 'm', 'ok'), 8, 'm', 'ok');
    expect(gone(twice, 'a')).toEqual(['a7', 'a8']);
    const before = keyed(keyed(write(), 7, 'k', 'ok'), 1, 'k', 'ok');
    expect(gone(before, 'a')).toEqual(['a7', 'a1']);
  });

  test('it may be below the log start', () => {
    const asked = keyed(logged(), 7, 'm', 'ok').row(1, 'ok', 'delete-records', { a: 1 });
    expect(gone(asked)).toEqual(['a0', 'a7']);
    const none = keyed(logged(), 7, 'm', 'ok').row(1, 'ok', 'log-start', { a: 0 });
    expect(gone(none)).toEqual([]);
  });
});
