/** The rows of a trace of an explored world: one step, one millisecond. */

import type { Violation } from '../explorer/world.js';
import type { Json } from '../history/rows.js';
import type { TraceRow } from '../history/trace.js';
import type { View } from '../simulator/trace-views.js';

const MICROSECONDS_PER_STEP = 1_000;

export class StepRows {
  readonly rows: TraceRow[] = [];
  private readonly lives = new Map<number, number>();

  /** A row of the step with this number, from 1. */
  add(step: number, row: Partial<TraceRow> & Pick<TraceRow, 'machine' | 'what'>): void {
    this.rows.push({
      sequence: this.rows.length + 1,
      event: step,
      time: step * MICROSECONDS_PER_STEP,
      node: null,
      incarnation: 0,
      partition: null,
      stamp: null,
      cause: null,
      changed: {},
      state: {},
      ...row,
    });
  }

  /** The same of a node, in the life that it is in. */
  addOf(
    id: number,
    step: number,
    row: Partial<TraceRow> & Pick<TraceRow, 'machine' | 'what'>,
  ): void {
    this.add(step, { node: `node-${id}`, incarnation: this.lives.get(id) ?? 1, ...row });
  }

  /** The node starts anew. */
  restart(id: number, step: number, what: string): void {
    this.lives.set(id, (this.lives.get(id) ?? 1) + 1);
    this.addOf(id, step, { machine: 'node', what });
  }

  violated(step: number, { property, detail }: Violation): void {
    this.add(step, { machine: 'run', what: `!!! ${property} is violated: ${detail}` });
  }
}

/** The fields of `after` that are not as they were. */
export function changedFields(before: View, after: View): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(after).filter(([field, value]) => before[field] !== value),
  );
}
