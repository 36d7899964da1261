/** The fuzzer against a broker process, and against things that only look like one. */

import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { LocalCluster } from '../../src/cli/local-cluster.js';
import { brokerProgram } from '../targets/processes.js';
import { type Finding, readFinding, writeFinding } from './findings.js';
import type { Listener } from './kafka-fate.js';
import { type FuzzOptions, type FuzzResult, fuzz } from './run.js';
import { learnListener, withUnadvertised } from './surroundings.js';

/** Cases of the short run; seed and number of the long one are the command's. */
const FRAMES = Number(process.env.FUZZ_FRAMES ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

const NEVER_TAKEN = ['Heartbeat', 'SyncGroup', 'AddRaftVoter', 'RemoveRaftVoter'];

const CONFIGS = [
  ['auto.create.topics.enable', 'false'],
  ['group.initial.rebalance.delay.ms', '0'],
] as const;

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function newBroker(): Promise<{ port: number; pid: number }> {
  const cluster = await LocalCluster.create({
    brokers: 1,
    firstPort: 0,
    directory: null,
    configs: new Map(CONFIGS),
    binary: brokerProgram(),
  });
  closers.push(() => cluster.close());
  const [address] = await cluster.start();
  return { port: Number(address!.split(':')[1]), pid: cluster.pid(1)! };
}

interface Searched extends FuzzResult {
  readonly found: Finding[];
}

async function search(
  port: number,
  options: Partial<FuzzOptions> & { readonly listener: Listener },
): Promise<Searched> {
  const found: Finding[] = [];
  const result = await fuzz({
    seed: SEED,
    first: 0,
    frames: 300,
    address: { host: '127.0.0.1', port },
    beside: null,
    connections: 8,
    patience: { long: 10_000, short: 150 },
    pid: null,
    memoryLimit: 768,
    mostFindings: 3,
    found: (finding) => found.push(finding),
    ...options,
  });
  return { ...result, found };
}

/**
 * Stands between the fuzzer and a broker, and spoils what the broker does: `answer` gets the frames that
 * come back, `request` what goes there.
 */
function between(
  port: number,
  spoil: {
    readonly answer?: (frame: Buffer, client: net.Socket) => Buffer | null;
    readonly closes?: boolean;
  },
): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const broker = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => broker.write(chunk));
    client.on('end', () => broker.end());
    broker.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE()) {
        const frame = rest.subarray(0, 4 + rest.readInt32BE());
        rest = rest.subarray(frame.length);
        const passed =
          spoil.answer === undefined ? frame : spoil.answer(Buffer.from(frame), client);
        if (passed !== null) {
          client.write(passed);
        }
      }
    });
    broker.on('end', () => spoil.closes !== false && client.end());
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => spoil.closes !== false && other.destroy());
    }
  });
  closers.push(() => {
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
}

describe('a broker', () => {
  test('makes of every frame what Kafka makes of it, and serves the others', async () => {
    const { port, pid } = await newBroker();
    const listener = withUnadvertised(await learnListener({ host: '127.0.0.1', port }));
    const result = await search(port, { listener, pid, frames: FRAMES, connections: 16 });
    expect(result.found.map(({ problem, cases }) => [problem, cases[0]?.label])).toEqual([]);
    expect(result.frames).toBe(FRAMES);
    expect(result.acknowledged).toBeGreaterThan(20);
    // No API is only refused, but for those that need an id which the broker has drawn.
    const refused = [...listener.apis.values()].filter(({ name }) => !result.taken.has(name));
    expect(refused.map(({ name }) => name)).toEqual(NEVER_TAKEN);
    if (process.platform === 'linux') {
      expect(result.peakMemory).toBeGreaterThan(0);
    }
  }, 300_000);
});

describe('what is wrong is found:', () => {
  const patience = { long: 3000, short: 100 };

  test('a connection that is not closed', async () => {
    const { port } = await newBroker();
    const listener = await learnListener({ host: '127.0.0.1', port });
    const { found } = await search(await between(port, { closes: false }), { listener, patience });
    expect(found[0]?.problem).toContain('it should be closed');
  });

  test('an answer that is none, one too few, and one to another request', async () => {
    const { port } = await newBroker();
    const listener = await learnListener({ host: '127.0.0.1', port });
    const HEARTBEAT_ANSWER_BYTES = 4 + 4 + 4 + 2;
    const spoils: readonly [RegExp, (frame: Buffer) => Buffer | null][] = [
      [/an answer that is none/, (frame) => longer(frame)],
      [/did not come|answer to/, () => null],
      [/answer to/, (frame) => flipped(frame)],
    ];
    for (const [problem, spoil] of spoils) {
      let left = 40;
      // The canary and the preparation come through unharmed: their ids are small.
      const answer = (frame: Buffer): Buffer | null =>
        frame.length === HEARTBEAT_ANSWER_BYTES && left-- > 0 ? spoil(frame) : frame;
      const { found } = await search(await between(port, { answer }), { listener, patience });
      expect(found.map((each) => each.problem).join('\n')).toMatch(problem);
    }
  });

  test('a broker that is gone, by what was under way', async () => {
    const { port, pid } = await newBroker();
    const listener = await learnListener({ host: '127.0.0.1', port });
    let done = 0;
    const result = await search(port, {
      listener,
      patience,
      frames: 5000,
      mostFindings: 1000,
      progress: () => {
        done++;
        if (done === 50) {
          process.kill(pid, 'SIGKILL');
        }
      },
    });
    const crash = result.found.find(({ kind }) => kind === 'crash');
    expect(crash?.cases.length).toBeGreaterThan(0);
    expect(result.found.some(({ kind }) => kind === 'canary')).toBe(true);
  });

  test('memory beyond the limit', async () => {
    const { port } = await newBroker();
    const listener = await learnListener({ host: '127.0.0.1', port });
    const { found } = await search(port, { listener, pid: process.pid, memoryLimit: 1 });
    expect(found.map(({ kind }) => kind)).toEqual(process.platform === 'linux' ? ['memory'] : []);
  });
});

test('a finding comes back from its file as it was', () => {
  const directory = mkdtempSync(join(tmpdir(), 'logjury-fuzz-'));
  closers.push(() => rmSync(directory, { recursive: true }));
  const tried = { index: 3, label: 'x', bytes: Buffer.of(0, 255), halfClose: true };
  const finding: Finding = { kind: 'fate', problem: 'p', seed: 9, cases: [tried] };
  expect(readFinding(writeFinding(directory, finding))).toEqual(finding);
});

function longer(frame: Buffer): Buffer {
  const result = Buffer.concat([frame, Buffer.of(1)]);
  result.writeInt32BE(frame.length - 3);
  return result;
}

function flipped(frame: Buffer): Buffer {
  frame[7]! ^= 0x55;
  return frame;
}
