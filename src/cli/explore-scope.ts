/** Explores one scope of one machine and reports it; in the command's thread or in a worker's. */

import { findBug } from '../bugs/registry.js';
import { explore } from '../explorer/explore.js';
import { stepsOn } from '../explorer/raft/counterexample.js';
import { raftLattice } from '../explorer/raft/lattice.js';
import { RaftWorld } from '../explorer/raft/world.js';
import { type ScopeReport, verdictOf } from './explore-report.js';
import { explorationTrace } from './explore-trace.js';

export interface ScopeJob {
  readonly scope: string;
  readonly bug: string | null;
  readonly maximumStates: number;
  readonly symmetry: boolean;
  readonly seed: number;
  /** Seconds; null: as long as it takes. */
  readonly timeLimit: number | null;
}

export function exploreScope(job: ScopeJob): ScopeReport {
  const { bug, maximumStates, symmetry, seed, timeLimit } = job;
  const scope = raftLattice.find(({ name }) => name === job.scope)!;
  const rules = bug === null ? {} : findBug(bug)!.raft!;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const world = new RaftWorld(scope, { rules });
  const goesOn = (): boolean => timeLimit === null || elapsed() < timeLimit;
  const found = explore(world, { maximumStates, symmetry, seed, goesOn });
  const [verdict, why] = verdictOf(found);
  const { states, transitions, depth, peakQueue, deadlocks, ended, violation } = found;
  const isWhole = ended === 'complete';
  return {
    machine: 'raft',
    scope: scope.name,
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
              trace: explorationTrace(stepsOn(world, violation.path), violation.violation),
            },
          ],
    seconds: elapsed(),
  };
}
