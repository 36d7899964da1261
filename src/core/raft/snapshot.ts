/** Log compaction and the transfer of snapshots in pieces (chapter 5, figure 5.3). */

import { assert, present } from '../types/assert.js';
import type { BrokerId, LogIndex, Uuid } from '../types/ids.js';
import { greatest, plus } from '../types/ids.js';
import { configurationAt, entriesBetween, lastIndex, termAt, ZERO_INDEX } from './log.js';
import { acknowledged, progressOf } from './replication.js';
import { becomeFollower, followConfiguration, followLeader } from './roles.js';
import { sendChunk } from './sending.js';
import type { Step } from './step.js';
import { flush, sendDurable, storeSnapshot, truncateLog } from './step.js';
import type {
  InstallSnapshot,
  InstallSnapshotReply,
  Progress,
  RaftState,
  Snapshot,
} from './types.js';

/** The host's state machine has written down everything applied up to `index` (5.1). */
export function snapshotTaken(step: Step, index: LogIndex, data: Uint8Array): void {
  const { state } = step;
  if (index <= state.snapshot.index) {
    // A newer one was installed while this one was being written.
    return;
  }
  assert(index <= state.commitIndex, 'a snapshot of what is not committed');
  const term = present(termAt(state, index), `no entry ends at ${index}`);
  const { configuration } = configurationAt(state, index);
  storeSnapshot(step, { index, term, configuration, data });
  flush(step);
  for (const progress of state.progress.values()) {
    // Pieces of the older snapshot are of no use behind this one's first.
    progress.snapshotOffset = 0;
  }
}

/** A piece of the leader's snapshot. */
export function handleInstallSnapshot(step: Step, from: BrokerId, message: InstallSnapshot): void {
  const { state } = step;
  if (message.term < state.term) {
    reply(step, from, ZERO_INDEX, 0, false);
    return;
  }
  followLeader(step, message.term, from);
  const { index } = message;
  if (index <= state.commitIndex) {
    // Old news: everything in it is here, and committed.
    reply(step, from, index, message.offset + message.data.length, true);
    return;
  }
  const { chunks, length: received } = receiveChunk(step, message);
  if (message.done && received === message.offset + message.data.length) {
    install(step, message, joined(chunks, received));
    reply(step, from, index, received, true);
  } else {
    reply(step, from, index, received, false);
  }
}

/** Keeps the piece if it is the one that is wanted next; returns what is held so far. */
function receiveChunk(step: Step, message: InstallSnapshot): NonNullable<RaftState['incoming']> {
  const { state } = step;
  const { index, snapshotTerm: term, offset, data } = message;
  if (state.incoming?.index !== index || state.incoming.term !== term) {
    state.incoming = { index, term, chunks: [], length: 0 };
  }
  const { incoming } = state;
  if (offset === incoming.length) {
    incoming.chunks.push(data);
    incoming.length += data.length;
  }
  return incoming;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const data = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    data.set(chunk, at);
    at += chunk.length;
  }
  return data;
}

/** Figure 5.3, receiver 5 to 8. */
function install(step: Step, message: InstallSnapshot, data: Uint8Array): void {
  const { state, effects } = step;
  const { index, snapshotTerm: term, configuration } = message;
  const snapshot: Snapshot = { index, term, configuration, data };
  if (termAt(state, index) !== term) {
    // 7: the log is another one, so nothing of it may follow the snapshot. What the snapshot itself
    // replaces stays until it is stored: a crash in between must not lose acknowledged entries.
    const [behind] = entriesBetween(state, index, lastIndex(state));
    if (behind !== undefined) {
      truncateLog(step, behind.base);
    }
  }
  storeSnapshot(step, snapshot);
  state.incoming = null;
  state.commitIndex = index;
  flush(step);
  followConfiguration(step);
  effects.push({ type: 'restore', snapshot });
}

function reply(step: Step, to: BrokerId, index: LogIndex, received: number, done: boolean): void {
  const { term } = step.state;
  sendDurable(step, to, { type: 'installSnapshotReply', term, index, received, done });
}

/** The leader hears how far its snapshot has got. */
export function handleInstallSnapshotReply(
  step: Step,
  from: BrokerId,
  directory: Uuid,
  message: InstallSnapshotReply,
): void {
  const { state } = step;
  if (message.term > state.term) {
    becomeFollower(step, message.term, null);
    return;
  }
  const progress =
    state.role === 'leader' && message.term === state.term
      ? progressOf(step, from, directory)
      : null;
  if (progress === null) {
    return;
  }
  progress.active = true;
  const { index, received, done } = message;
  if (done) {
    progress.matchIndex = greatest(progress.matchIndex, index);
    progress.nextIndex = greatest(progress.nextIndex, plus(progress.matchIndex, 1));
    if (progress.mode === 'snapshot' && progress.matchIndex >= state.snapshot.index) {
      progress.mode = 'replicate';
      progress.nextIndex = plus(progress.matchIndex, 1);
      progress.inflight = 0;
    }
    acknowledged(step, from, progress);
  } else if (progress.mode === 'snapshot' && index === state.snapshot.index) {
    continueTransfer(step, from, progress, received);
  }
}

/** Sends the next piece, unless this answer repeats an older one; a lost transfer begins again. */
function continueTransfer(step: Step, to: BrokerId, progress: Progress, received: number): void {
  const wanted = Math.min(received, step.state.snapshot.data.length);
  if (wanted !== progress.snapshotOffset) {
    progress.snapshotOffset = wanted;
    sendChunk(step, to, progress);
  }
}
