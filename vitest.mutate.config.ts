import { defineConfig } from 'vitest/config';

/**
 * Tests that mutants of the rules need not be tried on: those of reading, and of generated histories, which are dear.
 * CHECKER_MUTANTS=rules leaves them out.
 */
const DEAR = [
  'model-tests/checker.test.ts',
  'src/checker/reading/**',
  'src/checker/read.test.ts',
  'model-tests/checker-reading.test.ts',
];

/** The tests that each mutant of the checker is tried on: all of the checker's, the long ones cut short. */
export default defineConfig({
  test: {
    include: [
      'src/checker/**/*.test.ts',
      'model-tests/checker*.test.ts',
      'model-tests/jepsen-*.test.ts',
    ],
    exclude: [
      'src/checker/linearizability/**',
      ...(process.env.CHECKER_MUTANTS === 'rules' ? DEAR : []),
    ],
    env: { CHECKER_HISTORIES: '25', CHECKER_PLANTS: '4', CHECKER_SEED: '20261121' },
    bail: 1,
    retry: 0,
    testTimeout: 20_000,
  },
});
