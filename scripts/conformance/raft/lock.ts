/** Lock B of Raft: spec/raft.qnt and src/core/raft. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule, QuintState } from '../../spec/quint-evaluator.js';
import { compare } from '../compare.js';
import type { Lock } from '../lock.js';
import { follow, runsIn } from '../runs.js';
import { specGraph } from '../spec-graph.js';
import type { Tree } from '../texts.js';
import { parseText } from '../texts.js';
import { afterCall } from './runs.js';
import { scopeOf } from './scope.js';
import { RaftInSpec } from './world.js';

/** More states of a scope than these are a mistake. */
const SPEC_LIMIT = 20_000;
/** And so are more of the code's. */
const CODE_LIMIT = 1_000_000;

/** What only the judge remembers. */
const GHOSTS: readonly string[] = ['ghost'];

export const raftLock: Lock = {
  specification: 'raft',
  isOf: ({ raft }) => raft !== undefined,
  graphOf: (module, init, make = specGraph) =>
    make(module, init, {
      ghosts: GHOSTS,
      outputsOf: (before, { to }) => servedBetween(module, before, to),
      limit: SPEC_LIMIT,
    }),
  compareWith: (module, folder, init, graph, bug) => {
    const runs = runsIn(readFileSync(join(folder, 'raft.qnt'), 'utf8'));
    const variables = module.variables.filter((name) => !GHOSTS.includes(name));
    const world = new RaftInSpec(scopeOf(module), variables, bug?.raft ?? {}, (each) =>
      follow(
        runs,
        init,
        () => each.empty(),
        (state, action, numbers) => afterCall(each, state, action, numbers),
      ),
    );
    return compare(world, graph, CODE_LIMIT);
  },
};

/** The reads that the step answers, by what the judge remembers: no state shows them. */
function servedBetween(module: QuintModule, before: QuintState, after: QuintState): string {
  const at = module.variables.indexOf(GHOSTS[0]!);
  const old = servedIn(before[at]!);
  const reads = [...servedIn(after[at]!)].filter((read) => !old.has(read));
  return reads.sort().join(', ');
}

/** Most states share their ghost with another one. */
const served = new WeakMap<QuintState[number], ReadonlySet<string>>();

function servedIn(ghost: QuintState[number]): ReadonlySet<string> {
  let known = served.get(ghost);
  if (known === undefined) {
    const reads = fieldOf(parseText(canonicalText(ghost)), 'served');
    const members = reads.kind === 'set' ? reads.members : [];
    known = new Set(
      members.map(
        (read) => `read ${fieldOf(read, 'token').text} at ${fieldOf(read, 'index').text}`,
      ),
    );
    served.set(ghost, known);
  }
  return known;
}

function fieldOf(tree: Tree, name: string): Tree {
  const field = tree.kind === 'record' ? tree.fields.get(name) : undefined;
  if (field === undefined) {
    throw new Error(`no ${name} in ${tree.text}`);
  }
  return field;
}
