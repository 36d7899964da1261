/** Consumer groups in runs of whole brokers: what they do, and what their judges see from inside and from outside. */

import { describe, expect, test } from 'vitest';
import { findBug } from '../bugs/registry.js';
import { groupsProperties } from '../core/properties/coordinator/all.js';
import { present } from '../core/types/assert.js';
import type { TriggerEvent } from './events.js';
import { type RunOptions, type RunResult, run } from './run.js';
import type { Choice, GroupMemberPlan, GroupPlan, Scenario } from './scenario.js';
import { TEST_TOPIC, testClient, testScenario } from './test-scenario.js';

const MEMBER: GroupMemberPlan = {
  name: 'first',
  isStatic: false,
  assignors: ['range'],
  sessionTimeout: 600,
};

const GROUP: GroupPlan = {
  name: 'readers',
  topics: [TEST_TOPIC],
  order: 'process-first',
  members: [MEMBER, { ...MEMBER, name: 'second' }, { ...MEMBER, name: 'third', isStatic: true }],
  think: 10,
  heartbeat: 50,
  rebalanceTimeout: 300,
  unrest: 0,
};

function scenarioOf(changes: Partial<Scenario>, group: Partial<GroupPlan> = {}): Scenario {
  return testScenario({
    configs: {
      'offsets.topic.num.partitions': '1',
      'group.min.session.timeout.ms': '1',
      'group.initial.rebalance.delay.ms': '0',
    },
    topics: [{ name: TEST_TOPIC, partitions: 4, replicationFactor: 3, configs: {} }],
    clients: [testClient('client1', { think: 20 })],
    duration: 4000,
    groups: [{ ...GROUP, ...group }],
    ...changes,
  });
}

/** Rows of the history by `f` and `type`. */
function countsOf({ rows }: RunResult): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { f, type } of rows) {
    counts[`${f} ${type}`] = (counts[`${f} ${type}`] ?? 0) + 1;
  }
  return counts;
}

const coordinator = { role: 'leader', topic: '__consumer_offsets', partition: 0 } as const;

/** The coordinator's node is killed so many times. */
function failovers(count: number): Choice[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `crash${index}`,
    when: { at: 800 + 1500 * index },
    act: { type: 'crash', target: coordinator, power: false, keeps: 'everything', down: 700 },
  }));
}

describe('a consumer group in a run', () => {
  test('without faults forms once, and commits what it reads', () => {
    const result = run({ scenario: scenarioOf({}), bugs: [] });
    expect(result.violation).toBe(null);
    expect(result.verdict).toBe('valid');
    const counts = countsOf(result);
    expect(counts['commit ok']).toBeGreaterThan(50);
    expect(counts['commit fail']).toBeUndefined();
    expect(counts['crash info']).toBeUndefined();
    expect(counts['owned ok']).toBeLessThan(12);
    expect(counts['committed ok']).toBeGreaterThan(10);
    const [probe, known] = [result.probes.get('group.commit-answering'), counts['commit ok']!];
    // Healing counts, too; what is acknowledged before the faults begin is nothing.
    expect(probe).toBe(known);
  });

  test('lives through deaths of members and of coordinators', () => {
    const choices = failovers(3);
    let fenced = 0;
    for (const order of ['process-first', 'commit-first'] as const) {
      const scenario = scenarioOf({ duration: 6000, choices }, { order, unrest: 20 });
      const result = run({ scenario, bugs: [] });
      expect(result.violation).toBe(null);
      expect(countsOf(result)['crash info']).toBeGreaterThan(3);
      expect(result.probes.get('group.loaded')).toBeGreaterThan(2);
      fenced += result.probes.get('group.commit-fenced') ?? 0;
    }
    expect(fenced).toBeGreaterThan(0);
  });

  test('is the same run for the same scenario', () => {
    const scenario = scenarioOf({ duration: 1500, choices: failovers(1) }, { unrest: 20 });
    const hashes = [scenario, scenario, { ...scenario, seed: 8 }].map(
      (each) => run({ scenario: each, bugs: [] }).hash,
    );
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  test('that gets nothing done under faults proves nothing', () => {
    const configs = { 'group.initial.rebalance.delay.ms': '300' };
    const scenario = scenarioOf({ duration: 250, clients: [testClient('client1', { think: 1 })] });
    const slow = { ...scenario, configs: { ...scenario.configs, ...configs } };
    const result = run({ scenario: slow, bugs: [] });
    expect(result.violation).toBe(null);
    expect(result.history?.acknowledged).toBeGreaterThan(50);
    expect(result.verdict).toBe('inconclusive');
  });
});

describe('a deed that is tied to a coordinator', () => {
  const killed = (on: TriggerEvent): Choice => ({
    name: 'kill',
    when: { on, nth: 4, after: 0, from: 500 },
    act: { type: 'crash', target: { role: 'subject' }, power: false, keeps: 'nothing', down: 600 },
  });

  test.each([
    ['group.commit-appended', 'commit'],
    ['group.commit-answering', 'commit'],
  ] as const)('%s: the member never hears what became of it', (on, f) => {
    const result = run({ scenario: scenarioOf({ choices: [killed(on)] }), bugs: [] });
    const outcome = result.outcomes.get('kill');
    expect([result.violation, outcome?.took]).toEqual([null, true]);
    const at = outcome?.took === true ? outcome.at * 1000 : 0;
    const rows = result.rows.filter((row) => row.f === f);
    const asked = rows.findLast(({ type, time }) => type === 'invoke' && time <= at);
    const answer = rows.find(
      ({ process, type, index }) =>
        process === asked?.process && type !== 'invoke' && index > asked.index,
    );
    expect(answer?.type).toBe('info');
  });

  test.each([
    'group.join-completing',
    'group.join-completed',
    'group.assignment-appended',
    'group.assignment-answering',
    'group.loaded',
    'group.static-id-appended',
  ] as const)('%s: the group goes on at the next coordinator', (on) => {
    const { when, ...kill } = killed(on);
    const choices: Choice[] = [
      { ...kill, when: { ...when, nth: 1 } },
      // So that somebody joins, and a coordinator loads.
      { ...failovers(1)[0]!, when: { at: 900 } },
    ];
    const result = run({ scenario: scenarioOf({ choices }, { unrest: 30 }), bugs: [] });
    expect([result.violation, result.outcomes.get('kill')?.took]).toEqual([null, true]);
    expect(result.probes.get('group.loaded')).toBeGreaterThan(0);
  });
});

describe('a group that an operator deletes when it is empty', () => {
  const passing = { members: [MEMBER], unrest: 8, deletedEvery: 30 };

  test('is deleted, and forms anew; the history has nothing of it', () => {
    const scenario = scenarioOf({ duration: 5000, choices: failovers(1) }, passing);
    const result = run({ scenario, bugs: [] });
    expect([result.violation, result.verdict]).toEqual([null, 'valid']);
    expect(result.probes.get('group.deletion-appended')).toBeGreaterThan(1);
    expect(countsOf(result)['commit ok']).toBeUndefined();
  });

  test('keeps what it consumes, though a wall clock is beyond the retention', () => {
    const jump: Choice = {
      name: 'jump',
      when: { at: 1500 },
      act: {
        type: 'clock',
        target: coordinator,
        clock: 'wall',
        jump: 90_000,
        rate: 1000,
        lasts: 1500,
      },
    };
    const retention = {
      'offsets.retention.minutes': '1',
      'offsets.retention.check.interval.ms': '100',
    };
    const { configs } = scenarioOf({});
    const changes = { configs: { ...configs, ...retention }, choices: [jump] };
    expect(run({ scenario: scenarioOf(changes, passing), bugs: [] }).violation).toBe(null);
    expect(violationOf('offsets-expire-under-consumer', changes, passing)).toBe(
      'ConsumedOffsetsStay',
    );
  });

  test('is not deleted under its members, nor without its offsets', () => {
    // The coordinator itself may stumble over what is left of it first.
    expect(violationOf('group-deleted-under-members', {}, passing)).toMatch(
      /^(DeletedGroupWasEmpty|AssertionHolds)$/,
    );
    expect(violationOf('deleted-group-keeps-offsets', {}, passing)).toBe(
      'DeletedGroupLeavesNothing',
    );
  });
});

function violationOf(
  bug: string,
  { ignoring, ...changes }: Partial<Scenario> & Pick<RunOptions, 'ignoring'> = {},
  group: Partial<GroupPlan> = {},
): string | undefined {
  const scenario = scenarioOf({ duration: 6000, choices: failovers(3), ...changes }, group);
  const bugs = [present(findBug(bug), 'a bug of the zoo')];
  return run({ scenario, bugs, ...(ignoring === undefined ? {} : { ignoring }) }).violation
    ?.property;
}

describe('the judges of groups', () => {
  test('see from inside what a coordinator must not do', () => {
    expect(violationOf('answer-before-commit')).toBe('OneOwnerPerGeneration');
    expect(violationOf('served-before-loaded')).toBe('PendingEqualsCommitted');
    expect(violationOf('generation-forgotten')).toBe('StableGroupIsLogged');
    expect(violationOf('generation-reused')).toBe('OneOwnerPerGeneration');
  });

  test('see from outside what clients could hold against it', () => {
    const ignoring = new Set(groupsProperties.map(({ name }) => name));
    const lively = { unrest: 15 };
    expect(violationOf('served-before-loaded', { ignoring })).toBe('double-ownership');
    expect(violationOf('generation-reused', { ignoring }, lively)).toBe('double-ownership');
    expect(violationOf('commit-from-anyone', { ignoring, seed: 1, choices: [] }, lively)).toBe(
      'zombie-commit',
    );
  });

  test('see a group that never forms', () => {
    const never = {
      name: 'nobody-is-current',
      title: '',
      source: '',
      violates: [],
      groups: { acceptGeneration: () => false },
    };
    const { violation } = run({ scenario: scenarioOf({ duration: 500 }), bugs: [never] });
    expect(violation?.property).toBe('GroupConverges');
    expect(violation?.detail).toMatch('is not in the group');
  });
});
