/** The worlds of spec/raft_traces.qnt, opened once for many traces. */

import { join } from 'node:path';
import { SPEC_FOLDER } from '../../spec/plans.js';
import type { QuintFile } from '../../spec/quint-evaluator.js';
import { openQuint } from '../../spec/quint-evaluator.js';
import { RaftWorlds } from './worlds.js';

/** The modules of random walks, by name. */
export async function openRaftWalks(): Promise<QuintFile> {
  return openQuint(join(SPEC_FOLDER, 'raft_traces.qnt'), false);
}

/**
 * By the number of voters of the format. The types of the specification are checked where it is searched (npm run
 * spec); `typechecks` true: here too. `folder`: where it is.
 */
export async function openRaftWorlds(
  folder: string = SPEC_FOLDER,
  typechecks = false,
): Promise<(voters: number) => RaftWorlds> {
  const file = await openQuint(join(folder, 'raft_traces.qnt'), typechecks);
  const known = new Map<number, RaftWorlds>();
  return (voters) => {
    let worlds = known.get(voters);
    if (worlds === undefined) {
      worlds = new RaftWorlds(file(`raft_trace_${voters}`));
      known.set(voters, worlds);
    }
    return worlds;
  };
}
