import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

const ALL = [
  'src/checker/**/*.test.ts',
  'model-tests/checker*.test.ts',
  'model-tests/jepsen-*.test.ts',
];
const READING = [
  'src/checker/reading/**/*.test.ts',
  'src/checker/*read*.test.ts',
  'src/checker/row-shape*.test.ts',
];
const LINEARIZABILITY = ['src/checker/linearizability/**/*.test.ts'];
const GENERATED = ['model-tests/checker.test.ts', 'model-tests/checker-reading.test.ts'];

/** The tests that a mutant is tried on, by its part of the checker (scripts/mutate-checker.ts): the quick ones first. */
const PARTS: { readonly [part: string]: { include: string[]; exclude: string[] } } = {
  rules: { include: ALL, exclude: [...READING, ...LINEARIZABILITY, ...GENERATED] },
  reading: { include: READING, exclude: [] },
  linearizability: { include: LINEARIZABILITY, exclude: [] },
  all: { include: ALL, exclude: [] },
};

const name = env.CHECKER_MUTANTS ?? 'all';
const part = PARTS[name];
if (part === undefined) {
  throw new Error(`CHECKER_MUTANTS=${name}: expected one of ${Object.keys(PARTS).join(', ')}`);
}

export default defineConfig({
  test: {
    ...part,
    // Generated histories are fewer than elsewhere, and the same for every mutant.
    env: { CHECKER_HISTORIES: '25', CHECKER_PLANTS: '4', CHECKER_SEED: '20261121' },
    bail: 1,
    retry: 0,
    testTimeout: 20_000,
  },
});
