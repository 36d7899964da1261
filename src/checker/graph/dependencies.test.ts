import { describe, expect, it } from 'vitest';
import { recorded, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation } from '../../history/rows.js';
import { spokenIndex } from '../evidence.js';
import { inferFacts } from '../facts.js';
import { eachEdge, eachNext, RW, WR, WW } from './dependencies.js';
import { buildGraph, COMPLETED, kindOf, PASSES, targetOf } from './dependency-graph.js';
import { createPolledSet, eachMissed } from './missed.js';
import { tabulateVersions } from './versions.js';

const NAMES: Readonly<Record<number, string>> = {
  [WW]: 'ww',
  [WR]: 'wr',
  [RW]: 'rw',
  [COMPLETED]: 'completed',
  [PASSES]: 'passes',
};

/** `0 wr 2`: operations by their numbers, in the order of their invocations. */
function edgesOf(
  scribe: Scribe,
  options: { wwDeps?: boolean; rwDeps?: boolean; compacted?: string[] } = {},
): string[] {
  const facts = inferFacts(recorded(scribe), new Set(options.compacted));
  const edges: string[] = [];
  const drawn = { wwDeps: options.wwDeps === true, rwDeps: options.rwDeps === true };
  eachEdge(facts, tabulateVersions(facts), drawn, (from, to, kind) => {
    edges.push(`${from} ${NAMES[kind]} ${to}`);
  });
  return edges;
}

const polls = (...values: number[]): MicroOperation => [
  'poll',
  { a: values.map((value): [number, number] => [value - 1, value]) },
];

const sends = (...values: number[]): MicroOperation[] =>
  values.map((value): MicroOperation => ['send', 'a', [value - 1, value]]);

describe('wr edges', () => {
  it('lead from the writer of a value to all others that polled it, whatever became of them', () => {
    const scribe = write()
      .log(2)
      .poll(1, 'a', [[0, 1]])
      .poll(2, 'a', [[0, 1]], 'fail')
      .op(3, 'info', 'txn', [polls(1, 2), ['send', 'b', [0, 7]], ['poll', { b: [[0, 7]] }]]);
    expect(edgesOf(scribe)).toEqual(['0 wr 2', '0 wr 3', '0 wr 4', '1 wr 4']);
  });

  it('come once for all values that one polled of another in a row', () => {
    const scribe = write().op(1, 'ok', 'txn', sends(1, 2)).op(2, 'ok', 'txn', sends(3));
    expect(edgesOf(scribe.readLog(3).readLog(1))).toEqual(['0 wr 2', '1 wr 2', '0 wr 3']);
  });

  it('are not drawn from nobody: who sent the value is not known', () => {
    const again = write().send(1, 'a', 0, 1, 'info').send(2, 'a', 0, 1, 'info').log(0);
    expect(edgesOf(again.poll(3, 'a', [[0, 1]]))).toEqual([]);
    expect(edgesOf(write().poll(3, 'a', [[0, 1]]))).toEqual([]);
    // Nor to who sent it, too, but did not poll it.
    const sent = write()
      .log(2)
      .op(2, 'fail', 'txn', [...sends(1), polls(2)]);
    expect(edgesOf(sent)).toEqual(['1 wr 2']);
  });

  it('join sends, polls and transactions, and nobody else', () => {
    const scribe = write()
      .assign(1, ['a'])
      .log(1)
      .readLog(1)
      .assign(1, ['a'], 'ok', { f: 'subscribe' });
    expect(edgesOf(scribe)).toEqual(['1 wr 2']);
  });
});

describe('ww edges', () => {
  it('lead from the writer of a place to that of the next, if they are two', () => {
    const scribe = write()
      .op(1, 'ok', 'txn', sends(2, 3))
      .op(2, 'ok', 'txn', sends(1))
      .op(3, 'ok', 'txn', [...sends(4), ['send', 'b', [4, 9]]]);
    expect(edgesOf(scribe, { wwDeps: true })).toEqual(['1 ww 0', '0 ww 2']);
    expect(edgesOf(scribe)).toEqual([]);
  });

  it('need two places that are known, and writers that are', () => {
    const scribe = write()
      .log(1)
      .send(1, 'a', 1, 2, 'info')
      .send(2, 'a', 1, 2, 'info')
      .send(3, 'a', 2, 3)
      .send(4, 'a', null, 4)
      .poll(5, 'a', [[1, 2]], 'fail');
    expect(edgesOf(scribe, { wwDeps: true })).toEqual([]);
  });
});

describe('rw edges', () => {
  it('lead from who read past a record to its writer, but not for what came elsewhere in the operation', () => {
    const log = (): Scribe => write().log(4);
    expect(edgesOf(log().op(1, 'ok', 'txn', [polls(1, 4)]))).toEqual([
      '0 wr 4',
      '3 wr 4',
      '4 rw 1',
      '4 rw 2',
    ]);
    expect(edgesOf(log().op(1, 'ok', 'txn', [polls(1, 4), polls(2)]))).toEqual([
      '0 wr 4',
      '3 wr 4',
      '1 wr 4',
      '4 rw 2',
    ]);
    // Whoever goes back has read past nothing, nor has who stops short.
    expect(edgesOf(log().op(1, 'ok', 'txn', [polls(4, 1)]))).toEqual(['3 wr 4', '0 wr 4']);
    expect(edgesOf(log().op(1, 'ok', 'txn', [polls(2)]))).toEqual(['1 wr 4']);
  });

  it('follow each key by itself', () => {
    const scribe = write()
      .log(3)
      .log(3, 'b')
      .op(1, 'info', 'txn', [
        [
          'poll',
          {
            a: [[0, 1]],
            b: [[0, 1]],
          },
        ],
        ['poll', { a: [[2, 3]], b: [[1, 2]] }],
      ]);
    expect(edgesOf(scribe).filter((edge) => edge.includes('rw'))).toEqual(['6 rw 1']);
  });

  it('are not drawn to oneself, nor to nobody', () => {
    const own = write()
      .log(1)
      .op(1, 'ok', 'txn', [...sends(2), polls(1, 3)])
      .send(2, 'a', 2, 3);
    expect(edgesOf(own)).toEqual(['0 wr 1', '2 wr 1']);
    const nobody = write()
      .log(1)
      .poll(1, 'a', [[1, 2]], 'fail')
      .send(2, 'a', 2, 3);
    expect(edgesOf(nobody.op(3, 'ok', 'poll', [polls(1, 3)]))).toEqual(['0 wr 3', '2 wr 3']);
  });

  it('are not drawn to what readers leave out with right', () => {
    const failed = write()
      .log(1)
      .send(1, 'a', 1, 2, 'fail')
      .poll(1, 'a', [[1, 2]], 'fail')
      .send(2, 'a', 2, 3);
    expect(edgesOf(failed.op(3, 'ok', 'poll', [polls(1, 3)]))).toEqual([
      '1 wr 2',
      '0 wr 4',
      '3 wr 4',
    ]);
    const moved = { rebalanceLog: [{ keys: ['a'] }] };
    expect(
      edgesOf(
        write()
          .log(3)
          .op(1, 'ok', 'poll', [polls(1, 3)], moved),
      ),
    ).toEqual(['0 wr 3', '2 wr 3']);
    const other = { rebalanceLog: [{ keys: ['b'] }] };
    expect(
      edgesOf(
        write()
          .log(3)
          .op(1, 'ok', 'poll', [polls(1, 3)], other),
      ),
    ).toContain('3 rw 1');
    const superseded = write();
    for (const [offset, key] of ['k', 'l', 'l', 'm'].entries()) {
      const sent: MicroOperation = ['send', 'a', [offset, offset + 1, { key }]];
      superseded.row(9, 'ok', 'send', [sent]);
    }
    superseded.op(1, 'ok', 'poll', [polls(1, 4)]);
    expect(edgesOf(superseded, { compacted: ['a'] })).toEqual(['0 wr 4', '3 wr 4', '4 rw 2']);
    expect(edgesOf(superseded)).toEqual(['0 wr 4', '3 wr 4', '4 rw 1', '4 rw 2']);
  });

  it('rest on places that are known: one that lost its offset to another value has none', () => {
    // Offset 2 belongs to 3, as an ok poll returned it; 9 has no place in the order.
    const log = (): Scribe =>
      write()
        .log(5)
        .row(1, 'ok', 'send', [['send', 'a', [2, 9]]])
        .readLog(5);
    const edges = (...records: [number, number][]): string[] =>
      edgesOf(log().poll(2, 'a', records)).filter((edge) => edge.includes('rw'));
    expect(edges([2, 9], [4, 5])).toEqual([]);
    expect(edges([0, 1], [2, 9])).toEqual([]);
    expect(edges([2, 3], [4, 5])).toEqual(['7 rw 3']);
  });

  it('to what comes next are drawn on demand, from the highest place that an ok operation polled', () => {
    const options = { rwDeps: true };
    const log = (): Scribe => write().log(4).log(1, 'b');
    const next = (scribe: Scribe): string[] =>
      edgesOf(scribe, options).filter((edge) => edge.includes('rw'));
    expect(next(log().op(1, 'ok', 'txn', [polls(1), polls(3), polls(2)]))).toEqual(['5 rw 3']);
    expect(next(log().op(1, 'ok', 'txn', [polls(1), ['send', 'a', [4, 5]]]))).toEqual(['5 rw 1']);
    expect(next(log().op(1, 'info', 'txn', [polls(1)]))).toEqual([]);
    expect(next(log().op(1, 'ok', 'txn', [polls(4)]))).toEqual([]);
    // Its own record, one that failed, and one whose place is not known: nothing was missed.
    expect(next(log().op(1, 'ok', 'txn', [['send', 'a', [4, 5]], polls(4)]))).toEqual([]);
    expect(
      next(
        write()
          .log(1)
          .send(1, 'a', 1, 2, 'fail')
          .poll(1, 'a', [[1, 2]], 'fail')
          .readLog(1),
      ),
    ).toEqual([]);
    expect(
      next(
        write()
          .log(2)
          .row(1, 'ok', 'send', [['send', 'a', [0, 9]]])
          .readLog(2)
          .poll(2, 'a', [[0, 9]]),
      ),
    ).toEqual([]);
  });

  it('are told with the record before', () => {
    const scribe = write()
      .log(3)
      .op(1, 'ok', 'txn', [polls(1), polls(3)])
      .op(1, 'ok', 'txn', [polls(2)]);
    const facts = inferFacts(recorded(scribe));
    const table = tabulateVersions(facts);
    const told: number[][] = [];
    eachNext(facts, table, 3, (...values) => told.push(values));
    eachNext(facts, table, 4, (...values) => told.push(values));
    expect(told).toEqual([[2, 1]]);
  });
});

describe('what an operation polled', () => {
  it('is its records, not what it sent, nor what the one before polled', () => {
    const scribe = write()
      .log(2)
      .op(1, 'ok', 'txn', [...sends(3), polls(1)])
      .op(1, 'ok', 'poll', [['poll', {}]]);
    const facts = inferFacts(recorded(scribe));
    const polled = createPolledSet(facts);
    const known = (): boolean[] => [0, 1, 2].map((value) => polled.recordOf(value) !== -1);
    expect([polled.load(2), ...known()]).toEqual([true, true, false, false]);
    expect([polled.load(3), ...known()]).toEqual([false, false, false, false]);
    expect([polled.load(0), ...known()]).toEqual([false, false, false, false]);
  });

  it('of a very long gap only the first thousand records are looked at', () => {
    const scribe = write();
    scribe.row(9, 'ok', 'txn', sends(...Array.from({ length: 1200 }, (_, at) => at + 1)));
    const facts = inferFacts(recorded(scribe.op(1, 'ok', 'poll', [polls(2, 1200)])));
    const polled = createPolledSet(facts);
    polled.load(1);
    const missed: number[] = [];
    eachMissed(facts, tabulateVersions(facts), polled, 1, (value) => missed.push(value));
    // Values have numbers from 0 on.
    expect(missed).toEqual(Array.from({ length: 1000 }, (_, at) => at + 2));
  });
});

describe('the version table', () => {
  it('holds one value at each place: the picked one, or one that stands there too', () => {
    const scribe = write()
      .send(1, 'b', 7, 5)
      .send(1, 'b', 7, 6)
      .send(1, 'b', 7, 9)
      .send(1, 'b', 8, 7)
      .poll(2, 'b', [[7, 6]])
      .poll(2, 'b', [[11, 7]])
      .send(1, 'd', null, 1)
      .send(1, 'c', 3, 1);
    const facts = inferFacts(recorded(scribe));
    const { starts, values } = tabulateVersions(facts);
    expect([...starts]).toEqual([0, 3, 3, 4]);
    // Key b: 6, then 7 at two offsets; key d: nothing; key c: 1.
    expect([...values].map((value) => facts.history.valueNames[value])).toEqual([6, 7, 7, 1]);
  });
});

describe('the graph', () => {
  it('has a node for each operation and for each moment at which one was ok', () => {
    const scribe = write()
      .row(1, 'invoke', 'send', [['send', 'a', [null, 1]]])
      .row(2, 'invoke', 'poll', [['poll']])
      .row(1, 'ok', 'send', [['send', 'a', [0, 1]]])
      .assign(5, ['a'])
      .row(3, 'invoke', 'poll', [['poll']])
      .row(4, 'ok', 'poll', [['poll', {}]])
      .row(2, 'fail', 'poll', [['poll', {}]])
      .row(2, 'info', 'attempt', [], { attempt: 1 })
      .row(3, 'ok', 'poll', [['poll', { a: [[0, 1]] }]])
      .row(6, 'invoke', 'poll', [['poll']]);
    const history = recorded(scribe);
    const facts = inferFacts(history);
    const graph = buildGraph(facts, tabulateVersions(facts), { wwDeps: false, rwDeps: false });
    const edges: string[] = [];
    for (let node = 0; node < graph.nodes; node += 1) {
      for (let edge = graph.starts[node]!; edge < graph.starts[node + 1]!; edge += 1) {
        edges.push(`${node} ${NAMES[kindOf(graph, edge)]} ${targetOf(graph, edge)}`);
      }
    }
    expect([graph.operations, graph.nodes, graph.isEmpty]).toEqual([6, 9, false]);
    expect([graph.starts[0], graph.edges.length]).toEqual([0, edges.length]);
    expect([0, 1, 3, 4, 5].map((operation) => spokenIndex(history, operation))).toEqual([
      2, 7, 9, 6, 10,
    ]);
    expect(edges).toEqual([
      '0 wr 3',
      '0 completed 6',
      '3 completed 8',
      '4 completed 7',
      '6 passes 3',
      '6 passes 7',
      '7 passes 8',
      '8 passes 5',
    ]);
  });

  it('is empty where no operation depends on another, nor began after one was done', () => {
    const isEmpty = (scribe: Scribe): boolean => {
      const facts = inferFacts(recorded(scribe));
      return buildGraph(facts, tabulateVersions(facts), { wwDeps: false, rwDeps: false }).isEmpty;
    };
    const two = (): Scribe =>
      write().together([1, 'ok', sends(1)], [2, 'ok', [['send', 'b', [0, 1]]]]);
    expect(isEmpty(write())).toBe(true);
    expect(isEmpty(two())).toBe(true);
    expect(isEmpty(write().together([1, 'ok', sends(1)], [2, 'ok', [polls(1)]]))).toBe(false);
    expect(isEmpty(two().row(3, 'invoke', 'poll', [['poll']]))).toBe(false);
  });
});
