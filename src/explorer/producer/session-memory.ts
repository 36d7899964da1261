/** What producers do, remembered: a session after something happened to it is a function of the two. */

import type { BatchFacts } from '../../core/partition/types.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import { batchOf } from './batches.js';
import { batchCodec, sessionCodec } from './codecs.js';
import {
  type Answer,
  begun,
  heard,
  hearing,
  reconnected,
  type Session,
  sentAgain,
  withAnswer,
  withEpoch,
  withNewBatch,
  withoutLate,
  withoutOldest,
  withoutReplica,
  withoutRequest,
} from './session.js';

/** What may happen to a session, by number. + 2 x the epoch + who leads - 1. */
const INIT = 0;
/** + the records. */
const SEND = 32;
const SEND_AGAIN = 48;
const GIVE_UP = 49;
/** The oldest answer under way is heard. */
const HEAR = 50;
/** The oldest request on the connection is taken by a replica. */
const HANDLED = 51;
/** + the epoch. */
const BUMP = 64;
/** + 2 x who leads, + 1 where requests come late. */
const BREAK = 96;
/** + 2 x the replica that has ended + who leads. */
const GONE = 112;
/** + which broken connection it is whose oldest request is taken. */
const LATE = 128;
/** + 16 x the error + the value. */
const ANSWERED = 256;

/** The oldest requests of a session, as a replica takes them: numbers of batches. */
export interface SessionFacts {
  /** -1: nothing is on the connection. */
  readonly oldest: number;
  /** Of each broken connection, and to whom it was. */
  readonly late: readonly { readonly to: number; readonly batch: number }[];
}

export class SessionMemory {
  readonly sessions: Parts<Session>;
  readonly batches: Parts<BatchFacts>;
  readonly facts: SessionFacts[] = [];
  private readonly known = new PairTable();
  private readonly isPatient: boolean;
  private readonly remembers: boolean;

  /** `isPatient`: see `heard`. */
  constructor(
    isPatient: boolean,
    renamings: readonly Renaming[],
    writer: PartWriter,
    remembers: boolean,
  ) {
    this.isPatient = isPatient;
    this.remembers = remembers;
    this.sessions = new Parts(writer, renamings, 0x2545f491, sessionCodec.write);
    this.batches = new Parts(writer, renamings, 0, batchCodec.write);
  }

  begun(number: number, epoch: number, leader: number, wraps: boolean): number {
    return this.after(number, INIT + 2 * epoch + leader - 1, (session) =>
      begun(session, epoch, leader, wraps),
    );
  }

  withNewBatch(number: number, records: number): number {
    return this.after(number, SEND + records, (session) => withNewBatch(session, records));
  }

  sentAgain(number: number): number {
    return this.after(number, SEND_AGAIN, sentAgain);
  }

  withoutOldest(number: number): number {
    return this.after(number, GIVE_UP, withoutOldest);
  }

  withEpoch(number: number, epoch: number): number {
    return this.after(number, BUMP + epoch, (session) => withEpoch(session, epoch));
  }

  hearing(number: number): number {
    return this.after(number, HEAR, (session) => hearing(session, this.isPatient));
  }

  reconnected(number: number, leader: number, comesLate: boolean): number {
    return this.after(number, BREAK + 2 * leader + (comesLate ? 1 : 0), (session) =>
      reconnected(session, leader, comesLate),
    );
  }

  withoutReplica(number: number, id: number, leader: number): number {
    return this.after(number, GONE + 2 * id + leader, (session) =>
      withoutReplica(session, id, leader),
    );
  }

  withoutRequest(number: number): number {
    return this.after(number, HANDLED, withoutRequest);
  }

  withoutLate(number: number, place: number): number {
    return this.after(number, LATE + place, (session) => withoutLate(session, place));
  }

  /** The answer is heard, or begins its way where answers are on their way for a while. */
  answered(number: number, answer: Answer, isUnderWay: boolean): number {
    return this.after(number, ANSWERED + 16 * answer.error + answer.value, (session) =>
      isUnderWay ? withAnswer(session, answer) : heard(session, answer, this.isPatient),
    );
  }

  numberOf(session: Session): number {
    const number = this.sessions.numberOf(session);
    if (number === this.facts.length) {
      const batchNumber = (request: Session['requests'][number]): number =>
        this.batches.numberOf(batchOf(session, request));
      const [first] = session.requests;
      this.facts.push({
        oldest: first === undefined ? -1 : batchNumber(first),
        late: session.late.map(({ to, requests }) => ({ to, batch: batchNumber(requests[0]!) })),
      });
    }
    return number;
  }
  /** The session after what `code` says, which is what `change` makes of it. */
  private after(number: number, code: number, change: (session: Session) => Session): number {
    const known = this.known.get(number, code);
    if (known >= 0 && this.remembers) {
      return known;
    }
    const after = this.numberOf(change(this.sessions.all[number]!));
    this.known.set(number, code, after);
    return after;
  }
}
