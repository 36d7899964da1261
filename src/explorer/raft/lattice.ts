/**
 * The scopes in which Raft is explored. Many small ones find more than one large one: each switches on a few
 * of the things that can happen, alone and in pairs, and has the budgets that this takes.
 */

import type { RaftScope } from './scope.js';

/** Which run explores a scope: `quick` on every change, `full` besides, `night` when there is an hour. */
export type Lane = 'quick' | 'full' | 'night';

export interface LatticeScope extends RaftScope {
  readonly lane: Lane;
}

const THREE = { voters: 3, messages: 3 } as const;
const TWO = { voters: 2, messages: 3 } as const;
const ONE = { voters: 1, messages: 3 } as const;

/** By about how many states they have. */
export const raftLattice: readonly LatticeScope[] = [
  {
    name: 'one-term',
    title: 'an election, its no-op, heartbeats, check-quorum',
    lane: 'quick',
    ...THREE,
    terms: 1,
  },
  {
    name: 'slow-disks',
    title: 'two writes of a node under way',
    lane: 'quick',
    ...THREE,
    messages: 2,
    terms: 1,
    writes: 2,
  },
  {
    name: 'slow-disks-restart',
    title: 'and a process that comes back with some of them',
    lane: 'quick',
    ...THREE,
    messages: 2,
    terms: 1,
    writes: 2,
    restarts: 1,
  },
  {
    name: 'learner',
    title: 'a node without a vote becomes a voter',
    lane: 'quick',
    ...ONE,
    learners: 1,
    terms: 2,
    changes: 1,
  },
  {
    name: 'disk-of-a-voter',
    title: 'a disk is replaced, and its node asks to be a voter',
    lane: 'quick',
    ...TWO,
    terms: 1,
    changes: 1,
    wipes: 1,
  },
  { name: 'proposal', title: 'a proposal', lane: 'quick', ...THREE, terms: 1, proposals: 1 },
  { name: 'read', title: 'a linearizable read', lane: 'quick', ...THREE, terms: 1, reads: 1 },
  {
    name: 'transfer',
    title: 'a leadership that is handed over',
    lane: 'quick',
    ...TWO,
    terms: 2,
    transfers: 1,
  },
  {
    name: 'lossy',
    title: 'messages that are lost, and one that arrives twice',
    lane: 'quick',
    ...THREE,
    terms: 1,
    drops: 1,
    duplicates: 1,
  },
  {
    name: 'slow-disks-wide',
    title: 'three messages, two writes',
    lane: 'quick',
    ...THREE,
    terms: 1,
    writes: 2,
  },
  {
    name: 'broken-connection',
    title: 'a connection that breaks while a proposal is under way',
    lane: 'quick',
    ...THREE,
    terms: 1,
    proposals: 1,
    connectionsLost: 1,
  },
  {
    name: 'empty-disk',
    title: 'a disk that is replaced: its node is no voter any more',
    lane: 'quick',
    ...THREE,
    terms: 1,
    wipes: 1,
  },
  {
    name: 'snapshot',
    title: 'a snapshot, and who needs it',
    lane: 'quick',
    ...THREE,
    terms: 1,
    proposals: 1,
    snapshots: 1,
  },
  {
    name: 'removed-and-back',
    title: 'of two voters one is removed and made a voter again',
    lane: 'quick',
    ...TWO,
    terms: 1,
    changes: 2,
  },
  {
    name: 'two-terms',
    title: 'two elections: every leader is deposed, or never heard of',
    lane: 'quick',
    ...THREE,
    terms: 2,
  },
  {
    name: 'two-terms-slow-disks',
    title: 'and slow disks',
    lane: 'full',
    ...THREE,
    messages: 2,
    terms: 2,
    writes: 2,
  },
  { name: 'change', title: 'the voters change once', lane: 'full', ...THREE, terms: 1, changes: 1 },
  {
    name: 'restart-wide',
    title: 'a restart with a write under way, three messages',
    lane: 'full',
    ...THREE,
    terms: 1,
    writes: 1,
    restarts: 1,
  },
  {
    name: 'slow-disks-proposal',
    title: 'a proposal that is not on the disk when its leader comes back',
    lane: 'full',
    ...THREE,
    messages: 2,
    terms: 1,
    writes: 2,
    restarts: 1,
    proposals: 1,
  },
  {
    name: 'two-terms-slow-disks-read',
    title: 'two leaders, slow disks and a read',
    lane: 'full',
    ...THREE,
    messages: 2,
    terms: 2,
    writes: 2,
    reads: 1,
  },
  {
    name: 'two-terms-read',
    title: 'two leaders and a read',
    lane: 'full',
    ...THREE,
    terms: 2,
    reads: 1,
  },
  {
    name: 'two-terms-proposal',
    title: 'two leaders and a proposal',
    lane: 'night',
    ...THREE,
    terms: 2,
    proposals: 1,
  },
  {
    name: 'two-terms-batches',
    title: 'two leaders and two proposals that need two messages',
    lane: 'night',
    ...THREE,
    terms: 2,
    proposals: 2,
    appendBytes: 1,
  },
  {
    name: 'two-terms-transfer',
    title: 'two leaders, the first hands over',
    lane: 'night',
    ...THREE,
    terms: 2,
    transfers: 1,
  },
  {
    name: 'two-changes',
    title: 'the voters change twice',
    lane: 'night',
    ...THREE,
    terms: 1,
    changes: 2,
  },
];

/** The scopes of a lane and of the shorter ones. */
export function scopesOf(lane: Lane): LatticeScope[] {
  const lanes: readonly Lane[] = ['quick', 'full', 'night'];
  const included = lanes.slice(0, lanes.indexOf(lane) + 1);
  return raftLattice.filter((scope) => included.includes(scope.lane));
}
