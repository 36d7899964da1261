/** What a coordinator has decided is what its successor finds, byte for byte through the log (O-LAST, G-STATIC). */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeOffsetsBatches, encodeOffsetsBatch } from '../src/broker/offsets-wire.js';
import { metadataUnder, sortedMembers } from '../src/core/coordinator/group.js';
import { initialGroups, stepGroups } from '../src/core/coordinator/groups.js';
import { createGroupRules } from '../src/core/coordinator/rules.js';
import { encodeOffsetsPartition } from '../src/core/coordinator/state.js';
import type { Group, GroupsState, OffsetsRecord } from '../src/core/coordinator/types.js';
import type { LeaderEpoch, Offset, Timestamp } from '../src/core/types/ids.js';
import {
  commit,
  type Happening,
  happen,
  OPERATIONS,
  settle,
  startWorld,
  type World,
} from './groups-world.js';

const stories: fc.Arbitrary<Happening[]> = fc.array(
  fc.record({
    op: fc.oneof(
      fc.constantFrom(...OPERATIONS),
      fc.constantFrom('act' as const, 'commit' as const),
    ),
    x: fc.nat(119),
    y: fc.nat(839),
  }),
  { minLength: 40, maxLength: 160, size: 'max' },
);
const rules = createGroupRules();

interface Stored {
  readonly offset: number;
  readonly record: OffsetsRecord;
}

/** What happened, all of it committed in the end. */
function lived(story: readonly Happening[]): World {
  const world = startWorld();
  for (const happening of story) {
    happen(world, happening);
  }
  if (story.length % 4 > 0) {
    settle(world);
  }
  commit(world, world.log.length);
  expect(world.violations).toEqual([]);
  return world;
}

/** Into bytes, in batches of `sizes`, and back. */
function throughBytes(records: readonly OffsetsRecord[], sizes: readonly number[]): Stored[] {
  const read: Stored[] = [];
  let at = 0;
  for (let batch = 0; at < records.length; batch++) {
    const some = records.slice(at, at + (sizes[batch % sizes.length] ?? 1));
    const bytes = encodeOffsetsBatch(some, at, 3 as LeaderEpoch, 7 as Timestamp);
    read.push(...decodeOffsetsBatches(bytes, (_codec, packed) => packed));
    bytes.fill(0xee);
    at += some.length;
  }
  return read;
}

/** A replica that leads over this log, as far as it is there. */
function loaded(stored: readonly Stored[], end: number): GroupsState {
  const state = initialGroups();
  stepGroups(
    state,
    { type: 'activate', epoch: 9 as LeaderEpoch, loadUpTo: end as Offset },
    [],
    rules,
  );
  for (const { offset, record } of stored) {
    stepGroups(
      state,
      { type: 'committed', base: offset, records: [record], upTo: offset },
      [],
      rules,
    );
  }
  if (end > 0) {
    stepGroups(state, { type: 'committed', base: end - 1, records: [], upTo: end - 1 }, [], rules);
  }
  expect(state.decider.active).not.toBeNull();
  return state;
}

/** What a group is, without what is on its way or known of protocols that it does not use. */
function essence(group: Group): object {
  const { state, generation, protocolType, protocol, leader } = group;
  return {
    ...{ state, generation, protocolType, protocol, leader },
    seats: [...group.staticMembers].sort(),
    members: sortedMembers(group).map((member) => ({
      memberId: member.memberId,
      instance: member.groupInstanceId,
      client: [member.clientId, member.clientHost],
      timeouts: [member.sessionTimeoutMs, member.rebalanceTimeoutMs],
      metadata: [...metadataUnder(member, protocol)],
      assignment: [...member.assignment],
    })),
  };
}

/** Records of any shape; with a retention of their own they are of old clients, which know no leader epoch. */
const anyRecord: fc.Arbitrary<OffsetsRecord> = fc
  .record({
    kind: fc.nat(5),
    group: fc.constantFrom('g', 'h', 'gruppe-\u00e4'),
    partition: fc.nat(3),
    a: fc.nat(2 ** 31 - 1),
    b: fc.nat(1_000),
    bytes: fc.uint8Array({ maxLength: 5 }),
    text: fc.constantFrom('', 'x', 'caf\u00e9'),
  })
  .map(({ kind, group, partition, a, b, bytes, text }): OffsetsRecord => {
    const offsets = { type: 'OffsetCommit', group, topic: 't', partition } as const;
    const expires = b % 3 === 0;
    const value = {
      offset: a,
      leaderEpoch: expires ? -1 : b,
      metadata: text,
      commitTimestamp: a,
      expireTimestamp: expires ? b : -1,
    };
    const member = {
      memberId: `m${b}`,
      groupInstanceId: b % 2 === 0 ? null : text,
      clientId: text,
      clientHost: '/h',
      rebalanceTimeout: a,
      sessionTimeout: b,
      subscription: bytes,
      assignment: bytes,
    };
    const generation = {
      protocolType: 'consumer',
      generation: 1 + b,
      protocol: b % 4 === 0 ? null : text,
      leader: b % 4 === 0 ? null : member.memberId,
      currentStateTimestamp: a,
      members: b % 4 === 0 ? [] : [member],
    };
    const record = [
      { ...offsets, value: null },
      { type: 'GroupMetadata', group, value: null },
      { type: 'GroupMetadata', group, value: generation },
    ][kind] ?? { ...offsets, value };
    return record as unknown as OffsetsRecord;
  });
const anyLog = fc.array(anyRecord, { minLength: 1, maxLength: 80, size: 'max' });

describe('a coordinator that takes over', () => {
  test('finds each group that was stable or empty as it was', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        stories,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (story, sizes) => {
          const world = lived(story);
          const before = world.nodes[world.leader].state;
          const after = loaded(throughBytes(world.log, sizes), world.log.length);
          for (const [id, group] of before.groups) {
            if (group.state === 'Stable' || (group.state === 'Empty' && group.generation > 0)) {
              expect(essence(after.groups.get(id) as Group)).toEqual(essence(group));
              compared++;
            }
          }
          expect(encodeOffsetsPartition(after.decider.committed)).toEqual(
            encodeOffsetsPartition(before.decider.committed),
          );
          // Each member is expected to beat, and nobody else.
          const sessions = [...after.timers].filter((armed) => armed.startsWith('session '));
          const members = [...after.groups.values()].reduce(
            (sum, { members: all }) => sum + all.size,
            0,
          );
          expect(sessions).toHaveLength(members);
        },
      ),
      { numRuns: 300, seed: 41 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  test('finds the same whatever was compacted, tombstones and what they delete among it', () => {
    let dropped = 0;
    fc.assert(
      fc.property(anyLog, fc.array(fc.boolean(), { minLength: 1 }), (log, draws) => {
        const all = throughBytes(log, [3]);
        const newest = new Map(all.map((stored) => [keyOf(stored.record), stored.offset]));
        const left = all.filter(({ offset, record }, at) => {
          // Of a key that is clean only the newest record is left, and no tombstone; else some of the older ones.
          const isClean = draws[keyOf(record).length % draws.length] === true;
          const isNewest = newest.get(keyOf(record)) === offset;
          return isNewest ? !isClean || record.value !== null : !isClean && at % 2 === 0;
        });
        dropped += all.length - left.length;
        const whole = loaded(all, log.length).decider.committed;
        expect(encodeOffsetsPartition(loaded(left, log.length).decider.committed)).toEqual(
          encodeOffsetsPartition(whole),
        );
      }),
      { numRuns: 150, seed: 42 },
    );
    expect(dropped).toBeGreaterThan(1_000);
  });

  test('reads every field of every record back', () => {
    fc.assert(
      fc.property(
        anyLog,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (log, sizes) => {
          expect(throughBytes(log, sizes)).toEqual(
            log.map((record, offset) => ({ offset, record })),
          );
        },
      ),
      { numRuns: 200, seed: 43 },
    );
  });
});

function keyOf(record: OffsetsRecord): string {
  return record.type === 'GroupMetadata'
    ? JSON.stringify([record.group])
    : JSON.stringify([record.group, record.topic, record.partition]);
}
