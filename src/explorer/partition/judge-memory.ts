/**
 * What the judge says, remembered: by step, by what it remembered before, and by what it sees of the others
 * (their logs, and the partition as the controller has it).
 */

import { newPartitionGhost, type PartitionGhost } from '../../core/properties/partition/ghost.js';
import type { PartitionProperty } from '../../core/properties/partition/property.js';
import { assert } from '../../core/types/assert.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import type { Violation } from '../world.js';
import { registrationIn } from './controller.js';
import { writeGhost } from './ghost-codec.js';
import { documented, judge } from './judging.js';
import type { MachineMemory, Step } from './machine-memory.js';
import type { Played } from './play.js';

export class JudgeMemory {
  readonly ghosts: Parts<PartitionGhost>;
  /** The ghost of a world in which nothing has happened. */
  readonly nothing: number;
  /** Of the last verdict. */
  violation: Violation | null = null;
  private readonly machines: MachineMemory;
  private readonly minIsr: number;
  private readonly properties: readonly PartitionProperty[];
  /** Numbers of (step, ghost). */
  private readonly cases = new PairTable();
  /** Numbers of what is seen of the others: a table for each place in the row. */
  private readonly contexts: readonly PairTable[];
  /** The ghost afterwards by (case, context). */
  private readonly verdicts = new PairTable();
  private readonly losses = new Map<string, number>();
  /** false: everything is judged anew, to see that remembering changes nothing. */
  private readonly remembers: boolean;

  constructor(options: {
    readonly machines: MachineMemory;
    readonly brokers: number;
    readonly minIsr: number;
    readonly properties: readonly PartitionProperty[];
    readonly renaming: Renaming;
    readonly writer: PartWriter;
    readonly remembers: boolean;
  }) {
    this.machines = options.machines;
    this.minIsr = options.minIsr;
    this.properties = options.properties;
    this.remembers = options.remembers;
    this.contexts = Array.from({ length: options.brokers }, () => new PairTable());
    this.ghosts = new Parts(options.writer, [options.renaming], 0x6c8e9cf5, writeGhost);
    this.nothing = this.ghosts.numberOf(newPartitionGhost());
  }

  /** The ghost after the step at input `code` of the broker at `place`; `brokers` are those before it. */
  verdict(
    brokers: readonly number[],
    place: number,
    step: Step,
    code: number,
    controller: number,
    ghost: number,
  ): number {
    this.violation = null;
    const asked = numberIn(this.cases, step.number, ghost);
    const context = this.contextOf(brokers, place, controller);
    const known = this.verdicts.get(asked, context);
    if (known >= 0 && this.remembers) {
      return known;
    }
    const played = this.machines.play(brokers[place]!, code);
    const after = this.judge(brokers, place, played, controller, ghost);
    if (this.violation === null) {
      this.verdicts.set(asked, context, after);
    }
    return after;
  }

  /** What is remembered once the broker at `place` has started: nothing else has happened yet. */
  begin(
    brokers: readonly number[],
    place: number,
    played: Played,
    controller: number,
    ghost: number,
  ): number {
    const after = this.judge(brokers, place, played, controller, ghost);
    assert(this.violation === null, 'nothing has happened, and something is violated');
    return after;
  }

  /** The ghost once an unclean election has made it known who leads, and what is lost by that. */
  documented(brokers: readonly number[], controller: number, ghost: number): number {
    const context = this.contextOf(brokers, -1, controller);
    const key = `${ghost}.${context}`;
    const known = this.losses.get(key);
    if (known !== undefined && this.remembers) {
      return known;
    }
    const { all } = this.machines.brokers;
    const states = brokers.map((each) => all[each]!);
    const registration = this.registration(controller);
    const after = this.ghosts.numberOf(documented(this.ghosts.all[ghost]!, states, registration));
    this.losses.set(key, after);
    return after;
  }

  private judge(
    brokers: readonly number[],
    place: number,
    played: Played,
    controller: number,
    ghost: number,
  ): number {
    const { all } = this.machines.brokers;
    const judged = judge({
      brokers: brokers.map((each) => all[each]!),
      place,
      played,
      registration: this.registration(controller),
      minIsr: this.minIsr,
      ghost: this.ghosts.all[ghost]!,
      properties: this.properties,
    });
    this.violation = judged.violation;
    return this.ghosts.numberOf(judged.ghost);
  }

  private registration(controller: number): ReturnType<typeof registrationIn> {
    return registrationIn(this.machines.controllers.all[controller]!.state.image);
  }

  /** All but the one at `place`. */
  private contextOf(brokers: readonly number[], place: number, controller: number): number {
    const { brokerFacts, controllerFacts } = this.machines;
    let context = controllerFacts[controller]!.view;
    for (let i = 0; i < brokers.length; i++) {
      // 0 is nobody's: whoever steps is known by the step.
      const view = i === place ? 0 : brokerFacts[brokers[i]!]!.view + 1;
      context = numberIn(this.contexts[i]!, context, view);
    }
    return context;
  }
}

function numberIn(table: PairTable, a: number, b: number): number {
  const known = table.get(a, b);
  if (known >= 0) {
    return known;
  }
  const number = table.size;
  table.set(a, b, number);
  return number;
}
