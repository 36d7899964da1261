/** Lock B of Raft: spec/raft.qnt and src/core/raft. */

import type { RaftRules } from '../../../src/core/raft/rules.js';
import { canonicalText } from '../../spec/canonical.js';
import { SPEC_FOLDER } from '../../spec/plans.js';
import type { QuintModule, QuintState } from '../../spec/quint-evaluator.js';
import { codeGraph } from '../code-graph.js';
import { compare } from '../compare.js';
import type { Lock } from '../lock.js';
import { endOf, runsOf } from '../runs.js';
import { CODE_LIMIT, GHOSTS, settingsWith, variablesOf } from '../sides.js';
import { type GraphSettings, specGraph } from '../spec-graph.js';
import { fieldOf, parseText } from '../texts.js';
import { type Wrong, watching } from '../wrong-rules.js';
import type { RaftState } from './ground.js';
import { afterCall } from './runs.js';
import { scopeOf } from './scope.js';
import { RaftInSpec } from './world.js';

export const raftLock: Lock = {
  specification: 'raft',
  isOf: ({ raft }) => raft !== undefined,
  settingsOf,
  graphOf: (module, init, make = specGraph) => make(module, init, settingsOf(module)),
  compareWith: (module, folder, init, graph, bug) =>
    compare(worldOf(module, folder, init, bug?.raft ?? {}), graph, CODE_LIMIT),
  walkedWorldOf: (module, bug) => worldOf(module, SPEC_FOLDER, 'init', bug?.raft ?? {}, false),
  codeGraph: (module, init, watch) => {
    const world = worldOf(module, SPEC_FOLDER, init, watching('raft', watch));
    return codeGraph(world, variablesOf(module), CODE_LIMIT);
  },
};

function settingsOf(module: QuintModule): GraphSettings {
  return settingsWith((before, { to }) => servedBetween(module, before, to));
}

function worldOf(
  module: QuintModule,
  folder: string,
  init: string,
  wrong: Wrong<RaftRules>,
  remembers: boolean = true,
): RaftInSpec {
  const runs = runsOf(folder, 'raft');
  const start = (world: RaftInSpec): RaftState => endOf(runs, init, world, afterCall);
  return new RaftInSpec(scopeOf(module), variablesOf(module), wrong, start, remembers);
}

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
