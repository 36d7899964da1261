import { describe, expect, test } from 'vitest';
import { convicted, type Extra, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { RowType } from '../../history/rows.js';
import { check } from '../check.js';

const ZOMBIE = { 'zombie-commit': 1 };

function owned(scribe: Scribe, process: number, generation: number, extra: Extra = {}): Scribe {
  return scribe.row(process, 'ok', 'owned', ['x'], { group: 'g', generation, ...extra });
}

function commit(
  scribe: Scribe,
  process: number,
  extra: Extra,
  type: RowType = 'ok',
  offset = 3,
): Scribe {
  const named = { group: 'g', ...extra };
  return scribe
    .row(process, 'invoke', 'commit', { x: offset }, named)
    .row(process, type, 'commit', { x: offset }, named);
}

describe('zombie-commit', () => {
  test('names the commit and what had begun before it was asked for', () => {
    const { anomalies } = check(
      commit(owned(owned(write(), 0, 4), 1, 5), 0, { generation: 4 }).rows,
    );
    expect(anomalies['zombie-commit']).toMatchObject([
      {
        key: 'x',
        offsets: [3],
        operations: [1, 2, 3],
        sentence:
          'Key x: process 0 committed offset 3 of generation 4 at index 3, acknowledged, although before it asked ' +
          'generation 5 of group g had begun (index 1).',
        rows: [
          { f: 'owned', group: 'g', generation: 5 },
          { f: 'commit', type: 'invoke', group: 'g', generation: 4 },
          { f: 'commit', type: 'ok', group: 'g', generation: 4 },
        ],
      },
    ]);
  });

  test('a commit of the newest generation, or of one that nobody was told of yet, is none', () => {
    const told = (): Scribe => owned(owned(write(), 0, 4), 1, 5);
    expect(convicted(commit(told(), 1, { generation: 5 }))).toEqual({});
    expect(convicted(commit(told(), 1, { generation: 6 }))).toEqual({});
    expect(convicted(commit(owned(write(), 0, 4), 0, { generation: 4 }))).toEqual({});
    expect(convicted(commit(write(), 0, { generation: 4 }))).toEqual({});
    // A generation that is told late does not bring an older one back.
    const late = told().row(2, 'ok', 'owned', ['y'], { group: 'g', generation: 4 });
    expect(convicted(commit(late, 0, { generation: 4 }))).toEqual(ZOMBIE);
  });

  test('what was invoked before the generation was told may be answered after it', () => {
    const row = { group: 'g', generation: 4 };
    const late = owned(owned(write(), 0, 4).row(0, 'invoke', 'commit', { x: 3 }, row), 1, 5);
    expect(convicted(late.row(0, 'ok', 'commit', { x: 3 }, row))).toEqual({});
  });

  test('refused and unknown commits prove nothing, nor those of no member, nor of another group', () => {
    const told = (): Scribe => owned(owned(write(), 0, 4), 1, 5);
    expect(convicted(commit(told(), 0, { generation: 4 }, 'fail'))).toEqual({});
    expect(convicted(commit(told(), 0, { generation: 4 }, 'info'))).toEqual({});
    expect(convicted(commit(told(), 0, {}))).toEqual({});
    expect(convicted(commit(told(), 0, { generation: 4, group: 'h' }))).toEqual({});
    const uninvoked = told().row(0, 'ok', 'commit', { x: 3 }, { group: 'g', generation: 4 });
    expect(convicted(uninvoked)).toEqual({});
  });

  test('who was the first to be told of the generation proves it', () => {
    const told = owned(write(), 0, 4)
      .row(1, 'ok', 'owned', ['x'], { group: 'g', generation: 5 })
      .row(2, 'ok', 'owned', ['y'], { group: 'g', generation: 5 });
    const { anomalies } = check(commit(told, 0, { generation: 4 }).rows);
    expect(anomalies['zombie-commit']).toMatchObject([{ operations: [1, 3, 4] }]);
  });

  test('who only asks commits nothing, whatever generation it names', () => {
    const named = { group: 'g', generation: 4 };
    const asked = owned(owned(write(), 0, 4), 1, 5)
      .row(0, 'invoke', 'committed', { x: null }, named)
      .row(0, 'ok', 'committed', { x: null }, named);
    expect(convicted(asked)).toEqual({});
  });

  test('each commit is judged by what had been told up to then', () => {
    const early = commit(owned(write(), 0, 4), 0, { generation: 4 });
    expect(convicted(commit(owned(early, 1, 5), 0, { generation: 4 }))).toEqual(ZOMBIE);
    expect(convicted(commit(owned(early, 1, 6), 1, { generation: 6 }))).toEqual(ZOMBIE);
  });
});

describe('zombie-commit of a static member', () => {
  const AS_A = { generation: 4, instance: 'a' };
  const replaced = (): Scribe =>
    owned(owned(write(), 0, 4, { instance: 'a' }), 1, 4, { instance: 'a' });

  test('the process whose place was taken is refused in the same generation too', () => {
    const { anomalies } = check(commit(replaced(), 0, AS_A).rows);
    expect(anomalies['zombie-commit']).toMatchObject([
      {
        operations: [1, 2, 3],
        sentence:
          'Key x: process 0 committed offset 3 as a at index 3, acknowledged, although before it asked process 1 had ' +
          'taken that place in group g (index 1).',
        rows: [{ instance: 'a' }, { instance: 'a' }, { instance: 'a' }],
      },
    ]);
    expect(convicted(commit(replaced(), 0, { instance: 'a' }))).toEqual(ZOMBIE);
  });

  test('the one that took it is not, nor one that took it back, nor another instance', () => {
    expect(convicted(commit(replaced(), 1, AS_A))).toEqual({});
    expect(convicted(commit(replaced(), 1, { instance: 'a' }))).toEqual({});
    const back = owned(replaced(), 0, 4, { instance: 'a' });
    expect(convicted(commit(back, 0, AS_A))).toEqual({});
    expect(convicted(commit(replaced(), 0, { generation: 4, instance: 'b' }))).toEqual({});
    expect(convicted(commit(replaced(), 0, { generation: 4 }))).toEqual({});
  });

  test('one that commits nothing does no harm', () => {
    const named = { group: 'g', generation: 4 };
    const empty = owned(owned(write(), 0, 4), 1, 5)
      .row(0, 'invoke', 'commit', {}, named)
      .row(0, 'ok', 'commit', {}, named);
    expect(convicted(empty)).toEqual({});
  });
});
