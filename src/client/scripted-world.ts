/**
 * A world for tests of the client: brokers that answer as a script says, a network without bytes in
 * between, and time that moves when the test says so. Frames go through the real codec.
 */

import { assert } from '../core/types/assert.js';
import type {
  ConnectionHandler,
  ConnectionId,
  Network,
  TimerHandle,
  Timers,
} from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import { decodeRequest, decodeRequestHeader, encodeResponse } from '../protocol/frame.js';
import type { Encodable } from '../protocol/schema.js';
import type { ClientWorld } from './connection.js';

/** A request as a scripted broker sees it. */
export class ScriptedRequest {
  readonly port: number;
  readonly connection: ConnectionId;
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  private readonly frame: Uint8Array;
  private readonly world: ScriptedWorld;

  constructor(world: ScriptedWorld, port: number, connection: ConnectionId, frame: Uint8Array) {
    const header = decodeRequestHeader(frame);
    this.world = world;
    this.port = port;
    this.connection = connection;
    this.frame = frame;
    this.apiKey = header.apiKey;
    this.version = header.apiVersion;
    this.correlationId = header.correlationId;
  }

  body<Request, Response>(api: Api<Request, Response>): Request {
    return decodeRequest(api, decodeRequestHeader(this.frame), this.frame);
  }

  answer<Request, Response>(api: Api<Request, Response>, body: Encodable<Response>): void {
    const parts = encodeResponse(api, this.version, this.correlationId, body);
    this.world.deliver(this.connection, join(parts));
  }
}

type Script = (request: ScriptedRequest) => void;

export class ScriptedWorld implements ClientWorld {
  readonly network: Network;
  readonly timers: Timers;
  /** Frames whose buffers the client has not released. */
  unreleased = 0;
  /** Everything that arrived at any broker. */
  readonly requests: ScriptedRequest[] = [];
  /** Makes the buffers that frames arrive in; a real network's are no plain arrays. */
  private readonly allocate: (bytes: Uint8Array) => Uint8Array;
  private readonly scripts = new Map<number, Script>();
  private readonly unreachable = new Set<number>();
  private readonly connections = new Map<
    ConnectionId,
    { readonly port: number; readonly handler: ConnectionHandler; open: boolean }
  >();
  private readonly armed = new Map<TimerHandle, { readonly at: number; fire(): void }>();
  private now = 0;
  private last = 0;

  constructor(allocate: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes.slice()) {
    this.allocate = allocate;
    this.timers = {
      arm: (after, fire) => {
        this.last++;
        this.armed.set(this.last, { at: this.now + after, fire });
        return this.last;
      },
      cancel: (handle) => {
        this.armed.delete(handle);
      },
    };
    this.network = {
      listen: () => assert(false, 'clients do not listen'),
      connect: (_host, port, _max, handler) => this.connect(port, handler),
      send: (connection, parts, sent) => this.receive(connection, parts, sent),
      pause: () => {},
      resume: () => {},
      close: (connection) => this.disconnect(connection, 'closed by this side'),
      stopListening: () => {},
    };
  }

  /** From now on a broker at `port` answers as `script` says, at once or whenever it likes. */
  broker(port: number, script: Script): void {
    this.scripts.set(port, script);
    this.unreachable.delete(port);
  }

  /** Connections to `port` fail from now on. */
  unplug(port: number): void {
    this.unreachable.add(port);
  }

  /** Lets time pass; timers fire in order. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const due = [...this.armed].filter(([, { at }]) => at <= end);
      const next = due.sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (next === undefined) {
        break;
      }
      this.armed.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].fire();
    }
    this.now = end;
  }

  timersArmed(): number {
    return this.armed.size;
  }

  /** A frame arrives at the client. */
  deliver(connection: ConnectionId, bytes: Uint8Array): void {
    const known = this.connections.get(connection);
    if (known?.open !== true) {
      return;
    }
    this.unreleased++;
    // The pool hands the buffer to the next frame once it is released: nothing of it may be kept.
    const buffer = this.allocate(bytes);
    known.handler.frame(connection, {
      bytes: buffer,
      retain: () => {
        this.unreleased++;
      },
      release: () => {
        this.unreleased--;
        buffer.fill(0xee);
      },
    });
  }

  /** The other side ends the connection. */
  disconnect(connection: ConnectionId, reason: string): void {
    const known = this.connections.get(connection);
    if (known?.open === true) {
      known.open = false;
      known.handler.closed(connection, reason);
    }
  }

  openConnections(port: number): ConnectionId[] {
    return [...this.connections]
      .filter(([, connection]) => connection.open && connection.port === port)
      .map(([id]) => id);
  }

  private connect(port: number, handler: ConnectionHandler): ConnectionId {
    this.last++;
    const connection = this.last;
    this.connections.set(connection, { port, handler, open: true });
    this.timers.arm(0, () => {
      if (this.unreachable.has(port) || !this.scripts.has(port)) {
        this.disconnect(connection, 'ECONNREFUSED');
      } else if (this.connections.get(connection)?.open === true) {
        handler.connected?.(connection);
      }
    });
    return connection;
  }

  private receive(
    connection: ConnectionId,
    parts: readonly Uint8Array[],
    sent?: () => void,
  ): boolean {
    const known = this.connections.get(connection);
    if (known?.open === true) {
      const request = new ScriptedRequest(this, known.port, connection, join(parts));
      this.requests.push(request);
      this.scripts.get(known.port)?.(request);
    }
    sent?.();
    return true;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
