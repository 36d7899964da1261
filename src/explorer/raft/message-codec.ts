/** Messages and what they carry, as bytes. */

import type {
  AppendEntriesReply,
  Configuration,
  Entry,
  EntryKind,
  HardState,
  Message,
  Snapshot,
  Voter,
} from '../../core/raft/types.js';
import { unreachable } from '../../core/types/assert.js';
import type { BrokerId, LogIndex, Term } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import { readVoter, writeVoter } from './voters.js';

/** A message under way. */
export interface Packet {
  readonly from: Voter;
  readonly to: BrokerId;
  readonly message: Message;
}

const KINDS: readonly EntryKind[] = ['noop', 'data', 'configuration'];
const TYPES: readonly Message['type'][] = [
  'preVoteRequest',
  'preVoteReply',
  'voteRequest',
  'voteReply',
  'appendEntries',
  'appendEntriesReply',
  'installSnapshot',
  'installSnapshotReply',
  'learnerHello',
  'leaderHint',
  'timeoutNow',
];

export function writePacket(writer: PartWriter, { from, to, message }: Packet): void {
  writeVoter(writer, from);
  writer.id(to);
  writeMessage(writer, message);
}

export function readPacket(reader: PartReader): Packet {
  const from = readVoter(reader);
  const to = reader.number() as BrokerId;
  return { from, to, message: readMessage(reader) };
}

export function writeConfiguration(writer: PartWriter, { voters }: Configuration): void {
  writer.byId(
    voters,
    ({ id }) => id,
    (voter) => writeVoter(writer, voter),
  );
}

export function readConfiguration(reader: PartReader): Configuration {
  return { voters: reader.list(() => readVoter(reader)) };
}

/** Every entry is of one record: its base is its index. */
export function writeEntry(writer: PartWriter, entry: Entry): void {
  writer.number(entry.index);
  writer.number(entry.index - entry.base);
  writer.number(entry.term);
  writer.oneOf(KINDS, entry.kind);
  writer.octets(entry.payload);
  writer.nullable(entry.configuration ?? null, (each) => writeConfiguration(writer, each));
}

export function readEntry(reader: PartReader): Entry {
  const index = reader.number() as LogIndex;
  const base = (index - reader.number()) as LogIndex;
  const term = reader.number() as Term;
  const kind = reader.oneOf(KINDS);
  const payload = reader.octets();
  const configuration = reader.nullable(() => readConfiguration(reader));
  const entry = { base, index, term, kind, payload };
  return configuration === null ? entry : { ...entry, configuration };
}

export function writeSnapshot(writer: PartWriter, snapshot: Snapshot): void {
  writer.number(snapshot.index);
  writer.number(snapshot.term);
  writeConfiguration(writer, snapshot.configuration);
  writer.octets(snapshot.data);
}

export function readSnapshot(reader: PartReader): Snapshot {
  const index = reader.number() as LogIndex;
  const term = reader.number() as Term;
  return { index, term, configuration: readConfiguration(reader), data: reader.octets() };
}

export function writeHardState(writer: PartWriter, { term, votedFor }: HardState): void {
  writer.number(term);
  writer.nullable(votedFor, (voter) => writeVoter(writer, voter));
}

export function readHardState(reader: PartReader): HardState {
  const term = reader.number() as Term;
  return { term, votedFor: reader.nullable(() => readVoter(reader)) };
}

export function writeMessage(writer: PartWriter, message: Message): void {
  writer.oneOf(TYPES, message.type);
  writer.number(message.term);
  switch (message.type) {
    case 'preVoteRequest':
    case 'voteRequest':
      writeVoter(writer, message.candidate);
      writeVoter(writer, message.voter);
      writer.number(message.lastIndex);
      writer.number(message.lastTerm);
      writer.flag(message.type === 'voteRequest' && message.transfer);
      return;
    case 'preVoteReply':
      writer.number(message.askedTerm);
      writer.flag(message.granted);
      return;
    case 'voteReply':
      writer.flag(message.granted);
      return;
    case 'appendEntries':
      writer.number(message.prevIndex);
      writer.number(message.prevTerm);
      writer.list(message.entries, (entry) => writeEntry(writer, entry));
      writer.number(message.commitIndex);
      writer.number(message.round);
      return;
    case 'appendEntriesReply':
      writer.flag(message.success);
      writer.number(message.matchIndex);
      writer.number(message.conflictTerm);
      writer.number(message.round);
      return;
    case 'installSnapshot':
      writer.number(message.index);
      writer.number(message.snapshotTerm);
      writeConfiguration(writer, message.configuration);
      writer.number(message.offset);
      writer.octets(message.data);
      writer.flag(message.done);
      return;
    case 'installSnapshotReply':
      writer.number(message.index);
      writer.number(message.received);
      writer.flag(message.done);
      return;
    case 'leaderHint':
      writer.id(message.leader);
      return;
    case 'learnerHello':
    case 'timeoutNow':
      return;
    default:
      unreachable(message);
  }
}

export function readMessage(reader: PartReader): Message {
  const type = reader.oneOf(TYPES);
  const term = reader.number() as Term;
  const index = (): LogIndex => reader.number() as LogIndex;
  switch (type) {
    case 'preVoteRequest':
    case 'voteRequest': {
      const request = {
        term,
        candidate: readVoter(reader),
        voter: readVoter(reader),
        lastIndex: index(),
        lastTerm: reader.number() as Term,
      };
      const transfer = reader.flag();
      return type === 'voteRequest' ? { type, ...request, transfer } : { type, ...request };
    }
    case 'preVoteReply':
      return { type, term, askedTerm: reader.number() as Term, granted: reader.flag() };
    case 'voteReply':
      return { type, term, granted: reader.flag() };
    case 'appendEntries':
      return {
        type,
        term,
        prevIndex: index(),
        prevTerm: reader.number() as Term,
        entries: reader.list(() => readEntry(reader)),
        commitIndex: index(),
        round: reader.number(),
      };
    case 'appendEntriesReply':
      return readReply(reader, term);
    case 'installSnapshot':
      return {
        type,
        term,
        index: index(),
        snapshotTerm: reader.number() as Term,
        configuration: readConfiguration(reader),
        offset: reader.number(),
        data: reader.octets(),
        done: reader.flag(),
      };
    case 'installSnapshotReply':
      return { type, term, index: index(), received: reader.number(), done: reader.flag() };
    case 'leaderHint':
      return { type, term, leader: reader.number() as BrokerId };
    case 'learnerHello':
    case 'timeoutNow':
      return { type, term };
    default:
      return unreachable(type);
  }
}

function readReply(reader: PartReader, term: Term): AppendEntriesReply {
  return {
    type: 'appendEntriesReply',
    term,
    success: reader.flag(),
    matchIndex: reader.number() as LogIndex,
    conflictTerm: reader.number() as Term,
    round: reader.number(),
  };
}
