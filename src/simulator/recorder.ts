/** Writes the history of a simulated run. */

import type { World } from '../environment/simulated/world.js';
import type {
  AttemptRow,
  MetadataRow,
  MetadataValue,
  MicroOperation,
  OffsetsRow,
  OperationRow,
  OwnedRow,
  PolledRecords,
  ProcessedRow,
  Row,
  RowType,
  SendMicroOperation,
} from '../history/rows.js';
import { newCounts, type WorkloadCounts } from './workload/counts.js';
import { KeyedPromises } from './workload/keyed-promises.js';
import { KeyTable } from './workload/keys.js';

export interface OperationDetails {
  readonly error?: string | undefined;
  /** Several sends that are in flight together, each with an outcome of its own. */
  readonly pipelined?: boolean;
}

const FIRST_METADATA_PROCESS = 1_000_000;

/** Writes what members of a group do. */
export type GroupScribe = Pick<Recorder, 'offsets' | 'owned' | 'processed' | 'crash'>;

/** Of a group to which nothing is promised. */
export const NO_SCRIBE: GroupScribe = {
  offsets: () => {},
  owned: () => {},
  processed: () => {},
  crash: () => {},
};

/** Gathers the rows of a history in virtual time. */
export class Recorder {
  readonly rows: Row[] = [];
  /** What the keys in the rows mean. */
  readonly keys: KeyTable = new KeyTable();
  /** What was promised of compacted topics. */
  readonly keyed: KeyedPromises = new KeyedPromises();
  /** What the clients brought about. */
  readonly counts: WorkloadCounts = newCounts();
  /** Send operations. */
  acknowledged = 0;
  private readonly world: World;
  private nextProcess = 0;
  private metadataProcesses = 0;

  constructor(world: World) {
    this.world = world;
  }

  process(): number {
    return this.nextProcess++;
  }

  operation(
    process: number,
    type: RowType,
    f: 'send' | 'poll',
    value: readonly MicroOperation[],
    { error, pipelined = false }: OperationDetails = {},
  ): void {
    if (type === 'ok' && f === 'send') {
      this.acknowledged++;
    }
    const index = this.rows.length;
    const time = this.world.now * 1000;
    const row: OperationRow = pipelined
      ? { index, time, process, type, f, value, pipelined }
      : { index, time, process, type, f, value };
    this.rows.push(error === undefined ? row : { ...row, error });
    this.world.mixText(`${process} ${type} ${f} `);
    this.world.mixText(JSON.stringify(value));
  }

  /**
   * An operation on a topic's metadata begins; the function that is answered completes it. Each is a process
   * of its own, with a number apart, for nothing but real time orders it.
   */
  metadata(asked: MetadataValue): (type: RowType, told?: MetadataValue) => void {
    const process = FIRST_METADATA_PROCESS + this.metadataProcesses++;
    const record = (type: RowType, value: MetadataValue): void => {
      const { length: index } = this.rows;
      const time = this.world.now * 1000;
      const row: MetadataRow = { index, time, process, type, f: 'metadata', value };
      this.rows.push(row);
    };
    record('invoke', asked);
    return (type, told = asked) => record(type, told);
  }

  /** Evidence for people: attempts that were not plainly acknowledged the first time. */
  attempt(
    process: number,
    type: RowType,
    attempt: number,
    value: readonly SendMicroOperation[],
    error: string | null,
  ): void {
    const { now: time } = this.world;
    const index = this.rows.length;
    const row: AttemptRow = {
      index,
      time: time * 1000,
      process,
      type,
      f: 'attempt',
      value,
      attempt,
    };
    this.rows.push(error === null ? row : { ...row, error });
  }

  phase(name: 'main' | 'final'): void {
    this.nemesis('phase', name);
  }

  nemesis(f: string, value: string): void {
    const time = this.world.now * 1000;
    this.rows.push({ index: this.rows.length, time, process: 'nemesis', type: 'info', f, value });
    this.world.mixText(`${f} ${value}`);
  }

  assign(process: number, keys: readonly string[], seekToBeginning: boolean): void {
    for (const type of ['invoke', 'ok'] as const) {
      const time = this.world.now * 1000;
      const index = this.rows.length;
      this.rows.push({ index, time, process, type, f: 'assign', value: keys, seekToBeginning });
    }
  }

  /** A group's position: committed, or asked for. `error`: why it failed or stayed unknown. */
  offsets(
    type: RowType,
    row: Pick<OffsetsRow, 'process' | 'f' | 'value' | 'group' | 'generation' | 'instance'>,
    error: string | null = null,
  ): void {
    const { length: index } = this.rows;
    const time = this.world.now * 1000;
    const told = { index, time, type, ...row };
    this.rows.push(error === null ? told : { ...told, error });
    this.mixRow(type, row);
  }

  /** All that a group gave a process in a generation. */
  owned(row: Pick<OwnedRow, 'process' | 'value' | 'group' | 'generation' | 'instance'>): void {
    const { length: index } = this.rows;
    const told: OwnedRow = { index, time: this.world.now * 1000, type: 'ok', f: 'owned', ...row };
    this.rows.push(told);
    this.mixRow('ok', row);
  }

  processed(process: number, group: string, value: PolledRecords): void {
    const { length: index } = this.rows;
    const time = this.world.now * 1000;
    const row: ProcessedRow = { index, time, process, type: 'ok', f: 'processed', value, group };
    this.rows.push(row);
    this.mixRow('ok', { process, value });
  }

  private mixRow(type: RowType, row: object): void {
    this.world.mixText(`${type} ${JSON.stringify(row)}`);
  }

  /** The process is over. */
  crash(process: number): void {
    for (const type of ['invoke', 'info'] as const) {
      const time = this.world.now * 1000;
      const index = this.rows.length;
      this.rows.push({ index, time, process, type, f: 'crash', value: null });
    }
  }
}
