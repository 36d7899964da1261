/** Histories as text, as Jepsen writes them and as we do, and back. */

import { createReader } from '../src/checker/read.js';
import type { ReadError } from '../src/checker/reading/sink.js';
import type { Json, MicroOperation, Row } from '../src/history/rows.js';

/** The shapes in which histories of Jepsen come. */
export const EDN_SHAPES = ['maps', 'records', 'vector'] as const;
export type EdnShape = (typeof EDN_SHAPES)[number];

/** `rows` as Jepsen prints them: a map or a record on each line, or all of them in one vector. */
export function ednOf(rows: readonly Row[], shape: EdnShape): string {
  const printed = rows.map((row) => ednRow(row, shape === 'records'));
  return shape === 'vector'
    ? `[${printed.join('\n ')}]\n`
    : printed.map((line) => `${line}\n`).join('');
}

function ednRow(row: Row, isRecord: boolean): string {
  const { index, time, process, type, f, value, ...rest } = row as Row & Record<string, Json>;
  const fields = [
    [':index', String(index)],
    [':time', String(time)],
    [':type', `:${type}`],
    [':process', process === 'nemesis' ? ':nemesis' : String(process)],
    [':f', `:${f}`],
    [':value', ednValue(f, value as Json)],
    ...Object.entries(rest).map(([name, field]) => [
      FIELDS[name] ?? `:${name}`,
      ednField(name, field),
    ]),
  ];
  // A map of few fields has them in the order of its making; one of many in any order.
  const ordered = isRecord || fields.length <= 8 ? fields : fields.toReversed();
  const body = ordered.map((pair) => pair.join(' ')).join(', ');
  return isRecord ? `#jepsen.history.Op{${body}}` : `{${body}}`;
}

/** Fields that Jepsen has under another name. */
const FIELDS: Readonly<Record<string, string>> = {
  rebalanceLog: ':rebalance-log',
  seekToBeginning: ':seek-to-beginning?',
};

function ednField(name: string, field: Json): string {
  if (name !== 'rebalanceLog') {
    return edn(field);
  }
  const entries = field as readonly { readonly keys: readonly string[] }[];
  return `(${entries.map(({ keys }) => `{:type :partitions-revoked, :keys [${keys.map(ednKey).join(' ')}]}`).join(' ')})`;
}

function ednValue(f: string, value: Json): string {
  if (value === null) {
    return 'nil';
  }
  if (f === 'assign' || f === 'subscribe') {
    return `[${(value as readonly string[]).map(ednKey).join(' ')}]`;
  }
  if (f === 'send' || f === 'poll' || f === 'txn' || f === 'attempt') {
    return `[${(value as unknown as readonly MicroOperation[]).map(ednMicro).join(' ')}]`;
  }
  return edn(value);
}

function ednMicro(micro: MicroOperation): string {
  if (micro[0] === 'send') {
    const [, key, sent] = micro;
    return `[:send ${ednKey(key)} ${edn(sent as Json)}]`;
  }
  if (micro[1] === undefined) {
    return '[:poll]';
  }
  const polled = Object.entries(micro[1]).map(
    ([key, records]) => `${ednKey(key)} ${edn(records as Json)}`,
  );
  return `[:poll {${polled.join(', ')}}]`;
}

/** Jepsen's keys are integers; in its tests they are keywords. */
function ednKey(key: string): string {
  return /^(0|[1-9][0-9]*)$/.test(key) ? key : /^[a-z][a-z0-9-]*$/.test(key) ? `:${key}` : edn(key);
}

function edn(value: Json): string {
  if (value === null) {
    return 'nil';
  }
  if (Array.isArray(value)) {
    return `[${value.map(edn).join(' ')}]`;
  }
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, field]) => `${ednKey(name)} ${edn(field)}`);
    return `{${fields.join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export interface ReadBack {
  readonly rows: Row[];
  /** Line of each row. */
  readonly lines: number[];
  readonly error: ReadError | null;
}

/** Reads `text` in chunks of `size` bytes, row by row. */
export function readBack(
  text: string | Uint8Array,
  size: number = Number.POSITIVE_INFINITY,
): ReadBack {
  const rows: Row[] = [];
  const lines: number[] = [];
  const reader = createReader({
    row(row, line): void {
      rows.push(row);
      lines.push(line);
    },
  });
  feedChunks(text, size, (chunk) => reader.push(chunk));
  return { rows, lines, error: reader.end() };
}

/** Cuts `text` into chunks of `size` bytes, each in memory that is overwritten afterwards. */
export function feedChunks(
  text: string | Uint8Array,
  size: number,
  visit: (chunk: Uint8Array) => void,
): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let from = 0; from < bytes.length; from += size) {
    const chunk = bytes.slice(from, from + size);
    visit(chunk);
    chunk.fill(0x21);
  }
}
