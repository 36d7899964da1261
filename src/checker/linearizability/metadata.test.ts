import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetadataRow, MetadataValue, Row, RowType } from '../../history/rows.js';
import { check } from '../check.js';

type Step = readonly [process: number, type: RowType, value: MetadataValue];

function history(steps: readonly Step[]): Row[] {
  return steps.map(
    ([process, type, value], index): MetadataRow => ({
      index,
      time: index,
      process,
      type,
      f: 'metadata',
      value,
    }),
  );
}

/** Called and answered with nothing between. */
function alone(value: MetadataValue): Step[] {
  return [
    [0, 'invoke', value],
    [0, 'ok', value],
  ];
}

function found(steps: readonly Step[]): readonly string[] {
  return (check(history(steps)).anomalies['nonlinearizable-metadata'] ?? []).map(
    ({ sentence }) => sentence,
  );
}

const create: MetadataValue = { op: 'create', topic: 't', partitions: 2, id: 'A' };
const remove: MetadataValue = { op: 'delete', topic: 't' };
const read = (state: Extract<MetadataValue, { op: 'read' }>['state']): MetadataValue => ({
  op: 'read',
  topic: 't',
  state: state!,
});

describe('nonlinearizable-metadata', () => {
  it('accepts what a topic can have been told', () => {
    expect(
      found([
        ...alone(read(null)),
        ...alone(create),
        ...alone({ ...create, told: 'exists' }),
        ...alone(read({ id: 'A', partitions: 2, configs: {} })),
        ...alone({ op: 'configure', topic: 't', key: 'retention.ms', value: '9' }),
        ...alone({ op: 'grow', topic: 't', partitions: 3 }),
        ...alone({ op: 'grow', topic: 't', partitions: 3, told: 'not more' }),
        ...alone(read({ id: 'A', partitions: 3, configs: { 'retention.ms': '9' } })),
        ...alone({ op: 'configure', topic: 't', key: 'retention.ms', value: null }),
        ...alone(read({ configs: {} })),
        ...alone(remove),
        ...alone({ ...remove, told: 'missing' }),
        ...alone({ op: 'delete', topic: 't', id: 'A', told: 'missing' }),
        ...alone({ ...create, id: 'B' }),
        ...alone({ op: 'delete', topic: 't', id: 'A', told: 'missing' }),
      ]),
    ).toEqual([]);
  });

  it.each<[string, MetadataValue[]]>([
    ['a read that misses a creation', [create, read(null)]],
    ['a read that misses a deletion', [create, remove, read({})]],
    ['a read of the topic before', [create, remove, { ...create, id: 'B' }, read({ id: 'A' })]],
    [
      'a read that misses a config',
      [create, { op: 'configure', topic: 't', key: 'k', value: '1' }, read({ configs: {} })],
    ],
    [
      'a read of a config that is not set any more',
      [
        create,
        { op: 'configure', topic: 't', key: 'k', value: '1' },
        { op: 'configure', topic: 't', key: 'k', value: null },
        read({ configs: { k: '1' } }),
      ],
    ],
    [
      'a read of fewer partitions',
      [create, { op: 'grow', topic: 't', partitions: 4 }, read({ partitions: 2 })],
    ],
    ['two creations', [create, { ...create, id: 'B' }]],
    ['a deletion of nothing', [remove]],
    ['a creation refused for nothing', [{ ...create, told: 'exists' }]],
    ['a growth that was none', [create, { op: 'grow', topic: 't', partitions: 2 }]],
    [
      'a growth refused for nothing',
      [create, { op: 'grow', topic: 't', partitions: 3, told: 'not more' }],
    ],
    ['a config of nothing', [{ op: 'configure', topic: 't', key: 'k', value: '1' }]],
    [
      'a change refused for nothing',
      [create, { op: 'configure', topic: 't', key: 'k', value: '1', told: 'missing' }],
    ],
    ['a deletion of another id', [create, { ...remove, id: 'B' }]],
  ])('convicts %s', (_, values) => {
    expect(found(values.flatMap(alone))).toHaveLength(1);
  });

  describe('a config that is set once more than it was asked for', () => {
    const set = (value: string): MetadataValue => ({
      op: 'configure',
      topic: 't',
      key: 'k',
      value,
    });
    const sees = (value: string): Step[] => alone(read({ configs: { k: value } }));
    const asked: Step = [1, 'invoke', set('1')];
    const answered = (type: RowType): Step[] => [[1, type, set('1')]];
    const start = [...alone(create), asked];
    const others = [...sees('1'), ...alone(set('2')), ...sees('2')];

    it('is allowed until the answer, and for ever where none came', () => {
      expect(found([...start, ...others, ...sees('1'), ...answered('ok')])).toEqual([]);
      expect(found([...start, ...others, ...answered('info'), ...sees('1')])).toEqual([]);
      expect(
        found([...start, ...others, ...answered('info'), ...others, ...others, ...sees('1')]),
      ).toEqual([]);
    });

    it('is not allowed behind the answer', () => {
      expect(found([...start, ...others, ...answered('ok'), ...sees('1')])).toEqual([]);
      const behind = [...sees('2'), ...sees('1')];
      expect(found([...start, ...others, ...answered('ok'), ...behind])).toHaveLength(1);
    });

    it('is not allowed before it was asked for', () => {
      const lost: Step[] = [asked, ...answered('info')];
      expect(found([...alone(create), ...sees('1'), ...lost])).toHaveLength(1);
    });

    it('stands behind whatever was over when it was asked for', () => {
      // Who sees 1 is called before and answered after; but a later read of 2 was over in between.
      const seen = read({ configs: { k: '1' } });
      const steps: Step[] = [...alone(create), ...alone(set('2')), [2, 'invoke', seen]];
      const lost: Step[] = [asked, ...answered('info'), [2, 'ok', seen]];
      expect(found([...steps, ...sees('2'), ...lost])).toEqual([]);
      expect(found([...steps, ...lost, ...sees('2')])).toHaveLength(1);
      expect(found([...steps, ...lost, ...sees('1')])).toEqual([]);
    });
  });

  it('says which order was found, what there is then, and what has no place', () => {
    expect(found([...alone(create), ...alone(read(null))])).toEqual([
      'Topic t: After the longest order that was found, create A (index 1), it exists, with id A, 2 partitions; ' +
        'a read that found no topic (index 3) has no place before it returned.',
    ]);
  });

  it('lets a change without an answer happen, or not, but only once', () => {
    const lost: Step[] = [
      [1, 'invoke', remove],
      [1, 'info', remove],
    ];
    expect(found([...alone(create), ...lost, ...alone(read({})), ...alone(read(null))])).toEqual(
      [],
    );
    expect(
      found([...alone(create), ...lost, ...alone(read(null)), ...alone(read({}))]),
    ).toHaveLength(1);
  });

  it('judges topics apart from one another', () => {
    const other = { ...create, topic: 'u' };
    expect(
      found([...alone(create), ...alone(other), ...alone({ op: 'read', topic: 'u', state: {} })]),
    ).toEqual([]);
  });

  it('does not call it valid when the search was given up', () => {
    const rows = history([...alone(create), ...alone(read({}))]);
    const result = check(rows, { linearizationSteps: 1 });
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.join()).toContain('metadata of topic t');
  });

  it('never convicts histories of a linearizable topic, and always a planted lie', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        const steps = honest(seed, 40);
        expect(found(steps)).toEqual([]);
        // More partitions are seen than anybody asked for.
        const value = read({ partitions: 99 });
        const lie: Step[] = [...steps, [999, 'invoke', value], [999, 'ok', value]];
        expect(found(lie)).toHaveLength(1);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

function isRefusal(value: MetadataValue): boolean {
  return 'told' in value;
}

/** Four clients of one topic, each operation taking effect at some moment between call and answer. */
function honest(seed: number, length: number): Step[] {
  let word = seed;
  const below = (bound: number): number => {
    word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0;
    return (word >>> 8) % bound;
  };
  const steps: Step[] = [];
  let topic: { id: string; partitions: number; configs: Record<string, string> } | null = null;
  let ids = 0;
  let next = 4;
  const clients: { process: number; asks: MetadataValue | null; told: MetadataValue | null }[] = [
    0, 1, 2, 3,
  ].map((process) => ({ process, asks: null, told: null }));
  const apply = (value: MetadataValue): MetadataValue => {
    switch (value.op) {
      case 'create':
        if (topic !== null) {
          return { ...value, told: 'exists' };
        }
        topic = { id: `id${ids++}`, partitions: value.partitions!, configs: {} };
        return { ...value, id: topic.id };
      case 'delete': {
        const told = topic === null ? ({ ...value, told: 'missing' } as const) : value;
        topic = null;
        return told;
      }
      case 'grow':
        if (topic === null) {
          return { ...value, told: 'missing' };
        }
        if (value.partitions <= topic.partitions) {
          return { ...value, told: 'not more' };
        }
        topic.partitions = value.partitions;
        return value;
      case 'configure':
        if (topic === null) {
          return { ...value, told: 'missing' };
        }
        topic.configs[value.key] = value.value!;
        return value;
      case 'read':
        return { ...value, state: topic === null ? null : structuredClone(topic) };
    }
  };
  const lost: MetadataValue[] = [];
  const asks: (() => MetadataValue)[] = [
    () => ({ op: 'create', topic: 't', partitions: 1 + below(2) }),
    () => ({ op: 'delete', topic: 't' }),
    () => ({ op: 'grow', topic: 't', partitions: 1 + below(4) }),
    () => ({ op: 'configure', topic: 't', key: `k${below(2)}`, value: `${below(3)}` }),
    () => ({ op: 'read', topic: 't' }),
    () => ({ op: 'read', topic: 't' }),
  ];
  while (steps.length < length) {
    if (below(8) === 0) {
      // A broker repeats a change of a config that got no answer yet, or got none at all.
      const open = clients.flatMap(({ told }) => (told === null || isRefusal(told) ? [] : told));
      const configures = [...lost, ...open].filter(({ op }) => op === 'configure');
      if (configures.length > 0) {
        apply(configures[below(configures.length)]!);
      }
    }
    const client = clients[below(clients.length)]!;
    if (client.asks === null) {
      client.asks = asks[below(asks.length)]!();
      steps.push([client.process, 'invoke', client.asks]);
    } else if (client.told === null && below(8) > 0) {
      client.told = apply(client.asks);
    } else if (below(8) === 0) {
      steps.push([client.process, 'info', client.asks]);
      lost.push(client.asks);
      Object.assign(client, { process: next++, asks: null, told: null });
    } else if (client.told !== null) {
      steps.push([client.process, 'ok', client.told]);
      Object.assign(client, { asks: null, told: null });
    }
  }
  return steps;
}
