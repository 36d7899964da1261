/**
 * Lock B as far as a minute goes: in small scopes the code has the state graph that spec/figures.json says the
 * specification has; a bug and a broken rule of the specification are told. All of it: `npm run conform`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Difference } from '../scripts/conformance/compare.js';
import { readGraphFigures } from '../scripts/conformance/figures.js';
import { locks } from '../scripts/conformance/lock.js';
import { askedGraph } from '../scripts/conformance/spec-graph.js';
import { Trial } from '../scripts/conformance/teeth.js';
import {
  readRows,
  rowOf,
  type Tooth,
  tablesOf,
  unseen,
} from '../scripts/conformance/teeth-table.js';
import { changesBetween, parseText } from '../scripts/conformance/texts.js';
import { differenceInWords } from '../scripts/conformance/words.js';
import { moduleName, readFigures } from '../scripts/spec/figures.js';
import { mutants, withMutant } from '../scripts/spec/mutants.js';
import { openMutants } from '../scripts/spec/mutants-beside.js';
import { SPEC_FOLDER, specifications } from '../scripts/spec/plans.js';
import { openQuint, type QuintFile } from '../scripts/spec/quint-evaluator.js';
import type { Bug } from '../src/bugs/bug.js';
import { allBugs, findBug } from '../src/bugs/registry.js';
import { logRules } from '../src/core/log/rules.js';
import { startPartition } from '../src/core/partition/state.js';
import { startRaft } from '../src/core/raft/state.js';
import {
  type BrokerId,
  type Offset,
  type PartitionIndex,
  ZERO_UUID,
} from '../src/core/types/ids.js';
import { started } from '../src/explorer/producer/replica.js';
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
  producer: ['retries', 'restart', 'bump', 'expiry', 'overtaking'],
  partition: ['isr', 'election', 'unclean', 'loss', 'merges', 'refused_change', 'late_metadata'],
};

/** The scopes in which every bug is tried here. */
const SMALL: Readonly<Record<string, string>> = {
  raft: 'pre_votes_lost',
  producer: 'overtaking',
  partition: 'divergence_twice',
};

/** A bug of the zoo, and a mutant of the specification, that are tried here. */
interface Teeth {
  readonly bug: string;
  readonly mutant: string;
  /** Shows both. */
  readonly scope: string;
  /** Where the bug shows: what happens, what the specification makes of it, and what the code. */
  readonly comes: string;
  readonly spec: string;
  readonly code: string;
  /** Where the mutant does. */
  readonly comesMutant: string;
}

const TEETH: Readonly<Record<string, Teeth>> = {
  raft: {
    bug: 'two-votes',
    mutant: 'raft: a vote is given twice',
    scope: 'votes',
    comes: 'handleVoteRequest',
    spec: 'granted: false',
    code: 'granted: true',
    comesMutant: 'handleVoteRequest',
  },
  producer: {
    bug: 'sequence-state-not-rebuilt',
    mutant: 'producer: a new leader does not know how far the other is',
    scope: 'election',
    comes: 'electLeader',
    spec: 'leader is now 2',
    code: 'replicas.2.state.batches is now []',
    comesMutant: 'electLeader',
  },
  partition: {
    bug: 'diverging-fetch-moves-end',
    mutant: 'partition: a fetch of another leadership is answered',
    scope: 'late_metadata',
    comes: 'handleFetch(',
    spec: 'network has now FetchAnswer',
    code: 'followers.3.logEndOffset is now',
    comesMutant: 'handleFetch(',
  },
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

  // Types are checked where the specification is searched (spec.test.ts).
  let opened: Promise<QuintFile> | null = null;
  const open = (): Promise<QuintFile> => {
    opened ??= openQuint(scopesFile, false);
    return opened;
  };

  test('has the state graph of the specification', { timeout: 600_000 }, async () => {
    const file = await open();
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
    const { bug, scope, comes, spec, code } = TEETH[lock.specification]!;
    const module = (await open())(moduleName(specification, scope));
    const graph = lock.graphOf(module, initOf(scope), askedGraph);
    const differenceWith = (wrong: Bug | null): Difference | null =>
      lock.compareWith(module, SPEC_FOLDER, initOf(scope), graph, wrong).difference;
    expect(differenceWith(null)).toBe(null);
    const difference = differenceWith(findBug(bug)!);
    expect(difference).not.toBe(null);
    const words = differenceInWords(difference!, graph.variables).split('\n');
    const specSays = words.indexOf('  the specification:');
    const codeSays = words.indexOf('  the code:');
    expect(words.slice(0, specSays).some((line) => line.startsWith(`comes ${comes}`))).toBe(true);
    expect(words.slice(specSays, codeSays).join('\n')).toContain(spec);
    expect(words.slice(codeSays).join('\n')).toContain(code);
  });

  test('is told from a specification with another rule', { timeout: 300_000 }, async () => {
    const { mutant, scope, comesMutant } = TEETH[lock.specification]!;
    const broken = mutants.find(({ name }) => name === mutant)!;
    const difference = await withMutant(broken, async (folder) => {
      const file = await openQuint(join(folder, specification.scopesFile), false);
      const module = file(moduleName(specification, scope));
      const graph = lock.graphOf(module, initOf(scope), askedGraph);
      return lock.compareWith(module, folder, initOf(scope), graph, null).difference;
    });
    expect(difference?.call.startsWith(comesMutant)).toBe(true);
  });

  test('is asked about a bug wherever that shows', { timeout: 300_000 }, async () => {
    const [{ rows }] = tablesOf(lock);
    const scope = SMALL[lock.specification]!;
    const file = await open();
    const module = file(moduleName(specification, scope));
    const graph = lock.graphOf(module, initOf(scope), askedGraph);
    const seen: Tooth[] = [];
    for await (const [tooth, sight] of new Trial(lock, specification, file).sights(rows, [scope])) {
      const { bug } = tooth;
      const whole = lock.compareWith(module, SPEC_FOLDER, initOf(scope), graph, bug).difference;
      expect(sight?.steps, tooth.name).toBe(whole?.path.length);
      seen.push(...(sight === null ? [] : [tooth]));
    }
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(rows.length);
  });

  test('docs/verification.md says of every bug and every mutant where it shows, or why not', () => {
    for (const { name: table, rows } of tablesOf(lock)) {
      const told = readRows(table);
      expect(
        told.map(([name]) => name),
        table,
      ).toEqual(rows.map(({ name }) => name));
      rows.forEach((tooth, at) => {
        const [, scope, states, steps, seconds, action] = told[at]!;
        if (tooth.reason !== null) {
          expect(`| ${told[at]!.join(' | ')} |`.replaceAll('  ', ' '), table).toBe(
            rowOf(tooth, null),
          );
          return;
        }
        const figuresOf = written[moduleName(specification, scope!)];
        expect(states, `${table}: ${tooth.name}`).toBe(String(figuresOf?.states));
        expect([steps, seconds], tooth.name).toEqual([
          expect.stringMatching(/^\d+$/),
          expect.stringMatching(/^\d+\.\d$/),
        ]);
        expect(action, tooth.name).toMatch(/^[a-z]/);
      });
    }
  });
});

test('a reason why something is not seen is of a bug or a mutant that there is', () => {
  const names = new Set([...allBugs, ...mutants].map(({ name }) => name));
  expect(Object.keys(unseen).filter((name) => !names.has(name))).toEqual([]);
});

test('a mutant shows where a search of everything shows it, and nowhere else', {
  timeout: 300_000,
}, async () => {
  const [lock, scope] = [
    locks.find(({ specification }) => specification === 'producer')!,
    'overtaking',
  ];
  const specification = specifications.find(({ name }) => name === lock.specification)!;
  const all = mutants.filter((mutant) => mutant.specification === specification.name);
  const beside = await openMutants(specification, all);
  const rows = tablesOf(lock)[1].rows.filter((_, at) => at % 3 === 0);
  const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile), false);
  let seen = 0;
  for await (const [tooth, sight] of new Trial(lock, specification, file).sights(rows, [scope])) {
    const back = beside.putIn(tooth.mutant!);
    const module = beside.open(moduleName(specification, scope));
    const graph = lock.graphOf(module, 'init', askedGraph);
    const { difference } = lock.compareWith(module, SPEC_FOLDER, 'init', graph, null);
    back();
    expect(sight === null, tooth.name).toBe(difference === null);
    expect(sight?.steps ?? 0, tooth.name).toBeLessThanOrEqual(difference?.path.length ?? 0);
    seen += sight === null ? 0 : 1;
  }
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(rows.length);
});

/** The fields in the tables of spec/README.md whose first column is called `column`. */
function fieldsListed(column: string): string[] {
  const page = readFileSync(join(SPEC_FOLDER, 'README.md'), 'utf8');
  const tables = page.split(`| ${column} |`).slice(1);
  const rows = tables.flatMap((table) => table.split('\n\n')[0]!.split('\n').slice(2));
  const fields = rows.map((row) => row.split('|')[1]!.replace(/\(.*\)/, ''));
  return fields.flatMap((each) => each.match(/\w+/g) ?? []);
}

test('spec/README.md says of every field of RaftState what becomes of it', () => {
  const disk = emptyDisk();
  const state = startRaft({
    self: voterOf(1, 0),
    limits: { maxAppendBytes: 1, maxInflight: 1, snapshotChunkBytes: 1 },
    bootstrap: { voters: [voterOf(1, 0)] },
    ...disk,
  });
  expect(fieldsListed('field of `RaftState`').sort()).toEqual(Object.keys(state).sort());
});

test('and of every field of PartitionState, where it is about producers', () => {
  const { state } = started(1 as BrokerId, [], [], [], logRules);
  const listed = fieldsListed('field of `PartitionState`, for producers');
  expect(listed.sort()).toEqual(Object.keys(state).sort());
});

test('and of every field of PartitionState', () => {
  const state = startPartition({
    self: 1 as BrokerId,
    topicId: ZERO_UUID,
    partition: 0 as PartitionIndex,
    config: { minInsyncReplicas: 1 },
    logStartOffset: 0 as Offset,
    logEndOffset: 0 as Offset,
    highWatermark: 0 as Offset,
    epochs: [],
    producers: new Map(),
  });
  expect(fieldsListed('field of `PartitionState`').sort()).toEqual(Object.keys(state).sort());
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
