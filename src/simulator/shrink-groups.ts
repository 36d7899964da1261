/** How the consumer groups of a scenario can be made simpler. */

import type { GroupMemberPlan, GroupPlan, Scenario } from './scenario.js';
import type { Reduction } from './shrink-scenario.js';

/** For the groups that `scenario` has: what cuts most comes first. */
export function groupReductions({ groups = [] }: Scenario): Reduction[] {
  return [
    ...groups.map(({ name }) => onGroup(name, () => [null])),
    ...groups.flatMap(({ name, members }) =>
      members.map((member) => onGroup(name, (group) => withoutMember(group, member.name))),
    ),
    ...groups.map(({ name }) => onGroup(name, calmer)),
    ...groups.flatMap(({ name, members }) =>
      members.map((member) => onGroup(name, (group) => simplerMembers(group, member.name))),
    ),
  ];
}

/** The same without what only a group of `topic` needs. */
export function groupsWithoutTopic(scenario: Scenario, topic: string): Scenario {
  return withGroups(
    scenario,
    (scenario.groups ?? [])
      .map((group) => ({ ...group, topics: group.topics.filter((name) => name !== topic) }))
      .filter(({ topics }) => topics.length > 0),
  );
}

/** `simpler`: what may stand in the group's place; null: nothing. */
function onGroup(
  name: string,
  simpler: (group: GroupPlan) => readonly (GroupPlan | null)[],
): Reduction {
  return (scenario) => {
    const { groups = [] } = scenario;
    const group = groups.find((each) => each.name === name);
    return group === undefined
      ? []
      : simpler(group).map((instead) =>
          withGroups(
            scenario,
            groups.flatMap((each) => (each === group ? (instead ?? []) : each)),
          ),
        );
  };
}

function withGroups({ groups: _, ...rest }: Scenario, groups: readonly GroupPlan[]): Scenario {
  return groups.length === 0 ? rest : { ...rest, groups };
}

function withoutMember(group: GroupPlan, name: string): readonly GroupPlan[] {
  const members = group.members.filter((member) => member.name !== name);
  return members.length === 0 || members.length === group.members.length
    ? []
    : [{ ...group, members }];
}

function calmer(group: GroupPlan): readonly GroupPlan[] {
  const { unrest, order, deletedEvery, ...rest } = group;
  return [
    ...(deletedEvery === undefined ? [] : [{ ...rest, unrest, order }]),
    ...(unrest > 0 ? [{ ...group, unrest: 0 }] : []),
    ...(order === 'process-first' ? [] : [{ ...group, order: 'process-first' as const }]),
  ];
}

function simplerMembers(group: GroupPlan, name: string): readonly GroupPlan[] {
  const simpler = (member: GroupMemberPlan): GroupMemberPlan[] => [
    ...(member.isStatic ? [{ ...member, isStatic: false }] : []),
    // Its first choice may be what it has in common with the others: if not, the group cannot form.
    ...(member.assignors.length > 1 && shared(group, member.assignors[0]!)
      ? [{ ...member, assignors: [member.assignors[0]!] }]
      : []),
  ];
  const member = group.members.find((each) => each.name === name);
  return member === undefined
    ? []
    : simpler(member).map((instead) => ({
        ...group,
        members: group.members.map((each) => (each === member ? instead : each)),
      }));
}

function shared({ members }: GroupPlan, assignor: GroupMemberPlan['assignors'][number]): boolean {
  return members.every(({ assignors }) => assignors.includes(assignor));
}
