/**
 * The rows of a trace: what the nodes of a run did, step by step. One row is one line of JSON; a step's
 * row is written before its effects leave, so that the row of a message's receiver stands behind the row
 * of its sender. Only what changes a state has a row.
 */

import type { Json } from './rows.js';

/** What of a node stepped; `deed`: a fault or an operator; `run`: phases and violations. */
export type TraceMachine =
  | 'node'
  | 'raft'
  | 'controller'
  | 'partition'
  | 'coordinator'
  | 'deed'
  | 'run';

export interface TraceRow {
  /** From 1, over all nodes. */
  readonly sequence: number;
  /** Number of the event of the world in which it happened, from 1; 0 before the first. */
  readonly event: number;
  /** Virtual microseconds since the start, true time. */
  readonly time: number;
  /** Name of the node; null where it is no single one's. */
  readonly node: string | null;
  /** Lives of the node so far, this one included; 0 without a node. */
  readonly incarnation: number;
  readonly machine: TraceMachine;
  /** `topic-partition` of a replica, or of what a coordinator writes to; else null. */
  readonly partition: string | null;
  /** The node's own monotonic time of the input, where it has one. */
  readonly stamp: number | null;
  /** The message or input that caused it: its type, who sent it, its numbers (of lists the length). */
  readonly cause: { readonly [field: string]: Json } | null;
  /** For people: what happened. */
  readonly what: string;
  /** The fields of the state that changed, as they are now. */
  readonly changed: { readonly [field: string]: Json };
  /** The whole state, as far as a trace knows it. */
  readonly state: { readonly [field: string]: Json };
  /** Where the trace is to be held against the specification: all of the step (src/trace). */
  readonly exact?: object;
}

/** `row` as one line of JSON with its newline. */
export function traceRowLine(row: TraceRow): string {
  return `${JSON.stringify(row)}\n`;
}
