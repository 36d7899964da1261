/**
 * The trace of a simulated run, one file a seed: each step of every node's Raft and of the replicas of one partition, and
 * each decision about it, in the order in which they happened.
 */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceRow } from '../history/trace.js';
import type { RunContext } from '../simulator/context.js';
import type { Scenario } from '../simulator/scenario.js';
import type { Watcher } from '../simulator/watch.js';
import { partitionWatcher, raftWatcher } from './seed-watchers.js';

/** A line of it: of a trace's row what the specification is asked by. */
export type SeedTraceRow = Required<Pick<TraceRow, 'node' | 'machine' | 'exact'>>;

export function seedTraceFile(folder: string, seed: number): string {
  return join(folder, `seed-${seed}.jsonl`);
}

/** The partition of which the trace of a scenario tells: another one with every seed. null: it has none. */
export function tracedPartition({ seed, topics }: Pick<Scenario, 'seed' | 'topics'>): {
  readonly topic: string;
  readonly partition: number;
} | null {
  const all = topics.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  );
  return all[seed % all.length] ?? null;
}

/** Characters that are written at once. */
const WRITTEN = 1 << 20;

/** Writes `file` anew; it is whole once it is closed. Throws if it cannot be written. */
export class SeedTrace {
  /** To be told every step. */
  readonly watchers: readonly ((context: Pick<RunContext, 'cluster'>) => Watcher)[];
  private readonly descriptor: number;
  private text = '';

  constructor(file: string, scenario: Pick<Scenario, 'seed' | 'topics'>) {
    this.descriptor = openSync(file, 'w');
    const traced = tracedPartition(scenario);
    const tell = {
      replica: (node: string, exact: object): void => this.add(node, 'partition', exact),
      decision: (node: string, exact: object): void => this.add(node, 'controller', exact),
    };
    this.watchers = [
      () => raftWatcher((node, exact) => this.add(node, 'raft', exact)),
      (context) =>
        partitionWatcher(
          context,
          tell,
          (topic, partition) => topic === traced?.topic && partition === traced.partition,
        ),
    ];
  }

  close(): void {
    writeFileSync(this.descriptor, this.text);
    closeSync(this.descriptor);
  }

  private add(node: string, machine: SeedTraceRow['machine'], exact: object): void {
    const row: SeedTraceRow = { node, machine, exact };
    this.text += `${JSON.stringify(row)}\n`;
    if (this.text.length > WRITTEN) {
      writeFileSync(this.descriptor, this.text);
      this.text = '';
    }
  }
}
