/**
 * Rows of Jepsen's histories as rows of ours. Sources: the operations that Jepsen's Kafka workload
 * documents (jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj), its client for Redpanda
 * (jepsen-io/redpanda, workload/queue.clj) and the record that histories are made of
 * (jepsen-io/history, jepsen.history.Op).
 *
 * - Keys of topics are integers there and strings here.
 * - Whoever is no integer process is no client: the nemesis, also under another name.
 * - Without `:index` a row stands where it stands; without `:time` (or with the -1 that stands for
 *   none) it happened when the one before it did. No rule reads times.
 * - The list of an assignment may be nil where it is empty.
 */

import type { Json } from '../../history/rows.js';

type Fields = ReadonlyMap<string, Json>;

/** Optional fields that stand as they are. */
const OPTIONAL: readonly string[] = [
  'error',
  'pipelined',
  'attempt',
  'ends',
  'group',
  'generation',
  'instance',
];

/** Translates rows in order. What comes out is a row only if `rowProblem` (../row-shape.ts) says so. */
export class RowTranslator {
  private lastIndex = -1;
  private lastTime = 0;

  /** Notes a row that went another way. */
  passed(index: number, time: number): void {
    this.lastIndex = index;
    this.lastTime = time;
  }

  /** `fields` by the names of their keywords. */
  translate(fields: Fields): { readonly [name: string]: unknown } {
    const index = fields.get('index') ?? this.lastIndex + 1;
    const given = fields.get('time') ?? -1;
    const time = typeof given === 'number' && given < 0 ? this.lastTime : given;
    // Where one of them is no number, the row is refused and none follows.
    this.passed(index as number, time as number);
    const f = fields.get('f');
    const who = fields.get('process');
    const process = typeof who === 'string' ? 'nemesis' : who;
    const row: { [name: string]: unknown } = {
      index,
      time,
      process,
      type: fields.get('type'),
      f,
      value:
        process === 'nemesis'
          ? (fields.get('value') ?? null)
          : translatedValue(f, fields.get('value') ?? null),
    };
    for (const name of OPTIONAL) {
      if (fields.has(name)) {
        row[name] = fields.get(name);
      }
    }
    const seeks = fields.get('seek-to-beginning?');
    if (typeof seeks === 'boolean') {
      row.seekToBeginning = seeks;
    }
    const log = fields.get('rebalance-log') ?? null;
    if (log !== null) {
      row.rebalanceLog = Array.isArray(log) ? log.map(rebalanceOf) : log;
    }
    return row;
  }
}

function translatedValue(f: Json | undefined, value: Json): Json {
  switch (f) {
    case 'send':
    case 'poll':
    case 'txn':
    case 'attempt':
      return Array.isArray(value) ? value.map(microOf) : value;
    case 'assign':
    case 'subscribe':
      return Array.isArray(value) ? value.map(keyOf) : (value ?? []);
    default:
      return value;
  }
}

function microOf(micro: Json): Json {
  if (!Array.isArray(micro)) {
    return micro;
  }
  const [f, key, sent] = micro as readonly Json[];
  // A send. What looks like one or like a poll, and is none, is refused all the same.
  if (micro.length === 3) {
    return [f as Json, keyOf(key as Json), sent as Json];
  }
  return micro.length === 2 && key === null ? [f as Json] : micro;
}

/** Names of keys are strings; whatever is neither name nor number stays what it is, to be refused. */
function keyOf(key: Json): Json {
  return typeof key === 'number' ? String(key) : key;
}

function rebalanceOf(entry: Json): Json {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return entry;
  }
  const { keys } = entry as { readonly keys?: Json };
  return { keys: Array.isArray(keys) ? keys.map(keyOf) : (keys ?? []) };
}
