/** Pages that are written from the code say what the code says. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configsPage } from '../scripts/configs-page.js';

test('docs/configs.md is the table of configs', () => {
  const page = readFileSync(new URL('../docs/configs.md', import.meta.url), 'utf8');
  expect(page).toBe(configsPage());
});
