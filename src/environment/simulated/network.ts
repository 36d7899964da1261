/**
 * The network of a simulated world. A connection is two ordered streams of frames, each frame with a
 * delay of its own draw but never overtaking on the same connection; different connections overtake
 * each other freely. A cut link holds what is sent over it; a reset ends connections.
 */

import type { ConnectionHandler, ConnectionId, ListenOptions, Network } from '../environment.js';
import { FrameMemory } from './frame-memory.js';
import { PoisonedFrame } from './poisoned-frame.js';
import type { RandomStream } from './random.js';
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
  /** Over which frames towards this end come; null until there is another end. */
  inbound: Link | null;
  /** What was sent before the connection was made. */
  unsent: Uint8Array[];
  established: boolean;
  /** Reset in the middle: nothing arrives or leaves here any more, and soon this end knows. */
  broken: boolean;
  readonly maxFrameBytes: number;
  /** The listener that it counts in. */
  listener: Listener | null;
}

export interface LinkConditions {
  /** Microseconds: every frame takes `base` plus a draw up to `jitter`. */
  baseDelay: number;
  jitter: number;
  /** Of 10,000 frames so many are much later than the others. */
  stragglers: number;
}

/** Microseconds that a straggler is late: least, and the bound of what is drawn on top of it. */
const STRAGGLER_LEAST = 20_000;
const STRAGGLER_SPREAD = 400_000;

/** What is sent from one node to another. */
interface Link {
  readonly from: string;
  readonly to: string;
  /** How many faults cut it; what is sent over it waits. */
  cuts: number;
  waiting: (() => void)[];
  /** The names of its events. */
  readonly names: Record<Carried, string>;
}

type Carried = 'connect' | 'connected' | 'refused' | 'frame' | 'close' | 'reset';

/** All nodes' networks, their listeners and the links between them. */
export class SimulatedLinks {
  readonly world: World;
  readonly listeners: Map<string, Listener> = new Map();
  readonly frames: FrameMemory = new FrameMemory();
  readonly conditions: LinkConditions = { baseDelay: 80, jitter: 400, stragglers: 0 };
  private readonly links = new Map<string, Link>();
  /** By name of a node: bounds (microseconds) of what its frames take longer. */
  private readonly slowed = new Map<string, number[]>();
  /** The newest life of each node. */
  private readonly networks = new Map<string, SimulatedNetwork>();
  private readonly delays: RandomStream;
  private readonly stragglers: RandomStream;
  private readonly slowness: RandomStream;
  lastConnection = 0;
  lastPort = 40_000;

  constructor(world: World) {
    this.world = world;
    this.delays = world.stream('network');
    this.stragglers = world.stream('stragglers');
    this.slowness = world.stream('slow');
  }

  /**
   * From now on what `from` sends to `to` is held until `heal`, new connections included: nobody learns
   * that it does not arrive. A link that was cut twice must be healed twice.
   */
  cut(from: string, to: string): void {
    this.link(from, to).cuts++;
  }

  heal(from: string, to: string): void {
    const link = this.link(from, to);
    link.cuts = Math.max(0, link.cuts - 1);
    if (link.cuts > 0) {
      return;
    }
    const held = link.waiting;
    link.waiting = [];
    for (const task of held) {
      task();
    }
  }

  isCut(from: string, to: string): boolean {
    return this.link(from, to).cuts > 0;
  }

  healAll(): void {
    for (const name of [...this.links.keys()].sort()) {
      const link = this.links.get(name)!;
      while (link.cuts > 0) {
        this.heal(link.from, link.to);
      }
    }
  }

  /** Every frame from and to `name` takes longer, by a draw up to `delay` microseconds, until `unslow`. */
  slow(name: string, delay: number): void {
    const delays = this.slowed.get(name) ?? [];
    delays.push(delay);
    this.slowed.set(name, delays);
  }

  unslow(name: string, delay: number): void {
    const delays = this.slowed.get(name) ?? [];
    const at = delays.indexOf(delay);
    if (at >= 0) {
      delays.splice(at, 1);
    }
    if (delays.length === 0) {
      this.slowed.delete(name);
    }
  }

  /**
   * All connections of a node break. One end of each is told a moment later, and what was on its way to it
   * is lost. So it is with the other end; or that one still gets what was on its way, and is told then.
   * Answers how many they were.
   */
  reset(name: string): number {
    return this.networks.get(name)?.reset() ?? 0;
  }

  /** Names of all nodes that ever lived, in the order of their first lives. */
  names(): string[] {
    return [...this.networks.keys()];
  }

  /** `network` is now the node of this name. */
  enroll(network: SimulatedNetwork): void {
    this.networks.set(network.name, network);
  }

  link(from: string, to: string): Link {
    const name = `${from}>${to}`;
    let link = this.links.get(name);
    if (link === undefined) {
      const named = (what: Carried): string => `${what} ${name}`;
      link = {
        from,
        to,
        cuts: 0,
        waiting: [],
        names: {
          connect: named('connect'),
          connected: named('connected'),
          refused: named('refused'),
          frame: named('frame'),
          close: named('close'),
          reset: named('reset'),
        },
      };
      this.links.set(name, link);
    }
    return link;
  }

  /**
   * Carries something over a link: after a delay, not before what was carried earlier towards the same
   * end of a connection, and not while the link is cut.
   */
  carry(link: Link, end: End | null, what: Carried, deliver: () => void): void {
    if (link.cuts > 0) {
      link.waiting.push(() => this.carry(link, end, what, deliver));
      return;
    }
    const { now } = this.world;
    const time = Math.max(now + this.delay(link), end?.earliest ?? 0);
    if (end !== null) {
      end.earliest = time;
    }
    this.world.schedule(time - now, link.names[what], deliver, end?.id ?? 0);
  }

  private delay({ from, to }: Link): number {
    const { baseDelay, jitter, stragglers } = this.conditions;
    let delay = baseDelay + this.delays.below(jitter + 1);
    if (stragglers > 0 && this.stragglers.chance(stragglers, 10_000)) {
      delay += STRAGGLER_LEAST + this.stragglers.below(STRAGGLER_SPREAD);
    }
    if (this.slowed.size > 0) {
      for (const bound of this.slowed.get(from) ?? []) {
        delay += this.slowness.below(bound + 1);
      }
      for (const bound of this.slowed.get(to) ?? []) {
        delay += this.slowness.below(bound + 1);
      }
    }
    return delay;
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
  /** While the process stands still: what it would have sent by now, oldest first. */
  private heldBack: (() => void)[] | null = null;

  constructor(links: SimulatedLinks, name: string, enter: (task: () => void) => void) {
    this.links = links;
    this.name = name;
    this.enter = enter;
    links.enroll(this);
  }

  /** The process stands still: nothing leaves until it goes on. */
  standStill(): void {
    this.heldBack ??= [];
  }

  goOn(): void {
    const held = this.heldBack ?? [];
    this.heldBack = null;
    for (const task of held) {
      task();
    }
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
    if (!this.dead) {
      const link = this.links.link(this.name, host);
      this.carry(link, null, 'connect', () => this.arrive(mine, link, port));
    }
    return mine.id;
  }

  /** A connection attempt reaches the other node, if nobody has given it up. */
  private arrive(mine: End, link: Link, port: number): void {
    if (!mine.open) {
      return;
    }
    const listener = this.links.listeners.get(`${link.to}:${port}`);
    const back = this.links.link(link.to, this.name);
    if (listener === undefined) {
      this.links.carry(back, mine, 'refused', () => this.ended(mine, 'ECONNREFUSED'));
      return;
    }
    const theirs = listener.node.newEnd(null, listener.options.maxFrameBytes);
    mine.peer = theirs;
    mine.inbound = back;
    theirs.peer = mine;
    theirs.inbound = link;
    const full = listener.accepted >= listener.options.maxConnections;
    if (!full) {
      listener.accepted++;
      theirs.listener = listener;
      listener.node.enter(() => {
        theirs.handler = listener.accept(theirs.id, this.name);
      });
    }
    // The kernel says so, whatever the process does.
    this.links.carry(back, mine, 'connected', () => this.established(mine));
    if (full) {
      listener.node.close(theirs.id, false);
    }
  }

  private established(mine: End): void {
    if (!mine.open) {
      return;
    }
    const unsent = mine.unsent;
    mine.unsent = [];
    mine.established = true;
    for (const bytes of unsent) {
      this.transmit(mine, bytes);
    }
    this.enter(() => mine.handler?.connected?.(mine.id));
  }

  send(id: ConnectionId, parts: readonly Uint8Array[], sent?: () => void): boolean {
    const end = this.ends.get(id);
    if (end === undefined || !end.open || this.dead) {
      sent?.();
      return true;
    }
    const bytes = this.links.frames.copyOf(parts);
    sent?.();
    this.links.world.mixBytes(bytes);
    if (end.established) {
      this.transmit(end, bytes);
    } else {
      end.unsent.push(bytes);
    }
    return true;
  }

  private transmit(end: End, bytes: Uint8Array): void {
    const { peer } = end;
    if (peer !== null && !end.broken) {
      this.carry(peer.inbound!, peer, 'frame', () => peer.node.deliver(peer, bytes));
    }
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
      this.carry(peer.inbound!, peer, 'close', () =>
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
    // What it had not sent when it stood still never leaves.
    this.heldBack = null;
    this.stopListening();
    for (const end of [...this.ends.values()]) {
      end.open = false;
      const { peer } = end;
      if (peer !== null) {
        this.carry(peer.inbound!, peer, 'reset', () => peer.node.ended(peer, 'ECONNRESET'));
      }
    }
    this.ends.clear();
  }

  /** Every connection breaks; answers how many did. */
  reset(): number {
    const draws = this.links.world.stream('reset');
    let count = 0;
    for (const end of [...this.ends.values()]) {
      const { peer } = end;
      if (peer === null || end.broken) {
        continue;
      }
      count++;
      const [first, second] = draws.chance(1, 2) ? [end, peer] : [peer, end];
      this.breaks(first, draws.below(1000));
      if (draws.chance(1, 2)) {
        this.breaks(second, draws.below(1000));
        continue;
      }
      // What is on its way there may arrive behind what is sent again over a new connection.
      const tell = (): void => second.node.ended(second, 'ECONNRESET');
      this.links.carry(second.inbound!, second, 'reset', tell);
    }
    return count;
  }

  private breaks(end: End, delay: number): void {
    end.broken = true;
    const tell = (): void => end.node.ended(end, 'ECONNRESET');
    this.links.world.schedule(delay, `broken ${end.node.name}`, tell, end.id);
  }

  /** From this process to the network, unless it stands still in the middle of a step. */
  private carry(link: Link, end: End | null, what: Carried, deliver: () => void): void {
    if (this.heldBack === null) {
      this.links.carry(link, end, what, deliver);
    } else {
      this.heldBack.push(() => this.links.carry(link, end, what, deliver));
    }
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
      inbound: null,
      unsent: [],
      established: handler === null,
      broken: false,
      maxFrameBytes,
      listener: null,
    };
    this.ends.set(id, end);
    return end;
  }

  private deliver(end: End, bytes: Uint8Array): void {
    if (!end.open || end.broken || this.dead) {
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
