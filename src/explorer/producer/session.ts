/**
 * An idempotent producer in one of its lives, as Kafka's client is one (KIP-98, KIP-360): batches are sent in order,
 * several at once, and sent again in order until they are acknowledged; one that was given up leaves a gap, which
 * only a new epoch closes. With it the connection that it uses, and what is left of those that broke.
 */

import {
  DUPLICATE_SEQUENCE_NUMBER,
  INVALID_PRODUCER_EPOCH,
  NONE,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
} from '../../core/partition/errors.js';
import { present } from '../../core/types/assert.js';

/** A batch of the application as it is on the way: `value` tells which of this life's it is, from 1. */
export interface Request {
  readonly value: number;
  readonly records: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** `unsent`: it is to be sent, or again; `refused`: the leader does not have it, and it does not follow there. */
export type Status = 'unsent' | 'sent' | 'refused';

export interface Pending extends Request {
  readonly status: Status;
}

export interface Answer {
  readonly value: number;
  /** Kafka's code. */
  readonly error: number;
}

/** Requests of a broken connection, oldest first, that a replica will take all the same. */
export interface LateRequests {
  readonly to: number;
  readonly requests: readonly Request[];
}

export interface Session {
  /** Id of the producer and number of the life, from 1. */
  readonly producer: number;
  readonly life: number;
  /** -1: none was asked for yet. */
  readonly epoch: number;
  readonly nextSequence: number;
  /** Batches that the application has handed over in this life, and the newest one that was acknowledged. */
  readonly made: number;
  readonly confirmed: number;
  /** The partition knows the producer: something of this life was acknowledged. */
  readonly isKnown: boolean;
  /** A batch was given up, and whether it is in the log is not known (Kafka: unresolved sequences). */
  readonly isUnresolved: boolean;
  /** A later life has begun, and the leader has said so. */
  readonly isFenced: boolean;
  /** Oldest first. */
  readonly pending: readonly Pending[];
  /** The connection: to whom, and what is on it in both directions, oldest first. */
  readonly to: number;
  readonly requests: readonly Request[];
  readonly answers: readonly Answer[];
  /** In any order. */
  readonly late: readonly LateRequests[];
}

/** Sequences are on a circle (KIP-98). */
const SEQUENCES = 2 ** 31;
/** Where the first epoch of a world begins that `wraps`. */
const NEAR_THE_END = SEQUENCES - 2;

export function newSession(producer: number, life: number): Session {
  return {
    producer,
    life,
    epoch: -1,
    nextSequence: 0,
    made: 0,
    confirmed: 0,
    isKnown: false,
    isUnresolved: false,
    isFenced: false,
    pending: [],
    to: 1,
    requests: [],
    answers: [],
    late: [],
  };
}

/** InitProducerId has given it an epoch. */
export function begun(session: Session, epoch: number, to: number, wraps: boolean): Session {
  return { ...session, epoch, nextSequence: wraps && epoch === 0 ? NEAR_THE_END : 0, to };
}

/**
 * Whether a new batch may be sent. Not before all others have been, and, as a partition that does not know the
 * producer takes any first sequence (SEQ-EMPTY), not beside one that may be the first.
 */
export function maySend(session: Session, window: number, isPatient: boolean): boolean {
  const { epoch, isFenced, isUnresolved, pending, isKnown } = session;
  return (
    epoch >= 0 &&
    !isFenced &&
    !isUnresolved &&
    pending.length < (isKnown || !isPatient ? window : 1) &&
    pending.every(({ status }) => status === 'sent')
  );
}

export function withNewBatch(session: Session, records: number): Session {
  const { epoch, nextSequence: sequence } = session;
  const request = { value: session.made + 1, records, epoch, sequence };
  return {
    ...session,
    made: request.value,
    nextSequence: (sequence + records) % SEQUENCES,
    pending: [...session.pending, { ...request, status: 'sent' }],
    requests: [...session.requests, request],
  };
}

/** The oldest batch that is to be sent again, of which there is one. */
export function sentAgain(session: Session): Session {
  const at = session.pending.findIndex(({ status }) => status === 'unsent');
  const { status: _status, ...request } = present(session.pending[at], 'a batch to be sent');
  return {
    ...withStatus(session, at, 'sent'),
    requests: [...session.requests, request],
  };
}

/** `isPatient`: a refusal is not the last word while requests of broken connections may come late. */
export function heard(session: Session, { value, error }: Answer, isPatient: boolean): Session {
  const at = session.pending.findIndex((each) => each.value === value);
  if (at === -1) {
    // It was given up.
    return session;
  }
  switch (error) {
    case NONE:
    // It is in the log, but its offset is forgotten.
    case DUPLICATE_SEQUENCE_NUMBER:
      return settled({
        ...session,
        confirmed: Math.max(session.confirmed, value),
        isKnown: true,
        pending: session.pending.filter((each) => each.value !== value),
      });
    case INVALID_PRODUCER_EPOCH:
      return { ...session, isFenced: true, isUnresolved: false, pending: [] };
    case OUT_OF_ORDER_SEQUENCE_NUMBER: {
      // Behind one that was refused it is refused too, and sent again in its turn.
      const isFinal = at === 0 || session.isUnresolved;
      const mayStillCome = isPatient && session.late.length > 0;
      return withStatus(session, at, isFinal && !mayStillCome ? 'refused' : 'unsent');
    }
    default:
      return withStatus(session, at, 'unsent');
  }
}

/** Another connection, to `to`; of the one before requests come late or never, and answers never. */
export function reconnected(session: Session, to: number, comesLate: boolean): Session {
  const { requests, late, pending } = session;
  const more = comesLate && requests.length > 0 ? [{ to: session.to, requests }] : [];
  return {
    ...session,
    to,
    requests: [],
    answers: [],
    pending: pending.map((each) => ({ ...each, status: 'unsent' })),
    late: inOrder([...late, ...more]),
  };
}

/** The process of replica `id` has ended, and with it all connections to it; `to`: who leads now. */
export function withoutReplica(session: Session, id: number, to: number): Session {
  const late = session.late.filter((each) => each.to !== id);
  const left = late.length === session.late.length ? session : { ...session, late };
  return session.to === id ? reconnected(left, to, false) : left;
}

/** The application is told that the oldest batch may be lost. Its request stays where it is. */
export function withoutOldest(session: Session): Session {
  return settled({ ...session, isUnresolved: true, pending: session.pending.slice(1) });
}

/** Whether a gap is left that nothing but a new epoch closes. */
export function needsEpoch({ isFenced, isUnresolved, pending }: Session): boolean {
  return (
    !isFenced &&
    (isUnresolved || pending.length > 0) &&
    pending.every(({ status }) => status === 'refused')
  );
}

/** KIP-360: in a new epoch sequences begin at 0, in the order in which the batches were sent. */
export function withEpoch(session: Session, epoch: number): Session {
  let sequence = 0;
  const pending: Pending[] = [];
  for (const { value, records } of session.pending) {
    pending.push({ value, records, epoch, sequence, status: 'unsent' });
    sequence += records;
  }
  return { ...session, epoch, nextSequence: sequence, isUnresolved: false, pending };
}

/** With nothing without an answer, and the newest one acknowledged, those given up are known to be in the log. */
function settled(session: Session): Session {
  const { isUnresolved, pending, confirmed, made } = session;
  return isUnresolved && pending.length === 0 && confirmed === made
    ? { ...session, isUnresolved: false }
    : session;
}

function withStatus(session: Session, at: number, status: Status): Session {
  const pending = session.pending.map((each, i) => (i === at ? { ...each, status } : each));
  return { ...session, pending };
}

/** A replica has taken the oldest request of the connection. */
export function withoutRequest(session: Session): Session {
  return { ...session, requests: session.requests.slice(1) };
}

/** And of the broken connection at this place. */
export function withoutLate(session: Session, place: number): Session {
  const late = session.late
    .map((each, i) => (i === place ? { ...each, requests: each.requests.slice(1) } : each))
    .filter(({ requests }) => requests.length > 0);
  return { ...session, late: inOrder(late) };
}

/** An answer begins its way on the connection. */
export function withAnswer(session: Session, answer: Answer): Session {
  return { ...session, answers: [...session.answers, answer] };
}

/** The oldest one on it arrives. */
export function hearing(session: Session, isPatient: boolean): Session {
  const [answer, ...answers] = session.answers;
  return answer === undefined ? session : heard({ ...session, answers }, answer, isPatient);
}

/** One order for what has none. */
function inOrder(late: readonly LateRequests[]): LateRequests[] {
  return late
    .map((each) => ({ each, key: JSON.stringify(each) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ each }) => each);
}
