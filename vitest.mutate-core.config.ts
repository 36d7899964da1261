import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

/** The tests that a mutant of a step function is tried on, by part (npm run mutate -- --plain): the quick ones first. */
const PARTS: { readonly [part: string]: { include: string[]; testNamePattern?: string } } = {
  'raft-units': { include: ['src/core/raft/*.test.ts', 'model-tests/raft-claims.test.ts'] },
  'partition-units': { include: ['src/core/partition/*.test.ts'] },
  'raft-lock': lockOf('raft'),
  'partition-lock': lockOf('(?:producer|partition)'),
};

/** The comparison of small scopes with what the specification is known to allow (spec/conformance.json). */
function lockOf(specification: string): { include: string[]; testNamePattern: string } {
  return {
    include: ['model-tests/conformance.test.ts'],
    testNamePattern: `the code of '${specification}' has the state graph`,
  };
}

const name = env.CORE_MUTANTS ?? 'partition-units';
const part = PARTS[name];
if (part === undefined) {
  throw new Error(`CORE_MUTANTS=${name}: expected one of ${Object.keys(PARTS).join(', ')}`);
}

export default defineConfig({
  test: { ...part, bail: 1, retry: 0, testTimeout: 120_000 },
});
