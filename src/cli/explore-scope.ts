/** Explores one scope of one machine and reports it; in the command's thread or in a worker's. */

import { findBug } from '../bugs/registry.js';
import { present } from '../core/types/assert.js';
import type { Exploration } from '../explorer/explore.js';
import type { Team } from '../explorer/team.js';
import type { ExploredWorld } from './explore-machine.js';
import { findMachine } from './explore-machines.js';
import { type ScopeReport, verdictOf } from './explore-report.js';

export interface ScopeJob {
  readonly machine: string;
  readonly scope: string;
  readonly bug: string | null;
  readonly maximumStates: number;
  readonly symmetry: boolean;
  readonly seed: number;
  /** Seconds; null: as long as it takes. */
  readonly timeLimit: number | null;
}

export function exploreScope(job: ScopeJob): ScopeReport {
  const began = performance.now();
  const world = openScope(job);
  const found = searchScope(world, job);
  return reportOf(job, found, world, (performance.now() - began) / 1000);
}

export function openScope(job: ScopeJob): ExploredWorld {
  const machine = present(findMachine(job.machine), `no machine is called ${job.machine}`);
  return machine.open(job.scope, job.bug === null ? null : findBug(job.bug)!);
}

/** With `team`: this thread's share of it. */
export function searchScope(world: ExploredWorld, job: ScopeJob, team?: Team): Exploration {
  const { maximumStates, symmetry, seed, timeLimit } = job;
  const began = performance.now();
  const goesOn = (): boolean =>
    timeLimit === null || (performance.now() - began) / 1000 < timeLimit;
  return world.explore({ maximumStates, symmetry, seed, goesOn, ...(team && { team }) });
}

/** `world`: in which it was found; null: nothing was. */
export function reportOf(
  { machine, scope, bug }: ScopeJob,
  found: Exploration,
  world: ExploredWorld | null,
  seconds: number,
): ScopeReport {
  const [verdict, why] = verdictOf(found);
  const { states, transitions, depth, peakQueue, deadlocks, ended, violation } = found;
  const isWhole = ended === 'complete';
  return {
    machine,
    scope,
    bug,
    verdict,
    why,
    states,
    transitions,
    depth,
    peakQueue,
    deadlocks,
    witnesses: Object.fromEntries(found.witnesses),
    stateDigest: isWhole ? found.stateDigest : null,
    edgeDigest: isWhole ? found.edgeDigest : null,
    violations:
      violation === null || world === null
        ? []
        : [
            {
              ...violation.violation,
              depth: violation.path.length,
              trace: world.tell(violation),
            },
          ],
    seconds,
  };
}
