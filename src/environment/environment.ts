/**
 * The interface to the world: files, network, timers, clocks, fresh values. `environment/node`
 * implements it for real, `environment/simulated` in virtual time from one seed.
 *
 * Completion style: a call returns at once; what happens later arrives as an event that carries the
 * token of the call. There is no promise. All events of one node are delivered one after the other,
 * each to its end.
 */

import type { Stamp, Timestamp, Uuid } from '../core/types/ids.js';

export interface Environment {
  readonly files: FileSystem;
  readonly network: Network;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly fresh: FreshValues;
  readonly log: Log;
  /** Ends this node at once, after one clear line. Nothing runs afterwards. */
  stop(exitCode: number, line: string): void;
  /**
   * Runs `task` once, after the events that have already arrived were handled: the end of the turn,
   * where appends and replies are gathered into one system call each.
   */
  atTurnEnd(task: () => void): void;
}

/** Wall clocks may be skewed, drift and jump; they decide about timestamps and retention only. */
export interface Clock {
  wall(): Timestamp;
  /** Milliseconds on a clock that never goes back (fractions allowed); origin unknown. */
  monotonic(): Stamp;
}

export interface Timers {
  /** Calls `fire` once, `after` milliseconds from now, unless cancelled. Returns a handle. */
  arm(after: number, fire: () => void): TimerHandle;
  cancel(handle: TimerHandle): void;
}
export type TimerHandle = number;

export interface FreshValues {
  uuid(): Uuid;
  /** Uniform in [0, bound), for jitter; one stream per `concern`, so that they do not disturb. */
  below(bound: number, concern: string): number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Log = (
  level: LogLevel,
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

// ------------------------------------------------------------------------------------------ files

/** What the operating system said: `code` is ENOSPC, EIO, ENOENT, EACCES, EEXIST, EMFILE, ... */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  readonly code: string;
  readonly path: string;
  constructor(code: string, path: string, operation: string) {
    super(`${operation} ${path}: ${code}`);
    this.code = code;
    this.path = path;
  }
}

/** An open file. */
export type FileHandle = number;

/**
 * Reads and writes go to the page cache and are synchronous, as recovery and the append path want
 * them. What was written survives kill -9; only what was synced survives power loss. Failures throw
 * {@link FileError}; a failed write or sync is never retried.
 */
export interface FileSystem {
  /** `create`: makes the file if it is missing. */
  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle;
  close(file: FileHandle): void;
  size(file: FileHandle): number;
  /** Fills `target` from `position` on; returns the bytes read, fewer only at the file's end. */
  read(file: FileHandle, position: number, target: Uint8Array): number;
  /** Writes all parts one behind the other from `position` on (writev). */
  write(file: FileHandle, position: number, parts: readonly Uint8Array[]): void;
  truncate(file: FileHandle, length: number): void;
  /** fdatasync without waiting: `done(null)` once all that was written before the call is durable. */
  sync(file: FileHandle, done: (error: FileError | null) => void): void;
  /** fdatasync, waiting for it: for start-up, checkpoints and shutdown. */
  syncNow(file: FileHandle): void;
  /** Whole small file. */
  readWhole(path: string): Uint8Array;
  /** Atomically and durably: write a temporary file, sync it, rename it over, sync the directory. */
  replaceWhole(path: string, bytes: Uint8Array): void;
  exists(path: string): boolean;
  /** Names in a directory, sorted; empty if it does not exist. */
  list(path: string): string[];
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  /** Removes a file or a whole directory; no error if it is missing. */
  remove(path: string): void;
  /** Makes names in the directory durable. */
  syncDirectory(path: string): void;
  /**
   * Takes the lock file `path` for this process, until `unlock` or the process ends, however it ends.
   * False: another living process holds it.
   */
  lock(path: string): boolean;
  unlock(path: string): void;
}

// ---------------------------------------------------------------------------------------- network

export type ConnectionId = number;

/**
 * Bytes received as one frame (without its 4-byte length). The buffer belongs to a pool: `bytes` and
 * every slice of it are valid until the last holder has called `release`.
 */
export interface Frame {
  readonly bytes: Uint8Array;
  /** One more holder. */
  retain(): void;
  /** One holder less; after the last, the buffer is used again. */
  release(): void;
}

export interface ConnectionHandler {
  /** Only for connections made by `connect`. */
  connected?(connection: ConnectionId): void;
  /** The handler owns one hold on the frame and must release it. */
  frame(connection: ConnectionId, frame: Frame): void;
  /** Both directions are gone; nothing follows for this connection. `reason` is for people. */
  closed(connection: ConnectionId, reason: string): void;
  /**
   * What came is no frame, and nothing more is read: the handler closes the connection, once it has
   * answered what came before. Without it the network does, at once.
   */
  damaged?(connection: ConnectionId, reason: string): void;
  /** The other side will send nothing more; likewise. */
  halfClosed?(connection: ConnectionId): void;
  /** The send queue fell below the low mark after `send` had answered false. */
  drained?(connection: ConnectionId): void;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A longer frame closes the connection. */
  readonly maxFrameBytes: number;
  /** Further connections are closed at once. */
  readonly maxConnections: number;
  /**
   * Bytes of unfinished frames on all connections of this listener; beyond it, the connection that
   * holds most of them is closed.
   */
  readonly maxPartialBytes: number;
}

export interface Network {
  /** `listening(port)` or `failed(reason)` follows; `accept` names the handler of each connection. */
  listen(
    options: ListenOptions,
    accept: (connection: ConnectionId, remote: string) => ConnectionHandler,
    outcome: { listening(port: number): void; failed(code: string, reason: string): void },
  ): void;
  connect(
    host: string,
    port: number,
    maxFrameBytes: number,
    handler: ConnectionHandler,
  ): ConnectionId;
  /**
   * Queues one frame: the 4-byte length is put before `parts`. `sent` is called when the parts are
   * no longer needed (handed to the kernel, or the connection is gone): buffers are released there.
   * Answers false when the queue is above the high mark: stop reading until `drained`.
   */
  send(connection: ConnectionId, parts: readonly Uint8Array[], sent?: () => void): boolean;
  /**
   * Stops and starts delivering frames of a connection (back-pressure). Frames that had arrived are
   * delivered after `resume`, as events of their own.
   */
  pause(connection: ConnectionId): void;
  resume(connection: ConnectionId): void;
  /** Closes after what was queued is sent (`graceful`) or at once. `closed` follows. */
  close(connection: ConnectionId, graceful: boolean): void;
  /** Stops accepting on all listeners. */
  stopListening(): void;
}
