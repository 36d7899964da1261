/** The history of a run while it grows: rows go to the file at once, and to whoever judges them. */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Json, Row } from '../src/history/rows.js';
import { rowLine } from '../src/history/write.js';

/** Rows are written in lots of this many characters, and at the latest at `flush`. */
const LOT_CHARACTERS = 64 * 1024;

/** A row without what the writer adds. */
type Bare<R extends Row> = R extends Row ? Omit<R, 'index' | 'time'> : never;
export type RowToWrite = Bare<Row>;

export class HistoryWriter {
  readonly path: string;
  readonly rows: Row[] = [];
  private readonly file: number;
  private readonly start = process.hrtime.bigint();
  private lot = '';
  private closed = false;

  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, 'w');
  }

  /** Seconds since the start of the history. */
  seconds(): number {
    return Number(process.hrtime.bigint() - this.start) / 1e9;
  }

  add(row: RowToWrite): Row {
    const time = Number(process.hrtime.bigint() - this.start);
    const full = { index: this.rows.length, time, ...row } as Row;
    this.rows.push(full);
    this.lot += rowLine(full);
    if (this.lot.length > LOT_CHARACTERS) {
      this.flush();
    }
    return full;
  }

  nemesis(f: string, value: Json): void {
    this.add({ process: 'nemesis', type: 'info', f, value });
  }

  flush(): void {
    if (!this.closed && this.lot !== '') {
      writeSync(this.file, this.lot);
      this.lot = '';
    }
  }

  close(): void {
    this.flush();
    if (!this.closed) {
      this.closed = true;
      closeSync(this.file);
    }
  }
}
