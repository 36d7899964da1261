/** One topic, step by step: what it may answer in which state, and what state that leaves. */

import { describe, expect, it } from 'vitest';
import type { MetadataValue } from '../../history/rows.js';
import {
  describeTopic,
  type RepeatedChange,
  type TopicHistoryState,
  TopicModel,
} from './metadata-model.js';

const ANY_MOMENT = { after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY };
const NONE: TopicHistoryState = 'no topic';
/** Created by somebody who was not told what it is. */
const UNKNOWN = { id: null, partitions: null, configs: {} };
const TOPIC = { id: 'A', partitions: 2, configs: { a: '1' } };

/** Without its topic, which the model does not look at. */
type Without<Value> = Value extends MetadataValue ? Omit<Value, 'topic'> : never;
type Asked = Without<MetadataValue>;

function step(state: TopicHistoryState, asked: Asked): TopicHistoryState | null {
  const value = { ...asked, topic: 't' } as MetadataValue;
  return new TopicModel([]).step(state, value, ANY_MOMENT);
}

describe('a topic', () => {
  it('is none at first', () => {
    expect(new TopicModel([]).initial).toBe(NONE);
  });

  it.each<[TopicHistoryState, Asked, TopicHistoryState | null]>([
    [NONE, { op: 'create' }, UNKNOWN],
    [NONE, { op: 'create', id: 'A', partitions: 2, configs: { a: '1' } }, TOPIC],
    [NONE, { op: 'create', told: 'exists' }, null],
    [TOPIC, { op: 'create', told: 'exists' }, TOPIC],
    [TOPIC, { op: 'create', id: 'A' }, null],
    [TOPIC, { op: 'delete' }, NONE],
    [TOPIC, { op: 'delete', id: 'A' }, NONE],
    [TOPIC, { op: 'delete', id: 'B' }, null],
    [UNKNOWN, { op: 'delete', id: 'B' }, NONE],
    [NONE, { op: 'delete' }, null],
    [NONE, { op: 'delete', told: 'missing' }, NONE],
    [NONE, { op: 'delete', id: 'A', told: 'missing' }, NONE],
    [TOPIC, { op: 'delete', told: 'missing' }, null],
    [TOPIC, { op: 'delete', id: 'A', told: 'missing' }, null],
    [TOPIC, { op: 'delete', id: 'B', told: 'missing' }, TOPIC],
    [TOPIC, { op: 'grow', partitions: 3 }, { ...TOPIC, partitions: 3 }],
    [TOPIC, { op: 'grow', partitions: 2 }, null],
    [TOPIC, { op: 'grow', partitions: 1 }, null],
    [TOPIC, { op: 'grow', partitions: 2, told: 'not more' }, TOPIC],
    [TOPIC, { op: 'grow', partitions: 3, told: 'not more' }, null],
    [TOPIC, { op: 'grow', partitions: 3, told: 'missing' }, null],
    [UNKNOWN, { op: 'grow', partitions: 3 }, { ...UNKNOWN, partitions: 3 }],
    [UNKNOWN, { op: 'grow', partitions: 3, told: 'not more' }, UNKNOWN],
    [NONE, { op: 'grow', partitions: 3 }, null],
    [NONE, { op: 'grow', partitions: 3, told: 'not more' }, null],
    [NONE, { op: 'grow', partitions: 3, told: 'missing' }, NONE],
    [TOPIC, { op: 'configure', key: 'a', value: '2' }, { ...TOPIC, configs: { a: '2' } }],
    [TOPIC, { op: 'configure', key: 'b', value: '2' }, { ...TOPIC, configs: { a: '1', b: '2' } }],
    [TOPIC, { op: 'configure', key: 'a', value: null }, { ...TOPIC, configs: {} }],
    [TOPIC, { op: 'configure', key: 'b', value: null }, TOPIC],
    [TOPIC, { op: 'configure', key: 'a', value: '2', told: 'missing' }, null],
    [NONE, { op: 'configure', key: 'a', value: '2' }, null],
    [NONE, { op: 'configure', key: 'a', value: '2', told: 'missing' }, NONE],
    [NONE, { op: 'read' }, NONE],
    [TOPIC, { op: 'read' }, TOPIC],
    [NONE, { op: 'read', state: null }, NONE],
    [TOPIC, { op: 'read', state: null }, null],
    [NONE, { op: 'read', state: {} }, null],
    [TOPIC, { op: 'read', state: {} }, TOPIC],
    [TOPIC, { op: 'read', state: TOPIC }, TOPIC],
    [TOPIC, { op: 'read', state: { id: 'B' } }, null],
    [TOPIC, { op: 'read', state: { partitions: 3 } }, null],
    [TOPIC, { op: 'read', state: { configs: {} } }, null],
    [TOPIC, { op: 'read', state: { configs: { a: '2' } } }, null],
    [TOPIC, { op: 'read', state: { configs: { a: '1', b: '2' } } }, null],
    [UNKNOWN, { op: 'read', state: { id: 'B' } }, { ...UNKNOWN, id: 'B' }],
    [UNKNOWN, { op: 'read', state: { partitions: 5 } }, { ...UNKNOWN, partitions: 5 }],
    [UNKNOWN, { op: 'read', state: { configs: { a: '1' } } }, null],
  ])('%j: %j', (state, asked, next) => {
    expect(step(state, asked)).toEqual(next);
  });

  it('is one state where nothing is new, and another of the same key where it is equal', () => {
    const model = new TopicModel([]);
    const two = { id: 'A', partitions: 2, configs: { a: '1', b: '2' } };
    const swapped = { id: 'A', partitions: 2, configs: { b: '2', a: '1' } };
    const read = { op: 'read', topic: 't', state: swapped } as const;
    expect(model.step(two, read, ANY_MOMENT)).toBe(two);
    expect(model.key(two)).toBe(model.key(swapped));
    const others = [
      NONE,
      UNKNOWN,
      TOPIC,
      { ...two, id: 'B' },
      { ...two, partitions: 3 },
      { ...two, configs: { a: '1', b: '3' } },
    ];
    const keys = [...others, two].map((state) => model.key(state));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual([...others, two].map((state) => model.key(state)));
  });

  it('is told in words', () => {
    expect(describeTopic(NONE)).toBe('there is no such topic');
    expect(describeTopic(UNKNOWN)).toBe('it exists');
    expect(describeTopic({ ...TOPIC, configs: { a: '1', b: '2' } })).toBe(
      'it exists, with id A, 2 partitions, a=1, b=2',
    );
  });
});

describe('a change that was repeated', () => {
  const again: RepeatedChange = { key: 'a', value: '2', called: 5, returned: 9 };
  function read(
    repeated: readonly RepeatedChange[],
    configs: Readonly<Record<string, string>>,
    moment = ANY_MOMENT,
  ): TopicHistoryState | null {
    return new TopicModel(repeated).step(
      TOPIC,
      { op: 'read', topic: 't', state: { configs } },
      moment,
    );
  }

  it('may be seen in place of what was set, and is the state from then on', () => {
    expect(read([again], { a: '2' })).toEqual({ ...TOPIC, configs: { a: '2' } });
    expect(read([{ ...again, value: null }], {})).toEqual({ ...TOPIC, configs: {} });
    expect(read([{ ...again, key: 'b' }], { a: '1', b: '2' })).toEqual({
      ...TOPIC,
      configs: { a: '1', b: '2' },
    });
    expect(read([again, { ...again, key: 'b' }], { a: '2', b: '2' })).toEqual({
      ...TOPIC,
      configs: { a: '2', b: '2' },
    });
  });

  it('is no reason for another value, another config or one that is missing', () => {
    expect(read([again], { a: '3' })).toBeNull();
    expect(read([again], {})).toBeNull();
    expect(read([{ ...again, key: 'b' }], { a: '2' })).toBeNull();
    expect(read([again], { a: '2', b: '2' })).toBeNull();
    expect(read([{ ...again, value: null }], { a: '2' })).toBeNull();
  });

  it('is called before the read is over, and not over before it could take effect', () => {
    const at = (after: number, before: number): boolean =>
      read([again], { a: '2' }, { after, before }) !== null;
    expect([at(0, 5), at(0, 6), at(8, 20), at(9, 20)]).toEqual([false, true, true, false]);
  });
});
