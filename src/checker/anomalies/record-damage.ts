/** record-damage: a record came back with another key, other headers or another timestamp than it was sent with. */

import type { RecordDetails } from '../../history/rows.js';
import { spokenIndex } from '../evidence.js';
import { type Facts, ownerOf } from '../facts.js';
import {
  INVOKE,
  keyName,
  operationOfMicro,
  RECORD,
  rowOfMicro,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

const FIELDS = ['key', 'headers', 'timestamp'] as const;

/** Compares only what both sides say. Reads of operations that failed count too: nothing excuses them. */
export function findRecordDamage(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const sent = new Map<number, RecordDetails>();
  for (const [micro, details] of history.microDetails) {
    const row = rowOfMicro(history, micro);
    const isOwn = history.rowOperation.at(row) === ownerOf(facts, history.microValue.at(micro));
    if (history.rowType.at(row) === INVOKE && isOwn) {
      sent.set(history.microValue.at(micro), details);
    }
  }
  for (const [micro, details] of history.microDetails) {
    const value = history.microValue.at(micro);
    const original = sent.get(value);
    if (history.microKind.at(micro) !== RECORD || original === undefined) {
      continue;
    }
    const field = FIELDS.find(
      (name) =>
        details[name] !== undefined &&
        original[name] !== undefined &&
        details[name] !== original[name],
    );
    if (field !== undefined) {
      reporter.found('record-damage', () => {
        const key = history.microKey.at(micro);
        const offset = history.microOffset.at(micro);
        const reader = operationOfMicro(history, micro);
        const writer = facts.writer[value]!;
        return {
          key,
          offsets: [offset],
          values: [value],
          operations: [writer, reader],
          sentence:
            `Key ${keyName(history, key)}: ${valueName(history, value)} at offset ${offset} was sent at index ` +
            `${spokenIndex(history, writer)} with ${field} ${JSON.stringify(original[field])}, and read with ${JSON.stringify(details[field])} at index ` +
            `${spokenIndex(history, reader)}.`,
        };
      });
    }
  }
}
