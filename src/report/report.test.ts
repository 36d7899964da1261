import { describe, expect, test } from 'vitest';
import { check } from '../checker/check.js';
import type { OperationRow, Row } from '../history/rows.js';
import type { TrialDocument } from './document.js';
import { htmlReport } from './html.js';
import { createSeries } from './series.js';
import { terminalReport } from './terminal.js';

const HOSTILE = '</script><b>"&\'';

const ROWS: readonly Row[] = [
  {
    index: 0,
    time: 0,
    process: 0,
    type: 'invoke',
    f: 'send',
    value: [['send', HOSTILE, [null, 1]]],
  },
  {
    index: 1,
    time: 1e6,
    process: 0,
    type: 'info',
    f: 'attempt',
    value: [['send', HOSTILE, [null, 1]]],
    attempt: 1,
    error: HOSTILE,
  },
  {
    index: 2,
    time: 4e6,
    process: 0,
    type: 'fail',
    f: 'send',
    value: [['send', HOSTILE, [null, 1]]],
    error: ['a', 1],
  },
  { index: 3, time: 1e9, process: 1, type: 'invoke', f: 'poll', value: [['poll']] },
  {
    index: 4,
    time: 1.5e9,
    process: 1,
    type: 'ok',
    f: 'poll',
    value: [['poll', { [HOSTILE]: [[0, 1]] }]],
  },
];

function document(more: Partial<TrialDocument> = {}): TrialDocument {
  return {
    ...check(ROWS),
    seconds: 2,
    faults: [
      { kind: HOSTILE, target: 'broker 1', from: 0.5, to: 1, proof: 'pid gone' },
      { kind: 'clock', target: 'broker 2', from: 1, to: 1, skipped: 'no clock control' },
    ],
    bug: null,
    store: 'store/x',
    seed: 42,
    settings: { brokers: 3 },
    ...more,
  };
}

describe('series', () => {
  test('operations count where they complete, attempts nowhere', () => {
    const series = createSeries(1);
    for (const row of ROWS) {
      series.feed(row);
    }
    expect(series.finish()).toEqual({
      bucketSeconds: 1,
      buckets: 2,
      sends: { ok: [0, 0], fail: [1, 0], info: [0, 0], p50: [null, null], p99: [null, null] },
      polls: { ok: [0, 1], fail: [0, 0], info: [0, 0], p50: [null, 500], p99: [null, 500] },
    });
  });

  test('quantiles are nearest ranks of ok operations', () => {
    const series = createSeries(1);
    for (let i = 1; i <= 100; i += 1) {
      const common = { process: i, f: 'send', value: [] } as const;
      series.feed({ ...common, index: 2 * i, time: 0, type: 'invoke' });
      series.feed({ ...common, index: 2 * i + 1, time: i * 1e6, type: i > 90 ? 'info' : 'ok' });
    }
    const { sends } = series.finish();
    expect([sends.p50[0], sends.p99[0], sends.ok[0], sends.info[0]]).toEqual([45, 90, 90, 10]);
  });
});

describe('the page', () => {
  test('stands alone and shows verdict, proof, faults and settings', () => {
    const page = htmlReport(document());
    expect(page).not.toMatch(/(?:src|href)=|@import|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    for (const text of [
      'Invalid: the system',
      'G1a',
      'failed for certain at index 2',
      'no clock control',
      'pid gone',
      '<dt>brokers</dt>',
      '(attempt 1)',
      '[&quot;a&quot;,1]',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('A bug was switched on');
    expect(htmlReport(document({ bug: 'no-isr-check' }))).toContain('<code>no-isr-check</code>');
  });

  test('what a history says cannot break out of its place', () => {
    const page = htmlReport(document());
    expect(page).not.toContain(HOSTILE);
    expect(page).not.toContain('<b>"&');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  test('the script is JavaScript', () => {
    const script = /<script>([\s\S]*)<\/script>/.exec(htmlReport(document()))?.[1] ?? '';
    expect(() => new Function(script)).not.toThrow();
  });
});

describe('the terminal', () => {
  test('names anomaly, proof and verdict, in colour only when asked', () => {
    const plain = terminalReport(document({ bug: 'x' }), { color: false });
    for (const text of [
      'G1a (1)',
      'rows 0, 2, 3, 4',
      '1 skipped',
      'Bug switched on: x',
      'Store: store/x',
    ]) {
      expect(plain).toContain(text);
    }
    expect(plain).not.toContain('\u001b');
    expect(terminalReport(document(), { color: true })).toContain('\u001b[31m');
  });

  test('says what consumer groups went through, where there were some', () => {
    const group = { group: 'once', generations: 1, commits: 1_500, positionsTold: 12 };
    expect(terminalReport(document({ groups: [group] }), { color: false })).toContain(
      'Group once: 1 generation, 1,500 acknowledged commits, told 12 times where it stands.',
    );
    expect(htmlReport(document({ groups: [group] }))).toContain(
      '<b>1,500</b><span>commits of once',
    );
  });

  test('says how many operations on metadata there were, where there were to be some', () => {
    const metadata = { ok: 1_234, fail: 5, info: 6, reads: 700 };
    const text = terminalReport(document({ metadata }), { color: false });
    expect(text).toContain('Metadata: 1,234 ok, 700 of them reads, 5 failed, 6 unknown.');
    expect(terminalReport(document(), { color: false })).not.toContain('Metadata');
    expect(htmlReport(document({ metadata }))).toContain(
      '<b>1,234</b><span>metadata operations ok',
    );
    expect(htmlReport(document())).not.toContain('metadata operations');
  });

  test('shows so many findings and counts the rest', () => {
    const phantoms = ROWS[4] as OperationRow;
    const records = [0, 1, 2, 3, 4].map((i): [number, number] => [i, i + 10]);
    const result = check([{ ...phantoms, value: [['poll', { a: records }]] }]);
    const text = terminalReport(result, { color: false, findingsPerAnomaly: 2 });
    expect(text.match(/which nobody ever sent/g)).toHaveLength(2);
    expect(text).toContain('and 3 more');
  });
});
