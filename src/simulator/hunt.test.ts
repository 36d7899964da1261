import { describe, expect, test } from 'vitest';
import type { Bug } from '../bugs/bug.js';
import { coordinatorBugs, coordinatorHostBugs } from '../bugs/coordinator.js';
import { allBugs, findBug } from '../bugs/registry.js';
import {
  faultFreeScenario,
  type HuntLimits,
  type HuntRun,
  type HuntTools,
  huntBug,
  violatedWithoutFaults,
} from './hunt.js';
import type { ShrunkResult } from './shrink.js';

const LIMITS: HuntLimits = { seconds: 100, lastSeed: 50, shrinkRuns: 10, faultFreeOperations: 0 };
const BUG: Bug = { name: 'planted', title: '', source: '', violates: ['Named'] };

/** `violated`: by seed with the bug; `dirty`: seeds that violate something without it. A run takes a second. */
function hunted(
  violated: Readonly<Record<number, string>>,
  dirty: readonly number[] = [],
  limits: HuntLimits = LIMITS,
): ReturnType<typeof huntBug> {
  let clock = 0;
  const tools: HuntTools = {
    generate: (seed) => faultFreeScenario(seed, 1000),
    play: ({ scenario, bugs }) => {
      clock++;
      const property =
        bugs.length > 0 ? violated[scenario.seed] : dirty.includes(scenario.seed) ? 'Other' : null;
      return played(property ?? null);
    },
    shrink: (scenario, bugs, violation) => {
      expect(bugs).toEqual([BUG]);
      return { scenario, violation } as unknown as ShrunkResult;
    },
  };
  return huntBug(BUG, limits, () => clock, tools);
}

function played(property: string | null): HuntRun {
  const violation =
    property === null
      ? null
      : { property, detail: 'why', event: 1, at: 5, node: null, phase: 'main' as const };
  return { violation, virtualSeconds: 20, hash: '', rows: [{ type: 'ok', f: 'send' }] };
}

describe('a hunt', () => {
  test('ends with the first seed that shows the bug, and counts runs with it only', () => {
    const result = hunted({ 4: 'Named', 5: 'Named' });
    expect(result.detection).toMatchObject({ seed: 4, property: 'Named', named: true });
    expect(result.detection?.witness?.scenario.seed).toBe(4);
    expect(result).toMatchObject({ runs: 4, virtualSeconds: 80, seconds: 4, dirtySeeds: [] });
  });

  test('does not count a seed that violates something without the bug too', () => {
    const result = hunted({ 2: 'Named', 3: 'Named' }, [2]);
    expect(result.detection?.seed).toBe(3);
    expect(result.dirtySeeds).toEqual([2]);
  });

  test('says where the property is none that the zoo names', () => {
    expect(hunted({ 1: 'Surprise' }).detection).toMatchObject({ named: false });
  });

  test('ends when its time is over, or its seeds', () => {
    expect(hunted({ 30: 'Named' }, [], { ...LIMITS, seconds: 7 })).toMatchObject({
      detection: null,
      runs: 7,
    });
    expect(hunted({ 30: 'Named' }, [], { ...LIMITS, lastSeed: 9 }).runs).toBe(9);
  });

  test('leaves the scenario as it is where nothing may be spent on shrinking', () => {
    expect(hunted({ 1: 'Named' }, [], { ...LIMITS, shrinkRuns: 0 }).detection?.witness).toBeNull();
  });
});

describe('without faults', () => {
  const ofGroups = [...coordinatorBugs, ...coordinatorHostBugs];
  const bugs = allBugs.filter((bug) => !ofGroups.includes(bug));

  test.each(bugs.map((bug) => [bug.name, bug] as const))(
    '%s is not seen from outside',
    (_, bug) => {
      expect(violatedWithoutFaults(bug, 100, 'from outside')).toBeNull();
    },
  );

  test('the judges see inside of the brokers what harms nobody yet', () => {
    const bug = findBug('leader-counts-unsynced')!;
    expect(violatedWithoutFaults(bug, 100, 'everything')).toContain('CommittedIsDurable');
  });

  test('a bug that needs no fault is seen', () => {
    const bug: Bug = { ...BUG, partition: { mayAppend: () => 42 } };
    expect(violatedWithoutFaults(bug, 100, 'from outside')).not.toBeNull();
  });
});
