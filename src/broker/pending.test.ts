import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pending } from './pending.js';

describe('what is pending', () => {
  it('is found, taken and listed as in a map, whatever order it is taken in', () => {
    const deed = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ take: fc.double({ min: 0, max: 1, noNaN: true }) }) },
      fc.record({ oldest: fc.integer({ min: 1, max: 100 }) }),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 400 }), (deeds) => {
        const pending = new Pending<{ readonly of: number }>();
        const model = new Map<number, { readonly of: number }>();
        let last = 0;
        const take = (token: number): void => {
          expect(pending.has(token)).toBe(model.has(token));
          expect(pending.take(token)).toBe(model.get(token) ?? null);
          model.delete(token);
        };
        for (const one of deeds) {
          if ('add' in one) {
            last += one.add;
            const value = { of: last };
            pending.add(last, value);
            model.set(last, value);
          } else if ('take' in one) {
            take(Math.round(one.take * (last + 1)));
          } else {
            for (const token of [...model.keys()].slice(0, one.oldest)) {
              take(token);
            }
          }
        }
        expect(pending.tokens()).toEqual([...model.keys()]);
      }),
    );
  });

  it('takes no token that is not greater than those that wait', () => {
    const pending = new Pending<object>();
    pending.add(5, {});
    expect(() => pending.add(5, {})).toThrow(/tokens rise/);
  });
});
