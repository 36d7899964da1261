/**
 * The judge of a step of one node in a world that has no history of its own: what it has to remember is part
 * of the state. The properties are the shared ones.
 */

import type { GhostDisk, RaftGhost } from '../../core/properties/raft/ghost.js';
import { judgeRaft } from '../../core/properties/raft/judge.js';
import type { RaftProperty } from '../../core/properties/raft/property.js';
import { voterKey } from '../../core/properties/raft/transition.js';
import type { RaftState } from '../../core/raft/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import type { Violation } from '../world.js';
import { forgetful } from './ghost-codec.js';
import type { ExploredNode } from './node.js';
import type { Played } from './play.js';

export interface Judged {
  readonly violation: Violation | null;
  readonly ghost: RaftGhost;
  /** Whether anything but the stepping node and the ghost was looked at: other nodes' logs and disks. */
  readonly looksAround: boolean;
}

export interface Case {
  /** Before the step. */
  readonly nodes: readonly ExploredNode[];
  /** Which of them steps. */
  readonly place: number;
  readonly played: Played;
  /** Before the step; it is not changed. */
  readonly ghost: RaftGhost;
  /** The lowest term on a disk, after the step. */
  readonly floor: number;
  readonly properties: readonly RaftProperty[];
}

export function judge({ nodes, place, played, ghost, floor, properties }: Case): Judged {
  const stepping = nodes[place]!;
  const own = voterKey(stepping.raft.self);
  const after = copyGhost(ghost);
  const disks = new WatchedMap<string, GhostDisk>(own);
  for (const [key, disk] of after.disks) {
    disks.set(key, disk);
  }
  for (const [at, { raft, disk, writes }] of nodes.entries()) {
    const { hardState, entries } = disk;
    const { index, term } = disk.snapshot;
    const pending = at === place ? [...writes] : [];
    const snapshot = { index, term };
    disks.set(voterKey(raft.self), { hardState, snapshot, entries: [...entries], pending });
  }
  after.disks = disks;
  const world = new WatchedMap<BrokerId, RaftState>(stepping.raft.self.id);
  for (const { raft } of nodes) {
    world.set(raft.self.id, raft);
  }
  let violation: Violation | null = null;
  for (const transition of played.transitions) {
    world.set(transition.after.self.id, transition.after);
    violation ??= judgeRaft(after, transition, world, properties)[0] ?? null;
  }
  if (played.assertion !== null) {
    violation ??= { property: 'AssertionHolds', detail: played.assertion };
  }
  const looksAround = disks.isSeen || world.isSeen;
  after.disks = formerDisks(disks, nodes, place, played);
  forgetful(after, played.node, floor);
  return { violation, ghost: after, looksAround };
}

/** Those that no running node has any more: what was on the way there is lost. */
function formerDisks(
  disks: ReadonlyMap<string, GhostDisk>,
  nodes: readonly ExploredNode[],
  place: number,
  { node }: Played,
): Map<string, GhostDisk> {
  const running = new Set(
    nodes.map(({ raft }, at) => voterKey(at === place ? node.raft.self : raft.self)),
  );
  return new Map(
    [...disks]
      .filter(([key]) => !running.has(key))
      .map(([key, disk]) => [key, { ...disk, pending: [] }]),
  );
}

/** Tells whether anything but the stepping node's own was read. */
class WatchedMap<Key, Value> extends Map<Key, Value> {
  isSeen = false;
  private readonly own: Key;

  constructor(own: Key) {
    super();
    this.own = own;
  }

  override get(key: Key): Value | undefined {
    this.isSeen ||= key !== this.own;
    return super.get(key);
  }

  override values(): MapIterator<Value> {
    this.isSeen = true;
    return super.values();
  }

  override [Symbol.iterator](): MapIterator<[Key, Value]> {
    this.isSeen = true;
    return super[Symbol.iterator]();
  }

  override entries(): MapIterator<[Key, Value]> {
    this.isSeen = true;
    return super.entries();
  }

  override keys(): MapIterator<Key> {
    this.isSeen = true;
    return super.keys();
  }

  override forEach(callback: (value: Value, key: Key, map: Map<Key, Value>) => void): void {
    this.isSeen = true;
    super.forEach(callback);
  }
}

function copyGhost(ghost: RaftGhost): RaftGhost {
  const copied = <Key, Value>(map: ReadonlyMap<Key, Value>, copy: (value: Value) => Value) =>
    new Map([...map].map(([key, value]) => [key, copy(value)] as const));
  return {
    leaders: new Map(ghost.leaders),
    votes: copied(ghost.votes, (votes) => new Map(votes)),
    termsTold: new Map(ghost.termsTold),
    committed: [...ghost.committed],
    disks: new Map(ghost.disks),
    leftBehind: null,
    preVotes: copied(ghost.preVotes, (asked) => copied(asked, (keys) => new Set(keys))),
    invited: new Set(ghost.invited),
    configuration: ghost.configuration,
    heard: copied(ghost.heard, (keys) => new Set(keys)),
    changes: new Map(ghost.changes),
    reads: new Map(ghost.reads),
  };
}
