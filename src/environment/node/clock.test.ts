import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NodeClock, NodeTimers, nodeFreshValues } from './clock.js';

const source = { monotonic: () => Date.now(), wall: () => Date.now() };

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout', 'setInterval'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('tells true time until it is set', () => {
    const clock = new NodeClock(source);
    expect(clock.wall()).toBe(Date.now());
    vi.advanceTimersByTime(1234);
    expect(clock.wall()).toBe(Date.now());
  });

  test('an offset moves the wall clock only', () => {
    const clock = new NodeClock(source);
    const before = clock.monotonic();
    clock.set(-5000, 1);
    expect(clock.wall()).toBe(Date.now() - 5000);
    expect(clock.monotonic()).toBe(before);
  });

  test('a rate changes the speed of both, from then on', () => {
    const clock = new NodeClock(source);
    vi.advanceTimersByTime(1000);
    const wall = clock.wall();
    const monotonic = clock.monotonic();
    clock.set(0, 2);
    vi.advanceTimersByTime(1000);
    expect(clock.wall() - wall).toBe(2000);
    expect(clock.monotonic() - monotonic).toBe(2000);
    clock.set(0, 0.5);
    vi.advanceTimersByTime(1000);
    expect(clock.monotonic() - monotonic).toBe(2500);
  });

  test('the monotonic clock never goes back, whatever is set', () => {
    const clock = new NodeClock(source);
    let last = clock.monotonic();
    for (const [offset, rate] of [
      [-1e9, 3],
      [1e9, 0.1],
      [0, 1],
      [-1, 0.001],
      [5, 10],
    ] as const) {
      clock.set(offset, rate);
      for (let i = 0; i < 5; i++) {
        const now = clock.monotonic();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        vi.advanceTimersByTime(7);
      }
    }
  });

  test('timers run at its speed', () => {
    const clock = new NodeClock(source);
    const timers = new NodeTimers(clock, (task) => task());
    const fired: string[] = [];
    clock.set(0, 2);
    timers.arm(1000, () => fired.push('fast'));
    clock.set(0, 0.5);
    timers.arm(1000, () => fired.push('slow'));
    vi.advanceTimersByTime(499);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(fired).toEqual(['fast']);
    vi.advanceTimersByTime(1498);
    expect(fired).toEqual(['fast']);
    vi.advanceTimersByTime(2);
    expect(fired).toEqual(['fast', 'slow']);
  });

  test('timers can be cancelled, and a very long one does not fire at once', () => {
    const timers = new NodeTimers(new NodeClock(source), (task) => task());
    let fired = 0;
    const handle = timers.arm(10, () => fired++);
    timers.arm(2 ** 40, () => fired++);
    timers.cancel(handle);
    timers.cancel(handle);
    vi.advanceTimersByTime(100_000);
    expect(fired).toBe(0);
  });

  describe('its control file', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'clock-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    test('is followed; missing is true time; nonsense changes nothing', () => {
      const path = join(folder, 'control');
      const replace = (text: string): void => {
        writeFileSync(`${path}.new`, text);
        renameSync(`${path}.new`, path);
        vi.advanceTimersByTime(100);
      };
      const clock = new NodeClock(source);
      const changes: number[][] = [];
      clock.follow(path, (offset, rate) => changes.push([offset, rate]));
      replace('{"offset": 3000}');
      expect(clock.wall()).toBe(Date.now() + 3000);
      for (const nonsense of ['', '{', '{"rate": 0}', '{"rate": -1}', '{"offset": "x"}', 'null']) {
        replace(nonsense);
      }
      expect(clock.wall()).toBe(Date.now() + 3000);
      replace('{"rate": 4}');
      rmSync(path);
      vi.advanceTimersByTime(100);
      expect(clock.wall()).toBe(Date.now());
      expect(changes).toEqual([
        [0, 1],
        [3000, 1],
        [0, 4],
        [0, 1],
      ]);
    });
  });
});

test('fresh ids are 22 digits that never begin with a dash', () => {
  const ids = new Set(Array.from({ length: 2000 }, () => nodeFreshValues.uuid()));
  expect(ids.size).toBe(2000);
  for (const id of ids) {
    expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  }
  expect(nodeFreshValues.below(1, 'x')).toBe(0);
  expect(nodeFreshValues.below(0.5, 'x')).toBe(0);
});
