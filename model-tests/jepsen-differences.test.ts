/**
 * Where our verdict is another one than that of Jepsen's Kafka checker (jepsen-io/jepsen,
 * jepsen/src/jepsen/tests/kafka.clj), and where it is the same although one might expect otherwise: the numbered
 * lines of docs/checker.md, one case or more for each.
 */

import { describe, expect, test } from 'vitest';
import { createChecker } from '../src/checker/check.js';
import { createReader } from '../src/checker/read.js';
import type { CheckOptions, CheckResult } from '../src/checker/result.js';
import { readPage } from './checker-page.js';

interface Case {
  /** Numbers of the lines of the page that it shows. */
  readonly shows: readonly number[];
  readonly what: string;
  readonly history: string;
  readonly options?: CheckOptions;
  /** Names that convict, of ours. */
  readonly convicts?: readonly string[];
  readonly allows?: readonly string[];
  readonly verdict?: CheckResult['verdict'];
}

function row(process: number, type: string, f: string, value: string, more = ''): string {
  return `{:process ${process}, :type :${type}, :f :${f}, :value ${value}${more}}\n`;
}
const poll = (process: number, polled: string, type = 'ok'): string =>
  row(process, 'invoke', 'poll', '[[:poll]]') + row(process, type, 'poll', `[[:poll ${polled}]]`);
const sent = (process: number, offset: number, value: number, type = 'ok'): string =>
  row(process, 'invoke', 'send', `[[:send 4 ${value}]]`) +
  row(process, type, 'send', `[[:send 4 [${offset} ${value}]]]`);
const both = (process: number, f: string, value: string, more = ''): string =>
  row(process, 'invoke', f, value, more) +
  row(process, f === 'crash' ? 'info' : 'ok', f, value, more);
const phase = (name: string): string =>
  `{:process :nemesis, :type :info, :f :phase, :value "${name}"}\n`;

const LOG = sent(0, 0, 1) + sent(0, 1, 2) + sent(0, 2, 3);
const READ = poll(9, '{4 [[0 1] [1 2] [2 3]]}');
const MUTUAL = `
  {:process 0, :type :invoke, :f :txn, :value [[:send 4 1] [:poll]]}
  {:process 1, :type :invoke, :f :txn, :value [[:send 5 2] [:poll]]}
  {:process 0, :type :ok, :f :txn, :value [[:send 4 [0 1]] [:poll {5 [[0 2]]}]]}
  {:process 1, :type :ok, :f :txn, :value [[:send 5 [0 2]] [:poll {4 [[0 1]]}]]}`;

const CASES: readonly Case[] = [
  { shows: [1], what: 'a value of nobody', history: poll(0, '{4 [[0 1]]}'), convicts: ['phantom'] },
  {
    shows: [2],
    what: 'appends against real time',
    history: sent(0, 1, 2) + sent(1, 0, 1) + poll(2, '{4 [[0 1] [1 2]]}'),
    convicts: ['append-order'],
  },
  {
    shows: [3],
    what: 'half a transaction, of which nobody polled the rest',
    history:
      row(0, 'invoke', 'txn', '[[:send 4 1] [:send 5 2]]') +
      row(0, 'info', 'txn', '[[:send 4 [0 1]] [:send 5 [nil 2]]]') +
      poll(1, '{4 [[0 1]]}') +
      row(2, 'invoke', 'send', '[[:send 5 3]]') +
      row(2, 'ok', 'send', '[[:send 5 [0 3]]]') +
      poll(3, '{5 [[0 3]]}'),
    convicts: ['torn-read'],
  },
  {
    shows: [4],
    what: 'a value that two members of a group consumed, with the promise',
    history: `${LOG + READ + both(1, 'subscribe', '[4]') + both(2, 'subscribe', '[4]')}
      ${poll(1, '{4 [[0 1]]}') + poll(2, '{4 [[0 1]]}')}`,
    options: { subscribe: true, exactlyOnce: {} },
    convicts: ['exactly-once'],
  },
  {
    shows: [4],
    what: 'the same without the promise',
    history: `${LOG + READ + both(1, 'subscribe', '[4]') + both(2, 'subscribe', '[4]')}
      ${poll(1, '{4 [[0 1]]}') + poll(2, '{4 [[0 1]]}')}`,
    options: { subscribe: true },
  },
  {
    shows: [5],
    what: 'polls in a circle, with ww edges drawn',
    history: MUTUAL,
    options: { wwDeps: true },
    convicts: ['G1c', 'PL-2-cycle-exists'],
  },
  {
    shows: [6],
    what: 'where a log ended for its own writer',
    history: `${LOG + row(0, 'ok', 'poll', '[[:poll {}]]', ', :ends {4 1}') + READ}`,
    convicts: ['read-your-writes'],
  },
  {
    shows: [7],
    what: 'polled, and sent by an unknown operation only',
    history: sent(0, 0, 1, 'info') + poll(1, '{4 [[0 1]]}', 'info') + poll(2, '{4 [[0 1]]}'),
  },
  {
    shows: [8],
    what: 'unread, and the final phase never began',
    history: phase('main') + LOG + poll(1, '{4 [[0 1]]}'),
    allows: ['unseen'],
    verdict: 'inconclusive',
  },
  {
    shows: [8],
    what: 'unread in a history that was cut off',
    history: LOG + poll(1, '{4 [[0 1]]}'),
    options: { partial: true },
    allows: ['unseen'],
  },
  {
    shows: [9],
    what: 'the same records again, after seeking to the beginning',
    history: LOG + READ + both(9, 'assign', '[4]', ', :seek-to-beginning? true') + READ,
  },
  {
    shows: [9],
    what: 'the same records again, after a crash',
    history: LOG + READ + both(9, 'crash', 'nil') + READ,
  },
  {
    shows: [9],
    what: 'the same records again, after an assignment that lists the key',
    history: LOG + READ + both(9, 'assign', '[4]') + READ,
    convicts: ['nonmonotonic-poll'],
  },
  {
    shows: [10],
    what: 'one of two pipelined sends was read, and another one passed by',
    history: `${row(0, 'invoke', 'send', '[[:send 4 1] [:send 4 2]]', ', :pipelined true')}
      ${row(0, 'info', 'send', '[[:send 4 [nil 1]] [:send 4 [nil 2]]]', ', :pipelined true')}
      ${sent(1, 5, 3) + poll(2, '{4 [[4 2] [5 3]]}')}`,
  },
  {
    shows: [11],
    what: 'records below a log start that was asked for',
    history: LOG + both(5, 'delete-records', '{4 1}') + poll(2, '{4 [[1 2] [2 3]]}'),
  },
  {
    shows: [12],
    what: 'a value that one operation failed to send and another one sent',
    history: sent(0, 0, 1) + sent(1, 3, 1, 'fail') + poll(2, '{4 [[0 1]]}'),
  },
  {
    shows: [13, 14],
    what: 'nothing but an empty poll',
    history: poll(0, '{}'),
    verdict: 'inconclusive',
  },
  {
    shows: [15],
    what: 'an aborted poll of an aborted record',
    history: LOG + sent(1, 3, 7, 'fail') + poll(2, '{4 [[3 7]]}', 'fail') + READ,
  },
  {
    shows: [15],
    what: 'an aborted poll of a record at another place',
    history: LOG + poll(2, '{4 [[3 1]]}', 'fail') + READ,
    convicts: ['duplicate', 'int-nonmonotonic-poll', 'nonmonotonic-send'],
  },
  {
    shows: [16],
    what: 'failed transactions that polled each other',
    history: MUTUAL.replaceAll(':ok', ':fail'),
    convicts: ['G1c', 'PL-2-cycle-exists'],
  },
  {
    shows: [17],
    what: 'a circle through a record that was not the last one polled',
    history: `
      {:process 0, :type :invoke, :f :txn, :value [[:send 4 1] [:poll]]}
      {:process 1, :type :invoke, :f :txn, :value [[:send 5 2] [:poll]]}
      {:process 2, :type :ok, :f :send, :value [[:send 4 [1 3]]]}
      {:process 0, :type :ok, :f :txn, :value [[:send 4 [0 1]] [:poll {5 [[0 2]]}]]}
      {:process 1, :type :ok, :f :txn, :value [[:send 5 [0 2]] [:poll {4 [[0 1] [1 3]]}]]}`,
    convicts: ['G1c', 'PL-2-cycle-exists'],
  },
  {
    shows: [18],
    what: 'sends in the wrong order with an assignment of another key between',
    history:
      sent(0, 1, 2, 'info') +
      both(0, 'assign', '[5]') +
      sent(0, 0, 1) +
      poll(1, '{4 [[0 1] [1 2]]}'),
  },
  {
    shows: [19],
    what: 'two unread values of a key are one finding',
    history: LOG + poll(1, '{4 [[0 1]]}'),
    convicts: ['unseen'],
  },
];

function judge({ history, options = {} }: Case): CheckResult {
  const checker = createChecker(options);
  const reader = createReader(checker.sink);
  reader.push(new TextEncoder().encode(history));
  expect(reader.end()).toBeNull();
  return checker.finish();
}

describe("where Jepsen's verdict and ours differ, or might", () => {
  test.each(CASES)('$shows: $what', (one) => {
    const result = judge(one);
    const { convicts = [], allows = [], verdict } = one;
    expect(Object.keys(result.anomalies).sort()).toEqual([...convicts].sort());
    expect(Object.keys(result.allowed).sort()).toEqual([...allows].sort());
    expect(result.verdict).toBe(verdict ?? (convicts.length > 0 ? 'invalid' : 'valid'));
    for (const findings of Object.values(result.anomalies)) {
      expect(findings).toHaveLength(1);
    }
  });

  test('every line of the page has a case', () => {
    const section = readPage()
      .split(/^## Where our verdict differs.*$/m)[1]!
      .split(/^## /m)[0]!;
    const lines = [...section.matchAll(/^([0-9]+)\. /gm)].map(([, number]) => Number(number));
    expect(lines).toEqual(lines.map((_, at) => at + 1));
    expect([...new Set(CASES.flatMap(({ shows }) => shows))].sort((a, b) => a - b)).toEqual(lines);
  });
});
