/**
 * What a history implies (jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj): who sent and who
 * read each value, which operations must have committed, and the version order of each key.
 *
 * - An operation must have committed if it is ok, or if it is unknown and an ok poll returned a
 *   value that it sent.
 * - The log of a key is every (offset, value) that a send of such an operation reports, and every
 *   one that any poll returned, also in failed and unknown operations: a consumer must never emit
 *   unsafe data.
 * - The version order numbers the offsets that hold a value 0, 1, 2, ... These numbers are indexes
 *   of the log; offsets without a value (markers of transactions) take none.
 */

import { assert } from '../core/types/assert.js';
import { type Expendable, inferExpendable } from './expendable.js';
import {
  FAIL,
  INFO,
  KEY,
  NONE,
  OK,
  POLL_ROW,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  SEND,
  SEND_BARE,
  sendOutcome,
  speakingRow,
} from './recorded-history.js';

/** Outcome of a value that nobody sent. */
export const NEVER_SENT = 0;

export interface Facts {
  readonly history: RecordedHistory;
  // Per value.
  /** NEVER_SENT, OK, FAIL or INFO. */
  readonly outcome: Uint8Array;
  /** The operation that sent it, or NONE. */
  readonly writer: Int32Array;
  /** The send of it, or NONE. */
  readonly sendMicro: Int32Array;
  /** 1 where the operation that sent it must have committed. */
  readonly committed: Uint8Array;
  /**
   * 1 where several operations sent it, as a consumer does that processes again what it had processed in a transaction of
   * unknown outcome. Whose record it is only an ok one tells.
   */
  readonly resent: Uint8Array;
  /** The first ok operation that polled it, and its record; or NONE. */
  readonly okReader: Int32Array;
  readonly okReadMicro: Int32Array;
  /** The first operation of any outcome that polled it, and its record; or NONE. */
  readonly reader: Int32Array;
  readonly readMicro: Int32Array;
  /** Indexes of the log at which it stands first and last, or NONE. */
  readonly firstIndex: Int32Array;
  readonly lastIndex: Int32Array;
  /** Its place in the version order: its last index, unless another value was picked there. */
  readonly versionIndex: Int32Array;
  // The log: entries by key, then offset; `keyEntries[k]` to `keyEntries[k + 1]` are those of key k.
  readonly keyEntries: Int32Array;
  readonly entryOffset: Float64Array;
  readonly entryValue: Int32Array;
  /** A micro-operation that says so. */
  readonly entryMicro: Int32Array;
  readonly entryIndex: Int32Array;
  /** Records that may be gone; null: none. */
  readonly expendable: Expendable | null;
}

/** Draws all conclusions. The history is complete by now. `compacted`: names of keys whose logs are. */
export function inferFacts(
  history: RecordedHistory,
  compacted: ReadonlySet<string> = new Set(),
): Facts {
  const values = history.valueNames.length;
  const writers = inferWritersAndReaders(history, values);
  const positions = collectPositions(history, writers);
  const known = { history, ...writers, ...orderVersions(history, positions, writers.okReader) };
  return { ...known, expendable: inferExpendable(known, compacted) };
}

/** Calls `visit` with every micro-operation of every operation, in the order of invocations. */
export function eachMicro(
  history: RecordedHistory,
  visit: (operation: number, micro: number, kind: number) => void,
): void {
  const operations = history.operationType.length;
  for (let operation = 0; operation < operations; operation += 1) {
    const row = speakingRow(history, operation);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      visit(operation, micro, history.microKind.at(micro));
    }
  }
}

/** Calls `visit` with every send, told or bare, of every operation, in the order of invocations. */
export function eachSend(
  history: RecordedHistory,
  visit: (operation: number, micro: number, kind: number) => void,
): void {
  const operations = history.operationType.length;
  for (let operation = 0; operation < operations; operation += 1) {
    // Most of a history are the records of polls, and polls hold no sends.
    if (history.operationKind.at(operation) === POLL_ROW) {
      continue;
    }
    const row = speakingRow(history, operation);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      const kind = history.microKind.at(micro);
      if (kind === SEND || kind === SEND_BARE) {
        visit(operation, micro, kind);
      }
    }
  }
}

type Writers = Pick<
  Facts,
  | 'outcome'
  | 'writer'
  | 'sendMicro'
  | 'committed'
  | 'resent'
  | 'okReader'
  | 'okReadMicro'
  | 'reader'
  | 'readMicro'
>;

function inferWritersAndReaders(history: RecordedHistory, values: number): Writers {
  const facts: Writers = {
    outcome: new Uint8Array(values),
    writer: new Int32Array(values).fill(NONE),
    sendMicro: new Int32Array(values).fill(NONE),
    committed: new Uint8Array(values),
    resent: new Uint8Array(values),
    okReader: new Int32Array(values).fill(NONE),
    okReadMicro: new Int32Array(values).fill(NONE),
    reader: new Int32Array(values).fill(NONE),
    readMicro: new Int32Array(values).fill(NONE),
  };
  eachMicro(history, (operation, micro, kind) => {
    if (kind === SEND || kind === SEND_BARE) {
      noteSend(facts, history, operation, micro, sendOutcome(history, operation, micro));
    } else if (kind === RECORD) {
      const value = history.microValue.at(micro);
      if (facts.reader[value] === NONE) {
        facts.reader[value] = operation;
        facts.readMicro[value] = micro;
      }
      if (history.operationType.at(operation) === OK && facts.okReader[value] === NONE) {
        facts.okReader[value] = operation;
        facts.okReadMicro[value] = micro;
      }
    }
  });
  noteSendsLeftOut(facts, history);
  inferCommitted(facts, history);
  return facts;
}

/**
 * Notes that `operation` sent the value of `micro`. Two operations must not send one value; where
 * they do, the outcome that accuses least stands: ok over unknown, unknown over failed.
 */
function noteSend(
  facts: Writers,
  history: RecordedHistory,
  operation: number,
  micro: number,
  outcome: number,
): void {
  const value = history.microValue.at(micro);
  const known = facts.outcome[value];
  if (known !== NEVER_SENT && facts.writer[value] !== operation) {
    facts.resent[value] = 1;
  }
  const stands =
    known === NEVER_SENT ||
    (outcome === OK && known !== OK) ||
    (outcome === INFO && known === FAIL);
  if (stands) {
    facts.outcome[value] = outcome;
    facts.writer[value] = operation;
    facts.sendMicro[value] = micro;
  }
}

/** The operation whose record a value is: who sent it, unless several did and none of them is ok. Or NONE, of NONE too. */
export function ownerOf(
  facts: Pick<Facts, 'writer' | 'outcome' | 'resent'>,
  value: number,
): number {
  const isKnown = facts.resent[value] === 0 || facts.outcome[value] === OK;
  return isKnown ? (facts.writer[value] as number) : NONE;
}

/** A completion may leave out sends of its invocation: they are failed with it, else unknown. */
function noteSendsLeftOut(facts: Writers, history: RecordedHistory): void {
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    const row = history.operationInvoke.at(operation);
    if (row === NONE) {
      continue;
    }
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      const isSend = history.microKind.at(micro) === SEND;
      if (isSend && facts.outcome[history.microValue.at(micro)] === NEVER_SENT) {
        const failed = history.operationType.at(operation) === FAIL;
        noteSend(facts, history, operation, micro, failed ? FAIL : INFO);
      }
    }
  }
}

function inferCommitted(facts: Writers, history: RecordedHistory): void {
  const seen = new Uint8Array(history.operationType.length);
  eachSend(history, (operation, micro) => {
    const value = history.microValue.at(micro);
    if (facts.okReader[value] !== NONE && ownerOf(facts, value) === operation) {
      seen[operation] = 1;
    }
  });
  eachSend(history, (operation, micro) => {
    const value = history.microValue.at(micro);
    const outcome = sendOutcome(history, operation, micro);
    const pipelined = history.rowPipelined.has(speakingRow(history, operation));
    const witnessed = pipelined ? facts.okReader[value] !== NONE : seen[operation] === 1;
    if (outcome === OK || (outcome === INFO && witnessed)) {
      facts.committed[value] = 1;
    }
  });
}

/** Where each value stands. Nearly all stand at one offset, so further ones are kept apart. */
interface Positions {
  readonly offset: Float64Array;
  readonly micro: Int32Array;
  readonly further: { readonly value: number; readonly offset: number; readonly micro: number }[];
}

function collectPositions(history: RecordedHistory, writers: Writers): Positions {
  const values = history.valueNames.length;
  const positions: Positions = {
    offset: new Float64Array(values).fill(Number.NaN),
    micro: new Int32Array(values).fill(NONE),
    further: [],
  };
  const known = new Map<number, Set<number>>();
  eachMicro(history, (operation, micro, kind) => {
    const value = history.microValue.at(micro);
    const offset = history.microOffset.at(micro);
    const isVain = (): boolean =>
      writers.committed[value] === 0 ||
      (writers.resent[value] === 1 && sendOutcome(history, operation, micro) !== OK);
    if (Number.isNaN(offset) || (kind === SEND && isVain())) {
      return;
    }
    const first = positions.offset[value] as number;
    if (Number.isNaN(first)) {
      positions.offset[value] = offset;
      positions.micro[value] = micro;
    } else if (first !== offset) {
      const offsets = known.get(value) ?? new Set<number>();
      known.set(value, offsets);
      if (!offsets.has(offset)) {
        offsets.add(offset);
        positions.further.push({ value, offset, micro });
      }
    }
  });
  return positions;
}

type Versions = Pick<
  Facts,
  | 'firstIndex'
  | 'lastIndex'
  | 'versionIndex'
  | 'keyEntries'
  | 'entryOffset'
  | 'entryValue'
  | 'entryMicro'
  | 'entryIndex'
>;

function orderVersions(
  history: RecordedHistory,
  positions: Positions,
  okReader: Int32Array,
): Versions {
  const values = history.valueNames.length;
  const entries = sortedEntries(history, positions);
  const versions: Versions = {
    firstIndex: new Int32Array(values).fill(NONE),
    lastIndex: new Int32Array(values).fill(NONE),
    versionIndex: new Int32Array(values).fill(NONE),
    ...entries,
    entryIndex: new Int32Array(entries.entryValue.length),
  };
  for (let key = 0; key < history.keyNames.length; key += 1) {
    const end = entries.keyEntries[key + 1] as number;
    let index = NONE;
    let picked = NONE;
    for (let entry = entries.keyEntries[key] as number; entry < end; entry += 1) {
      const value = entries.entryValue[entry] as number;
      const begins =
        picked === NONE || entries.entryOffset[entry] !== entries.entryOffset[entry - 1];
      if (begins) {
        index += 1;
      }
      versions.entryIndex[entry] = index;
      if (versions.firstIndex[value] === NONE) {
        versions.firstIndex[value] = index;
      }
      versions.lastIndex[value] = index;
      // One value of an offset is picked for the order: one that an ok poll returned, if any.
      const isBetter = okReader[picked] === NONE && okReader[value] !== NONE;
      if (begins || isBetter) {
        if (!begins) {
          versions.versionIndex[picked] = NONE;
        }
        picked = value;
        versions.versionIndex[value] = index;
      }
    }
  }
  return versions;
}

function sortedEntries(
  history: RecordedHistory,
  positions: Positions,
): Pick<Facts, 'keyEntries' | 'entryOffset' | 'entryValue' | 'entryMicro'> {
  const keys = history.keyNames.length;
  const keyEntries = new Int32Array(keys + 1);
  const count = (value: number): void => {
    const next = history.valueKeys.at(value) + 1;
    keyEntries[next] = (keyEntries[next] as number) + 1;
  };
  const values = positions.offset.length;
  for (let value = 0; value < values; value += 1) {
    if (!Number.isNaN(positions.offset[value])) {
      count(value);
    }
  }
  for (const position of positions.further) {
    count(position.value);
  }
  for (let key = 0; key < keys; key += 1) {
    keyEntries[key + 1] = (keyEntries[key + 1] as number) + (keyEntries[key] as number);
  }
  const total = keyEntries[keys] as number;
  const unsorted = {
    offset: new Float64Array(total),
    value: new Int32Array(total),
    micro: new Int32Array(total),
  };
  const filled = keyEntries.slice();
  const fill = (value: number, offset: number, micro: number): void => {
    const key = history.valueKeys.at(value);
    const entry = filled[key] as number;
    filled[key] = entry + 1;
    unsorted.offset[entry] = offset;
    unsorted.value[entry] = value;
    unsorted.micro[entry] = micro;
  };
  for (let value = 0; value < values; value += 1) {
    if (!Number.isNaN(positions.offset[value])) {
      fill(value, positions.offset[value] as number, positions.micro[value] as number);
    }
  }
  for (const position of positions.further) {
    fill(position.value, position.offset, position.micro);
  }
  return sortEntries(keyEntries, unsorted);
}

function sortEntries(
  keyEntries: Int32Array,
  unsorted: { offset: Float64Array; value: Int32Array; micro: Int32Array },
): Pick<Facts, 'keyEntries' | 'entryOffset' | 'entryValue' | 'entryMicro'> {
  const total = unsorted.offset.length;
  const order = Int32Array.from({ length: total }, (_, entry) => entry);
  const { offset, value } = unsorted;
  for (let key = 0; key + 1 < keyEntries.length; key += 1) {
    order
      .subarray(keyEntries[key] as number, keyEntries[key + 1] as number)
      .sort(
        (left, right) =>
          (offset[left] as number) - (offset[right] as number) ||
          (value[left] as number) - (value[right] as number),
      );
  }
  const sorted = {
    keyEntries,
    entryOffset: new Float64Array(total),
    entryValue: new Int32Array(total),
    entryMicro: new Int32Array(total),
  };
  for (let entry = 0; entry < total; entry += 1) {
    const from = order[entry] as number;
    sorted.entryOffset[entry] = offset[from] as number;
    sorted.entryValue[entry] = value[from] as number;
    sorted.entryMicro[entry] = unsorted.micro[from] as number;
  }
  assert(keyEntries[keyEntries.length - 1] === total, 'every entry belongs to a key');
  return sorted;
}

/**
 * Places from `before` to `after` in the version order, those of records that may be gone left out; 1, the
 * innocent answer, if unknown.
 */
export function versionDistance(facts: Facts, before: number, after: number): number {
  const from = facts.versionIndex[before] as number;
  const to = facts.versionIndex[after] as number;
  if (from === NONE || to === NONE) {
    return 1;
  }
  return to - from - expendableBetween(facts, facts.history.valueKeys.at(before), from, to);
}

function expendableBetween(facts: Facts, key: number, from: number, to: number): number {
  const { keyEntries, entryIndex, entryValue, versionIndex, expendable } = facts;
  if (expendable === null) {
    return 0;
  }
  let low = keyEntries[key] as number;
  let high = keyEntries[key + 1] as number;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entryIndex[middle] as number) <= from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  let count = 0;
  for (let entry = low; (entryIndex[entry] as number) < to; entry += 1) {
    const value = entryValue[entry] as number;
    const isVersion = versionIndex[value] === entryIndex[entry];
    count += isVersion && expendable.values[value] === 1 ? 1 : 0;
  }
  return count;
}

/** Keys that an assignment row lists. */
export function assignedKeys(history: RecordedHistory, row: number): Set<number> {
  const keys = new Set<number>();
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    assert(history.microKind.at(micro) === KEY, 'an assignment holds keys');
    keys.add(history.microKey.at(micro));
  }
  return keys;
}
