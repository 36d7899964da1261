import { expect, test } from 'vitest';
import { excerpt, joinBytes } from './sink.js';

test('pieces are joined in their order; one alone is not copied', () => {
  const [one, two, three] = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  expect(joinBytes([one, two, three])).toEqual(Uint8Array.of(1, 2, 3));
  expect(joinBytes([])).toEqual(new Uint8Array(0));
  expect(joinBytes([one])).toBe(one);
});

test('an excerpt is at most sixty characters, without control characters, quotes as they stand', () => {
  expect(excerpt('a "quoted" \\d+ \\\\ é\t\u0000\n')).toBe('a "quoted" \\d+ \\\\ é\\t\\u0000\\n');
  expect(excerpt('x'.repeat(60))).toBe('x'.repeat(60));
  expect(excerpt('x'.repeat(61))).toBe(`${'x'.repeat(60)}...`);
});
