/** The partitions of a simulated seed, row by row as they come. */

import type { Bug } from '../../../src/bugs/bug.js';
import type { RunContext } from '../../../src/simulator/context.js';
import type { Watcher } from '../../../src/simulator/watch.js';
import { ExactControllerTeller } from '../../../src/trace/exact-controller.js';
import { ExactReplicaTeller, partitionName } from '../../../src/trace/exact-partition.js';
import { type Ran, runTaken } from '../simulated.js';
import type { PartitionRow } from './acceptance.js';

/** Runs the seed; `take` is told every row of every partition, and ends the run by what it returns. */
export function runPartitions<Found>(
  seed: number,
  bugs: readonly Bug[],
  take: (row: PartitionRow) => Found | null,
): Ran<Found> {
  return runTaken(seed, bugs, partitionWatcher, take);
}

function partitionWatcher({ cluster }: RunContext, tell: (row: PartitionRow) => void): Watcher {
  const replicas = new Map<string, ExactReplicaTeller>();
  const controllers = new Map<number, ExactControllerTeller>();
  return {
    nodeStarted: ({ index }) => {
      const { topicDefaults } = cluster.settingsOf(index);
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
}
