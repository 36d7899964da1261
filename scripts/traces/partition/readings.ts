/** Which action of spec/partition.qnt a step of a replica is; or none, and why. */

import type {
  ExactBatch,
  ExactInput,
  ExactReplicaStep,
} from '../../../src/trace/exact-partition.js';
import type { AnsweredFetch, PartitionMemory } from './memory.js';
import type { StepPlaces } from './places.js';
import { endOf, isWithinBatch } from './replica-log.js';
import type { FetchFields } from './texts.js';
import {
  alterAnswerText,
  epochRuns,
  fetchAnswerText,
  fetchText,
  toldImageText,
  withFetched,
} from './texts.js';
import type { TracedReplica } from './traced-replica.js';
import type { Turn } from './turns.js';
import { toldIn } from './turns.js';
import type { Call } from './worlds.js';

/** What is asked of the specification: a call, with what is on its way when it is made. */
export interface Asking {
  readonly calls: readonly Call[];
  readonly messages: readonly string[];
  /** What the broker has yet to learn. */
  readonly update: string | null;
}

export type Reading =
  | {
      readonly type: 'action';
      readonly action: string;
      readonly ask: (places: StepPlaces) => Asking;
      /** The incarnation of which a fetch comes still runs. */
      readonly fetcher?: { readonly id: number; readonly brokerEpoch: number };
      /** The specification is to refuse it as the code does. */
      readonly isRefused?: boolean;
    }
  /** The specification sees nothing of it: nothing that it sees may change. */
  | { readonly type: 'nothing'; readonly why: string }
  /** The specification does not have it. */
  | { readonly type: 'uncovered'; readonly why: string }
  /** It speaks of what never was. */
  | { readonly type: 'unfounded'; readonly why: string };

type InputOf<Type extends ExactInput['type']> = Extract<ExactInput, { type: Type }>;

const nothing = (why: string): Reading => ({ type: 'nothing', why });
const uncovered = (why: string): Reading => ({ type: 'uncovered', why });
const unfounded = (why: string): Reading => ({ type: 'unfounded', why });

/** `self`, and further arguments, as texts. */
function call(
  action: string,
  self: number,
  ...others: ((places: StepPlaces) => string | number)[]
): Reading {
  return {
    type: 'action',
    action,
    ask: (places) => {
      const all = [places.id(self), ...others.map((each) => each(places))].map(String);
      return { calls: [{ action, arguments: all }], messages: [], update: null };
    },
  };
}

/** A handler of a message takes it whole, and its fields. */
function handled(action: string, texts: (places: StepPlaces) => readonly string[]): Reading {
  return {
    type: 'action',
    action,
    ask: (places) => {
      const messages = texts(places);
      const calls = messages.map((message) => ({
        action,
        arguments: [message, message.slice(message.indexOf('(') + 1, -1)],
      }));
      return { calls, messages, update: null };
    },
  };
}

export function readingOf(turn: Turn, memory: PartitionMemory): Reading {
  const { before, after, steps } = turn;
  const { input, replicationFailed } = steps[0]!;
  const { self } = before;
  if (before.state.replicas.length > 0 && !sameList(before.state.replicas, after.state.replicas)) {
    return uncovered('the replicas change');
  }
  if (replicationFailed) {
    return uncovered('what the leader sends does not go on where the log ends');
  }
  if (before.state.logStartOffset !== after.state.logStartOffset) {
    return uncovered('the log start moves');
  }
  switch (input.type) {
    case 'assigned':
      return memory.wasDecided(input.assignment, input.brokers)
        ? {
            type: 'action',
            action: 'handleAssigned',
            ask: (places) => ({
              calls: [{ action: 'handleAssigned', arguments: [String(places.id(self)), '1'] }],
              messages: [],
              update: toldImageText(input.assignment, input.brokers, places),
            }),
          }
        : unfounded('the controller has decided no such thing');
    case 'produce':
      return produceReading(turn, input);
    case 'fetch':
      return fetchReading(turn, input, memory);
    case 'fetched':
      return fetchedReading(turn, input, memory);
    case 'alterPartitionAnswered':
      return answeredReading(before, input, memory);
    case 'timerFired':
      return timerReading(before, steps[0]!, input);
    case 'configured': {
      const isSame = effectiveMinIsr(before) === effectiveMinIsr(after);
      return isSame ? nothing('configured') : uncovered('min.insync.replicas changes');
    }
    case 'produceExpired':
      return waitsFor(before, input.token)
        ? uncovered('a produce whose time is over')
        : nothing('produceExpired of what is answered');
    case 'deleteRecords':
    case 'deleteRecordsExpired':
    case 'logStartMoved':
      return nothing(`${input.type} that moves nothing`);
    case 'appended':
    case 'truncated':
      return nothing(`${input.type}, of no use`);
  }
}

/** Whether what it speaks of was decided, sent or answered already. */
export function isFounded(self: number, input: ExactInput, memory: PartitionMemory): boolean {
  switch (input.type) {
    case 'assigned':
      return memory.wasDecided(input.assignment, input.brokers);
    case 'fetch':
      return (
        input.replica === null || memory.standing(fetchIn(self, input, input.replica)) !== undefined
      );
    case 'fetched':
      return input.error !== 0 || memory.wasAnswered(answerIn(self, input, memory), endIn(input));
    case 'alterPartitionAnswered': {
      const { error, requestedPartitionEpoch, assignment } = input;
      const answer = { to: self, requestedPartitionEpoch, error, assignment };
      return LOCAL_ERRORS.has(error) || memory.wasAnsweredProposal(answer);
    }
    default:
      return true;
  }
}

/** No controller decides them: nobody answers, or who is asked does not lead. */
const LOCAL_ERRORS: ReadonlySet<number> = new Set([-1, 7, 41]);

function fetchIn(
  to: number,
  { currentLeaderEpoch: leaderEpoch, fetchOffset, lastFetchedEpoch }: InputOf<'fetch'>,
  { id: from, brokerEpoch }: NonNullable<InputOf<'fetch'>['replica']>,
): FetchFields {
  return { from, to, brokerEpoch, leaderEpoch, fetchOffset, lastFetchedEpoch };
}

function answerIn(to: number, input: InputOf<'fetched'>, memory: PartitionMemory): AnsweredFetch {
  const { leaderEpoch, fetchOffset, lastFetchedEpoch, diverging, highWatermark } = input;
  const from = memory.leaderOf(leaderEpoch);
  return { from, to, leaderEpoch, fetchOffset, lastFetchedEpoch, diverging, highWatermark };
}

/** Where the records of the answer end. */
const endIn = ({ batches, fetchOffset }: InputOf<'fetched'>): number =>
  batches.at(-1)?.end ?? fetchOffset;

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((each, at) => each === b[at]);

export function effectiveMinIsr({ state }: TracedReplica): number {
  return Math.min(state.minIsr, state.replicas.length);
}

function waitsFor({ state }: TracedReplica, token: number): boolean {
  return state.leaderState?.waiting.some(([each, acks]) => each === token && acks === -1) === true;
}

const NOT_LEADER_OR_FOLLOWER = 6;
const NOT_ENOUGH_REPLICAS = 19;

function produceReading(turn: Turn, { token, acks }: InputOf<'produce'>): Reading {
  const { before, steps } = turn;
  // Acks 0 and 1 differ in who is answered only.
  const produce = call('handleProduce', before.self, () => (acks === -1 ? -1 : 1));
  if (steps[0]!.appended.length > 0) {
    return produce;
  }
  const error = toldIn(turn).find(([each]) => each === token)?.[1] ?? 0;
  if (error === NOT_LEADER_OR_FOLLOWER || error === NOT_ENOUGH_REPLICAS) {
    return { ...produce, isRefused: true } as Reading;
  }
  if (error !== 0) {
    return nothing('produce that its sequence refuses');
  }
  return waitsFor(turn.after, token)
    ? uncovered('a duplicate that waits')
    : nothing('a duplicate that is answered at once');
}

function fetchReading(
  { before, steps }: Turn,
  input: InputOf<'fetch'>,
  memory: PartitionMemory,
): Reading {
  const { replica, fetchOffset } = input;
  const { self, state } = before;
  const answer = steps[0]!.answer!;
  if (replica === null) {
    if (answer.upTo > Math.max(state.highWatermark, fetchOffset)) {
      return unfounded(`a consumer may read up to ${state.highWatermark}, not ${answer.upTo}`);
    }
    const reads = state.role === 'leader' && state.highWatermark > 0 && answer.error === 0;
    return reads
      ? call('handleConsumerFetch', self)
      : nothing(`a consumer's fetch at a ${state.role}, or of nothing`);
  }
  const fetch = fetchIn(self, input, replica);
  if (memory.standing(fetch) === undefined) {
    return unfounded(`no follower stands where this fetch comes from`);
  }
  if (!state.replicas.includes(replica.id)) {
    return uncovered('a fetch of who is no replica for this broker');
  }
  if (fetchOffset < state.logStartOffset) {
    return uncovered('a fetch below the log start');
  }
  if (fetchOffset === state.logStartOffset && fetchOffset > 0 && answer.error !== 0) {
    return uncovered('a fetch at the log start, behind what is deleted');
  }
  return {
    ...(handled('handleFetch', (places) => [fetchText(fetch, places)]) as Reading & {
      type: 'action';
    }),
    fetcher: replica,
  };
}

function fetchedReading(
  { before, steps }: Turn,
  input: InputOf<'fetched'>,
  memory: PartitionMemory,
): Reading {
  const { leaderEpoch, fetchOffset, lastFetchedEpoch, error, batches } = input;
  const [step] = steps;
  if (error !== 0) {
    if (step!.cut !== null) {
      return uncovered('a log that begins anew');
    }
    return step!.changed.epochs === undefined
      ? nothing('a fetch answered with an error')
      : uncovered('an empty log that forgets its epoch');
  }
  const { self, state, log } = before;
  const head = answerIn(self, input, memory);
  if (!memory.wasAnswered(head, endIn(input))) {
    return unfounded('the leader gave no such answer');
  }
  const foreign = memory.foreign(leaderEpoch, batches);
  if (foreign !== null) {
    return unfounded(`the leader of epoch ${leaderEpoch} has no such batch at ${foreign.base}`);
  }
  if (step!.cut !== null && isWithinBatch(log, step!.cut.to)) {
    // Of an epoch that is below its log start a leader says that it ends there, and not where a batch of that epoch ends.
    return uncovered('a cut within a batch');
  }
  // Of another position: nobody looks at what comes, and it need not go on where this log ends.
  const isMine = fetchOffset === state.logEndOffset && endOf(log) === fetchOffset;
  const runs = isMine ? epochRuns(batches) : [];
  if (isMine && epochBeginsBehindGap(batches, fetchOffset)) {
    return uncovered('an epoch that begins behind what compaction has left out');
  }
  if (runs.length === 0) {
    return handled('handleFetched', (places) => [
      fetchAnswerText({ ...head, records: [] }, places),
    ]);
  }
  const whole = withFetched(log, batches);
  return handled('handleFetched', (places) =>
    runs.map(({ end, epoch }, at) => {
      places.leaderEpoch(epoch);
      const last = runs[at - 1];
      const begin = last?.end ?? fetchOffset;
      return fetchAnswerText(
        {
          ...head,
          fetchOffset: begin,
          lastFetchedEpoch: last?.epoch ?? lastFetchedEpoch,
          records: places.records(whole, begin, end),
        },
        places,
      );
    }),
  );
}

function epochBeginsBehindGap(batches: readonly ExactBatch[], fetchOffset: number): boolean {
  return batches.some(({ base, epoch }, at) => {
    const last = batches[at - 1];
    return base > (last?.end ?? fetchOffset) && epoch !== last?.epoch;
  });
}

function answeredReading(
  { self }: TracedReplica,
  input: InputOf<'alterPartitionAnswered'>,
  memory: PartitionMemory,
): Reading {
  const { error, requestedPartitionEpoch, assignment } = input;
  const proposal = memory.proposalOn(self, requestedPartitionEpoch);
  if (proposal === null) {
    return unfounded('it has proposed nothing on this partition epoch');
  }
  const answer = { to: self, requestedPartitionEpoch, error, assignment };
  if (!memory.wasAnsweredProposal(answer)) {
    return error === 0
      ? unfounded('the controller has accepted nothing like it')
      : nothing('no answer of the controller');
  }
  const { leaderEpoch } = proposal;
  return handled('handleAlterPartitionAnswered', (places) => [
    alterAnswerText({ ...answer, leaderEpoch }, places),
  ]);
}

function timerReading(
  { self, state }: TracedReplica,
  { proposed }: ExactReplicaStep,
  { name, key }: InputOf<'timerFired'>,
): Reading {
  if (name === 'alterPartitionRetry') {
    if (state.leaderState !== null && state.leaderState.inflight !== null) {
      return call('alterPartitionRetryDue', self);
    }
    return proposed.length > 0
      ? call('proposeAnewDue', self)
      : nothing('timer alterPartitionRetry with nothing under way');
  }
  const follower = state.leaderState?.followers.find(({ id }) => id === key);
  return follower === undefined || follower.lagging
    ? nothing('timer replicaLag, of no use')
    : call('replicaLagDue', self, (places) => places.id(key));
}
