/** The worlds of spec/raft_traces.qnt, opened once for many traces. */

import { join } from 'node:path';
import { SPEC_FOLDER } from '../../spec/plans.js';
import type { QuintExpression, QuintFile } from '../../spec/quint-evaluator.js';
import { openQuint, openQuintTree } from '../../spec/quint-evaluator.js';
import { RaftWorlds } from './worlds.js';

export interface WalkedFile {
  /** The modules of random walks, by name. */
  readonly open: QuintFile;
  /** The actions between which `step` chooses, in its order; empty: of the messages that come. */
  readonly branches: readonly string[];
}

export async function openRaftWalks(): Promise<WalkedFile> {
  const { open, tree } = await openQuintTree(join(SPEC_FOLDER, 'raft_traces.qnt'), false);
  const raft = tree.modules.find(({ name }) => name === 'raft');
  const step = raft?.declarations.find(({ name }) => name === 'step')?.expr;
  if (step?.kind !== 'app' || step.opcode !== 'actionAny') {
    throw new Error('the step of spec/raft.qnt is no choice of actions');
  }
  return { open, branches: step.args.map(chosenAction) };
}

/** What is called behind all picks. */
function chosenAction(branch: QuintExpression): string {
  if (branch.kind === 'let') {
    return chosenAction(branch.expr);
  }
  return branch.kind === 'app' && branch.opcode !== 'matchVariant' ? branch.opcode : '';
}

export interface WorldsOptions {
  /** Where the specification is; its own folder, unless said otherwise. */
  readonly folder?: string;
  /** Checks the types too, which takes the longest; that they are sound a test shows (model-tests/traces.test.ts). */
  readonly typechecks?: boolean;
  /** Servers and terms keep their own numbers in every question. */
  readonly plain?: boolean;
}

/** By the number of voters of the format. */
export async function openRaftWorlds({
  folder = SPEC_FOLDER,
  typechecks = false,
  plain = false,
}: WorldsOptions = {}): Promise<(voters: number) => RaftWorlds> {
  const file = await openQuint(join(folder, 'raft_traces.qnt'), typechecks);
  const known = new Map<number, RaftWorlds>();
  return (voters) => {
    let worlds = known.get(voters);
    if (worlds === undefined) {
      worlds = new RaftWorlds(file(`raft_trace_${voters}`), plain);
      known.set(voters, worlds);
    }
    return worlds;
  };
}
