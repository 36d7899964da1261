import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src', 'chaos', 'clients', 'model-tests'].map((folder) => `${folder}/**/*.test.ts`),
    // No retries: a flake is a finding.
    retry: 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
