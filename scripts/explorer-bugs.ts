/**
 * Writes into docs/explorer.md how the explorer finds each bug of its machines: `npm run explore:bugs`. Every
 * scope of the machine's lattice is searched with a small budget of states, then with ten times as many: the
 * scope that shows the bug with the smallest budget is the one in the table, a smaller one first. `--machine
 * NAME`, `--only NAME` and `--scope NAME` (repeatable): some machines, some bugs, some scopes.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bug } from '../src/bugs/bug.js';
import type { ExploredMachine } from '../src/cli/explore-machine.js';
import { exploredMachines } from '../src/cli/explore-machines.js';

const PAGE = join(import.meta.dirname, '../docs/explorer.md');
const BUDGETS = [3_000, 100_000, 700_000, 4_000_000];

const { values } = parseArgs({
  options: {
    machine: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
  },
});

function rowOf(machine: ExploredMachine, bug: Bug): string {
  const scopes = machine.lattice.filter(({ name }) => values.scope?.includes(name) ?? true);
  const done = new Set<string>();
  for (const maximumStates of BUDGETS) {
    for (const scope of scopes.filter(({ name }) => !done.has(name))) {
      const began = performance.now();
      const world = machine.open(scope.name, bug);
      const { violation, states, ended } = world.explore({ maximumStates });
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
function write(machine: ExploredMachine, name: string, row: string): void {
  const begin = `<!-- bugs of ${machine.name} -->`;
  const end = `<!-- end of bugs of ${machine.name} -->`;
  const [head, rest] = readFileSync(PAGE, 'utf8').split(begin) as [string, string];
  const [table, tail] = rest.split(end) as [string, string];
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
    ...machine.bugs.flatMap((bug) => rows.get(bug.name) ?? []),
    '',
  ];
  writeFileSync(PAGE, `${head}${begin}\n${lines.join('\n')}\n${end}${tail}`);
}

for (const machine of exploredMachines) {
  if (values.machine === undefined || values.machine.includes(machine.name)) {
    for (const bug of machine.bugs) {
      if (values.only === undefined || values.only.includes(bug.name)) {
        const row = rowOf(machine, bug);
        write(machine, bug.name, row);
        process.stdout.write(`${row}\n`);
      }
    }
  }
}
