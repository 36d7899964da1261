/**
 * Writes into docs/explorer.md how the explorer finds each bug of Raft: `npm run explore:bugs`. Every scope of
 * the lattice is searched with a small budget of states, then with ten times as many: the scope that shows the
 * bug with the smallest budget is the one in the table, a smaller one first. `--only NAME` and `--scope NAME`
 * (repeatable): some bugs, some scopes.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bug } from '../src/bugs/bug.js';
import { raftBugs } from '../src/bugs/raft.js';
import { explore } from '../src/explorer/explore.js';
import { raftLattice } from '../src/explorer/raft/lattice.js';
import { RaftWorld } from '../src/explorer/raft/world.js';

const PAGE = join(import.meta.dirname, '../docs/explorer.md');
const BEGIN = '<!-- bugs -->';
const END = '<!-- end of bugs -->';
const BUDGETS = [3_000, 100_000, 700_000, 4_000_000];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
  },
});

const scopes = raftLattice.filter(({ name }) => values.scope?.includes(name) ?? true);

function rowOf(bug: Bug): string {
  const done = new Set<string>();
  for (const maximumStates of BUDGETS) {
    for (const scope of scopes.filter(({ name }) => !done.has(name))) {
      const began = performance.now();
      const world = new RaftWorld(scope, { rules: bug.raft! });
      const { violation, states, ended } = explore(world, { maximumStates });
      if (ended === 'complete') {
        done.add(scope.name);
      }
      const seconds = (performance.now() - began) / 1000;
      if (violation !== null) {
        const { property } = violation.violation;
        const star = bug.violates.includes(property) ? '' : '*';
        const depth = violation.path.length;
        return `| \`${bug.name}\` | ${scope.name} | ${states.toLocaleString('en')} | ${depth} | ${seconds.toFixed(1)} | ${property}${star} |`;
      }
    }
  }
  return `| \`${bug.name}\` | none | | | | not found |`;
}

/** Puts the row into the page at once: a long run that is ended loses nothing. */
function write(name: string, row: string): void {
  const [head, rest] = readFileSync(PAGE, 'utf8').split(BEGIN) as [string, string];
  const [table, tail] = rest.split(END) as [string, string];
  const rows = new Map(
    table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => [line.split('`')[1]!, line] as const),
  );
  rows.set(name, row);
  const lines = [
    '',
    '| bug | scope | states | steps | seconds | property |',
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...raftBugs.flatMap((bug) => rows.get(bug.name) ?? []),
    '',
  ];
  writeFileSync(PAGE, `${head}${BEGIN}\n${lines.join('\n')}\n${END}${tail}`);
}

for (const bug of raftBugs) {
  if (values.only === undefined || values.only.includes(bug.name)) {
    const row = rowOf(bug);
    write(bug.name, row);
    process.stdout.write(`${row}\n`);
  }
}
