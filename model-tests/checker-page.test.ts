/** docs/checker.md names every anomaly, and its examples say what they are said to say. */

import { describe, expect, test } from 'vitest';
import { ANOMALY_NAMES } from '../src/checker/result.js';
import { checkedByCommand, examplesOf, headingsOf, quotationOf, readPage } from './checker-page.js';

const page = readPage();
const examples = examplesOf(page);

describe('docs/checker.md', () => {
  test('has a heading for every anomaly, and for no other', () => {
    expect(headingsOf(page).flat().sort()).toEqual([...ANOMALY_NAMES].sort());
  });

  test('has an example under every heading', () => {
    expect(examples.map(({ names }) => names)).toEqual(headingsOf(page));
  });

  test.each(examples.map((example) => [example.names.join(', '), example] as const))(
    '%s: the example is found so',
    async (_name, example) => {
      const result = await checkedByCommand(example.history, example.flags);
      for (const name of example.names) {
        expect(result.counts).toHaveProperty([name]);
      }
      expect(quotationOf(example, result)).toBe(example.quoted);
      // The operations that it names prove it without the others, and are the fewest that do.
      const rows = example.history.trimEnd().split('\n');
      const { anomalies, allowed, undecided } = result;
      const finding = { ...undecided, ...allowed, ...anomalies }[example.names[0]!]?.[0];
      const named = finding?.operations ?? [];
      const countsOf = async (left: readonly number[]): Promise<object> =>
        (await checkedByCommand(left.map((index) => `${rows[index]}\n`).join(''), example.flags))
          .counts;
      if (named.length > 0) {
        expect(await countsOf(named)).toHaveProperty([example.names[0]!]);
      }
      for (const index of named.filter((each) => !isInvocation(rows[each]!))) {
        const left = named.filter((at) => at !== index && at !== invocationOf(rows, index));
        if (left.length > 0) {
          expect(await countsOf(left)).not.toHaveProperty([example.names[0]!]);
        }
      }
    },
  );
});

function isInvocation(row: string): boolean {
  return row.includes(':type :invoke');
}

/** The row that invoked what the row at `index` completes; -1: none did. */
function invocationOf(rows: readonly string[], index: number): number {
  const process = rows[index]!.slice(0, rows[index]!.indexOf(','));
  const before = rows.slice(0, index).findLastIndex((row) => row.startsWith(process));
  return before >= 0 && isInvocation(rows[before]!) ? before : -1;
}
