/** What the tests of deeds share: small scenarios, and what is seen while they run. */

import { expect } from 'vitest';
import type { RunContext } from '../context.js';
import { type RunResult, run } from '../run.js';
import type { Act, Choice, Scenario, Target } from '../scenario.js';
import { TEST_TOPIC, testClient, testScenario } from '../test-scenario.js';
import type { Watcher } from '../watch.js';

export const TOPIC: string = TEST_TOPIC;
export const LEADER: Target = { role: 'leader', topic: TOPIC, partition: 0 };
export const CONTROLLER: Target = { role: 'controller' };
/** Virtual milliseconds after the faults began at which a deed is done. */
export const AT: number = 600;
/** Virtual microseconds between two looks at a run. */
const SAMPLING = 50_000;

export function scenario(choices: readonly Choice[], changes: Partial<Scenario> = {}): Scenario {
  return testScenario({
    clients: ['client1', 'client2'].map((name) => testClient(name, { think: 15 })),
    duration: 2500,
    choices,
    ...changes,
  });
}

export interface Told {
  readonly at: number;
  /** Number of the world's event. */
  readonly event: number;
  readonly what: string;
}

/** What a test looks at while a scenario runs: the lives of nodes, the deeds, and samples of its own. */
export interface Story {
  readonly result: RunResult;
  readonly context: RunContext;
  readonly told: readonly Told[];
}

/** `until` over: healing, service and the verdict on the whole history are asked for too. */
export function play(
  played: Scenario,
  sample?: (context: RunContext) => string,
  until: 'main' | 'over' = 'main',
): Story {
  const told: Told[] = [];
  let seen: RunContext | null = null;
  const watch = (context: RunContext): Watcher => {
    seen = context;
    const { world } = context;
    const tell = (what: string): void =>
      void told.push({ at: world.now, event: world.events, what });
    const sampling = (): void => {
      if (context.phase() === 'main') {
        tell(sample!(context));
        world.schedule(SAMPLING, 'sample', sampling);
      }
    };
    return {
      occurred: ({ event, node }) => tell(`${event} broker${node + 1}`),
      nodeStarted: ({ name }) => tell(`${name} starts`),
      nodeEnded: ({ name }, how) => tell(`${name} ended: ${how}`),
      nodeLogged: ({ name }, level, event) => {
        if (level === 'error') {
          tell(`${name} ${event}`);
        }
      },
      deed: (name, _type, node, phase) => {
        tell(`${name} ${node} ${phase}`);
        if (name === 'main' && phase === 'begins' && sample !== undefined) {
          world.schedule(1, 'sample', sampling);
        }
      },
    };
  };
  const result = run({ scenario: played, bugs: [], watchers: [watch], until });
  return { result, context: seen!, told };
}

export function at(act: Act, milliseconds: number = AT, name: string = 'deed'): Choice {
  return { name, when: { at: milliseconds }, act };
}

export function took({ result }: Story, name: string = 'deed'): string {
  const outcome = result.outcomes.get(name);
  if (outcome === null || outcome === undefined) {
    return 'never';
  }
  return outcome.took ? (outcome.node ?? 'took') : outcome.reason;
}

/** The run is sound, and nothing of the deeds is left. */
export function expectClean({ result, context }: Story): void {
  expect(result.violation).toBeNull();
  expect(result.verdict).toBe('valid');
  const { cluster, world } = context;
  for (const node of cluster.nodes) {
    expect(node.isRunning).toBe(true);
    expect(node.isPaused).toBe(false);
    expect(node.clock.monotonicRate).toBe(1000);
    expect(Math.abs(node.clock.wall() - 1_767_225_600_000 - world.now / 1000)).toBeLessThan(2);
    expect(node.disk.slowness).toBe(0);
    expect(node.files.faults).toEqual({
      freeBytes: null,
      failSync: null,
      failWrite: null,
      failRead: null,
      misdirect: null,
    });
    for (const other of cluster.links.names()) {
      expect(cluster.links.isCut(node.name, other)).toBe(false);
      expect(cluster.links.isCut(other, node.name)).toBe(false);
    }
  }
}

export function endings({ told }: Story): string[] {
  return told.filter(({ what }) => what.includes(' ended: ')).map(({ what }) => what);
}

export function when({ told }: Story, what: string): number {
  const found = told.find((each) => each.what === what);
  return found === undefined ? Number.NaN : found.at;
}

export function crash(target: Target, changes: Partial<Extract<Act, { type: 'crash' }>> = {}): Act {
  return { type: 'crash', target, power: false, keeps: 'nothing', down: 400, ...changes };
}
