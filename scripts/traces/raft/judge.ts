/** Lock C of Raft: whose traces are judged, and how. */

import type { ExactRaft } from '../../../src/trace/exact-raft.js';
import type { TraceJudge } from '../judging.js';
import { mergeTraces, readTraceFile, traceFilesIn } from '../trace-files.js';
import { RaftAcceptance } from './acceptance.js';
import { openRaftWorlds } from './open.js';
import { runSeed } from './simulated.js';

export async function openRaftJudge(): Promise<TraceJudge> {
  const worldsFor = await openRaftWorlds();
  return {
    machine: 'raft',
    judgeSeed: (seed, bugs, alone, counts) => {
      const acceptance = new RaftAcceptance(worldsFor, counts);
      const take = (node: string, row: ExactRaft) => {
        const rejection = acceptance.take(node, row);
        return rejection === null ? null : { row: null, of: node, rejection };
      };
      return runSeed(seed, bugs, take, alone).found;
    },
    judgeRows: (counts) => {
      const acceptance = new RaftAcceptance(worldsFor, counts);
      return (row) => {
        const node = row.node!;
        const rejection = acceptance.take(node, row.exact as ExactRaft);
        return rejection === null ? null : { of: node, rejection };
      };
    },
    judgeTrial: (folder, counts) => {
      const traces = traceFilesIn(folder).map(readTraceFile);
      const found = mergeTraces(traces, new RaftAcceptance(worldsFor, counts));
      return found === null ? null : { ...found, of: found.node };
    },
  };
}
