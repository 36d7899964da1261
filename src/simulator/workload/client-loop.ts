/** What a client of a scenario does from its start to the end of the faults, and on until it is stopped. */

import type { Environment } from '../../environment/environment.js';
import type { RandomStream } from '../../environment/simulated/random.js';
import type { RunContext } from '../context.js';
import type { ClientPlan } from '../scenario.js';
import type { Key } from './keys.js';
import { ClientProcess } from './process.js';

const POLL_BYTES = 16 * 1024;
const POLL_WAIT = 40;
/** Keys that a consumer is assigned, and those of them that one poll asks for. */
const ASSIGNED = 4;
const POLLED = 2;
/** Polls in a row beyond the log after which a consumer starts over, as a fresh process. */
const LOST_POLLS = 12;
/** A client that was refused waits so many milliseconds more. */
const REFUSED_PAUSE = 25;
const RECORDS = 4;

export class ClientLoop {
  private readonly context: RunContext;
  private readonly environment: Environment;
  private readonly plan: ClientPlan;
  private readonly process: ClientProcess;
  private readonly stream: RandomStream;
  /** Topics that no client of the scenario has for its own are everybody's. */
  private readonly isMine: (topic: string) => boolean;
  private keys: readonly Key[] = [];
  private version = -1;
  private stopped = false;

  constructor(context: RunContext, environment: Environment, plan: ClientPlan) {
    this.context = context;
    this.environment = environment;
    this.plan = plan;
    this.stream = context.world.stream(`client ${plan.name}`);
    const { acks } = plan;
    this.process = new ClientProcess(context, environment, {
      name: plan.name,
      acks,
      judged: acks === -1,
      // Without an answer nobody knows which sequence comes next.
      idempotent: plan.idempotent && acks !== 0,
      repeatsElsewhere: plan.repeatsElsewhere,
      nearWrap: plan.nearWrap,
      raisesEpoch: plan.raisesEpoch === true,
      staggers: plan.staggers === true,
      rack: plan.rack ?? null,
    });
    const planned = new Set(context.scenario.topics.map(({ name }) => name));
    const mine = new Set(plan.topics);
    this.isMine = (topic) => mine.has(topic) || !planned.has(topic);
  }

  start(): void {
    this.next(0);
  }

  /** The operation under way comes to its end; another does not begin. */
  stop(): void {
    this.stopped = true;
  }

  private next(more: number): void {
    if (this.stopped) {
      return;
    }
    // Twice the mean, in steps of a microsecond.
    const pause = this.stream.below(2000 * this.plan.think + 1) / 1000;
    this.environment.timers.arm(pause + more, () => {
      if (!this.stopped) {
        this.step();
      }
    });
  }

  private step(): void {
    const { stream, plan, process } = this;
    const { keys } = this.context.recorder;
    if (this.version !== keys.version) {
      this.version = keys.version;
      this.keys = keys.openKeys(this.isMine);
    }
    if (this.keys.length === 0) {
      this.next(REFUSED_PAUSE);
    } else if (stream.below(500) === 0 || process.lostFor() > LOST_POLLS) {
      process.crash();
      this.next(0);
    } else if (plan.kind === 'consumer' || (plan.kind === 'both' && stream.below(10) < 4)) {
      this.poll();
    } else {
      this.send();
    }
  }

  private send(): void {
    const { stream, plan } = this;
    const count = plan.pipeline > 1 && stream.chance(1, 2) ? 1 + stream.below(plan.pipeline) : 1;
    const batches = Array.from({ length: count }, () =>
      stream.chance(1, 4) ? 1 + stream.below(RECORDS) : 1,
    );
    this.sendTo(stream.pick(this.keys), batches);
  }

  private sendTo(key: Key, batches: readonly number[]): void {
    const { plan, process } = this;
    process.send(key, batches, (type) => {
      if (process.hasGivenUp() && !this.stopped) {
        // What was queued behind a batch that is given up follows it at once.
        this.sendTo(key, [1]);
      } else {
        this.next(type === 'ok' || plan.acks === 0 ? 0 : REFUSED_PAUSE);
      }
    });
  }

  private poll(): void {
    const { stream, process } = this;
    let assigned = process.assigned();
    if (assigned.length === 0 || stream.below(60) === 0) {
      assigned = this.drawKeys();
      process.assign(assigned, false);
    }
    const first = stream.below(assigned.length);
    const count = Math.min(assigned.length, 1 + stream.below(POLLED));
    const polled = Array.from(
      { length: count },
      (_, index) => assigned[(first + index) % assigned.length]!,
    );
    const options = { maxWait: stream.below(POLL_WAIT), maxBytes: POLL_BYTES };
    process.poll(options, polled, (answered) => this.next(answered ? 0 : REFUSED_PAUSE));
  }

  private drawKeys(): Key[] {
    const left = [...this.keys];
    const drawn: Key[] = [];
    const count = 1 + this.stream.below(Math.min(ASSIGNED, left.length));
    while (drawn.length < count) {
      drawn.push(...left.splice(this.stream.below(left.length), 1));
    }
    return drawn;
  }
}
