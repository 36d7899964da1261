/**
 * A failure as a file: a small scenario, the bugs that were planted, and what shows where. Whoever has the
 * file sees the same failure at the same event, in any process on any machine.
 */

import type { Bug } from '../bugs/bug.js';
import { findBug } from '../bugs/registry.js';
import type { Violation } from './context.js';
import { type RunOptions, type RunResult, run } from './run.js';
import type { Outcome, Scenario } from './scenario.js';
import { checkScenario } from './scenario-check.js';
import {
  type Check,
  integer,
  listOf,
  MalformedError,
  oneOf,
  orNull,
  shape,
  text,
} from './validate.js';

export interface Artifact {
  readonly format: 1;
  /** Version of the program that wrote it: another one may play the scenario in another way. */
  readonly madeBy: string;
  /** Names of the planted bugs (`logjury bugs`); none: a finding in the brokers themselves. */
  readonly bugs: readonly string[];
  /** The property that is violated, and for people how. */
  readonly property: string;
  readonly detail: string;
  /** Number of the event in which it shows, from 1. */
  readonly event: number;
  /** Virtual microseconds since the start. */
  readonly at: number;
  readonly node: string | null;
  /** Of the run up to there: every event, draw, frame and answer. */
  readonly hash: string;
  /** Choices that had no effect, by name; a shrunk artifact has none. */
  readonly idle: readonly string[];
  readonly scenario: Scenario;
}

export function makeArtifact(made: {
  readonly scenario: Scenario;
  readonly bugs: readonly Bug[];
  readonly violation: Violation;
  readonly hash: string;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly madeBy: string;
}): Artifact {
  const { scenario, violation, hash, outcomes, madeBy } = made;
  const { property, detail, event, at, node } = violation;
  const bugs = made.bugs.map(({ name }) => name);
  const idle = scenario.choices
    .map(({ name }) => name)
    .filter((name) => outcomes.get(name)?.took !== true);
  return { format: 1, madeBy, bugs, property, detail, event, at, node, hash, idle, scenario };
}

/** As a file: JSON that a person can read and change. */
export function encodeArtifact(artifact: Artifact): string {
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

const HASH = /^[0-9a-f]{16}$/;

const hashText: Check<string> = (value, path) => {
  if (!HASH.test(text(value, path))) {
    throw new MalformedError(path, `must be 16 hexadecimal digits, not '${value}'`);
  }
  return value as string;
};

const checkArtifact: Check<Artifact> = shape<Artifact>({
  format: oneOf(1),
  madeBy: text,
  bugs: listOf((value, path) => {
    if (findBug(text(value, path))?.name !== value) {
      throw new MalformedError(path, `names no bug of this version: '${value}'`);
    }
    return value as string;
  }),
  property: text,
  detail: text,
  event: integer(1),
  at: integer(0),
  node: orNull(text),
  hash: hashText,
  idle: listOf(text),
  scenario: checkScenario,
});

/** Throws a {@link MalformedError}: one line that names the first wrong field by its path. */
export function decodeArtifact(json: string): Artifact {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new MalformedError('', `is no JSON: ${(error as Error).message}`);
  }
  return checkArtifact(value, '');
}

export interface Replay {
  readonly result: RunResult;
  /** The same property, at the same event, and every choice had its effect but those said to have none. */
  readonly matches: boolean;
  /** Why it does not match, in one line. */
  readonly why: string | null;
}

export type ReplayOptions = Pick<RunOptions, 'watchers' | 'eventObserver'>;

/** Runs the scenario with its bugs again. */
export function replayArtifact(artifact: Artifact, options: ReplayOptions = {}): Replay {
  const result = run({ ...options, scenario: artifact.scenario, bugs: bugsOf(artifact) });
  const why = mismatch(artifact, result);
  return { result, matches: why === null, why };
}

/**
 * Runs the scenario without its bugs: `matches` says that nothing is violated then. Meant for artifacts of
 * planted bugs; one without bugs is a finding, and matches once that is mended.
 */
export function replayWithoutBugs(artifact: Artifact, options: ReplayOptions = {}): Replay {
  const result = run({ ...options, scenario: artifact.scenario, bugs: [] });
  const { violation } = result;
  const why =
    violation === null
      ? null
      : `without the bug ${violation.property} is violated at event ${violation.event}: ${violation.detail}`;
  return { result, matches: why === null, why };
}

export function bugsOf({ bugs }: Artifact): Bug[] {
  return bugs.map((name) => {
    const bug = findBug(name);
    if (bug === undefined) {
      throw new MalformedError('bugs', `names no bug of this version: '${name}'`);
    }
    return bug;
  });
}

/** What of the artifact is not as it says, in one line; null: all of it is. */
export function mismatch(
  artifact: Artifact,
  result: Pick<RunResult, 'violation' | 'outcomes'>,
): string | null {
  const { violation, outcomes } = result;
  const said = `${artifact.property} at event ${artifact.event}`;
  if (violation === null) {
    return `nothing is violated; the artifact says ${said}`;
  }
  const { property, event } = violation;
  if (property !== artifact.property || event !== artifact.event) {
    return `${property} is violated at event ${event}; the artifact says ${said}`;
  }
  for (const { name } of artifact.scenario.choices) {
    const idle = withoutEffect(outcomes.get(name) ?? null);
    const saidIdle = artifact.idle.includes(name);
    if (idle !== null && !saidIdle) {
      return `the choice '${name}' had no effect: ${idle}`;
    }
    if (idle === null && saidIdle) {
      return `the choice '${name}' had an effect; the artifact says that it has none`;
    }
  }
  return null;
}

function withoutEffect(outcome: Outcome): string | null {
  if (outcome === null) {
    return 'its moment never came';
  }
  return outcome.took ? null : outcome.reason;
}
