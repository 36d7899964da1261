import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearize, type Model, type TimedOperation } from './search.js';

type Register =
  | { readonly set: number }
  | { readonly got: number }
  | { readonly swap: readonly [number, number]; readonly did: boolean };

const register: Model<number, Register> = {
  initial: 0,
  step(state, operation) {
    if ('set' in operation) {
      return operation.set;
    }
    if ('got' in operation) {
      return operation.got === state ? state : null;
    }
    const [from, to] = operation.swap;
    return operation.did === (from === state) ? (operation.did ? to : state) : null;
  },
  key: String,
};

const LIMITS = { steps: 1_000_000 };

function timed(operation: Register, called: number, returned: number): TimedOperation<Register> {
  return { operation, called, returned };
}

function verdict(operations: readonly TimedOperation<Register>[]): string {
  return linearize(register, operations, LIMITS).verdict;
}

describe('linearize', () => {
  it('orders what overlaps', () => {
    expect(
      verdict([timed({ set: 1 }, 0, 10), timed({ got: 0 }, 1, 2), timed({ got: 1 }, 3, 4)]),
    ).toBe('linearizable');
    expect(
      verdict([timed({ set: 1 }, 0, 10), timed({ got: 1 }, 1, 2), timed({ got: 0 }, 3, 4)]),
    ).toBe('not linearizable');
  });

  it('takes equal times for concurrent', () => {
    expect(verdict([timed({ set: 1 }, 0, 5), timed({ got: 0 }, 5, 6)])).toBe('linearizable');
    expect(verdict([timed({ set: 1 }, 0, 5), timed({ got: 0 }, 6, 7)])).toBe('not linearizable');
  });

  it('lets an operation without an answer happen at any time, or never', () => {
    const lost = timed({ set: 1 }, 0, Number.POSITIVE_INFINITY);
    expect(verdict([lost, timed({ got: 0 }, 5, 6), timed({ got: 1 }, 7, 8)])).toBe('linearizable');
    expect(verdict([lost, timed({ got: 0 }, 5, 6)])).toBe('linearizable');
    expect(verdict([lost, timed({ got: 1 }, 5, 6), timed({ got: 0 }, 7, 8)])).toBe(
      'not linearizable',
    );
  });

  it('shows the longest order and where it is stuck', () => {
    const operations = [
      timed({ set: 1 }, 0, 1),
      timed({ set: 2 }, 2, 3),
      timed({ got: 1 }, 4, 5),
      timed({ got: 2 }, 4, 6),
    ];
    expect(linearize(register, operations, LIMITS)).toEqual({
      verdict: 'not linearizable',
      longest: [0, 1, 3],
      state: 2,
      stuckAt: 2,
      steps: 5,
    });
  });

  it('shows the first of several longest orders', () => {
    const operations = [
      timed({ set: 1 }, 0, 9),
      timed({ set: 2 }, 0, 9),
      timed({ got: 3 }, 10, 11),
      timed({ got: 4 }, 10, 12),
    ];
    const { longest, state, stuckAt } = linearize(register, operations, LIMITS);
    expect([longest, state, stuckAt]).toEqual([[0, 1], 2, 2]);
  });

  it('shows a longer order that was found later, or that there is none', () => {
    const operations = [timed({ set: 1 }, 0, 20), timed({ got: 0 }, 1, 2), timed({ got: 7 }, 3, 4)];
    const { longest, state, stuckAt } = linearize(register, operations, LIMITS);
    expect([longest, state, stuckAt]).toEqual([[1, 0], 1, 2]);
    expect(linearize(register, [timed({ got: 1 }, 0, 1)], LIMITS)).toEqual({
      verdict: 'not linearizable',
      longest: [],
      state: 0,
      stuckAt: 0,
      steps: 1,
    });
  });

  it('takes the calls in turn, and others where the first were wrong', () => {
    const found = { verdict: 'linearizable', stuckAt: null };
    expect(linearize(register, [], LIMITS)).toEqual({ ...found, longest: [], state: 0, steps: 0 });
    const swapped = [timed({ got: 1 }, 0, 5), timed({ set: 1 }, 1, 6)];
    expect(linearize(register, swapped, LIMITS)).toEqual({
      ...found,
      longest: [1, 0],
      state: 1,
      steps: 3,
    });
    // Only the second of the two orders has room for the third.
    const turned = [timed({ set: 2 }, 0, 5), timed({ set: 1 }, 0, 5), timed({ got: 2 }, 6, 7)];
    expect(linearize(register, turned, LIMITS)).toEqual({
      ...found,
      longest: [1, 0, 2],
      state: 2,
      steps: 6,
    });
  });

  it('enters no set of operations with the same state twice', () => {
    /** As many sets, all of them called before the first returns, and then a read of what nobody set. */
    const steps = (count: number, value: (at: number) => number, returned: number): number => {
      const sets = Array.from({ length: count }, (_, at) =>
        timed({ set: value(at) }, at, returned),
      );
      return linearize(register, [...sets, timed({ got: 99 }, 101, 102)], LIMITS).steps;
    };
    const lost = Number.POSITIVE_INFINITY;
    // From each of 64 sets of operations each of those that are not in it: 6 * 32; and the read behind all.
    expect(steps(6, () => 1, 100)).toBe(193);
    // Behind each of the sets that have both values there are two states: 2 * (6 * 32 - 36) + 6, and two reads.
    expect(steps(6, (at) => at % 2, 100)).toBe(320);
    // Where nothing returned, the read is tried behind each.
    expect(steps(6, () => 1, lost)).toBe(193 - 1 + 64);
    expect(steps(6, (at) => at % 2, lost)).toBe(320 - 2 + 113);
    // Numbers of two digits are no others of one digit.
    expect(steps(14, () => 1, 100)).toBe(14 * 2 ** 13 + 1);
    expect(steps(13, () => 1, lost)).toBe(13 * 2 ** 12 + 2 ** 13);
  });

  it('tells the model between which calls and returns it stands', () => {
    const moments: unknown[] = [];
    const model: Model<number, Register> = {
      ...register,
      step(state, operation, { after, before }) {
        moments.push([operation, after, before]);
        return register.step(state, operation, { after, before });
      },
    };
    const operations = [
      timed({ set: 1 }, 3, 20),
      timed({ set: 2 }, 1, 9),
      timed({ got: 1 }, 10, 12),
      timed({ set: 3 }, 30, Number.POSITIVE_INFINITY),
    ];
    expect(linearize(model, operations, LIMITS).longest).toEqual([1, 0, 2]);
    expect(moments).toEqual([
      [{ set: 2 }, Number.NEGATIVE_INFINITY, 9],
      [{ set: 1 }, 1, 12],
      [{ got: 1 }, 3, 12],
    ]);
  });

  it('ends as unknown when its steps are spent, or its time', () => {
    const operations = Array.from({ length: 12 }, (_, index) => timed({ set: index }, 0, 100));
    operations.push(timed({ got: 99 }, 101, 102));
    const all = operations.map((_, index) => index).slice(0, 12);
    expect(linearize(register, operations, { steps: 5 })).toEqual({
      verdict: 'unknown',
      longest: all.slice(0, 5),
      state: 4,
      stuckAt: null,
      steps: 5,
    });
    const unknown = { verdict: 'unknown', longest: all, state: 11, stuckAt: 12 };
    expect(linearize(register, operations, { steps: 50 })).toEqual({ ...unknown, steps: 50 });
    const expiring = { steps: 1e9, expired: (): boolean => true };
    expect(linearize(register, operations, expiring)).toEqual({ ...unknown, steps: 4095 });
    let asked = 0;
    const expired = (): boolean => {
      asked += 1;
      return asked === 2;
    };
    expect(linearize(register, operations, { steps: 1e9, expired }).steps).toBe(8191);
    expect(linearize(register, operations, { steps: 1e9, expired: () => false }).verdict).toBe(
      'not linearizable',
    );
  });

  it('refuses an operation that returned before it was called', () => {
    expect(() => verdict([timed({ set: 1 }, 5, 4)])).toThrow('returns after its call');
    expect(verdict([timed({ set: 1 }, 5, 5)])).toBe('linearizable');
  });

  it('agrees with trying every order', () => {
    let guilty = 0;
    const operation = fc.oneof(
      fc.record({ set: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ got: fc.integer({ min: 0, max: 2 }) }),
      fc.record({
        swap: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
        did: fc.boolean(),
      }),
    );
    const history = fc.array(
      fc
        .tuple(
          operation,
          fc.integer({ min: 0, max: 12 }),
          fc.integer({ min: 0, max: 8 }),
          fc.boolean(),
        )
        .map(([each, called, takes, answered]) => {
          const open = !answered && !('got' in each);
          return timed(each, called, open ? Number.POSITIVE_INFINITY : called + takes);
        }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(history, (operations) => {
        const expected = someOrder(operations, 0, []);
        guilty += expected ? 0 : 1;
        expect(verdict(operations)).toBe(expected ? 'linearizable' : 'not linearizable');
      }),
      { numRuns: 2000, seed: 5 },
    );
    expect(guilty).toBeGreaterThan(200);
  });
});

/** Registers do not ask when. */
const ANY_MOMENT = { after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY };

/** By definition: some order of all that returned and some of the others, as real time has it. */
function someOrder(
  operations: readonly TimedOperation<Register>[],
  state: number,
  done: readonly number[],
): boolean {
  const left = operations.map((_, index) => index).filter((index) => !done.includes(index));
  if (left.every((index) => operations[index]!.returned === Number.POSITIVE_INFINITY)) {
    return true;
  }
  return left.some((index) => {
    const { operation, called } = operations[index]!;
    const early = left.every((other) => other === index || operations[other]!.returned >= called);
    const next = early ? register.step(state, operation, ANY_MOMENT) : null;
    return next !== null && someOrder(operations, next, [...done, index]);
  });
}
