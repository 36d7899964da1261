import { describe, expect, test } from 'vitest';
import type { GroupPlan, Scenario } from './scenario.js';
import { groupReductions, groupsWithoutTopic } from './shrink-groups.js';
import { scenarioReductions } from './shrink-scenario.js';
import { TEST_TOPIC, testScenario } from './test-scenario.js';

const GROUP: GroupPlan = {
  name: 'readers',
  topics: [TEST_TOPIC, 'other'],
  order: 'commit-first',
  members: [
    { name: 'a', isStatic: true, assignors: ['range', 'roundrobin'], sessionTimeout: 500 },
    { name: 'b', isStatic: false, assignors: ['roundrobin', 'range'], sessionTimeout: 500 },
  ],
  think: 10,
  heartbeat: 50,
  rebalanceTimeout: 300,
  unrest: 40,
  deletedEvery: 100,
};

const LARGE = testScenario({ groups: [GROUP, { ...GROUP, name: 'workers' }] });

/** All that one reduction makes of the scenario, as groups. */
function offered(scenario: Scenario): (readonly GroupPlan[])[] {
  return groupReductions(scenario).flatMap((reduce) =>
    reduce(scenario, new Map()).map(({ groups = [] }) => groups),
  );
}

/** The first simpler scenario again and again, as long as there is one that `keeps` what is needed. */
function smallest(scenario: Scenario, keeps: (groups: readonly GroupPlan[]) => boolean): Scenario {
  const next = groupReductions(scenario)
    .flatMap((reduce) => reduce(scenario, new Map()))
    .find(({ groups = [] }) => keeps(groups));
  return next === undefined ? scenario : smallest(next, keeps);
}

describe('groups are made simpler', () => {
  test('one after the other is left out, and then the field', () => {
    expect(offered(LARGE)[0]!.map(({ name }) => name)).toEqual(['workers']);
    expect('groups' in smallest(LARGE, () => true)).toBe(false);
    expect(groupReductions(testScenario())).toEqual([]);
  });

  test('down to one plain member that nothing happens to', () => {
    const { groups } = smallest(LARGE, ({ length }) => length === 1);
    expect(groups).toEqual([
      {
        name: 'workers',
        topics: GROUP.topics,
        order: 'process-first',
        members: [{ name: 'b', isStatic: false, assignors: ['roundrobin'], sessionTimeout: 500 }],
        think: 10,
        heartbeat: 50,
        rebalanceTimeout: 300,
        unrest: 0,
      },
    ]);
  });

  test('members keep a protocol in common', () => {
    const { groups = [] } = smallest(LARGE, ([group, other]) => {
      return other === undefined && group?.members.length === 2;
    });
    expect(groups[0]!.members.map(({ assignors }) => assignors)).toEqual([
      ['range'],
      ['roundrobin', 'range'],
    ]);
  });

  test('a topic that goes takes along the groups that have no other', () => {
    const without = groupsWithoutTopic(LARGE, 'other');
    expect(without.groups?.map(({ topics }) => topics)).toEqual([[TEST_TOPIC], [TEST_TOPIC]]);
    expect('groups' in groupsWithoutTopic(without, TEST_TOPIC)).toBe(false);
  });

  test('what admits their short sessions stays as long as they do', () => {
    const key = 'group.min.session.timeout.ms';
    const without = (scenario: Scenario) =>
      scenarioReductions(scenario)
        .flatMap((reduce) => reduce(scenario, new Map()))
        .filter(({ configs }) => !(key in configs));
    const { groups, ...plain } = testScenario({ groups: [GROUP], configs: { [key]: '1' } });
    expect(without({ ...plain, groups: groups! })).toEqual([]);
    expect(without(plain)).toHaveLength(1);
  });
});
