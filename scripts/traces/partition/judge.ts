/** Lock C of partitions and their controller: whose traces are judged, and how. */

import type { TraceJudge } from '../judging.js';
import { readTraceFile, traceFilesIn } from '../trace-files.js';
import type { PartitionRow } from './acceptance.js';
import { openPartitionWorlds } from './open.js';
import { mergePartitions, PartitionsAcceptance } from './partitions.js';
import { runPartitions } from './simulated.js';

export async function openPartitionJudge(): Promise<TraceJudge> {
  const worldsFor = await openPartitionWorlds();
  return {
    machine: 'partition',
    judgeSeed: (seed, bugs, alone, counts) => {
      const acceptance = new PartitionsAcceptance(worldsFor, counts);
      const take = (row: PartitionRow) => {
        const rejection = acceptance.take(row);
        return rejection === null ? null : { row: null, of: row.partition, rejection };
      };
      return runPartitions(seed, bugs, take, alone).found;
    },
    judgeRows: (counts) => {
      const acceptance = new PartitionsAcceptance(worldsFor, counts);
      return ({ exact }) => {
        const row = exact as PartitionRow;
        const rejection = acceptance.take(row);
        return rejection === null ? null : { of: row.partition, rejection };
      };
    },
    judgeTrial: (folder, counts) => {
      const traces = traceFilesIn(folder).map(readTraceFile);
      const rows = traces.map(({ partitionRows }) => partitionRows);
      const found = mergePartitions(rows, worldsFor, counts);
      return found === null
        ? null
        : { ...found, of: `${traces[found.file]!.node} about ${found.partition}` };
    },
  };
}
