/** Which bugs of the zoo lock C of a partition sees, and the seed and the step in which each is first rejected. */

import { allBugs } from '../../../src/bugs/registry.js';
import { partitionLock } from '../../conformance/partition/lock.js';
import { writeRow } from '../../conformance/teeth-table.js';
import { newCounts } from '../counts.js';
import type { WorldsFor } from './open.js';
import { PartitionsAcceptance } from './partitions.js';
import { runPartitions } from './simulated.js';

/** A bug that none of these shows is not seen. */
const SEEDS = 8;

/** Tries each bug of a partition or its controller that has `only` in its name; how many were not seen. */
export function judgePartitionTeeth(worldsFor: WorldsFor, only: string): number {
  let unseen = 0;
  for (const { name } of allBugs.filter((bug) => partitionLock.isOf(bug))) {
    if (name.includes(only)) {
      const row = `| ${name} | ${sightOf(worldsFor, name) ?? `not seen in ${SEEDS} seeds | | |`}`;
      unseen += row.includes('not seen') ? 1 : 0;
      console.log(row);
      writeRow('partition bugs in traces', row);
    }
  }
  return unseen;
}

function sightOf(worldsFor: WorldsFor, name: string): string | null {
  const bugs = allBugs.filter((bug) => bug.name === name);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const counts = newCounts();
    const acceptance = new PartitionsAcceptance(worldsFor, counts);
    const { found } = runPartitions(seed, bugs, (row) => acceptance.take(row), true);
    if (found !== null) {
      const [action] = /^\w+/.exec(found.expected)!;
      // What speaks of something that never was is no action.
      const expected = action === 'nothing' ? `nothing: ${found.reasons[0]}` : action;
      return `${seed} | ${counts.steps} | ${expected} |`;
    }
  }
  return null;
}
