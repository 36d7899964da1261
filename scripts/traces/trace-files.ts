/** What simulated seeds and the brokers of trials wrote, read back. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SeedTraceRow } from '../../src/cli/seed-trace.js';
import type { TraceRow } from '../../src/history/trace.js';
import type { ExactMessage, ExactRaft } from '../../src/trace/exact-raft.js';
import { merge } from './merged.js';
import type { PartitionRow } from './partition/acceptance.js';
import type { Rejection } from './raft/rejection.js';

/** A file that is no trace; the reason in words. */
export class UnreadableTrace extends Error {}

export interface TraceFile {
  readonly node: string;
  readonly rows: readonly ExactRaft[];
  /** Of its replicas and of its controller, in the order in which they were told. */
  readonly partitionRows: readonly PartitionRow[];
}

/** Paths of what the brokers of a trial wrote, by the folder of the run. */
export function traceFilesIn(folder: string): string[] {
  const below = join(folder, 'traces');
  const files = existsSync(below) ? readdirSync(below).sort() : [];
  if (files.length === 0) {
    throw new UnreadableTrace(
      `${folder} has no traces: logjury trial --traces and logjury simulate --traces write them`,
    );
  }
  return files.map((file) => join(below, file));
}

/** A line that a process could not finish is none; behind it there is the next life, or nothing. */
export function readTraceFile(file: string): TraceFile {
  const lines = readFileSync(file, 'utf8').split('\n');
  const rows: ExactRaft[] = [];
  const partitionRows: PartitionRow[] = [];
  let node = basename(file);
  lines.forEach((line, at) => {
    const row = parsed(line);
    if (row?.exact !== undefined) {
      node = row.node ?? node;
      if (row.machine === 'raft') {
        rows.push(row.exact as ExactRaft);
      } else {
        partitionRows.push(row.exact as PartitionRow);
      }
    } else if (line !== '' && row === null && !isEndOfLife(lines, at)) {
      throw new UnreadableTrace(`${file}, line ${at + 1}: is no row of a trace`);
    }
  });
  return { node, rows, partitionRows };
}

/** Names of what simulated seeds wrote in the folder, in order; empty: it has none. */
export function seedTracesIn(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.filter((file) => /^seed-\d+\.jsonl$/.test(file)).sort();
}

/**
 * The rows of a simulated run, which one file has in the order in which they happened (`logjury simulate --traces`): those of Raft,
 * or those of the partition and its controller. A line that is a row of neither makes it unreadable.
 */
export function* seedTraceRows(file: string, of: 'raft' | 'partition'): Generator<SeedTraceRow> {
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const [at, line] of lines.entries()) {
    // Most are of the other machine; whoever asks about that one reads them.
    if (line !== '' && !isOfOther(line, of)) {
      const row = parsed(line);
      if (row?.exact === undefined) {
        throw new UnreadableTrace(`${file}, line ${at + 1}: is no row of a trace`);
      }
      if ((row.machine === 'raft') === (of === 'raft')) {
        yield row as SeedTraceRow;
      }
    }
  }
}

/** As the simulator writes a row: the machine behind the node. */
const WRITTEN = /^\{"node":"[^"\\]*","machine":"(\w+)",.*\}$/;

function isOfOther(line: string, of: 'raft' | 'partition'): boolean {
  const machine = WRITTEN.exec(line)?.[1];
  return machine !== undefined && (machine === 'raft') !== (of === 'raft');
}

function isEndOfLife(lines: readonly string[], at: number): boolean {
  const next = lines.slice(at + 1).find((line) => line !== '');
  const row = next === undefined ? null : parsed(next);
  return next === undefined || (row?.exact as ExactRaft | undefined)?.type === 'start';
}

function parsed(line: string): TraceRow | null {
  try {
    return JSON.parse(line) as TraceRow;
  } catch {
    return null;
  }
}

/** What a merged trace is told to: whether a message was sent, and each row in its turn. */
export interface RaftTaker {
  wasSent(from: number, to: number, message: ExactMessage): boolean;
  take(node: string, row: ExactRaft): Rejection | null;
}

/** Tells all rows as those of one trace, as long as none is rejected: a message's receipt behind its sending. */
export function mergeTraces(
  files: readonly Pick<TraceFile, 'node' | 'rows'>[],
  taker: RaftTaker,
): { readonly node: string; readonly row: number; readonly rejection: Rejection } | null {
  const ids = files.map(({ rows }) => (rows[0]?.type === 'start' ? rows[0].self[0] : 0));
  const found = merge(
    files.map(({ rows }) => rows),
    {
      isReady: (row, file) => isReady(row, ids[file]!, taker),
      take: (row, file) => taker.take(files[file]!.node, row),
    },
  );
  return found === null
    ? null
    : { node: files[found.file]!.node, row: found.row, rejection: found.rejection };
}

function isReady(row: ExactRaft, self: number, taker: RaftTaker): boolean {
  if (row.type === 'start' || row.input.type !== 'message') {
    return true;
  }
  const { from, message } = row.input as unknown as { from: number; message: ExactMessage };
  return taker.wasSent(from, self, message);
}
