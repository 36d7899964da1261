/** Explores one scope of one machine and reports it; in the command's thread or in a worker's. */

import { findBug } from '../bugs/registry.js';
import { present } from '../core/types/assert.js';
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
  const { scope, bug, maximumStates, symmetry, seed, timeLimit } = job;
  const machine = present(findMachine(job.machine), `no machine is called ${job.machine}`);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const world = machine.open(scope, bug === null ? null : findBug(bug)!);
  const goesOn = (): boolean => timeLimit === null || elapsed() < timeLimit;
  const found = world.explore({ maximumStates, symmetry, seed, goesOn });
  const [verdict, why] = verdictOf(found);
  const { states, transitions, depth, peakQueue, deadlocks, ended, violation } = found;
  const isWhole = ended === 'complete';
  return {
    machine: machine.name,
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
      violation === null
        ? []
        : [
            {
              ...violation.violation,
              depth: violation.path.length,
              trace: world.tell(violation),
            },
          ],
    seconds: elapsed(),
  };
}
