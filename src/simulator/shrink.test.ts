import { describe, expect, test } from 'vitest';
import { findBug } from '../bugs/registry.js';
import type { Violation } from './context.js';
import { generateScenario } from './generate.js';
import { run } from './run.js';
import type { Act, Choice, Outcome, Scenario } from './scenario.js';
import { checkScenario } from './scenario-check.js';
import { NotReproducedError, type Play, shrink, sizeOf } from './shrink.js';
import { fewer } from './shrink-choices.js';

function choice(name: string, at: number, act: Act): Choice {
  return { name, when: { at }, act };
}

const CRASH: Act = {
  type: 'crash',
  target: { role: 'leader', topic: 'one', partition: 1 },
  power: true,
  keeps: 'drawn',
  down: 1234,
};

const LARGE: Scenario = {
  format: 1,
  seed: 7,
  brokers: 5,
  configs: { 'min.insync.replicas': '2', 'log.segment.bytes': '1000' },
  topics: [
    { name: 'one', partitions: 4, replicationFactor: 3, configs: { 'retention.ms': '5' } },
    { name: 'two', partitions: 2, replicationFactor: 5, configs: {} },
  ],
  clients: ['a', 'b', 'c'].map((name) => ({
    name,
    kind: 'both',
    topics: ['one', 'two'],
    acks: -1,
    idempotent: true,
    pipeline: 4,
    think: 5,
    repeatsElsewhere: true,
    nearWrap: true,
  })),
  network: { baseDelay: 80, jitter: 400, stragglers: 9 },
  disk: { syncBase: 100, syncSpread: 900 },
  duration: 20_000,
  atlas: 'within',
  choices: [
    ...Array.from({ length: 20 }, (_, i) =>
      choice(`idle${i}`, 300 + i * 10, { type: 'reset', target: { broker: i % 5 } }),
    ),
    choice('crash', 700, CRASH),
    { name: 'late', when: { on: 'raft.elected', nth: 5, after: 30 }, act: { ...CRASH, down: 8 } },
    choice('clock', 900, {
      type: 'clock',
      target: { broker: 1 },
      clock: 'wall',
      jump: -5000,
      rate: 1100,
      lasts: 10,
    }),
  ],
  core: [0, 1, 2],
};

const VIOLATION: Violation = {
  property: 'Wanted',
  detail: '',
  event: 10,
  at: 3_000_000,
  node: null,
  phase: 'main',
};

/** A run that fails where `fails` says so; `idle...` choices have no effect. */
function world(
  fails: (scenario: Scenario) => string | null,
  phase: Violation['phase'] = 'main',
): Play & { runs: Scenario[] } {
  const runs: Scenario[] = [];
  const play: Play = (scenario) => {
    runs.push(scenario);
    const property = fails(scenario);
    const outcomes = new Map<string, Outcome>();
    for (const { name } of scenario.choices) {
      outcomes.set(name, name.startsWith('idle') ? null : { took: true, at: 1, node: 'broker2' });
    }
    const violation = property === null ? null : { ...VIOLATION, property, phase };
    return { violation, outcomes, events: 10, virtualSeconds: 3, hash: 'h' };
  };
  return Object.assign(play, { runs });
}

const has = (scenario: Scenario, ...names: string[]): boolean =>
  names.every((name) => scenario.choices.some((each) => each.name === name));

describe('shrinking', () => {
  test('leaves only what the failure needs, as simple as it can be', () => {
    const play = world((scenario) =>
      scenario.choices.filter(({ act }) => act.type === 'crash').length === 2 &&
      scenario.brokers >= 2
        ? 'Wanted'
        : null,
    );
    const { scenario, runs, complete, unmatched, before, after } = shrink(
      LARGE,
      [],
      VIOLATION,
      1000,
      { play },
    );
    expect(complete).toBe(true);
    expect(unmatched).toEqual([]);
    expect(runs).toBe(play.runs.length);
    expect(before.choices).toBe(23);
    expect(after).toEqual({
      choices: 2,
      brokers: 2,
      topics: 1,
      partitions: 1,
      clients: 1,
      configs: 0,
      duration: 3000,
    });
    const crash = { type: 'crash', target: { broker: 1 }, power: false, keeps: 'everything' };
    expect(scenario.choices).toEqual([
      { name: 'crash', when: { at: 0 }, act: { ...crash, down: 0 } },
      {
        name: 'crash-2',
        when: { on: 'raft.elected', nth: 1, after: 0 },
        act: { ...crash, down: 0 },
      },
    ]);
    expect(scenario.clients[0]).toMatchObject({ pipeline: 1, nearWrap: false, kind: 'producer' });
    expect(scenario.network).toEqual({ baseDelay: 80, jitter: 0, stragglers: 0 });
    expect(scenario.core).toBeUndefined();
  });

  test('never takes another property for the one that failed', () => {
    const play = world((scenario) => (has(scenario, 'clock') ? 'Wanted' : 'Other'));
    const { scenario, violation } = shrink(LARGE, [], VIOLATION, 1000, { play });
    expect(violation.property).toBe('Wanted');
    expect(scenario.choices.map(({ name }) => name)).toEqual(['clock']);
  });

  test('tries nothing that no artifact could hold', () => {
    const member = {
      name: 'm',
      isStatic: false,
      assignors: ['range'],
      sessionTimeout: 9000,
    } as const;
    const group = {
      name: 'g',
      topics: ['one'],
      order: 'process-first',
      members: [member],
    } as const;
    const times = { think: 1, heartbeat: 50, rebalanceTimeout: 300, unrest: 0, deletedEvery: 100 };
    const configs = { 'offsets.retention.minutes': '1' };
    const scenario: Scenario = { ...LARGE, configs, groups: [{ ...group, ...times }] };
    // Whoever expires its offsets must delete the group too: it is promised them otherwise.
    const play = world(({ groups }) => (groups?.length === 1 ? 'Wanted' : null));
    shrink(scenario, [], VIOLATION, 1000, { play });
    expect(play.runs.length).toBeGreaterThan(10);
    for (const run of play.runs) {
      expect(checkScenario(run, '')).toEqual(run);
    }
  });

  test('keeps a number above the bound below which nothing fails, and round', () => {
    const play = world((scenario) => {
      const crash = scenario.choices.find(({ name }) => name === 'crash');
      return crash?.act.type === 'crash' && crash.act.down >= 500 ? 'Wanted' : null;
    });
    const { scenario } = shrink(LARGE, [], VIOLATION, 1000, { play });
    expect(scenario.choices[0]!.act).toMatchObject({ down: 600 });
  });

  test('cuts the duration before anything else, so that runs become short', () => {
    const play = world((scenario) => (has(scenario, 'crash') ? 'Wanted' : null));
    shrink(LARGE, [], VIOLATION, 1000, { play });
    expect(play.runs[1]).toEqual({ ...LARGE, duration: 3000 });
    expect(play.runs[2]!.choices.map(({ name }) => name)).toEqual(['crash', 'late', 'clock']);
  });

  test('halves the time of the faults where the failure shows behind them', () => {
    const play = world((scenario) => (scenario.duration >= 4000 ? 'Wanted' : null), 'final');
    const violation: Violation = { ...VIOLATION, phase: 'final' };
    const { scenario } = shrink(LARGE, [], violation, 1000, { play });
    expect(scenario.duration).toBe(5000);
  });

  test('ends with its budget, and with an interruption, and says so', () => {
    const fails = (scenario: Scenario): string | null => (has(scenario, 'clock') ? 'Wanted' : null);
    const short = shrink(LARGE, [], VIOLATION, 5, { play: world(fails) });
    expect(short.runs).toBe(5);
    expect(short.complete).toBe(false);
    const fewEvents = shrink(LARGE, [], VIOLATION, 1000, { play: world(fails), events: 70 });
    expect(fewEvents.runs).toBe(7);
    let asked = 0;
    const stopped = shrink(LARGE, [], VIOLATION, 1000, {
      play: world(fails),
      interrupted: () => ++asked > 3,
    });
    expect(stopped.complete).toBe(false);
    expect(stopped.violation.property).toBe('Wanted');
  });

  test('names choices without effect that cannot be left out', () => {
    const play = world((scenario) => (has(scenario, 'idle3') ? 'Wanted' : null));
    const { scenario, unmatched } = shrink(LARGE, [], VIOLATION, 1000, { play });
    expect(scenario.choices.map(({ name }) => name)).toEqual(['idle3']);
    expect(unmatched).toEqual(['idle3']);
  });

  test('finds the same small scenario again', () => {
    const fails = (scenario: Scenario): string | null =>
      scenario.brokers > 2 && has(scenario, 'crash') ? 'Wanted' : null;
    const [first, second] = [1, 2].map(() =>
      shrink(LARGE, [], VIOLATION, 90, { play: world(fails) }),
    );
    expect(second).toEqual(first);
  });

  test('refuses what does not fail', () => {
    const play = world(() => 'Other');
    expect(() => shrink(LARGE, [], VIOLATION, 10, { play })).toThrow(NotReproducedError);
  });

  test('every smaller number is nearer to the least one, simplest first', () => {
    expect(fewer(1234, 0)).toEqual([0, 300, 610, 920, 1000, 1200, 1230]);
    expect(fewer(-5, 0)).toEqual([0, -1, -2, -3]);
    expect(fewer(3, 1)).toEqual([1, 2]);
    expect(fewer(1, 1)).toEqual([]);
  });

  test('sizes count every config', () => {
    expect(sizeOf(LARGE)).toMatchObject({ configs: 3, partitions: 6 });
  });
});

describe('shrinking a run of the simulator', () => {
  test('ends in a small scenario that shows the same property when it is run again', () => {
    const bugs = [findBug('ack-before-high-watermark')!];
    const scenario = generateScenario(2);
    const { violation } = run({ scenario, bugs });
    const small = shrink(scenario, bugs, violation!, 40);
    const again = run({ scenario: small.scenario, bugs });
    expect(again.violation).toEqual(small.violation);
    expect(again.hash).toBe(small.hash);
    expect(again.violation!.property).toBe(violation!.property);
    expect(small.scenario.choices).toEqual([]);
    expect(small.after.clients).toBe(1);
    expect(again.events).toBeLessThan(violation!.event);
    expect(run({ scenario: small.scenario, bugs: [], until: 'main' }).violation).toBeNull();
  });
});
