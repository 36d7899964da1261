/** Executes the `armTimer` and `cancelTimer` effects of a machine on the environment's timers. */

import type { Stamp } from '../core/types/ids.js';
import type { ArmTimer, CancelTimer } from '../core/types/timers.js';
import type { Environment, TimerHandle } from '../environment/environment.js';

export class NamedTimers<Name extends string, After extends string> {
  private readonly handles = new Map<string, TimerHandle>();
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
    this.cancel(name, key);
    const id = `${name}/${key}`;
    const handle = this.environment.timers.arm(after, () => {
      this.handles.delete(id);
      this.fired(name, key, this.environment.clock.monotonic());
    });
    this.handles.set(id, handle);
  }

  isArmed(name: Name, key: number | string): boolean {
    return this.handles.has(`${name}/${key}`);
  }

  cancel(name: Name, key: number | string): void {
    const id = `${name}/${key}`;
    const handle = this.handles.get(id);
    if (handle !== undefined) {
      this.handles.delete(id);
      this.environment.timers.cancel(handle);
    }
  }

  cancelAll(): void {
    for (const handle of this.handles.values()) {
      this.environment.timers.cancel(handle);
    }
    this.handles.clear();
  }
}
