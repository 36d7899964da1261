import { expect, test } from 'vitest';
import type { Bug } from '../bugs/bug.js';
import { huntPage, LOCKS } from './hunt-page.js';

const bug = (name: string, notFoundBecause?: string): Bug => ({
  name,
  title: 'A title',
  source: 'KIP-0',
  violates: [],
  ...(notFoundBecause === undefined ? {} : { notFoundBecause }),
});

const MEASURED = '(KIP-0): 281 seeds, 6361 s of virtual time, 602 seconds';

const BEFORE = `## Found

| \`seen\` | A title | KIP-0 | 1 | 1 s | 0.1 | P | 1 deed, 1 brokers, 1 ms |

## Not found

- \`hidden\` ${MEASURED}; nobody knows yet why it hides.
- \`puzzling\` ${MEASURED}; nobody knows yet why it hides.
`;

test('a row that is not measured again says why the bug hides as the zoo says it now', () => {
  const bugs = [
    bug('seen'),
    bug('hidden', 'it takes two; a test finds it'),
    bug('puzzling'),
    bug('new'),
  ];
  const { text, found, unfound } = huntPage(bugs, new Map(), BEFORE);
  expect(text).toContain(`- \`hidden\` ${MEASURED}; it takes two; a test finds it.\n`);
  expect(text).toContain(`- \`puzzling\` ${MEASURED}; nobody knows yet why it hides.\n`);
  expect(text).toContain('| `seen` | A title | KIP-0 | 1 | 1 s | 0.1 | P |');
  expect(text).toContain('- `new`: not hunted yet.');
  expect([found, unfound]).toEqual([1, 3]);
  // Once more changes nothing.
  expect(huntPage(bugs, new Map(), text).text).toBe(text);
});

test('what stands behind the hunt stays as it is, and is no row of it', () => {
  const behind = `${LOCKS}\n\n| \`new\` | one-term |\n`;
  const { text } = huntPage([bug('new')], new Map(), `${BEFORE}\n${behind}`);
  expect(text).toContain('- `new`: not hunted yet.');
  expect(text.endsWith(`\n${behind}`)).toBe(true);
});
