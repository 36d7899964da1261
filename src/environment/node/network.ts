/** `Network` over TCP sockets. */

import net from 'node:net';
import type { ConnectionHandler, ConnectionId, ListenOptions, Network } from '../environment.js';
import { BufferPool, type PooledFrame } from './buffer-pool.js';
import { FrameAssembler } from './frame-assembler.js';

/** All sockets read into one static buffer, from which frames are copied into pooled ones. */
const RECEIVE_BUFFER_BYTES = 256 * 1024;
/** Bounds what is kept after a burst; a miss costs an allocation outside the heap and its collection. */
const POOL_BYTES = 48 * 1024 * 1024;
/** `send` answers false from here on. */
const HIGH_MARK_BYTES = 8 * 1024 * 1024;
const SERVER = { noDelay: true, pauseOnConnect: true, allowHalfOpen: true };

interface Connection {
  readonly id: ConnectionId;
  readonly socket: net.Socket;
  readonly handler: ConnectionHandler;
  readonly assembler: FrameAssembler;
  corked: boolean;
  aboveHighMark: boolean;
  paused: boolean;
  /** Frames that arrived while paused. */
  held: PooledFrame[];
  /** The last word of the other side, told after the frames: that it has ended, or is no frame. */
  lastWord: (() => void) | null;
  /** Of the listener that accepted it. */
  readonly partial: PartialBytes | null;
  partialBytes: number;
  closed: boolean;
  reason: string;
}

/** Unfinished frames on the connections of one listener. */
interface PartialBytes {
  readonly maximum: number;
  total: number;
}

export interface NodeNetworkHooks {
  /** Runs a callback from the event loop as one event of the node. */
  enter(task: () => void): void;
  atTurnEnd(task: () => void): void;
}

export class NodeNetwork implements Network {
  private readonly pool: BufferPool;
  private readonly receiveBuffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES);
  private readonly connections = new Map<ConnectionId, Connection>();
  private readonly servers: net.Server[] = [];
  private readonly hooks: NodeNetworkHooks;
  private readonly toFlush: Connection[] = [];
  private flushScheduled = false;
  private lastId = 0;

  constructor(hooks: NodeNetworkHooks, pool: BufferPool = new BufferPool(POOL_BYTES)) {
    this.hooks = hooks;
    this.pool = pool;
  }

  listen(
    options: ListenOptions,
    accept: (connection: ConnectionId, remote: string) => ConnectionHandler,
    outcome: { listening(port: number): void; failed(code: string, reason: string): void },
  ): void {
    let accepted = 0;
    const partial = { maximum: options.maxPartialBytes, total: 0 };
    const server = net.createServer(SERVER, (socket) => {
      if (accepted >= options.maxConnections) {
        socket.destroy();
        return;
      }
      accepted++;
      const remote = `${socket.remoteAddress}:${socket.remotePort}`;
      this.hooks.enter(() => {
        const id = ++this.lastId;
        const handler = accept(id, remote);
        const { maxFrameBytes } = options;
        const own = this.withStaticBuffer(id, socket);
        const connection = this.adopt(id, own, handler, maxFrameBytes, partial);
        connection.socket.on('close', () => accepted--);
        connection.socket.resume();
      });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      // Once it listens, an error is that of one connection which could not be accepted.
      if (!server.listening) {
        this.hooks.enter(() => outcome.failed(error.code ?? 'UNKNOWN', error.message));
      }
    });
    server.listen(options.port, options.host, 1024, () => {
      const address = server.address() as net.AddressInfo;
      this.hooks.enter(() => outcome.listening(address.port));
    });
    this.servers.push(server);
  }

  connect(
    host: string,
    port: number,
    maxFrameBytes: number,
    handler: ConnectionHandler,
  ): ConnectionId {
    const id = ++this.lastId;
    const socket = net.connect({ host, port, noDelay: true, onread: this.reader(id) });
    this.adopt(id, socket, handler, maxFrameBytes, null);
    socket.on('connect', () => this.hooks.enter(() => handler.connected?.(id)));
    return id;
  }

  send(id: ConnectionId, parts: readonly Uint8Array[], sent?: () => void): boolean {
    const connection = this.connections.get(id);
    if (connection === undefined || connection.closed) {
      sent?.();
      return true;
    }
    const { socket } = connection;
    if (!connection.corked) {
      connection.corked = true;
      socket.cork();
      this.toFlush.push(connection);
      this.scheduleFlush();
    }
    let length = 0;
    for (const part of parts) {
      length += part.length;
    }
    const head = Buffer.allocUnsafe(4);
    head.writeInt32BE(length);
    const last = parts.length - 1;
    if (last < 0) {
      socket.write(head, sent);
    } else {
      socket.write(head);
      for (let i = 0; i < last; i++) {
        socket.write(parts[i]!);
      }
      socket.write(parts[last]!, sent);
    }
    if (socket.writableLength > HIGH_MARK_BYTES) {
      connection.aboveHighMark = true;
      return false;
    }
    return true;
  }

  pause(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection !== undefined && !connection.paused) {
      connection.paused = true;
      connection.socket.pause();
    }
  }

  resume(id: ConnectionId): void {
    const connection = this.connections.get(id);
    if (connection === undefined || !connection.paused) {
      return;
    }
    connection.paused = false;
    if (connection.held.length > 0 || connection.lastWord !== null) {
      // Never from within this call: events come one after the other, each to its end.
      this.hooks.atTurnEnd(() => this.deliverHeld(connection));
    } else {
      connection.socket.resume();
    }
  }

  close(id: ConnectionId, graceful: boolean): void {
    const connection = this.connections.get(id);
    if (connection === undefined) {
      return;
    }
    connection.reason ||= 'closed by this side';
    if (graceful) {
      this.uncork(connection);
      connection.socket.end(() => connection.socket.destroy());
    } else {
      connection.socket.destroy();
    }
  }

  stopListening(): void {
    for (const server of this.servers) {
      server.close();
    }
  }

  private deliverHeld(connection: Connection): void {
    while (!connection.paused && !connection.closed && connection.held.length > 0) {
      connection.handler.frame(connection.id, connection.held.shift()!);
    }
    if (connection.paused || connection.closed) {
      return;
    }
    if (connection.lastWord === null) {
      connection.socket.resume();
      return;
    }
    const say = connection.lastWord;
    connection.lastWord = null;
    say();
  }

  /** Says it when all frames are delivered: now, or once the connection is no longer paused. */
  private sayLast(connection: Connection, say: () => void): void {
    connection.lastWord = say;
    if (!connection.paused && connection.held.length === 0) {
      this.hooks.atTurnEnd(() => this.deliverHeld(connection));
    }
  }

  private reader(id: ConnectionId): net.OnReadOpts {
    return {
      buffer: this.receiveBuffer,
      callback: (bytes, buffer) => {
        const connection = this.connections.get(id);
        if (connection !== undefined) {
          this.received(connection, buffer, bytes);
        }
        return true;
      },
    };
  }

  /**
   * Node offers the static receive buffer only for sockets it connects. An accepted socket's handle is
   * wrapped again; where Node does not show the handle, the socket is used as it is.
   */
  private withStaticBuffer(id: ConnectionId, socket: net.Socket): net.Socket {
    const exposed = socket as unknown as { _handle: unknown };
    const handle = exposed._handle;
    if (handle === null || handle === undefined) {
      return socket;
    }
    exposed._handle = null;
    const ends = { readable: true, writable: true, allowHalfOpen: true };
    const options = { handle, ...ends, onread: this.reader(id) };
    const wrapped = new net.Socket(options as unknown as net.SocketConstructorOpts);
    wrapped.setNoDelay(true);
    // A peer whose machine is gone would otherwise keep its connection for ever.
    wrapped.setKeepAlive(true);
    return wrapped;
  }

  private adopt(
    id: ConnectionId,
    socket: net.Socket,
    handler: ConnectionHandler,
    maxFrameBytes: number,
    partial: PartialBytes | null,
  ): Connection {
    const assembler = new FrameAssembler(this.pool, maxFrameBytes, (frame) => {
      if (connection.closed) {
        frame.release();
      } else if (connection.paused || connection.held.length > 0) {
        connection.held.push(frame);
      } else {
        handler.frame(id, frame);
      }
    });
    const connection: Connection = {
      id,
      socket,
      handler,
      assembler,
      corked: false,
      aboveHighMark: false,
      paused: false,
      held: [],
      lastWord: null,
      partial,
      partialBytes: 0,
      closed: false,
      reason: '',
    };
    this.connections.set(id, connection);
    socket.on('data', (chunk) => this.received(connection, chunk, chunk.length));
    socket.on('drain', () => {
      if (connection.aboveHighMark) {
        connection.aboveHighMark = false;
        this.hooks.enter(() => handler.drained?.(id));
      }
    });
    // Told at once: the event 'close' comes some turns of the event loop later, and who reacts to a
    // process that died has no time to lose. As in Kafka, what is queued for a closed peer is dropped.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      connection.reason ||= error.code ?? error.message;
      this.gone(connection);
    });
    socket.on('end', () => {
      connection.reason ||= 'closed by the other side';
      if (handler.halfClosed === undefined) {
        this.gone(connection);
        socket.destroy();
      } else {
        this.hooks.enter(() => this.sayLast(connection, () => handler.halfClosed!(id)));
      }
    });
    socket.on('close', () => this.gone(connection));
    return connection;
  }

  private received(connection: Connection, chunk: Uint8Array, end: number): void {
    this.hooks.enter(() => {
      const problem = connection.assembler.feed(chunk, end);
      if (problem !== null) {
        this.damaged(connection, problem);
      }
      this.accountPartial(connection, connection.assembler.partialBytes);
    });
  }

  private damaged(connection: Connection, problem: string): void {
    const { id, socket, handler } = connection;
    connection.reason = problem;
    if (handler.damaged === undefined) {
      socket.destroy();
      return;
    }
    socket.pause();
    this.sayLast(connection, () => handler.damaged!(id, problem));
  }

  private accountPartial(connection: Connection, bytes: number): void {
    const { partial } = connection;
    if (partial === null || bytes === connection.partialBytes) {
      return;
    }
    partial.total += bytes - connection.partialBytes;
    connection.partialBytes = bytes;
    if (partial.total > partial.maximum) {
      let largest = connection;
      for (const other of this.connections.values()) {
        if (other.partial === partial && other.partialBytes > largest.partialBytes) {
          largest = other;
        }
      }
      largest.reason = 'too many bytes of unfinished requests';
      // Its buffer is free at once: the event that says so may come after many more bytes.
      largest.assembler.abandon();
      this.accountPartial(largest, 0);
      largest.socket.destroy();
    }
  }

  private gone(connection: Connection): void {
    if (connection.closed) {
      return;
    }
    connection.closed = true;
    connection.assembler.abandon();
    this.accountPartial(connection, 0);
    for (const frame of connection.held.splice(0)) {
      frame.release();
    }
    this.connections.delete(connection.id);
    this.hooks.enter(() => connection.handler.closed(connection.id, connection.reason));
  }

  private scheduleFlush(): void {
    if (!this.flushScheduled) {
      this.flushScheduled = true;
      this.hooks.atTurnEnd(() => this.flush());
    }
  }

  private flush(): void {
    this.flushScheduled = false;
    for (const connection of this.toFlush.splice(0)) {
      this.uncork(connection);
    }
  }

  private uncork(connection: Connection): void {
    if (connection.corked) {
      connection.corked = false;
      connection.socket.uncork();
    }
  }
}
