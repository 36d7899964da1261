/** Mutation testing: its oracles refuse what fails by itself and notice what does not, and its page says what was found. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CaseOracle } from '../scripts/mutation/case-oracle.js';
import { readMutationFigures } from '../scripts/mutation/figures.js';
import {
  digestsAfter,
  isCurrent,
  oracleOf,
  type Row,
  testSources,
} from '../scripts/mutation/kept.js';
import { mutantsPage } from '../scripts/mutation/page.js';
import { filesOf, parts } from '../scripts/mutation/parts.js';
import { WORDS } from '../scripts/mutation/survivors.js';
import { cover, isActive, recording } from '../scripts/mutation/switch.js';
import type { Oracles } from '../scripts/mutation/worker.js';

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

describe('what an earlier run found', () => {
  const oracle = { tests: 'tests', lock: 'lock' };
  const row = (found: Pick<Row, 'status' | 'oracle'>, asked: Partial<Row> = {}): Row => ({
    name: 'a mutant',
    source: 'source',
    by: null,
    isCut: false,
    ...oracle,
    ...found,
    ...asked,
  });
  const killed = (by: 'tests' | 'lock B') => ({ status: 'Killed', oracle: by }) as const;
  const survived = { status: 'Survived', oracle: null } as const;
  const stillHolds = (of: Row) => isCurrent(of, 'source', oracle);

  test('holds while the file and who was asked are the same', () => {
    for (const found of [killed('tests'), killed('lock B'), survived]) {
      expect(stillHolds(row(found))).toBe(true);
      expect(stillHolds(row(found, { source: 'another' }))).toBe(false);
    }
  });

  test('does not hold once those who noticed are others; of a survivor, once anybody is', () => {
    const others = [{ tests: 'more tests' }, { lock: 'another scope' }];
    const holding = (found: Pick<Row, 'status' | 'oracle'>) =>
      others.map((asked) => stillHolds(row(found, asked)));
    expect(holding(killed('tests'))).toEqual([false, true]);
    expect(holding(killed('lock B'))).toEqual([true, false]);
    expect(holding(survived)).toEqual([false, false]);
  });

  test('does not hold of a survivor that was shown to some of them only', () => {
    const shown = (oracles: Oracles, before?: Row) =>
      row(survived, digestsAfter(oracles, oracle, before));
    expect(stillHolds(shown('all'))).toBe(true);
    expect([shown('tests'), shown('lock B')].map(stillHolds)).toEqual([false, false]);
    expect(stillHolds(shown('tests', shown('lock B')))).toBe(true);
    const before = row(survived, { lock: 'another scope' });
    expect(stillHolds(shown('tests', before))).toBe(false);
  });

  test('rests on the tests and on what only helps them', () => {
    const root = mkdtempSync(join(tmpdir(), 'mutants-'));
    const write = (file: string, text: string): void => {
      mkdirSync(join(root, file, '..'), { recursive: true });
      writeFileSync(join(root, file), text);
    };
    write('src/sum.ts', 'product');
    write('model-tests/kit.ts', "import { sum } from '../src/sum.js';");
    write('src/test-sum.ts', "import { kit } from '../model-tests/kit.js';");
    const first = "import { helped } from './test-sum.js';\nimport { sum } from './sum.js';";
    write('src/sum.test.ts', first);
    const texts = testSources(root, ['src/sum.test.ts']);
    expect(texts).toEqual([
      "import { sum } from '../src/sum.js';",
      first,
      "import { kit } from '../model-tests/kit.js';",
    ]);
    rmSync(root, { recursive: true });
  });

  test.each(parts)('of $name rests on tests and scopes that are there', (part) => {
    const { tests, lock } = oracleOf(ROOT, part);
    expect([tests, lock]).toEqual([
      expect.stringMatching(/^.{16}$/),
      expect.stringMatching(/^.{16}$/),
    ]);
    // Another part has other tests and other scopes.
    const { folder } = parts.find((each) => each !== part)!;
    const different = oracleOf(ROOT, { ...part, folder, specifications: [] });
    expect(different.tests).not.toBe(tests);
    expect(different.lock).not.toBe(lock);
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
