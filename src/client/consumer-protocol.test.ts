import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol/errors.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.js';

const place = (topic: string, partition: number) => ({ topic, partition: partition as never });

describe('a subscription', () => {
  const told = { topics: ['b', 'a'], owned: [place('a', 1), place('a', 0)], generation: 7 };

  test('reads back as it was written, and its bytes are Kafka’s', () => {
    const bytes = encodeSubscription(told);
    expect(decodeSubscription(bytes)).toEqual(told);
    expect([
      ...encodeSubscription({ topics: ['t'], owned: [place('t', 3)], generation: 2 }),
    ]).toEqual([
      ...[0, 2, 0, 0, 0, 1, 0, 1, 116],
      // No user data, then what is owned.
      ...[255, 255, 255, 255, 0, 0, 0, 1, 0, 1, 116, 0, 0, 0, 1, 0, 0, 0, 3],
      ...[0, 0, 0, 2],
    ]);
  });

  test('of an older version says nothing of what is owned', () => {
    const old = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 1, 116, 255, 255, 255, 255);
    expect(decodeSubscription(old)).toEqual({ topics: ['t'], owned: [], generation: -1 });
  });

  test('that is cut off is none', () => {
    expect(() => decodeSubscription(encodeSubscription(told).subarray(0, 9))).toThrow(
      ProtocolError,
    );
  });
});

describe('an assignment', () => {
  test('reads back; no bytes are no partitions', () => {
    const places = [place('a', 2), place('a', 0), place('b', 5)];
    expect(decodeAssignment(encodeAssignment(places))).toEqual(places);
    expect(decodeAssignment(encodeAssignment([]))).toEqual([]);
    expect(decodeAssignment(new Uint8Array(0))).toEqual([]);
  });
});
