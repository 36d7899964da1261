/** The driver of kcat: a program without an administrator's calls. */

import { type ChildProcess, spawn } from 'node:child_process';
import {
  buffer,
  CannotExpress,
  type JoinAsked,
  type PollAsked,
  type ProduceAsked,
  type ReadAsked,
  Seen,
  type SentRecord,
  serve,
} from '../npm/loop.js';

const BROKERS = ['-b', process.argv[2]!, '-X', 'client.id=matrix-kcat'];
const LIMIT_MILLISECONDS = 15_000;
/** Between what it writes of two records; long enough to be in none. */
const END = '<~end of record~>';
const KEY_END = '<~end of key~>';
/** Its words for what brokers answer. */
const CODES: readonly (readonly [words: string, code: number])[] = [
  ['Offset out of range', 1],
  ['Unknown topic', 3],
  ['Unknown partition', 3],
  ['Message size too large', 10],
];
const EVERY = 100;

let member: Member | null = null;

class Refusal extends Error {}

interface Ended {
  readonly status: number | null;
  readonly output: Buffer;
  readonly errors: string;
}

/** Runs it to its end, or until `enough` says so of its output. */
function kcat(
  parameters: readonly string[],
  input: Buffer | string = '',
  enough: (output: Buffer) => boolean = () => false,
  limit: number = LIMIT_MILLISECONDS,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', [...BROKERS, ...parameters]);
    let output = Buffer.alloc(0);
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.stdout.on('data', (bytes: Buffer) => {
      output = Buffer.concat([output, bytes]);
      if (enough(output)) {
        child.kill('SIGTERM');
      }
    });
    child.stderr.on('data', (bytes: Buffer) => {
      errors += bytes.toString();
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, output, errors });
    });
  });
}

function throwIfRefused({ status, errors }: Ended): void {
  if (status !== 0 || /% (ERROR|Delivery failed)/.test(errors)) {
    throw new Refusal(errors.trim() || `kcat ended with ${status}`);
  }
}

interface MetadataTold {
  readonly brokers: readonly { id: number; name: string }[];
  readonly topics: readonly {
    topic: string;
    partitions: readonly {
      partition: number;
      leader: number;
      replicas: readonly { id: number }[];
    }[];
  }[];
}

async function metadata({ topic }: { topic: string }): Promise<object> {
  const ended = await kcat(['-L', '-J', '-t', topic]);
  throwIfRefused(ended);
  const told = JSON.parse(ended.output.toString()) as MetadataTold;
  return {
    brokers: told.brokers.map(({ id, name }) => {
      const at = name.lastIndexOf(':');
      return { id, host: name.slice(0, at), port: Number(name.slice(at + 1)) };
    }),
    topics: told.topics.map(({ topic: name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition: id, leader, replicas }) => ({
        id,
        leader,
        replicas: replicas.map((replica) => replica.id),
      })),
    })),
  };
}

/** Records that one call of the program can send: the same headers, and nulls or empties but not both. */
function callsFor(records: readonly SentRecord[]): SentRecord[][] {
  const calls: SentRecord[][] = [];
  let signature = '';
  for (const record of records) {
    const own = JSON.stringify([record.headers, record.value === null]);
    if (own !== signature) {
      calls.push([]);
      signature = own;
    }
    calls.at(-1)!.push(record);
  }
  return calls;
}

async function produce(asked: ProduceAsked): Promise<object> {
  const { topic, partition, acks, codec, idempotent, retry, records } = asked;
  for (const call of callsFor(records)) {
    const { headers, value: first } = call[0]!;
    const input = Buffer.concat(
      call.flatMap(({ key, value }) => [
        key === null ? Buffer.alloc(0) : Buffer.concat([buffer(key), Buffer.from(KEY_END)]),
        value === null ? Buffer.alloc(0) : buffer(value),
        Buffer.from(END),
      ]),
    );
    if (call.some(({ value }) => value === '')) {
      throw new CannotExpress('empty values are not sent, but as nulls');
    }
    const ended = await kcat(
      [
        ...['-P', '-t', topic, '-p', String(partition), '-D', END, '-K', KEY_END],
        ...(codec === 'none' ? [] : ['-z', codec]),
        ...(first === null ? ['-Z'] : []),
        ...headers.flatMap(([name, content]) => ['-H', `${name}=${textOf(content)}`]),
        ...['-X', `acks=${acks}`, '-X', 'message.timeout.ms=8000', '-X', 'linger.ms=50'],
        ...['-X', 'message.max.bytes=10000000', '-X', 'topic.metadata.propagation.max.ms=1000'],
        ...(idempotent ? ['-X', 'enable.idempotence=true'] : []),
        ...(retry ? [] : ['-X', 'retries=0']),
      ],
      input,
    );
    throwIfRefused(ended);
  }
  return { offsets: null, ownTimestamps: true };
}

/** Headers come from the command line. */
function textOf(content: string | null): string {
  const bytes = buffer(content ?? '');
  const text = bytes.toString();
  if (content === null || !Buffer.from(text).equals(bytes) || text.includes('\0')) {
    throw new CannotExpress('headers come from the command line, which is text');
  }
  return text;
}

/** Offset, time, lengths of key and value, length of what tells the headers; then these themselves. */
const FORMAT = '%p %o %T %K %S %h\\n%k%s\\n';

interface ReadRecord extends SentRecord {
  readonly partition: number;
  readonly offset: number;
}

/** The whole records in what it printed in that format, and where they end. */
function parsed(output: Buffer): { records: ReadRecord[]; end: number } {
  const records: ReadRecord[] = [];
  let end = 0;
  for (;;) {
    const line = output.indexOf('\n', end);
    const fields = line < 0 ? [] : output.subarray(end, line).toString().split(' ');
    const [partition, offset, timestamp, keyLength, valueLength] = fields.map(Number);
    const valueAt = line + 1 + Math.max(0, keyLength ?? 0);
    const after = valueAt + Math.max(0, valueLength ?? 0) + 1;
    if (line < 0 || after > output.length) {
      return { records, end };
    }
    const headers = fields.slice(5).join(' ');
    records.push({
      partition: partition!,
      offset: offset!,
      timestamp: timestamp!,
      key: keyLength! < 0 ? null : output.subarray(line + 1, valueAt).toString('base64'),
      value: valueLength! < 0 ? null : output.subarray(valueAt, after - 1).toString('base64'),
      headers: headers === '' ? [] : headers.split(',').map(headerOf),
    });
    end = after;
  }
}

function headerOf(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), Buffer.from(text.slice(at + 1)).toString('base64')];
}

async function read({ topic, partition, offset, count, timeoutMs }: ReadAsked): Promise<object> {
  const place = ['-C', '-t', topic, '-p', String(partition), '-o', String(offset)];
  const ended = await kcat(
    [
      ...[...place, '-c', String(count), '-f', FORMAT, '-X', 'topic.auto.offset.reset=error'],
      ...['-X', 'fetch.wait.max.ms=100'],
    ],
    '',
    () => false,
    timeoutMs,
  );
  throwIfRefused(ended);
  const { records } = parsed(ended.output);
  return { records: records.map(({ partition: _, ...record }) => record) };
}

async function listOffsets(asked: {
  topic: string;
  partition: number;
  at: number | string;
}): Promise<object> {
  const { topic, partition, at } = asked;
  const time = at === 'earliest' ? -2 : at === 'latest' ? -1 : at;
  const ended = await kcat(['-Q', '-t', `${topic}:${partition}:${time}`]);
  throwIfRefused(ended);
  const found = /offset (-?\d+)/.exec(ended.output.toString());
  return { offset: found === null ? null : Number(found[1]) };
}

/** A process that is in the group; what it prints is what the member sees. */
class Member {
  readonly seen = new Seen();
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private output: Buffer = Buffer.alloc(0);
  private errors = '';

  constructor({ group, topic, assignor, instanceId, sessionTimeoutMs }: JoinAsked) {
    this.child = spawn('kcat', [
      ...BROKERS,
      ...['-G', group, '-u', '-f', FORMAT, '-X', 'auto.offset.reset=earliest'],
      ...['-X', `partition.assignment.strategy=${assignor}`],
      ...['-X', `session.timeout.ms=${sessionTimeoutMs}`, '-X', 'heartbeat.interval.ms=500'],
      ...['-X', `auto.commit.interval.ms=${EVERY}`, '-X', 'fetch.wait.max.ms=100'],
      ...(instanceId === null ? [] : ['-X', `group.instance.id=${instanceId}`]),
      topic,
    ]);
    this.exited = new Promise((resolve) => this.child.on('close', () => resolve()));
    this.child.stdout!.on('data', (bytes: Buffer) => {
      this.output = Buffer.concat([this.output, bytes]);
      const { records, end } = parsed(this.output);
      this.output = this.output.subarray(end);
      for (const { partition, offset, value } of records) {
        this.seen.record(partition, offset, value);
      }
    });
    this.child.stderr!.on('data', (bytes: Buffer) => {
      const lines = (this.errors + bytes.toString()).split('\n');
      this.errors = lines.pop()!;
      for (const line of lines) {
        this.note(line);
      }
    });
  }

  /**
   * `% Group g rebalanced (memberid m): assigned: t [0], t [1]`, or `revoked: ...`; where it is cooperative
   * `rebalanced: incremental assignment of 1 partition(s) (...): t [0]`, or `incremental revoke ...`.
   */
  private note(line: string): void {
    const found = /rebalanced.*?(assign|revoke).*?: (.*)$/.exec(line);
    if (found === null) {
      return;
    }
    const partitions = [...found[2]!.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    if (found[1] === 'assign') {
      this.seen.add(partitions);
    } else {
      this.seen.remove(partitions);
    }
  }

  async leave(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exited;
  }
}

async function leave(): Promise<void> {
  await member?.leave();
  member = null;
}

await serve(
  {
    metadata,
    produce,
    read,
    listOffsets,
    leave,
    join: async (asked: JoinAsked) => {
      member = new Member(asked);
    },
    poll: (asked: PollAsked) => member!.seen.poll(asked),
    // It commits by itself, and often.
    commit: () => new Promise((resolve) => setTimeout(resolve, 5 * EVERY)),
  },
  ({ message }) => ({
    code: CODES.find(([words]) => message.includes(words))?.[1] ?? null,
    name: 'kcat',
    text: message,
  }),
  leave,
);
