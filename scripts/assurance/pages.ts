/** What docs/bugs.md and docs/explorer.md say of each bug: their rows, read back. */

/** How a bug was found. */
export interface Found {
  /** What fell first. */
  readonly property: string;
  /** How much it took, for people. */
  readonly effort: string;
}

/** By bug: rows `| \`bug\` | wrong | source | seeds | virtual time | seconds | property | witness |`. */
export function simulatedBugs(page: string): Map<string, Found> {
  return new Map(
    rowsOf(page, 8).map(([bug, , , seed, , seconds, property]) => [
      bug!,
      { property: bare(property!), effort: `seed ${seed}, ${seconds} s` },
    ]),
  );
}

/** By bug: rows `| \`bug\` | scope | states | steps | seconds | property |`; without those that were not found. */
export function exploredBugs(page: string): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [bug, scope, states, steps, seconds, property] of rowsOf(page, 6)) {
    // Two machines may have the rule: what the first one shows is enough.
    if (scope !== 'none' && !found.has(bug!)) {
      const effort = `${scope}, ${states} states, ${steps} steps, ${seconds} s`;
      found.set(bug!, { property: bare(property!), effort });
    }
  }
  return found;
}

/** Cells of the rows that begin with a name in backticks and have so many cells. */
function rowsOf(page: string, cells: number): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(/ ?(?<!\\)\| ?/))
    .filter((row) => row.length === cells)
    .map(([bug, ...others]) => [bug!.replaceAll('`', ''), ...others]);
}

/** An asterisk says that the zoo does not name the property for the bug. */
function bare(property: string): string {
  return property.replace(/ ?\*$/, '');
}
