/**
 * The hunt: how many seeds it takes until the simulator shows that a planted bug is one. Seeds from 1, the
 * scenario of each as it is generated, nothing chosen with the bug in mind. A seed counts only if the same
 * scenario violates nothing without the bug.
 */

import type { Bug } from '../bugs/bug.js';
import { groupsProperties } from '../core/properties/coordinator/all.js';
import { metadataProperties } from '../core/properties/metadata/all.js';
import { partitionProperties } from '../core/properties/partition/all.js';
import { raftProperties } from '../core/properties/raft/judge.js';
import type { Phase } from './context.js';
import { generateScenario } from './generate.js';
import { type RunOptions, type RunResult, run } from './run.js';
import type { Scenario } from './scenario.js';
import { type ScenarioSize, type ShrunkResult, shrink, sizeOf } from './shrink.js';

export interface HuntLimits {
  /** Real seconds for runs with the bug, until the first violation. */
  readonly seconds: number;
  /** Last seed. */
  readonly lastSeed: number;
  /** Runs that shrinking may take; 0: the scenario stays as it was generated. */
  readonly shrinkRuns: number;
  /** Acknowledged operations without faults that the bug must survive unseen; 0: not asked. */
  readonly faultFreeOperations: number;
}

/** The default profile: 10 minutes on one core (issue 4). */
export const HUNT_LIMITS: HuntLimits = {
  seconds: 600,
  lastSeed: Number.MAX_SAFE_INTEGER,
  shrinkRuns: 600,
  faultFreeOperations: 10_000,
};

/** What a hunt is made of; tests put their own in. */
export interface HuntTools {
  readonly generate: (seed: number) => Scenario;
  readonly play: (options: RunOptions) => HuntRun;
  readonly shrink: typeof shrink;
}

export type HuntRun = Pick<RunResult, 'violation' | 'virtualSeconds' | 'hash'> & {
  readonly rows: readonly { readonly type: string; readonly f?: unknown }[];
};

export interface Detection {
  readonly seed: number;
  readonly property: string;
  /** Whether the zoo says that the bug breaks this property (`violates`). */
  readonly named: boolean;
  readonly detail: string;
  readonly phase: Phase;
  /** Virtual microseconds into its run. */
  readonly at: number;
  readonly generated: ScenarioSize;
  readonly witness: ShrunkResult | null;
}

export interface HuntResult {
  readonly bug: string;
  readonly detection: Detection | null;
  /** Runs with the bug, the one that shows it included. */
  readonly runs: number;
  /** Of these runs, summed up. */
  readonly virtualSeconds: number;
  /** Real seconds of these runs; shrinking and runs without the bug are not counted. */
  readonly seconds: number;
  /** Seeds that violate something without the bug too: findings in the brokers, worth nothing here. */
  readonly dirtySeeds: readonly number[];
  /** What is seen from outside without any fault, where the bug is to show under faults only; null: nothing. */
  readonly withoutFaults: string | null;
  /** Why this is no result: the hunt itself broke. */
  readonly problem: string | null;
}

const TOOLS: HuntTools = { generate: generateScenario, play: run, shrink };

/** `now`: real seconds, from anywhere on. */
export function huntBug(
  bug: Bug,
  limits: HuntLimits,
  now: () => number,
  tools: HuntTools = TOOLS,
): HuntResult {
  const dirtySeeds: number[] = [];
  let runs = 0;
  let virtualSeconds = 0;
  let seconds = 0;
  let detection: Detection | null = null;
  const { faultFreeOperations } = limits;
  const withoutFaults =
    faultFreeOperations === 0
      ? null
      : violatedWithoutFaults(bug, faultFreeOperations, 'from outside', tools);
  for (
    let seed = 1;
    seed <= limits.lastSeed && detection === null && seconds < limits.seconds;
    seed++
  ) {
    const scenario = tools.generate(seed);
    const started = now();
    const result = tools.play({ scenario, bugs: [bug] });
    seconds += now() - started;
    runs++;
    virtualSeconds += result.virtualSeconds;
    const { violation } = result;
    if (violation === null) {
      continue;
    }
    if (tools.play({ scenario, bugs: [] }).violation !== null) {
      dirtySeeds.push(seed);
      continue;
    }
    const { property, detail, phase, at } = violation;
    const { shrinkRuns } = limits;
    detection = {
      seed,
      property,
      named: bug.violates.includes(property),
      detail,
      phase,
      at,
      generated: sizeOf(scenario),
      witness: shrinkRuns === 0 ? null : tools.shrink(scenario, [bug], violation, shrinkRuns),
    };
  }
  return {
    bug: bug.name,
    detection,
    runs,
    virtualSeconds,
    seconds,
    dirtySeeds,
    withoutFaults,
    problem: null,
  };
}

/** Nothing goes wrong in it for `duration` virtual milliseconds, so a bug must not show. */
export function faultFreeScenario(seed: number, duration: number): Scenario {
  return {
    format: 1,
    seed,
    brokers: 3,
    configs: {},
    topics: [{ name: 'simulated', partitions: 2, replicationFactor: 3, configs: {} }],
    clients: [1, 2, 3].map((index) => ({
      name: `client${index}`,
      kind: 'both',
      topics: ['simulated'],
      acks: -1,
      idempotent: true,
      pipeline: 1,
      think: 2,
      repeatsElsewhere: false,
      nearWrap: false,
    })),
    network: { baseDelay: 80, jitter: 200, stragglers: 0 },
    disk: { syncBase: 100, syncSpread: 300 },
    duration,
    atlas: 'within',
    choices: [],
  };
}

/**
 * What `bug` violates in at least `operations` acknowledged ones without a fault, or null. What a client
 * can see, and whether the brokers come to rest, is asked apart from what only the judges see inside of
 * the brokers: a leader that counts itself too early does so without faults too, and harms nobody yet.
 */
export function violatedWithoutFaults(
  bug: Bug,
  operations: number,
  asked: 'everything' | 'from outside',
  { play }: Pick<HuntTools, 'play'> = TOOLS,
): string | null {
  const ignoring = asked === 'everything' ? NOTHING : insideProperties();
  const duration = Math.min(5_000, 2 * operations);
  let acknowledged = 0;
  for (let seed = 1; acknowledged < operations; seed++) {
    const scenario = faultFreeScenario(seed, duration);
    const { violation, rows } = play({ scenario, bugs: [bug], ignoring });
    if (violation !== null) {
      return `${violation.property}: ${violation.detail}`;
    }
    let here = 0;
    for (const { type, f } of rows) {
      here += type === 'ok' && f !== 'assign' ? 1 : 0;
    }
    if (here === 0) {
      return 'nothing is acknowledged';
    }
    acknowledged += here;
  }
  return null;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The properties of single machines, which look at what no client can see. */
function insideProperties(): ReadonlySet<string> {
  return new Set(
    [...raftProperties, ...metadataProperties, ...partitionProperties, ...groupsProperties].map(
      ({ name }) => name,
    ),
  );
}
