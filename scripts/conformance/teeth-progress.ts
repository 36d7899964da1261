/** What has been tried of the bugs and mutants: all of them take an hour, and a run that was ended goes on from here. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Sight } from './teeth.js';
import type { Tooth } from './teeth-table.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** No part of the repository. */
const FILE = join(ROOT, 'artifacts/teeth.json');
/** Other texts in one of these, another run. */
const TEXTS: readonly string[] = [
  'spec',
  'src/core',
  'src/bugs',
  'src/explorer',
  'scripts/conformance/raft',
  'scripts/conformance/producer',
  'scripts/conformance/partition',
];

interface Kept {
  readonly texts: string;
  /** By what was tried, in which table; null: it was not seen. */
  readonly sights: Record<string, Sight | null>;
}

export interface TeethProgress {
  /** Undefined: it has not been tried. */
  sightOf(table: string, tooth: Tooth): Sight | null | undefined;
  keep(table: string, tooth: Tooth, sight: Sight | null): void;
  /** All is done. */
  end(): void;
}

export function teethProgress(): TeethProgress {
  const texts = digest();
  const found = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Kept) : null;
  const kept: Kept = found?.texts === texts ? found : { texts, sights: {} };
  return {
    sightOf: (table, tooth) => kept.sights[keyOf(table, tooth)],
    keep: (table, tooth, sight) => {
      kept.sights[keyOf(table, tooth)] = sight;
      mkdirSync(dirname(FILE), { recursive: true });
      writeFileSync(FILE, JSON.stringify(kept));
    },
    end: () => rmSync(FILE, { force: true }),
  };
}

/** A mutant of the same name that is broken otherwise is another one. */
function keyOf(table: string, { name, mutant }: Tooth): string {
  return JSON.stringify([table, name, mutant?.from, mutant?.to]);
}

function digest(): string {
  const hash = createHash('sha256');
  for (const folder of TEXTS) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.sort().filter((name) => /(?<!\.test)\.(ts|qnt)$/.test(name))) {
      hash.update(`${folder}/${file}\n${readFileSync(join(ROOT, folder, file), 'utf8')}`);
    }
  }
  return hash.digest('hex');
}
