import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { write } from '../../model-tests/checker-scribe.js';
import { ednOf } from '../../model-tests/history-text.js';
import { check } from '../checker/check.js';
import { UnusableHistoryError } from '../checker/result.js';
import { rowLine } from '../history/write.js';
import { checkStream } from './check-stream.js';

const ROWS = write()
  .log(3)
  .poll(1, 'a', [
    [0, 1],
    [2, 3],
  ]).rows;
const TEXT = ROWS.map(rowLine).join('');

test('rows, bytes and packed bytes come to what check says of the rows', async () => {
  const expected = check(ROWS);
  expect(expected.verdict).toBe('invalid');
  expect(await checkStream(Readable.from(ROWS))).toEqual(expected);
  const folder = mkdtempSync(join(tmpdir(), 'logjury-stream-'));
  try {
    const file = join(folder, 'h');
    for (const text of [TEXT, ednOf(ROWS, 'vector')]) {
      writeFileSync(file, gzipSync(text));
      const unpacked = createReadStream(file, { highWaterMark: 7 }).pipe(createGunzip());
      expect(await checkStream(unpacked)).toEqual(expected);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('options count, and what is no history is refused with its line', async () => {
  const bytes = (text: string): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(text)]);
  expect((await checkStream(bytes(TEXT), { partial: true })).allowed).toHaveProperty('unseen');
  const cut = TEXT.slice(0, -5);
  await expect(checkStream(bytes(cut))).rejects.toThrow(UnusableHistoryError);
  await expect(checkStream(bytes(cut))).rejects.toThrow(/^line 8: the last line is cut off/);
  expect((await checkStream(bytes(cut), { partial: true })).verdict).toBe('valid');
  await expect(checkStream(bytes('no\n'), { partial: true })).rejects.toThrow(/^line 1: neither/);
  await expect(checkStream(Readable.from([ROWS[1]!, ROWS[0]!]))).rejects.toThrow(/does not follow/);
  expect((await checkStream(Readable.from([]))).verdict).toBe('inconclusive');
});
