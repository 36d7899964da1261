/**
 * What the two scanners take, and into which columns; what they leave to the parsers. That both ways
 * lead to the same is for model-tests/checker-reading.test.ts.
 */

import { describe, expect, test } from 'vitest';
import {
  INFO,
  OK,
  POLL,
  POLL_BARE,
  POLL_ROW,
  RECORD,
  SEND,
  SEND_BARE,
  SEND_ROW,
  TXN_ROW,
} from '../recorded-history.js';
import { EdnScanner } from './edn-scanner.js';
import { JsonScanner } from './json-scanner.js';
import { ascii, ByteCursor, keyOfNumber, ScannedRow } from './scanned-row.js';

type Micro = readonly [kind: number, key: string | null, offset: number, value: number];

/** A row in columns as a test can compare it. */
interface Columns {
  readonly head: readonly [
    index: number,
    time: number,
    process: number,
    type: number,
    kind: number,
  ];
  readonly hasValue: boolean;
  readonly keys: readonly string[];
  readonly micros: readonly Micro[];
}

function columnsOf(row: ScannedRow): Columns {
  const { index, time, process, type, kind, hasValue, keys } = row;
  const micros = Array.from({ length: row.count }, (_, at): Micro => {
    const kind = row.kinds[at]!;
    const key = kind === POLL || kind === POLL_BARE ? null : keys[row.keyAt[at]!]!;
    return [kind, key, row.offsets[at]!, row.values[at]!];
  });
  return { head: [index, time, process, type, kind], hasValue, keys: [...keys], micros };
}

const json = new JsonScanner();
const edn = new EdnScanner();
/** One for all rows, as the readers have it: nothing of one may be left in the next. */
const row = new ScannedRow();

/** null: left to the parser. The line stands between others. */
function ofJson(line: string): Columns | null {
  const bytes = ascii(`}]\n${line}}]"`);
  return json.scan(bytes, 3, 3 + line.length, row) ? columnsOf(row) : null;
}

function ofEdn(text: string): Columns | null {
  const bytes = ascii(`}]\n${text} {`);
  const behind = edn.scan(bytes, 3, bytes.length, row);
  expect(behind).toBe(behind < 0 ? -1 : 3 + text.length);
  return behind < 0 ? null : columnsOf(row);
}

const NO = Number.NaN;
const POLLED: Micro = [POLL, null, NO, -1];
const ASKED: Micro = [POLL_BARE, null, NO, -1];

describe('a line of JSON', () => {
  const line = (f: string, value: string, type = 'ok'): string =>
    `{"index":4,"time":50,"process":3,"type":"${type}","f":"${f}","value":${value}}`;

  test.each<[type: string, code: number, f: string, kind: number]>([
    ['invoke', 0, 'send', SEND_ROW],
    ['ok', 1, 'poll', POLL_ROW],
    ['fail', 2, 'txn', TXN_ROW],
    ['info', 3, 'txn', TXN_ROW],
  ])('%s of %s', (type, code, f, kind) => {
    const head = [4, 50, 3, code, kind] as const;
    const empty = { head, hasValue: true, keys: [], micros: [] };
    expect(ofJson(line(f, '[]', type))).toEqual(empty);
    const none = type === 'invoke' ? null : { ...empty, hasValue: false };
    expect(ofJson(line(f, 'null', type))).toEqual(none);
  });

  test('of nothing but zeros, and of the largest numbers', () => {
    const zeros = line('send', '[["send","0",[0,0]],["send","0",0]]');
    expect(ofJson(zeros.replace('4,', '0,').replace('50', '0').replace('3', '0'))).toEqual({
      head: [0, 0, 0, OK, SEND_ROW],
      hasValue: true,
      keys: ['0', '0'],
      micros: [
        [SEND, '0', 0, 0],
        [SEND_BARE, '0', NO, 0],
      ],
    });
    const nines = '999999999999999';
    const large = line('poll', `[["poll",{"${nines}":[[${nines},${nines}]]}]]`);
    expect(
      ofJson(large.replace('4,', `${nines},`).replace('50', nines).replace('3', '2147483647')),
    ).toEqual({
      head: [Number(nines), Number(nines), 2147483647, OK, POLL_ROW],
      hasValue: true,
      keys: [nines],
      micros: [POLLED, [RECORD, nines, Number(nines), Number(nines)]],
    });
  });

  test.each<[value: string, keys: string[], micros: Micro[]]>([
    ['[["send","x",[null,17]]]', ['x'], [[SEND, 'x', NO, 17]]],
    ['[["send","a b~!",17]]', ['a b~!'], [[SEND_BARE, 'a b~!', NO, 17]]],
    ['[["send","4a",17]]', ['4a'], [[SEND_BARE, '4a', NO, 17]]],
    ['[["poll"],["poll",{}]]', [], [ASKED, POLLED]],
    [
      '[["send","4",[17,18]],["poll",{"x":[[1,2],[3,4]],"-1":[[5,6]]}],["poll",{"x":[[0,0]]}]]',
      ['4', 'x', '-1', 'x'],
      [
        [SEND, '4', 17, 18],
        POLLED,
        [RECORD, 'x', 1, 2],
        [RECORD, 'x', 3, 4],
        [RECORD, '-1', 5, 6],
        POLLED,
        [RECORD, 'x', 0, 0],
      ],
    ],
    [
      '[["poll",{"":[[0,1]],"/":[[0,2]],":":[[0,3]]}]]',
      ['', '/', ':'],
      [POLLED, [RECORD, '', 0, 1], [RECORD, '/', 0, 2], [RECORD, ':', 0, 3]],
    ],
    [
      '[["poll",{"0":[[0,1]],"9":[[0,2]],"10":[[0,3]],"4096":[[0,4]],"y":[[0,5]]}]]',
      ['0', '9', '10', '4096', 'y'],
      [
        POLLED,
        [RECORD, '0', 0, 1],
        [RECORD, '9', 0, 2],
        [RECORD, '10', 0, 3],
        [RECORD, '4096', 0, 4],
        [RECORD, 'y', 0, 5],
      ],
    ],
  ])('%s', (value, keys, micros) => {
    const head = [4, 50, 3, INFO, TXN_ROW] as const;
    expect(ofJson(line('txn', value, 'info'))).toEqual({ head, hasValue: true, keys, micros });
  });

  test.each([
    ['', 'nothing'],
    [line('txn', '[]').replace('"index":4', '"index":'), 'no index'],
    [line('txn', '[]').replace('"index":4', '"index":-4'), 'a negative index'],
    [line('txn', '[]').replace('"time":50', '"time":'), 'no time'],
    [line('txn', '[]').replace('"time":50', '"time":1e3'), 'a time of a double'],
    [line('txn', '[]').replace('"process":3', '"process":'), 'no process'],
    [line('txn', '[]').replace('"process":3', '"process":2147483648'), 'a large process'],
    [line('txn', '[]').replace('"process":3', '"process":"nemesis"'), 'the nemesis'],
    [line('txn', '[]', ''), 'no type'],
    [line('txn', '[]', 'done'), 'another type'],
    [line('', '[]'), 'no f'],
    [line('assign', '[]'), 'another f'],
    [line('txn', '[]').replace('"time"', '"when"'), 'another field'],
    [line('txn', '[]').replace('"value":', '"value": '), 'a space'],
    [line('txn', '[]').replace('[]}', '[],"ends":{}}'), 'one more field'],
    [`${line('txn', '[]')} `, 'a space behind'],
    [line('txn', '[]').slice(0, -1), 'no brace'],
    [line('txn', '{}'), 'no list'],
    [line('txn', 'nul'), 'half of null'],
    [line('txn', '[["poll"]'), 'no bracket'],
    [line('txn', '[["poll"],]'), 'a comma too many'],
    [line('send', '[["poll"]]'), 'a poll in a send'],
    [line('send', '[["poll",{}]]'), 'a poll that was answered in a send'],
    [line('send', '[["send","x",1],["poll"]]'), 'both in a send'],
    [line('poll', '[["send","x",1]]'), 'a bare send in a poll'],
    [line('poll', '[["send","x",[0,1]]]'), 'a send in a poll'],
    [line('txn', '[["read"]]'), 'a read'],
    [line('txn', '[["send","x"]]'), 'nothing sent'],
    [line('txn', '[["send","x",]]'), 'no value'],
    [line('txn', '[["send","x","a"]]'), 'the value of a name'],
    [line('txn', '[["send","x",-1]]'), 'a negative value'],
    [line('txn', '[["send","x",1,2]]'), 'more than a value'],
    [line('txn', '[["send","x",[,1]]]'), 'no offset'],
    [line('txn', '[["send","x",[0 1]]]'), 'no comma'],
    [line('txn', '[["send","x",[0,]]]'), 'an offset alone'],
    [line('txn', '[["send","x",[0,1,{}]]]'), 'details'],
    [line('txn', '[["send","x",[0,1}]]'), 'a pair that is not closed'],
    [line('txn', '[["send","x",[0,1]}]'), 'a send that is not closed'],
    [line('txn', '[["send","\\u0078",1]]'), 'an escape in a key'],
    [line('txn', '[["send","\u001f",1]]'), 'a control character in a key'],
    [line('txn', '[["send","\u007f",1]]'), 'a delete in a key'],
    [line('txn', '[["poll",]]'), 'a comma behind poll'],
    [line('txn', '[["poll"{}]]'), 'no comma behind poll'],
    [line('txn', '[["poll",[]]]'), 'a list of polled'],
    [line('txn', '[["poll",{},1]]'), 'a poll that is not closed'],
    [line('txn', '[["poll",{x":[[0,1]]}]]'), 'no quote'],
    [line('txn', '[["poll",{"x":[[0,1]],}]]'), 'no key behind a comma'],
    [line('txn', '[["poll",{"x":[[0,1]]]]]'), 'polled that is not closed'],
    [line('txn', '[["poll",{"x":[]}]]'), 'a key without records'],
    [line('txn', '[["poll",{"x":7}]]'), 'no records'],
    [line('txn', '[["poll",{"x":[[0,1],]}]]'), 'a comma behind records'],
    [line('txn', '[["poll",{"x":[[0,1]}]]'), 'records that are not closed'],
    [line('txn', '[["poll",{"x":[0,1]]}]]'), 'no record'],
    [line('txn', '[["poll",{"x":[[,1]]}]]'), 'a record without offset'],
    [line('txn', '[["poll",{"x":[[0 1]]}]]'), 'a record without comma'],
    [line('txn', '[["poll",{"x":[[0,]]}]]'), 'a record without value'],
    [line('txn', '[["poll",{"x":[[0,1}]}]]'), 'a record that is not closed'],
    [line('txn', '[["poll",{"x\\"":[[0,1]]}]]'), 'an escape in the key of records'],
  ])('%s is left to the parser: %s', (text) => {
    expect(ofJson(text)).toBeNull();
  });

  test('is left to the parser where an object would hold its keys in another order', () => {
    const polled = (...keys: string[]): Columns | null =>
      ofJson(
        line(
          'txn',
          `[["poll",{"9":[[0,1]]}],["poll",{${keys.map((key) => `"${key}":[[0,1]]`).join()}}]]`,
        ),
      );
    for (const keys of [
      ['x', '0'],
      ['x', '9'],
      ['', '5'],
      ['4', '4'],
      ['4', '3'],
      ['x', 'y', 'x'],
      ['4', '007'],
      ['4', '5a'],
      ['4', '5-'],
      ['5a', '200'],
      ['10', '9'],
      ['4', '1234567890123456'],
    ]) {
      expect(polled(...keys), keys.join()).toBeNull();
    }
    expect(polled('4', '5', 'x', '-4')?.keys).toEqual(['9', '4', '5', 'x', '-4']);
    expect(polled('1', '7', '10')?.keys).toEqual(['9', '1', '7', '10']);
    expect(polled('4', '123456789012345')?.keys).toEqual(['9', '4', '123456789012345']);
    expect(polled('007')?.keys).toEqual(['9', '007']);
  });

  test('may poll 64 keys that are names, and any number of numbered ones', () => {
    const keys = (count: number, mark: string): string =>
      Array.from({ length: count }, (_, at) => `"${mark}${at}":[[0,1]]`).join();
    const polled = (count: number, mark: string): boolean =>
      ofJson(line('txn', `[["poll",{${keys(40, 'y')}}],["poll",{${keys(count, mark)}}]]`)) !== null;
    expect([polled(64, 'x'), polled(65, 'x'), polled(65, '')]).toEqual([true, false, true]);
  });

  test('is read up to its end and no further', () => {
    const text = line('txn', '[["send","x",[0,1]],["poll",{"x":[[0,1]]}]]');
    for (let to = 0; to < text.length; to += 1) {
      expect(json.scan(ascii(text), 0, to, row), text.slice(0, to)).toBe(false);
    }
  });

  test('has room for any number of micro-operations', () => {
    const numbers = Array.from({ length: 2500 }, (_, at) => at);
    const records = numbers.map((at) => `[${at},${at + 7}]`).join();
    expect(ofJson(line('poll', `[["poll",{"x":[${records}]}]]`))?.micros).toEqual([
      POLLED,
      ...numbers.map((at) => [RECORD, 'x', at, at + 7]),
    ]);
  });
});

describe('a row of EDN', () => {
  const text = (f: string, value: string, type = 'ok'): string =>
    `{:index 4, :time 50, :type :${type}, :process 3, :f :${f}, :value ${value}}`;

  test.each<[type: string, code: number, f: string, kind: number]>([
    ['invoke', 0, 'send', SEND_ROW],
    ['ok', 1, 'poll', POLL_ROW],
    ['fail', 2, 'txn', TXN_ROW],
    ['info', 3, 'txn', TXN_ROW],
  ])('%s of %s', (type, code, f, kind) => {
    const head = [4, 50, 3, code, kind] as const;
    const empty = { head, hasValue: true, keys: [], micros: [] };
    expect(ofEdn(text(f, '[]', type))).toEqual(empty);
    const none = type === 'invoke' ? null : { ...empty, hasValue: false };
    expect(ofEdn(text(f, 'nil', type))).toEqual(none);
  });

  test('may be a record, with its fields in any order and any space between', () => {
    const expected = {
      head: [0, 0, 2147483647, INFO, POLL_ROW],
      hasValue: true,
      keys: ['0', 'a-Z.z_A09'],
      micros: [
        ASKED,
        POLLED,
        [RECORD, '0', 0, 0],
        [RECORD, '0', 1, 2],
        [RECORD, 'a-Z.z_A09', 3, 4],
      ],
    };
    for (const space of [' ', ',', '\t', '\n', '\v', '\f', '\r', ' , ']) {
      expect(
        ofEdn(
          '#jepsen.history.Op{_:value [_[:poll]_[:poll_{_0_[_[0_0]_[1_2]],_:a-Z.z_A09_[[3_4]_]_}]_]_:f :poll_:process 2147483647_:type :info_:time 0_:index 0_}'
            .replaceAll('_[_[', '_[[')
            .replaceAll('_', space)
            .replace(`z${space}A`, 'z_A'),
        ),
        JSON.stringify(space),
      ).toEqual(expected);
    }
    expect(ofEdn('{:f :poll :value nil :index 0 :time 0 :process 0 :type :ok}')?.hasValue).toBe(
      false,
    );
  });

  test.each<[value: string, keys: string[], micros: Micro[]]>([
    ['[[:send 4 [17 18]]]', ['4'], [[SEND, '4', 17, 18]]],
    ['[[:send 4 [nil 18]]]', ['4'], [[SEND, '4', NO, 18]]],
    [
      '[[:send :x 0][:send :x [0 0]]]',
      ['x', 'x'],
      [
        [SEND_BARE, 'x', NO, 0],
        [SEND, 'x', 0, 0],
      ],
    ],
    ['[[:poll] [:poll {}]]', [], [ASKED, POLLED]],
    ['[[:poll{4[[1 2][3 4]]}]]', ['4'], [POLLED, [RECORD, '4', 1, 2], [RECORD, '4', 3, 4]]],
    [
      '[[:poll {4 [[0 1]] :x [[2 3]]}]]',
      ['4', 'x'],
      [POLLED, [RECORD, '4', 0, 1], [RECORD, 'x', 2, 3]],
    ],
  ])('%s', (value, keys, micros) => {
    const head = [4, 50, 3, INFO, TXN_ROW] as const;
    expect(ofEdn(text('txn', value, 'info'))).toEqual({ head, hasValue: true, keys, micros });
  });

  test.each([
    [':index 4', 'no map'],
    [text('txn', '[]').replace(':index 4', ':index '), 'no index'],
    [text('txn', '[]').replace(':index 4', ':index -1'), 'a negative index'],
    [text('txn', '[]').replace(':index 4', ':time 4'), 'a field twice'],
    [text('txn', '[]').replace(':index 4', ':end-process? true'), 'another field'],
    [text('txn', '[]').replace(':index 4,', ''), 'a field too few'],
    [text('txn', '[]').replace(':index 4', ':index 4 :error nil'), 'a field too many'],
    [text('txn', '[]').replace(':time 50', ':time '), 'no time'],
    [text('txn', '[]').replace(':time 50', ':time 50N'), 'a number with a mark'],
    [text('txn', '[]').replace(':time 50, ', ':time 50'), 'no space between fields'],
    [text('txn', '[]').replace(':process 3', ':process '), 'no process'],
    [text('txn', '[]').replace(':process 3', ':process 2147483648'), 'a large process'],
    [text('txn', '[]').replace(':process 3', ':process :nemesis'), 'the nemesis'],
    [text('txn', '[]', ''), 'no type'],
    [text('txn', '[]', 'okay'), 'another type'],
    [text('', '[]'), 'no f'],
    [text('transaction', '[]'), 'another f'],
    [text('txn', '[]').replace('}', ' :x}'), 'a key behind'],
    [text('txn', '()'), 'a list'],
    [text('txn', 'nill'), 'more than nil'],
    [text('send', '[[:poll]]'), 'a poll in a send'],
    [text('send', '[[:send 4 1] [:poll]]'), 'both in a send'],
    [text('poll', '[[:send 4 1]]'), 'a send in a poll'],
    [text('txn', '[[:read]]'), 'a read'],
    [text('txn', '[[:send 4]]'), 'nothing sent'],
    [text('txn', '[[:send "x" 1]]'), 'a string for a key'],
    [text('txn', '[[:send 4.5 1]]'), 'a key that is no whole number'],
    [text('txn', '[[:send : 1]]'), 'a keyword without a name'],
    [text('txn', '[[:send :x/y 1]]'), 'a keyword with a namespace'],
    [text('txn', '[[:send :x? 1]]'), 'a keyword of other characters'],
    [text('txn', '[[:send 4 -1]]'), 'a negative value'],
    [text('txn', '[[:send 4 1 2]]'), 'more than a value'],
    [text('txn', '[[:send 4 [ 18]]]'), 'no offset'],
    [text('txn', '[[:send 4 [nil18]]]'), 'nil without an end'],
    [text('txn', '[[:send 4 [17]]]'), 'an offset alone'],
    [text('txn', '[[:send 4 [17 ]]]'), 'an offset and space'],
    [text('txn', '[[:send 4 [17 18 {}]]]'), 'details'],
    [text('txn', '[[:send 4 [17 18]}]'), 'a send that is not closed'],
    [text('txn', '[[:polls]]'), 'polls'],
    [text('txn', '[[:poll nil]]'), 'nil polled'],
    [text('txn', '[[:poll {} 1]]'), 'more than polled'],
    [text('txn', '[[:poll {4 []}]]'), 'a key without records'],
    [text('txn', '[[:poll {4 7}]]'), 'no records'],
    [text('txn', '[[:poll {"x" [[0 1]]}]]'), 'polled of a string'],
    [text('txn', '[[:poll {:x [[0 1]] 4 [[0 1]]}]]'), 'a number behind a name'],
    [text('txn', '[[:poll {:.5 [[0 1]] 4 [[0 1]]}]]'), 'a number behind a name like one'],
    [text('txn', '[[:poll {:x [[0 1]] :x [[0 1]]}]]'), 'a key twice'],
    [text('txn', '[[:poll {4 [0 1]}]]'), 'no record'],
    [text('txn', '[[:poll {4 [[ 1]]}]]'), 'a record without offset'],
    [text('txn', '[[:poll {4 [[nil 1]]}]]'), 'a record at nil'],
    [text('txn', '[[:poll {4 [[0 ]]}]]'), 'a record without value'],
    [text('txn', '[[:poll {4 [[0 1 2]]}]]'), 'a record with more'],
    [text('txn', '[[:poll {4 [[0 1]}]]'), 'records that are not closed'],
  ])('%s is left to the parser: %s', (row) => {
    expect(ofEdn(row)).toBeNull();
  });

  test('has names of letters, digits, dash, dot and line, and space of a few kinds', () => {
    const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    const ofName = (character: string): boolean => {
      const columns = ofEdn(text('txn', `[[:send :a${character} 1]]`));
      return columns !== null && columns.keys[0] === `a${character}`;
    };
    expect(characters.filter(ofName).join('')).toBe(
      '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz',
    );
    const isSpace = (character: string): boolean =>
      ofEdn(text('txn', '[]').replace('50, ', `50${character}`)) !== null;
    expect(characters.filter(isSpace).join('')).toBe('\t\n\v\f\r ,');
  });

  test('is read up to its end and no further', () => {
    const whole = text('txn', '[[:send :x [0 1]] [:poll {:x [[0 1]]}]]');
    for (let to = 0; to < whole.length; to += 1) {
      expect(edn.scan(ascii(whole), 0, to, row), whole.slice(0, to)).toBe(-1);
    }
  });
});

describe('a cursor', () => {
  const cursor = (text: string, at: number, end: number): ByteCursor => {
    const begun = new ByteCursor();
    begun.begin(ascii(text), at, end);
    return begun;
  };

  test('sees nothing from its end on', () => {
    const end = cursor('1234', 2, 2);
    expect([end.peek(), end.take(0x33), end.takeText(ascii('3')), end.takeCount()]).toEqual([
      -1,
      false,
      false,
      -1,
    ]);
    const before = cursor('1234', 1, 3);
    expect(before.peek()).toBe(0x32);
    expect(before.takeText(ascii('234'))).toBe(false);
    expect(before.takeCount()).toBe(23);
    expect(before.at).toBe(3);
    expect(cursor('1234', 1, 3).takeText(ascii('23'))).toBe(true);
  });

  test('has nothing any more once something that was expected did not come', () => {
    const failures: readonly ((at: ByteCursor) => unknown)[] = [
      (at) => at.expect(0x32),
      (at) => at.expectText(ascii('13')),
      (at) => at.expectWord([[ascii('13'), 4]]),
      (at) => at.expectCount(),
      (at) => at.fail(),
    ];
    for (const fail of failures) {
      const at = cursor('12', 0, 2);
      at.expect(0x31);
      expect([at.at, at.isBefore(0x33), at.expectWord([[ascii('2'), 4]]), at.at]).toEqual([
        1,
        true,
        4,
        2,
      ]);
      at.begin(ascii('1-'), fail === failures[3] ? 1 : 0, 2);
      fail(at);
      expect([at.at, at.peek(), at.isBefore(0x33), at.takeCount(), at.expectWord([])]).toEqual([
        -1,
        -1,
        false,
        -1,
        -1,
      ]);
    }
    const zero = cursor('\0', 0, 1);
    expect([zero.isBefore(0x33), zero.isBefore(0), zero.at]).toEqual([true, false, 1]);
  });

  test('takes counts of at most fifteen digits, without leading zeros, or stays', () => {
    const count = (text: string): [number, number] => {
      const from = cursor(text, 0, text.length);
      return [from.takeCount(), from.at];
    };
    expect(count('0')).toEqual([0, 1]);
    expect(count('0/')).toEqual([0, 1]);
    expect(count('90:')).toEqual([90, 2]);
    expect(count('123456789012345')).toEqual([123456789012345, 15]);
    expect(count('1234567890123456')).toEqual([-1, 0]);
    expect(count('00')).toEqual([-1, 0]);
    expect(count('07')).toEqual([-1, 0]);
    expect(count('-7')).toEqual([-1, 0]);
  });

  test('names of numbers are their digits', () => {
    const numbers = [0, 17, 4095, 4096, 999999999999999];
    expect(numbers.map(keyOfNumber)).toEqual(numbers.map(String));
  });
});
