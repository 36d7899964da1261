/**
 * The trace of one broker process, written before anything of a step leaves: each step of its Raft, of its replicas of the
 * first partition of every topic, and each decision about these.
 */

import { openSync, writeSync } from 'node:fs';
import type { BrokerObserver } from '../broker/observer.js';
import type { TraceRow } from '../history/trace.js';
import { traceRowLine } from '../history/trace.js';
import { ExactControllerTeller } from '../trace/exact-controller.js';
import { ExactReplicaTeller, partitionName } from '../trace/exact-partition.js';
import { ExactRaftTeller } from '../trace/exact-raft.js';

/** A row for every fetch of every partition would be more than a disk takes beside the broker's own work. */
const isTraced = (topic: string, partition: number): boolean =>
  partition === 0 && !topic.startsWith('__');

const nothing = (): void => undefined;

/**
 * Appends to `file`, for `node`, whose static configuration gives topics these defaults. What is written survives the end of the process: it is in the page cache before the step's
 * effects are carried out. Throws if the file cannot be opened; a row that cannot be written ends the process.
 */
export function traceToFile(
  file: string,
  node: string,
  topicDefaults: ReadonlyMap<string, string>,
): BrokerObserver {
  const descriptor = openSync(file, 'a');
  const raft = new ExactRaftTeller();
  const controller = new ExactControllerTeller({ topicDefaults }, isTraced);
  const replicas = new Map<string, ExactReplicaTeller>();
  let sequence = 0;
  const write = (
    machine: TraceRow['machine'],
    what: string,
    stamp: number | null,
    exact: object,
  ): void => {
    const row: TraceRow = {
      sequence: ++sequence,
      event: 0,
      time: Math.round(performance.now() * 1000),
      node,
      // Lives are told apart by the rows with which they start.
      incarnation: 0,
      machine,
      partition: null,
      stamp,
      cause: null,
      what,
      changed: {},
      state: {},
      exact,
    };
    writeSync(descriptor, traceRowLine(row));
  };
  return {
    raftStarted: (state) => write('raft', 'reads its log', null, raft.started(state)),
    raftStepping: nothing,
    raftStepped: (state, input, effects) =>
      write('raft', input.type, input.stamp, raft.stepped(state, input, effects)),
    raftExecuted: nothing,
    controllerStepping: nothing,
    controllerStepped: (state, input, effects) => {
      for (const row of controller.stepped(state, input, effects)) {
        write('controller', row.command.type, null, row);
      }
    },
    replicaOpened: ({ topic, topicId, partition, state }) => {
      if (isTraced(topic, partition)) {
        const teller = new ExactReplicaTeller();
        replicas.set(partitionName(topicId, partition), teller);
        write('partition', 'opens its log', null, teller.opened(state));
      }
    },
    replicaStepping: nothing,
    replicaStepped: ({ topicId, partition, state }, input, effects) => {
      const teller = replicas.get(partitionName(topicId, partition));
      if (teller !== undefined) {
        write('partition', input.type, input.stamp, teller.stepped(state, input, effects));
      }
    },
    replicaExecuted: nothing,
    replicaClosed: nothing,
    groupsStepping: nothing,
    groupsStepped: nothing,
    groupsExecuted: nothing,
  };
}
