import { defineConfig } from 'vitest/config';

/** The tests that each mutant of the checker is tried on: all of the checker's, the long ones cut short. */
export default defineConfig({
  test: {
    include: [
      'src/checker/**/*.test.ts',
      'model-tests/checker*.test.ts',
      'model-tests/jepsen-cases.test.ts',
    ],
    exclude: ['src/checker/linearizability/**'],
    env: { CHECKER_HISTORIES: '60', CHECKER_PLANTS: '4', CHECKER_SEED: '20261121' },
    retry: 0,
    testTimeout: 20_000,
  },
});
