/**
 * Order inside one operation: its polls of a key form one chain, and so do its sends. Each step of
 * a chain goes to the next place of the version order. Source: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj). Operations of any outcome are looked at.
 */

import { spokenIndex } from '../evidence.js';
import { eachMicro, type Facts, ownerOf, versionDistance } from '../facts.js';
import { keyName, NONE, RECORD, SEND, SEND_BARE, speakingRow } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { AnomalyName } from '../result.js';
import { tellStep } from './wrong-step.js';

const LEFT_OUT = ['record stands between them', 'records stand between them'] as const;

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

/** Whether what stands in the log as the value of this send is this send's; another one may have sent it again. */
export function isOwn(facts: Facts, operation: number, micro: number): boolean {
  return ownerOf(facts, facts.history.microValue.at(micro)) === operation;
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
    const step = { before, after, distance, operations: [operation] };
    const told = tellStep(facts, step, LEFT_OUT);
    return {
      ...told.draft,
      sentence:
        `Key ${keyName(history, told.draft.key)}: within the operation at index ${spokenIndex(history, operation)}, ` +
        `${told.before} was ${isPoll ? 'polled' : 'sent'} and next ${told.after}: ${told.judgement}.`,
    };
  });
}
