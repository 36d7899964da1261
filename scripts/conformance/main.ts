/**
 * Lock B: compares the state graph of each scope of a specification with that of the production code:
 * `npm run conform -- [--only TEXT] [--update]`. The figures must be those of spec/conformance.json (`--update`
 * writes it). `--bug NAME`: with the rules of a bug of the zoo, to see where the two part. `--teeth`: which bugs
 * and which mutants of the specification it sees, written into docs/verification.md (`--only`: those with TEXT
 * in their names, such as `raft mutants: a vote`; a run that was ended goes on where it was). Exit status 1 if anything differs, or is not seen and should be; 2 if there is nothing to compare.
 */

import { join } from 'node:path';
import { endUnusable } from '../../src/cli/errors.js';
import { knownBugs } from '../../src/cli/seeds.js';
import { flagsOf, usable } from '../command.js';
import { moduleName, readFigures } from '../spec/figures.js';
import { SPEC_FOLDER, specifications } from '../spec/plans.js';
import { openQuint } from '../spec/quint-evaluator.js';
import type { AllGraphFigures } from './figures.js';
import { graphDifferences, readGraphFigures, writeGraphFigures } from './figures.js';
import { locks } from './lock.js';
import { judgeTeeth } from './teeth-page.js';
import { differenceInWords } from './words.js';

const { values } = flagsOf({
  options: {
    update: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    bug: { type: 'string' },
    teeth: { type: 'boolean', default: false },
  },
});
if (values.bug !== undefined && values.update) {
  endUnusable('--bug and --update: the figures are those of the code without a bug');
}
const [bug = null] = usable(() => knownBugs(values.bug === undefined ? [] : [values.bug]));
const wrong = values.teeth ? await judgeTeeth(values.only) : await compareAll(values.only);
process.exitCode = wrong === 0 ? 0 : 1;

async function compareAll(only: string): Promise<number> {
  const expected = readGraphFigures(SPEC_FOLDER);
  const found: Record<string, AllGraphFigures[string]> = { ...expected };
  let compared = 0;
  let bad = 0;
  for (const lock of locks) {
    const specification = specifications.find(({ name }) => name === lock.specification)!;
    const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile), false);
    for (const [scope, init] of Object.entries(specification.scopes)) {
      const name = moduleName(specification, scope);
      if (!name.includes(only)) {
        continue;
      }
      compared++;
      const began = process.cpuUsage().user;
      const module = file(name);
      const graph = lock.graphOf(module, init);
      const { difference, figures } = lock.compareWith(module, SPEC_FOLDER, init, graph, bug);
      const inWords = difference === null ? [] : [differenceInWords(difference, graph.variables)];
      const { stateDigest, edgeDigest } = readFigures(SPEC_FOLDER)[name] ?? {};
      const isSearched = stateDigest === figures.stateDigest && edgeDigest === figures.edgeDigest;
      const complaints =
        bug !== null || inWords.length > 0
          ? inWords
          : [
              ...(isSearched ? [] : ['has other digests in figures.json: npm run spec']),
              ...(values.update ? [] : graphDifferences(figures, expected[name])),
            ];
      if (values.update && inWords.length === 0) {
        found[name] = figures;
        writeGraphFigures(SPEC_FOLDER, found);
      }
      const seconds = ((process.cpuUsage().user - began) / 1e6).toFixed(1);
      const { states, edges, concreteStates, concreteSteps } = figures;
      console.log(
        `${name}: ${states} states, ${edges} edges, ${concreteStates} and ${concreteSteps} of the code, ${seconds} s`,
      );
      for (const complaint of complaints) {
        console.log(`  ${name} ${complaint}`);
      }
      bad += complaints.length;
    }
  }
  return compared === 0 ? endUnusable(`--only: no scope has '${only}' in its name`) : bad;
}
