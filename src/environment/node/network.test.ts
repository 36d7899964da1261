/** The network over real sockets. Every wait is for an event, none for a time. */

import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionHandler, ConnectionId, Frame, ListenOptions } from '../environment.js';
import { BufferPool } from './buffer-pool.js';
import { NodeNetwork } from './network.js';

/** Collects what happens, and lets a test wait until something has. */
class Events {
  private readonly waiting = new Set<() => void>();

  changed(): void {
    for (const look of [...this.waiting]) {
      look();
    }
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (condition()) {
          this.waiting.delete(look);
          resolve();
        }
      };
      this.waiting.add(look);
      look();
    });
  }
}

class Peer implements ConnectionHandler {
  id: ConnectionId = -1;
  isConnected = false;
  end: string | null = null;
  drains = 0;
  readonly frames: Frame[] = [];
  onFrame: ((frame: Frame) => void) | null = null;
  private readonly events: Events;

  constructor(events: Events) {
    this.events = events;
  }

  get texts(): string[] {
    return this.frames.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
  }

  connected(): void {
    this.isConnected = true;
    this.events.changed();
  }

  frame(_connection: ConnectionId, frame: Frame): void {
    this.frames.push(frame);
    this.onFrame?.(frame);
    this.events.changed();
  }

  closed(_connection: ConnectionId, reason: string): void {
    expect(this.end).toBe(null);
    this.end = reason;
    this.events.changed();
  }

  drained(): void {
    this.drains++;
    this.events.changed();
  }
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** Knows how many buffers are out. */
class CountingPool extends BufferPool {
  out = 0;

  override take(length: number): Uint8Array {
    this.out++;
    return super.take(length);
  }

  override give(buffer: Uint8Array): void {
    this.out--;
    super.give(buffer);
  }
}

let events: Events;
let pool: CountingPool;
let network: NodeNetwork;
let accepted: Peer[];
let port: number;
const raw: net.Socket[] = [];

async function listen(options: Partial<ListenOptions> = {}): Promise<void> {
  port = await new Promise<number>((resolve, reject) => {
    network.listen(
      {
        host: '127.0.0.1',
        port: 0,
        maxFrameBytes: 50_000_000,
        maxConnections: 100,
        maxPartialBytes: 200_000_000,
        ...options,
      },
      (id) => {
        const peer = new Peer(events);
        peer.id = id;
        accepted.push(peer);
        return peer;
      },
      { listening: resolve, failed: (code) => reject(new Error(code)) },
    );
  });
}

/** A plain socket of a client, connected. */
async function dial(): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  raw.push(socket);
  const count = accepted.length;
  await once(socket, 'connect');
  await events.until(() => accepted.length > count);
  return socket;
}

function frame(text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(text.length);
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}

beforeEach(() => {
  events = new Events();
  accepted = [];
  pool = new CountingPool(1 << 20);
  const hooks = {
    enter: (task: () => void) => task(),
    atTurnEnd: (task: () => void) => setImmediate(task),
  };
  network = new NodeNetwork(hooks, pool);
});

afterEach(() => {
  network.stopListening();
  for (const socket of raw.splice(0)) {
    socket.destroy();
  }
  for (const { id } of accepted) {
    network.close(id, false);
  }
});

describe('frames', () => {
  test('go both ways, in order, whatever their size', async () => {
    await listen();
    const here = new Peer(events);
    const id = network.connect('127.0.0.1', port, 50_000_000, here);
    await events.until(() => here.isConnected && accepted.length === 1);
    const there = accepted[0]!;
    const sizes = [0, 1, 1000, 65_536, 300_000, 3_000_000, 5];
    for (const size of sizes) {
      network.send(id, [bytesOf('x'.repeat(size)), bytesOf(String(size))]);
    }
    await events.until(() => there.frames.length === sizes.length);
    expect(there.texts.map((text) => text.length)).toEqual(
      sizes.map((size) => size + String(size).length),
    );
    expect(there.texts.map((text) => text.replace(/^x*/, ''))).toEqual(sizes.map(String));
    network.send(there.id, []);
    network.send(there.id, [bytesOf('back')]);
    await events.until(() => here.frames.length === 2);
    expect(here.texts).toEqual(['', 'back']);
    network.close(id, false);
    await events.until(() => here.end !== null && there.end !== null);
  });

  test('keep their bytes while they are held, on accepted connections too', async () => {
    await listen();
    const socket = await dial();
    const there = accepted[0]!;
    for (let i = 0; i < 200; i++) {
      socket.write(frame(`${i}`.repeat(700)));
    }
    await events.until(() => there.frames.length === 200);
    there.texts.forEach((text, i) => {
      expect(text).toBe(`${i}`.repeat(700));
    });
    expect(there.frames.some(({ bytes }) => Buffer.isBuffer(bytes))).toBe(false);
  });

  test('that lie about their length end the connection, and no other', async () => {
    await listen({ maxFrameBytes: 1000 });
    for (const length of [-1, 1001, 0x7fffffff]) {
      const good = await dial();
      const bad = await dial();
      const [goodPeer, badPeer] = accepted.slice(-2) as [Peer, Peer];
      const head = Buffer.alloc(4);
      head.writeInt32BE(length);
      bad.write(Buffer.concat([frame('before'), head, Buffer.alloc(100)]));
      await events.until(() => badPeer.end !== null);
      expect(badPeer.end).toContain(String(length));
      expect(badPeer.texts).toEqual(['before']);
      good.write(frame('good'));
      await events.until(() => goodPeer.frames.length === 1);
    }
  });

  test('sent writes of one turn leave together', async () => {
    await listen();
    const socket = await dial();
    const chunks: number[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk.length);
      events.changed();
    });
    const { id } = accepted[0]!;
    let sent = 0;
    for (let i = 0; i < 50; i++) {
      network.send(id, [bytesOf('ab'), bytesOf('cd')], () => sent++);
    }
    await events.until(() => chunks.reduce((sum, size) => sum + size, 0) === 50 * 8);
    expect(chunks.length).toBeLessThan(3);
    expect(sent).toBe(50);
  });
});

describe('back-pressure', () => {
  test('who does not read fills the queue; nothing is lost when it reads again', async () => {
    await listen();
    const socket = await dial();
    socket.pause();
    const there = accepted[0]!;
    const part = new Uint8Array(1 << 20).fill(7);
    let queued = 0;
    let sent = 0;
    while (network.send(there.id, [part], () => sent++)) {
      queued++;
      expect(queued).toBeLessThan(50);
    }
    queued++;
    expect(there.drains).toBe(0);
    // Another connection goes on meanwhile.
    const other = await dial();
    other.write(frame('hello'));
    await events.until(() => accepted[1]!.frames.length === 1);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      events.changed();
    });
    socket.resume();
    await events.until(() => received === queued * (part.length + 4));
    await events.until(() => there.drains === 1);
    expect(sent).toBe(queued);
  });

  test('a paused connection delivers nothing, a resumed one all, in order', async () => {
    await listen();
    const socket = await dial();
    const there = accepted[0]!;
    there.onFrame = () => {
      if (there.frames.length === 1) {
        network.pause(there.id);
      }
    };
    // All in one chunk: those behind the first have arrived when it pauses.
    socket.write(Buffer.concat([1, 2, 3, 4].map((i) => frame(`f${i}`))));
    await events.until(() => there.frames.length === 1);
    const marker = await dial();
    marker.write(frame('marker'));
    await events.until(() => accepted[1]!.frames.length === 1);
    expect(there.texts).toEqual(['f1']);
    socket.write(frame('f5'));
    let within = true;
    there.onFrame = () => expect(within).toBe(false);
    network.resume(there.id);
    within = false;
    await events.until(() => there.frames.length === 5);
    expect(there.texts).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  test('unfinished frames are bounded together: the largest holder goes', async () => {
    await listen({ maxPartialBytes: 1_000_000 });
    const large = await dial();
    const small = await dial();
    const head = Buffer.alloc(4);
    head.writeInt32BE(40_000_000);
    small.write(Buffer.concat([head, Buffer.alloc(300_000)]));
    large.write(Buffer.concat([head, Buffer.alloc(900_000)]));
    await events.until(() => accepted[0]!.end !== null);
    expect(accepted[0]!.end).toContain('too many bytes');
    expect(accepted[1]!.end).toBe(null);
    // What the first held is free again.
    const third = await dial();
    third.write(frame('x'.repeat(500_000)));
    await events.until(() => accepted[2]!.frames.length === 1);
    expect(accepted[1]!.end).toBe(null);
  });

  test('an unfinished frame is forgotten with its connection', async () => {
    await listen({ maxPartialBytes: 1_000_000 });
    const head = Buffer.alloc(4);
    head.writeInt32BE(600_000);
    for (let i = 0; i < 4; i++) {
      const socket = await dial();
      socket.end(Buffer.concat([head, Buffer.alloc(500_000)]));
      await events.until(() => accepted[i]!.end !== null);
      expect(accepted[i]!.end).toBe('closed by the other side');
    }
    expect(pool.out).toBe(0);
  });
});

describe('ends', () => {
  test('a graceful close delivers what was sent', async () => {
    await listen();
    const socket = await dial();
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    const ended = once(socket, 'end');
    const part = new Uint8Array(3 << 20);
    network.send(accepted[0]!.id, [part]);
    network.close(accepted[0]!.id, true);
    await ended;
    expect(received).toBe(part.length + 4);
    await events.until(() => accepted[0]!.end !== null);
  });

  test('closing while frames are held gives them back', async () => {
    await listen();
    const socket = await dial();
    const there = accepted[0]!;
    there.onFrame = () => network.pause(there.id);
    socket.write(Buffer.concat([frame('a'), frame('b'), frame('c')]));
    await events.until(() => there.frames.length === 1);
    network.close(there.id, false);
    await events.until(() => there.end !== null);
    expect(there.texts).toEqual(['a']);
    there.frames[0]!.release();
    expect(pool.out).toBe(0);
  });

  test('sent is called for what can no longer be sent', async () => {
    await listen();
    const socket = await dial();
    const { id } = accepted[0]!;
    let sent = 0;
    network.send(id, [new Uint8Array(20 << 20)], () => sent++);
    socket.resetAndDestroy();
    await events.until(() => accepted[0]!.end !== null);
    network.send(id, [new Uint8Array(1)], () => sent++);
    await events.until(() => sent === 2);
  });

  test('places of a listener become free again', async () => {
    await listen({ maxConnections: 2 });
    for (let round = 0; round < 3; round++) {
      const sockets = [await dial(), await dial()];
      const refused = net.connect({ port, host: '127.0.0.1' });
      refused.on('error', () => {});
      await once(refused, 'close');
      for (const socket of sockets) {
        socket.destroy();
      }
      await events.until(() => accepted.every(({ end }) => end !== null));
    }
    expect(accepted.length).toBe(6);
  });

  test('nobody there is said by its code, and so is a port that is taken', async () => {
    await listen();
    await expect(listen({ port })).rejects.toThrow('EADDRINUSE');
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const empty = (free.address() as net.AddressInfo).port;
    free.close();
    await once(free, 'close');
    const here = new Peer(events);
    network.connect('127.0.0.1', empty, 1000, here);
    await events.until(() => here.end !== null);
    expect(here.end).toBe('ECONNREFUSED');
  });
});
