import { describe, expect, test } from 'vitest';
import { allBugs, findBug } from './registry.js';

describe('a bug is found', () => {
  test('by its name, every one', () => {
    expect(new Set(allBugs.map(({ name }) => name)).size).toBe(allBugs.length);
    for (const bug of allBugs) {
      expect(findBug(bug.name)).toBe(bug);
    }
  });

  test('by a ticket that only it has, in any case', () => {
    expect(findBug('kip-101')?.name).toBe('truncate-to-high-watermark');
    expect(findBug('KAFKA-7128')?.name).toBe('early-isr-join');
  });

  test.each(['none', 'thesis', 'figure', '3', 'kip-966'])('not by %s', (name) => {
    expect(findBug(name)).toBeUndefined();
  });
});
