/** The cases of a seed: always the same, and of every API and version. */

import { describe, expect, test } from 'vitest';
import { allApis } from '../../src/protocol/apis.js';
import { BATCH_DAMAGES } from './batches.js';
import { drawCase, type TriedApi } from './cases.js';
import { fateOf, type Listener } from './kafka-fate.js';

const apis: TriedApi[] = allApis().flatMap(({ key, name, request, response, served }) =>
  served === null ? [] : [{ key, name, request, response, versions: served }],
);
const listener: Listener = {
  apis: new Map(apis.map((api) => [api.key, api])),
  unknown: new Set(),
  isPartial: false,
  maxFrameBytes: 100 << 20,
};

const cases = Array.from({ length: 12_000 }, (_, index) => drawCase(5, index, apis));

describe('cases', () => {
  test('are the same for the same seed and index, and others for others', () => {
    for (const index of [0, 1, 999, 123_456]) {
      expect(drawCase(5, index, apis)).toEqual(drawCase(5, index, apis));
      expect(drawCase(6, index, apis).bytes).not.toEqual(drawCase(5, index, apis).bytes);
    }
  });

  test('try every version of every API, sound and spoilt', () => {
    const labels = cases.map(({ label }) => label);
    for (const { name, versions } of apis) {
      for (let version = versions[0]; version <= versions[1]; version++) {
        expect(labels, `${name} ${version}`).toContain(`${name} v${version}: sound`);
        expect(labels.some((label) => label.startsWith(`${name} v${version}: a `))).toBe(true);
      }
    }
  });

  test('spoil record batches in every way', () => {
    for (const how of [...BATCH_DAMAGES, 'a compressed bomb']) {
      expect(
        cases.some(({ label }) => label.includes(how)),
        how,
      ).toBe(true);
    }
  });

  test('that are called sound are, and come to every fate', () => {
    const ends = new Set<string>();
    for (const { label, bytes } of cases) {
      const { end, answers, mayCloseFrom } = fateOf(bytes, listener);
      ends.add(answers.length > 0 ? `answered, ${end}` : end);
      if (label.endsWith(': sound')) {
        expect([label, end]).toEqual([label, 'open']);
        expect(answers.length + (mayCloseFrom === 0 ? 1 : 0), label).toBe(1);
      }
    }
    expect([...ends].sort()).toEqual([
      'answered, closed',
      'answered, open',
      'answered, unfinished',
      'closed',
      'open',
      'unfinished',
    ]);
  });
});
