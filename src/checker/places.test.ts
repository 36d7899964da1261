import { expect, test } from 'vitest';
import { recorded, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation } from '../history/rows.js';
import { inferFacts } from './facts.js';
import { entryOf, namedEntry, toldBy, withPlaces } from './places.js';

const sends: MicroOperation[] = [
  ['send', 'a', [0, 1]],
  ['send', 'b', [0, 2]],
  ['send', 'b', 3],
];

/** Operations, by number, that prove together with `own` where value `name` stands. */
function proof(scribe: Scribe, name: number, ...own: number[]): number[] {
  const facts = inferFacts(recorded(scribe));
  const entry = entryOf(facts, facts.history.valueNames.indexOf(name));
  const told = toldBy(facts, facts.entryMicro[entry]!);
  expect(withPlaces(facts, [7, 6], [entry, -1, entry]).slice(2)).toEqual(
    told.filter((operation) => operation < 6),
  );
  return own.length === 0 ? told : withPlaces(facts, own, [entry]);
}

/** Polls of nothing, so that there are operations 6 and 7. */
function filled(scribe: Scribe): Scribe {
  while (recorded(scribe).operationType.length < 8) {
    scribe.poll(9, 'z', []);
  }
  return scribe;
}

test('a place is proved by who tells it, and that it counts by who read something of it', () => {
  const ok = write()
    .op(1, 'ok', 'txn', sends)
    .poll(2, 'b', [[0, 2]]);
  expect(proof(filled(ok), 1)).toEqual([0]);
  const unknown = (value: number): Scribe =>
    filled(
      write()
        .row(1, 'info', 'txn', sends)
        .poll(2, 'b', [[5, 9]])
        .poll(2, 'b', [[0, value]]),
    );
  expect(proof(unknown(2), 1)).toEqual([0, 2]);
  expect(proof(unknown(3), 1)).toEqual([0, 2]);
  expect(proof(unknown(2), 9)).toEqual([1]);
});

test('of sends in flight together each stands for itself', () => {
  const scribe = write()
    .op(1, 'info', 'send', sends, { pipelined: true })
    .poll(2, 'b', [[0, 2]]);
  expect(proof(filled(scribe), 1)).toEqual([0]);
  expect(proof(filled(scribe), 2)).toEqual([0, 1]);
});

test('what others sent, too, proves nothing of an unknown operation', () => {
  const scribe = write()
    .op(1, 'info', 'txn', [['send', 'c', [0, 5]], ...sends])
    .op(2, 'info', 'txn', [['send', 'c', [1, 5]]])
    .poll(3, 'c', [[0, 5]])
    .poll(3, 'b', [[0, 2]]);
  expect(proof(filled(scribe), 1)).toEqual([0, 3]);
});

test('whoever tells the place needs nobody else, unless it is not known what became of it', () => {
  const read = write()
    .op(1, 'ok', 'txn', sends)
    .poll(2, 'a', [[0, 1]])
    .poll(3, 'a', [[4, 1]])
    .poll(4, 'a', [[4, 1]], 'info');
  // Its place is the last: offset 4.
  expect(proof(filled(read), 1, 2)).toEqual([2]);
  expect(proof(filled(read), 1, 0)).toEqual([0, 2]);
  expect(proof(filled(read), 1, 1)).toEqual([1, 2]);
  // What a poll of unknown outcome returned counts as well.
  expect(proof(filled(read), 1, 3)).toEqual([3]);
  expect(proof(filled(read), 2, 0)).toEqual([0]);
  expect(proof(filled(read), 2, 1)).toEqual([1, 0]);
  const unknown = filled(
    write()
      .op(1, 'info', 'txn', sends)
      .poll(2, 'b', [[0, 2]]),
  );
  expect(proof(unknown, 1, 0)).toEqual([0, 1]);
});

test('of what stands in one row each tells its own', () => {
  // It was read before the sender was told: the log has it from the reader.
  const early = write()
    .row(1, 'invoke', 'poll', [['poll']])
    .op(2, 'ok', 'txn', sends)
    .row(1, 'ok', 'poll', [['poll', { a: [[0, 1]] }]]);
  expect(proof(filled(early), 1)).toEqual([0]);
  expect(proof(filled(early), 1, 1)).toEqual([1]);
  // What an unknown operation polled stands there, whether what it sent has committed or not.
  const both: MicroOperation[] = [
    ['poll', { a: [[4, 9]] }],
    ['send', 'b', [0, 2]],
  ];
  const unknown = filled(
    write()
      .op(1, 'info', 'txn', both)
      .poll(2, 'b', [[0, 2]]),
  );
  expect(proof(unknown, 9)).toEqual([0]);
  expect(proof(unknown, 9, 0)).toEqual([0]);
  expect(proof(unknown, 2, 0)).toEqual([0, 1]);
});

test('an entry is named by who tells it', () => {
  const facts = inferFacts(
    recorded(
      write()
        .log(1)
        .poll(1, 'b', [[7, 9]], 'fail'),
    ),
  );
  expect([0, 1].map((entry) => namedEntry(facts, entry))).toEqual([
    '1 (offset 0, index 1)',
    '9 (offset 7, index 3)',
  ]);
});
