/**
 * A cluster that can be put on trial: its brokers can be started, killed, paused and restarted, their
 * clocks turned, and the links between them and to the clients cut. A target that cannot do one of
 * these says why, and the trial records the fault as skipped.
 */

import type { Address } from '../../src/client/routes.js';
import type { Links } from '../links.js';

export type BrokerNumber = number;

/** What a broker's wall clock shows: true time + offset, running `rate` times as fast from now on. */
export interface ClockSetting {
  /** Milliseconds. */
  readonly offset: number;
  readonly rate: number;
}

/** What one broker says of itself on its own port, past all proxies. */
export interface BrokerHealth {
  readonly controller: boolean;
  readonly leaderOf: readonly (readonly [topic: string, partition: number])[];
}

/** Something that a target did, and what shows that it took effect. */
export interface Effect {
  readonly proof: string;
}

/** The fault cannot be injected here, or did not take effect. */
export class FaultSkipped extends Error {
  override readonly name: string = 'FaultSkipped';
}

export interface Target {
  readonly kind: 'processes' | 'containers';
  readonly brokers: readonly BrokerNumber[];
  readonly links: Links;
  /** Where clients begin: the client side of the links. */
  readonly bootstrap: readonly Address[];
  /** The brokers' own listeners, past the links: for observers only. */
  readonly direct: readonly Address[];
  /** Starts all brokers; resolves when each listens. */
  start(): Promise<void>;
  isUp(broker: BrokerNumber): boolean;
  isPaused(broker: BrokerNumber): boolean;
  /** kill -9. Throws {@link FaultSkipped} where it cannot. */
  kill(broker: BrokerNumber): Promise<Effect>;
  /** Starts a killed broker again, with its data; resolves when it listens. */
  restart(broker: BrokerNumber): Promise<Effect>;
  /**
   * kill -9, then a start with an empty disk; resolves when it listens. `before` and `after`: ids of the two
   * directories. Throws {@link FaultSkipped} where it cannot.
   */
  replaceDisk(broker: BrokerNumber): Promise<Effect & { before: string; after: string }>;
  /** Ends it in good order (SIGTERM). Throws {@link FaultSkipped} where it did not. */
  shutDown(broker: BrokerNumber): Promise<Effect>;
  pause(broker: BrokerNumber): Promise<Effect>;
  resume(broker: BrokerNumber): Promise<Effect>;
  setClock(broker: BrokerNumber, setting: ClockSetting): Promise<Effect>;
  /** Null where the broker gives no answer in time. */
  health(broker: BrokerNumber): Promise<BrokerHealth | null>;
  /** A broker that ended though nobody killed it, with its last words; null: none did. */
  unexpectedEnd(): string | null;
  /** Ends everything that was started. Data of the brokers is left in the folder of the run. */
  stop(): Promise<void>;
}
