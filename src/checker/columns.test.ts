import { describe, expect, test } from 'vitest';
import { Float64Column, Int32Column } from './columns.js';

describe.each([
  ['of integers', Int32Column, -7],
  ['of doubles', Float64Column, 2 ** 40 + 0.5],
] as const)('a column %s', (_, Column, value) => {
  test('grows, and answers where each value stands', () => {
    const column = new Column();
    expect(column.length).toBe(0);
    const count = 5000;
    const positions = Array.from({ length: count }, (__, at) => column.push(value + at));
    expect(positions).toEqual(Array.from({ length: count }, (__, at) => at));
    expect(column.length).toBe(count);
    expect(positions.map((at) => column.at(at))).toEqual(positions.map((at) => value + at));
  });

  test('has nothing outside', () => {
    const column = new Column();
    column.push(value);
    expect(column.at(0)).toBe(value);
    for (const position of [-1, 1]) {
      expect(() => column.at(position)).toThrow('a position inside the column');
    }
  });
});

test('integers may be replaced, but not added so', () => {
  const column = new Int32Column();
  column.push(1);
  column.push(2);
  column.set(1, 3);
  column.set(0, 4);
  expect([column.at(0), column.at(1)]).toEqual([4, 3]);
  for (const position of [-1, 2]) {
    expect(() => column.set(position, 5)).toThrow('a position inside the column');
  }
});

test('doubles are copied out, as many as there are', () => {
  const column = new Float64Column();
  column.push(1.5);
  column.push(2.5);
  const copy = column.toArray();
  expect([...copy]).toEqual([1.5, 2.5]);
  copy[0] = 9;
  expect(column.at(0)).toBe(1.5);
});
