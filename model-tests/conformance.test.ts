/**
 * Lock B as far as a minute goes: in small scopes the code has the state graph that spec/figures.json says the
 * specification has; a bug and a broken rule of the specification are told. All of it: `npm run conform`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readGraphFigures } from '../scripts/conformance/figures.js';
import { locks } from '../scripts/conformance/lock.js';
import { changesBetween, parseText } from '../scripts/conformance/texts.js';
import { differenceInWords } from '../scripts/conformance/words.js';
import { moduleName, readFigures } from '../scripts/spec/figures.js';
import { mutants, withMutant } from '../scripts/spec/mutants.js';
import { SPEC_FOLDER, specifications } from '../scripts/spec/plans.js';
import { openQuint } from '../scripts/spec/quint-evaluator.js';
import { allBugs, findBug } from '../src/bugs/registry.js';
import { startRaft } from '../src/core/raft/state.js';
import { emptyDisk } from '../src/explorer/raft/node.js';
import { voterOf } from '../src/explorer/raft/voters.js';

const figures = readFigures(SPEC_FOLDER);
const written = readGraphFigures(SPEC_FOLDER);

/** The scopes that are compared here: small, and between them every action. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  raft: [
    'votes_restart',
    'votes_writes',
    'pre_votes',
    'pre_votes_lost',
    'check_quorum',
    'log_two',
    'snapshots_late',
    'add_voter',
    'remove_leader',
    'transfer',
    'reads',
  ],
};

/** A bug of the zoo, and a mutant of the specification, that are tried here, with the scope that shows each. */
const TEETH: Readonly<Record<string, { bug: string; mutant: string; scope: string }>> = {
  raft: { bug: 'two-votes', mutant: 'raft: a vote is given twice', scope: 'votes' },
};

describe.each(locks)('the code of $specification', (lock) => {
  const specification = specifications.find(({ name }) => name === lock.specification)!;
  const scopesFile = join(SPEC_FOLDER, specification.scopesFile);
  const initOf = (scope: string): string => specification.scopes[scope]!;

  test('was compared in every scope, and nothing was vacuous', () => {
    for (const scope of Object.keys(specification.scopes)) {
      const name = moduleName(specification, scope);
      const { stateDigest, edgeDigest, states, edges, concreteStates, concreteSteps } =
        written[name]!;
      expect({ stateDigest, edgeDigest }, name).toEqual({
        stateDigest: figures[name]!.stateDigest,
        edgeDigest: figures[name]!.edgeDigest,
      });
      expect(edges).toBeGreaterThan(states / 2);
      expect(concreteStates).toBeGreaterThanOrEqual(states);
      expect(concreteSteps).toBeGreaterThanOrEqual(edges);
    }
    const large = Object.keys(specification.scopes).filter(
      (scope) => written[moduleName(specification, scope)]!.states >= 2000,
    );
    expect(large.length).toBeGreaterThanOrEqual(6);
  });

  test('has the state graph of the specification', { timeout: 600_000 }, async () => {
    const file = await openQuint(scopesFile);
    const fired = new Set<string>();
    for (const scope of COMPARED[lock.specification]!) {
      const name = moduleName(specification, scope);
      const found = lock.compareWith(file(name), SPEC_FOLDER, initOf(scope), null, null);
      expect(found.difference, name).toBe(null);
      expect(found.figures, name).toEqual(written[name]);
      for (const action of Object.keys(figures[name]!.actions)) {
        fired.add(action);
      }
    }
    const all = Object.keys(specification.scopes).flatMap((scope) =>
      Object.keys(figures[moduleName(specification, scope)]!.actions),
    );
    expect([...fired].sort()).toEqual([...new Set(all)].sort());
  });

  test('with a bug is told from it', { timeout: 300_000 }, async () => {
    const { bug, scope } = TEETH[lock.specification]!;
    const module = (await openQuint(scopesFile))(moduleName(specification, scope));
    const graph = lock.graphOf(module, initOf(scope));
    const { difference } = lock.compareWith(
      module,
      SPEC_FOLDER,
      initOf(scope),
      graph,
      findBug(bug)!,
    );
    expect(difference).not.toBe(null);
    const words = differenceInWords(difference!, graph.variables).split('\n');
    const specSays = words.indexOf('  the specification:');
    const codeSays = words.indexOf('  the code:');
    expect(words.slice(0, specSays).some((line) => line.startsWith('comes handle'))).toBe(true);
    expect(words.slice(specSays, codeSays).join('\n')).toContain('granted: false');
    expect(words.slice(codeSays).join('\n')).toContain('granted: true');
  });

  test('is told from a specification with another rule', { timeout: 300_000 }, async () => {
    const { mutant, scope } = TEETH[lock.specification]!;
    const broken = mutants.find(({ name }) => name === mutant)!;
    const difference = await withMutant(broken, async (folder) => {
      const file = await openQuint(join(folder, specification.scopesFile));
      const module = file(moduleName(specification, scope));
      const graph = lock.graphOf(module, initOf(scope));
      return lock.compareWith(module, folder, initOf(scope), graph, null).difference;
    });
    expect(difference?.call).toMatch(/^handleVoteRequest/);
  });

  test('has bugs to be tried', () => {
    expect(allBugs.filter(lock.isOf).length).toBeGreaterThan(5);
  });
});

test('spec/README.md says of every field of RaftState what becomes of it', () => {
  const disk = emptyDisk();
  const state = startRaft({
    self: voterOf(1, 0),
    limits: { maxAppendBytes: 1, maxInflight: 1, snapshotChunkBytes: 1 },
    bootstrap: { voters: [voterOf(1, 0)] },
    ...disk,
  });
  const page = readFileSync(join(SPEC_FOLDER, 'README.md'), 'utf8');
  const rows = page.split('| field of `RaftState` |').slice(1);
  const listed = rows.flatMap((table) =>
    table
      .split('\n\n')[0]!
      .split('\n')
      .slice(2)
      .flatMap(
        (row) =>
          row
            .split('|')[1]!
            .replace(/\(.*\)/, '')
            .match(/\w+/g) ?? [],
      ),
  );
  expect(listed.sort()).toEqual(Object.keys(state).sort());
});

test('a text is taken apart, and what differs is told', () => {
  const before = '<a: {1, 2}, b: [<c: Noop, d: Data(3)>], e: "x, y">';
  expect(parseText(before).text).toBe(before);
  expect(changesBetween('it', before, before)).toEqual([]);
  expect(changesBetween('it', before, '<a: {2, 3}, b: [], e: "x, y">')).toEqual([
    'it.a has now 3',
    'it.a has no more 1',
    'it.b is now []',
  ]);
  expect(() => parseText('<a: 1')).toThrow();
  expect(() => parseText('[1] 2')).toThrow();
});
