/** How the questions of lock C name the servers of a step. */

import { expect, test } from 'vitest';
import { StepNames } from '../scripts/traces/raft/names.js';
import { appended, EMPTY_LOG } from '../scripts/traces/raft/traced-log.js';
import type { ExactEntry, ExactVoter } from '../src/trace/exact-raft.js';

const configuration = (index: number, ids: readonly number[]): ExactEntry => ({
  base: index,
  index,
  term: 1,
  kind: 'configuration',
  digest: index,
  voters: ids.map((id): ExactVoter => [id, `directory${id}`]),
});

test('two configurations after each other share no name between two servers', () => {
  // Seed 38148101: 2 leaves, and no index that the step speaks of is that of the configuration with it.
  const log = appended(EMPTY_LOG, [
    { base: 1, index: 1, term: 1, kind: 'noop', digest: 1, voters: null },
    configuration(2, [1, 2, 3, 5]),
    configuration(3, [1, 3, 5]),
    { base: 4, index: 4, term: 2, kind: 'noop', digest: 4, voters: null },
  ]);
  const names = new StepNames(1, { of: (id) => id, voters: 3 }, false);
  const texts = (): readonly string[] => {
    names.server(1);
    names.server(3);
    names.term(2);
    names.index(1);
    names.index(3);
    return names.entryTexts(log, 2);
  };
  texts();
  names.settle();
  expect(texts().slice(-3)).toEqual([
    '<kind: Configuration({1, 2, 3, 4}), term: 1>',
    '<kind: Configuration({1, 2, 4}), term: 1>',
    '<kind: Noop, term: 2>',
  ]);
  expect(() => names.server(4)).toThrow('server 4 has no name');
});
