/**
 * Lock C: runs of the code as runs of the specification. `npm run traces -- [--seeds A-B] [--shard I/N]`: simulated
 * seeds, each step of their Raft; `--machine partition`: of their partitions. `--bug NAME`: with a bug of the zoo, to see
 * which step is none of the specification. `--walks N`: so many random walks of the specification (`--length` steps each,
 * from the seed `--from` on), followed by the code; `--machine producer` too.
 * `--teeth`: which bugs it sees, written into docs/verification.md (`--only TEXT`: those with TEXT in their names).
 * `npm run traces -- FOLDER...`: what the brokers of a trial wrote (`logjury trial --traces`), of each run by its
 * folder, or what simulated seeds did (`logjury simulate --traces FOLDER`). Exit status 1: a trace was rejected; 2: there
 * is none; 3: nothing was checked, which shows nothing.
 */

import { allBugs } from '../../src/bugs/registry.js';
import { endUnusable } from '../../src/cli/errors.js';
import { GREATEST_SEED, knownBugs, parseSeeds, parseShard } from '../../src/cli/seeds.js';
import { parseNumber } from '../../src/cli/values.js';
import { flagsOf, usable } from '../command.js';
import { partitionLock } from '../conformance/partition/lock.js';
import { raftLock } from '../conformance/raft/lock.js';
import { judgeFolders, judgeSeeds, judgeTeeth } from './judging.js';
import { openPartitionJudge } from './partition/judge.js';
import { openRaftJudge } from './raft/judge.js';
import { UnreadableTrace } from './trace-files.js';
import { judgeWalks } from './walks/judge.js';
import { walkedMachines } from './walks/machines.js';

const { values, positionals } = flagsOf({
  allowPositionals: true,
  options: {
    machine: { type: 'string', default: 'raft' },
    seeds: { type: 'string', default: '1-20' },
    shard: { type: 'string' },
    bug: { type: 'string', multiple: true, default: [] },
    walks: { type: 'string' },
    length: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    teeth: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
if (!(values.machine in walkedMachines)) {
  endUnusable(`--machine must be raft, partition or producer, not '${values.machine}'`);
}
const machine = values.machine as keyof typeof walkedMachines;
if (values.walks === undefined && machine === 'producer') {
  endUnusable('--machine producer: only with --walks; runs are asked about with the other two');
}
const asked = usable(() => {
  const [from, to] = parseSeeds(values.seeds);
  const [share, shares] = parseShard(values.shard);
  const most = GREATEST_SEED;
  return {
    bugs: knownBugs(values.bug),
    seeds: Array.from({ length: to - from + 1 }, (_, at) => from + at),
    isOfShare: (_: unknown, at: number): boolean => at % shares === share - 1,
    walks: parseNumber('--walks', values.walks ?? '1', 1, most),
    length: parseNumber('--length', values.length, 1, most),
    from: parseNumber('--from', values.from, 0, most),
  };
});
try {
  process.exitCode = await judged();
} catch (error) {
  if (!(error instanceof UnreadableTrace)) {
    throw error;
  }
  endUnusable(error.message);
}

/** The exit status. */
async function judged(): Promise<number> {
  const { bugs, seeds, isOfShare, walks, length, from } = asked;
  if (values.walks !== undefined) {
    return judgeWalks(walkedMachines[machine], walks, length, from, bugs);
  }
  const isPartition = machine === 'partition';
  const judge = isPartition ? await openPartitionJudge() : await openRaftJudge();
  if (values.teeth) {
    const { isOf } = isPartition ? partitionLock : raftLock;
    const tried = allBugs.filter((bug) => isOf(bug) && bug.name.includes(values.only));
    return judgeTeeth(judge, tried) === 0 ? 0 : 1;
  }
  if (positionals.length > 0) {
    return judgeFolders(judge, positionals, (files) => files.filter(isOfShare));
  }
  return judgeSeeds(judge, seeds.filter(isOfShare), bugs);
}
