/** Is this JSON a row of a history? Answers what is wrong with it, in words, or null. */

import {
  endsProblem,
  type Fields,
  isCount,
  isFields,
  isRecordDetails,
  isStrings,
  metadataProblem,
  offsetsProblem,
  ownedProblem,
  processedProblem,
} from './row-shape-aside.js';

/** What is wrong with `parsed` as a row, or null. */
export function rowProblem(parsed: unknown): string | null {
  if (!isFields(parsed)) {
    return 'a row is a JSON object';
  }
  const { index, time, process, type, f } = parsed;
  if (!isCount(index)) {
    return '"index" must be an integer from 0';
  }
  if (typeof time !== 'number' || !(time >= 0)) {
    return '"time" must be nanoseconds since the start';
  }
  if (typeof f !== 'string') {
    return '"f" must be a string';
  }
  if (process === 'nemesis') {
    return type === 'info' ? null : 'a row of the nemesis has type "info"';
  }
  if (!isCount(process) || process > 0x7fffffff) {
    return '"process" must be a number or "nemesis"';
  }
  if (type !== 'invoke' && type !== 'ok' && type !== 'fail' && type !== 'info') {
    return '"type" must be invoke, ok, fail or info';
  }
  switch (f) {
    case 'send':
    case 'poll':
    case 'txn':
      return operationProblem(parsed, type, f);
    case 'assign':
    case 'subscribe':
      return assignmentProblem(parsed, f);
    case 'attempt':
      return attemptProblem(parsed);
    case 'metadata':
      return metadataProblem(parsed.value);
    case 'commit':
    case 'committed':
    case 'log-start':
    case 'delete-records':
      return offsetsProblem(parsed);
    case 'owned':
      return ownedProblem(parsed);
    case 'processed':
      return (
        processedProblem(parsed) ??
        (isFields(parsed.value)
          ? polledProblem(parsed.value)
          : 'the value of processed is {key: [[offset, value], ...]}')
      );
    default:
      return null;
  }
}

function isRecordValue(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function operationProblem(row: Fields, type: string, f: string): string | null {
  const { value, rebalanceLog, pipelined, ends } = row;
  const endsAreWrong = ends === undefined ? null : endsProblem(ends);
  if (endsAreWrong !== null) {
    return endsAreWrong;
  }
  if (pipelined !== undefined && typeof pipelined !== 'boolean') {
    return '"pipelined" must be true or false';
  }
  if (rebalanceLog !== undefined && !isRebalanceLog(rebalanceLog)) {
    return '"rebalanceLog" must be a list of {"keys": [...]}';
  }
  if (value === null && type !== 'invoke') {
    return null;
  }
  if (!Array.isArray(value)) {
    return `the value of ${f} is a list of micro-operations`;
  }
  for (const micro of value) {
    const problem = microProblem(micro);
    if (problem !== null) {
      return problem;
    }
    if (f !== 'txn' && micro[0] !== f) {
      return `a ${f} holds only ${f}s; a mixture is a txn`;
    }
  }
  return null;
}

function assignmentProblem(row: Fields, f: string): string | null {
  if (!isStrings(row.value)) {
    return `the value of ${f} is a list of keys (strings)`;
  }
  return row.group === undefined || typeof row.group === 'string'
    ? null
    : '"group" must be the name of a consumer group';
}

function isRebalanceLog(log: unknown): boolean {
  return Array.isArray(log) && log.every((entry) => isFields(entry) && isStrings(entry.keys));
}

function attemptProblem(row: Fields): string | null {
  if (!isCount(row.attempt)) {
    return '"attempt" must be the number of the attempt';
  }
  if (!Array.isArray(row.value)) {
    return 'the value of attempt is a list of sends';
  }
  for (const micro of row.value) {
    const problem = microProblem(micro);
    if (problem !== null) {
      return problem;
    }
    if (micro[0] !== 'send') {
      return 'an attempt holds only sends';
    }
  }
  return null;
}

function microProblem(micro: unknown): string | null {
  if (!Array.isArray(micro)) {
    return 'a micro-operation is a list';
  }
  if (micro[0] === 'send') {
    if (micro.length !== 3 || typeof micro[1] !== 'string') {
      return 'a send is ["send", key, [offset, value]] with the key as a string';
    }
    return isRecordValue(micro[2]) || isPair(micro[2], true)
      ? null
      : 'what is sent is [offset or null, value]';
  }
  if (micro[0] === 'poll') {
    return micro.length === 1 || (micro.length === 2 && isFields(micro[1]))
      ? polledProblem(micro[1] ?? {})
      : 'a poll is ["poll"] or ["poll", {key: [[offset, value], ...]}]';
  }
  return 'a micro-operation is a "send" or a "poll"';
}

function polledProblem(polled: Fields): string | null {
  for (const records of Object.values(polled)) {
    if (!Array.isArray(records)) {
      return 'polled records are lists of [offset, value]';
    }
    for (const record of records) {
      if (!isPair(record, false)) {
        return 'a polled record is [offset, value]';
      }
    }
  }
  return null;
}

function isPair(pair: unknown, offsetMayBeMissing: boolean): boolean {
  return (
    Array.isArray(pair) &&
    (pair.length === 2 || (pair.length === 3 && isRecordDetails(pair[2]))) &&
    (isCount(pair[0]) || (offsetMayBeMissing && pair[0] === null)) &&
    isRecordValue(pair[1])
  );
}
