/** A node's state: how it starts, and clone, canonical bytes and equality of it. */

import { assert } from '../types/assert.js';
import type { BrokerId } from '../types/ids.js';
import { greatest } from '../types/ids.js';
import type { CanonicalWriter } from './canonical.js';
import {
  canonicalWriter,
  writeAll,
  writeBoolean,
  writeBytes,
  writeEntry,
  writeMessage,
  writeNullable,
  writeNumber,
  writeSnapshot,
  writeText,
  writeVoter,
  writtenBytes,
} from './canonical.js';
import { assertWellFormed, configurationAt, lastIndex, lastTerm, ZERO_INDEX } from './log.js';
import { takesPart } from './membership-role.js';
import type { RaftRules } from './rules.js';
import { raftRules } from './rules.js';
import type { Progress, RaftLimits, RaftStart, RaftState } from './types.js';

/**
 * The state of a node that starts from what is on its disk (figure 3.1: term, vote and log survive,
 * everything else is learnt again). `rules` matters for a wrong `restoredVote` only.
 */
export function startRaft(start: RaftStart, rules: RaftRules = raftRules): RaftState {
  const { limits } = start;
  assert(limits.maxInflight > 0, 'maxInflight allows no message');
  assert(limits.maxAppendBytes > 0, 'maxAppendBytes allows no payload');
  assert(limits.snapshotChunkBytes > 0, 'snapshotChunkBytes allows no progress');
  const snapshot =
    start.snapshot.index === 0
      ? { ...start.snapshot, configuration: start.bootstrap }
      : start.snapshot;
  // A crash between the storing of a snapshot and the dropping of the log leaves covered entries.
  const entries = start.entries.filter((entry) => entry.index > snapshot.index);
  const log = { snapshot, entries };
  assertWellFormed(log);
  // `persist` writes term and vote before entries, so a log whose last term is newer than the stored one is
  // not what it leaves. Should a host leave one: no vote of that term can have left this node.
  const stored = start.hardState;
  const newer = lastTerm(log) > stored.term;
  const last = lastIndex(log);
  const { configuration, at } = configurationAt(log, last);
  const standing = {
    ...log,
    self: start.self,
    configuration,
    configurationIndex: at,
    commitIndex: snapshot.index,
  };
  return {
    self: start.self,
    limits,
    role: takesPart(standing, rules) ? 'follower' : 'learner',
    term: greatest(stored.term, lastTerm(log)),
    votedFor: newer ? null : rules.restoredVote(stored),
    entries,
    snapshot,
    configuration,
    configurationIndex: at,
    leader: null,
    commitIndex: snapshot.index,
    leaderHeard: false,
    votesGranted: new Set(),
    votesRefused: new Set(),
    progress: new Map(),
    learners: new Set(),
    termStartIndex: ZERO_INDEX,
    readRound: 0,
    pendingReads: [],
    catchUp: null,
    transfer: null,
    persistSequence: 0,
    persistedThrough: 0,
    durableIndex: last,
    unpersisted: [],
    waiting: [],
    incoming: null,
  };
}

/** A copy that shares nothing mutable with `state`. Entries, snapshots, messages never change. */
export function cloneRaft(state: RaftState): RaftState {
  const progress = new Map<BrokerId, Progress>();
  for (const [id, of] of state.progress) {
    progress.set(id, cloneProgress(of));
  }
  const { incoming } = state;
  return {
    self: state.self,
    limits: state.limits,
    role: state.role,
    term: state.term,
    votedFor: state.votedFor,
    entries: state.entries.slice(),
    snapshot: state.snapshot,
    configuration: state.configuration,
    configurationIndex: state.configurationIndex,
    leader: state.leader,
    commitIndex: state.commitIndex,
    leaderHeard: state.leaderHeard,
    votesGranted: new Set(state.votesGranted),
    votesRefused: new Set(state.votesRefused),
    progress,
    learners: new Set(state.learners),
    termStartIndex: state.termStartIndex,
    readRound: state.readRound,
    pendingReads: state.pendingReads.slice(),
    catchUp: state.catchUp === null ? null : { ...state.catchUp },
    transfer: state.transfer === null ? null : { ...state.transfer },
    persistSequence: state.persistSequence,
    persistedThrough: state.persistedThrough,
    durableIndex: state.durableIndex,
    unpersisted: state.unpersisted.map(({ sequence, lastIndex: last }) => ({
      sequence,
      lastIndex: last,
    })),
    waiting: state.waiting.slice(),
    incoming:
      incoming === null
        ? null
        : {
            index: incoming.index,
            term: incoming.term,
            chunks: incoming.chunks.slice(),
            length: incoming.length,
          },
  };
}

function cloneProgress(of: Progress): Progress {
  return {
    directoryId: of.directoryId,
    nextIndex: of.nextIndex,
    matchIndex: of.matchIndex,
    active: of.active,
    ackedRound: of.ackedRound,
    inflight: of.inflight,
    mode: of.mode,
    snapshotOffset: of.snapshotOffset,
  };
}

/** Canonical bytes of the whole state: equal states, equal bytes. */
export function encodeRaft(state: RaftState): Uint8Array {
  const writer = canonicalWriter();
  writeVoter(writer, state.self);
  writeLimits(writer, state.limits);
  writeText(writer, state.role);
  writeNumber(writer, state.term);
  writeNullable(writer, state.votedFor, writeVoter);
  writeAll(writer, state.entries, writeEntry);
  writeSnapshot(writer, state.snapshot);
  writeAll(writer, state.configuration.voters, writeVoter);
  writeNumber(writer, state.configurationIndex);
  writeNullable(writer, state.leader, writeNumber);
  writeNumber(writer, state.commitIndex);
  writeBoolean(writer, state.leaderHeard);
  writeAll(writer, sortedIds(state.votesGranted), writeNumber);
  writeAll(writer, sortedIds(state.votesRefused), writeNumber);
  writeAll(writer, sortedIds(state.progress.keys()), (to, id) => {
    writeNumber(to, id);
    writeProgress(to, state.progress.get(id)!);
  });
  writeAll(writer, sortedIds(state.learners), writeNumber);
  writeNumber(writer, state.termStartIndex);
  writeNumber(writer, state.readRound);
  writeAll(writer, state.pendingReads, (to, read) => {
    writeNumber(to, read.token);
    writeNumber(to, read.index);
    writeNumber(to, read.round);
  });
  writeNullable(writer, state.catchUp, (to, catchUp) => {
    writeNumber(to, catchUp.token);
    writeVoter(to, catchUp.voter);
    writeNumber(to, catchUp.round);
    writeNumber(to, catchUp.target);
    writeBoolean(to, catchUp.slow);
    writeNumber(to, catchUp.heldIndex);
    writeNumber(to, catchUp.heldBytes);
  });
  writeNullable(writer, state.transfer, (to, transfer) => {
    writeNumber(to, transfer.token);
    writeNumber(to, transfer.to);
    writeBoolean(to, transfer.told);
  });
  writeNumber(writer, state.persistSequence);
  writeNumber(writer, state.persistedThrough);
  writeNumber(writer, state.durableIndex);
  writeAll(writer, state.unpersisted, (to, write) => {
    writeNumber(to, write.sequence);
    writeNumber(to, write.lastIndex);
  });
  writeAll(writer, state.waiting, (to, waiting) => {
    writeNumber(to, waiting.after);
    writeNumber(to, waiting.to);
    writeMessage(to, waiting.message);
  });
  writeNullable(writer, state.incoming, (to, incoming) => {
    writeNumber(to, incoming.index);
    writeNumber(to, incoming.term);
    writeAll(to, incoming.chunks, writeBytes);
    writeNumber(to, incoming.length);
  });
  return writtenBytes(writer);
}

function writeLimits(writer: CanonicalWriter, limits: RaftLimits): void {
  writeNumber(writer, limits.maxAppendBytes);
  writeNumber(writer, limits.maxInflight);
  writeNumber(writer, limits.snapshotChunkBytes);
}

function writeProgress(writer: CanonicalWriter, of: Progress): void {
  writeText(writer, of.directoryId);
  writeNumber(writer, of.nextIndex);
  writeNumber(writer, of.matchIndex);
  writeBoolean(writer, of.active);
  writeNumber(writer, of.ackedRound);
  writeNumber(writer, of.inflight);
  writeText(writer, of.mode);
  writeNumber(writer, of.snapshotOffset);
}

/** Whether two states are the same in everything. */
export function equalRaft(a: RaftState, b: RaftState): boolean {
  const left = encodeRaft(a);
  const right = encodeRaft(b);
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** The ids in ascending order: the one order in which the machine goes through nodes. */
export function sortedIds(ids: Iterable<BrokerId>): BrokerId[] {
  return [...ids].sort((a, b) => a - b);
}
