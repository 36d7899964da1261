/** What may be deleted of a group, and what must be gone then. */

import { expect, test } from 'vitest';
import { initialGroups } from '../../coordinator/groups.js';
import type {
  Group,
  GroupsEffect,
  GroupsInput,
  GroupsState,
  OffsetsRecord,
} from '../../coordinator/types.js';
import { consumedOffsetsStay } from './consumed-offsets-stay.js';
import { deletedGroupLeavesNothing } from './deleted-group-leaves-nothing.js';
import { deletedGroupWasEmpty } from './deleted-group-was-empty.js';
import { type GroupsGhost, observeGroups, startGroupsGhost } from './ghost.js';
import type { GroupsProperty } from './property.js';

/** Literals of plain values, as the types that they stand for. */
const as = <T>(value: unknown): T => value as T;

/** Group g, its members subscribed to `topics`: none, no members. */
function state(...topics: string[]): GroupsState {
  const members = topics.map((topic) => {
    const metadata = new TextEncoder().encode(`\0\0\0\0\0\0${topic}`);
    return [`member ${topic}`, { protocols: [{ name: 'range', metadata }] }] as const;
  });
  const built = initialGroups();
  built.groups.set('g', as<Group>({ protocol: 'range', members: new Map(members) }));
  return built;
}

function offset(topic: string, value: number | null): OffsetsRecord {
  const position = value === null ? null : { offset: value };
  return as({ type: 'OffsetCommit', group: 'g', topic, partition: 0, value: position });
}

const append = (base: number, ...records: OffsetsRecord[]): GroupsEffect =>
  as({ type: 'append', epoch: 1, base, records });
const DELETE: GroupsInput = as({ type: 'deleteGroup', token: 1, request: { groupId: 'g' } });
const DELETED: GroupsEffect = as({
  type: 'respond',
  token: 1,
  response: { type: 'deleteGroup', errorCode: 0 },
});
const EXPIRY: GroupsInput = as({ type: 'timerFired', name: 'expiry', key: '' });

function judge(
  property: GroupsProperty,
  before: GroupsState,
  input: GroupsInput,
  effects: readonly GroupsEffect[],
  ghost: GroupsGhost = startGroupsGhost(),
): string | null {
  const step = { node: 'a', before, input, effects, after: before };
  observeGroups(ghost, step);
  return property.violation(step, ghost);
}

const committed = (base: number, ...records: OffsetsRecord[]): GroupsInput =>
  as({ type: 'committed', base, records, upTo: base + records.length - 1 });

test('DeletedGroupWasEmpty', () => {
  const deletion = append(5, offset('t', null));
  expect(judge(deletedGroupWasEmpty, state(), DELETE, [deletion])).toBe(null);
  expect(judge(deletedGroupWasEmpty, state('t'), DELETE, [])).toBe(null);
  expect(judge(deletedGroupWasEmpty, state('t'), DELETE, [deletion])).toMatch('with 1 members');
});

test('DeletedGroupLeavesNothing', () => {
  const acknowledged = (...tombstones: OffsetsRecord[]): string | null => {
    const ghost = startGroupsGhost();
    const groups = state();
    judge(
      deletedGroupLeavesNothing,
      groups,
      committed(0, offset('t', 3), offset('u', 4)),
      [],
      ghost,
    );
    judge(deletedGroupLeavesNothing, groups, DELETE, [append(5, ...tombstones)], ghost);
    return judge(deletedGroupLeavesNothing, groups, committed(5, ...tombstones), [DELETED], ghost);
  };
  expect(acknowledged(offset('t', null), offset('u', null))).toBe(null);
  expect(acknowledged(offset('u', null))).toMatch('["g","t",0] still has an offset');
});

test('ConsumedOffsetsStay', () => {
  const expired = append(5, offset('t', null));
  expect(judge(consumedOffsetsStay, state(), EXPIRY, [expired])).toBe(null);
  expect(judge(consumedOffsetsStay, state('u'), EXPIRY, [expired])).toBe(null);
  expect(judge(consumedOffsetsStay, state('u', 't'), EXPIRY, [expired])).toMatch('consumes t');
  const request = as<GroupsInput>({ type: 'offsetDelete', token: 1, request: { groupId: 'g' } });
  expect(judge(consumedOffsetsStay, state('t'), request, [expired])).toMatch('consumes t');
});
