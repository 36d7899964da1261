/** The partitions of a simulated seed, row by row as they come. */

import type { Bug } from '../../../src/bugs/bug.js';
import { generateScenario } from '../../../src/simulator/generate.js';
import { run } from '../../../src/simulator/run.js';
import type { Watcher } from '../../../src/simulator/watch.js';
import { ExactControllerTeller } from '../../../src/trace/exact-controller.js';
import { ExactReplicaTeller, partitionName } from '../../../src/trace/exact-partition.js';
import type { PartitionRow } from './acceptance.js';

export interface Ran<Found> {
  /** What `take` returned last; null: nothing, to the end of the run. */
  readonly found: Found | null;
  /** The simulator's own. */
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
}

/** Runs the seed; `take` is told every row of every partition, and ends the run by what it returns. */
export function runPartitions<Found>(
  seed: number,
  bugs: readonly Bug[],
  take: (row: PartitionRow) => Found | null,
): Ran<Found> {
  let found: Found | null = null;
  let failure: { readonly error: unknown } | null = null;
  const replicas = new Map<string, ExactReplicaTeller>();
  const controllers = new Map<number, ExactControllerTeller>();
  const result = run({
    scenario: generateScenario(seed),
    bugs,
    watchers: [
      (context): Watcher => {
        const tell = (row: PartitionRow): void => {
          if (found !== null || failure !== null) {
            return;
          }
          try {
            found = take(row);
          } catch (error) {
            // What is thrown within a run is taken for the broker's.
            failure = { error };
          }
          if (found !== null || failure !== null) {
            context.violated('TraceAccepted', 'the specification has no such step');
          }
        };
        return {
          nodeStarted: ({ index }) => {
            const { topicDefaults } = context.cluster.settingsOf(index);
            controllers.set(index, new ExactControllerTeller({ topicDefaults }));
          },
          controllerStepped: ({ index }, state, input, effects) => {
            for (const row of controllers.get(index)!.stepped(state, input, effects)) {
              tell(row);
            }
          },
          replicaOpened: ({ index }, { topicId, partition, state }) => {
            const teller = new ExactReplicaTeller();
            replicas.set(`${index} ${partitionName(topicId, partition)}`, teller);
            tell(teller.opened(state));
          },
          replicaStepped: ({ index }, { topicId, partition, state }, input, effects) => {
            const teller = replicas.get(`${index} ${partitionName(topicId, partition)}`)!;
            tell(teller.stepped(state, input, effects));
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
