/** The driver that searches specifications: it counts what others counted, and sees what is wrong. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newChoices, nextChoices } from '../scripts/spec/choices.js';
import type { QuintModule } from '../scripts/spec/quint-evaluator.js';
import { openQuint } from '../scripts/spec/quint-evaluator.js';
import type { SearchPlan } from '../scripts/spec/search.js';
import { search } from '../scripts/spec/search.js';
import { inWords } from '../scripts/spec/words.js';

const KNOWN = resolve(import.meta.dirname, '../spec/known');

function plan(changes: Partial<SearchPlan>): SearchPlan {
  const empty = { init: 'init', invariants: [], stepProperties: [], witnesses: [], ghosts: [] };
  return { ...empty, limit: 100_000, ...changes };
}

async function known(file: string, main: string): Promise<QuintModule> {
  return (await openQuint(join(KNOWN, file)))(main);
}

async function moduleOf(text: string): Promise<QuintModule> {
  const file = join(mkdtempSync(join(tmpdir(), 'spec-')), 'made.qnt');
  writeFileSync(file, text);
  return (await openQuint(file))('made');
}

describe('the driver', () => {
  test('counts two-phase commit as TLC does', async () => {
    const module = await known('two_phase.qnt', 'two_phase_3');
    const found = search(module, plan({ invariants: ['Consistent'], witnesses: ['AllCommitted'] }));
    expect(found).toMatchObject({ complete: true, states: 288, violations: [], deadlocks: 0 });
    // TLC counts the first state as one that was made.
    expect(found.transitions + 1).toBe(1146);
    expect([...found.actions.keys()].length).toBe(7);
    expect(found.witnesses.get('AllCommitted')).toBe(10);
  });

  test('counts the jugs as TLC does, and tells the shortest way in words', async () => {
    const module = await known('die_hard.qnt', 'die_hard');
    const invariants = ['JugsHold', 'NeverFour'];
    const stepProperties = ['JugsNeverLeak', 'BigNeverFalls'].map((text) => ({ text }));
    const found = search(module, plan({ invariants, stepProperties }));
    expect([found.states, found.transitions + 1]).toEqual([16, 97]);
    expect(found.violations.map(({ property, trace }) => [property, trace.length - 1])).toEqual([
      ['BigNeverFalls', 2],
      ['NeverFour', 6],
    ]);
    const ended = search(module, plan({ invariants, stepProperties, untilViolated: true }));
    expect(ended.violations).toEqual(found.violations.slice(0, 1));
    expect(ended).toMatchObject({ complete: false });
    const words = inWords(found.violations[1]!, module.variables);
    expect(words).toContain('NeverFour does not hold after 6 steps:');
    expect(words).toContain('6. bigToSmall\n     small is now 3\n     big is now 4');
  });

  test('counts a tiny Raft as three other searches do', async () => {
    const module = await known('tiny_raft.qnt', 'tiny_raft_1');
    const found = search(module, plan({ invariants: ['OneLeaderPerTerm'] }));
    // Of the world with two terms (15,808 states) so many have begun no second term; `npm run spec` counts all.
    expect(found).toMatchObject({ states: 2782, transitions: 6396, violations: [] });
  });

  test('takes every choice, also where one depends on another', async () => {
    const module = await moduleOf(`module made {
      var at: (int, int)
      action init = at' = (0, 0)
      action move(i, j) = at' = (i, j)
      action stay = all { at._1 == 9, at' = at }
      action step = any {
        stay,
        { nondet i = 1.to(3).oneOf() nondet j = 1.to(i).oneOf() move(i, j) },
      }
    }`);
    const found = search(module, plan({ invariants: ['at._2 <= at._1'] }));
    expect(found).toMatchObject({ states: 7, transitions: 42, violations: [] });
    const picks = module.successors(module.initial('init')[0]!).map((step) => step.picks.length);
    expect(picks).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test('equal graphs have equal digests; a state, a step or a name more changes them', async () => {
    const count = async (step: string) => {
      const module = await moduleOf(`module made {
        var n: int
        var ghost: int
        action init = all { n' = 0, ghost' = 0 }
        action up = all { n < 3, n' = n + 1, ghost' = 7 }
        action rise = all { n < 3, n' = n + 1, ghost' = 0 }
        action back = all { n == 3, n' = 0, ghost' = ghost }
        action stay = all { n' = n, ghost' = ghost }
        action step = any { ${step} }
      }`);
      const { states, stateDigest, edgeDigest, deadlocks } = search(
        module,
        plan({ ghosts: ['ghost'] }),
      );
      return { states, stateDigest, edgeDigest, deadlocks };
    };
    const once = await count('up, back');
    const twice = await count('back, up, up');
    expect(twice).toEqual(once);
    const renamed = await count('rise, back');
    // The ghost makes a state more and is no part of the digest.
    expect([once.states, renamed.states]).toEqual([5, 4]);
    expect(renamed.stateDigest).toBe(once.stateDigest);
    expect(renamed.edgeDigest).not.toBe(once.edgeDigest);
    const more = await count('up, back, stay');
    expect(more.stateDigest).toBe(once.stateDigest);
    expect(more.edgeDigest).not.toBe(once.edgeDigest);
    const less = await count('up');
    expect(less.stateDigest).toBe(once.stateDigest);
    expect([once.deadlocks, less.deadlocks]).toEqual([0, 1]);
  });

  test('says when it has not seen everything', async () => {
    const module = await known('two_phase.qnt', 'two_phase_3');
    expect(search(module, plan({ limit: 50 }))).toMatchObject({ complete: false });
  });

  test('refuses a module that is unsound, and an expression that fails', async () => {
    await expect(moduleOf('module made { var n: int action init = n = 0 }')).rejects.toThrow();
    const module = await moduleOf(`module made {
      var n: List[int]
      action init = n' = []
      action step = n' = n.append(n[0])
    }`);
    expect(() => search(module, plan({}))).toThrow('Quint');
  });

  test('a sequence of choices ends', () => {
    const choices = newChoices();
    const seen: string[] = [];
    do {
      const first = choices.pick(2n);
      seen.push(first === 0n ? `0${choices.pick(3n)}` : '1');
    } while (nextChoices(choices));
    expect(seen).toEqual(['00', '01', '02', '1']);
  });
});
