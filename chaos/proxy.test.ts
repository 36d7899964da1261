import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { DROP, HOLD, LinkProxy, PASS } from './proxy.js';

/** A server that answers each chunk with the same bytes, and a proxied connection to it. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

async function world(): Promise<{
  link: LinkProxy;
  received: string[];
  open(): Promise<{ socket: net.Socket; got: () => string; closed: Promise<string> }>;
}> {
  const received: string[] = [];
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes.toString());
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const link = new LinkProxy('a->b', {
    host: '127.0.0.1',
    port: (server.address() as net.AddressInfo).port,
  });
  const port = await link.listen();
  cleanups.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    () => link.close(),
  );
  return {
    link,
    received,
    async open() {
      const socket = net.connect({ port, host: '127.0.0.1' });
      let got = '';
      socket.on('data', (bytes) => {
        got += bytes.toString();
      });
      const closed = new Promise<string>((resolve) => {
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        socket.on('close', () => resolve('closed'));
      });
      await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
      cleanups.push(() => socket.destroy());
      return { socket, got: () => got, closed };
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error('this did not come to be within 5 s');
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('a link', () => {
  test('passes bytes both ways and counts them', async () => {
    const { link, open } = await world();
    const { socket, got } = await open();
    socket.write('hello');
    await until(() => got() === 'hello');
    expect(link.counters.bytesPassed).toBe(10);
    expect(link.counters.bytesHeld).toBe(0);
  });

  test('holds the bytes of a cut and delivers them in order after the heal', async () => {
    const { link, open, received } = await world();
    const { socket, got } = await open();
    socket.write('a');
    await until(() => got() === 'a');
    link.set('forward', HOLD);
    socket.write('b');
    await until(() => link.counters.bytesHeld === 1);
    socket.write('c');
    await until(() => link.counters.bytesHeld === 2);
    expect(received.join('')).toBe('a');
    link.heal();
    await until(() => got() === 'abc');
    expect(received.join('')).toBe('abc');
  });

  test('holds replies only, when only that way is cut', async () => {
    const { link, open, received } = await world();
    const { socket, got } = await open();
    link.set('backward', HOLD);
    socket.write('request');
    await until(() => link.counters.bytesHeld === 7);
    expect(received.join('')).toBe('request');
    expect(got()).toBe('');
    link.heal();
    await until(() => got() === 'request');
  });

  test('takes in new connections during a cut and delivers what they said, even if they left', async () => {
    const { link, open, received } = await world();
    link.set('forward', HOLD);
    link.set('backward', HOLD);
    const { socket, closed } = await open();
    socket.end('late');
    await until(() => link.counters.bytesHeld === 4);
    expect(link.counters.connectionsHeld).toBe(1);
    socket.destroy();
    await closed;
    expect(received).toEqual([]);
    link.heal();
    await until(() => received.join('') === 'late');
  });

  test('loses replies and resets the torn connection at the heal', async () => {
    const { link, open, received } = await world();
    const { socket, got, closed } = await open();
    link.set('backward', DROP);
    socket.write('applied');
    await until(() => link.counters.bytesDropped === 7);
    expect(received.join('')).toBe('applied');
    link.heal();
    expect(await closed).toBe('ECONNRESET');
    expect(got()).toBe('');
  });

  test('delays bytes without reordering them', async () => {
    const { link, open } = await world();
    const { socket, got } = await open();
    link.set('backward', { mode: 'delay', milliseconds: 60 });
    const start = performance.now();
    socket.write('slow');
    await until(() => got() === 'slow');
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
    expect(link.counters.bytesDelayed).toBe(4);
    link.set('backward', PASS);
    socket.write('+fast');
    await until(() => got() === 'slow+fast');
  });

  test('resets all connections, and new ones until the heal', async () => {
    const { link, open } = await world();
    const first = await open();
    first.socket.write('x');
    await until(() => first.got() === 'x');
    link.refuse();
    expect(await first.closed).toBe('ECONNRESET');
    const second = await open();
    expect(await second.closed).toMatch(/ECONNRESET|closed/);
    link.heal();
    const third = await open();
    third.socket.write('y');
    await until(() => third.got() === 'y');
    expect(link.counters.connectionsReset).toBe(2);
  });

  test('stalls the busiest connection and new ones, and lets the others live', async () => {
    const { link, open } = await world();
    const quiet = await open();
    const busy = await open();
    quiet.socket.write('hi');
    await until(() => quiet.got() === 'hi');
    const since = link.sample();
    busy.socket.write('a lot of bytes');
    await until(() => busy.got() === 'a lot of bytes');
    expect(link.stallFlow('no such purpose', since, 'stall new ones')).toBe(true);
    busy.socket.write('!');
    quiet.socket.write('!');
    const late = await open();
    late.socket.write('late');
    await until(() => quiet.got() === 'hi!' && link.counters.bytesHeld === 5);
    expect(busy.got()).toBe('a lot of bytes');
    expect(late.got()).toBe('');
    link.heal();
    await until(() => busy.got() === 'a lot of bytes!' && late.got() === 'late');
  });

  test('stalls the connections that name their purpose, however quiet they are', async () => {
    const { link, open } = await world();
    const named = await open();
    const busy = await open();
    named.socket.write('hello, I fetch');
    busy.socket.write('much more than the other one');
    await until(() => named.got() !== '' && busy.got() !== '');
    link.stallFlow('fetch', new Map(), 'let new ones pass');
    named.socket.write('?');
    busy.socket.write('!');
    await until(() => busy.got().endsWith('!') && link.counters.bytesHeld === 1);
    expect(named.got()).toBe('hello, I fetch');
  });

  test('holds the end of a connection as well', async () => {
    const { link, open } = await world();
    const { socket, got, closed } = await open();
    socket.write('a');
    await until(() => got() === 'a');
    link.set('forward', HOLD);
    socket.end();
    // The server would end its side at once if it heard of this.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(socket.readableEnded).toBe(false);
    link.heal();
    expect(await closed).toBe('closed');
  });

  test('closes the near side when the broker cannot be reached', async () => {
    const { link, open } = await world();
    link.target = { host: '127.0.0.1', port: 1 };
    const { closed } = await open();
    expect(await closed).toMatch(/ECONNRESET|closed/);
  });
});
