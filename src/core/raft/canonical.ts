/** Canonical bytes: the same value gives the same bytes, whatever way it came about. */

import type { Entry, Message, Snapshot, Voter } from './types.js';

/** Bytes that grow as they are written. */
export interface CanonicalWriter {
  bytes: Uint8Array;
  /** Of `bytes`. */
  view: DataView;
  length: number;
}

export function canonicalWriter(): CanonicalWriter {
  const bytes = new Uint8Array(512);
  return { bytes, view: new DataView(bytes.buffer), length: 0 };
}

/** What was written so far, as bytes of its own. */
export function writtenBytes(writer: CanonicalWriter): Uint8Array {
  return writer.bytes.slice(0, writer.length);
}

function reserve(writer: CanonicalWriter, size: number): number {
  const at = writer.length;
  writer.length += size;
  if (writer.length > writer.bytes.length) {
    const grown = new Uint8Array(Math.max(writer.length, writer.bytes.length * 2));
    grown.set(writer.bytes);
    writer.bytes = grown;
    writer.view = new DataView(grown.buffer);
  }
  return at;
}

/** Eight bytes; exact for every safe integer. */
export function writeNumber(writer: CanonicalWriter, value: number): void {
  const at = reserve(writer, 8);
  writer.view.setFloat64(at, value);
}

export function writeBoolean(writer: CanonicalWriter, value: boolean): void {
  const at = reserve(writer, 1);
  writer.bytes[at] = value ? 1 : 0;
}

export function writeBytes(writer: CanonicalWriter, value: Uint8Array): void {
  writeNumber(writer, value.length);
  const at = reserve(writer, value.length);
  writer.bytes.set(value, at);
}

/** Length and UTF-16 code units. */
export function writeText(writer: CanonicalWriter, value: string): void {
  writeNumber(writer, value.length);
  const at = reserve(writer, value.length * 2);
  for (let i = 0; i < value.length; i++) {
    writer.view.setUint16(at + 2 * i, value.charCodeAt(i));
  }
}

/** A mark whether `value` is there, then `value` by `write`. */
export function writeNullable<T>(
  writer: CanonicalWriter,
  value: T | null,
  write: (writer: CanonicalWriter, value: T) => void,
): void {
  writeBoolean(writer, value !== null);
  if (value !== null) {
    write(writer, value);
  }
}

/** The count, then each by `write`, in the order given. */
export function writeAll<T>(
  writer: CanonicalWriter,
  values: readonly T[],
  write: (writer: CanonicalWriter, value: T) => void,
): void {
  writeNumber(writer, values.length);
  for (const value of values) {
    write(writer, value);
  }
}

export function writeVoter(writer: CanonicalWriter, voter: Voter): void {
  writeNumber(writer, voter.id);
  writeText(writer, voter.directoryId);
}

export function writeEntry(writer: CanonicalWriter, entry: Entry): void {
  writeNumber(writer, entry.base);
  writeNumber(writer, entry.index);
  writeNumber(writer, entry.term);
  writeText(writer, entry.kind);
  writeBytes(writer, entry.payload);
  writeNullable(writer, entry.configuration ?? null, (to, { voters }) => {
    writeAll(to, voters, writeVoter);
  });
}

export function writeSnapshot(writer: CanonicalWriter, snapshot: Snapshot): void {
  writeNumber(writer, snapshot.index);
  writeNumber(writer, snapshot.term);
  writeAll(writer, snapshot.configuration.voters, writeVoter);
  writeBytes(writer, snapshot.data);
}

/** Fields by name, in the order of their names: message types need no code of their own. */
export function writeMessage(writer: CanonicalWriter, message: Message): void {
  writeValue(writer, message);
}

function writeValue(writer: CanonicalWriter, value: unknown): void {
  if (value instanceof Uint8Array) {
    writeText(writer, 'bytes');
    writeBytes(writer, value);
    return;
  }
  if (Array.isArray(value)) {
    writeText(writer, 'array');
    writeAll(writer, value, writeValue);
    return;
  }
  writeText(writer, typeof value);
  if (typeof value === 'number') {
    writeNumber(writer, value);
  } else if (typeof value === 'string') {
    writeText(writer, value);
  } else if (typeof value === 'boolean') {
    writeBoolean(writer, value);
  } else {
    const fields = Object.entries(value as Record<string, unknown>);
    fields.sort(([a], [b]) => (a < b ? -1 : 1));
    writeAll(writer, fields, (to, [name, field]) => {
      writeText(to, name);
      writeValue(to, field);
    });
  }
}
