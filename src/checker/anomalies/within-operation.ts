/**
 * Order inside one operation: its polls of a key form one chain, and so do its sends. Each step of
 * a chain goes to the next place of the version order. Source: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj). Operations of any outcome are looked at.
 */

import { spokenIndex } from '../evidence.js';
import { eachMicro, type Facts, ownerOf, versionDistance } from '../facts.js';
import { entryOf, firstBetween, namedEntry, withPlaces } from '../places.js';
import {
  keyName,
  NONE,
  RECORD,
  SEND,
  SEND_BARE,
  speakingRow,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { AnomalyName } from '../result.js';

/**
 * int-poll-skip: a poll left out values of the log; int-nonmonotonic-poll: it went back, or stayed.
 * A key that the group moved during the operation is excused. int-send-skip: between two sends of
 * an operation stands a record of somebody else; int-nonmonotonic-send: they stand in wrong order.
 */
export function findDisorderWithinOperations(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const polls = createChain(history.keyNames.length);
  const sends = createChain(history.keyNames.length);
  eachMicro(history, (operation, micro, kind) => {
    if (kind === RECORD) {
      const before = advance(polls, operation, history.microKey.at(micro), micro);
      if (before !== NONE) {
        judge(facts, reporter, operation, before, micro, true);
      }
    } else if ((kind === SEND || kind === SEND_BARE) && isOwn(facts, operation, micro)) {
      const before = advance(sends, operation, history.microKey.at(micro), micro);
      if (before !== NONE) {
        judge(facts, reporter, operation, before, micro, false);
      }
    }
  });
}

/** Whether what stands in the log as the value of this send may be this send's; another one may have sent it again. */
export function isOwn(facts: Facts, operation: number, micro: number): boolean {
  const value = facts.history.microValue.at(micro);
  return facts.resent[value] === 0 || ownerOf(facts, value) === operation;
}

/** The last micro-operation of each key, valid while its operation is the one looked at. */
interface Chain {
  readonly operation: Int32Array;
  readonly last: Int32Array;
}

function createChain(keys: number): Chain {
  return { operation: new Int32Array(keys).fill(NONE), last: new Int32Array(keys).fill(NONE) };
}

/** Puts `micro` at the end of the chain of `key`; answers what stood there in this operation. */
function advance(chain: Chain, operation: number, key: number, micro: number): number {
  const before = chain.operation[key] === operation ? (chain.last[key] as number) : NONE;
  chain.operation[key] = operation;
  chain.last[key] = micro;
  return before;
}

function judge(
  facts: Facts,
  reporter: Reporter,
  operation: number,
  before: number,
  after: number,
  isPoll: boolean,
): void {
  const { history } = facts;
  const distance = versionDistance(
    facts,
    history.microValue.at(before),
    history.microValue.at(after),
  );
  if (distance === 1) {
    return;
  }
  const key = history.microKey.at(after);
  if (isPoll && history.rowRebalanced.get(speakingRow(history, operation))?.has(key) === true) {
    return;
  }
  report(facts, reporter, operation, before, after, distance, isPoll);
}

function report(
  facts: Facts,
  reporter: Reporter,
  operation: number,
  before: number,
  after: number,
  distance: number,
  isPoll: boolean,
): void {
  const { history } = facts;
  const skips = distance > 1;
  const anomaly: AnomalyName = isPoll
    ? skips
      ? 'int-poll-skip'
      : 'int-nonmonotonic-poll'
    : skips
      ? 'int-send-skip'
      : 'int-nonmonotonic-send';
  reporter.found(anomaly, () => {
    const key = history.microKey.at(after);
    const from = history.microValue.at(before);
    const to = history.microValue.at(after);
    const where = placeOf(facts, before);
    const thence = placeOf(facts, after);
    const index = spokenIndex(history, operation);
    const verb = isPoll ? 'polled' : 'sent';
    const skipped = skips ? firstBetween(facts, from, to) : NONE;
    const skippedAt = skips ? (facts.entryOffset[skipped] as number) : Number.NaN;
    const judgement = skips
      ? `${distance - 1} ${distance === 2 ? 'record stands' : 'records stand'} between them, ${namedEntry(facts, skipped)}`
      : distance === 0
        ? 'it is the same record again'
        : 'the second stands before the first in the log';
    return {
      key,
      offsets: [where, thence, skippedAt].filter((offset) => !Number.isNaN(offset)),
      values: skips ? [from, to, facts.entryValue[skipped] as number] : [from, to],
      operations: withPlaces(
        facts,
        [operation],
        [entryOf(facts, from), entryOf(facts, to), skipped],
      ),
      sentence:
        `Key ${keyName(history, key)}: within the operation at index ${index}, ` +
        `${valueName(history, from)}${offsetWords(where)} was ${verb} and next ` +
        `${valueName(history, to)}${offsetWords(thence)}: ${judgement}.`,
    };
  });
}

/** Offset that a micro-operation names, else where its value stands last, else NaN. */
export function placeOf(facts: Facts, micro: number): number {
  const own = facts.history.microOffset.at(micro);
  if (!Number.isNaN(own)) {
    return own;
  }
  const seen = facts.readMicro[facts.history.microValue.at(micro)] as number;
  return seen === NONE ? Number.NaN : facts.history.microOffset.at(seen);
}

export function offsetWords(offset: number): string {
  return Number.isNaN(offset) ? '' : ` (offset ${offset})`;
}
