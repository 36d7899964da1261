import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation } from '../../history/rows.js';
import { check } from '../check.js';
import type { AnomalyName, Finding } from '../result.js';

/** Findings of `name`, also those that are allowed, without their rows. */
function found(scribe: Scribe, name: AnomalyName): Omit<Finding, 'rows'>[] {
  const { anomalies, allowed } = check(scribe.rows);
  const findings = [...(anomalies[name] ?? []), ...(allowed[name] ?? [])];
  return findings.map(({ rows: _rows, ...finding }) => finding);
}

const full = (): Scribe => write().log(5).readLog(5);

describe('what is told of a wrong step within an operation', () => {
  test('of several records left out: how many, and the first of them', () => {
    const scribe = full().poll(1, 'a', [
      [0, 1],
      [3, 4],
    ]);
    expect(found(scribe, 'int-poll-skip')).toEqual([
      {
        anomaly: 'int-poll-skip',
        key: 'a',
        offsets: [0, 3, 1],
        values: [1, 4, 2],
        operations: [2, 3, 12, 13],
        sentence:
          'Key a: within the operation at index 13, 1 (offset 0) was polled and next 4 (offset 3): 2 records stand ' +
          'between them, 2 (offset 1, index 3).',
      },
    ]);
  });

  test('of one that comes twice: that it is the same', () => {
    const scribe = full().poll(1, 'a', [
      [2, 3],
      [2, 3],
    ]);
    expect(found(scribe, 'int-nonmonotonic-poll')).toEqual([
      {
        anomaly: 'int-nonmonotonic-poll',
        key: 'a',
        offsets: [2, 2],
        values: [3, 3],
        operations: [12, 13],
        sentence:
          'Key a: within the operation at index 13, 3 (offset 2) was polled and next 3 (offset 2): it is the same ' +
          'record again.',
      },
    ]);
  });

  test('of sends whose offsets only readers know: those, and the readers prove it', () => {
    const scribe = write()
      .op(0, 'info', 'txn', [
        ['send', 'a', [null, 1]],
        ['send', 'a', [null, 2]],
      ])
      .poll(2, 'a', [
        [4, 2],
        [6, 1],
      ]);
    expect(found(scribe, 'int-nonmonotonic-send')).toEqual([
      {
        anomaly: 'int-nonmonotonic-send',
        key: 'a',
        offsets: [6, 4],
        values: [1, 2],
        operations: [0, 1, 2, 3],
        sentence:
          'Key a: within the operation at index 1, 1 (offset 6) was sent and next 2 (offset 4): the second stands ' +
          'before the first in the log.',
      },
    ]);
  });

  test('of a value that stands twice: where this operation saw it', () => {
    // By its last offset, 9, value 1 stands behind 2.
    const scribe = write()
      .log(2)
      .poll(7, 'a', [[9, 1]])
      .poll(1, 'a', [
        [0, 1],
        [1, 2],
      ]);
    expect(found(scribe, 'int-nonmonotonic-poll').map(({ offsets }) => offsets)).toEqual([[0, 1]]);
  });
});

describe('sends of a value that another operation sent, too', () => {
  const swapped: MicroOperation[] = [
    ['send', 'a', [1, 2]],
    ['send', 'a', [0, 1]],
  ];
  const read = (scribe: Scribe): Scribe =>
    scribe.poll(2, 'a', [
      [0, 1],
      [1, 2],
    ]);

  test('are judged where the one is acknowledged and the other is not', () => {
    const acknowledged = write().op(0, 'ok', 'txn', swapped).send(5, 'a', null, 1, 'info');
    expect(found(read(acknowledged), 'int-nonmonotonic-send')).toHaveLength(1);
    const of = write().op(0, 'info', 'txn', swapped).send(5, 'a', 0, 1);
    expect(found(read(of), 'int-nonmonotonic-send')).toEqual([]);
  });

  test('are not where both are unknown: the record may be of either', () => {
    const unknown = write().op(0, 'info', 'txn', swapped).send(5, 'a', null, 1, 'info');
    expect(found(read(unknown), 'int-nonmonotonic-send')).toEqual([]);
  });
});
