/**
 * The network of a simulated world. A connection is two ordered streams of frames, each frame with a
 * delay of its own draw but never overtaking on the same connection; different connections overtake
 * each other freely. A cut link holds what is sent over it; a reset ends connections.
 */

import type {
  ConnectionHandler,
  ConnectionId,
  Frame,
  ListenOptions,
  Network,
} from '../environment.js';
import type { World } from './world.js';

export interface Listener {
  readonly node: SimulatedNetwork;
  readonly options: ListenOptions;
  readonly accept: (connection: ConnectionId, remote: string) => ConnectionHandler;
  /** Connections that were accepted and are open. */
  accepted: number;
}

/** One end of a connection. */
interface End {
  readonly id: ConnectionId;
  readonly node: SimulatedNetwork;
  peer: End | null;
  handler: ConnectionHandler | null;
  open: boolean;
  paused: boolean;
  /** Frames that arrived while reading was paused. */
  held: Uint8Array[];
  /** No frame towards this end arrives before this virtual time (order on a connection). */
  earliest: number;
  readonly maxFrameBytes: number;
  /** The listener that it counts in. */
  listener: Listener | null;
}

export interface LinkConditions {
  /** Microseconds: every frame takes `base` plus a draw below `jitter`. */
  baseDelay: number;
  jitter: number;
}

/** All nodes' networks, their listeners and the links between them. */
export class SimulatedLinks {
  readonly world: World;
  readonly listeners: Map<string, Listener> = new Map();
  readonly conditions: LinkConditions = { baseDelay: 80, jitter: 400 };
  private readonly cuts = new Set<string>();
  private readonly waiting = new Map<string, (() => void)[]>();
  lastConnection = 0;
  lastPort = 40_000;

  constructor(world: World) {
    this.world = world;
  }

  /** From now on what `from` sends to `to` is held until `heal`. */
  cut(from: string, to: string): void {
    this.cuts.add(`${from}>${to}`);
  }

  heal(from: string, to: string): void {
    const link = `${from}>${to}`;
    this.cuts.delete(link);
    const held = this.waiting.get(link) ?? [];
    this.waiting.delete(link);
    for (const task of held) {
      task();
    }
  }

  healAll(): void {
    for (const link of [...this.cuts].sort()) {
      const [from, to] = link.split('>');
      this.heal(from!, to!);
    }
  }

  /** Carries something over a link: after a delay, in order per `end`, not while the link is cut. */
  carry(from: SimulatedNetwork, end: End, what: string, deliver: () => void): void {
    const link = `${from.name}>${end.node.name}`;
    if (this.cuts.has(link)) {
      const held = this.waiting.get(link) ?? [];
      held.push(() => this.carry(from, end, what, deliver));
      this.waiting.set(link, held);
      return;
    }
    const { baseDelay, jitter } = this.conditions;
    const delay = baseDelay + this.world.stream('network').below(jitter + 1);
    const time = Math.max(this.world.now + delay, end.earliest);
    end.earliest = time;
    this.world.schedule(time - this.world.now, `${what} ${link} ${end.id}`, deliver);
  }
}

export class SimulatedNetwork implements Network {
  readonly name: string;
  private readonly links: SimulatedLinks;
  private readonly ends = new Map<ConnectionId, End>();
  private readonly ports: string[] = [];
  /** Runs a delivery as an event of this node, unless the node is down (or paused: later). */
  private readonly enter: (task: () => void) => void;
  private dead = false;

  constructor(links: SimulatedLinks, name: string, enter: (task: () => void) => void) {
    this.links = links;
    this.name = name;
    this.enter = enter;
  }

  listen(
    options: ListenOptions,
    accept: (connection: ConnectionId, remote: string) => ConnectionHandler,
    outcome: { listening(port: number): void; failed(code: string, reason: string): void },
  ): void {
    const port = options.port === 0 ? ++this.links.lastPort : options.port;
    const address = `${options.host}:${port}`;
    this.links.world.schedule(1, `listen ${address}`, () => {
      if (this.dead) {
        return;
      }
      if (this.links.listeners.has(address)) {
        this.enter(() => outcome.failed('EADDRINUSE', `${address} is in use`));
        return;
      }
      this.links.listeners.set(address, { node: this, options, accept, accepted: 0 });
      this.ports.push(address);
      this.enter(() => outcome.listening(port));
    });
  }

  connect(
    host: string,
    port: number,
    maxFrameBytes: number,
    handler: ConnectionHandler,
  ): ConnectionId {
    const mine = this.newEnd(handler, maxFrameBytes);
    const address = `${host}:${port}`;
    const listener = this.links.listeners.get(address);
    if (listener === undefined || this.dead) {
      this.links.world.schedule(200, `refused ${address}`, () => this.ended(mine, 'ECONNREFUSED'));
      return mine.id;
    }
    const theirs = listener.node.newEnd(null, listener.options.maxFrameBytes);
    mine.peer = theirs;
    theirs.peer = mine;
    this.links.carry(this, theirs, 'connect', () => {
      if (!mine.open || listener.node.dead) {
        return;
      }
      const full = listener.accepted >= listener.options.maxConnections;
      if (!full) {
        listener.accepted++;
        theirs.listener = listener;
        listener.node.enter(() => {
          theirs.handler = listener.accept(theirs.id, this.name);
        });
      }
      this.links.carry(listener.node, mine, 'connected', () => {
        if (mine.open) {
          this.enter(() => handler.connected?.(mine.id));
        }
      });
      if (full) {
        listener.node.close(theirs.id, false);
      }
    });
    return mine.id;
  }

  send(id: ConnectionId, parts: readonly Uint8Array[], sent?: () => void): boolean {
    const end = this.ends.get(id);
    if (end === undefined || !end.open || end.peer === null || this.dead) {
      sent?.();
      return true;
    }
    let length = 0;
    for (const part of parts) {
      length += part.length;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    sent?.();
    this.links.world.mixBytes(bytes);
    const peer = end.peer;
    this.links.carry(this, peer, 'frame', () => peer.node.deliver(peer, bytes));
    return true;
  }

  pause(id: ConnectionId): void {
    const end = this.ends.get(id);
    if (end !== undefined) {
      end.paused = true;
    }
  }

  resume(id: ConnectionId): void {
    const end = this.ends.get(id);
    if (end === undefined || !end.paused) {
      return;
    }
    end.paused = false;
    if (end.held.length > 0) {
      this.links.world.schedule(0, `resume ${id}`, () => this.deliverHeld(end));
    }
  }

  close(id: ConnectionId, _graceful: boolean): void {
    const end = this.ends.get(id);
    if (end === undefined || !end.open) {
      return;
    }
    const peer = end.peer;
    if (peer !== null) {
      this.links.carry(this, peer, 'close', () =>
        peer.node.ended(peer, 'closed by the other side'),
      );
    }
    this.links.world.schedule(0, `closed ${id}`, () => this.ended(end, 'closed by this side'));
  }

  stopListening(): void {
    for (const address of this.ports.splice(0)) {
      this.links.listeners.delete(address);
    }
  }

  /** The process is gone: its peers see resets, itself nothing any more. */
  kill(): void {
    this.dead = true;
    this.stopListening();
    for (const end of [...this.ends.values()]) {
      end.open = false;
      const peer = end.peer;
      if (peer !== null) {
        this.links.carry(this, peer, 'reset', () => peer.node.ended(peer, 'ECONNRESET'));
      }
    }
    this.ends.clear();
  }

  private newEnd(handler: ConnectionHandler | null, maxFrameBytes: number): End {
    const id = ++this.links.lastConnection;
    const end: End = {
      id,
      node: this,
      peer: null,
      handler,
      open: true,
      paused: false,
      held: [],
      earliest: 0,
      maxFrameBytes,
      listener: null,
    };
    this.ends.set(id, end);
    return end;
  }

  private deliver(end: End, bytes: Uint8Array): void {
    if (!end.open || this.dead) {
      return;
    }
    if (bytes.length > end.maxFrameBytes) {
      this.close(end.id, false);
      return;
    }
    if (end.paused || end.held.length > 0) {
      end.held.push(bytes);
      return;
    }
    this.enter(() => end.handler?.frame(end.id, new PoisonedFrame(bytes)));
  }

  private deliverHeld(end: End): void {
    while (!end.paused && end.open && !this.dead && end.held.length > 0) {
      const bytes = end.held.shift()!;
      this.enter(() => end.handler?.frame(end.id, new PoisonedFrame(bytes)));
    }
  }

  private ended(end: End, reason: string): void {
    if (!end.open || this.dead) {
      return;
    }
    end.open = false;
    this.ends.delete(end.id);
    if (end.listener !== null) {
      end.listener.accepted--;
    }
    this.enter(() => end.handler?.closed(end.id, reason));
  }
}

/** A frame that is overwritten at its last release, so that use after release shows as damage. */
class PoisonedFrame implements Frame {
  readonly bytes: Uint8Array;
  private holds = 1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  retain(): void {
    if (this.holds <= 0) {
      throw new Error('a frame was retained after its last release');
    }
    this.holds++;
  }

  release(): void {
    this.holds--;
    if (this.holds < 0) {
      throw new Error('a frame was released more often than it was held');
    }
    if (this.holds === 0) {
      this.bytes.fill(0xdb);
    }
  }
}
