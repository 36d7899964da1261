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
    const { longest, stuckAt } = linearize(
      register,
      [
        timed({ set: 1 }, 0, 1),
        timed({ set: 2 }, 2, 3),
        timed({ got: 1 }, 4, 5),
        timed({ got: 2 }, 4, 6),
      ],
      LIMITS,
    );
    expect(longest).toEqual([0, 1, 3]);
    expect(stuckAt).toBe(2);
  });

  it('ends as unknown when its steps are spent, or its time', () => {
    const operations = Array.from({ length: 12 }, (_, index) => timed({ set: index }, 0, 100));
    operations.push(timed({ got: 99 }, 101, 102));
    expect(linearize(register, operations, { steps: 50 }).verdict).toBe('unknown');
    expect(linearize(register, operations, { steps: 1e9, expired: () => true }).verdict).toBe(
      'unknown',
    );
    expect(linearize(register, operations, { steps: 1e9 }).verdict).toBe('not linearizable');
  });

  it('has nothing against no operations', () => {
    expect(verdict([])).toBe('linearizable');
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
