import { describe, expect, test } from 'vitest';
import { convicted, write } from '../../../model-tests/checker-scribe.js';

describe('reads of what was not sent, or not yet', () => {
  test('a value that only a row of an attempt names was neither sent nor read: no phantom', () => {
    const attempt = [['send', 'a', [null, 7]]];
    const scribe = write().log(1).row(3, 'info', 'attempt', attempt, { attempt: 1 }).readLog(1);
    expect(convicted(scribe)).toEqual({});
  });

  test('who polled what it sent itself polled too early, though its completion denies the send', () => {
    const scribe = write().row(1, 'info', 'txn', [
      ['send', 'a', 1],
      ['poll', { a: [[0, 1]] }],
    ]);
    expect(convicted(scribe)).toEqual({ 'precommitted-read': 1 });
  });

  test('nor does it help him that another one sent the same value later', () => {
    const scribe = write()
      .row(1, 'ok', 'txn', [
        ['send', 'a', [0, 1]],
        ['poll', { a: [[0, 1]] }],
      ])
      .row(2, 'info', 'send', [['send', 'a', [null, 1]]]);
    expect(convicted(scribe)).toEqual({ 'precommitted-read': 1 });
  });
});
