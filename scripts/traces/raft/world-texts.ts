/**
 * Nodes, disks and messages of a trace as texts of the specification's values (spec/raft_types.qnt): the abstraction
 * of lock B (scripts/conformance/raft/abstraction.ts), of what a trace tells, with the numbers of one step made small.
 */

import type {
  ExactEntry,
  ExactMessage,
  ExactProgress,
  ExactState,
  ExactVoter,
} from '../../../src/trace/exact-raft.js';
import { listText, setText } from '../../conformance/texts.js';
import type { StepNames } from './names.js';
import type { TracedLog } from './traced-log.js';
import { appended, EMPTY_LOG } from './traced-log.js';
import type { Snapshots, TracedDisk, TracedNode } from './traced-node.js';

/** Servers of the trace's worlds, from 1: as in spec/raft_traces.qnt. */
export const SERVERS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

const ROLES: Readonly<Record<string, string>> = {
  learner: 'Learner',
  follower: 'Follower',
  preCandidate: 'PreCandidate',
  candidate: 'Candidate',
  leader: 'Leader',
};

/** What of a node is to be told otherwise than the trace does. */
export type Overrides = Partial<Pick<ExactState, 'role' | 'commitIndex' | 'readRound' | 'term'>> & {
  readonly log?: TracedLog;
  /** Of whom it was heard since the last check of the quorum, by id. */
  readonly active?: ReadonlyMap<number, boolean>;
};

const voterText = (voter: ExactVoter | null, names: StepNames): string =>
  voter === null ? '0' : names.server(voter[0]);

export function diskText(
  { term, votedFor, log, snapshotIndex }: TracedDisk,
  names: StepNames,
): string {
  const entries = listText(names.entryTexts(log, term));
  const index = names.index(snapshotIndex);
  return `<log: ${entries}, snapshotIndex: ${index}, term: ${names.term(term)}, votedFor: ${voterText(votedFor, names)}>`;
}

/**
 * Gives the servers of a step their names: the node itself, who sent what comes, whom the node follows and
 * voted for, and the others in the order of what is known of them.
 */
export function nameServers(node: TracedNode, from: number | null, names: StepNames): void {
  const { leader, votedFor, progress } = node.state;
  const [self] = node.self;
  const ids = [self, from, leader, votedFor?.[0] ?? null];
  for (const id of [...ids, ...byWhatIsKnown(progress).map((each) => each.id)]) {
    if (id !== null) {
      names.server(id);
    }
  }
}

export function nodeText(
  node: TracedNode,
  names: StepNames,
  snapshots: Snapshots,
  { log = node.log, active, ...others }: Overrides = {},
): string {
  const state = { ...node.state, ...others };
  const { self, writes } = node;
  names.dense(state.commitIndex);
  const { leader, catchUp, transfer } = state;
  const voter = voterText(catchUp?.voter ?? null, names);
  const target = names.index(catchUp?.target ?? 0);
  const dst = transfer === null ? '0' : names.server(transfer.to);
  const waiting = state.waiting.flatMap(({ after, to, message }) => {
    const text = packetText(self[0], to, message, names, snapshots);
    return text === null ? [] : [`<after: ${after - state.persistedThrough}, message: ${text}>`];
  });
  // Fields by name: made for every step, so not sorted anew each time.
  return (
    `<catchUp: <slow: ${catchUp?.slow ?? false}, target: ${target}, voter: ${voter}>, ` +
    `commitIndex: ${names.index(state.commitIndex)}, ` +
    `leader: ${leader === null ? '0' : names.server(leader)}, leaderHeard: ${state.leaderHeard}, ` +
    `log: ${listText(names.entryTexts(log, state.term))}, ` +
    `pendingReads: ${setText(state.pendingReads.map((read) => readText(read, names)))}, ` +
    `progress: ${progressText(state, names, active)}, readRound: ${names.round(state.readRound)}, ` +
    `role: ${ROLES[state.role]}, snapshotIndex: ${names.index(state.snapshotIndex)}, ` +
    `term: ${names.term(state.term)}, transfer: <dst: ${dst}, told: ${transfer?.told ?? false}>, ` +
    `unpersisted: ${listText(writes.map(({ images }) => diskText(images.at(-1)!, names)))}, ` +
    `votedFor: ${voterText(state.votedFor, names)}, ` +
    `votesGranted: ${setText(state.votesGranted.map((id) => names.server(id)))}, ` +
    `votesRefused: ${setText(state.votesRefused.map((id) => names.server(id)))}, waiting: ${setText(waiting)}>`
  );
}

export function readText(
  { token, index, round }: ExactState['pendingReads'][number],
  names: StepNames,
): string {
  return `<index: ${names.index(index)}, round: ${names.round(round)}, token: ${names.token(token)}>`;
}

function progressText(
  { progress }: ExactState,
  names: StepNames,
  active: ReadonlyMap<number, boolean> = new Map(),
): string {
  const texts: string[] = [];
  const nothing = followerText(0, false, 0, names);
  // Of whom nothing is known yet.
  for (const [id, isActive] of active) {
    texts[Number(names.server(id))] = followerText(0, isActive, 0, names);
  }
  for (const { id, matchIndex, active: isActive, ackedRound } of progress) {
    const counts = active.get(id) ?? isActive;
    texts[Number(names.server(id))] = followerText(matchIndex, counts, ackedRound, names);
  }
  return `<${SERVERS.map((server) => `${server}: ${texts[server] ?? nothing}`).join(', ')}>`;
}

function followerText(
  matchIndex: number,
  isActive: boolean,
  ackedRound: number,
  names: StepNames,
): string {
  return `<ackedRound: ${names.round(ackedRound)}, active: ${isActive}, matchIndex: ${names.index(matchIndex)}>`;
}

function byWhatIsKnown(progress: ExactState['progress']): readonly ExactProgress[] {
  return progress.length < 2
    ? progress
    : [...progress].sort(
        (a, b) =>
          a.matchIndex - b.matchIndex ||
          a.ackedRound - b.ackedRound ||
          Number(a.active) - Number(b.active),
      );
}

/**
 * null: a message that the specification does not have. An answer to a piece of a snapshot that is not the last acknowledges
 * nothing.
 */
export function packetText(
  from: number,
  to: number,
  message: ExactMessage,
  names: StepNames,
  snapshots: Snapshots,
): string | null {
  // Fields by name, as in `nodeText`.
  const dst = names.server(to);
  const src = names.server(from);
  const term = names.term(message.term);
  switch (message.type) {
    case 'preVoteRequest':
      return `PreVoteRequest(<dst: ${dst}, lastIndex: ${names.index(message.lastIndex as number)}, lastTerm: ${names.entryTerm(message.lastTerm as number)}, src: ${src}, term: ${term}>)`;
    case 'preVoteReply':
      return `PreVoteReply(<askedTerm: ${names.term(message.askedTerm as number)}, dst: ${dst}, granted: ${message.granted}, src: ${src}, term: ${term}>)`;
    case 'voteRequest':
      return `VoteRequest(<dst: ${dst}, lastIndex: ${names.index(message.lastIndex as number)}, lastTerm: ${names.entryTerm(message.lastTerm as number)}, src: ${src}, term: ${term}, transfer: ${message.transfer}>)`;
    case 'voteReply':
      return `VoteReply(<dst: ${dst}, granted: ${message.granted}, src: ${src}, term: ${term}>)`;
    case 'appendEntries': {
      const prevIndex = message.prevIndex as number;
      names.dense(prevIndex);
      const log = entriesOf(message);
      const texts = names.entryTexts(log, message.term, prevIndex);
      return (
        `AppendEntries(<commitIndex: ${names.index(message.commitIndex as number)}, dst: ${dst}, ` +
        `entries: ${listText(log.length === 0 ? [] : texts)}, prevIndex: ${names.index(message.prevIndex as number)}, ` +
        `prevTerm: ${names.entryTerm(message.prevTerm as number)}, round: ${names.round(message.round as number)}, src: ${src}, term: ${term}>)`
      );
    }
    case 'appendEntriesReply': {
      // The hint of a refusal speaks of where to probe next.
      const match = names.index(message.success === true ? (message.matchIndex as number) : 0);
      return `AppendEntriesReply(<dst: ${dst}, matchIndex: ${match}, round: ${names.round(message.round as number)}, src: ${src}, success: ${message.success}, term: ${term}>)`;
    }
    case 'installSnapshot': {
      const log = snapshots.logOf({
        index: message.index as number,
        term: message.snapshotTerm as number,
      });
      const data = listText(names.entryTexts(log ?? EMPTY_LOG, message.term));
      return `InstallSnapshot(<data: ${data}, dst: ${dst}, src: ${src}, term: ${term}>)`;
    }
    case 'installSnapshotReply': {
      const held = names.index(message.done === true ? (message.index as number) : 0);
      return `InstallSnapshotReply(<dst: ${dst}, index: ${held}, src: ${src}, term: ${term}>)`;
    }
    case 'timeoutNow':
      return `TimeoutNow(<dst: ${dst}, src: ${src}, term: ${term}>)`;
    default:
      return null;
  }
}

/** Of a message, as a log; made once for each. */
const entriesKnown = new WeakMap<object, TracedLog>();

function entriesOf({ entries }: ExactMessage): TracedLog {
  const key = entries as unknown as readonly ExactEntry[];
  let log = entriesKnown.get(key);
  if (log === undefined) {
    log = appended(EMPTY_LOG, key);
    entriesKnown.set(key, log);
  }
  return log;
}
