import { describe, expect, test } from 'vitest';
import { readBack as read } from '../../model-tests/history-text.js';
import type { Row } from '../history/rows.js';
import { rowLine } from '../history/write.js';
import { createReader } from './read.js';

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

  test('notes of clients pass, whatever they say', () => {
    const note = '{"index":0,"time":1,"f":"debug","process":1,"type":"ok","value":{"any":1}}\n';
    expect(read(note).error).toBeNull();
  });
});

describe('what a file is', () => {
  const EDN_ROW = '{:index 0 :time 1 :process 1 :type :ok :f :note :value 1}';
  const JSON_ROW = '{"index":0,"time":1,"process":1,"type":"ok","f":"note","value":1}';
  const BINARY = { line: 1, reason: 'a binary file is no history; one is UTF-8, plain or gzipped' };
  /** The rows that were read, or what was refused; the same in chunks of any size. */
  function outcome(text: string): string {
    const told = (size: number): string => {
      const { rows, error } = read(text, size);
      const cut = error?.truncated ? ' cut' : '';
      return error === null ? `${rows.length} rows` : `${error.line}${cut}: ${error.reason}`;
    };
    const whole = told(text.length * 4);
    expect([told(1), told(100), told(512)]).toEqual([whole, whole, whole]);
    return whole;
  }

  test.each([
    [JSON_ROW, '1 rows'],
    [`\ufeff\n ${JSON_ROW}`, '1 rows'],
    [`{ \n`, '1 cut: the last line is cut off'],
    [`{ "index":-1}`, '1: "index" must be an integer from 0'],
    ['{}', '1: "index" must be an integer from 0'],
    ['{ }', '1: "index" must be an integer from 0'],
    [EDN_ROW, '1 rows'],
    [`{ ${EDN_ROW.slice(1)}`, '1 rows'],
    [`{#_x ${EDN_ROW.slice(1)}`, '1 rows'],
    [`\ufeff ${EDN_ROW}`, '1 rows'],
    [`#a ${EDN_ROW}`, '1 rows'],
    [`(${EDN_ROW})`, '1 rows'],
    [`, ${EDN_ROW}`, '1 rows'],
    [`; head\n${EDN_ROW}`, '1 rows'],
    [`[${EDN_ROW}]`, '1 rows'],
    ['', '1 cut: the file is empty'],
    ['\ufeff\n', '1 cut: the file is empty'],
    ['\n\n{\n', '3 cut: the last line is cut off'],
    ['[]', '1: there is no row of a history in it'],
    [`7\n${EDN_ROW}`, '1: neither JSON lines nor EDN: 7'],
    ['\n\t\n <p>\n</p>', '3: neither JSON lines nor EDN: <p>'],
    // Its first byte is that of a byte order mark.
    ['\ufffd7', '1: neither JSON lines nor EDN: \ufffd7'],
    ['"index"', '1: neither JSON lines nor EDN: "index"'],
    [`${' '.repeat(600)}\n${JSON_ROW}`, '1 rows'],
    [`${' '.repeat(511)}${JSON_ROW}`, '1 rows'],
    [`{${' '.repeat(600)}${JSON_ROW.slice(1)}`, '1 rows'],
    [`{${' '.repeat(600)}${EDN_ROW.slice(1)}`, '1 rows'],
  ])('%j', (text, told) => {
    expect(outcome(text)).toBe(told);
  });

  test('is binary where a control character stands in its first 512 bytes', () => {
    const bytes = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    const isBinary = (byte: string): boolean => outcome(`; ${byte}\n${EDN_ROW}`) !== '1 rows';
    expect(bytes.filter((byte) => !isBinary(byte)).join('')).toBe(
      `\t\n\v\f\r\u001b${bytes.slice(0x20, 0x7f).join('')}`,
    );
    for (const head of [';', '\ufeff;']) {
      const fill = 'x'.repeat(511 - new TextEncoder().encode(head).length);
      expect(outcome(`${head}${fill}\0\n${EDN_ROW}`)).toBe(`1: ${BINARY.reason}`);
      expect(outcome(`${head}${fill}x\0\n${EDN_ROW}`)).toBe('1 rows');
    }
  });

  test('is told by 512 bytes, and what it is not stays so', () => {
    const reader = createReader({ row: () => expect.unreachable() });
    expect(reader.push(new Uint8Array(511).fill(0x78))).toBeNull();
    const error = reader.push(new Uint8Array(1).fill(0x78));
    const reason = `neither JSON lines nor EDN: ${'x'.repeat(60)}...`;
    expect(error).toEqual({ line: 1, reason, truncated: false });
    expect(reader.push(new TextEncoder().encode(`\n${JSON_ROW}\n`))).toBe(error);
    expect(reader.end()).toEqual(error);
    expect(reader.rows).toBe(0);
    const binary = createReader({ row: () => expect.unreachable() });
    expect(binary.push(new Uint8Array(512))).toEqual({ ...BINARY, truncated: false });
  });

  test('counts its rows, and ends with the first error of a row', () => {
    const reader = createReader({ row: () => {} });
    const lines = `${`${JSON_ROW}\n`.repeat(9)}{"index":\n${JSON_ROW}\n`;
    const error = { line: 10, reason: 'no JSON: {"index":', truncated: false };
    expect(reader.push(new TextEncoder().encode(lines))).toEqual(error);
    expect(reader.push(new TextEncoder().encode('{'))).toEqual(error);
    expect(reader.end()).toEqual(error);
    expect(reader.rows).toBe(9);
  });
});
