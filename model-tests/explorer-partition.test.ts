/**
 * The explored world of a partition and its controller: its encodings lose nothing, what it remembers changes
 * nothing, its counts are known, planted bugs are found, and who is called what matters.
 */

import { describe, expect, test } from 'vitest';
import { findBug } from '../src/bugs/registry.js';
import { equalControllerStates } from '../src/core/metadata/controller.js';
import { equalPartitions } from '../src/core/partition/state.js';
import { explore, follow } from '../src/explorer/explore.js';
import { readBroker, writeBroker } from '../src/explorer/partition/broker-codec.js';
import {
  readController,
  readVersion,
  writeController,
  writeVersion,
} from '../src/explorer/partition/controller-codec.js';
import { readGhost, writeGhost } from '../src/explorer/partition/ghost-codec.js';
import { readPacket, writePacket } from '../src/explorer/partition/packets.js';
import type { PartitionScope } from '../src/explorer/partition/scope.js';
import { PartitionWorld } from '../src/explorer/partition/world.js';
import { roundTrip } from './explorer-kit.js';

const QUIET: PartitionScope = {
  name: 'quiet',
  title: 'one leader, one record',
  replicas: 2,
  minIsr: 1,
  leaderEpochs: 0,
  partitionEpochs: 2,
  messages: 2,
  behind: 1,
  records: 1,
};
const FAILOVER: PartitionScope = {
  ...QUIET,
  name: 'failover',
  leaderEpochs: 1,
  leaderRecords: 1,
  fences: 1,
};
/** Small ones in which, together, everything that a scope may have takes part. */
const VARIED: readonly PartitionScope[] = [
  FAILOVER,
  { ...FAILOVER, name: 'idempotent', records: 2, retries: 1, idempotent: true },
  { ...FAILOVER, name: 'readers', reads: 1, deletions: 1, slowAppends: true },
  { ...FAILOVER, name: 'ends', crashes: 1, powerLosses: 1, stops: 1, shutdowns: 1, minIsr: 2 },
  { ...FAILOVER, name: 'requests', drops: 1, timeouts: 1, refusals: 1, preferred: 1 },
  { ...FAILOVER, name: 'unclean', unclean: true, uncleanAsked: 1, fences: 2, leaderEpochs: 3 },
  { ...FAILOVER, name: 'move', spares: 1, moves: 2 },
  { ...FAILOVER, name: 'three', replicas: 3, batchesPerFetch: 1, records: 2 },
];
const SOME = { maximumStates: 30_000 };

describe('what a state is made of', () => {
  test.each(VARIED)('$name: parts are written down without loss, and differently', (scope) => {
    const world = new PartitionWorld(scope);
    expect(explore(world, SOME).violation).toBeNull();
    const { machines, judges } = world;
    const same = (one: unknown, other: unknown): void => expect(other).toEqual(one);
    roundTrip(
      machines.brokers.all,
      1,
      writeBroker,
      (reader) => readBroker(reader, scope.minIsr),
      ({ replica, ...rest }, { replica: copy, ...others }) => {
        expect(others).toEqual(rest);
        // The core's own comparison: a field that is added to a replica's state is missed here.
        expect(copy === null).toBe(replica === null);
        expect(replica === null || equalPartitions(replica, copy!)).toBe(true);
      },
    );
    const [base] = machines.controllers.all;
    roundTrip(
      machines.controllers.all,
      1,
      writeController,
      (reader) => readController(reader, base!),
      ({ state, ...rest }, { state: copy, ...others }) => {
        expect(others).toEqual(rest);
        expect(equalControllerStates(state, copy)).toBe(true);
      },
    );
    roundTrip(machines.versions, 1, writeVersion, readVersion, same);
    roundTrip(machines.packets, 1, writePacket, readPacket, same);
    roundTrip(judges.ghosts.all, 1, writeGhost, readGhost, same);
  });

  test.each(VARIED)('$name: an encoded state is the state again', (scope) => {
    const world = new PartitionWorld(scope);
    const bytes = new Uint8Array(world.maximumBytes);
    let seen = 0;
    let state = world.initial();
    for (let depth = 0; depth < 40; depth++) {
      const following: (typeof state)[] = [];
      world.successors(state, (successor) => {
        const end = world.encode(successor, bytes, 0);
        const copy = world.decode(bytes, 0, end);
        expect(copy).toEqual(successor);
        following.push(copy);
      });
      seen += following.length;
      state = following[(7 * depth) % following.length] ?? world.initial();
    }
    expect(seen).toBeGreaterThan(50);
  });
});

describe('the search', () => {
  test('counts what is counted here: a change of a rule, of the world or of the judge moves it', () => {
    expect(explore(new PartitionWorld(QUIET), SOME)).toMatchObject({
      ended: 'complete',
      states: 682,
      transitions: 2_064,
      depth: 23,
      deadlocks: 0,
    });
  });

  test.each([FAILOVER, VARIED[3]!, VARIED[5]!])(
    '$name: what is remembered changes nothing',
    (scope) => {
      const few = { maximumStates: 1_500 };
      const told = explore(new PartitionWorld(scope), few);
      expect(explore(new PartitionWorld(scope, { remembers: false }), few)).toEqual(told);
    },
  );

  test('renames nobody: of two followers that are in sync, one and never the other is elected', () => {
    const scope = { ...QUIET, replicas: 3, records: 0, fences: 1, messages: 1 };
    const world = new PartitionWorld({ ...scope, leaderEpochs: 1, partitionEpochs: 1 });
    expect(explore(world, SOME).ended).toBe('complete');
    // The first change there is; what lies beyond the bounds is remembered too.
    const elected = world.machines.controllerFacts.filter(
      ({ leaderEpoch, partitionEpoch }) => leaderEpoch === 1 && partitionEpoch === 1,
    );
    expect(new Set(elected.map(({ leader }) => leader))).toEqual(new Set([2]));
    expect(world.permutations).toBe(1);
  });

  test('with fingerprints of another seed it counts the same', () => {
    const { stateDigest, edgeDigest, ...others } = explore(new PartitionWorld(QUIET), SOME);
    const again = explore(new PartitionWorld(QUIET), { ...SOME, seed: 1 });
    expect(again).toMatchObject(others);
    expect([again.stateDigest, again.edgeDigest]).not.toEqual([stateDigest, edgeDigest]);
  });

  test.each([
    ['committed-isr-only', 'IsrHasCommitted', {}],
    ['ack-before-high-watermark', 'ProduceAnsweredTruthfully', {}],
    ['high-watermark-not-recomputed', 'HighWatermarkDue', {}],
    ['fenced-keeps-isr-seat', 'FencedNotInIsr', {}],
    ['isr-emptied-below-min', 'ElrKeepsMembers', { minIsr: 2 }],
    ['no-recovering-mark', 'UncleanElectionMarked', { unclean: true, leaderEpochs: 2, fences: 2 }],
    [
      'inflight-isr-forgotten',
      'ReplicationQuorumSuperset',
      { fences: 0, leaderEpochs: 0, timeouts: 1 },
    ],
  ])('%s violates %s', (name, property, more) => {
    const bug = findBug(name)!;
    expect(bug.violates).toContain(property);
    const scope = { ...FAILOVER, ...more };
    expect(explore(new PartitionWorld(scope), SOME).violation).toBeNull();
    const world = new PartitionWorld(scope, bug);
    const { violation } = explore(world, SOME);
    expect(violation?.violation.property).toBe(property);
    expect(follow(world, violation!.path.slice(0, -1))).toHaveLength(violation!.path.length);
  });

  test('an AlterPartition that arrives behind its own repetition breaks a promise: known', () => {
    const scope = { ...QUIET, partitionEpochs: 3, records: 0, fences: 1, timeouts: 1 };
    expect(explore(new PartitionWorld(scope), SOME)).toMatchObject({ ended: 'complete' });
    const { violation } = explore(new PartitionWorld({ ...scope, overtaking: true }), SOME);
    expect(violation?.violation.property).toBe('ReplicationQuorumSuperset');
  });
});
