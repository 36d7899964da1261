/** What is a row and what is none: for each field what it may say, and the word that refuses it. */

import { describe, expect, test } from 'vitest';
import { rowProblem } from './row-shape.js';

type Fields = { readonly [name: string]: unknown };

/** A note of a client with other fields put in; one that is undefined is missing. */
function row(fields: Fields): Fields {
  return { index: 0, time: 0, process: 0, type: 'ok', f: 'note', ...fields };
}

function problemOf(fields: Fields): string | null {
  return rowProblem(row(fields));
}

const INDEX = '"index" must be an integer from 0';
const TIME = '"time" must be nanoseconds since the start';
const PROCESS = '"process" must be a number or "nemesis"';
const TYPE = '"type" must be invoke, ok, fail or info';

describe('the fields of every row', () => {
  test('what is no object is no row', () => {
    for (const value of [null, [], [row({})], 7, 'row', true]) {
      expect(rowProblem(value)).toBe('a row is a JSON object');
    }
  });

  test.each<[Fields, string | null]>([
    [{}, null],
    [{ index: Number.MAX_SAFE_INTEGER, time: 1.5, process: 0x7fffffff }, null],
    [{ index: undefined }, INDEX],
    [{ index: -1 }, INDEX],
    [{ index: 0.5 }, INDEX],
    [{ index: '0' }, INDEX],
    [{ index: 2 ** 53 }, INDEX],
    [{ time: undefined }, TIME],
    [{ time: -1 }, TIME],
    [{ time: '5' }, TIME],
    [{ time: Number.NaN }, TIME],
    [{ f: undefined }, '"f" must be a string'],
    [{ f: 4 }, '"f" must be a string'],
    [{ process: undefined }, PROCESS],
    [{ process: 'clock' }, PROCESS],
    [{ process: -1 }, PROCESS],
    [{ process: 1.5 }, PROCESS],
    [{ process: 0x80000000 }, PROCESS],
    [{ type: undefined }, TYPE],
    [{ type: 'done' }, TYPE],
    [{ type: 'invoke' }, null],
    [{ type: 'fail' }, null],
    [{ type: 'info' }, null],
    [{ process: 'nemesis' }, 'a row of the nemesis has type "info"'],
    [{ process: 'nemesis', type: 'info' }, null],
    // The nemesis sends nothing, whatever it calls what it does.
    [{ process: 'nemesis', type: 'info', f: 'send', value: 'n1' }, null],
    [{ value: { any: 1 }, ends: 1, group: 2 }, null],
  ])('%j', (fields, problem) => {
    expect(problemOf(fields)).toBe(problem);
  });
});

const NO_LIST = 'a micro-operation is a list';
const NO_SEND = 'a send is ["send", key, [offset, value]] with the key as a string';
const NOT_SENT = 'what is sent is [offset or null, value]';
const NO_POLL = 'a poll is ["poll"] or ["poll", {key: [[offset, value], ...]}]';
const NEITHER = 'a micro-operation is a "send" or a "poll"';
const NO_RECORDS = 'polled records are lists of [offset, value]';
const NO_RECORD = 'a polled record is [offset, value]';

describe('micro-operations', () => {
  test.each<[unknown, string | null]>([
    ['send', NO_LIST],
    [null, NO_LIST],
    [[], NEITHER],
    [['read'], NEITHER],
    [['send', 'x', [0, 1]], null],
    [['send', 'x', [null, 'a']], null],
    [['send', 'x', 'a'], null],
    [['send', 'x', 1], null],
    [['send', 'x'], NO_SEND],
    [['send', 'x', 1, 2], NO_SEND],
    [['send', 4, 1], NO_SEND],
    [['send', 'x', null], NOT_SENT],
    [['send', 'x', 1.5], NOT_SENT],
    [['send', 'x', { value: 1 }], NOT_SENT],
    [['send', 'x', [0]], NOT_SENT],
    [['send', 'x', [-1, 1]], NOT_SENT],
    [['send', 'x', ['0', 1]], NOT_SENT],
    [['send', 'x', [undefined, 1]], NOT_SENT],
    [['send', 'x', [0, null]], NOT_SENT],
    [['send', 'x', [0, 1.5]], NOT_SENT],
    [['send', 'x', [0, 1, {}, 1]], NOT_SENT],
    [['poll'], null],
    [['poll', {}], null],
    [['poll', { x: [] }], null],
    [
      [
        'poll',
        {
          x: [[0, 1]],
          y: [
            [0, 'a'],
            [1, 2],
          ],
        },
      ],
      null,
    ],
    [['poll', {}, 1], NO_POLL],
    [['poll', []], NO_POLL],
    [['poll', null], NO_POLL],
    [['poll', 'x'], NO_POLL],
    [['poll', { x: 7 }], NO_RECORDS],
    [['poll', { x: [], y: { 0: 1 } }], NO_RECORDS],
    [['poll', { x: [[0, 1], 2] }], NO_RECORD],
    [['poll', { x: [[null, 1]] }], NO_RECORD],
    [['poll', { x: [[0]] }], NO_RECORD],
  ])('%j', (micro, problem) => {
    expect(problemOf({ f: 'txn', value: [micro] })).toBe(problem);
    expect(problemOf({ f: 'txn', value: [['poll'], micro, ['poll']] })).toBe(problem);
  });

  test.each<[unknown, boolean]>([
    [{}, true],
    [{ key: 'k', headers: 'h', timestamp: 5 }, true],
    [{ key: null, timestamp: -1, more: [] }, true],
    [{ key: 4 }, false],
    [{ headers: ['h'] }, false],
    [{ headers: null }, false],
    [{ timestamp: 1.5 }, false],
    [{ timestamp: '5' }, false],
    [[], false],
    [null, false],
    ['k', false],
  ])('a record may carry %j: %j', (details, isRight) => {
    const polled = { f: 'poll', value: [['poll', { x: [[0, 1, details]] }]] };
    const sent = { f: 'send', value: [['send', 'x', [null, 1, details]]] };
    expect(problemOf(polled)).toBe(isRight ? null : NO_RECORD);
    expect(problemOf(sent)).toBe(isRight ? null : NOT_SENT);
  });
});

const SEND = ['send', 'x', [0, 1]];
const ENDS = '"ends" is {key: offset or [high watermark, last stable offset], ...}';
const LOG = '"rebalanceLog" must be a list of {"keys": [...]}';

describe('sends, polls and transactions', () => {
  test.each<[Fields, string | null]>([
    [{ f: 'send', value: [SEND, SEND], pipelined: true }, null],
    [{ f: 'poll', value: [['poll']], pipelined: false }, null],
    [{ f: 'txn', value: [SEND, ['poll'], SEND] }, null],
    [{ f: 'txn', value: [] }, null],
    [{ f: 'send', value: null }, null],
    [{ f: 'send', value: null, type: 'info' }, null],
    [{ f: 'send', value: null, type: 'invoke' }, 'the value of send is a list of micro-operations'],
    [{ f: 'poll', value: {} }, 'the value of poll is a list of micro-operations'],
    [{ f: 'txn' }, 'the value of txn is a list of micro-operations'],
    [{ f: 'send', value: [SEND, ['poll']] }, 'a send holds only sends; a mixture is a txn'],
    [{ f: 'poll', value: [SEND] }, 'a poll holds only polls; a mixture is a txn'],
    [{ f: 'send', value: [['read']] }, NEITHER],
    [{ f: 'send', value: [], pipelined: 1 }, '"pipelined" must be true or false'],
    [{ f: 'send', value: null, pipelined: 1 }, '"pipelined" must be true or false'],
    [{ f: 'poll', value: null, ends: {} }, null],
    [{ f: 'poll', value: null, ends: { x: 0, y: [5, 3] } }, null],
    [{ f: 'poll', value: null, ends: 5 }, ENDS],
    [{ f: 'poll', value: null, ends: [5] }, ENDS],
    [{ f: 'poll', value: null, ends: { x: 0, y: -1 } }, ENDS],
    [{ f: 'poll', value: null, ends: { x: null } }, ENDS],
    [{ f: 'poll', value: null, ends: { x: [5] } }, ENDS],
    [{ f: 'poll', value: null, ends: { x: [5, 3, 1] } }, ENDS],
    [{ f: 'poll', value: null, ends: { x: [5, -1] } }, ENDS],
    [{ f: 'poll', value: null, rebalanceLog: [] }, null],
    [{ f: 'poll', value: null, rebalanceLog: [{ keys: [] }, { keys: ['x', 'y'], at: 1 }] }, null],
    [{ f: 'poll', value: null, rebalanceLog: { keys: [] } }, LOG],
    [{ f: 'poll', value: null, rebalanceLog: [{ keys: [] }, {}] }, LOG],
    [{ f: 'poll', value: null, rebalanceLog: [{ keys: ['x', 4] }] }, LOG],
    [{ f: 'poll', value: null, rebalanceLog: [null] }, LOG],
  ])('%j', (fields, problem) => {
    expect(problemOf(fields)).toBe(problem);
  });
});

describe('attempts and assignments', () => {
  const attempt = { f: 'attempt', attempt: 1 };
  const group = '"group" must be the name of a consumer group';
  test.each<[Fields, string | null]>([
    [{ ...attempt, value: [SEND, SEND] }, null],
    [{ ...attempt, value: [], attempt: -1 }, '"attempt" must be the number of the attempt'],
    [{ ...attempt, value: [], attempt: undefined }, '"attempt" must be the number of the attempt'],
    [{ ...attempt, value: null }, 'the value of attempt is a list of sends'],
    [{ ...attempt, value: [SEND, 7] }, NO_LIST],
    [{ ...attempt, value: [SEND, ['poll']] }, 'an attempt holds only sends'],
    [{ f: 'assign', value: ['x', 'y'] }, null],
    [{ f: 'subscribe', value: [], group: 'g' }, null],
    [{ f: 'assign', value: ['x', 4] }, 'the value of assign is a list of keys (strings)'],
    [{ f: 'subscribe', value: 'x' }, 'the value of subscribe is a list of keys (strings)'],
    [{ f: 'subscribe', value: ['x'], group: 4 }, group],
    [{ f: 'subscribe', value: ['x'], group: null }, group],
  ])('%j', (fields, problem) => {
    expect(problemOf(fields)).toBe(problem);
  });
});

describe('offsets and ownership', () => {
  const owned = { f: 'owned', value: ['x'], group: 'g', generation: 3 };
  const commit = { f: 'commit', value: { x: 1 }, group: 'g' };
  const processed = { f: 'processed', value: { x: [[0, 1]] }, group: 'g' };
  const notOwned = 'owned has a list of keys (strings), a "group" and a "generation"';
  test.each<[Fields, string | null]>([
    [{ f: 'commit', group: 'g', value: { x: 1, y: 0 } }, null],
    [{ f: 'commit', value: { x: 1 } }, 'commit has the name of its "group"'],
    [
      { f: 'commit', group: 'g', value: { x: 1, y: null } },
      'the value of commit is {key: offset, ...}',
    ],
    [{ f: 'commit', group: 'g', value: [1] }, 'the value of commit is {key: offset, ...}'],
    [{ f: 'committed', group: 'g', value: { x: 1, y: null } }, null],
    [
      { f: 'committed', group: 'g', value: { x: -1 } },
      'the value of committed is {key: offset, ...}',
    ],
    [{ f: 'committed', group: 4, value: {} }, 'committed has the name of its "group"'],
    [{ f: 'log-start', value: { x: 4 } }, null],
    [{ f: 'log-start', value: { x: null } }, 'the value of log-start is {key: offset, ...}'],
    [{ f: 'delete-records', value: { x: 4 } }, null],
    [{ f: 'delete-records', value: 4 }, 'the value of delete-records is {key: offset, ...}'],
    [owned, null],
    [{ ...owned, type: 'info' }, 'owned is told as "ok", without an invocation'],
    [{ ...owned, value: [4] }, notOwned],
    [{ ...owned, group: undefined }, notOwned],
    [{ ...owned, generation: -1 }, notOwned],
    [{ ...owned, instance: 'a' }, null],
    [{ ...owned, instance: 4 }, notOwned],
    [{ ...commit, generation: 0, instance: 'a' }, null],
    [{ ...commit, generation: -1 }, 'commit has a field of a wrong type'],
    [{ ...commit, instance: null }, 'commit has a field of a wrong type'],
    [processed, null],
    [{ ...processed, type: 'info' }, 'processed is told as "ok", without an invocation'],
    [{ ...processed, group: undefined }, 'processed has the name of its "group"'],
    [{ ...processed, value: [] }, 'the value of processed is {key: [[offset, value], ...]}'],
    [{ ...processed, value: { x: [[1]] } }, 'a polled record is [offset, value]'],
  ])('%j', (fields, problem) => {
    expect(problemOf(fields)).toBe(problem);
  });
});

describe('metadata', () => {
  const SHAPE = 'the value of metadata is {"op": ..., "topic": ...}';
  const OP = 'the op of metadata is create, delete, grow, configure or read';
  const wrong = (op: string): string => `${op} of a topic has a field of a wrong type`;
  const state = { id: 'A', partitions: 2, configs: { a: '1' } };
  test.each<[unknown, string | null]>([
    [null, SHAPE],
    [{ op: 'create' }, SHAPE],
    [{ op: 'create', topic: 4 }, SHAPE],
    [{ topic: 't' }, OP],
    [{ op: 'rename', topic: 't' }, OP],
    [{ op: 'toString', topic: 't' }, OP],
    [{ op: ['create'], topic: 't' }, OP],
    [{ op: 'create', topic: 't', ...state, told: 'exists' }, null],
    [{ op: 'create', topic: 't', told: 'missing' }, '"told" of create cannot be "missing"'],
    [{ op: 'create', topic: 't', id: 4 }, wrong('create')],
    [{ op: 'create', topic: 't', partitions: -1 }, wrong('create')],
    [{ op: 'create', topic: 't', configs: ['1'] }, wrong('create')],
    [{ op: 'create', topic: 't', configs: { a: '1', b: 2 } }, wrong('create')],
    [{ op: 'delete', topic: 't' }, null],
    [{ op: 'delete', topic: 't', told: 'missing' }, null],
    [{ op: 'delete', topic: 't', told: 'exists' }, '"told" of delete cannot be "exists"'],
    [{ op: 'grow', topic: 't', partitions: 3 }, null],
    [{ op: 'grow', topic: 't', partitions: 3, told: 'missing' }, null],
    [{ op: 'grow', topic: 't', partitions: 3, told: 'not more' }, null],
    [
      { op: 'grow', topic: 't', partitions: 3, told: 'exists' },
      '"told" of grow cannot be "exists"',
    ],
    [{ op: 'grow', topic: 't' }, wrong('grow')],
    [{ op: 'configure', topic: 't', key: 'k', value: '1' }, null],
    [{ op: 'configure', topic: 't', key: 'k', value: null, told: 'missing' }, null],
    [
      { op: 'configure', topic: 't', key: 'k', value: null, told: 'exists' },
      '"told" of configure cannot be "exists"',
    ],
    [{ op: 'configure', topic: 't', key: 4, value: '1' }, wrong('configure')],
    [{ op: 'configure', topic: 't', key: 'k', value: 1 }, wrong('configure')],
    [{ op: 'configure', topic: 't', key: 'k' }, wrong('configure')],
    [{ op: 'read', topic: 't' }, null],
    [{ op: 'read', topic: 't', state: null }, null],
    [{ op: 'read', topic: 't', state: {} }, null],
    [{ op: 'read', topic: 't', state }, null],
    [{ op: 'read', topic: 't', told: 'missing' }, '"told" of read cannot be "missing"'],
    [{ op: 'read', topic: 't', state: 3 }, wrong('read')],
    [{ op: 'read', topic: 't', state: { id: null } }, wrong('read')],
    [{ op: 'read', topic: 't', state: { partitions: '2' } }, wrong('read')],
    [{ op: 'read', topic: 't', state: { configs: null } }, wrong('read')],
    // What only a read has does not matter elsewhere.
    [{ op: 'delete', topic: 't', state: 3, key: 4 }, null],
  ])('%j', (value, problem) => {
    expect(problemOf({ f: 'metadata', value })).toBe(problem);
  });
});
