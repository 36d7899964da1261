/** Threads that search one scope together find what one thread finds. */

import { describe, expect, test } from 'vitest';
import type { ScopeReport } from '../src/cli/explore-report.js';
import { exploreScope, type ScopeJob } from '../src/cli/explore-scope.js';
import { exploreTogether } from '../src/cli/explore-team.js';

const JOB: ScopeJob = {
  machine: 'raft',
  scope: 'slow-disks-restart',
  bug: null,
  maximumStates: 200_000,
  symmetry: true,
  seed: 0,
  timeLimit: null,
};

/** How many waited at once is another number with every division. */
function comparable({ seconds, peakQueue, ...report }: ScopeReport): object {
  expect(seconds).toBeGreaterThan(0);
  expect(peakQueue).toBeGreaterThan(0);
  return report;
}

describe('a team of threads', () => {
  test.each([
    ['raft', 'slow-disks-restart', 3],
    ['raft', 'learner', 2],
    // Its goal is asked for as well; and one that is too small to be divided.
    ['partition', 'rest', 2],
    ['producer', 'restart', 2],
  ])('finds the graph of %s, %s, with %i', async (machine, scope, threads) => {
    const job = { ...JOB, machine, scope };
    const alone = exploreScope(job);
    expect(alone.verdict).toBe('valid');
    expect(comparable(await exploreTogether(job, threads))).toEqual(comparable(alone));
  });

  test('tells the counterexample that one thread tells, wherever it is found', async () => {
    for (const [scope, bug] of [
      ['slow-disks-restart', 'two-votes'],
      ['two-terms', 'no-log-check'],
    ] as const) {
      const job = { ...JOB, scope, bug, maximumStates: 2_000_000 };
      const alone = exploreScope(job);
      expect(alone.verdict).toBe('invalid');
      expect(comparable(await exploreTogether(job, 2))).toEqual(comparable(alone));
    }
  });

  test('ends where there are too many states, or too little time: for all of it', async () => {
    const full = await exploreTogether({ ...JOB, maximumStates: 30_000 }, 3);
    expect(full).toMatchObject({
      verdict: 'inconclusive',
      why: 'there are more states than --max-states allows',
      stateDigest: null,
    });
    expect(full.states).toBeLessThanOrEqual(30_000);
    const job = { ...JOB, scope: 'two-terms-proposal', maximumStates: 10_000_000, timeLimit: 2 };
    expect(await exploreTogether(job, 2)).toMatchObject({
      verdict: 'inconclusive',
      why: 'the time was up',
    });
  });
});
