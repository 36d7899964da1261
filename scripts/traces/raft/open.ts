/** The worlds of spec/raft_traces.qnt, opened once for many traces. */

import { join } from 'node:path';
import { SPEC_FOLDER } from '../../spec/plans.js';
import { openQuint } from '../../spec/quint-evaluator.js';
import { RaftWorlds } from './worlds.js';

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
