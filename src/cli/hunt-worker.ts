/** A worker of `logjury bugs hunt`: hunts one bug at a time. */

import { findBug } from '../bugs/registry.js';
import { type HuntLimits, type HuntResult, huntBug } from '../simulator/hunt.js';
import { serveJobs } from './workers.js';

serveJobs<HuntLimits, string, HuntResult>((limits) => (name) => huntByName(name, limits));

/** One bug that breaks the hunt must not cost the others theirs: it is a result with a problem. */
export function huntByName(name: string, limits: HuntLimits): HuntResult {
  try {
    return huntBug(findBug(name)!, limits, () => performance.now() / 1000);
  } catch (error) {
    return {
      bug: name,
      detection: null,
      runs: 0,
      virtualSeconds: 0,
      seconds: 0,
      dirtySeeds: [],
      withoutFaults: null,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}
