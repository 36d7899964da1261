/** docs/mutants.md: what trying every mutant of the step functions found, file by file. */

import {
  type FileFigures,
  type MutationFigures,
  readMutationFigures,
  type Survivor,
} from './figures.js';
import { OPEN, WORDS } from './survivors.js';

const HEAD = `# Mutants of the step functions

Written by \`npm run docs\` from \`scripts/mutation/figures.json\`, which \`npm run mutate -- --update\` writes, and from the words in
\`scripts/mutation/survivors.ts\`. A test compares them.

\`npm run mutate\` changes \`src/core/raft\`, \`src/core/partition\` and \`src/core/metadata\` in every place ([Stryker](https://stryker-mutator.io)'s mutants, none left out) and asks
whether something notices. A run of a test runner for each of more than five thousand mutants takes days; so they are all built into one mirror of the code,
each behind a switch (Stryker's own instrumenter), and one process tries one after another, with oracles that are plain functions:

1. **Lock B** ([verification](verification.md)): the scopes of the specification, compared state by state. With no mutant each must have the figures
   that are written down (\`spec/figures.json\`, \`spec/conformance.json\`), or nothing is tried at all. A world asks the machine once for each pair of one who
   steps and what comes to it; for a mutant only those pairs are asked again that come by it. Where all end as before, the world is the same, and no
   search is needed to know it. Where one ends otherwise, the scope is compared until the first difference.
2. **Tests**: those of the folder, and the claims of the thesis, the same files that \`npm test\` runs (with vitest's matchers and a runner of ours); then random
   walks in which every property is asked of every step, and that have to recover. \`--thorough\` tries survivors again: more walks, and the first
   states of scopes of the [explorer](explorer.md).

Noticed are a difference, a failed test, and a loop without an end (cut when a mutant is come by a hundred times as often as without it). **What nothing comes by counts as a
survivor**, and nothing is ignored. A mutant of a value that is made when the code is loaded is tried in a process of its own.
\`--resume\` takes what was found before as it is while the file is the same, and who was asked: the tests with all that is only for tests, and the figures of
lock B's scopes. (Other files of the core are not looked at.)

    npm run mutate -- --only src/core/raft/quorum.ts     # one file; exit status 0: at least 90 % were noticed
    npm run mutate -- --resume --update                  # goes on where the last run ended, and writes the figures
    npm run mutate -- --only src/core/raft/quorum.ts --plain    # the same with Stryker and vitest: what do they say?

`;

export function mutantsPage(figures: MutationFigures = readMutationFigures()): string {
  const files = Object.keys(figures);
  const sum = (count: (each: FileFigures) => number): number =>
    files.reduce((all, file) => all + count(figures[file]!), 0);
  const rows = files.map((file) =>
    rowOf(file.replace('src/core/', ''), figures[file]!, WORDS[file]),
  );
  const all = {
    mutants: sum(({ mutants }) => mutants),
    lock: sum(({ lock }) => lock),
    tests: sum(({ tests }) => tests),
    endless: sum(({ endless }) => endless),
    survivors: files.flatMap((file) => figures[file]!.survivors),
  };
  return `${HEAD}${OPEN}

| file | mutants | lock B | then tests | noticed | survivors |
| --- | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}
${rowOf('**all**', all, `${all.survivors.length}; ${all.endless} of those noticed are loops without an end`)}

## Every survivor

${files.flatMap((file) => listOf(file, figures[file]!)).join('\n')}`;
}

const SAID: Readonly<Record<Survivor['status'], string>> = {
  Survived: '',
  NoCoverage: ' (nothing comes by it)',
  Ignored: ' (Stryker was told to leave it out)',
  Pending: ' (not every oracle was asked)',
};

function rowOf(name: string, { mutants, lock, tests, survivors }: FileFigures, words = ''): string {
  const share = ((100 * (lock + tests)) / mutants).toFixed(1);
  const told = survivors.length === 0 ? 'none' : words;
  return `| ${name.startsWith('*') ? name : `\`${name}\``} | ${mutants} | ${lock} | ${tests} | ${share} % | ${told} |`;
}

function listOf(file: string, { survivors }: FileFigures): string[] {
  if (survivors.length === 0) {
    return [];
  }
  const lines = survivors.map(({ line, original, replacement, status }) => {
    const code = (text: string): string => `\`\` ${text === '' ? '(nothing)' : text} \`\``;
    return `- line ${line}: ${code(original)} becomes ${code(replacement)}${SAID[status]}`;
  });
  return [`### ${file.replace('src/core/', '')}\n`, ...lines, ''];
}
