/** Which files of the core are changed, and what is asked about each: the specifications and the tests of its part. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Part {
  readonly name: string;
  readonly folder: string;
  /** Their scopes of lock B. */
  readonly specifications: readonly string[];
  /** Scopes with larger worlds are left to `npm run conform`. */
  readonly mostStates: number;
  /** Beside those in its folder. */
  readonly tests: readonly string[];
}

export const parts: readonly Part[] = [
  {
    name: 'raft',
    folder: 'src/core/raft',
    specifications: ['raft'],
    mostStates: 21_000,
    tests: ['model-tests/raft-claims.test.ts', 'model-tests/raft-effects.test.ts'],
  },
  {
    name: 'partition',
    folder: 'src/core/partition',
    specifications: ['producer', 'partition'],
    mostStates: 4_700,
    tests: ['model-tests/partition-effects.test.ts'],
  },
  {
    name: 'metadata',
    folder: 'src/core/metadata',
    specifications: ['partition'],
    mostStates: 4_700,
    tests: [],
  },
];

const NO_STEPS = /(?:\.test|types)\.ts$|^test-|^(?:broker|topic)-configs\.ts$/;

/** Code in which mutants are made: no tests, nothing that only helps them, no types, no tables of the supported configs. */
export function filesOf(root: string, { folder }: Part): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && !NO_STEPS.test(name))
    .map((name) => `${folder}/${name}`)
    .sort((a, b) => Number(isForm(a)) - Number(isForm(b)) || (a < b ? -1 : 1));
}

/** Code that writes states down: what it changes makes every comparison a long one, so it comes last. */
function isForm(file: string): boolean {
  return /\/(?:canonical|state|encoding)\.ts$/.test(file);
}

export function testsOf(root: string, { folder, tests }: Part): string[] {
  const own = readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts'));
  return [...own.map((name) => `${folder}/${name}`), ...tests];
}
