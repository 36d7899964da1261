/**
 * One record per offset, one offset per record. Source: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj). A send that was retried with the same producer id and
 * sequence is one operation, so that its value must stand once (KIP-98).
 */

import { witnessOf } from '../evidence.js';
import type { Facts } from '../facts.js';
import { toldBy } from '../places.js';
import { keyName, valueName } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

/** inconsistent-offsets: one offset of a key holds two values or more. */
export function findInconsistentOffsets(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  for (let key = 0; key < history.keyNames.length; key += 1) {
    const end = facts.keyEntries[key + 1] as number;
    let from = facts.keyEntries[key] as number;
    while (from < end) {
      let to = from + 1;
      while (to < end && facts.entryOffset[to] === facts.entryOffset[from]) {
        to += 1;
      }
      if (to - from > 1) {
        reportInconsistentOffset(facts, reporter, key, from, to);
      }
      from = to;
    }
  }
}

function reportInconsistentOffset(
  facts: Facts,
  reporter: Reporter,
  key: number,
  from: number,
  to: number,
): void {
  const { history } = facts;
  reporter.found('inconsistent-offsets', () => {
    const offset = facts.entryOffset[from] as number;
    const micros = Array.from(facts.entryMicro.subarray(from, to));
    const values = micros.map((micro) => history.microValue.at(micro));
    const told = micros.map(
      (micro) =>
        `${valueName(history, history.microValue.at(micro))} (index ${witnessOf(history, micro).index})`,
    );
    return {
      key,
      offsets: [offset],
      values,
      operations: provers(facts, micros),
      sentence:
        `Key ${keyName(history, key)}: offset ${offset} holds ${values.length} different ` +
        `values: ${told.join(', ')}.`,
    };
  });
}

function provers(facts: Facts, micros: readonly number[]): number[] {
  return micros.flatMap((micro) => toldBy(facts, micro));
}

/** duplicate: one value stands at two offsets of a key or more. */
export function findDuplicates(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const placesOf = new Map<number, number[]>();
  facts.entryMicro.forEach((micro, entry) => {
    const value = facts.entryValue[entry] as number;
    if (facts.firstIndex[value] !== facts.lastIndex[value]) {
      const places = placesOf.get(value) ?? [];
      places.push(micro);
      placesOf.set(value, places);
    }
  });
  for (const [value, micros] of placesOf) {
    reporter.found('duplicate', () => {
      const key = history.valueKeys.at(value);
      const offsets = micros.map((micro) => history.microOffset.at(micro));
      const told = micros.map(
        (micro) => `${history.microOffset.at(micro)} (index ${witnessOf(history, micro).index})`,
      );
      return {
        key,
        offsets,
        values: [value],
        operations: provers(facts, micros),
        sentence:
          `Key ${keyName(history, key)}: ${valueName(history, value)} was sent once but stands ` +
          `at ${offsets.length} offsets: ${told.join(', ')}.`,
      };
    });
  }
}
