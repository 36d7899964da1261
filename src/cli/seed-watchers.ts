/** Whoever watches a simulated run for the specification: rows of what every Raft does, and of partitions. */

import type { RunContext } from '../simulator/context.js';
import type { Watcher } from '../simulator/watch.js';
import type { ExactDecision } from '../trace/exact-controller.js';
import { ExactControllerTeller } from '../trace/exact-controller.js';
import type { ExactOpened, ExactReplicaStep } from '../trace/exact-partition.js';
import { ExactReplicaTeller, partitionName } from '../trace/exact-partition.js';
import type { ExactRaft } from '../trace/exact-raft.js';
import { ExactRaftTeller } from '../trace/exact-raft.js';

/** Makes rows of what every Raft of a run does, and tells them. */
export function raftWatcher(tell: (node: string, exact: ExactRaft) => void): Watcher {
  const tellers = new Map<string, ExactRaftTeller>();
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
}

export interface PartitionTaker {
  /** A step of a replica, or that it was opened. */
  replica(node: string, exact: ExactOpened | ExactReplicaStep): void;
  decision(node: string, exact: ExactDecision): void;
}

/** Makes rows of what replicas of a run do and of what is decided about them; `wants` says of which partitions. */
export function partitionWatcher(
  { cluster }: Pick<RunContext, 'cluster'>,
  tell: PartitionTaker,
  wants: (topic: string, partition: number) => boolean = () => true,
): Watcher {
  const replicas = new Map<string, ExactReplicaTeller>();
  const controllers = new Map<string, ExactControllerTeller>();
  return {
    nodeStarted: ({ index, name }) => {
      const { topicDefaults } = cluster.settingsOf(index);
      controllers.set(name, new ExactControllerTeller({ topicDefaults }, wants));
    },
    controllerStepped: ({ name }, state, input, effects) => {
      for (const row of controllers.get(name)!.stepped(state, input, effects)) {
        tell.decision(name, row);
      }
    },
    replicaOpened: ({ name }, { topic, topicId, partition, state }) => {
      if (wants(topic, partition)) {
        const teller = new ExactReplicaTeller();
        replicas.set(`${name} ${partitionName(topicId, partition)}`, teller);
        tell.replica(name, teller.opened(state));
      }
    },
    replicaStepped: ({ name }, { topic, topicId, partition, state }, input, effects) => {
      if (wants(topic, partition)) {
        const teller = replicas.get(`${name} ${partitionName(topicId, partition)}`)!;
        tell.replica(name, teller.stepped(state, input, effects));
      }
    },
  };
}
