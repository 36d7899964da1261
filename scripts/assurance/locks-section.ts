/**
 * The last part of docs/bugs.md: what shows each bug of the machines that have a specification, by lock. Made from
 * the tables of docs/explorer.md (lock A) and docs/verification.md (B and C).
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allBugs } from '../../src/bugs/registry.js';
import { LOCKS } from '../../src/cli/hunt-page.js';
import { locks } from '../conformance/lock.js';
import { readRows } from '../conformance/teeth-table.js';
import { exploredBugs } from './pages.js';

const DOCS = resolve(import.meta.dirname, '../../docs');

const HEAD = `${LOCKS}

Bugs that replace a rule of a machine with a specification, and the smallest thing that shows each ([what the locks are](verification.md)):
of the explorer the scope, its states until then, the steps to it and the seconds ([more](explorer.md#bugs)); of lock B the scope, its states, the steps to the state
in which code and specification part, the seconds of processor time (the specification is asked once for all bugs of a scope) and the action; of lock C the seed of the
simulator, the step of all nodes that is rejected, and the action (runs are asked about with \`raft.qnt\` and \`partition.qnt\`). Written by \`npm run docs\`.

| Bug | Explorer (A) | State graphs (B) | Traces (C) |
| --- | --- | --- | --- |
`;

/** The page, with its last part anew. */
export function withLocks(page: string): string {
  const at = page.indexOf(LOCKS);
  return `${(at < 0 ? page : page.slice(0, at)).trimEnd()}\n\n${locksSection()}`;
}

function locksSection(): string {
  const explored = exploredBugs(readFileSync(join(DOCS, 'explorer.md'), 'utf8'));
  const graphs = new Map<string, string>();
  const traces = new Map<string, string>();
  for (const { specification, isOf } of locks) {
    const tried = tableOf(`${specification} bugs`);
    // Nobody asks spec/producer.qnt about runs.
    const isTraced = specification !== 'producer';
    const accepted = isTraced ? tableOf(`${specification} bugs in traces`) : new Map<string, Row>();
    const untried = isTraced ? 'not tried' : `none of ${specification}.qnt`;
    for (const { name } of allBugs.filter(isOf)) {
      graphs.set(name, told(tried, name, shownByGraph) ?? graphs.get(name) ?? 'not tried');
      traces.set(name, told(accepted, name, shownByTrace) ?? traces.get(name) ?? untried);
    }
  }
  const rows = allBugs
    .filter(({ name }) => graphs.has(name))
    .map(({ name }) => {
      const explorer = explored.get(name)?.effort ?? 'not found';
      return `| \`${name}\` | ${explorer} | ${graphs.get(name)} | ${traces.get(name)} |`;
    });
  return `${HEAD}${rows.join('\n')}\n`;
}

type Row = readonly string[];

function shownByGraph([scope, states, steps, seconds, action]: Row): string {
  return `${scope}, ${states} states, ${steps} steps, ${seconds} s: ${action}`;
}

function shownByTrace([seed, steps, action]: Row): string {
  return `seed ${seed}, step ${steps}: ${action}`;
}

/** Undefined: the table does not have it. What says in one cell why it was not seen says so here. */
function told(
  table: ReadonlyMap<string, Row>,
  name: string,
  shown: (row: Row) => string,
): string | undefined {
  const row = table.get(name);
  const [first = ''] = row ?? [];
  return first.startsWith('not seen') ? first : row && shown(row);
}

/** The cells behind the name, by name. */
function tableOf(table: string): Map<string, Row> {
  return new Map(readRows(table).map(([name, ...cells]) => [name!, cells]));
}
