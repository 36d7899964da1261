/** What the comparison of each scope finds, as it is written down in spec/conformance.json. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphFigures } from './compare.js';

/** By the name of the scope's module. */
export type AllGraphFigures = Readonly<Record<string, GraphFigures>>;

const FILE = 'conformance.json';

export function readGraphFigures(folder: string): AllGraphFigures {
  return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as AllGraphFigures;
}

/** A scope is a line, in the order of their names. */
export function writeGraphFigures(folder: string, figures: AllGraphFigures): void {
  const lines = Object.keys(figures)
    .sort()
    .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(figures[name])}`);
  writeFileSync(join(folder, FILE), `{\n${lines.join(',\n')}\n}\n`);
}

/** What differs, one line each. */
export function graphDifferences(
  found: GraphFigures,
  expected: GraphFigures | undefined,
): string[] {
  if (expected === undefined) {
    return [`is not in ${FILE}`];
  }
  return (Object.keys(found) as (keyof GraphFigures)[]).flatMap((key) =>
    found[key] === expected[key] ? [] : [`${key} is ${found[key]}, expected ${expected[key]}`],
  );
}
