/** The worlds of spec/partition_traces.qnt, opened once for many traces. */

import { join } from 'node:path';
import { SPEC_FOLDER } from '../../spec/plans.js';
import { openQuint } from '../../spec/quint-evaluator.js';
import { PartitionWorlds } from './worlds.js';

/** By the number of replicas and the effective min.insync.replicas; null: there is no module for that. */
export type WorldsFor = (replicas: number, minIsr: number) => PartitionWorlds | null;

const MOST_REPLICAS = 3;

/** `typechecks`: also the types of the specification. `folder`: where it is. */
export async function openPartitionWorlds(
  folder: string = SPEC_FOLDER,
  typechecks = false,
): Promise<WorldsFor> {
  const file = await openQuint(join(folder, 'partition_traces.qnt'), typechecks);
  const known = new Map<string, PartitionWorlds>();
  return (replicas, minIsr) => {
    if (replicas < 1 || replicas > MOST_REPLICAS || minIsr < 1 || minIsr > replicas) {
      return null;
    }
    const name = `partition_trace_${replicas}_${minIsr}`;
    let worlds = known.get(name);
    if (worlds === undefined) {
      worlds = new PartitionWorlds(file(name));
      known.set(name, worlds);
    }
    return worlds;
  };
}
