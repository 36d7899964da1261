/**
 * Lock C from a specification to the code: random walks of the specification, each step of which the production
 * machine must take too, with the whole state the same after it. In between the code takes steps that the specification
 * does not see, which must change nothing that it sees.
 */

import type { ConcreteStep, WalkedWorld } from '../../conformance/compare.js';
import { GHOSTS } from '../../conformance/sides.js';
import { callText, type OutputsOf, visibleOf } from '../../conformance/spec-graph.js';
import { changesBetween } from '../../conformance/texts.js';
import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule, QuintState, QuintStep } from '../../spec/quint-evaluator.js';
import { count } from '../counts.js';

/** After so many walks the code's world begins anew: it keeps every node that it has met. */
const WALKS_PER_WORLD = 50;
/** What can nearly always happen, and undoes what else would, is drawn once in so many times. */
const SELDOM_ONE_OF = 16;
/** Before one of so many steps the code takes one that the specification does not see. */
const UNSEEN_ONE_OF = 16;

export type Draw = (bound: number) => number;

/** What is walked. */
export interface Walkable {
  /** Of the walks' module. */
  readonly module: QuintModule;
  /** The code's world of that module, anew. */
  readonly worldOf: () => WalkedWorld<unknown>;
  readonly outputsOf: OutputsOf;
  /** By branch of the specification's `step`: whether its action is drawn seldom. */
  readonly isSeldom: readonly boolean[];
}

export interface Walked {
  /** By action. */
  readonly taken: Map<string, number>;
  steps: number;
  walks: number;
  /** Steps that the specification does not see. */
  unseen: number;
  /** Processor time of either side, in seconds. */
  walking: number;
  following: number;
}

export function newWalked(): Walked {
  return { taken: new Map(), steps: 0, walks: 0, unseen: 0, walking: 0, following: 0 };
}

/** A walk that the code does not follow: the calls up to there, and what differs. */
export interface Parting {
  readonly path: readonly string[];
  readonly reasons: readonly string[];
}

/** A step of the specification, as texts. */
interface Wanted {
  readonly action: string;
  readonly call: string;
  /** Of the state behind it. */
  readonly text: string;
  readonly outputs: string;
}

export class Walks {
  private readonly walkable: Walkable;
  private readonly variables: readonly string[];
  private readonly textOf: (state: QuintState) => string;
  private world: WalkedWorld<unknown> | null = null;
  private walks = 0;

  constructor(walkable: Walkable) {
    const { module } = walkable;
    this.walkable = walkable;
    const { variables, textOf } = visibleOf(module, GHOSTS);
    this.variables = variables;
    this.textOf = textOf;
  }

  /** One walk of so many steps, the choices of which `draw` makes; null: the code followed to its end. */
  walk(length: number, draw: Draw, walked: Walked): Parting | null {
    if (this.world === null || this.walks++ % WALKS_PER_WORLD === 0) {
      this.world = this.walkable.worldOf();
    }
    const began = process.cpuUsage().user;
    const steps = this.drawn(length, draw);
    const drawn = process.cpuUsage().user;
    const parting = this.follow(this.world, steps, draw, walked);
    walked.walking += (drawn - began) / 1e6;
    walked.following += (process.cpuUsage().user - drawn) / 1e6;
    walked.walks++;
    return parting;
  }

  private drawn(length: number, draw: Draw): Wanted[] {
    const { module, isSeldom, outputsOf } = this.walkable;
    const steps: Wanted[] = [];
    const drawBranch: Draw = (bound) => {
      for (;;) {
        const branch = draw(bound);
        if (isSeldom[branch] !== true || draw(SELDOM_ONE_OF) === 0) {
          return branch;
        }
      }
    };
    let [state] = module.initial('init');
    while (steps.length < length) {
      const step = module.randomStep(state!, draw, drawBranch);
      if (step === null) {
        break;
      }
      steps.push(this.wantedOf(step, outputsOf(state!, step)));
      state = step.to;
    }
    return steps;
  }

  private wantedOf({ action, picks, to }: QuintStep, outputs: string): Wanted {
    const call = callText(
      action,
      picks.map(([name, value]) => [name, canonicalText(value)] as const),
    );
    return { action, call, text: this.textOf(to), outputs };
  }

  private follow(
    world: WalkedWorld<unknown>,
    steps: readonly Wanted[],
    draw: Draw,
    walked: Walked,
  ): Parting | null {
    let state = world.initial();
    const path: string[] = [];
    for (const wanted of steps) {
      if (draw(UNSEEN_ONE_OF) === 0) {
        const unseen = this.unseen(world, state, draw);
        if (unseen !== null) {
          path.push(unseen.call);
          if (unseen.to === null || world.textOf(unseen.to) !== world.textOf(state)) {
            return { path, reasons: this.differences(world, state, null, [unseen]) };
          }
          state = unseen.to;
          walked.unseen++;
        }
      }
      path.push(wanted.call);
      const possible = world.stepsCalled(state, wanted.call);
      const same = possible.find(({ to, outputs }) => {
        return to !== null && outputs === wanted.outputs && world.textOf(to) === wanted.text;
      });
      if (same === undefined) {
        return { path, reasons: this.differences(world, state, wanted, possible) };
      }
      state = same.to!;
      walked.steps++;
      count(walked.taken, wanted.action);
    }
    return null;
  }

  private unseen(
    world: WalkedWorld<unknown>,
    state: unknown,
    draw: Draw,
  ): ConcreteStep<unknown> | null {
    const steps = world.unseenSteps(state, draw);
    return steps.length === 0 ? null : steps[draw(steps.length)]!;
  }

  /** `wanted` null: that nothing changes. */
  private differences(
    world: WalkedWorld<unknown>,
    state: unknown,
    wanted: Wanted | null,
    possible: readonly ConcreteStep<unknown>[],
  ): string[] {
    const before = world.textOf(state).split('\n');
    const told = (text: string, outputs: string): string[] => [
      ...text
        .split('\n')
        .flatMap((after, at) => changesBetween(this.variables[at]!, before[at]!, after))
        .map((line) => `  ${line}`),
      ...(outputs === '' ? [] : [`  gives out: ${outputs}`]),
    ];
    const [step] = possible;
    return [
      'the specification:',
      ...(wanted === null ? ['  sees nothing'] : told(wanted.text, wanted.outputs)),
      'the code:',
      ...(step === undefined
        ? ['  has no such step']
        : step.to === null
          ? [`  must not: ${step.outputs}`]
          : told(world.textOf(step.to), step.outputs)),
    ];
  }
}

/** Numbers from 0 to below a bound, the same for the same seed (mulberry32). */
export function drawer(seed: number): Draw {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
