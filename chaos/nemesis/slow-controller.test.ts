import { describe, expect, test } from 'vitest';
import type { Row } from '../../src/history/rows.js';
import type { HistoryWriter, RowToWrite } from '../history-writer.js';
import { linkName } from '../links.js';
import type { Arena } from './arena.js';
import { FaultLog } from './fault-log.js';
import { slowControllerStep } from './slow-controller.js';

/** Broker 2 controls; `replaced`: broker 3 says that it does once 2 is cut off; `notices`: then 2 does no more. */
async function step(replaced: boolean, notices: boolean) {
  const cut = new Set<string>();
  const turned: [number, number][] = [];
  let held = 0;
  const link = (from: unknown, to: unknown) => {
    const name = linkName({ from, to } as never);
    return {
      counters: { bytesHeld: held, connectionsHeld: 0, bytesDropped: 0, bytesDelayed: 0 },
      set: (direction: string) => {
        held += 10;
        cut.add(`${name} ${direction}`);
      },
      heal: () => {
        cut.delete(`${name} forward`);
        cut.delete(`${name} backward`);
      },
    };
  };
  const rows: RowToWrite[] = [];
  const history = {
    seconds: () => rows.length,
    nemesis: (f: string, value: never) => {
      rows.push({ process: 'nemesis', type: 'info', f, value });
    },
    add: (row: Row) => row,
  };
  const faults = new FaultLog(history as unknown as HistoryWriter);
  const whileCut: string[][] = [];
  const arena = {
    target: {
      brokers: [1, 2, 3],
      links: { get: link },
      health: (broker: number) => {
        const isCut = cut.size > 0;
        const controller = broker === 2 ? !(isCut && notices && replaced) : isCut && replaced;
        return Promise.resolve({ controller: broker !== 1 && controller, leaderOf: [] });
      },
    },
    observer: { look: () => Promise.resolve({ controller: 2, partitions: [], answering: [] }) },
    faults,
    sleep: () => {
      whileCut.push([...cut]);
      return Promise.resolve();
    },
    isOver: () => whileCut.length > 3,
  } as unknown as Arena;
  await slowControllerStep(arena, (broker, rate) => {
    turned.push([broker, rate]);
    return Promise.resolve();
  });
  return { faults, cut, turned, whileCut };
}

describe('a slow controller', () => {
  test('takes effect where two brokers control at a time', async () => {
    const { faults, whileCut } = await step(true, false);
    expect([...faults.effective()].sort()).toEqual(['partition', 'slow-controller']);
    // Of its links to both others, in both directions; and none of the clients'.
    expect(whileCut[0]).toHaveLength(8);
    expect(whileCut[0]?.every((name) => name.includes('2') && !name.includes('clients'))).toBe(
      true,
    );
  });

  test.each([
    ['nobody takes over', false, false],
    ['it notices first', true, true],
  ])('is skipped where %s', async (_what, replaced, notices) => {
    const { faults } = await step(replaced, notices);
    expect(faults.effective().has('slow-controller')).toBe(false);
  });

  test.each([
    [true, false],
    [false, false],
  ])('leaves the clock true and the links whole', async (replaced, notices) => {
    const { turned, cut } = await step(replaced, notices);
    expect(turned).toEqual([
      [2, 0.25],
      [2, 1],
    ]);
    expect([...cut]).toEqual([]);
  });
});
