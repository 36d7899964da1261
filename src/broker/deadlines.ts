/**
 * Many time limits of few different lengths, most of which never come true: one queue and one timer
 * for each length, instead of a timer for each request. Lengths are a client's to choose, so they are
 * rounded, and what is cancelled is let go of before its time.
 */

import type { Environment } from '../environment/environment.js';

/** A limit that was set. */
export interface Deadline {
  readonly length: number;
  /** Null once it is over or cancelled. */
  fire: (() => void) | null;
}

interface Waiting extends Deadline {
  readonly at: number;
}

interface Queue {
  waiting: Waiting[];
  /** Entries before this one are over. */
  head: number;
  cancelled: number;
  armed: boolean;
}

/** Fewer cancelled entries than this are not worth a cleaning. */
const CLEANED_FROM = 256;
/** Longer limits lose at most 1/64 of themselves to rounding. */
const EXACT_MILLISECONDS = 1024;

export class Deadlines {
  private readonly environment: Environment;
  private readonly queues = new Map<number, Queue>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Entries that are kept, the cancelled ones among them. */
  get size(): number {
    let size = 0;
    for (const queue of this.queues.values()) {
      size += queue.waiting.length - queue.head;
    }
    return size;
  }

  /** Calls `fire` after that many milliseconds (long limits are rounded down), unless cancelled. */
  set(after: number, fire: () => void): Deadline {
    const length = rounded(after);
    let queue = this.queues.get(length);
    if (queue === undefined) {
      queue = { waiting: [], head: 0, cancelled: 0, armed: false };
      this.queues.set(length, queue);
    }
    const at = this.environment.clock.monotonic() + length;
    const deadline: Waiting = { at, length, fire };
    queue.waiting.push(deadline);
    if (!queue.armed) {
      this.arm(length, queue, length);
    }
    return deadline;
  }

  cancel(deadline: Deadline): void {
    if (deadline.fire === null) {
      return;
    }
    // The entry may stay for long; what it would have called must not.
    deadline.fire = null;
    const queue = this.queues.get(deadline.length);
    if (queue === undefined) {
      return;
    }
    queue.cancelled++;
    if (
      queue.cancelled >= CLEANED_FROM &&
      queue.cancelled * 2 > queue.waiting.length - queue.head
    ) {
      queue.waiting = queue.waiting.slice(queue.head).filter(({ fire }) => fire !== null);
      queue.head = 0;
      queue.cancelled = 0;
    }
  }

  private arm(length: number, queue: Queue, delay: number): void {
    queue.armed = true;
    this.environment.timers.arm(delay, () => this.look(length, queue));
  }

  private look(length: number, queue: Queue): void {
    queue.armed = false;
    const now = this.environment.clock.monotonic();
    const due: Waiting[] = [];
    const { waiting } = queue;
    while (queue.head < waiting.length) {
      const next = waiting[queue.head]!;
      if (next.fire === null) {
        queue.cancelled--;
      } else if (next.at > now) {
        break;
      } else {
        due.push(next);
      }
      queue.head++;
    }
    waiting.splice(0, queue.head);
    queue.head = 0;
    if (waiting.length === 0) {
      this.queues.delete(length);
    } else {
      this.arm(length, queue, Math.max(1, waiting[0]!.at - now));
    }
    for (const deadline of due) {
      const { fire } = deadline;
      deadline.fire = null;
      fire?.();
    }
  }
}

/** Few different lengths, whatever was asked for. */
function rounded(after: number): number {
  const whole = Math.ceil(after);
  if (whole <= EXACT_MILLISECONDS) {
    return whole;
  }
  const step = 2 ** Math.max(0, Math.floor(Math.log2(whole)) - 6);
  return Math.floor(whole / step) * step;
}
