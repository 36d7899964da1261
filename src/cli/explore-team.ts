/** Several threads that explore one scope together. */

import type { Exploration } from '../explorer/explore.js';
import { joined, newTeamMemory, type TeamMemory } from '../explorer/team.js';
import type { ScopeReport } from './explore-report.js';
import { exploreScope, reportOf, type ScopeJob } from './explore-scope.js';
import { runJobs, workerModule } from './workers.js';

/** One thread's part of a scope. */
export interface ShareJob {
  readonly job: ScopeJob;
  readonly memory: TeamMemory;
  readonly rank: number;
}

/** What they come upon is searched for once more by one thread, which knows the way to it: always the same one. */
export async function exploreTogether(job: ScopeJob, threads: number): Promise<ScopeReport> {
  const began = performance.now();
  const memory = newTeamMemory(threads, job.maximumStates);
  const shares: Exploration[] = [];
  await runJobs<ShareJob, Exploration>({
    module: workerModule('explore-team-worker', import.meta.url),
    settings: null,
    jobs: Array.from({ length: threads }, (_, rank) => ({ job, memory, rank })).values(),
    workers: threads,
    answered: (share, { rank }) => {
      shares[rank] = share;
    },
  });
  const found = joined(shares);
  return found.ended === 'violated'
    ? exploreScope(job)
    : reportOf(job, found, null, (performance.now() - began) / 1000);
}
