/** Lock C of partitions, for the command line: simulated seeds, and what the brokers of a trial wrote. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from '../../../src/bugs/bug.js';
import { countsText, newCounts, sumOf } from '../counts.js';
import type { Rejection } from '../raft/rejection.js';
import { readTraceFile } from '../trace-files.js';
import { openPartitionWorlds } from './open.js';
import { mergePartitions, PartitionsAcceptance } from './partitions.js';
import { runPartitions } from './simulated.js';

/** How it went, told on the console; the exit status: 1 rejected, 3 nothing was checked. */
export async function judgePartitionSeeds(
  seeds: readonly number[],
  bugs: readonly Bug[],
): Promise<number> {
  const worldsFor = await openPartitionWorlds();
  const counts = newCounts();
  const ended = clock();
  let bad = 0;
  for (const seed of seeds) {
    counts.traces++;
    const before = counts.steps;
    const acceptance = new PartitionsAcceptance(worldsFor, counts);
    const { found } = runPartitions(seed, bugs, (row) => {
      const rejection = acceptance.take(row);
      return rejection === null ? null : { partition: row.partition, rejection };
    });
    if (found !== null) {
      bad++;
      tell(
        `seed ${seed} is rejected at step ${counts.steps - before}, of ${found.partition}`,
        found.rejection,
      );
    }
  }
  console.log(countsText(counts));
  console.log(`${bad} rejected; ${ended()}`);
  return bad > 0 ? 1 : sumOf(counts.checked) === 0 ? 3 : 0;
}

/** The same of the folders of trials; 2: one has no traces. */
export async function judgePartitionFolders(folders: readonly string[]): Promise<number> {
  const worldsFor = await openPartitionWorlds();
  const counts = newCounts();
  const ended = clock();
  let bad = 0;
  for (const folder of folders) {
    const below = join(folder, 'traces');
    const files = existsSync(below) ? readdirSync(below).sort() : [];
    if (files.length === 0) {
      console.error(`${folder} has no traces: logjury trial --traces writes them`);
      return 2;
    }
    counts.traces++;
    const traces = files.map((file) => readTraceFile(join(below, file)));
    const found = mergePartitions(
      traces.map(({ partitionRows }) => partitionRows),
      worldsFor,
      counts,
    );
    if (found !== null) {
      bad++;
      const { node } = traces[found.file]!;
      tell(
        `${folder} is rejected at row ${found.row} of ${node} about ${found.partition}`,
        found.rejection,
      );
    }
  }
  console.log(countsText(counts));
  console.log(`${bad} rejected; ${ended()}`);
  return bad > 0 ? 1 : sumOf(counts.checked) === 0 ? 3 : 0;
}

function clock(): () => string {
  const began = process.cpuUsage().user;
  return () =>
    `${((process.cpuUsage().user - began) / 1e6).toFixed(1)} s of processor time, with what ran`;
}

function tell(where: string, { event, expected, reasons }: Rejection): void {
  const lines = [
    `  ${event}`,
    `  expected: ${expected}`,
    ...reasons.map((reason) => `  ${reason}`),
  ];
  console.log([`${where}:`, ...lines].join('\n'));
}
