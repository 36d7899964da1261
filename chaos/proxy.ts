/**
 * A TCP proxy for one directed link: from all clients, or from one broker, to one broker. Whoever
 * opens a connection to the broker along this link opens it to the proxy.
 *
 * A cut holds the bytes, and the ends of connections too: they are delivered after the heal, late and
 * in order, as a network would that was only slow. New connections are taken in and held. Losing
 * bytes is another fault (`drop`: the connection is reset at the heal, as its stream is torn), and so
 * is a reset.
 */

import net from 'node:net';

/** `forward`: from who opened the connection to the broker; `backward`: what the broker sends. */
export type Direction = 'forward' | 'backward';

export type Passage =
  | { readonly mode: 'pass' }
  | { readonly mode: 'hold' }
  | { readonly mode: 'drop' }
  | { readonly mode: 'delay'; readonly milliseconds: number };

export const PASS: Passage = { mode: 'pass' };
export const HOLD: Passage = { mode: 'hold' };
export const DROP: Passage = { mode: 'drop' };

/** Totals since the proxy was made: the proof that a fault took effect. */
export interface LinkCounters {
  bytesPassed: number;
  /** Bytes that waited in a hold. */
  bytesHeld: number;
  bytesDropped: number;
  /** Bytes that were delayed. */
  bytesDelayed: number;
  connectionsOpened: number;
  /** Connections that were opened while the way to the broker was held. */
  connectionsHeld: number;
  connectionsReset: number;
}

/** Above this the sender is no longer read, so that a long hold does not fill the memory. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
const OPENING_BYTES = 256;

type Item =
  | { readonly type: 'bytes'; readonly bytes: Buffer; readonly readyAt: number; counted: boolean }
  | { readonly type: 'end'; readonly readyAt: number }
  | { readonly type: 'reset'; readonly readyAt: number };

/** Everything that flows one way through one connection. */
class Flow {
  readonly source: () => net.Socket | null;
  readonly sink: () => net.Socket | null;
  private readonly link: LinkProxy;
  private readonly direction: Direction;
  private readonly stalled: () => boolean;
  private queue: Item[] = [];
  private queuedBytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private sinkFull = false;
  /** Bytes are missing from the stream. */
  torn = false;
  /** Bytes that came from the source. */
  received = 0;
  /** The first bytes that came, as text: nodes of a cluster say there what they connect for. */
  opening = '';

  constructor(
    link: LinkProxy,
    direction: Direction,
    source: () => net.Socket | null,
    sink: () => net.Socket | null,
    stalled: () => boolean,
  ) {
    this.link = link;
    this.direction = direction;
    this.stalled = stalled;
    this.source = source;
    this.sink = sink;
  }

  push(bytes: Buffer): void {
    this.queue.push({ type: 'bytes', bytes, readyAt: this.readyAt(), counted: false });
    this.queuedBytes += bytes.length;
    this.received += bytes.length;
    if (this.opening === '') {
      this.opening = bytes.toString('latin1', 0, OPENING_BYTES);
    }
    if (this.queuedBytes > HELD_BYTES_MAX) {
      this.source()?.pause();
    }
    this.flush();
  }

  pushEnd(type: 'end' | 'reset'): void {
    this.queue.push({ type, readyAt: this.readyAt() });
    this.flush();
  }

  drained(): void {
    this.sinkFull = false;
    this.flush();
  }

  flush(): void {
    while (this.queue.length > 0 && !this.sinkFull) {
      const item = this.queue[0] as Item;
      const passage = this.stalled() ? HOLD : this.link.passage(this.direction);
      if (passage.mode === 'hold') {
        this.countHeld();
        return;
      }
      if (passage.mode === 'delay' && item.readyAt > performance.now()) {
        this.wakeAt(item.readyAt);
        return;
      }
      const sink = this.sink();
      if (passage.mode !== 'drop' && sink === null) {
        return;
      }
      this.queue.shift();
      this.pass(item, passage, sink);
    }
    if (this.queuedBytes < HELD_BYTES_MAX / 2) {
      this.source()?.resume();
    }
  }

  discard(): void {
    this.queue = [];
    this.queuedBytes = 0;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
  }

  private pass(item: Item, passage: Passage, sink: net.Socket | null): void {
    const { counters } = this.link;
    if (item.type === 'bytes') {
      this.queuedBytes -= item.bytes.length;
      if (passage.mode === 'drop') {
        this.torn = true;
        counters.bytesDropped += item.bytes.length;
        return;
      }
      counters.bytesPassed += item.bytes.length;
      if (passage.mode === 'delay') {
        counters.bytesDelayed += item.bytes.length;
      }
      if (sink !== null && !sink.destroyed && !sink.write(item.bytes)) {
        this.sinkFull = true;
        this.source()?.pause();
      }
    } else if (passage.mode !== 'drop' && sink !== null) {
      if (item.type === 'end') {
        sink.end();
      } else {
        sink.resetAndDestroy();
      }
    }
  }

  private readyAt(): number {
    const passage = this.link.passage(this.direction);
    return performance.now() + (passage.mode === 'delay' ? passage.milliseconds : 0);
  }

  private countHeld(): void {
    for (const item of this.queue) {
      if (item.type === 'bytes' && !item.counted) {
        item.counted = true;
        this.link.counters.bytesHeld += item.bytes.length;
      }
    }
  }

  private wakeAt(instant: number): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = null;
        this.flush();
      },
      Math.max(0, instant - performance.now()),
    );
  }
}

/** One proxied connection: the socket that was accepted and the one to the broker. */
class Pair {
  readonly near: net.Socket;
  far: net.Socket | null = null;
  readonly forward: Flow;
  readonly backward: Flow;
  /** Held by itself, whatever the link lets pass. */
  stalled: boolean;
  private readonly link: LinkProxy;
  private farConnected = false;

  constructor(link: LinkProxy, near: net.Socket, stalled: boolean) {
    this.link = link;
    this.near = near;
    this.stalled = stalled;
    const isStalled = (): boolean => this.stalled;
    const near_ = (): net.Socket => near;
    const far = (): net.Socket | null => (this.farConnected ? this.far : null);
    this.forward = new Flow(link, 'forward', near_, far, isStalled);
    this.backward = new Flow(link, 'backward', far, near_, isStalled);
    this.attach(near, this.forward, this.backward);
    this.proceed();
  }

  /** Opens the way to the broker unless it is held, and lets flow what may. */
  proceed(): void {
    const held = this.stalled || this.link.passage('forward').mode === 'hold';
    if (this.far === null && !held && !this.near.destroyed) {
      const { host, port } = this.link.target;
      const far = net.connect({ host, port, noDelay: true, allowHalfOpen: true });
      this.far = far;
      far.on('connect', () => {
        this.farConnected = true;
        this.forward.flush();
      });
      this.attach(far, this.backward, this.forward);
    }
    this.forward.flush();
    this.backward.flush();
  }

  reset(): void {
    this.forward.discard();
    this.backward.discard();
    this.near.resetAndDestroy();
    this.far?.resetAndDestroy();
  }

  private attach(socket: net.Socket, out: Flow, into: Flow): void {
    let ended = false;
    socket.on('data', (bytes) => out.push(bytes));
    socket.on('end', () => {
      ended = true;
      out.pushEnd('end');
    });
    socket.on('drain', () => into.drained());
    // What happened is told to the other side by `close`.
    socket.on('error', () => {});
    socket.on('close', (failed) => {
      if (failed || !ended) {
        out.pushEnd('reset');
      }
      if (this.near.destroyed && (this.far === null || this.far.destroyed)) {
        this.forward.discard();
        this.backward.discard();
        this.link.forget(this);
      }
    });
  }
}

export class LinkProxy {
  /** For people and for the history, such as `2->3` or `clients->1`. */
  readonly name: string;
  target: { readonly host: string; readonly port: number };
  readonly counters: LinkCounters = {
    bytesPassed: 0,
    bytesHeld: 0,
    bytesDropped: 0,
    bytesDelayed: 0,
    connectionsOpened: 0,
    connectionsHeld: 0,
    connectionsReset: 0,
  };
  private readonly passages: Record<Direction, Passage> = { forward: PASS, backward: PASS };
  private readonly pairs = new Set<Pair>();
  private readonly server: net.Server;
  private refusing = false;
  private stallingNew = false;

  constructor(name: string, target: { readonly host: string; readonly port: number }) {
    this.name = name;
    this.target = target;
    const options = { noDelay: true, allowHalfOpen: true };
    this.server = net.createServer(options, (socket) => this.accept(socket));
  }

  /** Listens on `port` of 127.0.0.1 (0: any) and answers the port. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', 1024, () => {
        resolve((this.server.address() as net.AddressInfo).port);
      });
    });
  }

  passage(direction: Direction): Passage {
    return this.passages[direction];
  }

  /** Sets how bytes of one direction pass from now on; what waits in a queue follows the new rule. */
  set(direction: Direction, passage: Passage): void {
    this.passages[direction] = passage;
    for (const pair of [...this.pairs]) {
      pair.proceed();
    }
  }

  /** Resets all connections, and each new one as soon as it is accepted, until `heal`. */
  refuse(): void {
    this.refusing = true;
    this.resetAll();
  }

  /** Resets all connections that stand; what is queued in them is lost. Answers how many. */
  resetAll(): number {
    const pairs = [...this.pairs];
    for (const pair of pairs) {
      pair.reset();
    }
    this.counters.connectionsReset += pairs.length;
    return pairs.length;
  }

  /** Bytes that each connection has brought back so far: what `stallBusiest` compares with. */
  sample(): ReadonlyMap<object, number> {
    return new Map([...this.pairs].map((pair) => [pair, pair.backward.received]));
  }

  /**
   * One flow goes dead while others between the same two live on, as when a middlebox drops its
   * state: the connections that opened with `purpose` in clear, or else the one that brought back
   * most since `since`, are held, and new ones are too if asked for, until `heal`. False: there is no
   * connection.
   */
  stallFlow(
    purpose: string,
    since: ReadonlyMap<object, number>,
    others: 'stall new ones' | 'let new ones pass',
  ): boolean {
    const gain = (pair: Pair): number => pair.backward.received - (since.get(pair) ?? 0);
    const named = [...this.pairs].filter(({ forward }) => forward.opening.includes(purpose));
    const busiest = [...this.pairs].sort((a, b) => gain(b) - gain(a)).slice(0, 1);
    this.stallingNew = others === 'stall new ones';
    const chosen = named.length > 0 ? named : busiest;
    for (const pair of chosen) {
      pair.stalled = true;
    }
    return chosen.length > 0;
  }

  /** Everything passes again; held bytes are delivered, torn connections are reset. */
  heal(): void {
    this.refusing = false;
    this.stallingNew = false;
    for (const pair of [...this.pairs]) {
      pair.stalled = false;
      if (pair.forward.torn || pair.backward.torn) {
        pair.reset();
        this.counters.connectionsReset++;
      }
    }
    this.set('forward', PASS);
    this.set('backward', PASS);
  }

  isHealthy(): boolean {
    return (
      !this.refusing &&
      !this.stallingNew &&
      this.passages.forward.mode === 'pass' &&
      this.passages.backward.mode === 'pass'
    );
  }

  /** Ends the proxy and all connections through it. */
  async close(): Promise<void> {
    this.refusing = true;
    this.resetAll();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  forget(pair: Pair): void {
    this.pairs.delete(pair);
  }

  private accept(socket: net.Socket): void {
    this.counters.connectionsOpened++;
    if (this.refusing) {
      this.counters.connectionsReset++;
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    if (this.stallingNew || this.passages.forward.mode === 'hold') {
      this.counters.connectionsHeld++;
    }
    this.pairs.add(new Pair(this, socket, this.stallingNew));
  }
}
