/** How far the guards of a specification have been broken: such a run takes hours, and one that was ended goes on from here. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { GuardVerdict } from './guard-mutants.js';
import { SPEC_FOLDER, type Specification } from './plans.js';

/** Of one guard. */
export interface GuardProgress {
  /** Scopes in which it had a value with which breaking it changes something. */
  readonly tried: string[];
  /** Those of them in which breaking it changes what the judge remembers. */
  readonly remembered: string[];
  /** Whether the properties were asked. */
  asked: boolean;
  verdict: GuardVerdict | null;
}

export interface Progress {
  /** Scopes that are done. */
  readonly scopes: string[];
  /** In the order of the text. */
  readonly guards: readonly GuardProgress[];
}

/** Where it is kept; nobody keeps what tests do. */
export interface ProgressKeeper {
  /** Null: nothing is kept, or of other texts than those of today. */
  load(): Progress | null;
  save(progress: Progress): void;
  /** All is done. */
  end(): void;
}

/** In a file that is no part of the repository. */
export function keptInFile({ name }: Specification): ProgressKeeper {
  const file = resolve(SPEC_FOLDER, `../artifacts/guards-${name}.json`);
  const texts = digestOf(name);
  return {
    load: () => {
      const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
      return kept?.texts === texts ? (kept.progress as Progress) : null;
    },
    save: (progress) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ texts, progress }));
    },
    end: () => rmSync(file, { force: true }),
  };
}

/** Of all files of the specification: another text, another run. */
function digestOf(name: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(SPEC_FOLDER).sort()) {
    if (file.startsWith(name) && file.endsWith('.qnt')) {
      hash.update(`${file}\n${readFileSync(join(SPEC_FOLDER, file), 'utf8')}`);
    }
  }
  return hash.digest('hex');
}
