/** What bounds the connections of clients together: bytes of unanswered requests, and idleness. */

import { assert } from '../core/types/assert.js';
import type { Environment } from '../environment/environment.js';

/** With queued.max.request.bytes=-1 Kafka takes what its heap can bear; this process takes this. */
const DEFAULT_QUEUED_BYTES = 256 * 1024 * 1024;
/** An idle connection is found this many looks after its last sign of life. */
const LOOKS = 8;

/** `configured`: queued.max.request.bytes. */
export function queuedBytesLimit(configured: number): number {
  return configured > 0 ? configured : DEFAULT_QUEUED_BYTES;
}

/** Bytes of unanswered requests of all connections (queued.max.request.bytes). */
export class RequestBudget {
  private readonly limit: number;
  private readonly waiting = new Set<() => void>();
  private used = 0;

  constructor(limit: number) {
    assert(limit > 0, 'a budget allows something');
    this.limit = limit;
  }

  get isExhausted(): boolean {
    return this.used >= this.limit;
  }

  take(bytes: number): void {
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
    assert(this.used >= 0, 'more request bytes were given back than taken');
    if (!this.isExhausted && this.waiting.size > 0) {
      const waiting = [...this.waiting];
      this.waiting.clear();
      for (const task of waiting) {
        task();
      }
    }
  }

  /** Calls `task` when there is room again. */
  whenThereIsRoom(task: () => void): void {
    this.waiting.add(task);
  }
}

/** A connection as the reaper sees it. */
export interface Reapable {
  /** Looks since the last sign of life; the connection sets it to 0. */
  quietLooks: number;
  /** Whether quiet means that nobody is there: the broker owes it nothing that it would read. */
  readonly mayBeReaped: boolean;
  reap(): void;
}

/** Closes what was idle for `limit` ms and at most an eighth longer; a limit below 1 is none. */
export function reapIdle(
  environment: Environment,
  limit: number,
  connections: () => Iterable<Reapable>,
): void {
  if (limit < 1) {
    return;
  }
  const look = (): void => {
    for (const connection of connections()) {
      if (connection.quietLooks >= LOOKS && connection.mayBeReaped) {
        connection.reap();
      }
      connection.quietLooks++;
    }
    environment.timers.arm(limit / LOOKS, look);
  };
  environment.timers.arm(limit / LOOKS, look);
}
