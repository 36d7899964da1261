/** A worker of `logjury explore --threads`: one thread's share of a scope. */

import type { Exploration } from '../explorer/explore.js';
import { Team } from '../explorer/team.js';
import { openScope, searchScope } from './explore-scope.js';
import type { ShareJob } from './explore-team.js';
import { serveJobs } from './workers.js';

serveJobs<null, ShareJob, Exploration>(
  () =>
    ({ job, memory, rank }) =>
      searchScope(openScope(job), job, new Team(memory, rank)),
);
