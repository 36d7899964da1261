import { describe, expect, test } from 'vitest';
import { UnusableHistoryError } from '../result.js';
import { createJsonLinesReader } from './json-lines.js';
import type { RowSink } from './sink.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const note = (index: number): string =>
  `{"index":${index},"time":0,"process":1,"type":"ok","f":"note","value":"é"}`;
const send = (index: number): string =>
  `{"index":${index},"time":0,"process":1,"type":"ok","f":"send","value":[]}`;

/** Where each row went, and the reader that is told of a chunk after the other. */
function reading(scans: boolean): { went: string[]; push(text: string): unknown; end(): unknown } {
  const went: string[] = [];
  const refuse = (index: number): void => {
    if (index === 9) {
      throw new UnusableHistoryError('nine is refused');
    }
    if (index === 10) {
      throw new RangeError('ten');
    }
  };
  const sink: RowSink = {
    row({ index }, line): void {
      refuse(index);
      went.push(`row ${index} of line ${line}`);
    },
    ...(scans
      ? {
          scanned({ index }): void {
            refuse(index);
            went.push(`scanned ${index}`);
          },
        }
      : {}),
  };
  const reader = createJsonLinesReader(sink);
  return {
    went,
    push: (text) => [reader.push(bytesOf(text)), reader.rows],
    end: () => [reader.end(), reader.rows],
  };
}

describe('lines of JSON', () => {
  test('are scanned where the sink takes that, and parsed otherwise', () => {
    const text = `${send(0)}\n\n${note(1)}\r\n \t\r\n${send(2)}\n${note(3)}`;
    const scanning = reading(true);
    expect(scanning.push(text)).toEqual([null, 3]);
    expect(scanning.end()).toEqual([null, 4]);
    expect(scanning.went).toEqual(['scanned 0', 'row 1 of line 3', 'scanned 2', 'row 3 of line 6']);
    const parsing = reading(false);
    expect(parsing.push(text)).toEqual([null, 3]);
    expect(parsing.end()).toEqual([null, 4]);
    expect(parsing.went).toEqual([
      'row 0 of line 1',
      'row 1 of line 3',
      'row 2 of line 5',
      'row 3 of line 6',
    ]);
  });

  test('may come in any pieces, and end where they end', () => {
    const { went, push, end } = reading(true);
    expect(push(send(0).slice(0, 20))).toEqual([null, 0]);
    expect(push('')).toEqual([null, 0]);
    expect(push(send(0).slice(20))).toEqual([null, 0]);
    expect(push(`\n${send(1)}\n`)).toEqual([null, 2]);
    expect(push(send(2))).toEqual([null, 2]);
    expect(push('\n')).toEqual([null, 3]);
    expect(end()).toEqual([null, 3]);
    expect(went).toEqual(['scanned 0', 'scanned 1', 'scanned 2']);
  });

  test('end with the first that is refused, by us or by whoever takes the rows', () => {
    const refusals: readonly (readonly [line: string, reason: string])[] = [
      [note(9), 'nine is refused'],
      [send(9), 'nine is refused'],
      ['{"index":-1}', '"index" must be an integer from 0'],
      ['{"index":\u0007', 'no JSON: {"index":\\u0007'],
    ];
    for (const [line, reason] of refusals) {
      const { went, push, end } = reading(true);
      const error = { line: 2, reason, truncated: false };
      const [told, rows] = push(`${send(0)}\n${line}\n${send(1)}\n`) as unknown[];
      expect(told).toEqual(error);
      expect(rows).toBe(went.length + Number(reason.startsWith('nine')));
      expect((push(`\n${send(2)}\n${send(3)}`) as unknown[])[0]).toBe(told);
      expect((end() as unknown[])[0]).toBe(told);
      expect(went).toEqual(['scanned 0']);
    }
  });

  test('that are cut off say so only at the end', () => {
    const pieces = reading(true);
    expect(pieces.push('{"in')).toEqual([null, 0]);
    const broken = { line: 1, reason: 'no JSON: {"index":', truncated: false };
    expect(pieces.push('dex":\n')).toEqual([broken, 0]);
    const { push, end } = reading(true);
    expect(push(`${send(0)}\n{"index":1,`)).toEqual([null, 1]);
    const cut = { line: 2, reason: 'the last line is cut off', truncated: true };
    expect(end()).toEqual([cut, 1]);
    const whole = reading(true);
    expect(whole.push('{"index":-1}')).toEqual([null, 0]);
    const refused = { line: 1, reason: '"index" must be an integer from 0', truncated: false };
    expect(whole.end()).toEqual([refused, 0]);
  });

  test('do not hide a defect of whoever takes the rows', () => {
    expect(() => reading(true).push(`${send(10)}\n`)).toThrow(RangeError);
    expect(() => reading(false).push(`${send(10)}\n`)).toThrow(RangeError);
  });
});
