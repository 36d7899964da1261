/** One broker process and sockets that misbehave: it stays well, and so does everybody else. */

import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../src/protocol/api-table.js';
import { createTopicsApi, fetchApi, metadataApi, produceApi } from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { decodeResponse, encodeRequest } from '../src/protocol/frame.js';
import type { Encodable } from '../src/protocol/schema.js';
import { newFolder, Running, removeFolders, residentMemory } from './operations-kit.js';
import { recordBatch } from './wire-requests.js';

const RECORD_BYTES = 900_000;

/** A socket and the answers that came over it. */
class RawClient {
  readonly socket: net.Socket;
  readonly closed: Promise<void>;
  private chunks: Buffer[] = [];
  private size = 0;
  private answered: (() => void) | null = null;
  private correlationId = 0;

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      this.answered?.();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        resolve();
        this.answered?.();
      });
    });
  }

  /** Waits for that many bytes and looks at them; null: the connection ended before. */
  private async head(bytes: number): Promise<Buffer | null> {
    while (this.size < bytes && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.answered = resolve;
      });
    }
    if (this.size < bytes) {
      return null;
    }
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all.subarray(0, bytes);
  }

  /** A request with its length before it. */
  frame<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Uint8Array {
    const correlationId = ++this.correlationId;
    const bytes = joined(encodeRequest(api, version, { correlationId, clientId: null }, body));
    const head = Buffer.alloc(4);
    head.writeInt32BE(bytes.length);
    return joined([head, bytes]);
  }

  /** The next answer; null: the connection ended. */
  async answer<Request, Response>(
    api: Api<Request, Response>,
    version: number,
  ): Promise<Response | null> {
    const length = (await this.head(4))?.readInt32BE();
    const whole = length === undefined ? null : await this.head(4 + length);
    if (whole === null) {
      return null;
    }
    const bytes = new Uint8Array(whole.subarray(4));
    this.size -= whole.length;
    this.chunks = [this.chunks[0]!.subarray(whole.length)];
    return decodeResponse(api, version, bytes).body;
  }

  async call<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Promise<Response> {
    this.socket.write(this.frame(api, version, body));
    const answer = await this.answer(api, version);
    if (answer === null) {
      throw new Error(`${api.name}: the connection was closed`);
    }
    return answer;
  }
}

const fetchBody = (offset = 0): never =>
  ({
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50 << 20,
    topics: [
      {
        topic: 't',
        partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 50 << 20 }],
      },
    ],
  }) as never;

let broker: Running;
let port: number;
const clients: RawClient[] = [];

function dial(): RawClient {
  const client = new RawClient(port);
  clients.push(client);
  return client;
}

async function isServed(): Promise<boolean> {
  const response = await dial().call(metadataApi, 9, { topics: null });
  return response.topics.some(({ name }) => name === 't');
}

/** Resident memory of the broker in MiB. */
function memory(): number {
  return residentMemory(broker.process.pid!);
}

beforeAll(async () => {
  const id = 'd2lyZS1wcm9jZXNzLXRlcw';
  broker = new Running([
    ...['broker', '--id', '1', '--cluster-id', id, '--data', newFolder(), '--format'],
    ...['--voters', `1@127.0.0.1:1:${id}`, '--port', '0', '--internal-port', '0'],
    ...['--config', 'queued.max.request.bytes=40000000'],
  ]);
  port = Number((await broker.line('listening ')).split(':')[1]);
  const client = dial();
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  await client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 });
  for (let i = 0; i < 20; i++) {
    const records = recordBatch(['x'.repeat(RECORD_BYTES)], { timestamp: Date.now() });
    const response = await client.call(produceApi, 7, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: 't', partitionData: [{ index: 0 as never, records }] }],
    });
    expect(response.responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
  }
});

afterEach(() => {
  for (const { socket } of clients.splice(0)) {
    socket.destroy();
  }
});

afterAll(async () => {
  broker.process.kill('SIGTERM');
  expect(await broker.ended).toEqual({ status: 0, errorLines: [] });
  removeFolders();
});

describe('bytes', () => {
  test('a request may come byte by byte', async () => {
    const client = dial();
    for (const byte of client.frame(metadataApi, 9, { topics: null })) {
      await new Promise((resolve) => client.socket.write(Uint8Array.of(byte), resolve));
    }
    expect((await client.answer(metadataApi, 9))!.topics.length).toBe(1);
  });

  test('of many requests may come in one piece', async () => {
    const client = dial();
    const frames = Array.from({ length: 300 }, () => client.frame(metadataApi, 9, { topics: [] }));
    client.socket.write(joined(frames));
    for (let i = 0; i < 300; i++) {
      expect((await client.answer(metadataApi, 9))!.brokers.length).toBe(1);
    }
  });

  test('that are no request end the connection, behind the answers that are owed', async () => {
    for (const length of [-1, -2147483648, 104_857_601, 0x7fffffff, 3]) {
      const client = dial();
      const head = Buffer.alloc(4);
      head.writeInt32BE(length);
      const good = client.frame(metadataApi, 9, { topics: null });
      client.socket.write(joined([good, head, new Uint8Array(10)]));
      expect(await client.answer(metadataApi, 9), String(length)).not.toBe(null);
      await client.closed;
    }
    expect(await isServed()).toBe(true);
  });

  test('that end are answered as far as they are requests', async () => {
    const client = dial();
    const frames = [4, 9, 4].map((version) => client.frame(metadataApi, version, { topics: null }));
    client.socket.end(joined([...frames, Uint8Array.of(0, 0)]));
    for (const version of [4, 9, 4]) {
      expect((await client.answer(metadataApi, version))!.topics.length).toBe(1);
    }
    await client.closed;
    expect(await isServed()).toBe(true);
  });

  test('of noise do no harm', async () => {
    let state = 12345;
    const noise = (length: number): Uint8Array =>
      Uint8Array.from({ length }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return state >>> 24;
      });
    for (let i = 0; i < 60; i++) {
      const client = dial();
      const body = noise(i * 7);
      const head = Buffer.alloc(4);
      head.writeInt32BE(i % 3 === 0 ? body.length : body.length + 50);
      client.socket.end(joined([head, body]));
    }
    expect(await isServed()).toBe(true);
  });
});

describe('memory', () => {
  test('announced requests cost nothing before they come', async () => {
    const before = memory();
    const head = Buffer.alloc(4);
    head.writeInt32BE(100_000_000);
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const client = dial();
        await new Promise((resolve) =>
          client.socket.write(joined([head, new Uint8Array(9)]), resolve),
        );
      }),
    );
    expect(await isServed()).toBe(true);
    expect(memory() - before).toBeLessThan(100);
  });

  test('requests that never end are bounded together, and others are served', async () => {
    const before = memory();
    const head = Buffer.alloc(4);
    head.writeInt32BE(100_000_000);
    const part = new Uint8Array(60_000_000);
    const holders = Array.from({ length: 8 }, () => dial());
    let ended = 0;
    const ends = holders.map(async (client) => {
      await client.closed;
      ended++;
    });
    for (const client of holders) {
      client.socket.write(joined([head, part]));
    }
    // 480 MB against a limit of 210 MB: some must go, whoever they are.
    await Promise.race(ends);
    expect(await isServed()).toBe(true);
    expect(ended).toBeGreaterThan(0);
    expect(memory() - before).toBeLessThan(450);
  });

  test('who reads no answers gets few, and nobody else waits for it', async () => {
    const before = memory();
    const greedy = Array.from({ length: 3 }, () => dial());
    for (const client of greedy) {
      client.socket.pause();
      // 150 answers of 18 MB each.
      const frames = Array.from({ length: 150 }, () => client.frame(fetchApi, 11, fetchBody()));
      await new Promise((resolve) => client.socket.write(joined(frames), resolve));
    }
    const other = dial();
    for (let i = 0; i < 20; i++) {
      const { responses } = await other.call(fetchApi, 11, fetchBody(19));
      expect(responses[0]!.partitions[0]!.errorCode).toBe(0);
    }
    expect(memory() - before).toBeLessThan(250);
    // Whoever reads again gets all that it asked for, in order.
    const client = greedy[0]!;
    client.socket.resume();
    for (let i = 0; i < 10; i++) {
      const answer = await client.answer(fetchApi, 11);
      const { highWatermark, records } = answer!.responses[0]!.partitions[0]!;
      expect(highWatermark).toBe(20);
      expect((records as Uint8Array).length).toBeGreaterThan(20 * RECORD_BYTES);
    }
  });
});
