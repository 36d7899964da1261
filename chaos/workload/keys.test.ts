import { describe, expect, test } from 'vitest';
import { Random } from '../random.js';
import { KeySpace } from './keys.js';

function twoTopics(): KeySpace {
  const keys = new KeySpace({ active: 8, partitionsPerTopic: 4, maxWritesPerKey: 10 });
  keys.topicCreated();
  keys.topicCreated();
  return keys;
}

describe('keys', () => {
  test('name partitions of topics', () => {
    const keys = twoTopics();
    expect(keys.place('0')).toEqual({ topic: 'trial-0', partition: 0 });
    expect(keys.place('6')).toEqual({ topic: 'trial-1', partition: 2 });
    expect(keys.activeKeys()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  test('are replaced by fresh ones, but not before their topic exists', () => {
    const keys = twoTopics();
    const random = new Random(1, 'test');
    for (let write = 0; write < 200; write++) {
      keys.pickForWrite(random, 1);
    }
    expect(keys.touched().length).toBe(8);
    expect(keys.topicToCreate()).toBe('trial-2');
    keys.topicCreated();
    for (let write = 0; write < 200; write++) {
      keys.pickForWrite(random, 1);
    }
    expect(keys.touched()).toContain('11');
    expect(keys.activeKeys().length).toBe(8);
    expect(keys.activeKeys()).not.toContain('0');
  });

  test('know what nobody has read', () => {
    const keys = twoTopics();
    keys.acknowledged('3', 5);
    keys.acknowledged('4', 2);
    expect(keys.unseen()).toEqual(['3', '4']);
    keys.polled('3', 5);
    expect(keys.unseen()).toEqual(['4']);
    keys.polled('4', 9);
    expect(keys.unseen()).toEqual([]);
    expect(keys.highestKnown('4')).toBe(9);
  });

  test('give every value once', () => {
    const keys = twoTopics();
    const values = Array.from({ length: 100 }, () => keys.nextValue());
    expect(new Set(values).size).toBe(100);
  });
});
