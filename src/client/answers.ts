/** From what a connection reports, and what a response says, to outcomes. */

import { assert } from '../core/types/assert.js';
import type { Uuid } from '../core/types/ids.js';
import { errorInfo } from '../protocol/error-table.js';
import { type Classification, classifyChange } from './classify.js';
import { type CallResult, ownError } from './connection.js';
import type { ClientError, Outcome } from './outcomes.js';

/** What became of the change of one topic or other resource. */
export interface ResourceChange {
  readonly name: string;
  readonly type: Classification;
  /** Null exactly for ok. */
  readonly error: ClientError | null;
}

/** A topic as its metadata are at one moment between a read's call and its return. */
export interface TopicMetadata {
  readonly id: Uuid;
  readonly partitions: number;
  /** Those that are set on the topic itself. */
  readonly configs: Readonly<Record<string, string>>;
}

function brokerError(code: number, message: string | null): ClientError {
  const info = errorInfo(code);
  return { name: info.name, code, message: message ?? info.message };
}

export interface Picked<Value> {
  readonly errorCode: number;
  readonly value: Value;
}

export function changed(name: string, errorCode: number, message: string | null): ResourceChange {
  const type = classifyChange(errorCode);
  return { name, type, error: type === 'ok' ? null : brokerError(errorCode, message) };
}

/** What the answer to a request says of the change of the one resource that it was about. */
export function changeOf(
  outcome: Outcome<readonly ResourceChange[]>,
  name: string,
): Classification {
  if (outcome.type !== 'ok') {
    return outcome.type;
  }
  return outcome.value.find((change) => change.name === name)?.type ?? 'unknown';
}

/** From what the connection reports to an outcome; `pick` finds the answer in the response. */
export function readAnswer<Response, Value>(
  result: CallResult<Response>,
  classify: (code: number) => Classification,
  pick: (response: Response) => Picked<Value> | undefined,
): Outcome<Value> {
  if (result.type === 'notSent') {
    return { type: 'fail', error: result.error };
  }
  if (result.type === 'lost') {
    return { type: 'unknown', error: result.error };
  }
  const picked = pick(result.body);
  if (picked === undefined) {
    const error = ownError('malformed-answer', 'the answer leaves out what was asked');
    return { type: 'unknown', error };
  }
  const classification = classify(picked.errorCode);
  return classification === 'ok'
    ? { type: 'ok', value: picked.value }
    : { type: classification, error: brokerError(picked.errorCode, null) };
}

/** A read without an answer is as if it had not been made. */
export function readOutcome<Value>(outcome: Outcome<Value>): Outcome<Value> {
  return outcome.type === 'unknown' ? { type: 'fail', error: outcome.error } : outcome;
}

export function present(failure: ClientError | null): ClientError {
  assert(failure !== null, 'without a leader there is a reason');
  return failure;
}
