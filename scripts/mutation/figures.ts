/** What trying all mutants of a file found, as it is written down in scripts/mutation/figures.json. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutant, wasNoticed } from '../mutants.js';
import type { Tried } from './worker.js';

export interface Survivor {
  readonly line: number;
  readonly original: string;
  readonly replacement: string;
  /** Pending: what was asked does not notice it, and not everything was asked yet. */
  readonly status: 'Survived' | 'NoCoverage' | 'Ignored' | 'Pending';
}

export interface FileFigures {
  readonly mutants: number;
  /** Noticed by lock B alone; it is asked first. */
  readonly lock: number;
  /** Noticed by tests, walks or searches, and not by lock B. */
  readonly tests: number;
  /** Of both: those that ended in a loop without an end. */
  readonly endless: number;
  readonly survivors: readonly Survivor[];
}

/** By the path of the file. */
export type MutationFigures = Readonly<Record<string, FileFigures>>;

const FILE = join(import.meta.dirname, 'figures.json');

export function readMutationFigures(): MutationFigures {
  return JSON.parse(readFileSync(FILE, 'utf8')) as MutationFigures;
}

/** Puts down what was found of the files of `all`, of which every mutant must be there; the others stay. */
export function updateFigures(all: readonly (Mutant & Pick<Tried, 'oracle'>)[]): void {
  const figures: Record<string, FileFigures> = { ...readMutationFigures() };
  for (const file of new Set(all.map((each) => each.file))) {
    figures[file] = figuresOf(all.filter((each) => each.file === file));
  }
  const rows = Object.keys(figures)
    .sort()
    .map((file) => {
      const { survivors, ...rest } = figures[file]!;
      const lines = survivors.map((each) => `      ${JSON.stringify(each)}`);
      const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n    ]`;
      const counts = JSON.stringify(rest).slice(1, -1);
      return `  ${JSON.stringify(file)}: {\n    ${counts},\n    "survivors": ${list}\n  }`;
    });
  writeFileSync(FILE, `{\n${rows.join(',\n')}\n}\n`);
}

function figuresOf(own: readonly (Mutant & Pick<Tried, 'oracle'>)[]): FileFigures {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 120);
  const noticed = own.filter(wasNoticed);
  return {
    mutants: own.length,
    lock: noticed.filter(({ oracle }) => oracle === 'lock B').length,
    tests: noticed.filter(({ oracle }) => oracle === 'tests').length,
    endless: noticed.filter(({ status }) => status === 'Timeout').length,
    survivors: own
      .filter((mutant) => !wasNoticed(mutant))
      .map(({ from, original, replacement, status }) => ({
        line: from.line,
        original: flat(original),
        replacement: flat(replacement),
        status: status as Survivor['status'],
      })),
  };
}
