/** Clients of the end of a run: they find out whether partitions serve, and read them completely. */

import type { Offset } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { RunContext } from '../context.js';
import type { Key } from './keys.js';
import { ClientProcess } from './process.js';

const PAUSE = 40;
const POLL = { maxWait: 50, maxBytes: 1 << 20 };
/** Keys that are read together. */
const TOGETHER = 6;

function processOf(context: RunContext, environment: Environment, name: string): ClientProcess {
  const options = {
    name,
    acks: -1,
    judged: true,
    idempotent: true,
    repeatsElsewhere: false,
    nearWrap: false,
    raisesEpoch: false,
    staggers: false,
    rack: null,
  } as const;
  return new ClientProcess(context, environment, options);
}

/** Sends to one partition until one record is acknowledged. */
export class ServiceProbe {
  readonly key: Key;
  private readonly environment: Environment;
  private readonly process: ClientProcess;
  private readonly done: (offset: Offset) => void;
  private stopped = false;

  /** `done`: with the offset of the acknowledged record. */
  constructor(
    context: RunContext,
    environment: Environment,
    key: Key,
    done: (offset: Offset) => void,
  ) {
    this.key = key;
    this.environment = environment;
    this.process = processOf(context, environment, `probe ${key.name}`);
    this.done = done;
  }

  attempt(): void {
    if (this.stopped || !this.key.open) {
      this.process.close();
      return;
    }
    this.process.send(this.key, [1], (_type, offset) => {
      if (offset === null) {
        this.environment.timers.arm(PAUSE, () => this.attempt());
      } else {
        this.stopped = true;
        this.process.close();
        this.done(offset);
      }
    });
  }

  stop(): void {
    this.stopped = true;
  }
}

/** Reads partitions from their beginning up to given offsets, as one process. */
export class CompleteReader {
  /** Keys with the offset that must be reached; those that were read are gone. */
  readonly left: Map<Key, Offset>;
  private readonly environment: Environment;
  private readonly process: ClientProcess;

  constructor(context: RunContext, environment: Environment, ends: ReadonlyMap<Key, Offset>) {
    this.environment = environment;
    this.left = new Map(ends);
    this.process = processOf(context, environment, 'reader');
  }

  start(): void {
    this.process.assign([...this.left.keys()], true);
    this.next(0);
  }

  private next(turn: number): void {
    const open = [...this.left.keys()];
    if (open.length === 0) {
      this.process.close();
      return;
    }
    const at = (turn * TOGETHER) % open.length;
    const polled = [...open.slice(at), ...open.slice(0, at)].slice(0, TOGETHER);
    this.process.poll(POLL, polled, (answered) => {
      for (const key of polled) {
        const target = this.left.get(key) ?? Number.POSITIVE_INFINITY;
        // It may be the reader that finds the damage: what was to be read is gone then.
        if (this.process.positionOf(key) > target || this.process.isCut(key)) {
          this.left.delete(key);
        }
      }
      // A pause also when all answered: one poll after the other is no endless recursion then.
      this.environment.timers.arm(answered ? 1 : PAUSE, () => this.next(turn + 1));
    });
  }
}
