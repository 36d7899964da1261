/** Which action of the specification an input of the code is, with its picks; or none, and why. */

import type { ExactMessage, ExactStep, ExactVoter } from '../../../src/trace/exact-raft.js';
import type { StepNames } from './names.js';
import type { TracedNode } from './traced-node.js';

export interface NamedCall {
  readonly action: string;
  readonly picks: (names: StepNames) => readonly string[];
}

export type Reading =
  /** `heard`: a sign of life of that node besides. */
  | { readonly type: 'actions'; readonly calls: readonly NamedCall[]; readonly heard?: number }
  /** The specification sees nothing of it: nothing that it sees may change. */
  | { readonly type: 'nothing'; readonly why: string; readonly heard?: number }
  /** The specification does not have it. */
  | { readonly type: 'uncovered'; readonly why: string };

const nothing = (why: string): Reading => ({ type: 'nothing', why });

/** `formatted`: the voters of the format. */
export function readingOf(
  before: TracedNode,
  step: ExactStep,
  after: TracedNode,
  formatted: readonly ExactVoter[],
): Reading {
  const { input } = step;
  const self = before.self[0];
  const { role, leaderHeard, leader, snapshotIndex } = before.state;
  const one = (action: string, ...picks: ((names: StepNames) => string)[]): Reading => ({
    type: 'actions',
    calls: [
      { action, picks: (names) => [names.server(self), ...picks.map((pick) => pick(names))] },
    ],
  });
  const isRefused = step.told.some(
    ({ type, token }) => REFUSALS.has(type) && token === input.token,
  );
  switch (input.type) {
    case 'start':
      // A single voter stands for election within its first step: there that is the next one.
      return after.state.role === role ? nothing('start') : one('electionDue');
    case 'message':
      return messageReading(before, step, after, formatted);
    case 'timerFired':
      return timerReading(before, String(input.name), after, one);
    case 'persisted':
      return persistedReading(before, after, one);
    case 'propose':
      return isRefused ? nothing('refused propose') : one('propose');
    case 'readIndex':
      return role === 'leader' ? one('requestRead') : nothing('refused requestRead');
    case 'changeVoters': {
      const { type, voter } = input.change as unknown as { type: string; voter: [number, string] };
      return isRefused
        ? nothing('refused changeVoters')
        : one(
            'changeVoters',
            (names) => names.server(voter[0]),
            () => String(type === 'add'),
          );
    }
    case 'transferLeadership': {
      const to = after.state.transfer?.to;
      return isRefused || to === undefined
        ? nothing('refused transferLeadership')
        : one('transferLeadership', (names) => names.server(to));
    }
    case 'snapshotTaken': {
      const index = input.index as number;
      return index <= snapshotIndex
        ? nothing('snapshot that is no news')
        : one('snapshotTaken', (names) => names.index(index));
    }
    case 'connectionLost': {
      const isLeader = leader === input.peer && leaderHeard;
      if (!isLeader) {
        return nothing('connectionLost');
      }
      return votersOf(before, formatted).includes(self)
        ? one('leaderSilent')
        : { type: 'uncovered', why: 'a node without a vote lost the connection to its leader' };
    }
    default:
      throw new Error(`an input of the unknown kind ${input.type}`);
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'proposalRefused',
  'readRefused',
  'changeRefused',
  'transferEnded',
]);

type OneCall = (action: string, ...picks: ((names: StepNames) => string)[]) => Reading;

function timerReading(
  { state }: TracedNode,
  name: string,
  after: TracedNode,
  one: OneCall,
): Reading {
  switch (name) {
    case 'election':
      return state.role === 'leader' || state.role === 'learner'
        ? nothing('timer election, of no use')
        : one('electionDue');
    case 'leaderSilence':
      if (state.leaderHeard) {
        return one('leaderSilent');
      }
      return state.leader === after.state.leader
        ? nothing('timer leaderSilence, of no use')
        : { type: 'uncovered', why: 'leaderSilence after the connection to the leader was lost' };
    case 'checkQuorum':
      return one('checkQuorumDue');
    case 'catchUp': {
      const givesUp = after.state.catchUp === null;
      return state.catchUp === null || (state.catchUp.slow && !givesUp)
        ? nothing('timer catchUp, of no use')
        : one('catchUpDue', () => String(givesUp));
    }
    case 'transfer':
      return state.transfer === null ? nothing('timer transfer, of no use') : one('transferDue');
    case 'heartbeat':
    case 'hello':
      return nothing(`timer ${name}`);
    default:
      throw new Error(`an unknown timer ${name}`);
  }
}

/** One report may be of several writes. */
function persistedReading({ writes }: TracedNode, after: TracedNode, one: OneCall): Reading {
  const through = after.state.persistedThrough;
  const durable = writes.filter(({ sequence }) => sequence <= through);
  const each = one('persisted');
  return durable.length === 0 || each.type !== 'actions'
    ? nothing('persisted, of no use')
    : { ...each, calls: durable.flatMap(() => each.calls) };
}

function messageReading(
  before: TracedNode,
  step: ExactStep,
  after: TracedNode,
  formatted: readonly ExactVoter[],
): Reading {
  const { from, message } = step.input as unknown as { from: number; message: ExactMessage };
  const handled = (action: string): NamedCall => ({ action, picks: () => [] });
  const { type } = message;
  switch (type) {
    case 'learnerHello':
      return before.state.role === 'leader'
        ? { type: 'nothing', why: type, heard: from }
        : nothing(type);
    case 'leaderHint':
      return nothing(type);
    case 'installSnapshot':
      return { type: 'actions', calls: [handled(snapshotAction(before, message, after))] };
    default:
      break;
  }
  const { role, progress } = before.state;
  const isKnown =
    progress.some(({ id }) => id === from) || votersOf(before, formatted).includes(from);
  if (ANSWERS.has(type) && role === 'leader' && message.term <= before.state.term && !isKnown) {
    return nothing('an answer of whom the leader has forgotten');
  }
  const calls = [handled(`handle${type[0]!.toUpperCase()}${type.slice(1)}`)];
  // What the thesis leaves open: after how many rounds somebody is given up.
  const gaveUp = step.told.some(
    (told) => told.type === 'changeRefused' && told.reason === 'notCaughtUp',
  );
  if (gaveUp) {
    calls.push({
      action: 'catchUpDue',
      picks: (names) => [names.server(before.self[0]), 'true'],
    });
  }
  // Who asks for a vote and has none itself is taken for one that says hello.
  const asksForVote = type === 'preVoteRequest' || type === 'voteRequest';
  const saysHello = asksForVote && !votersOf(before, formatted).includes(from);
  return saysHello && before.state.role === 'leader'
    ? { type: 'actions', calls, heard: from }
    : { type: 'actions', calls };
}

/** Of who is pushed to. */
const ANSWERS: ReadonlySet<string> = new Set(['appendEntriesReply', 'installSnapshotReply']);

/** A piece that is not the last one that is missing is no snapshot yet. */
function snapshotAction(before: TracedNode, message: ExactMessage, after: TracedNode): string {
  const index = message.index as number;
  const isOld = message.term < before.state.term || index <= before.state.commitIndex;
  const isWhole = after.state.snapshotIndex === index;
  return isOld || isWhole ? 'handleInstallSnapshot' : 'handleSnapshotPiece';
}

/** 4.1: those of the newest configuration in its log. */
function votersOf({ log }: TracedNode, formatted: readonly ExactVoter[]): readonly number[] {
  const at = log.entries[log.length - 1]?.configurationAt ?? -1;
  return log.entries[at]?.voters?.map(([id]) => id) ?? formatted.map(([id]) => id);
}
