/** Which bugs of the zoo lock C sees: the seed and the step in which each is first rejected, into docs/verification.md. */

import { allBugs } from '../../src/bugs/registry.js';
import { writeRow } from '../conformance/teeth-table.js';
import { newCounts } from './counts.js';
import { RaftAcceptance } from './raft/acceptance.js';
import { runSeed } from './raft/simulated.js';
import type { RaftWorlds } from './raft/worlds.js';

/** A bug that none of these shows is not seen. */
const SEEDS = 8;

/** Tries each bug that replaces a rule of Raft and has `only` in its name; how many were not seen. */
export function judgeTraceTeeth(worldsFor: (voters: number) => RaftWorlds, only: string): number {
  let unseen = 0;
  const bugs = allBugs.filter(({ name, raft }) => raft !== undefined && name.includes(only));
  for (const { name } of bugs) {
    const row = `| ${name} | ${sightOf(worldsFor, name) ?? `not seen in ${SEEDS} seeds | | |`}`;
    unseen += row.includes('not seen') ? 1 : 0;
    console.log(row);
    writeRow('raft bugs in traces', row);
  }
  return unseen;
}

function sightOf(worldsFor: (voters: number) => RaftWorlds, name: string): string | null {
  const bugs = allBugs.filter((bug) => bug.name === name);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const counts = newCounts();
    const acceptance = new RaftAcceptance(worldsFor, counts);
    const { found } = runSeed(seed, bugs, (node, row) => acceptance.take(node, row), true);
    if (found !== null) {
      const action = /^\w+/.exec(found.expected)![0];
      return `${seed} | ${counts.steps} | ${action} |`;
    }
  }
  return null;
}
