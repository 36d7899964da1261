/** One node of an explored world: its machine, its disk, what is on the way there, and its timers. */

import type { RaftRules } from '../../core/raft/rules.js';
import { startRaft } from '../../core/raft/state.js';
import type {
  Configuration,
  Entry,
  HardState,
  RaftEffect,
  RaftLimits,
  RaftState,
  Snapshot,
  TimerName,
  Voter,
} from '../../core/raft/types.js';
import type { LogIndex, Term } from '../../core/types/ids.js';

export type Persist = Extract<RaftEffect, { type: 'persist' }>;

/** What survives the end of the process, whatever the page cache held. */
export interface Disk {
  readonly hardState: HardState;
  readonly snapshot: Snapshot;
  readonly entries: readonly Entry[];
}

export interface ExploredNode {
  readonly raft: RaftState;
  readonly disk: Disk;
  /** Handed to `persist` and not reported durable, in order. */
  readonly writes: readonly Persist[];
  /** Armed, one bit each: places in {@link TIMERS}. */
  readonly timers: number;
}

export const TIMERS: readonly TimerName[] = [
  'election',
  'leaderSilence',
  'heartbeat',
  'checkQuorum',
  'hello',
  'catchUp',
  'transfer',
];

export function emptyDisk(): Disk {
  const snapshot: Snapshot = {
    index: 0 as LogIndex,
    term: 0 as Term,
    configuration: { voters: [] },
    data: new Uint8Array(0),
  };
  return { hardState: { term: 0 as Term, votedFor: null }, snapshot, entries: [] };
}

/** A process that starts from `disk`. It has not had its first input yet. */
export function startNode(
  self: Voter,
  disk: Disk,
  { rules, bootstrap, limits }: { rules: RaftRules; bootstrap: Configuration; limits: RaftLimits },
): ExploredNode {
  const { hardState, snapshot, entries } = disk;
  const start = { self, limits, bootstrap, hardState, snapshot, entries };
  return { raft: startRaft(start, rules), disk, writes: [], timers: 0 };
}

/** The disk after a whole write. */
export function written(disk: Disk, write: Persist): Disk {
  return partlyWritten(disk, write, partsOf(write));
}

/** In how many steps a write reaches the disk: term and vote first, as the host of the brokers does it. */
export function partsOf({ truncateFrom, entries, snapshot, hardState }: Persist): number {
  return (
    (hardState === null ? 0 : 1) +
    (truncateFrom === null ? 0 : 1) +
    entries.length +
    (snapshot === null ? 0 : 2)
  );
}

/** The disk after the first `parts` parts of a write. */
export function partlyWritten(disk: Disk, write: Persist, parts: number): Disk {
  let left = parts;
  let { entries, snapshot, hardState } = disk;
  const { truncateFrom } = write;
  hardState = write.hardState !== null && left-- > 0 ? write.hardState : hardState;
  if (truncateFrom !== null && left-- > 0) {
    entries = entries.filter((entry) => entry.base < truncateFrom);
  }
  entries = [...entries, ...write.entries.slice(0, Math.max(0, left))];
  left -= write.entries.length;
  if (write.snapshot !== null) {
    const { index } = write.snapshot;
    snapshot = left-- > 0 ? write.snapshot : snapshot;
    entries = left-- > 0 ? entries.filter((entry) => entry.index > index) : entries;
  }
  return { hardState, snapshot, entries };
}

/** What is on the disk when the process ends after `parts` parts of the writes under way. */
export function diskAfterCrash({ disk, writes }: ExploredNode, parts: number): Disk {
  let left = parts;
  let after = disk;
  for (const write of writes) {
    after = partlyWritten(after, write, Math.min(left, partsOf(write)));
    left -= partsOf(write);
    if (left <= 0) {
      break;
    }
  }
  return after;
}

/** The timers as they are after the effects of a step. */
export function timersAfter(before: number, effects: readonly RaftEffect[]): number {
  let timers = before;
  for (const effect of effects) {
    if (effect.type === 'armTimer') {
      timers |= 1 << TIMERS.indexOf(effect.name);
    } else if (effect.type === 'cancelTimer') {
      timers &= ~(1 << TIMERS.indexOf(effect.name));
    }
  }
  return timers;
}

/**
 * Writes are numbered from the last one that is durable: the machine only compares their numbers, so two
 * nodes that differ in nothing else are one.
 */
export function renumbered(node: ExploredNode): ExploredNode {
  const { raft, writes } = node;
  const by = raft.persistedThrough;
  if (by === 0) {
    return node;
  }
  raft.persistSequence -= by;
  raft.persistedThrough = 0;
  for (const write of raft.unpersisted) {
    write.sequence -= by;
  }
  raft.waiting = raft.waiting.map((each) => ({ ...each, after: each.after - by }));
  return {
    ...node,
    writes: writes.map((write) => ({ ...write, sequence: write.sequence - by })),
  };
}
