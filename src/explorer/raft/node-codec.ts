/**
 * A node as bytes: every field of the machine's state but for `limits`, which never change, and with the
 * numbers of writes counted from the last durable one (`renumbered`).
 */

import type { Progress, RaftLimits, RaftState, Role } from '../../core/raft/types.js';
import { assert } from '../../core/types/assert.js';
import type { BrokerId, LogIndex, Term } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import {
  readConfiguration,
  readEntry,
  readHardState,
  readMessage,
  readSnapshot,
  writeConfiguration,
  writeEntry,
  writeHardState,
  writeMessage,
  writeSnapshot,
} from './message-codec.js';
import type { Disk, ExploredNode, Persist } from './node.js';
import { readVoter, voterOf, writeDirectory, writeVoter } from './voters.js';

const ROLES: readonly Role[] = ['learner', 'follower', 'preCandidate', 'candidate', 'leader'];
const MODES: readonly Progress['mode'][] = ['probe', 'replicate', 'snapshot'];

export function writeNode(writer: PartWriter, node: ExploredNode): void {
  writeRaft(writer, node.raft);
  writeDisk(writer, node.disk);
  writer.list(node.writes, (write) => writePersist(writer, write));
  writer.number(node.timers);
}

/** `limits`: the world's, which are no part of a state. */
export function readNode(reader: PartReader, limits: RaftLimits): ExploredNode {
  const raft = readRaft(reader, limits);
  const disk = readDisk(reader);
  const writes = reader.list(() => readPersist(reader));
  return { raft, disk, writes, timers: reader.number() };
}

function writeDisk(writer: PartWriter, { hardState, snapshot, entries }: Disk): void {
  writeHardState(writer, hardState);
  writeSnapshot(writer, snapshot);
  writer.list(entries, (entry) => writeEntry(writer, entry));
}

function readDisk(reader: PartReader): Disk {
  return {
    hardState: readHardState(reader),
    snapshot: readSnapshot(reader),
    entries: reader.list(() => readEntry(reader)),
  };
}

function writePersist(writer: PartWriter, write: Persist): void {
  writer.number(write.sequence);
  writer.nullable(write.hardState, (hardState) => writeHardState(writer, hardState));
  writer.number(write.truncateFrom ?? 0);
  writer.list(write.entries, (entry) => writeEntry(writer, entry));
  writer.nullable(write.snapshot, (snapshot) => writeSnapshot(writer, snapshot));
}

function readPersist(reader: PartReader): Persist {
  const sequence = reader.number();
  const hardState = reader.nullable(() => readHardState(reader));
  const from = reader.number() as LogIndex;
  const truncateFrom = from === 0 ? null : from;
  const entries = reader.list(() => readEntry(reader));
  const snapshot = reader.nullable(() => readSnapshot(reader));
  return { type: 'persist', sequence, hardState, truncateFrom, entries, snapshot };
}

function writeRaft(writer: PartWriter, state: RaftState): void {
  assert(state.persistedThrough === 0, 'a node whose writes are not renumbered');
  const id = (each: BrokerId): BrokerId => each;
  writeVoter(writer, state.self);
  writer.oneOf(ROLES, state.role);
  writeHardState(writer, state);
  writer.list(state.entries, (entry) => writeEntry(writer, entry));
  writeSnapshot(writer, state.snapshot);
  writeConfiguration(writer, state.configuration);
  writer.number(state.configurationIndex);
  writer.id(state.leader);
  writer.number(state.commitIndex);
  writer.flag(state.leaderHeard);
  writer.byId(state.votesGranted, id, (each) => writer.id(each));
  writer.byId(state.votesRefused, id, (each) => writer.id(each));
  writer.byId(
    state.progress,
    ([each]) => each,
    ([each, progress]) => writeProgress(writer, each, progress),
  );
  writer.byId(state.learners, id, (each) => writer.id(each));
  writer.number(state.termStartIndex);
  writer.number(state.readRound);
  writer.list(state.pendingReads, (read) => {
    writer.number(read.token);
    writer.number(read.index);
    writer.number(read.round);
  });
  writer.nullable(state.catchUp, (catchUp) => {
    writer.number(catchUp.token);
    writeVoter(writer, catchUp.voter);
    writer.number(catchUp.round);
    writer.number(catchUp.target);
    writer.flag(catchUp.slow);
    writer.number(catchUp.heldIndex);
    writer.number(catchUp.heldBytes);
  });
  writer.nullable(state.transfer, (transfer) => {
    writer.number(transfer.token);
    writer.id(transfer.to);
    writer.flag(transfer.told);
  });
  writeWaiting(writer, state);
  writer.nullable(state.incoming, (incoming) => {
    writer.number(incoming.index);
    writer.number(incoming.term);
    writer.list(incoming.chunks, (chunk) => writer.octets(chunk));
  });
}

function writeWaiting(writer: PartWriter, state: RaftState): void {
  writer.number(state.persistSequence);
  writer.number(state.durableIndex);
  writer.list(state.unpersisted, (write) => {
    writer.number(write.sequence);
    writer.number(write.lastIndex);
  });
  // What waits for one write leaves at once: in which order is nothing that the network keeps.
  const sorted = [...state.waiting].sort(
    (a, b) => a.after - b.after || writer.renamed(a.to) - writer.renamed(b.to),
  );
  writer.list(sorted, (waiting) => {
    writer.number(waiting.after);
    writer.id(waiting.to);
    writeMessage(writer, waiting.message);
  });
}

function writeProgress(writer: PartWriter, id: BrokerId, progress: Progress): void {
  writer.id(id);
  writeDirectory(writer, id, progress.directoryId);
  writer.number(progress.nextIndex);
  writer.number(progress.matchIndex);
  writer.flag(progress.active);
  writer.number(progress.ackedRound);
  writer.number(progress.inflight);
  writer.oneOf(MODES, progress.mode);
  writer.number(progress.snapshotOffset);
}

function readRaft(reader: PartReader, limits: RaftLimits): RaftState {
  const ids = (): Set<BrokerId> => new Set(reader.list(() => reader.number() as BrokerId));
  const index = (): LogIndex => reader.number() as LogIndex;
  return {
    limits,
    self: readVoter(reader),
    role: reader.oneOf(ROLES),
    ...readHardState(reader),
    entries: reader.list(() => readEntry(reader)),
    snapshot: readSnapshot(reader),
    configuration: readConfiguration(reader),
    configurationIndex: index(),
    leader: reader.id<BrokerId>(),
    commitIndex: index(),
    leaderHeard: reader.flag(),
    votesGranted: ids(),
    votesRefused: ids(),
    progress: new Map(reader.list(() => readProgress(reader))),
    learners: ids(),
    termStartIndex: index(),
    readRound: reader.number(),
    pendingReads: reader.list(() => ({
      token: reader.number(),
      index: index(),
      round: reader.number(),
    })),
    catchUp: reader.nullable(() => ({
      token: reader.number(),
      voter: readVoter(reader),
      round: reader.number(),
      target: index(),
      slow: reader.flag(),
      heldIndex: index(),
      heldBytes: reader.number(),
    })),
    transfer: reader.nullable(() => ({
      token: reader.number(),
      to: reader.number() as BrokerId,
      told: reader.flag(),
    })),
    persistSequence: reader.number(),
    persistedThrough: 0,
    durableIndex: index(),
    unpersisted: reader.list(() => ({ sequence: reader.number(), lastIndex: index() })),
    waiting: reader.list(() => ({
      after: reader.number(),
      to: reader.number() as BrokerId,
      message: readMessage(reader),
    })),
    incoming: reader.nullable(() => {
      const [at, term] = [index(), reader.number() as Term];
      const chunks = reader.list(() => reader.octets());
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      return { index: at, term, chunks, length };
    }),
  };
}

function readProgress(reader: PartReader): [BrokerId, Progress] {
  const id = reader.number() as BrokerId;
  const progress: Progress = {
    directoryId: voterOf(id, reader.number()).directoryId,
    nextIndex: reader.number() as LogIndex,
    matchIndex: reader.number() as LogIndex,
    active: reader.flag(),
    ackedRound: reader.number(),
    inflight: reader.number(),
    mode: reader.oneOf(MODES),
    snapshotOffset: reader.number(),
  };
  return [id, progress];
}
