/** Forms in every place where something can be wrong with them, and cut everywhere. */

import { describe, expect, test } from 'vitest';
import { readBack } from '../../../model-tests/history-text.js';
import type { Json } from '../../history/rows.js';

const HEAD = ':index 0 :time 1 :process 1 :type :info :f :note';

/** The value of a row, or what is wrong with it. */
function readValue(edn: string): Json {
  const { rows, error } = readBack(`{${HEAD} :value ${edn}}\n`);
  return error === null ? (rows[0]!.value as Json) : `${error.line}: ${error.reason}`;
}

describe('forms end', () => {
  test('at brackets, quotes, space and comments', () => {
    expect(readValue('[a"b"c(d)e[f]g{h i}j;k ] }\n l,m]')).toEqual([
      'a',
      'b',
      'c',
      ['d'],
      'e',
      ['f'],
      'g',
      { h: 'i' },
      'j',
      'l',
      'm',
    ]);
  });

  test('at seven kinds of space', () => {
    const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    const isSpace = (character: string): boolean =>
      // Behind what is looked at to tell a binary file.
      JSON.stringify(readValue(`${' '.repeat(512)}[1${character}2]`)) === '[1,2]';
    expect(characters.filter(isSpace).join('')).toBe('\t\n\v\f\r ,');
  });

  test.each([
    ['[1)', '1: unbalanced: [ is closed by )'],
    ['[\n1}', '2: unbalanced: [ is closed by }'],
    ['(1]', '1: unbalanced: ( is closed by ]'],
    ['(1}', '1: unbalanced: ( is closed by }'],
    ['#{1]', '1: unbalanced: { is closed by ]'],
    ['#{1)', '1: unbalanced: { is closed by )'],
    ['{]', '1: unbalanced: { is closed by ]'],
    ['{1 )', '1: unbalanced: { is closed by )'],
    ['{1 2 )', '1: unbalanced: { is closed by )'],
    [']', '1: unbalanced: { is closed by ]'],
    ['[#a ]', '1: unbalanced: ] closes nothing'],
    ['(#_ )', '1: unbalanced: ) closes nothing'],
    ['{1 ^}', '1: unbalanced: } closes nothing'],
    ['{1}', '1: the key 1 has no value'],
    ['{\n"a\tb"\n}', '2: the key a\\tb has no value'],
    ['{1 2 \n1 3}', '2: a map has two keys that read as 1'],
    ['{"\t" 2 :\t 3}', '1: unknown token: :'],
    ['{[:a 1] 2, ["a" 1] 3}', '1: a map has two keys that read as ["a",1]'],
    ['"\\q\t\n"', '1: a string with an unknown escape: \\q\\t\\n'],
    ['[1 \n@a(b)]', '2: unknown token: @a'],
    ['\\abc', '1: unknown token: \\abc'],
    ['[\\a\\b]', '1: unknown token: \\a\\b'],
    ['#<a', '1: unknown token: #<a'],
    ['#@ 1', '1: unknown token: #@'],
    ['#[1]', '1: unknown token: #'],
    ['#`a 1', '1: unknown token: #`a'],
    ['#|a 1', '1: unknown token: #|a'],
    ['#:{:a 1}', '1: unknown token: #:'],
    ['#:a[1]', '1: unknown token: #:a'],
    ['#:a 1', '1: unknown token: #:a'],
  ])('%j: %s', (edn, problem) => {
    expect(readValue(edn)).toBe(problem);
  });
});

describe('forms hold', () => {
  test.each<[string, Json]>([
    ['[#A 1 #Z 2 #a 3 #z/y.x 4]', [1, 2, 3, 4]],
    ['#:a {:b 1}', { 'a/b': 1 }],
    [
      '#:a{:b {:c 1} b 2 "c" 3 :_/d 4 :e/f 5 :_ 6}',
      { 'a/b': { c: 1 }, b: 2, c: 3, d: 4, 'e/f': 5, 'a/_': 6 },
    ],
    [
      '{:_/a 1 nil 2 true 3 "x y" 4 {} 5 (1 "b") 6}',
      { '_/a': 1, null: 2, true: 3, 'x y': 4, '{}': 5, '[1,"b"]': 6 },
    ],
    ['[#"" #"a\\"b\\\\" #\'a/b ##-Inf]', ['', 'a\\"b\\\\', 'a/b', '-Inf']],
    ['["" "\\\\" "\\"" "[" "a;b" "\n"]', ['', '\\', '"', '[', 'a;b', '\n']],
    [
      '[\\a \\" \\; \\] \\newline\\space]'.replace('\\newline\\', '\\newline \\'),
      ['a', '"', ';', ']', '\n', ' '],
    ],
    ['[^{:a 1} ^:b 1 ^c"2" #_[] 3]', [1, '2', 3]],
    ['[#_ 1 2 #_#_ 3 4 5 #_#_#_ 6 7 8]', [2, 5]],
    ['{:a #_ b 1 #_ c}', { a: 1 }],
    ['[;]\n1;]\n]', [1]],
  ])('%j', (edn, json) => {
    expect(readValue(edn)).toEqual(json);
  });

  test('forms of forms, five hundred deep, and any number beside one another', () => {
    const deep = (depth: number): Json => readValue(`\n${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(JSON.stringify(deep(500))).toBe('['.repeat(500) + ']'.repeat(500));
    expect(deep(501)).toBe('2: nested more than 500 deep');
    expect(readValue(`[${'[]{}()#{}^a b #a c #_ d'.repeat(600)}]`)).toHaveLength(3600);
  });
});

test('a text of all forms reads alike wherever it is cut, and says where it is cut off', () => {
  const text = `; head
#_ [1 "]"] {${HEAD} :value 1}
#_#a b #a.b/C #_ x, #D {${HEAD.replace('0', '1')} :value
 [#{1} #"\\"a" #'u/v ##Inf #:n {:a 1} #t 1 ^:k [2] \\newline \\" "s\\\\" (1) {1 2} #_#_ 1 2 -1.5M :k/w]}
#:jepsen{:index 2 :time 1 :process 1 :type :info :f :note :value [;]
 3]} ; "
`;
  const whole = readBack(text);
  expect(whole.error).toBeNull();
  expect(whole.lines).toEqual([2, 3, 5]);
  // Where a form begins; up to the next place something of it is missing.
  const begins = [
    [text.indexOf('#_ [1'), 2],
    [text.indexOf('{:index 0'), 2],
    [text.indexOf('#_#a'), 3],
    [text.indexOf('#a.b'), 3],
    [text.indexOf('#:jepsen'), 5],
  ] as const;
  const ends = ['"]"]', ':value 1}', '#_#a b', ':k/w]}', '3]}'].map(
    (end) => text.indexOf(end) + end.length,
  );
  for (let cut = 0; cut < text.length; cut += 1) {
    const halves = { rows: [] as unknown[], error: null as unknown };
    Object.assign(halves, readBack(text, cut === 0 ? text.length : cut));
    expect(halves).toEqual(whole);
    const form = begins.findIndex(([begin], at) => begin < cut && cut < ends[at]!);
    const { error } = readBack(text.slice(0, cut));
    if (form >= 0) {
      const reason = 'the form that begins here is cut off';
      expect([cut, error]).toEqual([cut, { line: begins[form]![1], reason, truncated: true }]);
    } else {
      expect([cut, error?.reason]).toEqual([
        cut,
        cut === 0
          ? 'the file is empty'
          : cut < ends[1]!
            ? 'there is no row of a history in it'
            : undefined,
      ]);
    }
  }
});
