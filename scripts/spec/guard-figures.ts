/** What breaking each guard shows, as it is written down in spec/guards.json; and why nothing tells of some. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardVerdict } from './guard-mutants.js';
import { SPEC_FOLDER } from './plans.js';

const FILE = join(SPEC_FOLDER, 'guards.json');

/** As a specification fails that asks a list for what it does not have. */
export const REACHES = 'reaches for what is not there';

/** By the name of the specification, in the order of the text. */
export type AllGuards = Readonly<Record<string, readonly GuardVerdict[]>>;

export function readGuards(): AllGuards {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as AllGuards) : {};
}

/** A guard is a line, so that changes can be read. */
export function writeGuards(all: AllGuards): void {
  const specifications = Object.entries(all).map(([name, verdicts]) => {
    const lines = verdicts.map((verdict) => `    ${JSON.stringify(verdict)}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  writeFileSync(FILE, `{\n${specifications.join(',\n')}\n}\n`);
}
