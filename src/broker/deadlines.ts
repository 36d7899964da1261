/**
 * Many time limits of few different lengths, most of which never come true: one queue and one timer
 * for each length, instead of a timer for each request.
 */

import type { Environment } from '../environment/environment.js';

/** A limit that was set; `cancelled` once it no longer matters. */
export interface Deadline {
  cancelled: boolean;
}

interface Waiting extends Deadline {
  readonly at: number;
  readonly fire: () => void;
}

interface Queue {
  readonly waiting: Waiting[];
  /** Entries before this one are over. */
  head: number;
  armed: boolean;
}

export class Deadlines {
  private readonly environment: Environment;
  private readonly queues = new Map<number, Queue>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Calls `fire` after that many milliseconds, unless cancelled by then. */
  set(after: number, fire: () => void): Deadline {
    let queue = this.queues.get(after);
    if (queue === undefined) {
      queue = { waiting: [], head: 0, armed: false };
      this.queues.set(after, queue);
    }
    const at = this.environment.clock.monotonic() + after;
    const deadline: Waiting = { at, fire, cancelled: false };
    queue.waiting.push(deadline);
    if (!queue.armed) {
      this.arm(after, queue, after);
    }
    return deadline;
  }

  cancel(deadline: Deadline): void {
    deadline.cancelled = true;
  }

  private arm(after: number, queue: Queue, delay: number): void {
    queue.armed = true;
    this.environment.timers.arm(delay, () => this.look(after, queue));
  }

  private look(after: number, queue: Queue): void {
    queue.armed = false;
    const now = this.environment.clock.monotonic();
    const due: Waiting[] = [];
    const { waiting } = queue;
    while (queue.head < waiting.length) {
      const next = waiting[queue.head]!;
      if (!next.cancelled) {
        if (next.at > now) {
          break;
        }
        due.push(next);
      }
      queue.head++;
    }
    if (queue.head === waiting.length) {
      waiting.length = 0;
      queue.head = 0;
      this.queues.delete(after);
    } else {
      waiting.splice(0, queue.head);
      queue.head = 0;
      this.arm(after, queue, Math.max(1, waiting[0]!.at - now));
    }
    for (const deadline of due) {
      if (!deadline.cancelled) {
        deadline.cancelled = true;
        deadline.fire();
      }
    }
  }
}
