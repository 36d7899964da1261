/**
 * What the judge remembers (`core/properties/raft/ghost.ts`) as part of a state: two runs that lead to the
 * same nodes and messages but were promised different things are two states. What the disks of running nodes
 * hold is a part of the nodes. `forgetful` drops what no property can ask for any more.
 */

import type { GhostDisk, RaftGhost } from '../../core/properties/raft/ghost.js';
import { voterKey } from '../../core/properties/raft/transition.js';
import type { BrokerId, LogIndex, Term } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import {
  readConfiguration,
  readEntry,
  readHardState,
  writeConfiguration,
  writeEntry,
  writeHardState,
} from './message-codec.js';
import type { ExploredNode } from './node.js';
import { generationOf, readVoter, voterOfKey, writeVoter } from './voters.js';

/** Without the disks of the running nodes, and without what only lasts for a step. */
export function writeGhost(writer: PartWriter, ghost: RaftGhost): void {
  const ascending = (a: number, b: number): number => a - b;
  writer.list(
    [...ghost.leaders].sort(([a], [b]) => a - b),
    ([term, leader]) => {
      writer.number(term);
      writeKey(writer, leader);
    },
  );
  writeByKey(writer, ghost.votes, (votes) =>
    writer.list([...votes.keys()].sort(ascending), (term) => {
      writer.number(term);
      writer.id(votes.get(term)!);
    }),
  );
  writeByKey(writer, ghost.termsTold, (term) => writer.number(term));
  writer.list(ghost.committed, ({ entry, committedIn }) => {
    writeEntry(writer, entry);
    writer.number(committedIn);
  });
  writeByKey(writer, ghost.disks, (disk) => writeFormerDisk(writer, disk));
  writeById(writer, ghost.preVotes, (asked) =>
    writer.list([...asked.keys()].sort(ascending), (term) => {
      writer.number(term);
      writeKeys(writer, asked.get(term)!);
    }),
  );
  writeTokens(writer, new Map([...ghost.invited].map((token) => [token, null])), () => {});
  writer.nullable(ghost.configuration, (each) => writeConfiguration(writer, each));
  writeById(writer, ghost.heard, (heard) => writeKeys(writer, heard));
  writeTokens(writer, ghost.changes, ({ added, end }) => {
    writer.nullable(added, (key) => writeKey(writer, key));
    writer.number(end);
  });
  writeTokens(writer, ghost.reads, (index) => writer.number(index));
}

export function readGhost(reader: PartReader): RaftGhost {
  const term = (): Term => reader.number() as Term;
  const id = (): BrokerId => reader.number() as BrokerId;
  const index = (): LogIndex => reader.number() as LogIndex;
  const key = (): string => voterKey(readVoter(reader));
  const keys = (): Set<string> => new Set(reader.list(key));
  const token = (): string => `${reader.number()}:${reader.number()}`;
  const map = <Key, Value>(readKey: () => Key, read: () => Value): Map<Key, Value> =>
    new Map(reader.list(() => [readKey(), read()] as const));
  return {
    leftBehind: null,
    leaders: map(term, key),
    votes: map(key, () => map(term, id)),
    termsTold: map(key, term),
    committed: reader.list(() => ({ entry: readEntry(reader), committedIn: term() })),
    disks: map(key, () => readFormerDisk(reader)),
    preVotes: map(id, () => map(term, keys)),
    invited: new Set(map(token, () => null).keys()),
    configuration: reader.nullable(() => readConfiguration(reader)),
    heard: map(id, keys),
    changes: map(token, () => ({ added: reader.nullable(key), end: index() })),
    reads: map(token, index),
  };
}

/** The disk of a node that runs with another one now: nothing is on its way there. */
function writeFormerDisk(writer: PartWriter, { hardState, snapshot, entries }: GhostDisk): void {
  writeHardState(writer, hardState);
  writer.number(snapshot.index);
  writer.number(snapshot.term);
  writer.list(entries, (entry) => writeEntry(writer, entry));
}

function readFormerDisk(reader: PartReader): GhostDisk {
  return {
    hardState: readHardState(reader),
    snapshot: { index: reader.number() as LogIndex, term: reader.number() as Term },
    entries: reader.list(() => readEntry(reader)),
    pending: [],
  };
}

function writeKey(writer: PartWriter, key: string): void {
  writeVoter(writer, voterOfKey(key));
}

function writeKeys(writer: PartWriter, keys: ReadonlySet<string>): void {
  writer.list(sortedKeys(writer, keys), (key) => writeKey(writer, key));
}

function sortedKeys(writer: PartWriter, keys: Iterable<string>): string[] {
  const place = (key: string): number => {
    const { id, directoryId } = voterOfKey(key);
    return writer.renamed(id) * 256 + generationOf(directoryId);
  };
  return [...keys].sort((a, b) => place(a) - place(b));
}

function writeByKey<Value>(
  writer: PartWriter,
  map: ReadonlyMap<string, Value>,
  write: (value: Value) => void,
): void {
  writer.list(sortedKeys(writer, map.keys()), (key) => {
    writeKey(writer, key);
    write(map.get(key)!);
  });
}

function writeById<Value>(
  writer: PartWriter,
  map: ReadonlyMap<BrokerId, Value>,
  write: (value: Value) => void,
): void {
  writer.byId(
    map,
    ([id]) => id,
    ([id, value]) => {
      writer.id(id);
      write(value);
    },
  );
}

/** Keys are `<node>:<number>`. */
function writeTokens<Value>(
  writer: PartWriter,
  map: ReadonlyMap<string, Value>,
  write: (value: Value) => void,
): void {
  const parts = [...map].map(([key, value]) => {
    const [id, number] = key.split(':').map(Number) as [number, number];
    return { id, number, value };
  });
  parts.sort((a, b) => writer.renamed(a.id) - writer.renamed(b.id) || a.number - b.number);
  writer.list(parts, ({ id, number, value }) => {
    writer.id(id);
    writer.number(number);
    write(value);
  });
}

/**
 * Drops what nothing can depend on any more. `floor`: no disk of a running node is in an older term, and
 * none will be (0 where disks can be replaced). `node`: the one that has just stepped.
 */
export function forgetful(ghost: RaftGhost, node: ExploredNode, floor: number): void {
  const { raft, disk } = node;
  const { id } = raft.self;
  // Nobody votes or begins to lead in a term that is below every disk's.
  for (const [key, votes] of ghost.votes) {
    dropBelow(votes, floor);
    if (votes.size === 0) {
      ghost.votes.delete(key);
    }
  }
  // A candidacy is for a term above the node's own, which is at least its disk's.
  const own = floor === 0 ? 0 : disk.hardState.term;
  for (const [asker, asked] of ghost.preVotes) {
    dropBelow(asked, (asker === id ? Math.max(own, floor) : floor) + 1);
    if (asked.size === 0) {
      ghost.preVotes.delete(asker);
    }
  }
  // Who begins to lead has heard nobody yet; a read or a change that a node forgot is nobody's.
  if (raft.role !== 'leader') {
    ghost.heard.delete(id);
  }
  dropTokens(ghost.reads, id, (token) => raft.pendingReads.some((read) => read.token === token));
  dropTokens(ghost.changes, id, (token) => raft.catchUp?.token === token);
  ghost.leftBehind = null;
}

function dropBelow(map: Map<Term, unknown>, term: number): void {
  for (const each of map.keys()) {
    if (each < term) {
      map.delete(each);
    }
  }
}

function dropTokens(
  map: Map<string, unknown>,
  id: BrokerId,
  isOpen: (token: number) => boolean,
): void {
  for (const key of map.keys()) {
    const [node, token] = key.split(':').map(Number) as [number, number];
    if (node === id && !isOpen(token)) {
      map.delete(key);
    }
  }
}
