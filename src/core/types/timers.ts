/**
 * Timers as data. A machine never sees a clock: it arms a timer by name, and the host, which knows
 * how long `after` is (and draws the jitter), feeds `timerFired` when that time has passed.
 */

import type { Stamp } from './ids.js';

/**
 * Arms the timer (`name`, `key`); a timer already armed under that pair is replaced. `after` names a
 * duration that the host resolves (a config or a formula documented by the machine). `since`: counted
 * from that stamp instead of from the input being handled.
 */
export interface ArmTimer<Name extends string, After extends string> {
  readonly type: 'armTimer';
  readonly name: Name;
  readonly key: number | string;
  readonly after: After;
  readonly since?: Stamp;
}

/** Disarms the timer (`name`, `key`); nothing happens if it is not armed. */
export interface CancelTimer<Name extends string> {
  readonly type: 'cancelTimer';
  readonly name: Name;
  readonly key: number | string;
}

/** The timer (`name`, `key`) has run out. A host never feeds this for a timer that was disarmed. */
export interface TimerFired<Name extends string> {
  readonly type: 'timerFired';
  readonly name: Name;
  readonly key: number | string;
  readonly stamp: Stamp;
}
