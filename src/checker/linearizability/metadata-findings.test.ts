/** What a finding of `nonlinearizable-metadata` says, and which rows are judged by it at all. */

import { describe, expect, it } from 'vitest';
import type { MetadataValue, Row, RowType } from '../../history/rows.js';
import { check } from '../check.js';
import type { CheckOptions, CheckResult } from '../result.js';

type Without<Value> = Value extends MetadataValue ? Omit<Value, 'topic'> : never;
type Asked = Without<MetadataValue>;
type Step = readonly [process: number, type: RowType, asked: Asked, topic?: string];

function judged(steps: readonly Step[], options: CheckOptions = {}): CheckResult {
  const rows = steps.map(([process, type, asked, topic = 't'], index) => {
    const value = { ...asked, topic } as MetadataValue;
    return { index, time: index, process, type, f: 'metadata', value } as const;
  });
  const at = (row: number): object => ({ index: rows.length + row, time: rows.length });
  // One record is sent and polled, so that the history is of some use.
  const others = [
    { ...at(0), process: 99, type: 'invoke', f: 'send', value: [['send', 't-0', [null, 1]]] },
    { ...at(1), process: 99, type: 'ok', f: 'send', value: [['send', 't-0', [0, 1]]] },
    { ...at(2), process: 99, type: 'invoke', f: 'poll', value: [['poll']] },
    { ...at(3), process: 99, type: 'ok', f: 'poll', value: [['poll', { 't-0': [[0, 1]] }]] },
  ];
  return check([...rows, ...(others as unknown as Row[])], options);
}

/** The operations of the findings and their sentences, topic by topic. */
function findings(steps: readonly Step[], options: CheckOptions = {}): unknown[] {
  const { anomalies } = judged(steps, options);
  return (anomalies['nonlinearizable-metadata'] ?? []).map(
    ({ key, offsets, values, operations, sentence }) => {
      expect([offsets, values]).toEqual([[], []]);
      return [key, operations, sentence];
    },
  );
}

/** Called and answered with nothing between. */
function alone(asked: Asked, topic = 't'): Step[] {
  return [
    [0, 'invoke', asked, topic],
    [0, 'ok', asked, topic],
  ];
}

/** Called, and never answered. */
function lost(process: number, asked: Asked): Step[] {
  return [
    [process, 'invoke', asked],
    [process, 'info', asked],
  ];
}

const create: Asked = { op: 'create', id: 'A', partitions: 2 };
const remove: Asked = { op: 'delete' };
const set = (value: string | null): Asked => ({ op: 'configure', key: 'k', value });
const sees = (state: Extract<MetadataValue, { op: 'read' }>['state']): Asked => ({
  op: 'read',
  state: state!,
});

/** Indexes of rows, the last included. */
function rows(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe('a finding', () => {
  it('has no order before it where none was found', () => {
    expect(findings(alone(remove))).toEqual([
      [
        't',
        rows(0, 1),
        'Topic t: At the beginning there is no such topic; delete (index 1) has no place before it returned.',
      ],
    ]);
  });

  it('tells every kind of operation in words', () => {
    const steps = [
      ...alone({ op: 'grow', partitions: 3, told: 'missing' }),
      ...alone({ op: 'delete', id: 'Z', told: 'missing' }),
      ...alone(sees(null)),
      ...alone({ op: 'read' }),
      ...alone(create),
      ...alone({ op: 'create', told: 'exists' }),
      ...alone(set('1')),
      ...alone(sees({ configs: { k: '1' } })),
      ...alone({ op: 'grow', partitions: 1 }),
    ];
    expect(findings(steps)).toEqual([
      [
        't',
        rows(0, 17),
        'Topic t: After the longest order that was found, grow to 3 partitions, told "missing" (index 1), ' +
          'delete Z, told "missing" (index 3), a read that found no topic (index 5), a read (index 7), ' +
          'create A (index 9), create, told "exists" (index 11), set k=1 (index 13), ' +
          'a read of {"configs":{"k":"1"}} (index 15), it exists, with id A, 2 partitions, k=1; ' +
          'grow to 1 partitions (index 17) has no place before it returned.',
      ],
    ]);
  });

  it('shows the last eight of a longer order', () => {
    const gone = [...alone(create), ...alone(remove)];
    const order = [...gone, ...gone, ...gone, ...gone, ...gone, ...alone(create)];
    const steps = [...order, ...alone(create)];
    expect(findings(steps)).toEqual([
      [
        't',
        rows(6, 23),
        'Topic t: After the longest order that was found, 3 operations, delete (index 7), create A (index 9), ' +
          'delete (index 11), create A (index 13), delete (index 15), create A (index 17), delete (index 19), ' +
          'create A (index 21), it exists, with id A, 2 partitions; ' +
          'create A (index 23) has no place before it returned.',
      ],
    ]);
  });

  it('is one for each topic that is guilty', () => {
    const steps = [
      ...alone(create, 't'),
      ...alone(create, 'u'),
      ...alone(sees(null), 't'),
      ...alone(set(null), 'u'),
      ...alone(sees({ id: 'B' }), 'u'),
      ...alone(remove, 'v'),
    ];
    const beginning = (topic: string, order: string): string =>
      `Topic ${topic}: After the longest order that was found, ${order}, it exists, with id A, 2 partitions; `;
    expect(findings(steps)).toEqual([
      [
        't',
        [0, 1, 4, 5],
        `${beginning('t', 'create A (index 1)')}a read that found no topic (index 5) has no place before it returned.`,
      ],
      [
        'u',
        [2, 3, 6, 7, 8, 9],
        `${beginning('u', 'create A (index 3), unset k (index 7)')}a read of {"id":"B"} (index 9) has no place before it returned.`,
      ],
      [
        'v',
        [10, 11],
        'Topic v: At the beginning there is no such topic; delete (index 11) has no place before it returned.',
      ],
    ]);
  });
});

describe('what is judged', () => {
  const created = alone(create);

  it('is not what failed, nor a read that had no answer', () => {
    const failed: Step[] = [
      [1, 'invoke', remove],
      [1, 'fail', remove],
    ];
    expect(findings([...failed, ...created, ...failed])).toEqual([]);
    expect(findings([...created, ...failed, ...alone(sees(null))])).toHaveLength(1);
    expect(findings([...lost(1, sees(null)), ...created, ...lost(2, sees(null))])).toEqual([]);
    // But whatever else had no answer may have happened, at any time.
    expect(findings([...created, ...lost(1, remove), ...alone(sees(null))])).toEqual([]);
    expect(findings([...created, [1, 'invoke', remove], ...alone(sees(null))])).toEqual([]);
  });

  it('is from the call to the answer, and from the beginning where there is no call', () => {
    expect(findings([...created, [1, 'invoke', sees(null)], [1, 'ok', sees(null)]])).toHaveLength(
      1,
    );
    expect(findings([[1, 'invoke', sees(null)], ...created, [1, 'ok', sees(null)]])).toEqual([]);
    expect(findings([...created, [1, 'ok', sees(null)]])).toEqual([]);
  });

  it('is no change of a config that was refused', () => {
    const refused: Asked = { op: 'configure', key: 'k', value: '1', told: 'missing' };
    const read = alone(sees({ configs: { k: '1' } }));
    const steps: Step[] = [[1, 'invoke', refused], ...created, ...read, [1, 'ok', refused]];
    expect(findings(steps)).toHaveLength(1);
    const done: Step[] = [[1, 'invoke', set('1')], ...created, ...read, [1, 'ok', set('1')]];
    expect(findings(done)).toEqual([]);
  });

  it('costs no search for reads and changes of configs without an answer', () => {
    const reads = Array.from({ length: 30 }, (_, at) => lost(10 + at, { op: 'read' })).flat();
    const read = alone(sees({ configs: { k: '30' } }));
    expect(findings([...reads, ...created, ...read], { linearizationSteps: 3 })).toHaveLength(1);
    const many = Array.from({ length: 30 }, (_, at) => lost(10 + at, set(String(at)))).flat();
    const guilty = [...created, ...many, ...read];
    const innocent = [...created, ...many, ...alone(sees({ configs: { k: '29' } }))];
    expect(findings(guilty, { linearizationSteps: 3 })).toHaveLength(1);
    expect(judged(innocent, { linearizationSteps: 2 }).verdict).toBe('valid');
  });

  it('is named where it was given up, by steps or by time', () => {
    const steps = [...alone(create, 't'), ...alone(create, 'u'), ...alone(sees({}), 'u')];
    const unknown = (topic: string): string =>
      `Whether the metadata of topic ${topic} is linearizable was not found out in time.`;
    const reasons = (linearizationSteps: number): readonly string[] =>
      judged(steps, { linearizationSteps }).reasons;
    expect([reasons(0), reasons(1), reasons(2)]).toEqual([
      [unknown('t'), unknown('u')],
      [unknown('u')],
      ['No anomaly in 2 acknowledged operations on 1 keys.'],
    ]);
    // Enough that the time is asked for once.
    const long = Array.from({ length: 4100 }, (): Asked => ({ op: 'read' })).flatMap((asked) =>
      alone(asked),
    );
    expect(judged(long, { expired: () => true }).reasons).toEqual([unknown('t')]);
  });
});
