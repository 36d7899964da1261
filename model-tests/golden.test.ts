/**
 * The shrunk failure of every bug: red with the bug, by the same property at the same event with every
 * choice taking effect, and green without it. A change of the brokers or of the simulator that moves an
 * event moves these; `npm run golden` writes them again, and refuses where a property holds now.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findBug } from '../src/bugs/registry.js';
import {
  type Artifact,
  decodeArtifact,
  replayArtifact,
  replayWithoutBugs,
} from '../src/simulator/artifact.js';

const FOLDER = join(import.meta.dirname, 'golden');
const MOST_EVENTS = 100_000;
/** Properties of the time without faults: something must come about within a bound. */
const DEMANDS: ReadonlySet<string> = new Set(['Converges', 'Serves']);

const artifacts = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): [file: string, artifact: Artifact] => [
    file,
    decodeArtifact(readFileSync(join(FOLDER, file), 'utf8')),
  ]);

describe('the golden folder', () => {
  test('is not empty, and each bug has its file', () => {
    expect(artifacts.length).toBeGreaterThanOrEqual(66);
    for (const [file, { bugs, idle }] of artifacts) {
      expect(bugs.map((name) => `${name}.json`)).toEqual([file]);
      expect(idle).toEqual([]);
    }
  });

  test.each(artifacts)(
    '%s is red with its bug: the same property at the same event',
    (_file, artifact) => {
      const { why, result } = replayArtifact(artifact);
      expect(why).toBeNull();
      expect(result.hash).toBe(artifact.hash);
      expect(result.events).toBeLessThan(MOST_EVENTS);
    },
  );

  test.each(artifacts)('%s is green without it', (_file, artifact) => {
    const { why, result } = replayWithoutBugs(artifact);
    expect(why).toBeNull();
    expect(result.verdict).not.toBe('invalid');
    expect(result.history).not.toBeNull();
    // A run that comes to rest may be over before another has waited long enough to say that it does not.
    if (!DEMANDS.has(artifact.property)) {
      expect(result.events).toBeGreaterThan(artifact.event);
    }
  });

  test.each(artifacts)('%s shows what its bug says that it violates', (_file, artifact) => {
    expect(findBug(artifact.bugs[0]!)?.violates).toContain(artifact.property);
  });
});

describe('a golden artifact', () => {
  test('is no longer matched once a choice of it has no effect', () => {
    const [, artifact] = artifacts.find(([, { scenario }]) => scenario.choices.length > 0)!;
    const [choice] = artifact.scenario.choices;
    const scenario = {
      ...artifact.scenario,
      choices: [
        ...artifact.scenario.choices,
        { ...choice!, name: 'late', when: { at: 86_400_000 } },
      ],
    };
    expect(replayArtifact({ ...artifact, scenario }).why).toMatch(
      /^the choice 'late' had no effect|at event/,
    );
  });
});
