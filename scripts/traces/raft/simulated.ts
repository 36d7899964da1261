/** The traces of simulated seeds, row by row as they come. */

import type { Bug } from '../../../src/bugs/bug.js';
import { generateScenario } from '../../../src/simulator/generate.js';
import { run } from '../../../src/simulator/run.js';
import type { Watcher } from '../../../src/simulator/watch.js';
import type { ExactRaft } from '../../../src/trace/exact-raft.js';
import { ExactRaftTeller } from '../../../src/trace/exact-raft.js';

export interface Ran<Found> {
  /** What `take` returned last; null: nothing, to the end of the run. */
  readonly found: Found | null;
  /** The simulator's own. */
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
}

/** Runs the seed; `take` is told every row of Raft, and ends the run by what it returns. */
export function runSeed<Found>(
  seed: number,
  bugs: readonly Bug[],
  take: (node: string, row: ExactRaft) => Found | null,
): Ran<Found> {
  let found: Found | null = null;
  let failure: { readonly error: unknown } | null = null;
  const tellers = new Map<string, ExactRaftTeller>();
  const result = run({
    scenario: generateScenario(seed),
    bugs,
    watchers: [
      (context): Watcher => {
        const tell = (node: string, row: ExactRaft): void => {
          if (found !== null || failure !== null) {
            return;
          }
          try {
            found = take(node, row);
          } catch (error) {
            // What is thrown within a run is taken for the broker's.
            failure = { error };
          }
          if (found !== null || failure !== null) {
            context.violated('TraceAccepted', 'the specification has no such step');
          }
        };
        return {
          raftStarted: ({ name }, state) => {
            const teller = new ExactRaftTeller();
            tellers.set(name, teller);
            tell(name, teller.started(state));
          },
          raftStepped: ({ name }, state, input, effects) => {
            tell(name, tellers.get(name)!.stepped(state, input, effects));
          },
        };
      },
    ],
  });
  if (failure !== null) {
    throw (failure as { readonly error: unknown }).error;
  }
  return { found, verdict: result.verdict };
}
