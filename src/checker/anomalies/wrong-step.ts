/** A step of a process or an operation along a log that does not go to the next record: what is told of it. */

import type { Facts } from '../facts.js';
import { entryOf, firstBetween, namedEntry, withPlaces } from '../places.js';
import { valueName } from '../recorded-history.js';
import type { FindingDraft } from '../reporter.js';

/** A record, or a send, and the one that came after it. */
export interface Step {
  /** Micro-operations. */
  readonly before: number;
  readonly after: number;
  /** Places between them in the version order (`versionDistance`): not 1, so both have one. */
  readonly distance: number;
  /** Operations that made it. */
  readonly operations: readonly number[];
}

interface ToldStep {
  readonly draft: Omit<FindingDraft, 'sentence'> & { readonly key: number };
  /** `1 (offset 0)`. */
  readonly before: string;
  readonly after: string;
  /** What is wrong with it. */
  readonly judgement: string;
}

/** Tells of `step`; `left` says of one record, and of several, that they were left out. */
export function tellStep(
  facts: Facts,
  { before, after, distance, operations }: Step,
  left: readonly [one: string, several: string],
): ToldStep {
  const { history, entryOffset, entryValue } = facts;
  const from = history.microValue.at(before);
  const to = history.microValue.at(after);
  const [start, end] = [entryOf(facts, from), entryOf(facts, to)];
  const [where, thence] = [placeOf(facts, before, start), placeOf(facts, after, end)];
  const skipped = distance > 1 ? [firstBetween(facts, from, to)] : [];
  return {
    draft: {
      key: history.microKey.at(after),
      offsets: [where, thence, ...skipped.map((entry) => entryOffset[entry]!)],
      values: [from, to, ...skipped.map((entry) => entryValue[entry]!)],
      operations: withPlaces(facts, operations, [start, end, ...skipped]),
    },
    before: `${valueName(history, from)} (offset ${where})`,
    after: `${valueName(history, to)} (offset ${thence})`,
    judgement: judgementOf(facts, distance, skipped, left),
  };
}

function judgementOf(
  facts: Facts,
  distance: number,
  [skipped]: readonly number[],
  [one, several]: readonly [string, string],
): string {
  if (skipped !== undefined) {
    return `${distance - 1} ${distance === 2 ? one : several}, ${namedEntry(facts, skipped)}`;
  }
  return distance === 0
    ? 'it is the same record again'
    : 'the second stands before the first in the log';
}

/** Offset that a micro-operation names, else that of `entry`, where its value stands. */
function placeOf(facts: Facts, micro: number, entry: number): number {
  const own = facts.history.microOffset.at(micro);
  return Number.isNaN(own) ? facts.entryOffset[entry]! : own;
}
