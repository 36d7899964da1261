/**
 * Lock C: runs of the code as runs of the specification. `npm run traces -- [--seeds A-B] [--shard I/N]`: simulated
 * seeds, each step of their Raft; `--machine partition`: of their partitions. `--bug NAME`: with a bug of the zoo, to see
 * which step is none of the specification. `--walks N`: so many random walks of the specification (`--length` steps each,
 * from the seed `--from` on), followed by the code.
 * `--teeth`: which bugs it sees, written into docs/verification.md (`--only TEXT`: those with TEXT in their names).
 * `npm run traces -- FOLDER...`: what the brokers of a trial wrote (`logjury trial --traces`), of each run by its
 * folder, or what simulated seeds did (`logjury simulate --traces FOLDER`). Exit status 1: a trace was rejected; 2: there
 * is none; 3: nothing was checked, which shows nothing.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { knownBugs, parseSeeds, parseShard } from '../../src/cli/seeds.js';
import type { ExactRaft } from '../../src/trace/exact-raft.js';
import { countsText, newCounts, sumOf } from './counts.js';
import { judgePartitionFolders, judgePartitionSeeds } from './partition/judge.js';
import { openPartitionWorlds } from './partition/open.js';
import { judgePartitionTeeth } from './partition/teeth.js';
import { RaftAcceptance } from './raft/acceptance.js';
import { openRaftWalks, openRaftWorlds } from './raft/open.js';
import type { Rejection } from './raft/rejection.js';
import { runSeed } from './raft/simulated.js';
import type { Walked } from './raft/walks.js';
import { drawer, newWalked, RaftWalks, WALKS } from './raft/walks.js';
import { judgeTraceTeeth } from './teeth.js';
import { mergeTraces, readTraceFile, seedTraceRows } from './trace-files.js';

/** What a simulated seed did. */
const SEED = /^seed-\d+\.jsonl$/;

const { values, positionals } = parseArgs({
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
if (values.walks !== undefined) {
  process.exit(await walk(Number(values.walks), Number(values.length), Number(values.from)));
}
if (values.machine === 'partition') {
  process.exit(await judgePartitions());
}
const worldsFor = await openRaftWorlds();
if (values.teeth) {
  process.exit(judgeTraceTeeth(worldsFor, values.only) === 0 ? 0 : 1);
}
const counts = newCounts();
const began = process.cpuUsage().user;
const rejected = positionals.length > 0 ? acceptFolders(positionals) : acceptSeeds();
const seconds = (process.cpuUsage().user - began) / 1e6;
console.log(countsText(counts));
console.log(`${rejected} rejected; ${seconds.toFixed(1)} s of processor time, with what ran`);
process.exitCode = rejected > 0 ? 1 : sumOf(counts.checked) === 0 ? 3 : 0;

/** The exit status. */
async function judgePartitions(): Promise<number> {
  if (values.teeth) {
    return judgePartitionTeeth(await openPartitionWorlds(), values.only) === 0 ? 0 : 1;
  }
  return positionals.length > 0
    ? judgePartitionFolders(positionals)
    : judgePartitionSeeds(askedSeeds(), knownBugs(values.bug));
}

/** How many were rejected. */
function acceptSeeds(): number {
  const bugs = knownBugs(values.bug);
  let bad = 0;
  for (const seed of askedSeeds()) {
    counts.traces++;
    const before = counts.steps;
    const acceptance = new RaftAcceptance(worldsFor, counts);
    const { found } = runSeed(seed, bugs, (node, row) => {
      const rejection = acceptance.take(node, row);
      return rejection === null ? null : { node, row: counts.steps - before, rejection };
    });
    if (found !== null) {
      bad++;
      const { node, row, rejection } = found;
      console.log(rejectionText(`seed ${seed} is rejected at step ${row}, of ${node}`, rejection));
    }
  }
  return bad;
}

function acceptFolders(folders: readonly string[]): number {
  let bad = 0;
  for (const folder of folders) {
    const seeds = existsSync(folder) ? readdirSync(folder).filter((file) => SEED.test(file)) : [];
    if (seeds.length > 0) {
      bad += acceptSeedTraces(folder, shareOf(seeds.sort()));
      continue;
    }
    const below = join(folder, 'traces');
    const files = existsSync(below) ? readdirSync(below).sort() : [];
    if (files.length === 0) {
      console.error(`${folder} has no traces: logjury trial --traces writes them`);
      process.exit(2);
    }
    counts.traces++;
    const acceptance = new RaftAcceptance(worldsFor, counts);
    const traces = files.map((file) => readTraceFile(join(below, file)));
    const found = mergeTraces(traces, acceptance);
    if (found !== null) {
      bad++;
      const { node, row, rejection } = found;
      console.log(rejectionText(`${folder} is rejected at row ${row} of ${node}`, rejection));
    }
  }
  return bad;
}

function acceptSeedTraces(folder: string, files: readonly string[]): number {
  let bad = 0;
  for (const file of files) {
    counts.traces++;
    const acceptance = new RaftAcceptance(worldsFor, counts);
    let row = 0;
    for (const { node, exact } of seedTraceRows(join(folder, file))) {
      row++;
      const rejection = acceptance.take(node!, exact as ExactRaft);
      if (rejection !== null) {
        bad++;
        console.log(rejectionText(`${file} is rejected at step ${row}, of ${node}`, rejection));
        break;
      }
    }
  }
  return bad;
}

/** Random walks of the specification, followed by the code; the exit status. */
async function walk(walks: number, length: number, from: number): Promise<number> {
  const { open, branches } = await openRaftWalks();
  const [rules] = knownBugs(values.bug);
  let bad = 0;
  for (const name of WALKS) {
    const raftWalks = new RaftWalks(open(name), branches, rules?.raft);
    const walked = newWalked();
    const to = from + Math.ceil(walks / WALKS.length);
    for (let seed = from; seed < to && bad === 0; seed++) {
      const parting = raftWalks.walk(length, drawer(seed), walked);
      if (parting !== null) {
        bad++;
        console.log(`walk ${seed} of ${name}: after ${parting.path.length - 1} steps comes`);
        console.log(
          [parting.path.at(-1), ...parting.reasons].map((line) => `  ${line}`).join('\n'),
        );
      }
    }
    console.log(walkedText(name, walked));
    bad += walked.steps === 0 && bad === 0 ? 1 : 0;
  }
  return bad === 0 ? 0 : 1;
}

function walkedText(name: string, { walks, steps, walking, following, taken }: Walked): string {
  const actions = [...taken]
    .sort(([, a], [, b]) => b - a)
    .map(([action, times]) => `${action} ${times}`);
  const speed = (seconds: number): string => `${Math.round(steps / Math.max(seconds, 0.001))}/s`;
  return [
    `${name}: ${walks} walks, ${steps} steps, drawn at ${speed(walking)}, followed at ${speed(following)}`,
    `  ${actions.join(', ')}`,
  ].join('\n');
}

function askedSeeds(): readonly number[] {
  const [from, to] = parseSeeds(values.seeds);
  return shareOf(Array.from({ length: to - from + 1 }, (_, at) => from + at));
}

function shareOf<Each>(all: readonly Each[]): readonly Each[] {
  const [share, shares] = parseShard(values.shard);
  return all.filter((_, at) => at % shares === share - 1);
}

function rejectionText(where: string, { event, expected, reasons }: Rejection): string {
  return [
    `${where}:`,
    `  ${event}`,
    `  expected: ${expected}`,
    ...reasons.map((reason) => `  ${reason}`),
  ].join('\n');
}
