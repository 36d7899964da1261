/** docs/guards.md: every guard of the specifications, and what shows that it matters. */

import { type AllGuards, REACHES } from './guard-figures.js';
import type { GuardVerdict } from './guard-mutants.js';
import { reasonOf } from './silent-guards.js';

const HEAD = `# Every guard of the specifications, broken in turn

Written by \`npm run docs\` from \`spec/guards.json\`, which \`npm run spec -- --guards --update\` writes; a test compares, and breaks some of them again.

A guard is a condition of an action, a part of a conjunction, an alternative, or what decides between two branches (\`scripts/spec/guards.ts\`
finds them in what Quint's parser makes of the text). The first three are *dropped*: the condition or the part always holds, the alternative never does. The
last is *negated*. Then the scopes are searched in which the guard had a value with which that makes a difference, the smallest first.

- **after N steps**: in a state so far from the first one the graph of the scope is another one. In the scopes of lock B this graph is that of the code, so lock B
  is red there ([verification](verification.md)); the digests in \`spec/figures.json\` are, in any scope.
- **a property, or a figure**: the graph is the same, for the guard is of what only the judge remembers; that falls, or changes.
- **nothing**: with the reason.

Besides, rules of all three are broken by hand, as somebody might get them wrong (\`npm run spec -- --mutants\`). What choices \`step\` offers is no guard: an
action says itself what it takes, and where \`step\` says the same (only leaders, only within a budget) nothing tells of either alone.

`;

/** Of the verdicts as they are written down. */
export function guardsPage(all: AllGuards): string {
  const summary = Object.entries(all).map(([name, verdicts]) => {
    const silent = verdicts.filter(({ tells }) => tells === null).length;
    const graph = verdicts.filter(({ tells }) => isOfGraph(tells)).length;
    return `| ${name} | ${verdicts.length} | ${graph} | ${verdicts.length - graph - silent} | ${silent} |`;
  });
  const tables = Object.entries(all).map(
    ([name, verdicts]) =>
      `## ${name}\n\n| definition | guard | | shown by | scope |\n| --- | --- | --- | --- | --- |\n${verdicts.map((verdict) => rowOf(name, verdict)).join('\n')}\n`,
  );
  return `${HEAD}| specification | guards | shown by the graph | by a property or a figure | by nothing |
| --- | ---: | ---: | ---: | ---: |
${summary.join('\n')}

${tables.join('\n')}`;
}

function isOfGraph(tells: string | null): boolean {
  return tells?.startsWith('after ') === true || tells === REACHES;
}

function rowOf(specification: string, verdict: GuardVerdict): string {
  const { definition, guard, broken, scope, tells } = verdict;
  const code = `\`${guard.replaceAll('|', '\\|')}\``;
  const shown = tells ?? `nothing: ${reasonOf(specification, verdict) ?? 'nobody knows why'}`;
  return `| ${definition} | ${code} | ${broken} | ${shown} | ${scope ?? ''} |`;
}
