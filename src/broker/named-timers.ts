/** Executes the `armTimer` and `cancelTimer` effects of a machine on the environment's timers. */

import type { Stamp } from '../core/types/ids.js';
import type { ArmTimer, CancelTimer } from '../core/types/timers.js';
import type { Environment, TimerHandle } from '../environment/environment.js';

interface Armed {
  handle: TimerHandle;
  /** When it is to fire, on the monotonic clock. */
  deadline: number;
  /** When its handle fires: not later than `deadline`. */
  firesAt: number;
}

export class NamedTimers<Name extends string, After extends string> {
  private readonly armed = new Map<string, Map<number | string, Armed>>();
  private readonly environment: Environment;
  private readonly duration: (after: After) => number;
  private readonly fired: (name: Name, key: number | string, stamp: Stamp) => void;

  /** `duration` resolves a named duration to milliseconds, drawing jitter where it is due. */
  constructor(
    environment: Environment,
    duration: (after: After) => number,
    fired: (name: Name, key: number | string, stamp: Stamp) => void,
  ) {
    this.environment = environment;
    this.duration = duration;
    this.fired = fired;
  }

  execute(effect: ArmTimer<Name, After> | CancelTimer<Name>): void {
    if (effect.type === 'cancelTimer') {
      this.cancel(effect.name, effect.key);
      return;
    }
    let after = this.duration(effect.after);
    if (effect.since !== undefined) {
      after -= this.environment.clock.monotonic() - effect.since;
    }
    this.arm(effect.name, effect.key, after);
  }

  /** Arms (`name`, `key`) to fire after that many milliseconds, replacing what was armed. */
  arm(name: Name, key: number | string, after: number): void {
    const now = this.environment.clock.monotonic();
    const deadline = now + Math.max(0, after);
    let keys = this.armed.get(name);
    if (keys === undefined) {
      keys = new Map();
      this.armed.set(name, keys);
    }
    const known = keys.get(key);
    if (known !== undefined && known.firesAt <= deadline) {
      // Put off, as happens with every sign of life: the running timer will see to the rest.
      known.deadline = deadline;
      return;
    }
    if (known !== undefined) {
      this.environment.timers.cancel(known.handle);
    }
    const entry: Armed = { handle: 0, deadline, firesAt: deadline };
    keys.set(key, entry);
    entry.handle = this.environment.timers.arm(deadline - now, () => this.due(name, key, entry));
  }

  cancel(name: Name, key: number | string): void {
    const keys = this.armed.get(name);
    const entry = keys?.get(key);
    if (entry !== undefined) {
      keys!.delete(key);
      this.environment.timers.cancel(entry.handle);
    }
  }

  cancelAll(): void {
    for (const keys of this.armed.values()) {
      for (const { handle } of keys.values()) {
        this.environment.timers.cancel(handle);
      }
    }
    this.armed.clear();
  }

  private due(name: Name, key: number | string, entry: Armed): void {
    const now = this.environment.clock.monotonic();
    if (entry.deadline > now + MINIMUM_REST_MILLISECONDS) {
      entry.firesAt = entry.deadline;
      entry.handle = this.environment.timers.arm(entry.deadline - now, () =>
        this.due(name, key, entry),
      );
      return;
    }
    this.armed.get(name)?.delete(key);
    this.fired(name, key, now);
  }
}

/** Clocks and timers disagree by fractions of a millisecond. */
const MINIMUM_REST_MILLISECONDS = 0.5;
