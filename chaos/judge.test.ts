import { describe, expect, test } from 'vitest';
import type { Row } from '../src/history/rows.js';
import { countGroups, countMetadata, judge } from './judge.js';

const CALM = {
  acks: -1,
  withoutEffect: [],
  brokenOff: null,
  unread: new Map<string, string>(),
  unexpectedEnd: null,
  readsMetadata: false,
  groups: null,
  readsSessions: false,
  coordinatorsReplaced: false,
} as const;

/** A history of one process that sends and reads `count` values; `lost` ones are never read. */
function history(count: number, lost: readonly number[] = []): Row[] {
  const rows: Row[] = [];
  const add = (row: object): void => {
    rows.push({ index: rows.length, time: rows.length * 1_000, ...row } as unknown as Row);
  };
  const phase = (value: string): void =>
    add({ process: 'nemesis', type: 'info', f: 'phase', value });
  const poll = (records: object): void => {
    add({ process: 1, type: 'invoke', f: 'poll', value: [['poll']] });
    add({ process: 1, type: 'ok', f: 'poll', value: [['poll', records]] });
  };
  phase('main');
  for (let value = 1; value <= count; value++) {
    add({ process: 0, type: 'invoke', f: 'send', value: [['send', '0', [null, value]]] });
    add({ process: 0, type: 'ok', f: 'send', value: [['send', '0', [value, value]]] });
  }
  phase('final');
  const read = Array.from({ length: count }, (_, index) => index + 1);
  poll({ 0: read.filter((value) => !lost.includes(value)).map((value) => [value, value]) });
  return rows;
}

describe('the verdict of a trial', () => {
  test('is valid for a long enough history without anomalies', () => {
    expect(judge(history(1_200), CALM).verdict).toBe('valid');
  });

  test('is inconclusive when too little was acknowledged', () => {
    expect(judge(history(50), CALM).verdict).toBe('inconclusive');
  });

  test('is invalid when an acknowledged write is lost', () => {
    const result = judge(history(1_200, [77]), CALM);
    expect(result.verdict).toBe('invalid');
    expect(Object.keys(result.anomalies)).toContain('lost-write');
  });

  test.each([
    ['a fault never took effect', { withoutEffect: ['pause'] }],
    ['it did not run to its end', { brokenOff: 'broker 2 did not start again' }],
    ['a broker ended by itself', { unexpectedEnd: 'broker 1 ended (exit status 1)' }],
    ['a key could not be read', { unread: new Map([['3', 'no-leader']]) }],
  ])('is inconclusive when %s, with the reason', (_name, circumstance) => {
    const result = judge(history(1_200), { ...CALM, ...circumstance });
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.length).toBeGreaterThan(0);
  });

  test('stays invalid whatever else went wrong', () => {
    const result = judge(history(1_200, [77]), { ...CALM, brokenOff: 'interrupted' });
    expect(result.verdict).toBe('invalid');
  });

  test('permits with acks=1 what a clean election may drop', () => {
    const result = judge(history(1_200, [1_200]), { ...CALM, acks: 1 });
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.allowed)).toContain('unseen');
    expect(judge(history(1_200, [1_200]), CALM).verdict).toBe('invalid');
    expect(judge(history(50, [50]), { ...CALM, acks: 1 }).verdict).toBe('inconclusive');
  });
});

describe('metadata', () => {
  type Told = readonly [type: string, value: object];
  const read = (state: object | null): object => ({ op: 'read', topic: 'm', state });
  const CREATE = { op: 'create', topic: 'm', partitions: 1, configs: {} };
  const READS = { ...CALM, readsMetadata: true };

  /** A good history, and then these operations on metadata, one after the other. */
  function withMetadata(told: readonly Told[]): Row[] {
    const rows = history(1_200);
    for (const [place, [type, value]] of told.entries()) {
      for (const each of type === 'open' ? ['invoke'] : ['invoke', type]) {
        const { length: index } = rows;
        const row = {
          index,
          time: index * 1_000,
          process: 10 + place,
          type: each,
          f: 'metadata',
          value,
        };
        rows.push(row as unknown as Row);
      }
    }
    return rows;
  }

  test('are judged', () => {
    const state = { id: 'x', partitions: 1, configs: {} };
    const good = withMetadata([
      ['ok', CREATE],
      ['ok', read(state)],
    ]);
    expect(judge(good, READS).verdict).toBe('valid');
    const stale = withMetadata([
      ['ok', CREATE],
      ['ok', read(state)],
      ['ok', read(null)],
    ]);
    expect(Object.keys(judge(stale, READS).anomalies)).toEqual(['nonlinearizable-metadata']);
  });

  test('of which not one read was answered leave it open, where they were asked for', () => {
    const silent = withMetadata([
      ['ok', CREATE],
      ['fail', { op: 'read', topic: 'm' }],
    ]);
    const result = judge(silent, READS);
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.join()).toContain('Not one read of metadata was answered');
    expect(judge(silent, CALM).verdict).toBe('valid');
    expect(judge(history(1_200), READS).verdict).toBe('inconclusive');
  });

  test('of which not one change was acknowledged leave it open too', () => {
    const result = judge(withMetadata([['ok', read(null)]]), READS);
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.join()).toContain('Not one change of metadata was acknowledged');
  });

  test('are counted by outcome; what never completed is unknown', () => {
    const rows = withMetadata([
      ['ok', CREATE],
      ['ok', read(null)],
      ['fail', { op: 'read', topic: 'm' }],
      ['info', CREATE],
      ['open', CREATE],
    ]);
    expect(countMetadata(rows)).toEqual({ ok: 2, fail: 1, info: 2, reads: 1 });
  });
});

/** What two groups did beside a history that shows enough: so many generations and commits of each. */
function groupRows(from: Row[], generations: number, commits: number): Row[] {
  const rows = [...from];
  const add = (row: object): void => {
    rows.push({ index: rows.length, time: rows.length * 1_000, ...row } as unknown as Row);
  };
  for (const [place, group] of ['kept', 'once'].entries()) {
    const process = 50 + place;
    for (let generation = 1; generation <= generations; generation++) {
      add({ process, type: 'ok', f: 'owned', value: ['0'], group, generation });
    }
    for (let offset = 0; offset < commits; offset++) {
      const row = { process, f: 'commit', value: { 0: 0 }, group, generation: generations };
      add({ type: 'invoke', ...row });
      add({ type: 'ok', ...row });
    }
  }
  return rows;
}

describe('the verdict of a trial with groups', () => {
  const groups = { atLeastOnce: ['kept'], atMostOnce: ['once'] };
  const calm = { ...CALM, groups, coordinatorsReplaced: true };

  test('is valid where there were rebalances, commits and a new coordinator', () => {
    expect(judge(groupRows(history(1_200), 4, 50), calm).verdict).toBe('valid');
  });

  test.each([
    ['a coordinator was replaced', { coordinatorsReplaced: false }, 4, 50],
    ['there were enough rebalances', {}, 3, 50],
    ['there were enough commits', {}, 4, 49],
  ])('is inconclusive unless %s', (_name, circumstance, generations, commits) => {
    const rows = groupRows(history(1_200), generations, commits);
    const result = judge(rows, { ...calm, ...circumstance });
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.length).toBeGreaterThan(0);
  });

  test('is invalid where a group breaks its own promise, not where it breaks the other one', () => {
    const rows = groupRows(history(1_200), 4, 50);
    const end = rows.length;
    const done = (index: number, group: string): Row =>
      ({
        index: end + index,
        time: end * 1_000,
        process: 60 + index,
        type: 'ok',
        f: 'processed',
        value: { 0: [[5, 5]] },
        group,
      }) as unknown as Row;
    expect(judge([...rows, done(0, 'kept'), done(1, 'kept')], calm).verdict).toBe('valid');
    const twice = judge([...rows, done(0, 'once'), done(1, 'once')], calm);
    expect(Object.keys(twice.anomalies)).toEqual(['processed-twice']);
  });

  test('counts commits among the operations, up to half of those that are needed', () => {
    const verdictOf = (sends: number, commits: number): string =>
      judge(groupRows(history(sends), 4, commits), calm).verdict;
    expect(verdictOf(799, 100)).toBe('valid');
    expect(verdictOf(798, 100)).toBe('inconclusive');
    expect(verdictOf(499, 900)).toBe('valid');
    expect(verdictOf(498, 900)).toBe('inconclusive');
  });

  test('counts what each group went through', () => {
    expect(countGroups(groupRows([], 4, 7), ['kept'])).toEqual([
      { group: 'kept', generations: 4, commits: 7, positionsTold: 0 },
    ]);
  });
});

describe('the verdict of a trial of sessions', () => {
  const told = (ends: number): Row[] => {
    const rows = history(1_200);
    const poll = { process: 2, f: 'poll', value: [['poll', {}]] };
    for (let read = 0; read < ends; read++) {
      rows.splice(rows.length - 2, 0, { type: 'ok', ...poll, ends: { 0: 1_201 } } as never);
    }
    return rows.map((row, index) => ({ ...row, index, time: index }) as Row);
  };

  test('needs reads that said where a log ended', () => {
    const circumstances = { ...CALM, readsSessions: true };
    expect(judge(told(500), circumstances).verdict).toBe('valid');
    const few = judge(told(499), circumstances);
    expect([few.verdict, few.reasons.join()]).toEqual([
      'inconclusive',
      expect.stringMatching(/499 times where a log ended; 500 are needed/),
    ]);
    expect(judge(told(0), CALM).verdict).toBe('valid');
  });
});
