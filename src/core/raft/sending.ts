/** What a leader sends: entries, heartbeats and pieces of its snapshot, one node at a time. */

import { assert, fail } from '../types/assert.js';
import type { BrokerId, LogIndex, Uuid } from '../types/ids.js';
import { plus } from '../types/ids.js';
import { entriesWithin, lastAtOrBelow, lastIndex, termAt, ZERO_INDEX } from './log.js';
import { sortedIds } from './state.js';
import type { Step } from './step.js';
import { sendNow } from './step.js';
import type { Entry, Progress, RaftState } from './types.js';

/** What a leader knows of a node it has not heard from yet (figure 3.1, nextIndex, matchIndex). */
export function freshProgress(state: RaftState, directoryId: Uuid): Progress {
  return {
    directoryId,
    nextIndex: plus(lastIndex(state), 1),
    matchIndex: ZERO_INDEX,
    active: false,
    ackedRound: 0,
    inflight: 0,
    mode: 'probe',
    snapshotOffset: 0,
  };
}

/** Back to one message at a time, from the first entry that is not known to match. */
export function probeAgain(progress: Progress): void {
  if (progress.mode === 'replicate') {
    progress.mode = 'probe';
    progress.nextIndex = plus(progress.matchIndex, 1);
  }
  progress.inflight = 0;
}

/** Sends whatever `to` can be sent now: a probe, a pipeline of entries, or a snapshot. */
export function replicateTo(step: Step, to: BrokerId, progress: Progress): void {
  const { state } = step;
  assert(state.role === 'leader', 'only a leader replicates');
  assert(progress.nextIndex > progress.matchIndex, 'what matches is sent again');
  if (progress.mode !== 'snapshot' && progress.nextIndex <= state.snapshot.index) {
    progress.mode = 'snapshot';
    progress.snapshotOffset = 0;
    progress.inflight = 0;
    sendChunk(step, to, progress);
    return;
  }
  if (progress.mode === 'probe' && progress.inflight === 0) {
    const prev = plus(progress.nextIndex, -1);
    sendEntries(step, to, prev, entriesWithin(state, prev, state.limits.maxAppendBytes));
    progress.inflight = 1;
  }
  while (
    progress.mode === 'replicate' &&
    progress.inflight < state.limits.maxInflight &&
    progress.nextIndex <= lastIndex(state)
  ) {
    const prev = plus(progress.nextIndex, -1);
    const entries = entriesWithin(state, prev, state.limits.maxAppendBytes);
    sendEntries(step, to, prev, entries);
    progress.nextIndex = plus(entries.at(-1)!.index, 1);
    progress.inflight++;
  }
}

/** Replicates to everybody, in the order of their ids. */
export function replicateToAll(step: Step): void {
  const { progress } = step.state;
  for (const id of sortedIds(progress.keys())) {
    replicateTo(step, id, progress.get(id)!);
  }
}

/**
 * Tells `to` that its leader is there, how far the log is committed, and which read round is on. It
 * also repeats what may have been lost: the probe, or the piece of the snapshot.
 */
export function heartbeat(step: Step, to: BrokerId, progress: Progress): void {
  const { state } = step;
  if (progress.mode === 'probe') {
    progress.inflight = 0;
    replicateTo(step, to, progress);
  } else if (progress.mode === 'replicate') {
    sendEmpty(step, to, progress);
  } else {
    // The empty message lets reads be confirmed by a node that is still being brought up.
    sendEntries(step, to, state.snapshot.index, []);
    sendChunk(step, to, progress);
  }
}

/** No entries, only where the log of `to` should end; or the snapshot, if it ends too early. */
function sendEmpty(step: Step, to: BrokerId, progress: Progress): void {
  if (progress.nextIndex <= step.state.snapshot.index) {
    replicateTo(step, to, progress);
  } else {
    sendEntries(step, to, plus(progress.nextIndex, -1), []);
  }
}

export function heartbeatAll(step: Step): void {
  const { progress } = step.state;
  for (const id of sortedIds(progress.keys())) {
    heartbeat(step, id, progress.get(id)!);
  }
}

/** After the commit index moved: tells those who hold the entries already, instead of waiting. */
export function announceCommit(step: Step): void {
  const { state } = step;
  for (const id of sortedIds(state.progress.keys())) {
    const progress = state.progress.get(id)!;
    if (progress.mode === 'replicate') {
      sendEmpty(step, id, progress);
    }
  }
}

/** One AppendEntries behind the last entry at or below `after` (figure 3.1). */
function sendEntries(step: Step, to: BrokerId, after: LogIndex, entries: readonly Entry[]): void {
  const { state } = step;
  const prevIndex = lastAtOrBelow(state, after);
  const prevTerm = termAt(state, prevIndex);
  if (prevTerm === null) {
    fail(`the log does not know the term at ${prevIndex}`);
  }
  sendNow(step, to, {
    type: 'appendEntries',
    term: state.term,
    prevIndex,
    prevTerm,
    entries,
    commitIndex: state.commitIndex,
    round: state.readRound,
  });
}

/** The piece of the snapshot that `to` wants next (figure 5.3). */
export function sendChunk(step: Step, to: BrokerId, progress: Progress): void {
  const { state } = step;
  const { snapshot, limits } = state;
  const offset = progress.snapshotOffset;
  assert(progress.mode === 'snapshot', 'a chunk to a node that needs none');
  assert(offset <= snapshot.data.length, 'a chunk behind the end of the snapshot');
  const end = Math.min(offset + limits.snapshotChunkBytes, snapshot.data.length);
  sendNow(step, to, {
    type: 'installSnapshot',
    term: state.term,
    index: snapshot.index,
    snapshotTerm: snapshot.term,
    configuration: snapshot.configuration,
    offset,
    data: snapshot.data.subarray(offset, end),
    done: end === snapshot.data.length,
  });
}
