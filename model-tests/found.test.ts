/**
 * Scenarios that once failed because of a bug in our own code (docs/found.md), as small as shrinking made
 * them: none of them fails any more.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeArtifact } from '../src/simulator/artifact.js';
import { run } from '../src/simulator/run.js';

const FOLDER = join(import.meta.dirname, 'found');

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

test.each(files)('%s holds now', (file) => {
  const { scenario, bugs } = decodeArtifact(readFileSync(join(FOLDER, file), 'utf8'));
  expect(bugs).toEqual([]);
  const { violation, outcomes } = run({ scenario, bugs: [] });
  expect(violation).toBeNull();
  // What was done to the cluster then is done to it now.
  expect([...outcomes.values()].every((outcome) => outcome?.took === true)).toBe(true);
});
