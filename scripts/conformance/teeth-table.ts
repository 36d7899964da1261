/** What is to be tried against lock B, the reasons why some of it shows nowhere, and the rows of docs/verification.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from '../../src/bugs/bug.js';
import { allBugs } from '../../src/bugs/registry.js';
import type { Mutant } from '../spec/broken.js';
import { mutants, survivors } from '../spec/mutants.js';
import type { Lock } from './lock.js';
import type { Sight } from './teeth.js';

const PAGE = join(import.meta.dirname, '../../docs/verification.md');

const NO_MOVES = 'the specification moves no partition (KIP-455)';
const NO_DELETION = 'nothing is deleted in the specification: every log begins at 0';

/** Mutants that the properties do not see either (scripts/spec/mutants.ts has the reasons). */
const SURVIVORS: readonly string[] = [
  'raft: a read is asked of a leader only',
  'producer: a batch is known by its first sequence only',
  'partition: a change of an earlier incarnation is looked at',
  'partition: the ISR of a leader that recovers grows',
  'partition: a leader that recovers asks for others',
  'partition: the answer to an earlier leadership counts',
];

/** Why a bug or a mutant changes no graph. */
export const unseen: Readonly<Record<string, string>> = {
  ...Object.fromEntries(SURVIVORS.map((name) => [name, survivors[name]!])),
  'raft: a timeoutNow of an older term is heeded':
    'only what a leader said before it was deposed and leads again differs in that: no scope has room for so much',
  'wiped-voter-votes': 'the specification has no voter with an empty disk (KIP-853)',
  'last-sequence-cleaned': 'the specification of production has no compaction',
  'reassignment-ends-with-the-added': NO_MOVES,
  'reassignment-at-once': NO_MOVES,
  'removed-replica-not-fenced': NO_MOVES,
  'reassignment-given-up-at-any-price': NO_MOVES,
  'lagging-controller-fences': 'the controller of the specification never fails, and never lags',
  'lagging-replica-offered-to-readers': 'consumers read from the leader in the specification',
  'deletion-answered-by-leader-alone': NO_DELETION,
  'log-begins-inside-no-batch': NO_DELETION,
  'deleted-past-taken-for-same': NO_DELETION,
  'high-watermark-left-behind-by-reset': NO_DELETION,
};

/** A table of docs/verification.md, and who is to have a row in it, in order. */
export interface TeethTable {
  /** As it stands in the page. */
  readonly name: string;
  readonly rows: readonly Tooth[];
}

/** To be tried. */
export interface Tooth {
  /** As it stands in the first column. */
  readonly name: string;
  readonly reason: string | null;
  readonly bug: Bug | null;
  readonly mutant: Mutant | null;
}

/** The tables of the lock: the zoo's bugs, and the mutants of the specification. */
export function tablesOf({ specification, isOf }: Lock): readonly [TeethTable, TeethTable] {
  const bugs = allBugs.filter(isOf).map((bug) => {
    return { name: bug.name, reason: unseen[bug.name] ?? null, bug, mutant: null };
  });
  const broken = mutants
    .filter((mutant) => mutant.specification === specification)
    .map((mutant) => {
      const name = mutant.name.replace(/^\w+: /, '');
      return { name, reason: unseen[mutant.name] ?? null, bug: null, mutant };
    });
  return [
    { name: `${specification} bugs`, rows: bugs },
    { name: `${specification} mutants`, rows: broken },
  ];
}

export function rowOf({ name, reason }: Tooth, sight: Sight | null): string {
  const found =
    sight === null
      ? `not seen: ${reason ?? 'nobody knows why'} | | | |`
      : `${sight.scope} | ${sight.states} | ${sight.steps} | ${sight.seconds.toFixed(1)} | ${sight.action}`;
  return `| ${name} | ${found} |`;
}

/**
 * Puts the row into its table at once: a long run that is ended loses nothing. `order`: the names of all rows; what
 * is none of them goes.
 */
export function writeRow(table: string, row: string, order?: readonly string[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const { head, rows, from, to } = placeOf(page, table);
  const at = rows.findIndex((line) => nameIn(line) === nameIn(row));
  rows.splice(at < 0 ? rows.length : at, at < 0 ? 0 : 1, row);
  const sorted =
    order === undefined
      ? rows
      : order.flatMap((name) => rows.filter((line) => nameIn(line) === name));
  const lines = [...head, ...sorted].join('\n');
  writeFileSync(PAGE, `${page.slice(0, from)}${lines}\n\n${page.slice(to)}`);
}

/** The cells of each row of the table; a name that stands twice is there twice. */
export function readRows(table: string): readonly (readonly string[])[] {
  const { rows } = placeOf(readFileSync(PAGE, 'utf8'), table);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function nameIn(row: string): string {
  return row.split('|')[1]!.trim();
}

function placeOf(
  page: string,
  table: string,
): { head: string[]; rows: string[]; from: number; to: number } {
  const begin = `<!-- ${table} -->\n\n`;
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(`<!-- end of ${table} -->`);
  if (from < begin.length || to < from) {
    throw new Error(`docs/verification.md has no table ${table}`);
  }
  const lines = page.slice(from, to).trimEnd().split('\n');
  return { head: lines.slice(0, 2), rows: lines.slice(2), from, to };
}
