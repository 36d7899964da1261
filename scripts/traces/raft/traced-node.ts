/** A node of a trace: its state, its whole log, its disk and the writes under way. */

import type {
  ExactSnapshot,
  ExactStart,
  ExactState,
  ExactStep,
  ExactVoter,
  ExactWrite,
} from '../../../src/trace/exact-raft.js';
import type { TracedLog } from './traced-log.js';
import { appended, cutFrom, EMPTY_LOG, endOf, lastEntry, placeOf, upTo } from './traced-log.js';

export interface TracedDisk {
  readonly term: number;
  readonly votedFor: ExactVoter | null;
  readonly log: TracedLog;
  readonly snapshotIndex: number;
}

export interface TracedWrite {
  readonly sequence: number;
  /** What the disk is after each part of it (term and vote, cut, every entry, snapshot); after the last: after it. */
  readonly images: readonly TracedDisk[];
}

export interface TracedNode {
  readonly self: ExactVoter;
  readonly state: ExactState;
  readonly log: TracedLog;
  readonly disk: TracedDisk;
  readonly writes: readonly TracedWrite[];
}

export const EMPTY_DISK: TracedDisk = { term: 0, votedFor: null, log: EMPTY_LOG, snapshotIndex: 0 };

/** Which entries a snapshot stands for: those of the log from which it was taken. */
export class Snapshots {
  private readonly logs = new Map<string, TracedLog>();

  taken({ index, term }: ExactSnapshot, from: TracedLog): void {
    this.logs.set(`${index} ${term}`, upTo(from, index));
  }

  /** null: nobody took it. */
  logOf({ index, term }: Pick<ExactSnapshot, 'index' | 'term'>): TracedLog | null {
    return index === 0 ? EMPTY_LOG : (this.logs.get(`${index} ${term}`) ?? null);
  }
}

/** A trace that contradicts itself: what it says of a log is not what it says was written. */
export class BrokenTrace extends Error {}

/** What is read from a disk, as the trace tells it. */
export function diskRead(
  { snapshot, entries, state }: ExactStart,
  snapshots: Snapshots,
): TracedDisk {
  const prefix = snapshots.logOf(snapshot);
  if (prefix === null) {
    throw new BrokenTrace(`nobody took the snapshot at ${snapshot.index} of term ${snapshot.term}`);
  }
  return {
    term: state.term,
    votedFor: state.votedFor,
    log: appended(prefix, entries),
    snapshotIndex: snapshot.index,
  };
}

export function startedNode(start: ExactStart, disk: TracedDisk): TracedNode {
  return { self: start.self, state: start.state, log: disk.log, disk, writes: [] };
}

/** The node after a step: the writes are applied to its log, durable ones to its disk. */
export function steppedNode(
  node: TracedNode,
  { wrote, changed }: ExactStep,
  snapshots: Snapshots,
): TracedNode {
  const state = { ...node.state, ...changed };
  let { log, disk } = node;
  const writes = [...node.writes];
  for (const write of wrote) {
    if (write.snapshot !== null && snapshots.logOf(write.snapshot) === null) {
      snapshots.taken(write.snapshot, log);
    }
    const newest = writes.at(-1)?.images.at(-1) ?? disk;
    const images = imagesOf(newest, write, snapshots);
    const isSame = newest.log.entries === log.entries && newest.log.length === log.length;
    log = isSame ? images.at(-1)!.log : imagesOf({ ...newest, log }, write, snapshots).at(-1)!.log;
    writes.push({ sequence: write.sequence, images });
  }
  while (writes.length > 0 && writes[0]!.sequence <= state.persistedThrough) {
    disk = writes.shift()!.images.at(-1)!;
  }
  const [index, term] = state.logEnd;
  if (endOf(log) !== index || (lastEntry(log)?.term ?? 0) !== term) {
    throw new BrokenTrace(`the log ends at ${index}, what was written to it at ${endOf(log)}`);
  }
  return { self: node.self, state, log, disk, writes };
}

function imagesOf(
  before: TracedDisk,
  { hardState, truncateFrom, entries, snapshot }: ExactWrite,
  snapshots: Snapshots,
): TracedDisk[] {
  const images: TracedDisk[] = [];
  let image = before;
  const next = (changes: Partial<TracedDisk>): void => {
    image = { ...image, ...changes };
    images.push(image);
  };
  if (hardState !== null) {
    next(hardState);
  }
  if (truncateFrom !== null) {
    next({ log: cutFrom(image.log, truncateFrom) });
  }
  for (const entry of entries) {
    next({ log: appended(image.log, [entry]) });
  }
  if (snapshot !== null) {
    next({ snapshotIndex: snapshot.index, log: withSnapshot(image.log, snapshot, snapshots) });
  }
  return images.length === 0 ? [before] : images;
}

/** Figure 5.3, receiver 6 and 7: the log stays where it has the snapshot's last entry; else the snapshot is all. */
function withSnapshot(log: TracedLog, snapshot: ExactSnapshot, snapshots: Snapshots): TracedLog {
  const own = log.entries[placeOf(log, snapshot.index)];
  const has = endOf(log) >= snapshot.index && own!.index === snapshot.index;
  return has && own!.term === snapshot.term ? log : snapshots.logOf(snapshot)!;
}
