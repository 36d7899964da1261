/** A replica of a trace: its state and its log. */

import type { ExactReplica, ExactReplicaStep } from '../../../src/trace/exact-partition.js';
import type { ReplicaLog } from './replica-log.js';
import { appendedTo, cutTo, EMPTY_LOG, unknownUpTo } from './replica-log.js';

export interface TracedReplica {
  readonly self: number;
  readonly state: ExactReplica;
  readonly log: ReplicaLog;
}

export function steppedReplica(
  { self, state, log }: TracedReplica,
  { appended, cut, changed }: ExactReplicaStep,
): TracedReplica {
  let after = log;
  if (cut !== null) {
    after = cut.begunAnew ? unknownUpTo(cut.to, -1) : cutTo(after, cut.to);
  }
  return { self, state: { ...state, ...changed }, log: appendedTo(after, appended) };
}

/** Nothing is being appended or cut. */
export function isSettled({ nextOffset, logEndOffset, cutTo: cutting }: ExactReplica): boolean {
  return nextOffset === logEndOffset && cutting === null;
}

/** Epoch of the broker's incarnation: the metadata that a replica is told is never older than that. -1: not told. */
export function incarnationOf({ self, state }: TracedReplica): number {
  return state.brokers.find(([id]) => id === self)?.[1] ?? -1;
}

/** A replica of whose log the trace knows nothing. */
export function newReplica(self: number, state: ExactReplica): TracedReplica {
  const log = state.logEndOffset === 0 ? EMPTY_LOG : unknownUpTo(state.logEndOffset, -1);
  return { self, state, log };
}

/** The epoch of the last record, as a follower's fetch names it. */
export function latestEpoch({ epochs }: ExactReplica): number {
  return epochs.at(-1)?.[0] ?? -1;
}
