import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coordinatorBugs } from '../src/bugs/coordinator.js';
import type { GroupRules } from '../src/core/coordinator/rules.js';
import { cloneGroups, encodeGroups, equalGroups } from '../src/core/coordinator/state.js';
import {
  type Happening,
  happen,
  OPERATIONS,
  PARTITIONS,
  settle,
  startWorld,
  TOPIC,
  type World,
} from './groups-world.js';

const happenings = (length: number): fc.Arbitrary<Happening[]> =>
  fc.array(
    fc.record({
      op: fc.constantFrom(...OPERATIONS),
      x: fc.nat(119),
      y: fc.nat(839),
    }),
    { minLength: length / 2, maxLength: length, size: 'max' },
  );

function run(story: readonly Happening[], wrong: Partial<GroupRules> = {}, maxSize = 100): World {
  const world = startWorld(wrong, { maxSize });
  for (const happening of story) {
    happen(world, happening);
    if (world.violations.length > 0) {
      break;
    }
  }
  return world;
}

describe('consumer groups against their properties', () => {
  test('hold through joins, failovers, lies and timers in any order', () => {
    fc.assert(
      fc.property(happenings(120), (story) => {
        expect(run(story).violations).toEqual([]);
      }),
      { numRuns: 800, seed: 20 },
    );
  });

  test('hold in a group that is full', () => {
    fc.assert(
      fc.property(happenings(80), (story) => {
        expect(run(story, {}, 2).violations).toEqual([]);
      }),
      { numRuns: 100, seed: 81 },
    );
  });

  test('settle: every group becomes stable with the assignment of one leader', () => {
    fc.assert(
      fc.property(happenings(80), (story) => {
        const world = run(story);
        expect(settle(world)).toBe(true);
        expect(world.violations).toEqual([]);
        expectStable(world, 'g');
        expectStable(world, 'h');
        expectOffsets(world);
      }),
      { numRuns: 300, seed: 21 },
    );
  });
});

function expectStable(world: World, groupId: string): void {
  const group = world.nodes[world.leader].state.groups.get(groupId);
  const clients = world.clients.filter((client) => client.group === groupId);
  expect(group?.state).toBe('Stable');
  expect([...(group?.members.keys() ?? [])].sort()).toEqual(
    clients.map((client) => client.memberId).sort(),
  );
  expect(new Set(clients.map((client) => client.generation))).toEqual(new Set([group?.generation]));
  // Dealer and generation are the same for all; the partitions are split without rest.
  expect(new Set(clients.map(({ assignment }) => assignment.slice(0, 2).join())).size).toBe(1);
  const owned = clients.flatMap(({ assignment }) => assignment.slice(2)).sort();
  expect(owned).toEqual(Array.from({ length: PARTITIONS }, (_, p) => p));
}

/** Every offset is the last one in the log, and no acknowledged one is missing from it. */
function expectOffsets(world: World): void {
  const last = new Map<string, number>();
  for (const record of world.log) {
    if (record.type === 'OffsetCommit' && record.value !== null) {
      last.set(`${record.group} ${record.partition}`, record.value.offset);
    } else if (record.type === 'OffsetCommit') {
      last.delete(`${record.group} ${record.partition}`);
    }
  }
  const { committed } = world.nodes[world.leader].state.decider;
  const held = new Map<string, number>();
  for (const [group, offsets] of committed.offsets) {
    for (const { topic, partition, value } of offsets.values()) {
      expect(topic).toBe(TOPIC);
      held.set(`${group} ${partition}`, value.offset);
    }
  }
  expect(held).toEqual(last);
  const inLog = new Set(
    world.log.map((record) => (record.type === 'OffsetCommit' ? record.value?.offset : undefined)),
  );
  for (const [token, response] of world.answers) {
    const asked = world.ghost.asked.get(token)?.input;
    if (response.type === 'offsetCommit' && asked?.type === 'offsetCommit') {
      const acknowledged = response.topics[0]?.partitions[0]?.errorCode === 0;
      const offset = asked.request.topics[0]?.partitions[0]?.committedOffset;
      expect(acknowledged && !inLog.has(offset)).toBe(false);
    }
  }
}

test('the world is not tame: every error, timer and state is met', () => {
  const seen = new Set<string>();
  for (const story of fc.sample(happenings(120), { numRuns: 600, seed: 22 })) {
    for (const what of run(story).seen.keys()) {
      seen.add(what);
    }
  }
  for (const what of [
    ...[0, 14, 16, 25, 27, 79, 82].map((error) => `joinGroup ${error}`),
    ...[0, 15, 16, 22, 25, 27, 82].map((error) => `syncGroup ${error}`),
    ...[0, 16, 22, 25, 27, 82].map((error) => `heartbeat ${error}`),
    'leaveGroup 0',
    'offsetFetch 14',
    ...[0, 14, 16].map((error) => `describeGroup ${error}`),
    ...[0, 15, 16, 68, 69].map((error) => `deleteGroup ${error}`),
    ...[0, 16, 69].map((error) => `offsetDelete ${error}`),
    ...[
      'session',
      'pendingMember',
      'initialDelay',
      'rebalance',
      'sync',
      'store',
      'commit',
      'expiry',
    ].map((timer) => `fired ${timer}`),
  ]) {
    expect(seen, what).toContain(what);
  }
});

describe('the zoo of the coordinator is found', () => {
  const stories = fc.sample(happenings(160), { numRuns: 600, seed: 23 });
  test('the same stories are clean without a bug', () => {
    expect(stories.flatMap((story) => run(story).violations)).toEqual([]);
  });
  for (const bug of coordinatorBugs) {
    // Assertions fail in whole brokers only: a step that fails one would end the story here.
    const broken = bug.violates.filter((name) => name !== 'AssertionHolds');
    test(`${bug.name} breaks ${broken[0]}`, () => {
      expect(broken.length).toBeGreaterThan(0);
      const found = new Set<string>();
      for (const story of stories) {
        const [violation] = run(story, bug.groups).violations;
        if (violation !== undefined) {
          found.add(violation.split(':')[0] ?? '');
          if (broken.every((name) => found.has(name))) {
            break;
          }
        }
      }
      expect([...found]).toEqual(expect.arrayContaining(broken));
    });
  }
});

describe('the state of a coordinator', () => {
  test('a clone is equal and stays as it is when the original goes on', () => {
    fc.assert(
      fc.property(happenings(60), happenings(10), (story, more) => {
        const world = run(story);
        const { state } = world.nodes[world.leader];
        const clone = cloneGroups(state);
        expect(clone).toEqual(state);
        expect(equalGroups(clone, state)).toBe(true);
        const bytes = encodeGroups(clone);
        for (const happening of more) {
          happen(world, happening);
        }
        expect(encodeGroups(clone)).toEqual(bytes);
      }),
      { numRuns: 100, seed: 24 },
    );
  });

  test('every field is in the bytes', () => {
    for (const story of fc.sample(happenings(60), { numRuns: 60, seed: 25 })) {
      const world = run(story);
      const { state } = world.nodes[world.leader];
      const bytes = encodeGroups(state).join();
      const untouched = leaves(state).filter((leaf) => {
        leaf.disturb();
        const same = encodeGroups(state).join() === bytes;
        leaf.restore();
        return same;
      });
      expect(untouched.map((leaf) => leaf.path)).toEqual([]);
    }
  });
});

interface Leaf {
  readonly path: string;
  disturb(): void;
  restore(): void;
}

/** Every primitive in plain data, each with a way to change it and back. */
function leaves(value: unknown, path = ''): Leaf[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, each]) => leaves(each, `${path}/${key}`));
  }
  if (value instanceof Set) {
    const probe = 'a disturbance';
    return [
      { path, disturb: () => value.add(probe), restore: () => value.delete(probe) },
    ] as Leaf[];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => {
    const inner = holder[name];
    const at = `${path}/${name}`;
    // A tag says which fields its holder has, so it cannot change alone.
    if (name === 'type') {
      return [];
    }
    if (typeof inner === 'object' && inner !== null) {
      return leaves(inner, at);
    }
    const set = (to: unknown): void => {
      holder[name] = to;
    };
    return [{ path: at, disturb: () => set(disturbed(inner, name)), restore: () => set(inner) }];
  });
}

function disturbed(value: unknown, name: string): unknown {
  switch (typeof value) {
    case 'number':
      return value === 255 ? 0 : value + 1;
    case 'boolean':
      return !value;
    case 'string':
      return `${value}?`;
    default:
      return NULLABLE[name] ?? 'some text';
  }
}

/** What may stand where null stands now, unless it is a text. */
const NULLABLE: Readonly<Record<string, unknown>> = {
  active: {
    term: 1,
    pending: { groups: new Map(), offsets: new Map() },
    pendingOffset: 1,
    waiters: [],
  },
  leadership: { epoch: 1, loadUpTo: 1 },
  initialDelay: { delayMs: 1, remainingMs: 1, memberAdded: false },
  join: { token: 1, apiVersion: 1 },
  sync: { token: 1, apiVersion: 1 },
};
