/**
 * Acknowledged records that nobody reads. Source: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj).
 */

import { assert } from '../../core/types/assert.js';
import { spokenIndex } from '../evidence.js';
import { eachSend, type Facts } from '../facts.js';
import { committedBy, withPlaces } from '../places.js';
import { keyName, NONE, OK, sendOutcome, valueName } from '../recorded-history.js';
import type { FindingDraft, Reporter } from '../reporter.js';
import type { CheckOptions } from '../result.js';

/** Values told in one sentence at most. */
const VALUES_TOLD = 12;

/**
 * lost-write: readers passed a committed value by. The bound of a key is the greatest first index
 * of a value that an ok poll returned; lost is each value whose last index is not beyond it, that
 * no ok poll returned, and whose send must have committed. Records that may be gone are not lost. In a
 * compacted log it is a compaction-loss: the newest record of its record key.
 */
export function findLostWrites(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const values = facts.outcome.length;
  const bound = new Int32Array(history.keyNames.length).fill(NONE);
  for (let value = 0; value < values; value += 1) {
    const first = facts.firstIndex[value] as number;
    const key = history.valueKeys.at(value);
    if (facts.okReader[value] !== NONE && first > (bound[key] as number)) {
      bound[key] = first;
    }
  }
  for (let value = 0; value < values; value += 1) {
    const last = facts.lastIndex[value] as number;
    const passedBy = last !== NONE && last <= (bound[history.valueKeys.at(value)] as number);
    const unread = facts.okReader[value] === NONE && facts.expendable?.values[value] !== 1;
    if (passedBy && unread && facts.committed[value] === 1) {
      reportLostWrite(facts, reporter, value);
    }
  }
}

function reportLostWrite(facts: Facts, reporter: Reporter, value: number): void {
  const { history } = facts;
  const key = history.valueKeys.at(value);
  const compacted = facts.expendable?.compacted[key] === 1;
  reporter.found(compacted ? 'compaction-loss' : 'lost-write', () => {
    const entry = facts.entryValue.lastIndexOf(value);
    const offset = facts.entryOffset[entry] as number;
    const witness = nextReadValue(facts, key, facts.lastIndex[value] as number);
    const reader = facts.okReader[witness] as number;
    const readOffset = history.microOffset.at(facts.okReadMicro[witness] as number);
    const writer = facts.writer[value] as number;
    const newest = compacted ? 'the newest record of its record key, ' : '';
    const acknowledged = sendIsOk(facts, value)
      ? 'was acknowledged'
      : 'must have committed (another value of the same operation was read)';
    return {
      key,
      offsets: [offset, readOffset],
      values: [value, witness],
      operations: withPlaces(
        facts,
        [writer, ...committedBy(facts, writer, value), reader],
        [entry],
      ),
      sentence:
        `Key ${keyName(history, key)}: ${valueName(history, value)}${compacted ? ', ' : ' '}${newest}${acknowledged} at index ` +
        `${spokenIndex(history, writer)} and stood at offset ${offset}, but no ok poll ever ` +
        `returned it, although the one at index ${spokenIndex(history, reader)} returned ` +
        `${valueName(history, witness)} at offset ${readOffset}.`,
    };
  });
}

function sendIsOk(facts: Facts, value: number): boolean {
  return facts.outcome[value] === OK;
}

/** The nearest value at `index` or after it that an ok poll returned: the reader passed by. */
function nextReadValue(facts: Facts, key: number, index: number): number {
  const begin = facts.keyEntries[key] as number;
  const end = facts.keyEntries[key + 1] as number;
  for (let entry = begin; entry < end; entry += 1) {
    const candidate = facts.entryValue[entry] as number;
    const isBeyond = (facts.entryIndex[entry] as number) >= index;
    if (isBeyond && facts.okReader[candidate] !== NONE) {
      return candidate;
    }
  }
  assert(false, 'the bound of the key is a value that was read');
}

/** unseen: values sent by ok operations that no ok poll ever returned, one finding per key; in a deleted log allowed. */
export function findUnseen(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const { history } = facts;
  const unseen = new Map<number, Set<number>>();
  eachSend(history, (operation, micro) => {
    const value = history.microValue.at(micro);
    const seen = facts.okReader[value] !== NONE || facts.expendable?.values[value] === 1;
    if (seen) {
      return;
    }
    if (sendOutcome(history, operation, micro) === OK) {
      const key = history.microKey.at(micro);
      const values = unseen.get(key) ?? new Set<number>();
      unseen.set(key, values);
      values.add(value);
    }
  });
  for (const [key, values] of unseen) {
    const isAllowed = options.abandoned?.has(keyName(history, key)) === true;
    const draft = (): FindingDraft => {
      const told = [...values].slice(0, VALUES_TOLD);
      const more = values.size > told.length ? ` and ${values.size - told.length} more` : '';
      const names = told.map(
        (value) =>
          `${valueName(history, value)} (index ${spokenIndex(history, facts.writer[value] as number)})`,
      );
      const count =
        values.size === 1 ? '1 acknowledged value was' : `${values.size} acknowledged values were`;
      return {
        key,
        offsets: told
          .map((value) => history.microOffset.at(facts.sendMicro[value] as number))
          .filter((offset) => !Number.isNaN(offset)),
        values: told,
        operations: told.map((value) => facts.writer[value] as number),
        sentence: `Key ${keyName(history, key)}: ${count} returned by no ok poll: ${names.join(', ')}${more}.`,
      };
    };
    reporter.found('unseen', draft, isAllowed);
  }
}
