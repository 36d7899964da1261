/**
 * Lock C of Raft, from the specification to the code: random walks of spec/raft.qnt, each step of which the production
 * machine must take too, with the whole state the same after it.
 */

import type { RaftRules } from '../../../src/core/raft/rules.js';
import type { RaftState } from '../../conformance/raft/ground.js';
import { scopeOf } from '../../conformance/raft/scope.js';
import { RaftInSpec } from '../../conformance/raft/world.js';
import { callText } from '../../conformance/spec-graph.js';
import { changesBetween } from '../../conformance/texts.js';
import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule, QuintStep } from '../../spec/quint-evaluator.js';
import { count } from '../counts.js';

/** The modules of spec/raft_traces.qnt that are walked in. */
export const WALKS: readonly string[] = ['raft_walk_quorum', 'raft_walk_members'];

/** After so many walks the code's world begins anew: it keeps every node that it has met. */
const WALKS_PER_WORLD = 50;

/** What can nearly always happen, and undoes what else would: it is drawn once in so many times. */
const SELDOM: ReadonlySet<string> = new Set([
  'electionDue',
  'leaderSilent',
  'checkQuorumDue',
  'transferDue',
  'restart',
  'drop',
]);
const SELDOM_ONE_OF = 16;

export interface Walked {
  /** By action. */
  readonly taken: Map<string, number>;
  steps: number;
  walks: number;
  /** Processor time of either side, in seconds. */
  walking: number;
  following: number;
}

export function newWalked(): Walked {
  return { taken: new Map(), steps: 0, walks: 0, walking: 0, following: 0 };
}

/** A walk that the code does not follow: the calls up to there, and what differs. */
export interface Parting {
  readonly path: readonly string[];
  readonly reasons: readonly string[];
}

export class RaftWalks {
  private readonly module: QuintModule;
  private readonly wrong: Partial<RaftRules>;
  private readonly variables: readonly string[];
  private readonly visible: readonly number[];
  /** By branch of the specification's `step`: once in so many times it is drawn. */
  private readonly seldom: readonly number[];
  private world: RaftInSpec | null = null;
  private walks = 0;

  /** `branches`: actions of the specification's `step`; `wrong`: rules of a bug, in the place of the right ones. */
  constructor(module: QuintModule, branches: readonly string[], wrong: Partial<RaftRules> = {}) {
    this.module = module;
    this.wrong = wrong;
    this.variables = module.variables.filter((name) => name !== 'ghost');
    this.visible = this.variables.map((name) => module.variables.indexOf(name));
    this.seldom = branches.map((action) => (SELDOM.has(action) ? SELDOM_ONE_OF : 1));
  }

  /** One walk of so many steps, the choices of which `draw` makes; null: the code followed to its end. */
  walk(length: number, draw: (bound: number) => number, walked: Walked): Parting | null {
    if (this.world === null || this.walks++ % WALKS_PER_WORLD === 0) {
      this.world = new RaftInSpec(scopeOf(this.module), this.variables, this.wrong, (each) =>
        each.empty(),
      );
    }
    const steps = this.drawn(length, draw, walked);
    const began = process.cpuUsage().user;
    const parting = this.follow(this.world, steps, walked);
    walked.following += (process.cpuUsage().user - began) / 1e6;
    walked.walks++;
    return parting;
  }

  private drawn(length: number, draw: (bound: number) => number, walked: Walked): QuintStep[] {
    const began = process.cpuUsage().user;
    const steps: QuintStep[] = [];
    const drawBranch = (bound: number): number => {
      for (;;) {
        const branch = draw(bound);
        if (draw(this.seldom[branch] ?? 1) === 0) {
          return branch;
        }
      }
    };
    let [state] = this.module.initial('init');
    while (steps.length < length) {
      const step = this.module.randomStep(state!, draw, drawBranch);
      if (step === null) {
        break;
      }
      steps.push(step);
      state = step.to;
    }
    walked.walking += (process.cpuUsage().user - began) / 1e6;
    return steps;
  }

  private follow(world: RaftInSpec, steps: readonly QuintStep[], walked: Walked): Parting | null {
    let state: RaftState = world.initial();
    const path: string[] = [];
    for (const { action, picks, to } of steps) {
      const texts = picks.map(([name, value]) => [name, canonicalText(value)] as const);
      const call = callText(action, texts);
      path.push(call);
      const wanted = this.visible.map((at) => canonicalText(to[at]!)).join('\n');
      const message = texts.find(([name]) => name === 'm')?.[1];
      const id = Number(texts.find(([name]) => name === 'id')?.[1]);
      const possible = world.stepsCalled(call, state, message === undefined ? { id } : { message });
      const same = possible.find((step) => step.to !== null && world.textOf(step.to) === wanted);
      if (same === undefined) {
        return { path, reasons: this.differences(world, state, wanted, possible) };
      }
      state = same.to!;
      walked.steps++;
      count(walked.taken, action);
    }
    return null;
  }

  private differences(
    world: RaftInSpec,
    state: RaftState,
    wanted: string,
    possible: ReturnType<RaftInSpec['stepsCalled']>,
  ): string[] {
    const before = world.textOf(state).split('\n');
    const changes = (after: string): string[] =>
      after
        .split('\n')
        .flatMap((text, at) => changesBetween(this.variables[at]!, before[at]!, text))
        .map((line) => `  ${line}`);
    const [step] = possible;
    return [
      'the specification:',
      ...changes(wanted),
      'the code:',
      ...(step === undefined
        ? ['  has no such step']
        : step.to === null
          ? [`  must not: ${step.outputs}`]
          : changes(world.textOf(step.to))),
    ];
  }
}

/** Numbers from 0 to below a bound, the same for the same seed (mulberry32). */
export function drawer(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
