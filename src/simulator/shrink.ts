/**
 * Makes a failing scenario smaller while the same property is violated: choices are deleted, times
 * shortened, and everything else is made simpler, until nothing of it can be left out any more (a fixed
 * point) or the budget is spent. Delta debugging as in Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input" (2002), over named choices.
 *
 * The search draws nothing: the same failing scenario shrinks to the same small one.
 */

import type { Bug } from '../bugs/bug.js';
import type { Violation } from './context.js';
import { run } from './run.js';
import type { Choice, Outcome, Scenario } from './scenario.js';
import { checkScenario } from './scenario-check.js';
import { choiceReductions } from './shrink-choices.js';
import { type Reduction, scenarioReductions } from './shrink-scenario.js';
import { MalformedError } from './validate.js';

/** What shrinking asks of a run. */
export interface ShrinkRun {
  readonly violation: Violation | null;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly hash: string;
}

/** Runs a scenario; `until`: as in `RunOptions`. */
export type Play = (scenario: Scenario, until: 'main' | 'over') => ShrinkRun;

export interface ShrinkOptions {
  /** In place of the simulator's own `run`, for tests. */
  readonly play?: Play;
  /** Most events of all runs together: spends long runs sooner than short ones. No bound if missing. */
  readonly events?: number;
  /** Asked before every run: true ends the search as a spent budget does. */
  readonly interrupted?: () => boolean;
  /** Told after every run. */
  readonly progress?: (runs: number, size: ScenarioSize) => void;
}

/** How big a scenario is, for people. */
export interface ScenarioSize {
  readonly choices: number;
  readonly brokers: number;
  readonly topics: number;
  readonly partitions: number;
  readonly clients: number;
  readonly configs: number;
  /** Virtual milliseconds. */
  readonly duration: number;
}

export interface ShrunkResult {
  readonly scenario: Scenario;
  /** Of the small scenario: the same property. */
  readonly violation: Violation;
  /** Of the run of the small scenario. */
  readonly hash: string;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly events: number;
  readonly virtualSeconds: number;
  /** Runs that the search took. */
  readonly runs: number;
  readonly before: ScenarioSize;
  readonly after: ScenarioSize;
  /** False: the budget was spent first. */
  readonly complete: boolean;
  /** Choices that have no effect but cannot be left out, by name: an artifact with one never matches. */
  readonly unmatched: readonly string[];
}

/**
 * `violation` is what `scenario` with `bugs` shows; `budget` is the most runs that may be spent.
 * Throws a {@link NotReproducedError} where the first run does not show it again.
 */
export function shrink(
  scenario: Scenario,
  bugs: readonly Bug[],
  violation: Violation,
  budget: number,
  options: ShrinkOptions = {},
): ShrunkResult {
  const play = options.play ?? ((small, until) => run({ scenario: small, bugs, until }));
  return new Shrinking(scenario, violation, budget, play, options).toFixedPoint();
}

/** The scenario does not violate the property that it is said to violate. */
export class NotReproducedError extends Error {
  override readonly name: string = 'NotReproducedError';
}

export function sizeOf(scenario: Scenario): ScenarioSize {
  const { choices, brokers, topics, clients, configs, duration } = scenario;
  const topicConfigs = topics.reduce((sum, topic) => sum + Object.keys(topic.configs).length, 0);
  return {
    choices: choices.length,
    brokers,
    topics: topics.length,
    partitions: topics.reduce((sum, { partitions }) => sum + partitions, 0),
    clients: clients.length,
    configs: Object.keys(configs).length + topicConfigs,
    duration,
  };
}

class Shrinking {
  private best: Scenario;
  private shown: ShrinkRun & { readonly violation: Violation };
  private runs = 0;
  private events = 0;
  private readonly before: ScenarioSize;
  private readonly violation: Violation;
  private readonly budget: number;
  private readonly play: Play;
  private readonly options: ShrinkOptions;
  /** Scenarios that were run before: to run them again would show the same. */
  private readonly tried = new Set<string>();

  constructor(
    scenario: Scenario,
    violation: Violation,
    budget: number,
    play: Play,
    options: ShrinkOptions,
  ) {
    this.violation = violation;
    this.budget = budget;
    this.play = play;
    this.options = options;
    this.before = sizeOf(scenario);
    this.best = scenario;
    this.runs = 1;
    const first = play(scenario, 'over');
    this.events = first.events;
    if (!shows(first, violation)) {
      const instead = first.violation?.property ?? 'nothing';
      throw new NotReproducedError(`${violation.property} is not violated again, ${instead} is`);
    }
    this.shown = first;
    this.tried.add(JSON.stringify(scenario));
  }

  toFixedPoint(): ShrunkResult {
    for (let smaller = true; smaller && !this.spent(); ) {
      const before = this.best;
      this.cutDuration();
      this.deleteIdle();
      this.deleteChoices();
      this.reduce(scenarioReductions(this.best));
      this.cutDuration();
      this.reduce(choiceReductions(this.best));
      this.deleteIdle();
      smaller = this.best !== before;
    }
    const { violation, hash, outcomes, events, virtualSeconds } = this.shown;
    return {
      scenario: this.best,
      violation,
      hash,
      outcomes,
      events,
      virtualSeconds,
      runs: this.runs,
      before: this.before,
      after: sizeOf(this.best),
      complete: !this.spent(),
      unmatched: this.best.choices.filter((choice) => !this.took(choice)).map(({ name }) => name),
    };
  }

  /**
   * Nothing is planned behind the violation: runs that do not fail become short, so this comes first.
   * A violation that shows after the faults is worth halving the time of the faults for.
   */
  private cutDuration(): void {
    const { phase, at } = this.shown.violation;
    if (phase === 'main') {
      // Counted from the start of the world, so at least what is needed counted from the first fault.
      const duration = Math.ceil(at / 1000);
      if (duration < this.best.duration) {
        this.accept({ ...this.best, duration });
      }
      return;
    }
    while (
      this.best.duration >= 2000 &&
      this.accept({ ...this.best, duration: Math.ceil(this.best.duration / 2) })
    ) {}
  }

  /** Choices that had no effect are no part of the story. */
  private deleteIdle(): void {
    const idle = this.best.choices.filter((choice) => !this.took(choice));
    if (idle.length === 0 || this.accept(this.without(idle)) || idle.length === 1) {
      return;
    }
    for (const choice of idle) {
      this.accept(this.without([choice]));
    }
  }

  /** Halves, quarters, ... and at last single choices; the last ones first. */
  private deleteChoices(): void {
    for (let size = Math.ceil(this.best.choices.length / 2); size >= 1; ) {
      for (let end = this.best.choices.length; end > 0; end -= size) {
        this.accept(this.without(this.best.choices.slice(Math.max(0, end - size), end)));
      }
      size = size === 1 ? 0 : Math.ceil(size / 2);
    }
  }

  private reduce(reductions: readonly Reduction[]): void {
    for (const reduction of reductions) {
      for (const candidate of reduction(this.best, this.shown.outcomes)) {
        if (this.accept(candidate)) {
          break;
        }
      }
    }
  }

  private without(choices: readonly Choice[]): Scenario {
    return { ...this.best, choices: this.best.choices.filter((each) => !choices.includes(each)) };
  }

  private took({ name }: Choice): boolean {
    return this.shown.outcomes.get(name)?.took === true;
  }

  private spent(): boolean {
    const { events, interrupted } = this.options;
    return (
      this.runs >= this.budget ||
      this.events >= (events ?? Number.POSITIVE_INFINITY) ||
      (interrupted?.() ?? false)
    );
  }

  /** Runs `candidate`; it becomes the best one if it shows the property too. */
  private accept(candidate: Scenario): boolean {
    const key = JSON.stringify(candidate);
    if (this.tried.has(key) || this.spent()) {
      return false;
    }
    this.tried.add(key);
    if (!isPlayable(candidate)) {
      return false;
    }
    this.runs++;
    const faultsSuffice = this.shown.violation.phase === 'main';
    const result = this.play(candidate, faultsSuffice ? 'main' : 'over');
    this.events += result.events;
    const better = shows(result, this.violation);
    if (better) {
      this.best = candidate;
      this.shown = result;
    }
    this.options.progress?.(this.runs, sizeOf(this.best));
    return better;
  }
}

/** What an artifact could hold: a simpler scenario may ask for what nobody can be held to. */
function isPlayable(candidate: Scenario): boolean {
  try {
    checkScenario(candidate, '');
    return true;
  } catch (error) {
    if (error instanceof MalformedError) {
      return false;
    }
    throw error;
  }
}

function shows(
  result: ShrinkRun,
  { property, detail }: Violation,
): result is ShrinkRun & { readonly violation: Violation } {
  const { violation } = result;
  return (
    violation?.property === property &&
    // All assertions are one property: another one that fails is another story.
    (property !== 'AssertionHolds' || placeOf(violation.detail) === placeOf(detail))
  );
}

/** The function that asserts, which ends the detail in brackets. */
function placeOf(detail: string): string {
  return detail.slice(detail.lastIndexOf('('));
}
