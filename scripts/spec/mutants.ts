/** Specifications with one rule broken: something must tell, or that rule is guarded by nothing. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './broken.js';
import type { ScopeResult } from './figures.js';
import { differences, moduleName, plainName, readFigures, searchScope } from './figures.js';
import { partitionMutants } from './partition-mutants.js';
import { namesOf, SPEC_FOLDER, specifications } from './plans.js';
import { producerMutants } from './producer-mutants.js';
import { openQuint, QuintFailure } from './quint-evaluator.js';
import { raftMutants } from './raft-mutants.js';

export const mutants: readonly Mutant[] = [...raftMutants, ...producerMutants, ...partitionMutants];

/** Mutants that nothing tells, and why that is right. */
export const survivors: Readonly<Record<string, string>> = {
  'raft: a read is asked of a leader only': 'only leaders are offered to choose from',
  'raft: a timeoutNow of an older term is heeded':
    'only what a leader said before it was deposed and leads again differs in that: no scope has room for so much',
  'producer: a follower that starts anew breaks the connections of the leader':
    'what is known of producers is what the log says, so the two restarts differ only in what the leader loses, and an edge does not name its replica: both results are there, with the replicas changed over. Lock B compares the replica as well',
  'producer: a batch is known by its first sequence only':
    'a producer never sends two batches of an epoch that begin alike, but after 2^31 sequences',
  'producer: what is older than all that is remembered is out of order':
    'who asks so late hears no answer; lock B compares what is said all the same',
  'producer: what may never have been there was taken once':
    'who asks so late hears no answer; lock B compares what is said all the same',
  'partition: the incarnation that is registered is named':
    'who is proposed has just been compared with it, and who is in the ISR left it with the older one',
  'partition: a change of an earlier incarnation is looked at':
    'whoever registers anew has been fenced, so another epoch has begun, and nobody hears the answer',
  'partition: the ISR of a leader that recovers grows':
    'it asks for nobody before it has reported itself; a second line of defence (KIP-704)',
  'partition: a leader that recovers asks for others':
    'its own report is under way all the time, and there is one change at a time',
  'partition: the answer to an earlier leadership counts':
    'a partition epoch is never used twice, and that of the answer is compared',
};

/**
 * What tells the mutant from the specification, in one line: the property that does not hold and after how
 * many steps, or the figure that differs; null: nothing. `typechecks`: also its types, which takes as long as the search.
 */
export async function judgeMutant(mutant: Mutant, typechecks = true): Promise<string | null> {
  const specification = specifications.find(({ name }) => name === mutant.specification);
  if (specification === undefined) {
    throw new Error(`${mutant.name} is of no specification`);
  }
  return withMutant(mutant, async (folder) => {
    const expected = readFigures(SPEC_FOLDER);
    const names = namesOf(specification, SPEC_FOLDER);
    const file = await openQuint(join(folder, specification.scopesFile), typechecks);
    let figure: string | null = null;
    for (const scope of mutant.scopes) {
      const module = moduleName(specification, scope);
      const found = searchMutant(() => searchScope(file, specification, names, scope, true));
      if (typeof found === 'string') {
        return `${found} in ${module}`;
      }
      const { figures, violations } = found;
      const nearest = [...violations].sort((a, b) => a.trace.length - b.trace.length)[0];
      if (nearest !== undefined) {
        return `${plainName(nearest.property)} after ${nearest.trace.length - 1} steps in ${module}`;
      }
      const differs = differences(figures, expected[module])[0];
      figure ??= differs === undefined ? null : `${module}: ${differs}`;
    }
    return figure;
  });
}

/** Hands a copy of the specifications with the broken rule to `judge`. */
export async function withMutant<T>(
  mutant: Mutant,
  judge: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'spec-mutant-'));
  try {
    cpSync(SPEC_FOLDER, folder, { recursive: true });
    const path = join(folder, mutant.file);
    const parts = readFileSync(path, 'utf8').split(mutant.from);
    if (parts.length !== 2) {
      throw new Error(`${mutant.name}: its text stands ${parts.length - 1} times in the file`);
    }
    writeFileSync(path, parts.join(mutant.to));
    return await judge(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A mutant may also reach for what is not there; then that is what tells it. */
function searchMutant(searching: () => ScopeResult): ScopeResult | string {
  try {
    return searching();
  } catch (error) {
    if (error instanceof QuintFailure) {
      return error.message;
    }
    throw error;
  }
}
