/**
 * What becomes of a connection on which given bytes arrive, as in Kafka (SocketServer, NetworkReceive,
 * RequestHeader, RequestContext at 4.x): docs/wire.md has the table.
 */

import { isFlexible, type TriedApi } from './cases.js';
import { Malformed, PlainReader, skipMessage } from './well-formed.js';

const API_VERSIONS_KEY = 18;
const PRODUCE_KEY = 0;
/** APIs whose answer may be a long time coming, by what they ask for. */
const WAITING: ReadonlySet<string> = new Set([
  'Fetch',
  'JoinGroup',
  'SyncGroup',
  'AddRaftVoter',
  'AddPartitionsToTxn',
  'WriteTxnMarkers',
]);

export interface ExpectedAnswer {
  readonly correlationId: number;
  /** Null: an API whose answers the fuzzer cannot read. */
  readonly api: TriedApi | null;
  readonly version: number;
}

export interface Fate {
  readonly answers: readonly ExpectedAnswer[];
  /** 'unfinished': the broker waits for the rest of a frame; 'unknown': nobody here can say. */
  readonly end: 'open' | 'closed' | 'unfinished' | 'unknown';
  /** Why it is closed. */
  readonly reason: string;
  /** The broker may take its time before the answers from this one on; Infinity: none. */
  readonly waitsFrom: number;
  /** A produce with acks=0 may fail, which closes the connection, after this many answers. */
  readonly mayCloseFrom: number;
}

export interface Listener {
  readonly apis: ReadonlyMap<number, TriedApi>;
  /** Keys that are served, of APIs whose requests the fuzzer cannot read. */
  readonly unknown: ReadonlySet<number>;
  /** What is served in more versions than is known here. */
  readonly isPartial: boolean;
  /** socket.request.max.bytes */
  readonly maxFrameBytes: number;
}

export function fateOf(bytes: Uint8Array, listener: Listener): Fate {
  const answers: ExpectedAnswer[] = [];
  let waitsFrom = Number.POSITIVE_INFINITY;
  let mayCloseFrom = Number.POSITIVE_INFINITY;
  const fate = (end: Fate['end'], reason: string): Fate => ({
    answers,
    end,
    reason,
    waitsFrom,
    mayCloseFrom,
  });
  const stream = new PlainReader(bytes);
  while (stream.left > 0) {
    if (stream.left < 4) {
      return fate('unfinished', 'half a length');
    }
    const length = stream.int32();
    if (length < 0 || length > listener.maxFrameBytes) {
      return fate('closed', `a length of ${length}`);
    }
    if (length > stream.left) {
      return fate('unfinished', 'half a frame');
    }
    const start = stream.skip(length);
    const outcome = fateOfFrame(bytes.subarray(start, start + length), listener);
    if (outcome === null) {
      return fate('unknown', 'an API that the fuzzer cannot read');
    }
    if (typeof outcome === 'string') {
      return fate('closed', outcome);
    }
    if (outcome.api !== null && WAITING.has(outcome.api.name)) {
      waitsFrom = Math.min(waitsFrom, answers.length);
    }
    if (outcome.acks === 0) {
      mayCloseFrom = Math.min(mayCloseFrom, answers.length);
    } else {
      answers.push(outcome);
    }
  }
  return fate('open', '');
}

/** Its answer, or why it closes the connection; null: unknown. */
function fateOfFrame(
  frame: Uint8Array,
  listener: Listener,
): (ExpectedAnswer & { readonly acks?: number }) | string | null {
  try {
    const reader = new PlainReader(frame);
    const key = reader.int16();
    const version = reader.int16();
    const correlationId = reader.int32();
    if (listener.unknown.has(key)) {
      return null;
    }
    const api = listener.apis.get(key);
    if (api === undefined) {
      return `unknown API ${key}`;
    }
    reader.skip(Math.max(reader.int16(), 0));
    if (isFlexible(api, version)) {
      skipTags(reader);
    }
    const isServed = version >= api.versions[0] && version <= api.versions[1];
    if (!isServed && listener.isPartial) {
      return null;
    }
    if (!isServed) {
      return key === API_VERSIONS_KEY
        ? { correlationId, api, version: 0 }
        : `${api.name} is not served in version ${version}`;
    }
    let acks: number | undefined;
    skipMessage(reader, api.request, version, (name, value) => {
      acks = key === PRODUCE_KEY && name === 'acks' ? value : acks;
    });
    return acks === undefined
      ? { correlationId, api, version }
      : { correlationId, api, version, acks };
  } catch (error) {
    if (error instanceof Malformed) {
      return error.message;
    }
    throw error;
  }
}

function skipTags(reader: PlainReader): void {
  const count = reader.countOfTags();
  for (let index = 0; index < count; index++) {
    reader.varint();
    reader.skip(reader.varint());
  }
}
