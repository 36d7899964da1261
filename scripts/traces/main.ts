/**
 * Lock C: runs of the code as runs of the specification. `npm run traces -- [--seeds A-B] [--shard I/N]`: simulated
 * seeds, each step of their Raft. `--bug NAME`: with a bug of the zoo, to see which step is none of the specification.
 * Exit status 1: a trace was rejected; 3: nothing was checked, which shows nothing.
 */

import { parseArgs } from 'node:util';
import { knownBugs, parseSeeds, parseShard } from '../../src/cli/seeds.js';
import { countsText, newCounts, sumOf } from './counts.js';
import { RaftAcceptance } from './raft/acceptance.js';
import { openRaftWorlds } from './raft/open.js';
import type { Rejection } from './raft/rejection.js';
import { runSeed } from './raft/simulated.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    shard: { type: 'string' },
    bug: { type: 'string', multiple: true, default: [] },
  },
});
process.exitCode = await acceptSeeds();

async function acceptSeeds(): Promise<number> {
  const bugs = knownBugs(values.bug);
  const worldsFor = await openRaftWorlds();
  const counts = newCounts();
  const began = process.cpuUsage().user;
  let rejected = 0;
  for (const seed of askedSeeds()) {
    counts.traces++;
    const before = counts.steps;
    const acceptance = new RaftAcceptance(worldsFor, counts);
    const { found } = runSeed(seed, bugs, (node, row) => {
      const rejection = acceptance.take(node, row);
      return rejection === null ? null : { node, step: counts.steps - before, rejection };
    });
    if (found !== null) {
      rejected++;
      console.log(rejectionText(`seed ${seed}`, found.node, found.step, found.rejection));
    }
  }
  const seconds = (process.cpuUsage().user - began) / 1e6;
  console.log(countsText(counts));
  console.log(
    `${rejected} rejected; ${seconds.toFixed(1)} s of processor time, the simulation in it`,
  );
  return rejected > 0 ? 1 : sumOf(counts.checked) === 0 ? 3 : 0;
}

function askedSeeds(): readonly number[] {
  const [from, to] = parseSeeds(values.seeds);
  const [share, shares] = parseShard(values.shard);
  const all = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  return all.filter((_, at) => at % shares === share - 1);
}

function rejectionText(trace: string, node: string, step: number, rejection: Rejection): string {
  const { event, expected, reasons } = rejection;
  return [
    `${trace} is rejected at step ${step}, of ${node}:`,
    `  ${event}`,
    `  expected: ${expected}`,
    ...reasons.map((reason) => `  ${reason}`),
  ].join('\n');
}
