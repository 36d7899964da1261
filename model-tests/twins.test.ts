/** The tool that compares two runs of one seed names the event in which a planted difference shows. */

import { describe, expect, test } from 'vitest';
import {
  differingWindow,
  eventLine,
  eventsOf,
  firstDifference,
  type TwinRun,
} from '../scripts/twin-difference.js';
import type { World } from '../src/environment/simulated/world.js';
import { generateScenario } from '../src/simulator/generate.js';
import { type RunOptions, run } from '../src/simulator/run.js';

const scenario = { ...generateScenario(1), duration: 500, choices: [] };
const PLANTED = 200_000;

/** A run of the scenario; `plant` does something else in the middle of one event. */
function options(plant?: (world: World) => void): RunOptions {
  return {
    scenario,
    bugs: [],
    until: 'main',
    watchers: [
      ({ world }) => {
        world.schedule(PLANTED, 'the same in both', () => plant?.(world));
        return {};
      },
    ],
  };
}

function twin(plant?: (world: World) => void): TwinRun {
  const { verdict, events, hash, hashes } = run(options(plant));
  return { seed: 1, verdict, found: '', events, hash, hashes };
}

describe('twins', () => {
  test('are the same run', () => {
    expect(differingWindow(twin(), twin())).toBeNull();
  });

  test('a draw more in one of them: the first event that comes otherwise is named', () => {
    const plant = (world: World): void => void world.stream('network').next();
    const window = differingWindow(twin(), twin(plant))!;
    expect(window).not.toBeNull();
    const one = eventsOf(options(), window.from, window.to);
    const other = eventsOf(options(plant), window.from, window.to);
    const difference = firstDifference(one, other)!;
    expect(difference.kind).toBe('comes');
    expect(difference.event!.number).toBe(difference.other!.number);
    expect(difference.event).not.toEqual(difference.other);
    expect(difference.event!.time).toBeGreaterThan(PLANTED);
    expect(difference.event!.time).toBeLessThan(PLANTED + 100_000);
  });

  test('a value that differs within an event: that event is named', () => {
    const plant = (world: World): void => world.mixText('the clock of this machine');
    const window = differingWindow(twin(), twin(plant))!;
    const one = eventsOf(options(), window.from, window.to);
    const other = eventsOf(options(plant), window.from, window.to);
    const difference = firstDifference(one, other)!;
    expect(difference).toMatchObject({ kind: 'does', event: { what: 'the same in both' } });
    expect(difference.event!.time).toBe(PLANTED);
  });

  test('one ends earlier than the other', () => {
    const event = { number: 9, time: 1, hash: 'a', what: 'x' };
    expect(firstDifference([event], [])).toEqual({ event, other: null, kind: 'comes' });
    expect(firstDifference([event], [event])).toBeNull();
    expect(eventLine('9 1 a x y')).toEqual({ ...event, what: 'x y' });
  });

  test('a difference behind the last full window lies in the last window', () => {
    const one: TwinRun = {
      seed: 1,
      verdict: 'valid',
      found: '',
      events: 5000,
      hash: 'a',
      hashes: ['b'],
    };
    expect(differingWindow(one, { ...one, hash: 'c' })).toEqual({ from: 4096, to: 8193 });
    expect(differingWindow(one, { ...one, hashes: ['d'] })).toEqual({ from: 1, to: 4097 });
    expect(differingWindow(one, { ...one, verdict: 'inconclusive' })).not.toBeNull();
  });
});
