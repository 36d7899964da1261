/** Runs the schedule against a cluster, lets it recover between the steps, and heals it at the end. */

import { type BrokerNumber, FaultSkipped } from '../targets/target.js';
import { type Arena, waitFor } from './arena.js';
import { runChain } from './chains.js';
import { coordinatorStep } from './coordinator.js';
import type { OpenFault } from './fault-log.js';
import { moveStep } from './move.js';
import { replaceDiskStep } from './replace-disk.js';
import { rollingRestartStep } from './rolling-restart.js';
import {
  type ClockStep,
  clockSchedule,
  type ScheduleOptions,
  type Step,
  schedule,
} from './schedule.js';
import {
  killStep,
  latencyStep,
  lostReplyStep,
  partitionStep,
  pauseStep,
  resetStep,
} from './singles.js';
import { slowControllerStep } from './slow-controller.js';

/** Longest rest after a step; the next one comes as soon as everything is in sync again. */
const RECOVERY_MS = 5_000;
/** Without faults for so long the workload has made some progress that the next fault can harm. */
const REST_MS = 250;

export class Nemesis {
  private readonly arena: Arena;
  private readonly options: ScheduleOptions;
  private readonly report: (line: string) => void;
  private readonly clocks = new Map<BrokerNumber, OpenFault & { proof: string }>();

  constructor(arena: Arena, options: ScheduleOptions, report: (line: string) => void) {
    this.arena = arena;
    this.options = options;
    this.report = report;
  }

  /** Steps until the time is up. Throws where the cluster could not be put right again. */
  async run(): Promise<void> {
    const { arena, options } = this;
    const clocks = clockSchedule(options);
    const steps = stepsOrNone(options);
    while (!arena.isOver()) {
      if (options.kinds.has('clock')) {
        await this.turnClock(clocks.next().value as ClockStep);
      }
      const step = steps?.next().value;
      if (step === undefined) {
        await arena.sleep(2_000);
        continue;
      }
      this.report(describe(step));
      try {
        await this.perform(step);
      } catch (error) {
        if (!(error instanceof FaultSkipped)) {
          throw error;
        }
      }
      arena.faults.abandon('the step broke off');
      arena.target.links.healAll();
      await this.revive();
      await waitFor(arena, RECOVERY_MS, () => arena.observer.isHealthy());
      await arena.sleep(REST_MS);
    }
  }

  private perform(step: Step): Promise<void> {
    if (step.kind === 'replace-disk') {
      return replaceDiskStep(this.arena, this.arena.observer.operator, step.aim);
    }
    if (step.kind === 'move') {
      return moveStep(this.arena, this.arena.observer.operator, step);
    }
    if (step.kind === 'rolling-restart') {
      return rollingRestartStep(this.arena);
    }
    if (step.kind !== 'slow-controller') {
      return perform(this.arena, step);
    }
    return slowControllerStep(this.arena, (number, rate) => {
      const broker = this.arena.target.brokers.indexOf(number);
      const change = rate === 1 ? 'true' : 'drift';
      return this.turnClock({ kind: 'clock', broker, change, offset: 0, rate });
    });
  }

  /** Everything passes, everyone runs, all clocks are true. */
  async heal(): Promise<void> {
    const { target, faults } = this.arena;
    target.links.healAll();
    await this.revive();
    for (const [broker, fault] of this.clocks) {
      const { proof } = await target.setClock(broker, { offset: 0, rate: 1 });
      faults.end(fault, `${fault.proof}, then ${proof}`);
    }
    this.clocks.clear();
  }

  /** Brokers that are down or paused run again: also those that ended by themselves. */
  private async revive(): Promise<void> {
    const { target } = this.arena;
    for (const broker of target.brokers) {
      if (target.isPaused(broker)) {
        await target.resume(broker);
      }
      if (!target.isUp(broker)) {
        await target.restart(broker);
      }
    }
  }

  private async turnClock(step: ClockStep): Promise<void> {
    const { target, faults } = this.arena;
    const broker = target.brokers[step.broker] as BrokerNumber;
    const before = this.clocks.get(broker);
    if (before !== undefined) {
      faults.end(before, before.proof);
      this.clocks.delete(broker);
    }
    const { offset, rate, change } = step;
    const name = `broker ${broker}: ${change}, ${offset} ms, rate ${rate}`;
    const fault = change === 'true' ? null : faults.begin('clock', name);
    try {
      const { proof } = await target.setClock(broker, { offset, rate });
      if (fault !== null) {
        this.clocks.set(broker, { ...fault, proof });
      }
    } catch (error) {
      if (fault === null) {
        throw error;
      }
      faults.failed(fault, error);
    }
  }
}

/** Null where only clocks were asked for, or nothing. */
function stepsOrNone(options: ScheduleOptions): Generator<Step, never> | null {
  const clocksOnly = [...options.kinds].every((kind) => kind === 'clock');
  return clocksOnly ? null : schedule(options);
}

type Plain = Exclude<
  Step,
  { kind: 'slow-controller' | 'replace-disk' | 'move' | 'rolling-restart' }
>;

async function perform(arena: Arena, step: Plain): Promise<void> {
  switch (step.kind) {
    case 'kill':
      return killStep(arena, step);
    case 'pause':
      return pauseStep(arena, step);
    case 'partition':
      return partitionStep(arena, step);
    case 'latency':
      return latencyStep(arena, step);
    case 'reset':
      return resetStep(arena, step);
    case 'lost-reply':
      return lostReplyStep(arena, step);
    case 'coordinator':
      return coordinatorStep(arena, step);
    case 'chain':
      return runChain(arena, step.chain, step.draw);
  }
}

function describe(step: Step): string {
  switch (step.kind) {
    case 'chain':
      return step.chain;
    case 'partition':
      return `partition ${step.shape} (${step.way})`;
    case 'slow-controller':
    case 'rolling-restart':
      return step.kind;
    case 'move':
      return step.meanwhile === 'nothing' ? 'move' : `move, ${step.meanwhile} meanwhile`;
    case 'coordinator':
      return `coordinator ${step.way}`;
    default:
      return `${step.kind} ${step.aim}`;
  }
}
