/** Sends one case and says whether what came of it is what Kafka makes of it. */

import { findApi } from '../../src/protocol/apis.js';
import { ProtocolError } from '../../src/protocol/errors.js';
import { decodeResponse } from '../../src/protocol/frame.js';
import { type FuzzCase, framed, requestHeader } from './cases.js';
import { type ExpectedAnswer, type Fate, fateOf, type Listener } from './kafka-fate.js';
import type { RawConnection } from './raw-connection.js';

export interface Patience {
  /** Milliseconds within which what must come comes. */
  readonly long: number;
  /** Milliseconds for what may take its time, and for what must not come. */
  readonly short: number;
}

export interface Attempt {
  /** Null: all is as it should be. */
  readonly problem: string | null;
  /** How it went, in one word or two: what two brokers are compared by. */
  readonly seen: string;
  /** More may be sent on the connection. */
  readonly reusable: boolean;
}

/** Called for each answer that tells of no error: the request came through. */
export type Taken = (api: string) => void;

const PROBE_ID = 0x0b0b0b0b;
const API_VERSIONS_KEY = 18;
/** A sound request that asks whether the broker still listens: ApiVersions v0. */
const PROBE: Uint8Array = framed(requestHeader(API_VERSIONS_KEY, 0, PROBE_ID, false).bytes);

export async function attempt(
  connection: RawConnection,
  tried: Pick<FuzzCase, 'bytes' | 'halfClose'>,
  listener: Listener,
  patience: Patience,
  taken: Taken = () => {},
): Promise<Attempt> {
  const sent = tried.halfClose ? tried.bytes : Buffer.concat([tried.bytes, PROBE]);
  const fate = fateOf(sent, listener);
  if (fate.end === 'unknown') {
    return { problem: null, seen: 'not sent', reusable: true };
  }
  connection.send(sent);
  if (tried.halfClose) {
    connection.halfClose();
  }
  const { answers } = fate;
  for (let index = 0; index < answers.length; index++) {
    const mayWait = index >= fate.waitsFrom;
    const arrival = await connection.next(mayWait ? patience.short : patience.long);
    if (arrival === 'late' && mayWait) {
      return { problem: null, seen: `waits after ${index}`, reusable: false };
    }
    if (arrival === 'closed' && index >= fate.mayCloseFrom) {
      return { problem: null, seen: 'closed by acks=0', reusable: false };
    }
    if (arrival !== 'frame') {
      return failed(`answer ${index + 1} of ${answers.length} did not come`, arrival, fate, index);
    }
    const isProbe = !tried.halfClose && index === answers.length - 1;
    const tell = isProbe ? () => {} : taken;
    const wrong = wrongAnswer(connection.frames.shift()!, answers[index]!, tell);
    if (wrong !== null) {
      return failed(wrong, arrival, fate, index);
    }
  }
  return settled(connection, tried.halfClose, fate, patience);
}

/** All answers are there: what becomes of the connection? */
async function settled(
  connection: RawConnection,
  halfClose: boolean,
  fate: Fate,
  patience: Patience,
): Promise<Attempt> {
  const count = fate.answers.length;
  if (fate.end === 'open' && !halfClose) {
    return connection.frames.length > 0
      ? failed('more answers than requests', 'frame', fate, count)
      : { problem: null, seen: `answers ${count}`, reusable: true };
  }
  if (fate.end === 'unfinished' && !halfClose) {
    const early = await connection.next(patience.short);
    if (early === 'closed' && count >= fate.mayCloseFrom) {
      return { problem: null, seen: 'closed by acks=0', reusable: false };
    }
    if (early !== 'late') {
      return failed('it did not wait for the rest', early, fate, count);
    }
    connection.halfClose();
  }
  const arrival = await connection.next(patience.long);
  if (arrival !== 'closed') {
    const why = fate.end === 'closed' ? fate.reason : 'the other side has ended it';
    return failed(`it should be closed: ${why}`, arrival, fate, count);
  }
  return { problem: null, seen: `answers ${count}, then closed`, reusable: false };
}

function failed(problem: string, arrival: string, fate: Fate, index: number): Attempt {
  const seen = arrival === 'late' ? `hangs after ${index}` : `${arrival} after ${index}`;
  const reason = fate.reason === '' ? '' : ` (${fate.reason})`;
  const expected = `${fate.answers.length} answers, then ${fate.end}${reason}`;
  return { problem: `${problem}; expected: ${expected}; seen: ${seen}`, seen, reusable: false };
}

function wrongAnswer(frame: Buffer, expected: ExpectedAnswer, taken: Taken): string | null {
  if (frame.length < 4 || frame.readInt32BE(0) !== expected.correlationId) {
    const id = frame.length < 4 ? 'none' : frame.readInt32BE(0);
    return `answer to ${id} where ${expected.correlationId} was due`;
  }
  const api = expected.api === null ? undefined : findApi(expected.api.key);
  if (api === undefined || expected.version > api.response.versions[1]) {
    return null;
  }
  try {
    const { body } = decodeResponse(api, expected.version, frame);
    if (!tellsOfError(body)) {
      taken(api.name);
    }
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) {
      return `an answer that is none: ${error.message}`;
    }
    throw error;
  }
}

function tellsOfError(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) {
    return false;
  }
  return Object.entries(body).some(
    ([name, value]) => (name === 'errorCode' && value !== 0) || tellsOfError(value),
  );
}
