import { describe, expect, test } from 'vitest';
import type { Row } from '../src/history/rows.js';
import { judge } from './judge.js';

const CALM = {
  acks: -1,
  withoutEffect: [],
  brokenOff: null,
  unread: new Map<string, string>(),
  unexpectedEnd: null,
} as const;

/** A history of one process that sends and reads `count` values; `lost` ones are never read. */
function history(count: number, lost: readonly number[] = []): Row[] {
  const rows: Row[] = [];
  const add = (row: object): void => {
    rows.push({ index: rows.length, time: rows.length * 1_000, ...row } as unknown as Row);
  };
  const phase = (value: string): void =>
    add({ process: 'nemesis', type: 'info', f: 'phase', value });
  const poll = (records: object): void => {
    add({ process: 1, type: 'invoke', f: 'poll', value: [['poll']] });
    add({ process: 1, type: 'ok', f: 'poll', value: [['poll', records]] });
  };
  phase('main');
  for (let value = 1; value <= count; value++) {
    add({ process: 0, type: 'invoke', f: 'send', value: [['send', '0', [null, value]]] });
    add({ process: 0, type: 'ok', f: 'send', value: [['send', '0', [value, value]]] });
  }
  phase('final');
  const read = Array.from({ length: count }, (_, index) => index + 1);
  poll({ 0: read.filter((value) => !lost.includes(value)).map((value) => [value, value]) });
  return rows;
}

describe('the verdict of a trial', () => {
  test('is valid for a long enough history without anomalies', () => {
    expect(judge(history(1_200), CALM).verdict).toBe('valid');
  });

  test('is inconclusive when too little was acknowledged', () => {
    expect(judge(history(50), CALM).verdict).toBe('inconclusive');
  });

  test('is invalid when an acknowledged write is lost', () => {
    const result = judge(history(1_200, [77]), CALM);
    expect(result.verdict).toBe('invalid');
    expect(Object.keys(result.anomalies)).toContain('lost-write');
  });

  test.each([
    ['a fault never took effect', { withoutEffect: ['pause'] }],
    ['it did not run to its end', { brokenOff: 'broker 2 did not start again' }],
    ['a broker ended by itself', { unexpectedEnd: 'broker 1 ended (exit status 1)' }],
    ['a key could not be read', { unread: new Map([['3', 'no-leader']]) }],
  ])('is inconclusive when %s, with the reason', (_name, circumstance) => {
    const result = judge(history(1_200), { ...CALM, ...circumstance });
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.length).toBeGreaterThan(0);
  });

  test('stays invalid whatever else went wrong', () => {
    const result = judge(history(1_200, [77]), { ...CALM, brokenOff: 'interrupted' });
    expect(result.verdict).toBe('invalid');
  });

  test('permits with acks=1 what a clean election may drop', () => {
    const result = judge(history(1_200, [1_200]), { ...CALM, acks: 1 });
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.allowed)).toContain('unseen');
    expect(judge(history(1_200, [1_200]), CALM).verdict).toBe('invalid');
    expect(judge(history(50, [50]), { ...CALM, acks: 1 }).verdict).toBe('inconclusive');
  });
});
