/** Lock C of a partition: a run of the code is a run of the specification; what was changed in it is not. */

import { beforeAll, describe, expect, test } from 'vitest';
import { newCounts, sumOf } from '../scripts/traces/counts.js';
import type { PartitionRow } from '../scripts/traces/partition/acceptance.js';
import { PartitionMemory } from '../scripts/traces/partition/memory.js';
import type { WorldsFor } from '../scripts/traces/partition/open.js';
import { openPartitionWorlds } from '../scripts/traces/partition/open.js';
import { mergePartitions, PartitionsAcceptance } from '../scripts/traces/partition/partitions.js';
import { cutTo, EMPTY_LOG, endOf, unknownUpTo } from '../scripts/traces/partition/replica-log.js';
import { runPartitions } from '../scripts/traces/partition/simulated.js';
import type { Rejection } from '../scripts/traces/raft/rejection.js';
import { findBug } from '../src/bugs/registry.js';
import type { ExactDecision } from '../src/trace/exact-controller.js';
import type { ExactReplica, ExactReplicaStep } from '../src/trace/exact-partition.js';

/** One with crashes, lagging followers and a leader that must be elected anew within its first rows. */
const SEED = 4;
const ROWS = 4_000;
const MINUTES = 60_000;

let worldsFor: WorldsFor;
let rows: readonly PartitionRow[];

beforeAll(async () => {
  // Their types are checked nowhere else.
  worldsFor = await openPartitionWorlds(undefined, true);
  rows = rowsOf([]);
}, 5 * MINUTES);

function rowsOf(bugs: readonly string[]): PartitionRow[] {
  const found: PartitionRow[] = [];
  runPartitions(
    SEED,
    bugs.map((name) => findBug(name)!),
    (row) => {
      found.push(row);
      return found.length === ROWS ? true : null;
    },
  );
  return found;
}

/** Where the rows are rejected, and why. */
function judged(
  all: readonly PartitionRow[],
): { readonly at: number; readonly rejection: Rejection } | null {
  const acceptance = new PartitionsAcceptance(worldsFor, newCounts());
  for (const [at, row] of all.entries()) {
    const rejection = acceptance.take(row);
    if (rejection !== null) {
      return { at, rejection };
    }
  }
  return null;
}

type Steps = ExactReplicaStep['input']['type'];

/** The first step at such an input after which one of the fields is another. */
function stepAt(type: Steps, field: keyof ExactReplica): number {
  const at = rows.findIndex(
    (row) => row.type === 'stepped' && row.input.type === type && field in row.changed,
  );
  expect(at, `there is a step ${type} that changes ${field}`).toBeGreaterThan(0);
  return at;
}

function changes({ before, after }: ExactDecision): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

function replaced(at: number, row: PartitionRow): PartitionRow[] {
  return rows.map((each, place) => (place === at ? row : each));
}

describe('the partitions of a run of the code', () => {
  test(
    'are accepted, and nearly all of them is checked',
    () => {
      const counts = newCounts();
      const acceptance = new PartitionsAcceptance(worldsFor, counts);
      for (const row of rows) {
        expect(acceptance.take(row)).toBeNull();
      }
      expect(counts.steps).toBeGreaterThan(0.8 * ROWS);
      expect(sumOf(counts.checked)).toBeGreaterThan(0.8 * counts.steps);
      expect(sumOf(counts.uncovered)).toBeLessThan(0.05 * counts.steps);
      for (const action of [
        'handleProduce',
        'handleFetch',
        'sendFetch',
        'handleFetched',
        'handleAssigned',
        'alterPartition',
        'handleAlterPartitionAnswered',
        'replicaLagDue',
        'sessionExpired',
        'registerBroker',
        'brokerHeartbeat',
        'restart',
      ]) {
        expect(counts.checked.get(action), action).toBeGreaterThan(0);
      }
    },
    5 * MINUTES,
  );

  test.each<[string, string, Steps, Partial<ExactReplica>]>([
    ['knows too much to be committed', 'handleFetch', 'fetch', { highWatermark: 1 }],
    ['is in another epoch', 'handleAssigned', 'assigned', { leaderEpoch: 77 }],
    ['has another ISR', 'handleAlterPartitionAnswered', 'alterPartitionAnswered', { isr: [1] }],
    ['names an epoch that is not in its log', 'handleFetched', 'fetched', { epochs: [[5, 0]] }],
  ])(
    'in which a replica %s are rejected',
    (_, action, type, wrong) => {
      const [[field, value]] = Object.entries(wrong) as [[keyof ExactReplica, unknown]];
      const at = stepAt(type, field);
      const step = rows[at] as ExactReplicaStep;
      const was = step.changed[field];
      const changed = {
        ...step.changed,
        [field]: field === 'highWatermark' ? (was as number) - 1 : value,
      };
      const found = judged(replaced(at, { ...step, changed }));
      expect(found).not.toBeNull();
      expect(found!.at).toBeLessThanOrEqual(at + 1);
      expect(found!.rejection.expected).toContain(action);
      expect(found!.rejection.reasons.length).toBeGreaterThan(2);
    },
    MINUTES,
  );

  test(
    'of which a row is missing are rejected',
    () => {
      const at = rows.findIndex((row) => row.type === 'stepped' && row.appended.length > 0);
      const found = judged(rows.filter((_, each) => each !== at));
      expect(found).not.toBeNull();
      expect(found!.at).toBeGreaterThanOrEqual(at);
    },
    MINUTES,
  );

  test(
    'in which the controller decides something else are rejected',
    () => {
      const at = rows.findIndex(
        (row) => row.type === 'decided' && row.command.type === 'alterPartition',
      );
      const row = rows[at]!;
      if (row.type !== 'decided' || row.after === null) {
        throw new Error('there is a decision');
      }
      const registration = { ...row.after.registration, elr: row.after.registration.replicas };
      const found = judged(replaced(at, { ...row, after: { ...row.after, registration } }));
      expect(found?.at).toBe(at);
      expect(found!.rejection.expected).toContain('alterPartition');
    },
    MINUTES,
  );

  test(
    'in which a broker is told what nobody has decided are rejected',
    () => {
      const at = rows.findIndex(
        (row) => row.type === 'decided' && row.before !== null && changes(row),
      );
      const found = judged(rows.filter((_, each) => each !== at));
      expect(found!.rejection.reasons.join()).toMatch(/decided/);
    },
    MINUTES,
  );

  test.each([
    ['truncate-to-high-watermark', 'handleAssigned'],
    ['high-watermark-below-min-isr', 'handle'],
  ])(
    'with the bug %s are rejected where it first does something else',
    (bug, action) => {
      const found = judged(rowsOf([bug]));
      expect(found!.rejection.expected).toContain(action);
    },
    MINUTES,
  );
});

describe('traces of several processes', () => {
  /** One file for each broker, and one for the controllers. */
  const apart = (): PartitionRow[][] => {
    const of = (row: PartitionRow): number => (row.type === 'decided' ? 0 : row.self);
    const files = [...new Set(rows.map(of))].sort((a, b) => b - a);
    return files.map((file) => rows.filter((row) => of(row) === file));
  };

  test(
    'are one again by what was decided, sent and answered',
    () => {
      const [merged, single] = [newCounts(), newCounts()];
      expect(mergePartitions(apart(), worldsFor, merged)).toBeNull();
      const acceptance = new PartitionsAcceptance(worldsFor, single);
      expect(rows.every((row) => acceptance.take(row) === null)).toBe(true);
      expect(merged.checked).toEqual(single.checked);
    },
    5 * MINUTES,
  );

  test(
    'of which one is missing are rejected',
    () => {
      const [first, ...others] = apart();
      expect(first!.length).toBeGreaterThan(100);
      expect(mergePartitions(others, worldsFor, newCounts())).not.toBeNull();
    },
    MINUTES,
  );
});

test('of a log whose batches nobody told a cut leaves what lies in front of it', () => {
  const log = unknownUpTo(380, -1);
  expect(endOf(cutTo(log, 370))).toBe(370);
  expect(endOf(cutTo(log, 380))).toBe(380);
  expect(endOf(cutTo(log, 0))).toBe(0);
});

test('who leads in an epoch is told by who does, not by who is decided on: a controller that is deposed decides in vain', () => {
  const memory = new PartitionMemory();
  const decided = (leader: number): void => {
    const registration = {
      leader,
      leaderEpoch: 6,
      partitionEpoch: 16,
      replicas: [1, 2, 3],
      isr: [leader],
      recovering: false,
      elr: [],
      lastKnownElr: [],
      moves: false,
    };
    memory.decided({ registration, brokers: [], minIsr: 1, uncleanAllowed: false });
  };
  decided(2);
  expect(memory.leaderOf(6)).toBe(-1);
  memory.leads(6, 2, EMPTY_LOG);
  decided(3);
  expect(memory.leaderOf(6)).toBe(2);
});
