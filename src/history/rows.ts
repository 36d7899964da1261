/**
 * The rows of a history: what the clients of a system were told, and when. One row is one line of
 * `history.jsonl`. The meaning of the fields is that of Jepsen's Kafka workload (jepsen-io/jepsen,
 * jepsen/src/jepsen/tests/kafka.clj), so that its `history.edn` reads into the same rows.
 *
 * Rules that whoever writes a history keeps:
 * - A process is single-threaded: one open operation at a time. After an `info` completion the
 *   process ends, and its thread goes on under a new number (an answer that never came may still
 *   take effect later, in any order with what the thread does next).
 * - `fail` says that the operation certainly did not happen, `info` that nobody knows. Failed and
 *   unknown completions keep the offsets and the polled records they got.
 * - A value is sent by one operation per key, ever. Retries of the same batch are attempts inside
 *   that operation (rows with f `attempt`), not operations of their own.
 * - An operation with several sends is atomic (a transaction), unless it is marked `pipelined`.
 */

/** Anything that JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [k: string]: Json };

/** What a row says about its operation. */
export type RowType = 'invoke' | 'ok' | 'fail' | 'info';

/** The value of a record: unique per key. Our workloads send integers; Jepsen's cases also names. */
export type Value = number | string;

/** What a record carries beside its value, as far as the workload says it. Compared as it stands. */
export interface RecordDetails {
  /** The record's key, not the topic-partition. */
  readonly key?: string | null;
  readonly headers?: string;
  /** Milliseconds of the epoch. */
  readonly timestamp?: number;
}

/**
 * A send. Invoked as `[null, value]`; completed as `[offset, value]`, or `[null, value]` where the
 * answer had no offset or never came; the bare `value` where this send certainly did not happen
 * (it was never tried, or was refused). The invocation may say what else the record carries.
 */
export type SendMicroOperation = readonly [
  'send',
  key: string,
  value:
    | readonly [offset: number | null, value: Value]
    | readonly [offset: number | null, value: Value, details: RecordDetails]
    | Value,
];

/** Records that one poll returned, by key, in the order in which the consumer emitted them. */
export type PolledRecords = {
  readonly [key: string]: readonly (
    | readonly [offset: number, value: Value]
    | readonly [offset: number, value: Value, details: RecordDetails]
  )[];
};

/**
 * Where the log of a key ended for the reader, as ListOffsets tells it (KIP-207: a new leader answers only
 * once it knows; the high watermark of a fetch may lag after an election). As a pair with transactions: the
 * high watermark and the last stable offset.
 */
export type LogEnd = number | readonly [highWatermark: number, lastStable: number];

/** A poll: invoked as `['poll']`, completed with the records it returned. */
export type PollMicroOperation = readonly ['poll'] | readonly ['poll', PolledRecords];

export type MicroOperation = SendMicroOperation | PollMicroOperation;

interface RowBase {
  /** Position in the history, from 0, rising. */
  readonly index: number;
  /** Nanoseconds since the start of the run. */
  readonly time: number;
  /** Why an operation failed or stayed unknown, for people. */
  readonly error?: Json;
}

/** Sends and polls: what the checker judges. `txn` mixes both; all are transactions under `txn`. */
export interface OperationRow extends RowBase {
  /** Number of the client process, from 0. */
  readonly process: number;
  readonly type: RowType;
  readonly f: 'send' | 'poll' | 'txn';
  /** Null only where a completion has nothing to add to its invocation. */
  readonly value: readonly MicroOperation[] | null;
  /**
   * The sends are independent batches in flight together, not a transaction. Each send of the
   * completion then has an outcome of its own: `[offset, value]` was acknowledged, `[null, value]`
   * is unknown, a bare `value` certainly did not happen. The row is ok only if all were
   * acknowledged, fail only if none happened, info otherwise.
   */
  readonly pipelined?: boolean;
  /** Of a completed poll: by key, where the log ended as far as the answers said. */
  readonly ends?: { readonly [key: string]: LogEnd };
  /** Keys that the group assigned, revoked or lost during this operation. */
  readonly rebalanceLog?: readonly { readonly keys: readonly string[] }[];
}

/** Manual or group assignment of keys to the consumer of this process; replaces the old set. */
export interface AssignmentRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: 'assign' | 'subscribe';
  readonly value: readonly string[];
  /** The consumer starts over at the beginning of every key. */
  readonly seekToBeginning?: boolean;
  /** Of `subscribe`: the consumer group. Those that name none are one group. */
  readonly group?: string;
}

/** The client, its producer and its consumer are thrown away; completes as info. */
export interface CrashRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: 'crash';
  readonly value: Json;
}

/**
 * One attempt inside an open send: evidence for people, judged by no rule. `type` is the outcome of
 * the attempt. The operation around it carries the outcome of the whole.
 */
export interface AttemptRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: 'attempt';
  readonly value: readonly SendMicroOperation[];
  /** Number of the attempt in its operation, from 1. */
  readonly attempt: number;
}

/** What there is of a topic; what is missing was not asked. */
export interface TopicState {
  readonly id?: string;
  readonly partitions?: number;
  /** All configs that are set on the topic itself. */
  readonly configs?: Readonly<Record<string, string>>;
}

/**
 * An operation on the metadata of one topic. `told`, in an ok completion: the cluster answered that there
 * was nothing to do, which says as much about the topic as a read does.
 */
export type MetadataValue =
  | {
      readonly op: 'create';
      readonly topic: string;
      /** Missing: as many as the cluster's default says. */
      readonly partitions?: number;
      /** All of its own; missing: none. */
      readonly configs?: Readonly<Record<string, string>>;
      /** That the cluster gave it: only in a completion. */
      readonly id?: string;
      readonly told?: 'exists';
    }
  | {
      readonly op: 'delete';
      readonly topic: string;
      /** Only the topic with this id. */
      readonly id?: string;
      readonly told?: 'missing';
    }
  | {
      readonly op: 'grow';
      readonly topic: string;
      /** In all, afterwards. */
      readonly partitions: number;
      readonly told?: 'missing' | 'not more';
    }
  | {
      readonly op: 'configure';
      readonly topic: string;
      readonly key: string;
      /** null: the topic has no config of its own any more. */
      readonly value: string | null;
      readonly told?: 'missing';
    }
  /** A linearizable read (thesis, 6.4); one that may be stale is a note. */
  | { readonly op: 'read'; readonly topic: string; readonly state?: TopicState | null };

/** Judged as a linearizable object, topic by topic. */
export interface MetadataRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: 'metadata';
  readonly value: MetadataValue;
}

/**
 * Offsets by key. `commit`: a group's position is committed (an offset is that of the next record, KIP-98);
 * `committed`: the position is asked for, null is none; `log-start`: the log start is asked for;
 * `delete-records`: all records below are to be deleted (KIP-107), the completion tells the log start.
 */
export interface OffsetsRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: 'commit' | 'committed' | 'log-start' | 'delete-records';
  readonly value: { readonly [key: string]: number | null };
  /** Of `commit` and `committed`. */
  readonly group?: string;
  /** Of `commit`: as a member of this generation; missing where whoever commits is no member. */
  readonly generation?: number;
  /** Of `commit`: the group.instance.id of a static member (KIP-345). */
  readonly instance?: string;
}

/** The group gave this process these keys, all that it owns, in this generation. Only as ok, without an invocation. */
export interface OwnedRow extends RowBase {
  readonly process: number;
  readonly type: 'ok';
  readonly f: 'owned';
  readonly value: readonly string[];
  readonly group: string;
  readonly generation: number;
  /** The group.instance.id of a static member (KIP-345). */
  readonly instance?: string;
}

/**
 * This process has done, for its group, the work that these records ask for. Only as ok, without an invocation; a
 * process that ends before the row has not done it.
 */
export interface ProcessedRow extends RowBase {
  readonly process: number;
  readonly type: 'ok';
  readonly f: 'processed';
  readonly value: PolledRecords;
  readonly group: string;
}

/** Any other row of a client, such as `debug-topic-partitions`: kept for people, judged by no rule. */
export interface NoteRow extends RowBase {
  readonly process: number;
  readonly type: RowType;
  readonly f: string;
  readonly value: Json;
}

/**
 * What the harness did: faults, and the phases of the run as f `phase` with value `main` or `final`
 * (`final`: everything is healed, every key is read to its end).
 */
export interface NemesisRow extends RowBase {
  readonly process: 'nemesis';
  readonly type: 'info';
  readonly f: string;
  readonly value: Json;
}

export type ClientRow =
  | OperationRow
  | AssignmentRow
  | CrashRow
  | AttemptRow
  | MetadataRow
  | OffsetsRow
  | OwnedRow
  | ProcessedRow
  | NoteRow;
export type Row = ClientRow | NemesisRow;

export function isNemesis(row: Row): row is NemesisRow {
  return row.process === 'nemesis';
}

export function isOperation(row: Row): row is OperationRow {
  return row.process !== 'nemesis' && (row.f === 'send' || row.f === 'poll' || row.f === 'txn');
}

export function isAssignment(row: Row): row is AssignmentRow {
  return row.process !== 'nemesis' && (row.f === 'assign' || row.f === 'subscribe');
}

export function isAttempt(row: Row): row is AttemptRow {
  return row.process !== 'nemesis' && row.f === 'attempt';
}

export function isCrash(row: Row): row is CrashRow {
  return row.process !== 'nemesis' && row.f === 'crash';
}

export function isMetadata(row: Row): row is MetadataRow {
  return row.process !== 'nemesis' && row.f === 'metadata';
}

export function isOffsets(row: Row): row is OffsetsRow {
  return row.process !== 'nemesis' && OFFSETS_ROWS.has(row.f);
}

const OFFSETS_ROWS: ReadonlySet<string> = new Set([
  'commit',
  'committed',
  'log-start',
  'delete-records',
]);

export function isOwned(row: Row): row is OwnedRow {
  return row.process !== 'nemesis' && row.f === 'owned';
}

export function isProcessed(row: Row): row is ProcessedRow {
  return row.process !== 'nemesis' && row.f === 'processed';
}
