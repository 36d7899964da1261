/** A worker of `logjury explore`: explores a scope. */

import type { ScopeReport } from './explore-report.js';
import { exploreScope, type ScopeJob } from './explore-scope.js';
import { serveJobs } from './workers.js';

serveJobs<null, ScopeJob, ScopeReport>(() => exploreScope);
