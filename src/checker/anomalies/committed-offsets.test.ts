import { describe, expect, test } from 'vitest';
import { type Extra, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { RowType } from '../../history/rows.js';
import { check } from '../check.js';
import type { Finding } from '../result.js';

const G: Extra = { group: 'g' };

/** Findings of positions that went back, without their rows. */
function regressions(scribe: Scribe): Omit<Finding, 'rows'>[] {
  const { anomalies } = check(scribe.rows);
  return (anomalies['commit-regression'] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

/** Process 0 commits `offset` of x. */
function commit(scribe: Scribe, offset: number, type: RowType = 'ok'): Scribe {
  return scribe
    .row(0, 'invoke', 'commit', { x: offset }, G)
    .row(0, type, 'commit', { x: offset }, G);
}

/** Process 5 asks, and is told `offset`. */
function committed(scribe: Scribe, offset: number | null, type: RowType = 'ok'): Scribe {
  return scribe
    .row(5, 'invoke', 'committed', { x: null }, G)
    .row(5, type, 'committed', { x: offset }, G);
}

const three = (): Scribe => commit(write(), 3);

describe('commit-regression', () => {
  test('names the last commit and what was told instead', () => {
    expect(regressions(committed(commit(three(), 7), 3))).toEqual([
      {
        anomaly: 'commit-regression',
        key: 'x',
        offsets: [7, 3],
        values: [],
        operations: [2, 3, 4, 5],
        sentence:
          'Key x: group g committed offset 7 at index 3, and was told offset 3 at index 5, which nothing committed ' +
          'after it explains.',
      },
    ]);
    expect(regressions(committed(three(), null))).toEqual([
      {
        anomaly: 'commit-regression',
        key: 'x',
        offsets: [3],
        values: [],
        operations: [0, 1, 2, 3],
        sentence:
          'Key x: group g committed offset 3 at index 1, and was told none at index 3, which nothing committed after ' +
          'it explains.',
      },
    ]);
  });

  test('of those that were over before the question the last to begin is the one that stands', () => {
    // 7 began after 3 and ended before it.
    const nested = (): Scribe =>
      write()
        .row(0, 'invoke', 'commit', { x: 3 }, G)
        .row(1, 'invoke', 'commit', { x: 7 }, G)
        .row(1, 'ok', 'commit', { x: 7 }, G)
        .row(0, 'ok', 'commit', { x: 3 }, G);
    expect(regressions(committed(nested(), 1))).toMatchObject([{ offsets: [7, 1] }]);
    expect(regressions(committed(commit(nested(), 9), 3))).toMatchObject([{ offsets: [9, 3] }]);
  });

  test('a commit that is under way may have taken effect or not, and so may one that nobody answered', () => {
    for (const told of [3, 7]) {
      const underWay = three().row(1, 'invoke', 'commit', { x: 7 }, G);
      expect(regressions(committed(underWay, told))).toEqual([]);
    }
    expect(regressions(committed(commit(three(), 7, 'info'), 3))).toEqual([]);
    expect(regressions(committed(commit(three(), 7, 'info'), 7))).toEqual([]);
  });

  test('a position that somebody was told counts as committed, though nobody was answered', () => {
    // Commit 7 of unknown outcome is seen, and then not any more: a failover has undone what was shown.
    const shown = (): Scribe => committed(commit(three(), 7, 'info'), 7);
    expect(regressions(committed(shown(), 3))).toEqual([
      {
        anomaly: 'commit-regression',
        key: 'x',
        offsets: [7, 3],
        values: [],
        operations: [2, 3, 4, 5, 6, 7],
        sentence:
          'Key x: group g was told offset 7 at index 5, and was told offset 3 at index 7, which nothing committed after it explains.',
      },
    ]);
    expect(regressions(committed(shown(), null))).toMatchObject([{ offsets: [7] }]);
    expect(regressions(committed(shown(), 7))).toEqual([]);
    expect(regressions(committed(commit(shown(), 3), 3))).toEqual([]);
    // Both were under way together: either may be the later one.
    const together = write()
      .row(0, 'invoke', 'commit', { x: 3 }, G)
      .row(1, 'invoke', 'commit', { x: 7 }, G);
    expect(regressions(committed(committed(together, 7), 3))).toEqual([]);
  });

  test('an answer that is not over says nothing of one that is asked meanwhile', () => {
    const together = commit(three(), 7, 'info')
      .row(4, 'invoke', 'committed', { x: null }, G)
      .row(5, 'invoke', 'committed', { x: null }, G)
      .row(4, 'ok', 'committed', { x: 7 }, G)
      .row(5, 'ok', 'committed', { x: 3 }, G);
    expect(regressions(together)).toEqual([]);
    expect(regressions(committed(together, 3))).toMatchObject([{ offsets: [7, 3] }]);
  });

  test('of what was shown the newest counts, whoever showed it', () => {
    const shown = (): Scribe => committed(commit(commit(three(), 7), 9, 'info'), 9);
    expect(regressions(committed(shown(), 7))).toMatchObject([{ offsets: [9, 7] }]);
    const later = commit(shown(), 12);
    expect(regressions(committed(later, 7))).toMatchObject([{ offsets: [12, 7] }]);
  });

  test('what was committed only after the answer explains nothing', () => {
    expect(regressions(commit(committed(three(), 7), 7))).toMatchObject([{ offsets: [3, 7] }]);
    expect(regressions(commit(committed(write(), null), 7))).toEqual([]);
  });

  test('a question that failed, or was not answered, is told nothing', () => {
    expect(regressions(committed(three(), null, 'fail'))).toEqual([]);
    expect(regressions(committed(three(), null, 'info'))).toEqual([]);
    expect(regressions(three().row(5, 'invoke', 'committed', { x: null }, G))).toEqual([]);
  });

  test('without their invocations a commit counts, and a question is not judged', () => {
    const told = (): Scribe => write().row(0, 'ok', 'commit', { x: 3 }, G);
    expect(regressions(committed(told(), 9))).toMatchObject([{ offsets: [3, 9] }]);
    expect(regressions(committed(told(), 3))).toEqual([]);
    expect(regressions(three().row(5, 'ok', 'committed', { x: 9 }, G))).toEqual([]);
  });

  test('offsets of logs are no positions of groups', () => {
    const told = three()
      .row(2, 'ok', 'log-start', { x: 1 })
      .row(2, 'ok', 'delete-records', { x: 2 });
    expect(regressions(committed(told, 3))).toEqual([]);
  });
});

describe('answers one after the other', () => {
  /** 3 and 7 are committed at the same time, and both are over. */
  const overlapping = (): Scribe =>
    write()
      .row(0, 'invoke', 'commit', { x: 3 }, G)
      .row(1, 'invoke', 'commit', { x: 7 }, G)
      .row(0, 'ok', 'commit', { x: 3 }, G)
      .row(1, 'ok', 'commit', { x: 7 }, G);

  test('may not go back to a commit that was over before the first of them was asked for', () => {
    expect(regressions(committed(committed(overlapping(), 7), 3))).toEqual([
      {
        anomaly: 'commit-regression',
        key: 'x',
        offsets: [7, 3],
        values: [],
        operations: [1, 3, 4, 5, 6, 7],
        sentence:
          'Key x: group g was told offset 7 at index 5, and was told offset 3 at index 7, which nothing committed ' +
          'after it explains.',
      },
    ]);
    expect(regressions(committed(committed(overlapping(), 3), 7))).toHaveLength(1);
  });

  test('may repeat what was told, and go on to what was not over then', () => {
    expect(regressions(committed(committed(overlapping(), 7), 7))).toEqual([]);
    const open = write()
      .row(0, 'invoke', 'commit', { x: 3 }, G)
      .row(1, 'invoke', 'commit', { x: 7 }, G)
      .row(1, 'ok', 'commit', { x: 7 }, G);
    const told = committed(open, 7).row(0, 'ok', 'commit', { x: 3 }, G);
    expect(regressions(committed(told, 3))).toEqual([]);
    expect(regressions(commit(committed(committed(overlapping(), 7), 7), 3))).toEqual([]);
  });

  test('however many of them tell the same, the last one that told something else speaks against it', () => {
    const open = write()
      .row(2, 'invoke', 'commit', { x: 3 }, G)
      .row(0, 'invoke', 'commit', { x: 7 }, G)
      .row(0, 'ok', 'commit', { x: 7 }, G);
    const told = committed(committed(committed(open, 7), 3), 3).row(2, 'ok', 'commit', { x: 3 }, G);
    expect(regressions(committed(told, 3))).toEqual([]);
    expect(regressions(committed(committed(told, 3), 7))).toHaveLength(1);
  });
});
