/** Lock C of Raft, for the command line: simulated seeds, what they wrote down, and what the brokers of a trial wrote. */

import { join } from 'node:path';
import type { Bug } from '../../../src/bugs/bug.js';
import type { ExactRaft } from '../../../src/trace/exact-raft.js';
import type { Counts } from '../counts.js';
import { newCounts } from '../counts.js';
import { tellEnd, tellRejection } from '../told.js';
import {
  mergeTraces,
  readTraceFile,
  seedTraceRows,
  seedTracesIn,
  traceFilesIn,
} from '../trace-files.js';
import { RaftAcceptance } from './acceptance.js';
import { openRaftWorlds } from './open.js';
import { runSeed } from './simulated.js';
import type { RaftWorlds } from './worlds.js';

/** How it went, told on the console; the exit status: 1 rejected, 3 nothing was checked. */
export async function judgeRaftSeeds(
  seeds: readonly number[],
  bugs: readonly Bug[],
): Promise<number> {
  const worldsFor = await openRaftWorlds();
  const began = process.cpuUsage().user;
  const counts = newCounts();
  let bad = 0;
  for (const seed of seeds) {
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
      tellRejection(`seed ${seed} is rejected at step ${row}, of ${node}`, rejection);
    }
  }
  return tellEnd(bad, counts, began);
}

/**
 * The same of folders: of trials, or of simulated seeds, of which `shareOf` chooses. Throws `UnreadableTrace` where there is
 * no trace.
 */
export async function judgeRaftFolders(
  folders: readonly string[],
  shareOf: (files: readonly string[]) => readonly string[],
): Promise<number> {
  const worldsFor = await openRaftWorlds();
  const began = process.cpuUsage().user;
  const counts = newCounts();
  let bad = 0;
  for (const folder of folders) {
    const seeds = seedTracesIn(folder);
    bad +=
      seeds.length > 0
        ? judgeSeedTraces(worldsFor, folder, shareOf(seeds), counts)
        : judgeTrial(worldsFor, folder, counts);
  }
  return tellEnd(bad, counts, began);
}

function judgeSeedTraces(
  worldsFor: (voters: number) => RaftWorlds,
  folder: string,
  files: readonly string[],
  counts: Counts,
): number {
  let bad = 0;
  for (const file of files) {
    counts.traces++;
    const acceptance = new RaftAcceptance(worldsFor, counts);
    let row = 0;
    for (const { node, exact } of seedTraceRows(join(folder, file), 'raft')) {
      row++;
      const rejection = acceptance.take(node!, exact as ExactRaft);
      if (rejection !== null) {
        bad++;
        tellRejection(`${file} is rejected at step ${row}, of ${node}`, rejection);
        break;
      }
    }
  }
  return bad;
}

function judgeTrial(
  worldsFor: (voters: number) => RaftWorlds,
  folder: string,
  counts: Counts,
): number {
  const traces = traceFilesIn(folder).map(readTraceFile);
  counts.traces++;
  const found = mergeTraces(traces, new RaftAcceptance(worldsFor, counts));
  if (found === null) {
    return 0;
  }
  const { node, row, rejection } = found;
  tellRejection(`${folder} is rejected at row ${row} of ${node}`, rejection);
  return 1;
}
