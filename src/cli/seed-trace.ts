/** The trace of a simulated run: each step of every node's Raft in the order in which they happened, one file a seed. */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceRow } from '../history/trace.js';
import type { Watcher } from '../simulator/watch.js';
import type { ExactRaft } from '../trace/exact-raft.js';
import { ExactRaftTeller } from '../trace/exact-raft.js';

/** A line of it: of a trace's row what the specification is asked by. */
export type SeedTraceRow = Required<Pick<TraceRow, 'node' | 'exact'>>;

export function seedTraceFile(folder: string, seed: number): string {
  return join(folder, `seed-${seed}.jsonl`);
}

/** Makes rows of what every Raft of a run does, and tells them. */
export function raftWatcher(tell: (node: string, exact: ExactRaft) => void): Watcher {
  const tellers = new Map<string, ExactRaftTeller>();
  return {
    raftStarted: ({ name }, state) => {
      const teller = new ExactRaftTeller();
      tellers.set(name, teller);
      tell(name, teller.started(state));
    },
    raftStepped: ({ name }, state, input, effects) => {
      tell(name, tellers.get(name)!.stepped(state, input, effects));
    },
  };
}

/** Characters that are written at once. */
const WRITTEN = 1 << 20;

/** Writes `file` anew; it is whole once it is closed. Throws if it cannot be written. */
export class SeedTrace {
  /** To be told every step. */
  readonly watcher: Watcher;
  private readonly descriptor: number;
  private text = '';

  constructor(file: string) {
    this.descriptor = openSync(file, 'w');
    this.watcher = raftWatcher((node, exact) => this.add(node, exact));
  }

  close(): void {
    writeFileSync(this.descriptor, this.text);
    closeSync(this.descriptor);
  }

  private add(node: string, exact: ExactRaft): void {
    const row: SeedTraceRow = { node, exact };
    this.text += `${JSON.stringify(row)}\n`;
    if (this.text.length > WRITTEN) {
      writeFileSync(this.descriptor, this.text);
      this.text = '';
    }
  }
}
