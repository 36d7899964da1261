import { describe, expect, test } from 'vitest';
import { readBack as read } from '../../model-tests/history-text.js';
import type { Row } from '../history/rows.js';
import { rowLine } from '../history/write.js';

const ROWS: readonly Row[] = [
  { index: 0, time: 5, process: 'nemesis', type: 'info', f: 'phase', value: 'main' },
  { index: 1, time: 7, process: 3, type: 'invoke', f: 'send', value: [['send', '4', [null, 17]]] },
  {
    index: 2,
    time: 8,
    process: 3,
    type: 'info',
    f: 'attempt',
    value: [['send', '4', [null, 17]]],
    attempt: 1,
    error: 'timeout',
  },
  { index: 3, time: 9, process: 3, type: 'ok', f: 'send', value: [['send', '4', [0, 17]]] },
  {
    index: 4,
    time: 9,
    process: 2,
    type: 'ok',
    f: 'poll',
    value: [['poll', { '4': [[0, 17]] }]],
    rebalanceLog: [{ keys: ['4'] }],
  },
  { index: 5, time: 9, process: 2, type: 'info', f: 'txn', value: null, error: 'é' },
  { index: 6, time: 9, process: 2, type: 'ok', f: 'assign', value: ['4'], seekToBeginning: true },
];
const TEXT = ROWS.map(rowLine).join('');

describe('reading', () => {
  test('what was written reads back, in chunks of any size', () => {
    for (let chunk = 1; chunk < 40; chunk += 1) {
      expect(read(TEXT, chunk)).toMatchObject({ rows: ROWS, error: null });
    }
  });

  test('a last line without its newline is whole or cut', () => {
    expect(read(TEXT.slice(0, -1))).toMatchObject({ rows: ROWS, error: null });
    for (let cut = 2; cut < 30; cut += 1) {
      const { rows, error } = read(TEXT.slice(0, -cut));
      expect(error).toEqual({ line: 7, reason: 'the last line is cut off', truncated: true });
      expect(rows).toHaveLength(6);
    }
  });

  test('a broken line inside is an error with its number, and ends the reading', () => {
    const { rows, error } = read(`${rowLine(ROWS[0]!)}{"index":1,\n${rowLine(ROWS[2]!)}`);
    expect(error).toEqual({ line: 2, reason: 'no JSON: {"index":1,', truncated: false });
    expect(rows).toHaveLength(1);
  });

  test.each([
    ['{"index":-1}', '"index"'],
    ['{"index":0,"time":"x"}', '"time"'],
    ['{"index":0,"time":1}', '"f"'],
    ['{"index":0,"time":1,"f":"kill","process":"nemesis","type":"ok"}', 'nemesis'],
    ['{"index":0,"time":1,"f":"send","process":1.5,"type":"ok"}', '"process"'],
    ['{"index":0,"time":1,"f":"send","process":1,"type":"done"}', '"type"'],
    ['{"index":0,"time":1,"f":"send","process":1,"type":"invoke","value":null}', 'list of micro'],
    ['{"index":0,"time":1,"f":"send","process":1,"type":"ok","value":[["poll"]]}', 'a txn'],
    ['{"index":0,"time":1,"f":"send","process":1,"type":"ok","value":[["send",4,[0,1]]]}', 'key'],
    [
      '{"index":0,"time":1,"f":"send","process":1,"type":"ok","value":[["send","4",[0]]]}',
      'offset',
    ],
    [
      '{"index":0,"time":1,"f":"send","process":1,"type":"ok","value":[["send","4",[-1,2]]]}',
      'offset',
    ],
    [
      '{"index":0,"time":1,"f":"txn","process":1,"type":"ok","value":[["read"]]}',
      '"send" or a "poll"',
    ],
    [
      '{"index":0,"time":1,"f":"poll","process":1,"type":"ok","value":[["poll",{"4":[[null,1]]}]]}',
      'polled',
    ],
    [
      '{"index":0,"time":1,"f":"poll","process":1,"type":"ok","value":[["poll",{"4":7}]]}',
      'polled',
    ],
    ['{"index":0,"time":1,"f":"poll","process":1,"type":"ok","value":[["poll",[]]]}', 'a poll is'],
    ['{"index":0,"time":1,"f":"assign","process":1,"type":"ok","value":[4]}', 'list of keys'],
    ['{"index":0,"time":1,"f":"attempt","process":1,"type":"ok","value":[]}', '"attempt"'],
    [
      '{"index":0,"time":1,"f":"poll","process":1,"type":"ok","value":[],"rebalanceLog":[1]}',
      'rebalanceLog',
    ],
    [
      '{"index":0,"time":1,"f":"send","process":1,"type":"ok","value":[],"pipelined":1}',
      'pipelined',
    ],
  ])('%s is refused', (line, reason) => {
    const { rows, error } = read(`${line}\n`);
    expect(rows).toEqual([]);
    expect(error?.line).toBe(1);
    expect(error?.reason).toContain(reason);
  });

  test('notes of clients pass, whatever they say', () => {
    const note = '{"index":0,"time":1,"f":"debug","process":1,"type":"ok","value":{"any":1}}\n';
    expect(read(note).error).toBeNull();
  });
});
