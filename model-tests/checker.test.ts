/**
 * The checker against a model: histories of a log that keeps its promises are never convicted, and
 * every anomaly planted into one is found, and nothing that the plant does not prove.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, createChecker } from '../src/checker/check.js';
import { createReader } from '../src/checker/read.js';
import { ANOMALY_NAMES } from '../src/checker/result.js';
import { rowLine } from '../src/history/write.js';
import { CYCLE_PLANTS } from './checker-cycle-plants.js';
import { groupHistory } from './checker-group-model.js';
import { drawFrom, modelHistory } from './checker-model.js';
import { LOG_PLANTS } from './checker-plants.js';
import { plantRuns, soundRuns } from './checker-runs.js';
import { serialHistory } from './checker-serial-model.js';
import { workerHistory } from './checker-worker-model.js';
import { EDN_SHAPES, ednOf, feedChunks } from './history-text.js';

const STEPS = 120;
const tape = fc.array(fc.nat({ max: 0xffff }), { minLength: 50, maxLength: 600, size: 'max' });

/** What histories of groups must show to be worth anything. */
const GROUP_DEEDS: readonly string[] = [
  'txn ok',
  'txn fail',
  'txn info',
  'send info',
  'crash info',
  'subscribe ok',
  'owned ok',
  'committed ok',
  'commit info',
  'delete-records ok',
  'delete-records info',
  'unseen',
];

const PLANTS = [...LOG_PLANTS, ...CYCLE_PLANTS];

/** What a sound history may report: sends of transactions interleave. */
const ALWAYS_ALLOWED = 'int-send-skip';

describe('histories of a correct log', () => {
  test('are never convicted', () => {
    const seen = { ok: 0, fail: 0, info: 0, attempts: 0, skips: 0 };
    fc.assert(
      fc.property(tape, (numbers) => {
        const result = check(modelHistory(drawFrom(numbers), STEPS).rows);
        expect(result.anomalies).toEqual({});
        expect(result.verdict).toBe(result.acknowledged > 0 ? valid(result) : 'inconclusive');
        for (const name of Object.keys(result.allowed)) {
          expect(name).toBe(ALWAYS_ALLOWED);
        }
        seen.ok += result.operations.ok;
        seen.fail += result.operations.fail;
        seen.info += result.operations.info;
        seen.attempts += result.ignored.attempt ?? 0;
        seen.skips += result.counts[ALWAYS_ALLOWED] ?? 0;
      }),
      soundRuns(1),
    );
    // The model is worth something only if it does all of these.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(soundRuns(1).numRuns / 5);
  });

  test('are not convicted for write-write edges either', () => {
    let cycles = 0;
    fc.assert(
      fc.property(tape, (numbers) => {
        const result = check(modelHistory(drawFrom(numbers), STEPS).rows, { wwDeps: true });
        expect(result.anomalies).toEqual({});
        cycles += Object.keys(result.allowed).length;
      }),
      soundRuns(5),
    );
    expect(cycles).toBeGreaterThan(soundRuns(5).numRuns / 10);
  });

  test('are not convicted for any edges where transactions take place at one moment', () => {
    fc.assert(
      fc.property(tape, (numbers) => {
        const { rows } = serialHistory(drawFrom(numbers), STEPS);
        const result = check(rows, { wwDeps: true, rwDeps: true });
        expect({ ...result.anomalies, ...result.allowed, ...result.undecided }).toEqual({});
      }),
      soundRuns(5),
    );
  });

  test('are not convicted with groups, positions, deleted and compacted records, and all that is promised', () => {
    const seen: Record<string, number> = {};
    const count = (name: string, times = 1): void => {
      seen[name] = (seen[name] ?? 0) + times;
    };
    fc.assert(
      fc.property(tape, (numbers) => {
        const { rows, options } = groupHistory(drawFrom(numbers), 2 * STEPS);
        const result = check(rows, { ...options, wwDeps: numbers.length % 2 === 0 });
        expect(result.anomalies).toEqual({});
        for (const row of rows) {
          count(`${row.f} ${row.type}`);
        }
        for (const name of Object.keys(result.allowed)) {
          count(name);
        }
      }),
      soundRuns(5),
    );
    // A handful need not show them all.
    for (const what of soundRuns(5).numRuns < 100 ? [] : GROUP_DEEDS) {
      expect([what, (seen[what] ?? 0) > soundRuns(5).numRuns / 20]).toEqual([what, true]);
    }
  });

  test('are not convicted with groups that process, die and come back as zombies', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(tape, (numbers) => {
        const { rows, options } = workerHistory(drawFrom(numbers), 2 * STEPS);
        expect(check(rows, options).anomalies).toEqual({});
        for (const { f, type } of rows) {
          seen[`${f} ${type}`] = (seen[`${f} ${type}`] ?? 0) + 1;
        }
        // Each order of work keeps one promise only: some histories show it.
        const swapped = { atLeastOnce: options.atMostOnce!, atMostOnce: options.atLeastOnce! };
        for (const name of Object.keys(check(rows, swapped).anomalies)) {
          seen[name] = (seen[name] ?? 0) + 1;
        }
      }),
      soundRuns(5),
    );
    const deeds = ['processed ok', 'commit ok', 'commit fail', 'commit info', 'committed ok'];
    for (const what of [...deeds, 'never-processed', 'processed-twice']) {
      expect([what, (seen[what] ?? 0) > soundRuns(5).numRuns / 20]).toEqual([what, true]);
    }
  });

  test('read back from text to the same verdict', () => {
    fc.assert(
      fc.property(tape, fc.integer({ min: 1, max: 997 }), (numbers, chunk) => {
        const draw = drawFrom(numbers);
        const { rows } =
          numbers.length % 2 === 0 ? workerHistory(draw, STEPS) : modelHistory(draw, STEPS);
        const judged = check(rows);
        expect(checkText(rows.map(rowLine).join(''), chunk)).toEqual(judged);
        for (const shape of EDN_SHAPES) {
          expect(checkText(ednOf(rows, shape), chunk)).toEqual(judged);
        }
      }),
      soundRuns(25),
    );
  });
});

/** The verdict on a history that is read in chunks of `size` bytes. */
function checkText(text: string, size: number): ReturnType<typeof check> {
  const checker = createChecker();
  const reader = createReader(checker.sink);
  feedChunks(text, size, (chunk) => reader.push(chunk));
  expect(reader.end()).toBeNull();
  return checker.finish();
}

/** Valid, unless the last phase happened to have nothing to read. */
function valid(result: ReturnType<typeof check>): string {
  const last = result.phases[result.phases.length - 1];
  return last !== undefined && last.acknowledged > 0 ? 'valid' : 'inconclusive';
}

describe('planted anomalies', () => {
  test('there is a plant for each', () => {
    const planted = new Set(PLANTS.map((plant) => plant.anomaly));
    expect([...planted].sort()).toEqual([...ANOMALY_NAMES].sort());
  });

  test.each(PLANTS)(
    '$anomaly is found, and only what it proves',
    ({ anomaly, also, into, ...plant }) => {
      const { options = {}, verdict = 'invalid', model = modelHistory } = plant;
      let planted = 0;
      fc.assert(
        fc.property(tape, fc.array(fc.nat({ max: 0xffff })), (numbers, choices) => {
          const sound = model(drawFrom(numbers), STEPS);
          const rows = into(sound, drawFrom(choices));
          if (rows === null) {
            return;
          }
          planted += 1;
          const result = check(rows, options);
          // What the workload permits may have been there before.
          const before = check(sound.rows, options).counts[anomaly] ?? 0;
          expect(result.counts[anomaly] ?? 0).toBeGreaterThan(before);
          expect(result.verdict).toBe(verdict);
          const explained = new Set<string>([anomaly, ...also, ALWAYS_ALLOWED]);
          expect(Object.keys(result.counts).filter((name) => !explained.has(name))).toEqual([]);
        }),
        plantRuns(1),
      );
      expect(planted).toBeGreaterThan(plantRuns(1).numRuns / 2);
    },
  );

  test.each(PLANTS.filter(({ anomaly }) => anomaly !== 'empty-transaction-graph'))(
    'shrunk to the operations that a finding names, the history is convicted of $anomaly still',
    ({ anomaly, into, options, model = modelHistory }) => {
      fc.assert(
        fc.property(tape, fc.array(fc.nat({ max: 0xffff })), (numbers, choices) => {
          const rows = into(model(drawFrom(numbers), STEPS), drawFrom(choices)) ?? [];
          const { anomalies, allowed, undecided } = check(rows, options);
          for (const finding of { ...undecided, ...allowed, ...anomalies }[anomaly] ?? []) {
            const kept = new Set(finding.rows.map((row) => row.index));
            const shrunk = rows.filter((row) => kept.has(row.index));
            expect(check(shrunk, options).counts).toHaveProperty([anomaly]);
          }
        }),
        plantRuns(2),
      );
    },
  );

  test('findings name rows of the history, and rebuild what stands there', () => {
    fc.assert(
      fc.property(tape, fc.nat({ max: 0xffff }), (numbers, which) => {
        const plant = PLANTS[which % PLANTS.length]!;
        const { model = modelHistory, options } = plant;
        const rows = plant.into(model(drawFrom(numbers), STEPS), drawFrom([which]));
        for (const finding of Object.values(check(rows ?? [], options).anomalies).flat()) {
          expect(finding.rows.map((row) => row.index)).toEqual(
            expect.arrayContaining([...finding.operations]),
          );
          for (const row of finding.rows) {
            const fed = rows?.[row.index];
            expect({ ...row, value: null }).toEqual({ ...fed, value: null });
            if (row.f === 'subscribe') {
              expect(row).toEqual(fed);
            }
          }
          expect(finding.sentence).toMatch(/^(Key|Topic) /);
          expect(finding.sentence.split(' ')[1]).toBe(`${finding.key}:`);
        }
      }),
      plantRuns(1),
    );
  });
});
