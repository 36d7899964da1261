/** The program of docs/checker.md runs against the package as it is built. */

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPage } from './checker-page.js';

test('the program of docs/checker.md prints what stands under it', () => {
  const [, program, printed] =
    /^```js\n([\s\S]*?)^```\n\nprints\n\n```\n([\s\S]*?)^```/m.exec(readPage()) ?? [];
  // Below the package, so that its exports are found under its own name; as built.
  const file = join(import.meta.dirname, '../dist/page-example.mjs');
  try {
    writeFileSync(file, program!);
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(printed);
  } finally {
    rmSync(file, { force: true });
  }
});
