/** What a scenario is, and what it works with. */

import { randomBytes } from 'node:crypto';
import { type Caller, ClientFailure } from './driver.js';
import type { Evidence } from './evidence.js';
import type { LoggedRecord, Observer, WireRecord } from './observer.js';

export interface Stage {
  readonly observer: Observer;
  readonly evidence: Evidence;
  /** A name that no other cell has: topics and groups begin with it. */
  readonly name: string;
  /** One more process of the client. Whatever is left at the end of the scenario is ended. */
  start(): Caller;
}

/**
 * A scenario asks a client to do something and judges by what the observer finds in the cluster, or
 * by records whose contents were drawn at random: what the driver says alone proves nothing.
 */
export interface Scenario {
  readonly name: string;
  /** What a passed cell means, in half a sentence. */
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** Not so long ago that retention, which looks every few minutes, takes the records away while they are read. */
const BASE_TIME = Date.now() - 3_600_000;

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Records that nobody can guess, `size` bytes each; compressible if `compressible`. */
export function drawRecords(
  count: number,
  { size = 24, compressible = false }: { size?: number; compressible?: boolean } = {},
): WireRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const drawn = randomBytes(compressible ? 8 : size);
    const value = compressible ? Buffer.alloc(size, drawn) : drawn;
    return {
      key: base64(`key-${index}-${drawn.subarray(0, 4).toString('hex')}`),
      value: value.toString('base64'),
      headers: [],
      timestamp: BASE_TIME + index * 1000,
    };
  });
}

/** What a log, or a client that reads it, must show of `records` that begin at `offset`. */
export function logged(records: readonly WireRecord[], offset = 0): LoggedRecord[] {
  return records.map((record, index) => ({ offset: offset + index, ...ordered(record) }));
}

/**
 * What the log must show of what was produced. A client whose answer says `ownTimestamps` cannot choose
 * them: what the log has must then be the time of day.
 */
export function produced(
  stage: Stage,
  answer: unknown,
  records: readonly WireRecord[],
  found: readonly LoggedRecord[],
): LoggedRecord[] {
  if ((answer as { ownTimestamps?: unknown } | null)?.ownTimestamps !== true) {
    return logged(records);
  }
  const now = Date.now();
  const isNow = found.every(({ timestamp }) => Math.abs(now - timestamp) < 60_000);
  stage.evidence.holds('timestamps are of now', found.length > 0 && isNow, found);
  return logged(records).map((record, index) => ({
    ...record,
    timestamp: found[index]?.timestamp ?? -1,
  }));
}

/** The same fields in the same order, whoever tells of them. */
export function asLogged(records: unknown): LoggedRecord[] {
  if (!Array.isArray(records)) {
    throw new Error(`no list of records: ${JSON.stringify(records)}`);
  }
  return (records as LoggedRecord[]).map((record) => ({
    offset: record.offset,
    ...ordered(record),
  }));
}

function ordered({ key, value, headers, timestamp }: WireRecord): WireRecord {
  return { key, value, headers, timestamp };
}

/** The answer of a driver must have this field. */
export function field(answer: unknown, name: string): unknown {
  const value = (answer as Record<string, unknown> | null | undefined)?.[name];
  if (value === undefined) {
    throw new Error(`the driver's answer has no ${name}: ${JSON.stringify(answer)}`);
  }
  return value;
}

/** The call must be refused with one of these codes of Kafka. */
export async function refused(
  stage: Stage,
  what: string,
  codes: readonly number[],
  call: Promise<unknown>,
): Promise<void> {
  const failure = await call.then(
    (answer) => `no error but ${JSON.stringify(answer)}`,
    (error: unknown) => error,
  );
  if (failure instanceof Error && !(failure instanceof ClientFailure)) {
    throw failure;
  }
  const code = failure instanceof ClientFailure ? failure.code : null;
  const expected = `${what} is refused with ${codes.join(' or ')}`;
  stage.evidence.holds(expected, code !== null && codes.includes(code), failure);
}
