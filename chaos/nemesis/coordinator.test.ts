import { describe, expect, test } from 'vitest';
import { partitionFor } from '../../src/core/coordinator/partition-for.js';
import type { Row } from '../../src/history/rows.js';
import type { HistoryWriter, RowToWrite } from '../history-writer.js';
import { linkName } from '../links.js';
import type { ClusterView } from '../observer.js';
import type { Arena } from './arena.js';
import { coordinatorOf, coordinatorStep } from './coordinator.js';
import { FaultLog } from './fault-log.js';
import type { CoordinatorWay } from './schedule.js';

const PARTITIONS = 6;

function view(leader: number, group = 'g'): ClusterView {
  const wanted = partitionFor(group, PARTITIONS);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: '__consumer_offsets',
    partition,
    leader: partition === wanted ? leader : 1,
  }));
  return { partitions, controller: 1, answering: [1, 2, 3] } as unknown as ClusterView;
}

/** Broker 2 coordinates; `replaced`: broker 3 does once 2 is hurt. What was done, in order. */
async function step(way: CoordinatorWay, replaced: boolean, groups: readonly string[] = ['g']) {
  const done: string[] = [];
  const cut = new Set<string>();
  let held = 0;
  const link = (from: unknown, to: unknown) => ({
    counters: { bytesHeld: held, connectionsHeld: 0, bytesDropped: 0, bytesDelayed: 0 },
    set: (direction: string) => {
      held += 10;
      cut.add(`${linkName({ from, to } as never)} ${direction}`);
    },
    heal: () => cut.clear(),
    resetAll: () => 0,
  });
  const act = (what: string) => (broker: number) => {
    done.push(`${what} ${broker}${cut.size > 0 ? ', cut off' : ''}`);
    return Promise.resolve({ proof: what });
  };
  const rows: RowToWrite[] = [];
  const faults = new FaultLog({
    seconds: () => rows.length,
    nemesis: (f: string, value: never) => {
      rows.push({ process: 'nemesis', type: 'info', f, value });
    },
    add: (row: Row) => row,
  } as unknown as HistoryWriter);
  let naps = 0;
  const arena = {
    target: {
      brokers: [1, 2, 3],
      links: { get: link },
      kill: act('kill'),
      restart: act('restart'),
      pause: act('pause'),
      resume: act('resume'),
    },
    observer: {
      look: () => Promise.resolve(view(replaced && (done.length > 0 || cut.size > 0) ? 3 : 2)),
    },
    faults,
    groups,
    timing: { session: 10, lag: 10 },
    sleep: () => {
      naps++;
      return Promise.resolve();
    },
    isOver: () => naps > 5,
  } as unknown as Arena;
  await coordinatorStep(arena, { kind: 'coordinator', way, draw: 4, lasting: 5 });
  return { faults, done, cut };
}

describe('the coordinator of a group', () => {
  test('is who leads the group’s partition of the offsets topic', () => {
    expect(coordinatorOf(view(3), 'g')).toBe(3);
    expect(coordinatorOf(view(-1), 'g')).toBeNull();
    expect(coordinatorOf({ ...view(3), partitions: [] }, 'g')).toBeNull();
  });

  test.each<[CoordinatorWay, string[]]>([
    ['killed', ['kill 2', 'restart 2']],
    ['paused', ['pause 2', 'resume 2']],
    ['isolated', []],
    ['isolated and killed', ['kill 2, cut off', 'restart 2']],
  ])('%s: is replaced, and comes back', async (way, expected) => {
    const { faults, done, cut } = await step(way, true);
    expect(done).toEqual(expected);
    expect(faults.effective().has('coordinator')).toBe(true);
    expect([...cut]).toEqual([]);
    const isCut = way.startsWith('isolated');
    expect(faults.records().some(({ kind }) => kind === 'partition')).toBe(isCut);
    expect(faults.records().find(({ kind }) => kind === 'coordinator')).toMatchObject({
      target: `g: broker 2 ${way}`,
      proof: 'broker 3 coordinates g in its place',
    });
  });

  test.each<CoordinatorWay>(['killed', 'paused', 'isolated', 'isolated and killed'])(
    '%s: counts for nothing where nobody takes over, and comes back all the same',
    async (way) => {
      const { faults, done, cut } = await step(way, false);
      expect(faults.effective().has('coordinator')).toBe(false);
      expect(done.filter((what) => /^(kill|pause)/.test(what))).toHaveLength(done.length / 2);
      expect([...cut]).toEqual([]);
    },
  );

  test('without groups there is nobody to hurt', async () => {
    const { faults, done } = await step('killed', true, []);
    expect(done).toEqual([]);
    expect(faults.effective().size).toBe(0);
  });
});
