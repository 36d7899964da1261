/** What may happen in a state of a partition's world: plans, which the world carries out within its bounds. */

import { RETRY } from './broker.js';
import {
  ANYBODY,
  CANCEL,
  EXPIRE,
  heartbeat,
  MOVE,
  NOBODY_BEHIND,
  PREFERRED,
  REGISTER,
  REQUEST,
} from './commands.js';
import {
  APPENDED,
  DELETE,
  END,
  FETCH,
  GIVE_UP,
  NEWS,
  PRODUCE,
  READ,
  STOP,
  TIMEOUT,
  TIMER,
} from './inputs.js';
import type { BrokerFacts, MachineMemory } from './machine-memory.js';
import { budgetsOf, type Counted, type PartitionScope, PLACE } from './scope.js';
import type { PartitionWorldState } from './world-state.js';

export interface Plan {
  readonly command?: number;
  readonly place?: number;
  readonly code?: number;
  readonly budget?: Counted;
  /** Place of a message that is no longer under way. */
  readonly delivered?: number;
  /** The message that takes its place. */
  readonly late?: number;
  /** So many decisions more the broker has applied. */
  readonly applies?: number;
}

type Take = (plan: Plan) => void;

export class Possible {
  private readonly machines: MachineMemory;
  private readonly brokerCount: number;
  private readonly budgets: readonly number[];
  private readonly skips: boolean;
  /** How many moves can be asked for. */
  private readonly targets: number;

  constructor(machines: MachineMemory, scope: PartitionScope, targets: number) {
    this.machines = machines;
    this.brokerCount = scope.replicas + (scope.spares ?? 0);
    this.budgets = budgetsOf(scope);
    this.skips = scope.skips === true;
    this.targets = targets;
  }

  /** Tells `take` of everything that may happen in `state`, always in the same order. */
  each(state: PartitionWorldState, take: Take): void {
    const { brokerCount, machines } = this;
    for (let place = 0; place < brokerCount; place++) {
      const facts = machines.brokerFacts[state.brokers[place]!]!;
      if (facts.isUp) {
        this.running(state, place, facts, take);
      } else {
        this.down(state, place, facts, take);
      }
    }
    this.operators(state, take);
    for (let at = 0; at < state.messages.length; at++) {
      this.delivery(state, at, take);
    }
  }

  /** What may happen to a process that runs. */
  private running(state: PartitionWorldState, place: number, facts: BrokerFacts, take: Take): void {
    const lag = state.lags[place]!;
    if (lag > 0) {
      const code = NEWS + 2 * state.versions[state.versions.length - lag]! + 1;
      take({ place, code, applies: 1 });
    }
    if (lag > 1 && this.skips) {
      take({ place, code: NEWS + 2 * state.versions.at(-1)! + 1, applies: lag });
    }
    for (let timer = RETRY; timer <= this.brokerCount; timer++) {
      if ((facts.timers & (1 << timer)) !== 0) {
        take({ place, code: TIMER + timer });
      }
    }
    if (facts.mayFetch) {
      take({ place, code: FETCH });
    }
    if (facts.isAppending) {
      take({ place, code: APPENDED });
    }
    if (facts.role === 'leader') {
      this.requests(state, place, take);
    }
    if (facts.role === 'leader' || facts.role === 'follower') {
      this.reads(state, place, facts, take);
    }
    this.heartbeats(state, place, take);
    this.faults(state, place, facts, take);
  }

  /** Its session runs out, and it starts again, when it may: that costs nothing more. */
  private down(
    state: PartitionWorldState,
    place: number,
    { isClean }: BrokerFacts,
    take: Take,
  ): void {
    const id = place + 1;
    if (!this.machines.controllerFacts[state.controller]!.isFenced[id]) {
      take({ command: EXPIRE + id });
    }
    take({ command: REGISTER + 2 * id + (isClean ? 1 : 0), place });
  }

  /** What clients ask of a leader. */
  private requests(state: PartitionWorldState, place: number, take: Take): void {
    const { used } = state;
    const ask = (budget: Counted, code: number): void => {
      if (this.isLeft(state, budget)) {
        take({ place, code, budget });
      }
    };
    ask('records', PRODUCE + used[PLACE.records]!);
    ask('leaderRecords', PRODUCE + 8 + used[PLACE.leaderRecords]!);
    for (let number = 0; number < used[PLACE.records]!; number++) {
      ask('retries', PRODUCE + 16 + 8 * used[PLACE.retries]! + number);
    }
    ask('deletions', DELETE + used[PLACE.deletions]!);
  }

  private reads(
    state: PartitionWorldState,
    place: number,
    { role }: BrokerFacts,
    take: Take,
  ): void {
    if (!this.isLeft(state, 'reads')) {
      return;
    }
    take({ place, code: READ, budget: 'reads' });
    for (let id = 1; role === 'leader' && id <= this.brokerCount; id++) {
      if (id !== place + 1) {
        take({ place, code: READ + id, budget: 'reads' });
      }
    }
  }

  /** Only those that change something: the others are as if they were never sent. */
  private heartbeats(state: PartitionWorldState, place: number, take: Take): void {
    const { isFenced, isStopping } = this.machines.controllerFacts[state.controller]!;
    const id = place + 1;
    const applied = this.appliedBy(state, place);
    const lowest = isStopping[id] ? this.lowestApplied(state) : NOBODY_BEHIND;
    if (isStopping[id]) {
      take({ command: heartbeat(id, true, applied, lowest), place });
    } else if (isFenced[id]) {
      take({ command: heartbeat(id, false, applied, lowest) });
    } else if (this.isLeft(state, 'shutdowns')) {
      const command = heartbeat(id, true, applied, lowest);
      take({ command, budget: 'shutdowns' });
    }
  }

  private faults(
    state: PartitionWorldState,
    place: number,
    { batches, highWatermark, role }: BrokerFacts,
    take: Take,
  ): void {
    const { isFenced } = this.machines.controllerFacts[state.controller]!;
    const id = place + 1;
    if (this.isLeft(state, 'fences') && !isFenced[id]) {
      take({ command: EXPIRE + id, budget: 'fences' });
    }
    const end = (budget: Counted, kept: number): void => {
      for (let stored = 0; stored <= (role !== null && highWatermark > 0 ? 1 : 0); stored++) {
        take({ place, code: END + 2 * kept + stored, budget });
      }
    };
    if (this.isLeft(state, 'crashes')) {
      end('crashes', batches);
    }
    for (let kept = 0; this.isLeft(state, 'powerLosses') && kept < batches; kept++) {
      end('powerLosses', kept);
    }
    if (this.isLeft(state, 'stops')) {
      take({ place, code: STOP, budget: 'stops' });
    }
  }

  private operators(state: PartitionWorldState, take: Take): void {
    const ask = (budget: Counted, command: number): void => {
      if (this.isLeft(state, budget)) {
        take({ command, budget });
      }
    };
    ask('preferred', PREFERRED);
    ask('uncleanAsked', ANYBODY);
    for (let target = 0; target < this.targets; target++) {
      ask('moves', MOVE + target);
    }
    if (this.machines.controllerFacts[state.controller]!.isMoving) {
      ask('moves', CANCEL);
    }
  }

  private delivery(state: PartitionWorldState, at: number, take: Take): void {
    const message = state.messages[at]!;
    const { brokerFacts, packetFacts } = this.machines;
    const { type, to, from, brokerEpoch, answerKey, late } = packetFacts[message]!;
    const asker = type === 'fetch' || type === 'alter' ? from - 1 : to - 1;
    const isFetch = type === 'fetch' || type === 'fetched';
    const asking = brokerFacts[state.brokers[asker]!]!;
    const isLate = late < 0 && (type === 'fetch' || type === 'alter');
    const waits =
      !isLate && (isFetch ? asking.awaits === answerKey : isAltering(asking, brokerEpoch));
    /** What the asker takes it for when no answer comes. */
    const unanswered = waits ? { place: asker, code: isFetch ? GIVE_UP : TIMEOUT } : {};
    if (type === 'alter') {
      take({ command: REQUEST + 2 * message, delivered: at });
      if (this.isLeft(state, 'refusals')) {
        const command = REQUEST + 2 * message + 1;
        take({ command, delivered: at, budget: 'refusals' });
      }
    } else if (type === 'fetch' && brokerFacts[state.brokers[to - 1]!]!.role === null) {
      // Nobody there.
      take({ ...unanswered, delivered: at });
    } else {
      take({ place: to - 1, code: NEWS + 2 * message, delivered: at });
    }
    if (this.isLeft(state, 'drops')) {
      take({ ...unanswered, delivered: at, budget: 'drops' });
    }
    if (this.isLeft(state, 'timeouts') && waits && late >= 0) {
      take({ ...unanswered, delivered: at, late, budget: 'timeouts' });
    }
  }

  private isLeft({ used }: PartitionWorldState, budget: Counted): boolean {
    return used[PLACE[budget]]! < this.budgets[PLACE[budget]]!;
  }

  /** Offset of the last record that the broker has applied. */
  private appliedBy({ lags, versions, controller }: PartitionWorldState, place: number): number {
    const lag = lags[place]!;
    return lag === 0
      ? this.machines.controllerFacts[controller]!.nextOffset - 1
      : this.machines.versions[versions[versions.length - lag]!]!.base - 1;
  }

  /** As the heartbeats of those who serve tell it. */
  private lowestApplied(state: PartitionWorldState): number {
    const { isFenced, isStopping } = this.machines.controllerFacts[state.controller]!;
    let lowest = NOBODY_BEHIND;
    for (let place = 0; place < this.brokerCount; place++) {
      if (!isFenced[place + 1] && !isStopping[place + 1]) {
        lowest = Math.min(lowest, this.appliedBy(state, place));
      }
    }
    return lowest;
  }
}

/** In that life it waits for the answer to an AlterPartition. */
export function isAltering(
  { isAltering: waits, epoch }: BrokerFacts,
  brokerEpoch: number,
): boolean {
  return waits && epoch === brokerEpoch;
}
