/** Mutation testing: its oracles refuse what fails by itself and notice what does not, and its page says what was found. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CaseOracle } from '../scripts/mutation/case-oracle.js';
import { readMutationFigures } from '../scripts/mutation/figures.js';
import { mutantsPage } from '../scripts/mutation/page.js';
import { filesOf, parts } from '../scripts/mutation/parts.js';
import { WORDS } from '../scripts/mutation/survivors.js';
import { cover, isActive, recording } from '../scripts/mutation/switch.js';

const ROOT = join(import.meta.dirname, '..');

/** As the instrumenter writes it: mutant 1 is a sum that is none, mutant 2 a loop without an end, mutant 3 changes nothing. */
function sum(numbers: readonly number[]): number {
  let all = 0;
  for (let at = 0; at < numbers.length; isActive(2) ? at-- : recording.on && cover([2]), at++) {
    all = isActive(1) ? all - numbers[at]! : come(1, all + numbers[at]!);
  }
  return isActive(3) ? Number(all) : come(3, all);
}

function come(by: number, usual: number): number {
  if (recording.on) {
    cover([by]);
  }
  return usual;
}

function demand(holds: boolean): void {
  if (!holds) {
    throw new Error('it does not hold');
  }
}

describe('tests as an oracle', () => {
  const cases = [
    { name: 'nothing', run: () => demand(sum([]) === 0) },
    { name: 'two', run: () => demand(sum([2, 3]) === 5) },
  ];

  test('notice a mutant, and a loop without an end, and nothing where nothing changes', async () => {
    const oracle = new CaseOracle();
    await oracle.open(cases);
    expect(await oracle.tried(1)).toEqual({ by: 'two', isEndless: false });
    expect(await oracle.tried(2)).toEqual({ by: 'two', isEndless: true });
    expect(await oracle.tried(3)).toEqual({ by: null, isEndless: false });
    expect(sum([2, 3])).toBe(5);
  });

  test('know by which mutants nothing comes', async () => {
    const oracle = new CaseOracle();
    await oracle.open(cases.slice(0, 1));
    expect([...oracle.covered]).toEqual([3]);
    expect(await oracle.tried(1)).toEqual({ by: null, isEndless: false });
  });

  test('are no oracle where one fails by itself', async () => {
    const wrong = { name: 'three', run: () => demand(sum([3]) === 4) };
    await expect(new CaseOracle().open([...cases, wrong])).rejects.toThrow('three, with no mutant');
  });
});

describe('docs/mutants.md', () => {
  const figures = readMutationFigures();

  test('is what the figures and the words make', () => {
    const page = readFileSync(join(ROOT, 'docs/mutants.md'), 'utf8');
    expect(page).toBe(mutantsPage(figures));
  });

  test('has a word for all that survives, and a file for every word', () => {
    const survived = Object.keys(figures).filter((file) => figures[file]!.survivors.length > 0);
    expect(Object.keys(WORDS).sort()).toEqual(survived.sort());
  });

  test('counts every mutant once, and tells of files that are there', () => {
    const files = parts.flatMap((part) => filesOf(ROOT, part));
    for (const [file, { mutants, lock, tests, survivors }] of Object.entries(figures)) {
      expect(files).toContain(file);
      expect(lock + tests + survivors.length, file).toBe(mutants);
    }
  });
});
