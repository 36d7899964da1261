/**
 * `nonlinearizable-metadata`: the operations on a topic's metadata (creates, deletes, changes, reads by
 * read index) have no order that real time allows and in which each was told the truth.
 */

import type { MetadataValue } from '../../history/rows.js';
import { spokenIndex } from '../evidence.js';
import {
  describeTopic,
  type RepeatedChange,
  type TopicHistoryState,
  TopicModel,
} from '../linearizability/metadata-model.js';
import { linearize, type TimedOperation } from '../linearizability/search.js';
import { FAIL, METADATA_ROW, OK, type RecordedHistory, speakingRow } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { CheckOptions } from '../result.js';

interface TopicOperation extends TimedOperation<MetadataValue> {
  /** Number of the operation in the recorded history. */
  readonly number: number;
}

interface TopicHistory {
  readonly operations: TopicOperation[];
  readonly repeated: RepeatedChange[];
}

const DEFAULT_STEPS = 1_000_000;
/** Of a longer order a finding shows its end. */
const SHOWN = 8;

/** Answers the topics whose search was given up: nothing is known of them. */
export function findNonlinearizableMetadata(
  history: RecordedHistory,
  reporter: Reporter,
  options: CheckOptions,
): string[] {
  const unknown: string[] = [];
  const limits = {
    steps: options.linearizationSteps ?? DEFAULT_STEPS,
    expired: options.expired,
  };
  for (const [topic, { operations, repeated }] of operationsByTopic(history)) {
    const model = new TopicModel(repeated);
    const { verdict, longest, state, stuckAt } = linearize(model, operations, limits);
    if (verdict === 'unknown') {
      unknown.push(topic);
    } else if (verdict === 'not linearizable') {
      const order = longest.map((index) => operations[index]!);
      const stuck = operations[stuckAt!]!;
      reporter.found('nonlinearizable-metadata', () => ({
        key: topic,
        offsets: [],
        values: [],
        operations: [...order.slice(-SHOWN), stuck].map(({ number }) => number),
        sentence: sentenceOf(history, topic, order, state, stuck),
      }));
    }
  }
  return unknown;
}

function operationsByTopic(history: RecordedHistory): Map<string, TopicHistory> {
  const topics = new Map<string, TopicHistory>();
  for (let number = 0; number < history.operationType.length; number++) {
    const type = history.operationType.at(number);
    if (history.operationKind.at(number) !== METADATA_ROW || type === FAIL) {
      continue;
    }
    const operation = history.rowMetadata.get(speakingRow(history, number))!;
    // Nobody knows what a read without an answer saw.
    if (type !== OK && operation.op === 'read') {
      continue;
    }
    // Rows stand in the order in which they happened: finer than their times, and never equal. NONE
    // is before all of them.
    const called = history.operationInvoke.at(number);
    const returned = type === OK ? history.operationComplete.at(number) : Number.POSITIVE_INFINITY;
    const topic = topics.get(operation.topic) ?? { operations: [], repeated: [] };
    topics.set(operation.topic, topic);
    const isConfigured = operation.op === 'configure' && operation.told === undefined;
    if (isConfigured) {
      topic.repeated.push({ key: operation.key, value: operation.value, called, returned });
    }
    if (!isConfigured || type === OK) {
      topic.operations.push({ number, operation, called, returned });
    }
  }
  return topics;
}

function sentenceOf(
  history: RecordedHistory,
  topic: string,
  order: readonly TopicOperation[],
  state: TopicHistoryState,
  stuck: TopicOperation,
): string {
  const spoken = ({ number, operation }: TopicOperation): string =>
    `${describeOperation(operation)} (index ${spokenIndex(history, number)})`;
  const shown = order.slice(-SHOWN).map(spoken);
  const more = order.length > SHOWN ? `${order.length - SHOWN} operations, ` : '';
  const before =
    order.length === 0
      ? 'At the beginning'
      : `After the longest order that was found, ${more}${shown.join(', ')},`;
  return (
    `Topic ${topic}: ${before} ${describeTopic(state)}; ` +
    `${spoken(stuck)} has no place before it returned.`
  );
}

function describeOperation(value: MetadataValue): string {
  const answer = (value as { readonly told?: string }).told;
  const told = answer === undefined ? '' : `, told "${answer}"`;
  switch (value.op) {
    case 'create':
      return `create${value.id === undefined ? '' : ` ${value.id}`}${told}`;
    case 'delete':
      return `delete${value.id === undefined ? '' : ` ${value.id}`}${told}`;
    case 'grow':
      return `grow to ${value.partitions} partitions${told}`;
    case 'configure':
      return `${value.value === null ? `unset ${value.key}` : `set ${value.key}=${value.value}`}${told}`;
    case 'read':
      if (value.state === undefined) {
        return 'a read';
      }
      return value.state === null
        ? 'a read that found no topic'
        : `a read of ${JSON.stringify(value.state)}`;
  }
}
