import { describe, expect, test } from 'vitest';
import { readBack } from '../../../model-tests/history-text.js';
import type { Json } from '../../history/rows.js';
import { UnusableHistoryError } from '../result.js';
import { createEdnReader } from './edn-reader.js';
import type { HistoryReader, RowSink } from './sink.js';

/** The value of one row of the nemesis, as JSON. */
function readValue(edn: string): Json {
  const { rows, error } = readBack(
    `{:index 0 :time 1 :process :nemesis :type :info :f :x :value ${edn}}\n`,
  );
  expect(error).toBeNull();
  return rows[0]!.value as Json;
}

function refusal(text: string): string {
  const { error } = readBack(text);
  return error === null ? 'none' : `${error.line}${error.truncated ? ' cut' : ''}: ${error.reason}`;
}

describe('forms', () => {
  test.each<[string, Json]>([
    ['nil', null],
    ['[true false]', [true, false]],
    ['[1 -2 +3 0 1N -0]', [1, -2, 3, 0, 1, 0]],
    ['12345678901234567890', '12345678901234567890'],
    ['9007199254740993N', '9007199254740993'],
    ['[1.5 1.5M 1e3 -2.5E-1 3.]', [1.5, 1.5, 1000, -0.25, 3]],
    ['1e999', '1e999'],
    ['[0x1F 017 2r101 36rZZ]', [31, 15, 5, 1295]],
    ['22/7', '22/7'],
    ['[##Inf ##-Inf ##NaN]', ['Inf', '-Inf', 'NaN']],
    ['[:a :b/c :x-y? :jepsen.core/z]', ['a', 'b/c', 'x-y?', 'jepsen.core/z']],
    ['[foo bar/baz clojure.lang.Atom + -x]', ['foo', 'bar/baz', 'clojure.lang.Atom', '+', '-x']],
    ['"a\\"\\\\\\n\\t\\u00e9\\101"', 'a"\\\n\té' + 'A'],
    ['"line\nbreak é 𝄞"', 'line\nbreak é 𝄞'],
    [
      '[\\a \\newline \\space \\( \\" \\é \\u0041 \\o101 \\,]',
      ['a', '\n', ' ', '(', '"', 'é', 'A', 'A', ','],
    ],
    ['(1, 2)', [1, 2]],
    ['#{1 2}', [1, 2]],
    ['{:a 1, 4 [5], "s" nil, [1 2] 3, nil 4}', { a: 1, 4: [5], s: null, '[1,2]': 3, null: 4 }],
    ['#:jepsen{:a 1 :_/b 2 :c/d 3 "e" 4}', { 'jepsen/a': 1, b: 2, 'c/d': 3, e: 4 }],
    ['#inst "2026-11-21T10:00:00.000-00:00"', '2026-11-21T10:00:00.000-00:00'],
    ['#uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['#knossos.op.Op{:a #my/tag #other [1]}', { a: [1] }],
    [
      '#object[java.lang.Object 0x1f "java.lang.Object@1f"]',
      ['java.lang.Object', 31, 'java.lang.Object@1f'],
    ],
    [
      '#error {:cause "x" :via [{:type java.lang.Exception}]}',
      { cause: 'x', via: [{ type: 'java.lang.Exception' }] },
    ],
    ['[#"a\\d+" #\'user/x ^{:line 1} [1] ^:k [2]]', ['a\\d+', 'user/x', [1], [2]]],
    ['[1 #_ 2 #_ #_ 3 4 5 ; 6 ] }\n 7]', [1, 5, 7]],
    ['{:__proto__ 1}', JSON.parse('{"__proto__":1}')],
  ])('%s', (edn, json) => {
    expect(readValue(edn)).toEqual(json);
  });
});

const OP = ':index 0 :time 5 :process 3 :type :ok :f :poll :value [[:poll {}]]';

describe('rows', () => {
  test('stand one on a line, in vectors, lists, tags, with comments between; lines are counted', () => {
    const row = (index: number): string =>
      `{:index ${index} :time 5 :process 3 :type :ok :f :x :value\n "a\nb"}`;
    const text = `; head\n${row(0)}\n#_ {:no row} [${row(1)} ; one\n,${row(2)}]\n#jepsen.history.DenseHistory (${row(3)})\n`;
    for (const size of [1, 2, 3, 7, 50, 1000]) {
      const { rows, lines, error } = readBack(text, size);
      expect(error).toBeNull();
      expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(lines).toEqual([2, 5, 8, 11]);
    }
  });

  test('of Jepsen become ours', () => {
    const { rows, error } = readBack(`
      {:type :invoke, :f :assign, :value (4 5), :process 0, :time 7, :seek-to-beginning? true}
      {:type :info, :f :assign, :value nil, :process 0, :time -1, :error [:disconnect "gone"]}
      #jepsen.history.Op{:index 9, :time 12, :type :fail, :process 1, :f :txn,
        :value [[:send 4 17] [:send 5 [nil 18]] [:poll {4 [[0 "a"] [1 :b]]}] [:poll] [:poll nil]],
        :rebalance-log ({:type :partitions-lost, :keys [4 5]} {:type :x}), :end-process? true,
        :error {:type :abort, :abort-ok? true, :body-error #error {:cause "c"}}}
      {:process :nemesis, :type :info, :f :kill, :value {"n1" :killed}, :time 13}
      {:process :clock, :type :info, :f :check-offsets, :time 14, :clock-offsets {"n1" 0.5}}
      #:jepsen{:process 2, :type :info, :f :debug-topic-partitions, :value {:partitions {4 {}}}}
    `);
    expect(error).toBeNull();
    expect(rows).toEqual([
      {
        index: 0,
        time: 7,
        process: 0,
        type: 'invoke',
        f: 'assign',
        value: ['4', '5'],
        seekToBeginning: true,
      },
      {
        index: 1,
        time: 7,
        process: 0,
        type: 'info',
        f: 'assign',
        value: [],
        error: ['disconnect', 'gone'],
      },
      {
        index: 9,
        time: 12,
        process: 1,
        type: 'fail',
        f: 'txn',
        value: [
          ['send', '4', 17],
          ['send', '5', [null, 18]],
          [
            'poll',
            {
              '4': [
                [0, 'a'],
                [1, 'b'],
              ],
            },
          ],
          ['poll'],
          ['poll'],
        ],
        rebalanceLog: [{ keys: ['4', '5'] }, { keys: [] }],
        error: { type: 'abort', 'abort-ok?': true, 'body-error': { cause: 'c' } },
      },
      { index: 10, time: 13, process: 'nemesis', type: 'info', f: 'kill', value: { n1: 'killed' } },
      { index: 11, time: 14, process: 'nemesis', type: 'info', f: 'check-offsets', value: null },
      {
        index: 12,
        time: 14,
        process: 2,
        type: 'info',
        f: 'debug-topic-partitions',
        value: { partitions: { 4: {} } },
      },
    ]);
  });
});

describe('a row', () => {
  test('keeps the fields that we have too; what the nemesis says stays as it is', () => {
    const { rows, error } = readBack(`
      {:type :ok, :f :poll, :value [], :process 0, :time 7, :error nil, :pipelined false,
       :attempt 3, :ends {4 [9 8]}, :group :g, :generation 2, :instance "i", :seek-to-beginning? :x,
       :rebalance-log nil, :other 5, :node "n1"}
      {:type :info, :f :send, :value [[:send 4 17]], :process :nemesis, :time 0}
      {:type :info, :f :assign, :value nil, :process "clock"}
      {:type :ok, :f :attempt, :value [[:send 4 17]], :attempt 1, :process 0, :time nil}
      {:type :ok, :f :subscribe, :value (:a 4), :process 0, :seek-to-beginning? false}
      {:type :ok, :f :send, :value nil, :process 0, :rebalance-log ({:keys nil})}
      {:type :invoke, :f :send, :value [[:send 4 [nil "a"]]], :process 0}
      {:type :invoke, :f :poll, :value [[:poll nil]], :process 1}
    `);
    expect(error).toBeNull();
    expect(rows).toStrictEqual([
      {
        index: 0,
        time: 7,
        process: 0,
        type: 'ok',
        f: 'poll',
        value: [],
        error: null,
        pipelined: false,
        attempt: 3,
        ends: { 4: [9, 8] },
        group: 'g',
        generation: 2,
        instance: 'i',
      },
      {
        index: 1,
        time: 0,
        process: 'nemesis',
        type: 'info',
        f: 'send',
        value: [['send', 4, 17]],
      },
      { index: 2, time: 0, process: 'nemesis', type: 'info', f: 'assign', value: null },
      {
        index: 3,
        time: 0,
        process: 0,
        type: 'ok',
        f: 'attempt',
        value: [['send', '4', 17]],
        attempt: 1,
      },
      {
        index: 4,
        time: 0,
        process: 0,
        type: 'ok',
        f: 'subscribe',
        value: ['a', '4'],
        seekToBeginning: false,
      },
      {
        index: 5,
        time: 0,
        process: 0,
        type: 'ok',
        f: 'send',
        value: null,
        rebalanceLog: [{ keys: [] }],
      },
      {
        index: 6,
        time: 0,
        process: 0,
        type: 'invoke',
        f: 'send',
        value: [['send', '4', [null, 'a']]],
      },
      { index: 7, time: 0, process: 1, type: 'invoke', f: 'poll', value: [['poll']] },
    ]);
  });

  test('has the fields without their namespaces, where none has the bare name', () => {
    const { rows } = readBack(
      '{:a/f :x :f :y :b/c/value 1 :type :info :z/type :ok :process 3 :process/time 5}',
    );
    expect(rows).toEqual([{ index: 0, time: 5, process: 3, type: 'info', f: 'y', value: 1 }]);
  });
});

describe('a reader', () => {
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
  const scannable = (index: number): string => `{${OP.replace('index 0', `index ${index}`)}}`;
  /** Refuses two rows: the ninth as no history would have it, the tenth by a defect. */
  function reading(scans: boolean): { went: string[]; reader: HistoryReader } {
    const went: string[] = [];
    const take = (index: number, how: string): void => {
      if (index === 9) {
        throw new UnusableHistoryError('nine is refused');
      }
      if (index === 10) {
        throw new RangeError('ten');
      }
      went.push(how);
    };
    const sink: RowSink = {
      row: ({ index, time }, line) => take(index, `row ${index} at ${time} of line ${line}`),
      ...(scans ? { scanned: ({ index }) => take(index, `scanned ${index}`) } : {}),
    };
    return { went, reader: createEdnReader(sink) };
  }

  test('scans rows where the sink takes that; those after one go on where it stood', () => {
    const text = `[${scannable(5)}\n{:process 1 :type :info :f :x} ${scannable(8)}]\n`;
    for (const scans of [true, false]) {
      const { went, reader } = reading(scans);
      expect(reader.push(bytesOf(text))).toBeNull();
      expect(reader.end()).toBeNull();
      expect(reader.rows).toBe(3);
      expect(went).toEqual([
        scans ? 'scanned 5' : 'row 5 at 5 of line 1',
        'row 6 at 5 of line 2',
        scans ? 'scanned 8' : 'row 8 at 5 of line 2',
      ]);
    }
  });

  test('ends with the first row that is refused, by us or by whoever takes the rows', () => {
    const refused: readonly (readonly [row: string, reason: string])[] = [
      [scannable(9), 'nine is refused'],
      [`#a {${OP.replace('index 0', 'index 9')} :x 1}`, 'nine is refused'],
      [`{${OP} :time 5}`, 'a row has two fields :time'],
      ['@', 'unknown token: @'],
    ];
    for (const [row, reason] of refused) {
      const { went, reader } = reading(true);
      const text = `${scannable(0)}\n; {\n#_ {:x\n 1} ${row}\n${scannable(1)}`;
      const error = reader.push(bytesOf(text));
      expect(error).toEqual({ line: 4, reason, truncated: false });
      expect(reader.push(bytesOf(`${scannable(2)}\n`))).toBe(error);
      expect(reader.end()).toBe(error);
      expect(went).toEqual(['scanned 0']);
    }
  });

  test('does not hide a defect of whoever takes the rows', () => {
    expect(() => reading(true).reader.push(bytesOf(scannable(10)))).toThrow(RangeError);
    expect(() => reading(false).reader.push(bytesOf(scannable(10)))).toThrow(RangeError);
  });
});

describe('what is no history', () => {
  test.each([
    [`{${OP}}\n{:index 1 :x @y}`, '2: unknown token: @y'],
    [`{${OP}}\n\n  {:index 1 :x 12ab}`, '3: unknown token: 12ab'],
    [`{${OP} :x :}`, '1: unknown token: :'],
    [`{${OP} :x ::y}`, '1: unknown token: ::y'],
    [`{${OP} :x #<Atom 1>}`, '1: unknown token: #<Atom'],
    [`{${OP} :x \\bogus}`, '1: unknown token: \\bogus'],
    [`{${OP} :x "\\q"}`, '1: a string with an unknown escape: \\q'],
    [`{${OP} :x 37r1}`, '1: unknown token: 37r1'],
    [`{${OP}}\nfoo`, '2: unknown token: foo'],
    [`{${OP} :value [[:poll}`, '1: unbalanced: [ is closed by }'],
    [`{${OP}}}`, '1: unbalanced: } closes nothing'],
    [`{${OP}}]`, '1: unbalanced: ] closes nothing'],
    [`[{${OP}})`, '1: unbalanced: ) closes nothing'],
    [`[{${OP}} [{${OP}}]]`, '1: a row is a map or a record, not a list'],
    [`{${OP}\n{${OP}}`, '2: the fields of a row are named by keywords'],
    [`{${OP} :x}`, '1: the key x has no value'],
    [`{${OP} :x {:a 1 :a 2}}`, '1: a map has two keys that read as a'],
    [`{${OP} :time 6}`, '1: a row has two fields :time'],
    [`{${OP} :x ${'['.repeat(600)}`, '1: nested more than 500 deep'],
    [
      '[{"index":0,"time":1}]',
      '1: the fields of a row are named by keywords; of JSON there is one row on each line, and no list',
    ],
    ['{:index 0}', '1: "f" must be a string'],
    [`\n{${OP.replace(':ok', ':done')}}`, '2: "type" must be invoke, ok, fail or info'],
    [`{${OP}}\n{${OP}}`, 'none'],
    [`[{${OP}}]\n)`, '2: unbalanced: ) closes nothing'],
    [`(\n{${OP}})\n)`, '3: unbalanced: ) closes nothing'],
    [`{${OP}}\n(({${OP}}))`, '2: a row is a map or a record, not a list'],
    [`[{${OP}}\n#a ({${OP}})]`, '2: a row is a map or a record, not a list'],
    [`{${OP}}\n#a #b 7`, '2: unknown token: 7'],
    [`{${OP}}\n#a "b"`, '2: unknown token: "b'],
    [`{${OP}}\n#a\n#@ {${OP}}`, '3: unknown token: #@'],
    [`{${OP}}\n#a {:index 1}`, '2: "f" must be a string'],
    [`{${OP} :rebalance-log [4]}`, '1: "rebalanceLog" must be a list of {"keys": [...]}'],
    [`{${OP} :rebalance-log [nil]}`, '1: "rebalanceLog" must be a list of {"keys": [...]}'],
    [`{${OP} :rebalance-log [[4]]}`, '1: "rebalanceLog" must be a list of {"keys": [...]}'],
    [`{${OP} :rebalance-log {}}`, '1: "rebalanceLog" must be a list of {"keys": [...]}'],
    [`{${OP} :rebalance-log [{:keys "x"}]}`, '1: "rebalanceLog" must be a list of {"keys": [...]}'],
    [`{${OP.replace('5', '"x"')}}`, '1: "time" must be nanoseconds since the start'],
    [`{${OP.replace(':index 0', ':index :x')}}`, '1: "index" must be an integer from 0'],
    [`{${OP.replace('[[:poll {}]]', '{}')}}`, '1: the value of poll is a list of micro-operations'],
    [`{${OP.replace('[:poll {}]', ':poll')}}`, '1: a micro-operation is a list'],
    [
      `{${OP.replace('{}', 'nil 1')}}`,
      '1: a poll is ["poll"] or ["poll", {key: [[offset, value], ...]}]',
    ],
    [
      `{${OP.replace('{}', 'nil 1 2')}}`,
      '1: a poll is ["poll"] or ["poll", {key: [[offset, value], ...]}]',
    ],
    [
      `{${OP.replace(':poll :value [[:poll {}]]', ':send :value [[:send [4] 1]]')}}`,
      '1: a send is ["send", key, [offset, value]] with the key as a string',
    ],
    [
      `{${OP.replace(':poll :value [[:poll {}]]', ':send :value [[:send 4 1 2]]')}}`,
      '1: a send is ["send", key, [offset, value]] with the key as a string',
    ],
    [
      `{${OP.replace(':poll :value [[:poll {}]]', ':assign :value [nil]')}}`,
      '1: the value of assign is a list of keys (strings)',
    ],
    [
      `{${OP.replace(':poll :value [[:poll {}]]', ':subscribe :value 4')}}`,
      '1: the value of subscribe is a list of keys (strings)',
    ],
    [`[{${OP}}]\n\n[{${OP}}`, '3 cut: the vector that begins here is never closed'],
    [`({${OP}}\n; end`, '1 cut: the list that begins here is never closed'],
    [`#a [{${OP}}]\n#b (`, '2 cut: the list that begins here is never closed'],
    [`{${OP} ; " }`, '1 cut: the form that begins here is cut off'],
    [`{${OP.replace('5', '"-5"')}}`, '1: "time" must be nanoseconds since the start'],
    [`{${OP.replace('[:poll {}]', '7')}}`, '1: a micro-operation is a list'],
    [`{${OP}}\n; comment\n{:cut`, '3 cut: the form that begins here is cut off'],
    [`[{${OP}}\n; comment\n #_ {:x`, '3 cut: the form that begins here is cut off'],
    [`{${OP}}\n#_@x`, '2 cut: the form that begins here is cut off'],
    [`{${OP}}\n#a`, '2 cut: the form that begins here is cut off'],
    [`{${OP}}\n#_foo`, 'none'],
    ['', '1 cut: the file is empty'],
    [' \n\n', '1 cut: the file is empty'],
    ['[]', '1: there is no row of a history in it'],
    ['; nothing\n', '1: there is no row of a history in it'],
    ['PK\u0003\u0004', '1: a binary file is no history; one is UTF-8, plain or gzipped'],
    ['\u0000\u0001', '1: a binary file is no history; one is UTF-8, plain or gzipped'],
    ['\n<html>', '2: neither JSON lines nor EDN: <html>'],
  ])('%s', (text, reason) => {
    expect(refusal(text)).toBe(reason);
  });

  test('a form that is cut anywhere is named with its line; what stands before it is read', () => {
    const last = `{:error "x \\" [", ${OP.replace(':index 0', ':index 1')}}`;
    for (let cut = 1; cut < last.length; cut += 1) {
      for (const before of ['', '[']) {
        const { rows, error } = readBack(`${before}{${OP}}\n${last.slice(0, -cut)}`);
        expect(error).toEqual({
          line: 2,
          reason: 'the form that begins here is cut off',
          truncated: true,
        });
        expect(rows).toHaveLength(1);
      }
    }
    expect(refusal(`\n[{${OP}}\n`)).toBe('2 cut: the vector that begins here is never closed');
    expect(refusal(`{${OP}}\n; cut comm`)).toBe('none');
    expect(refusal(`{${OP}}\n#_ {:x`)).toContain('2 cut');
  });

  test('a byte order mark and returns are no matter', () => {
    expect(readBack(`\ufeff{${OP}}\r\n`).rows).toHaveLength(1);
  });
});
