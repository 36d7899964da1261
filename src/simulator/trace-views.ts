/** What a trace shows of the states of the machines, and how it says what changed. */

import type { GroupsState } from '../core/coordinator/types.js';
import type { PartitionState } from '../core/partition/types.js';
import { lastIndex } from '../core/raft/log.js';
import type { RaftState } from '../core/raft/types.js';
import type { Json } from '../history/rows.js';

/** Numbers and texts only, so that two views are compared field by field. */
export type View = { readonly [field: string]: number | string | null };

export function raftView(state: RaftState): View {
  return {
    role: state.role,
    term: state.term,
    votedFor: state.votedFor?.id ?? null,
    leader: state.leader,
    logEnd: lastIndex(state),
    durable: state.durableIndex,
    commit: state.commitIndex,
    snapshot: state.snapshot.index,
    voters: state.configuration.voters.map(({ id }) => id).join(','),
    votes: [...state.votesGranted].sort((a, b) => a - b).join(','),
    persisting: state.unpersisted.length,
  };
}

export function partitionView(state: PartitionState): View {
  return {
    role: state.role,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: state.partitionEpoch,
    logStart: state.logStartOffset,
    logEnd: state.logEndOffset,
    highWatermark: state.highWatermark,
    isr: state.isr.join(','),
    proposedIsr: state.leaderState?.inflight?.isr.join(',') ?? null,
    cutTo: state.pendingTruncation,
    recovery: state.leaderRecoveryState,
    epochs: state.epochs.map(({ epoch, startOffset }) => `${epoch}@${startOffset}`).join(' '),
    producers: state.producers.size,
    waiting: state.leaderState?.waiting.length ?? 0,
  };
}

/** A field for each group. `coordinator`: whether it is at work. */
export function groupsView({ leadership, decider, groups }: GroupsState): View {
  const works = decider.active !== null;
  const groupViews = [...groups].map(([id, group]): [string, string] => {
    const members = [...group.members.values()].map(({ memberId, groupInstanceId }) =>
      groupInstanceId === null ? memberId.slice(0, -18) : `${groupInstanceId}!`,
    );
    return [`group ${id}`, `${group.state} ${group.generation} [${members.join(', ')}]`];
  });
  return {
    coordinator: works ? 'works' : leadership === null ? 'is none' : 'loads',
    ...Object.fromEntries(groupViews),
  };
}

type Sentence = (before: View, after: View) => string | null;

/** Which changes a person wants to read, most telling first; the others are in the columns. */
const RAFT_NEWS: readonly (readonly [field: string, sentence: Sentence])[] = [
  ['role', (_, now) => roleOf(now)],
  [
    'term',
    (_, now) => (now.role === 'leader' || now.role === 'candidate' ? null : `term ${now.term}`),
  ],
  ['votedFor', (_, now) => (now.votedFor === null ? null : `votes for ${now.votedFor}`)],
  [
    'leader',
    (_, now) => (now.leader === null || now.role === 'leader' ? null : `follows ${now.leader}`),
  ],
  ['votes', (_, now) => (now.votes === '' ? null : `has the votes of ${now.votes}`)],
  ['snapshot', (_, now) => `snapshot at ${now.snapshot}`],
  [
    'logEnd',
    (then, now) =>
      number(now.logEnd) > number(then.logEnd)
        ? `appends to ${now.logEnd}`
        : `cuts its log to ${now.logEnd}`,
  ],
  ['voters', (_, now) => `voters ${now.voters}`],
  ['durable', (_, now) => `durable to ${now.durable}`],
  ['commit', (_, now) => `commits ${now.commit}`],
  [
    'persisting',
    (then, now) => (number(now.persisting) < number(then.persisting) ? 'synced' : 'is syncing'),
  ],
];

const PARTITION_NEWS: readonly (readonly [field: string, sentence: Sentence])[] = [
  ['leaderEpoch', (_, now) => assignmentOf(now)],
  ['role', (then, now) => (then.leaderEpoch === now.leaderEpoch ? assignmentOf(now) : null)],
  ['isr', (_, now) => `ISR ${now.isr}`],
  [
    'proposedIsr',
    (_, now) => (now.proposedIsr === null ? null : `proposes ISR ${now.proposedIsr}`),
  ],
  ['cutTo', (_, now) => (now.cutTo === null ? null : `is to be cut to ${now.cutTo}`)],
  [
    'logEnd',
    (then, now) =>
      number(now.logEnd) > number(then.logEnd)
        ? `has to ${now.logEnd}`
        : `was cut to ${now.logEnd}`,
  ],
  ['logStart', (_, now) => `starts at ${now.logStart}`],
  ['highWatermark', (_, now) => `high watermark ${now.highWatermark}`],
  ['recovery', (_, now) => `${now.recovery}`],
  ['epochs', (_, now) => `epochs ${now.epochs}`],
  ['producers', (_, now) => `${now.producers} producers`],
  ['waiting', (_, now) => `${now.waiting} wait`],
  ['partitionEpoch', (_, now) => `partition epoch ${now.partitionEpoch}`],
];

export function raftNews(before: View, after: View): string {
  return newsOf(RAFT_NEWS, before, after);
}

export function partitionNews(before: View, after: View): string {
  return newsOf(PARTITION_NEWS, before, after);
}

export function groupsNews(before: View, after: View): string {
  return Object.keys(after)
    .filter((field) => before[field] !== after[field])
    .map((field) => `${field} ${after[field]}`)
    .join(', ');
}

function newsOf(
  sentences: readonly (readonly [field: string, sentence: Sentence])[],
  before: View,
  after: View,
): string {
  const parts: string[] = [];
  for (const [field, sentence] of sentences) {
    if (before[field] !== after[field]) {
      const part = sentence(before, after);
      if (part !== null) {
        parts.push(part);
      }
    }
  }
  return parts.join(', ');
}

function roleOf({ role, term }: View): string {
  switch (role) {
    case 'leader':
      return `LEADS term ${term}`;
    case 'candidate':
      return `stands for term ${term}`;
    case 'preCandidate':
      return 'asks for pre-votes';
    default:
      return `is ${role}`;
  }
}

function assignmentOf({ role, leader, leaderEpoch }: View): string {
  switch (role) {
    case 'leader':
      return `LEADS epoch ${leaderEpoch}`;
    case 'follower':
      return `follows ${leader} in epoch ${leaderEpoch}`;
    default:
      return `has no leader in epoch ${leaderEpoch}`;
  }
}

function number(value: number | string | null | undefined): number {
  return typeof value === 'number' ? value : -1;
}

const LEFT_OUT = new Set(['stamp', 'token', 'fromDirectory']);

/** An input as a row tells it: its type, who sent it, its numbers and names; of lists the length. */
export function causeOf(input: { readonly type: string }): { readonly [field: string]: Json } {
  const { message, ...rest } = input as { readonly type: string; readonly message?: object };
  const fields = message === undefined ? rest : { ...rest, ...message };
  const cause: Record<string, Json> = {};
  for (const [key, value] of Object.entries(fields)) {
    const short = LEFT_OUT.has(key) ? undefined : shortened(value);
    if (short !== undefined) {
      cause[key] = short;
    }
  }
  return cause;
}

function shortened(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) {
    return undefined;
  }
  if (Array.isArray(value) || value instanceof Uint8Array) {
    return value.length;
  }
  const { id, epoch, endOffset } = value as Readonly<Record<string, unknown>>;
  if (typeof id === 'number') {
    return id;
  }
  return typeof epoch === 'number' && typeof endOffset === 'number'
    ? `${epoch}@${endOffset}`
    : undefined;
}
