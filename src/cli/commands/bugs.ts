/** `logjury bugs`: the zoo. */

import type { Command } from 'commander';
import { allBugs } from '../../bugs/registry.js';

export function registerBugs(program: Command): void {
  program
    .command('bugs')
    .description('list the wrong rules that can be planted with --bug')
    .option('--json', 'one JSON document on standard output')
    .action((flags: { readonly json?: boolean }) => {
      const rows = allBugs.map(({ name, title, source, violates }) => ({
        name,
        title,
        source,
        violates,
      }));
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ bugs: rows }, null, 2)}\n`);
        return;
      }
      const width = Math.max(...rows.map(({ name }) => name.length));
      for (const { name, title, source } of rows) {
        process.stdout.write(`${name.padEnd(width)}  ${title} (${source})\n`);
      }
    });
}
