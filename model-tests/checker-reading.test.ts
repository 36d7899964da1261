/**
 * The scanners take short cuts past the parsers. Whatever a text is, they must come to what the
 * parsers come to: the same columns, or the same error.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Float64Column, Int32Column } from '../src/checker/columns.js';
import { createReader } from '../src/checker/read.js';
import type { ReadError } from '../src/checker/reading/sink.js';
import { recordRow, recordScanned } from '../src/checker/record.js';
import { emptyHistory, type RecordedHistory } from '../src/checker/recorded-history.js';
import type { Row } from '../src/history/rows.js';
import { rowLine } from '../src/history/write.js';
import { drawFrom, modelHistory } from './checker-model.js';
import { damagedRuns, soundRuns } from './checker-runs.js';
import { EDN_SHAPES, ednOf, feedChunks } from './history-text.js';

interface Read {
  /** Everything that was recorded, as text: comparing whole columns would take too long. */
  readonly recorded: string;
  readonly rows: number;
  readonly error: ReadError | null;
}

/** Reads `text`, with the scanner or without; `scans` counts the rows that were scanned. */
function read(text: string, mayScan: boolean, scans = { rows: 0 }): Read {
  const history = emptyHistory();
  const reader = createReader({
    row: (row) => recordRow(history, row),
    ...(mayScan
      ? {
          scanned(row): void {
            scans.rows += 1;
            recordScanned(history, row);
          },
        }
      : {}),
  });
  feedChunks(text, 4096, (chunk) => reader.push(chunk));
  const error = reader.end();
  return { recorded: textOf(history), rows: history.rows, error };
}

function textOf(history: RecordedHistory): string {
  return JSON.stringify(history, (_, part) => {
    if (part instanceof Int32Column || part instanceof Float64Column) {
      return Array.from({ length: part.length }, (_item, at) => String(part.at(at)));
    }
    return part instanceof Map || part instanceof Set ? [...part] : part;
  });
}

const FORMATS: readonly (readonly [name: string, write: (rows: readonly Row[]) => string])[] = [
  ['JSON lines', (rows) => rows.map(rowLine).join('')],
  ...EDN_SHAPES.map(
    (shape) => [`EDN, ${shape}`, (rows: readonly Row[]) => ednOf(rows, shape)] as const,
  ),
];

const tape = fc.array(fc.nat({ max: 0xffff }), { minLength: 50, maxLength: 300, size: 'max' });
/** A history whose keys are names or, as Jepsen's are, numbers. */
function someHistory(numbers: readonly number[], steps: number): readonly Row[] {
  const { rows } = modelHistory(drawFrom(numbers), steps);
  const hasNumbers = numbers.length % 2 === 0;
  const text = JSON.stringify(rows);
  return hasNumbers ? JSON.parse(text.replaceAll('"x"', '"4"').replaceAll('"y"', '"17"')) : rows;
}

/** What may stand in the place of a character. */
const CHARACTERS = [...' ,"\\[]{}():;#0123456789-._eENMnulxyéokfis\n\t', ''];
const wounds = fc.array(
  fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 2 }),
    put: fc.constantFrom(...CHARACTERS, '"4"', '[]', '{}', 'nil', 'null', ':x', '4 4', '007'),
  }),
  { minLength: 1, maxLength: 2 },
);

describe.each(FORMATS)('%s', (_name, write) => {
  test('most rows are scanned, and stand in the columns as if they had been parsed', () => {
    const scans = { rows: 0 };
    let rows = 0;
    fc.assert(
      fc.property(tape, (numbers) => {
        const text = write(someHistory(numbers, 60));
        const scanned = read(text, true, scans);
        expect(scanned).toEqual(read(text, false));
        expect(scanned.error).toBeNull();
        rows += scanned.rows;
      }),
      soundRuns(60),
    );
    expect(scans.rows / rows).toBeGreaterThan(0.5);
  });

  test('a damaged text is read alike, or refused alike', () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(tape, wounds, (numbers, damages) => {
        let text = write(someHistory(numbers, 8));
        for (const { at, removed, put } of damages) {
          const from = at % text.length;
          text = text.slice(0, from) + put + text.slice(from + removed);
        }
        const scanned = read(text, true);
        expect(scanned).toEqual(read(text, false));
        outcomes[scanned.error === null ? 'read' : 'refused'] += 1;
      }),
      damagedRuns(),
    );
    expect(outcomes.read + outcomes.refused).toBe(damagedRuns().numRuns);
    if (damagedRuns().numRuns >= 500) {
      expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(8);
    }
  });
});
