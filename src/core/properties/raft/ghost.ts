/**
 * What the judge remembers of a whole run and no node knows: who led which term, what was ever
 * committed, promised or asked for, and what is on every disk.
 */

import type {
  Configuration,
  Entry,
  HardState,
  Message,
  RaftEffect,
  RaftState,
} from '../../raft/types.js';
import type { BrokerId, LogIndex, Term } from '../../types/ids.js';
import type { RaftTransition } from './transition.js';
import { beganToLead, firstBehind, sameVoter, voterKey } from './transition.js';

type Persist = Extract<RaftEffect, { type: 'persist' }>;

/** What would survive power loss at a voter (or learner), and what is on its way there. */
export interface GhostDisk {
  hardState: HardState;
  snapshot: { index: LogIndex; term: Term };
  entries: Entry[];
  pending: Persist[];
}

export interface CommittedEntry {
  readonly entry: Entry;
  /** Term of the node that was first to commit it. */
  readonly committedIn: Term;
}

export interface RaftGhost {
  /** Leaders by term, as voter keys. */
  leaders: Map<Term, string>;
  /** Voter key -> term -> candidate: votes that have left the node. */
  votes: Map<string, Map<Term, BrokerId>>;
  /** Voter key -> the newest term that any of its messages bore. */
  termsTold: Map<string, Term>;
  /** Everything that any node ever committed, ascending. */
  committed: CommittedEntry[];
  /** By voter key; outlives the process. */
  disks: Map<string, GhostDisk>;
  /** Of a node that has just started: what its last life left on its disk; null without one. */
  leftBehind: GhostDisk | null;
  /** Asking node -> term asked about -> nodes (voter keys) that said yes. */
  preVotes: Map<BrokerId, Map<Term, Set<string>>>;
  /** `<node>:<term>`: nodes that the leader of that term asked to stand for election. */
  invited: Set<string>;
  /** The newest configuration that is committed; null before any node has started. */
  configuration: Configuration | null;
  /** Leader -> voters (keys) that answered it since its last check-quorum timer. */
  heard: Map<BrokerId, Set<string>>;
  /** `<node>:<token>` -> who is to be added (voter key, or null), and where the log ended when that was asked for. */
  changes: Map<string, { readonly added: string | null; readonly end: LogIndex }>;
  /** `<node>:<token>` -> the newest committed index anywhere when the read was asked for. */
  reads: Map<string, LogIndex>;
}

export function newRaftGhost(): RaftGhost {
  return {
    leaders: new Map(),
    votes: new Map(),
    termsTold: new Map(),
    committed: [],
    disks: new Map(),
    leftBehind: null,
    preVotes: new Map(),
    invited: new Set(),
    configuration: null,
    heard: new Map(),
    changes: new Map(),
    reads: new Map(),
  };
}

/** The committed entry that ends at `index`, if any ever was. */
export function committedAt(ghost: RaftGhost, index: LogIndex): CommittedEntry | null {
  const { committed } = ghost;
  let low = 0;
  let high = committed.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (committed[middle]!.entry.index < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const found = committed[low];
  return found !== undefined && found.entry.index === index ? found : null;
}

/** The newest index that any node ever committed. */
export function newestCommitted(ghost: RaftGhost): LogIndex {
  return ghost.committed.at(-1)?.entry.index ?? (0 as LogIndex);
}

/** Before the properties are asked: what the step was told from outside. */
export function absorbInput(ghost: RaftGhost, transition: RaftTransition): void {
  const { before, input, after } = transition;
  if (before === null) {
    ghost.configuration ??= after.snapshot.configuration;
    const key = voterKey(after.self);
    ghost.leftBehind = ghost.disks.get(key) ?? null;
    ghost.disks.set(key, diskOf(after));
    ghost.heard.delete(after.self.id);
    return;
  }
  if (input?.type === 'persisted') {
    const disk = ghost.disks.get(voterKey(after.self));
    while (disk?.pending[0] !== undefined && disk.pending[0].sequence <= input.sequence) {
      write(disk, disk.pending.shift()!);
    }
  } else if (input?.type === 'readIndex') {
    ghost.reads.set(`${after.self.id}:${input.token}`, newestCommitted(ghost));
  } else if (input?.type === 'changeVoters') {
    const { type, voter } = input.change;
    const end = before.entries.at(-1)?.index ?? before.snapshot.index;
    const added = type === 'add' ? voterKey(voter) : null;
    ghost.changes.set(`${after.self.id}:${input.token}`, { added, end });
  } else if (input?.type === 'message' && before.role === 'leader') {
    const { type, term } = input.message;
    const answers = type === 'appendEntriesReply' || type === 'installSnapshotReply';
    if ((answers && term === before.term) || saysHello(input.message, after)) {
      const voter = { id: input.from, directoryId: input.fromDirectory };
      entry(ghost.heard, after.self.id, () => new Set()).add(voterKey(voter));
    }
  }
}

/** A node without a vote says that it is there; one that was removed and does not know asks for a pre-vote. */
function saysHello(message: Message, { configuration }: RaftState): boolean {
  return (
    message.type === 'learnerHello' ||
    (message.type === 'preVoteRequest' &&
      !configuration.voters.some((voter) => sameVoter(voter, message.candidate)))
  );
}

/** After the properties were asked: what the step did. */
export function absorbEffects(ghost: RaftGhost, transition: RaftTransition): void {
  const { effects, input, after } = transition;
  const { self } = after;
  if (after.role === 'leader' && !ghost.leaders.has(after.term)) {
    ghost.leaders.set(after.term, voterKey(self));
  }
  const checked = input?.type === 'timerFired' && input.name === 'checkQuorum';
  if (checked || beganToLead(transition)) {
    ghost.heard.delete(self.id);
  }
  for (const effect of effects) {
    absorbEffect(ghost, after, effect);
  }
}

function absorbEffect(ghost: RaftGhost, after: RaftState, effect: RaftEffect): void {
  switch (effect.type) {
    case 'persist':
      ghost.disks.get(voterKey(after.self))?.pending.push(effect);
      return;
    case 'committed':
      for (const committed of effect.entries) {
        if (committed.index > newestCommitted(ghost)) {
          ghost.committed.push({ entry: committed, committedIn: after.term });
          ghost.configuration = committed.configuration ?? ghost.configuration;
        }
      }
      return;
    case 'send':
      absorbMessage(ghost, after, effect.to, effect.message);
      return;
    case 'readReady':
    case 'readRefused':
      ghost.reads.delete(`${after.self.id}:${effect.token}`);
      return;
    case 'changeAccepted':
    case 'changeRefused':
      ghost.changes.delete(`${after.self.id}:${effect.token}`);
      return;
    default:
      return;
  }
}

function absorbMessage(ghost: RaftGhost, after: RaftState, to: BrokerId, message: Message): void {
  // A pre-vote, a hello and a hint promise nothing: their terms may be forgotten.
  if (!['preVoteRequest', 'learnerHello', 'leaderHint'].includes(message.type)) {
    const key = voterKey(after.self);
    const told = ghost.termsTold.get(key) ?? 0;
    if (message.term > told) {
      ghost.termsTold.set(key, message.term);
    }
  }
  const vote = voteIn(to, message);
  if (vote !== null) {
    votesOf(ghost, voterKey(after.self)).set(message.term, vote);
  }
  if (message.type === 'preVoteReply' && message.granted) {
    const asked = entry(ghost.preVotes, to, () => new Map<Term, Set<string>>());
    entry(asked, message.askedTerm, () => new Set()).add(voterKey(after.self));
  }
  if (message.type === 'timeoutNow') {
    ghost.invited.add(`${to}:${message.term}`);
  }
}

/** For whom a message votes: a granted reply for its receiver, a request for the candidate. */
export function voteIn(to: BrokerId, message: Message): BrokerId | null {
  if (message.type === 'voteRequest') {
    return message.candidate.id;
  }
  return message.type === 'voteReply' && message.granted ? to : null;
}

/** What the node (a voter key) has promised to whom, by term. */
export function votesOf(ghost: RaftGhost, node: string): Map<Term, BrokerId> {
  return entry(ghost.votes, node, () => new Map());
}

/** Whether a disk holds the entry (`index`, `term`), or a snapshot of it. */
export function diskHolds(disk: GhostDisk, index: LogIndex, term: Term): boolean {
  if (index <= disk.snapshot.index) {
    return true;
  }
  const held = disk.entries[firstBehind(disk.entries, index) - 1];
  return held?.index === index && held.term === term;
}

/** Last index on a disk. */
export function diskEnd(disk: GhostDisk): LogIndex {
  return disk.entries.at(-1)?.index ?? disk.snapshot.index;
}

function diskOf(state: RaftState): GhostDisk {
  const { term, votedFor, snapshot, entries } = state;
  return {
    hardState: { term, votedFor },
    snapshot: { index: snapshot.index, term: snapshot.term },
    entries: entries.slice(),
    pending: [],
  };
}

function write(disk: GhostDisk, effect: Persist): void {
  const { truncateFrom, entries, snapshot, hardState } = effect;
  if (truncateFrom !== null) {
    while (disk.entries.length > 0 && disk.entries.at(-1)!.base >= truncateFrom) {
      disk.entries.pop();
    }
  }
  for (const added of entries) {
    disk.entries.push(added);
  }
  if (snapshot !== null) {
    disk.snapshot = { index: snapshot.index, term: snapshot.term };
    disk.entries.splice(0, firstBehind(disk.entries, snapshot.index));
  }
  disk.hardState = hardState ?? disk.hardState;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, fresh: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = fresh();
    map.set(key, value);
  }
  return value;
}
