import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation, Value } from '../../history/rows.js';
import { check } from '../check.js';
import type { CheckOptions } from '../result.js';

type Transactions = { readonly [name: string]: readonly MicroOperation[] };

const send = (key: string, offset: number, value: Value): MicroOperation => [
  'send',
  key,
  [offset, value],
];
const poll = (key: string, ...records: readonly [number, Value][]): MicroOperation => [
  'poll',
  { [key]: records },
];

/** The history of `transactions` in which `order` invokes (+A) and acknowledges (-A) them. */
function history(transactions: Transactions, order: string): Scribe {
  const scribe = write();
  const names = Object.keys(transactions);
  for (const step of order.split(' ')) {
    const name = step.slice(1);
    const micros = transactions[name]!;
    const asked = micros.map((micro) =>
      micro[0] === 'send' ? ['send', micro[1], [null, (micro[2] as [number, Value])[1]]] : ['poll'],
    );
    const process = names.indexOf(name);
    if (step.startsWith('+')) {
      scribe.row(process, 'invoke', 'txn', asked);
    } else {
      scribe.row(process, 'ok', 'txn', micros);
    }
  }
  return scribe;
}

const CLASSES = /^(G0|G1c|PL-|strong-PL-|g-single|g2)/;

/** Cycle classes that convict, and those that are allowed. */
function classes(scribe: Scribe, options: CheckOptions = { wwDeps: true }): [string[], string[]] {
  const { anomalies, allowed } = check(scribe.rows, options);
  const of = (findings: object): string[] =>
    Object.keys(findings).filter((name) => CLASSES.test(name));
  return [of(anomalies), of(allowed)];
}

/** A and B wrote x and y in opposite orders. */
const WRITES: Transactions = {
  A: [send('x', 0, 'a'), send('y', 1, 'a')],
  B: [send('x', 1, 'b'), send('y', 0, 'b')],
};
/** A and B each polled what the other one sent. */
const READS: Transactions = {
  A: [send('p', 0, 'a'), poll('q', [0, 'b'])],
  B: [send('q', 0, 'b'), poll('p', [0, 'a'])],
};
/** B's write stands before A's. */
const WRITTEN_BEFORE: Transactions = { A: [send('y', 1, 'a')], B: [send('y', 0, 'b')] };

/** B polled what A sent. */
const READ_OF_A: Transactions = { A: [send('p', 0, 'a')], B: [poll('p', [0, 'a'])] };
/** B polled what C sent. */
const READ_OF_C: Transactions = { B: [poll('r', [0, 'c'])], C: [send('r', 0, 'c')] };

function joined(...parts: readonly Transactions[]): Transactions {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, parts.flatMap((part) => part[name] ?? [])]));
}

/** C began after A was acknowledged, and its write stands before one of A's. */
const WRITTEN_EARLIER: Transactions = { A: [send('t', 1, 'a')], C: [send('t', 0, 'c')] };
/** C began after A was acknowledged, which had polled what C sent. */
const READ_EARLIER: Transactions = { A: [poll('r', [0, 'c'])], C: [send('r', 0, 'c')] };
const THEN_C = '+A +B -A +C -C -B';

describe('of one component every class is told that no worse one implies', () => {
  test('cycles of writes imply those of writes and reads, or of writes and time', () => {
    const allowed = ['G0', 'PL-1-cycle-exists'];
    expect(classes(history(WRITES, '+A +B -A -B'))).toEqual([[], allowed]);
    expect(classes(history(joined(WRITES, READ_OF_A), '+A +B -A -B'))).toEqual([[], allowed]);
    expect(classes(history(joined(WRITES, WRITTEN_EARLIER), THEN_C))).toEqual([[], allowed]);
  });

  test('cycles of reads convict beside those of writes, but are not named as the worst', () => {
    const both = history(joined(WRITES, READS), '+A +B -A -B');
    expect(classes(both)).toEqual([['G1c'], ['G0', 'PL-1-cycle-exists']]);
    expect(classes(both, {})).toEqual([['G1c', 'PL-2-cycle-exists'], []]);
  });

  test('cycles of reads imply those of reads and time', () => {
    const both = history(joined(READS, READ_EARLIER), THEN_C);
    const guilty = ['G1c', 'PL-2-cycle-exists'];
    expect(classes(both)).toEqual([guilty, []]);
    expect(classes(both, {})).toEqual([guilty, []]);
  });

  test('cycles of writes and reads imply those of writes, reads and time, but not of reads and time', () => {
    const allowed = ['G1c', 'PL-2-cycle-exists'];
    expect(classes(history(joined(WRITTEN_BEFORE, READ_OF_A, READ_OF_C), THEN_C))).toEqual([
      [],
      allowed,
    ]);
    const leaked = history(joined(WRITTEN_BEFORE, READ_OF_A, READ_EARLIER), THEN_C);
    expect(classes(leaked)).toEqual([['G1c-realtime'], allowed]);
    expect(classes(leaked, {})).toEqual([['G1c-realtime', 'strong-PL-2-cycle-exists'], []]);
  });

  test('cycles of writes and time do not imply those of reads and time', () => {
    const both = history(joined(WRITTEN_EARLIER, READ_EARLIER), '+A -A +C -C');
    expect(classes(both)).toEqual([['G1c-realtime'], ['G0-realtime', 'strong-PL-1-cycle-exists']]);
    expect(classes(history(WRITTEN_EARLIER, '+A -A +C -C'))).toEqual([
      [],
      ['G0-realtime', 'strong-PL-1-cycle-exists'],
    ]);
  });

  test('a cycle may take writes, reads and time together', () => {
    // A, then C by time; B polled what C sent; B's write stands before A's.
    const all = history(joined(WRITTEN_BEFORE, READ_OF_C), THEN_C);
    expect(classes(all)).toEqual([[], ['G1c-realtime', 'strong-PL-2-cycle-exists']]);
    expect(classes(all, {})).toEqual([[], []]);
  });
});

describe('what is told of a search', () => {
  test('of an empty graph: nothing but that', () => {
    const { undecided } = check(write().poll(1, 'x', []).rows);
    expect(undecided['empty-transaction-graph']).toEqual([
      {
        anomaly: 'empty-transaction-graph',
        key: '',
        offsets: [],
        values: [],
        operations: [],
        rows: [],
        sentence:
          'No operation depends on another and none began after another was done: the history can prove nothing.',
      },
    ]);
  });

  test('that was given up: of how many operations, and two of them', () => {
    // Each polled the next key without what another one put there.
    const skew = history(
      {
        S: [send('x', 0, 's'), send('y', 0, 's'), send('z', 0, 's')],
        A: [poll('x', [0, 's']), send('y', 1, 'a')],
        B: [poll('y', [0, 's']), send('z', 1, 'b')],
        C: [poll('z', [0, 's']), send('x', 1, 'c')],
      },
      '+S -S +A +B +C -A -B -C',
    );
    const enough = check(skew.rows, { rwDeps: true });
    expect(enough.anomalies.g2?.[0]?.edges?.map(({ kind }) => kind)).toEqual(['rw', 'rw', 'rw']);
    const few = check(skew.rows, { rwDeps: true, cycleSteps: 1 });
    expect(few.anomalies.g2).toBeUndefined();
    const [finding] = few.undecided['cycle-search-timeout'] ?? [];
    expect([finding?.key, finding?.operations]).toEqual(['', [2, 3, 5, 6]]);
    expect(finding?.sentence).toBe(
      'Whether 3 operations that depend on each other in circles hold a g-single was not found out within the limit ' +
        'of steps.',
    );
  });
});

/** D read past what B sent, and saw what C sent after it had seen that. */
const MISSED: Transactions = {
  A: [send('x', 0, 'a'), send('x', 2, 'c')],
  B: [send('x', 1, 'b')],
  C: [poll('x', [1, 'b']), send('y', 0, 'c')],
  D: [poll('x', [0, 'a'], [2, 'c']), poll('y', [0, 'c'])],
};
/** E and F read past each other's record. */
const MISSED_BY_BOTH: Transactions = {
  A: [send('v', 0, 'a'), send('v', 2, 'c'), send('w', 0, 'a'), send('w', 2, 'c')],
  E: [poll('v', [0, 'a'], [2, 'c']), send('w', 1, 'b')],
  F: [poll('w', [0, 'a'], [2, 'c']), send('v', 1, 'b')],
};
/** What D and E wrote stands right behind what B and F did: with ww edges a shorter way back. */
const WRITTEN_BEHIND: Transactions = {
  B: [send('z', 0, 'b')],
  D: [send('z', 1, 'd')],
};

describe('cycles with rw edges', () => {
  const order = '+A +B +C +D -A -B -C -D';

  test('convict with ww edges for what they convict without, however short a way back a ww edge is', () => {
    const scribe = (): Scribe => history(joined(MISSED, WRITTEN_BEHIND), order);
    expect(classes(scribe(), {})).toEqual([['g-single'], []]);
    const [convicting, allowed] = classes(scribe());
    expect(convicting).toEqual(['g-single']);
    expect(allowed).toContain('g-single');
  });

  test('of which one needs a ww edge do not hide another that has several rw edges', () => {
    const behind: Transactions = { F: [send('u', 0, 'f')], E: [send('u', 1, 'e')] };
    const scribe = (): Scribe => history(joined(MISSED_BY_BOTH, behind), '+A +E +F -A -E -F');
    expect(classes(scribe(), {})).toEqual([['g2'], []]);
    const [convicting, allowed] = classes(scribe());
    expect(convicting).toEqual(['g2']);
    expect(allowed).toContain('g-single');
  });

  test('that all need a ww edge are allowed', () => {
    const { C: _seen, D: _saw, ...rest } = MISSED;
    const reader: Transactions = { D: [poll('x', [0, 'a'], [2, 'c'])] };
    const scribe = (): Scribe => history(joined(rest, reader, WRITTEN_BEHIND), '+A +B +D -A -B -D');
    expect(classes(scribe(), {})).toEqual([[], []]);
    expect(classes(scribe())).toEqual([[], expect.arrayContaining(['g-single'])]);
  });
});
