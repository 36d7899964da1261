/** What both drivers of npm clients share: the loop over standard input, and what a member has seen. */

import { createInterface } from 'node:readline';

export type Operation = (parameters: never) => Promise<unknown>;
export type Operations = Readonly<Record<string, Operation>>;

/** A record as the runner speaks of it: bytes are in base64. */
export interface SentRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
  readonly timestamp: number;
}

export interface ProduceAsked {
  readonly topic: string;
  readonly partition: number;
  readonly acks: number;
  readonly codec: string;
  readonly idempotent: boolean;
  readonly retry: boolean;
  readonly records: readonly SentRecord[];
}

export interface ReadAsked {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly count: number;
  readonly timeoutMs: number;
}

export interface JoinAsked {
  readonly group: string;
  readonly topic: string;
  readonly assignor: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
}

export interface PollAsked {
  readonly untilAssigned?: number;
  readonly untilRecords?: number;
  readonly timeoutMs: number;
}

/** The library cannot express it. */
export class CannotExpress extends Error {}

const PAUSE_MILLISECONDS = 20;

export function buffer(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

export function base64OrNull(bytes: Buffer | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : bytes.toString('base64');
}

export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
}

/** What happened to a member since it was asked last. */
export class Seen {
  assigned: number[] = [];
  private events: { type: string; partitions: number[] }[] = [];
  private records: { partition: number; offset: number; value: string | null }[] = [];
  /** Next offset of each partition that something was read of. */
  readonly positions: Map<number, number> = new Map();

  assign(partitions: readonly number[]): void {
    this.assigned = [...partitions];
    this.events.push({ type: 'assigned', partitions: [...partitions] });
  }

  revoke(): void {
    this.events.push({ type: 'revoked', partitions: this.assigned });
    this.assigned = [];
  }

  /** Of a client that tells what changes. */
  add(partitions: readonly number[]): void {
    this.assigned = [...this.assigned, ...partitions];
    this.events.push({ type: 'assigned', partitions: [...partitions] });
  }

  remove(partitions: readonly number[]): void {
    this.assigned = this.assigned.filter((each) => !partitions.includes(each));
    this.events.push({ type: 'revoked', partitions: [...partitions] });
  }

  record(partition: number, offset: number, value: string | null): void {
    this.records.push({ partition, offset, value });
    this.positions.set(partition, offset + 1);
  }

  async poll({ untilAssigned, untilRecords, timeoutMs }: PollAsked): Promise<unknown> {
    const end = Date.now() + timeoutMs;
    const done = (): boolean =>
      (untilAssigned !== undefined || untilRecords !== undefined) &&
      (untilAssigned === undefined || this.assigned.length === untilAssigned) &&
      (untilRecords === undefined || this.records.length >= untilRecords);
    while (!done() && Date.now() < end) {
      await pause();
    }
    const { assigned, events, records } = this;
    this.events = [];
    this.records = [];
    return { assigned, events, records };
  }
}

/** Kafka's error code of an error, however deep the library hides it. */
export function codeOf(error: unknown, key: string, depth = 0): number | null {
  if (typeof error !== 'object' || error === null || depth > 6) {
    return null;
  }
  const { [key]: code, cause, originalError, errors, groups } = error as Record<string, unknown>;
  if (typeof code === 'number' && code !== 0) {
    return code;
  }
  const inner = [cause, originalError];
  for (const list of [errors, groups]) {
    inner.push(...(Array.isArray(list) ? list : []));
  }
  for (const each of inner) {
    const found = codeOf(each, key, depth + 1);
    if (found !== null) {
      return found;
    }
  }
  return null;
}

/** Serves the operations, one after the other, until standard input ends. */
export async function serve(
  operations: Operations,
  tell: (error: Error) => object,
  end: () => Promise<void>,
): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, op, ...parameters } = JSON.parse(line) as { id: number; op: string };
    const answer = await answerOf(operations[op], parameters, tell);
    process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
  }
  await end().catch(() => {});
  process.exit(0);
}

async function answerOf(
  operation: Operation | undefined,
  parameters: object,
  tell: (error: Error) => object,
): Promise<object> {
  if (operation === undefined) {
    return { unsupported: 'the library has no such call' };
  }
  try {
    return { ok: (await operation(parameters as never)) ?? {} };
  } catch (error) {
    return error instanceof CannotExpress
      ? { unsupported: error.message }
      : { error: tell(error as Error) };
  }
}
