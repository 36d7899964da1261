import { defineConfig } from 'vitest/config';

/** Real processes and sockets, the wall clock, or several threads of their own: one file after the other, with the machine to itself. */
const PROCESSES = [
  'src/environment/node/**/*.test.ts',
  'chaos/**/*.test.ts',
  'clients/**/*.test.ts',
  ...[
    'explore',
    'explorer-team',
    'exports',
    'npm-clients',
    'operations',
    'page-program',
    'quorum-process',
    'sessions-trial',
    'simulate',
    'trial',
    'wire-process',
  ].map((name) => `model-tests/${name}.test.ts`),
];

const COMMON = {
  // No retries: a flake is a finding.
  retry: 0,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...COMMON,
          name: 'pure',
          include: ['src', 'model-tests'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: PROCESSES,
          // Each uses one thread, and no clock but its own: the time only ends what hangs.
          maxWorkers: '100%',
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...COMMON,
          name: 'processes',
          include: PROCESSES,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
