/** The trace of one broker process: each step of its Raft, written before anything of it leaves. */

import { openSync, writeSync } from 'node:fs';
import type { BrokerObserver } from '../broker/observer.js';
import type { TraceRow } from '../history/trace.js';
import { traceRowLine } from '../history/trace.js';
import type { ExactRaft } from '../trace/exact-raft.js';
import { ExactRaftTeller } from '../trace/exact-raft.js';

const nothing = (): void => undefined;

/**
 * Appends to `file`, for `node`. What is written survives the end of the process: it is in the page cache before the step's
 * effects are carried out. Throws if the file cannot be opened; a row that cannot be written ends the process.
 */
export function traceToFile(file: string, node: string): BrokerObserver {
  const descriptor = openSync(file, 'a');
  const teller = new ExactRaftTeller();
  let sequence = 0;
  const write = (what: string, stamp: number | null, exact: ExactRaft): void => {
    const row: TraceRow = {
      sequence: ++sequence,
      event: 0,
      time: Math.round(performance.now() * 1000),
      node,
      // Lives are told apart by the rows with which they start.
      incarnation: 0,
      machine: 'raft',
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
    raftStarted: (state) => write('reads its log', null, teller.started(state)),
    raftStepping: nothing,
    raftStepped: (state, input, effects) =>
      write(input.type, input.stamp, teller.stepped(state, input, effects)),
    raftExecuted: nothing,
    controllerStepping: nothing,
    controllerStepped: nothing,
    replicaOpened: nothing,
    replicaStepping: nothing,
    replicaStepped: nothing,
    replicaExecuted: nothing,
    replicaClosed: nothing,
    groupsStepping: nothing,
    groupsStepped: nothing,
    groupsExecuted: nothing,
  };
}
