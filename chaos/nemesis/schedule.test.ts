import { describe, expect, test } from 'vitest';
import { clockSchedule, FAULT_KINDS, type FaultKind, type Step, schedule } from './schedule.js';

function take<T>(steps: Iterator<T>, count: number): T[] {
  return Array.from({ length: count }, () => steps.next().value as T);
}

const ALL: ReadonlySet<FaultKind> = new Set(FAULT_KINDS);
const options = (seed: number, kinds: ReadonlySet<FaultKind> = ALL) => ({
  seed,
  brokers: 3,
  kinds,
});

describe('the schedule', () => {
  test('is the same for the same seed and another for another', () => {
    const first = take(schedule(options(7)), 40);
    expect(take(schedule(options(7)), 40)).toEqual(first);
    expect(take(schedule(options(8)), 40)).not.toEqual(first);
    expect(take(clockSchedule(options(7)), 20)).toEqual(take(clockSchedule(options(7)), 20));
    expect(take(clockSchedule(options(7)), 20)).not.toEqual(take(clockSchedule(options(8)), 20));
  });

  test('stays as it was: a stored seed means the same trial in the next release', () => {
    const names = take(schedule(options(1)), 8).map((step) =>
      step.kind === 'chain' ? step.chain : step.kind,
    );
    expect(names).toMatchInlineSnapshot(`
      [
        "lost-reply",
        "kill-isolated-leader",
        "pause",
        "failover-onto-slow-follower",
        "partition",
        "kill-last-in-sync",
        "kill",
        "failover-onto-slow-follower",
      ]
    `);
  });

  test('has killed, paused and partitioned, and run every chain, within one round', () => {
    for (let seed = 0; seed < 200; seed++) {
      const round = take(schedule(options(seed)), 8);
      const kinds = new Set(round.map((step) => step.kind));
      for (const kind of ['kill', 'pause', 'partition', 'chain'] as const) {
        expect(kinds, `seed ${seed}`).toContain(kind);
      }
      const chains = round.flatMap((step) => (step.kind === 'chain' ? [step.chain] : []));
      expect(new Set(chains).size, `seed ${seed}`).toBe(3);
    }
  });

  test('keeps to the kinds that were asked for', () => {
    const only = new Set<FaultKind>(['pause', 'reset']);
    const steps: Step[] = take(schedule(options(3, only)), 30);
    expect(steps.every(({ kind }) => only.has(kind))).toBe(true);
  });

  test('is the same whether or not slow controllers are asked for, which come last in each round', () => {
    const without = new Set([...ALL].filter((kind) => kind !== 'slow-controller'));
    const steps = take(schedule(options(9)), 30);
    const others = steps.filter(({ kind }) => kind !== 'slow-controller');
    expect(steps.length - others.length).toBeGreaterThan(1);
    expect(take(schedule(options(9, without)), others.length)).toEqual(others);
    const only = new Set<FaultKind>(['slow-controller']);
    expect(take(schedule(options(9, only)), 2)).toEqual([
      { kind: 'slow-controller' },
      { kind: 'slow-controller' },
    ]);
  });

  test('has nothing to do when nothing schedulable was asked for', () => {
    expect(() => schedule(options(3, new Set<FaultKind>(['clock']))).next()).toThrow(RangeError);
  });

  test('steps clocks by up to 1.5^31 ms either way and lets some drift', () => {
    const steps = take(clockSchedule(options(5)), 400);
    expect(steps.some(({ offset }) => offset > 60_000)).toBe(true);
    expect(steps.some(({ offset }) => offset < -60_000)).toBe(true);
    expect(steps.every(({ offset }) => Math.abs(offset) <= 1.5 ** 31)).toBe(true);
    expect(steps.some(({ rate }) => rate < 1)).toBe(true);
    expect(steps.some(({ rate }) => rate > 1)).toBe(true);
    expect(new Set(steps.map(({ broker }) => broker))).toEqual(new Set([0, 1, 2]));
  });
});
