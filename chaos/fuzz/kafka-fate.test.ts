/** Each row was measured against Apache Kafka 4.4.0 (`npm run fuzz -- --replay FILE --bootstrap ...`). */

import { describe, expect, test } from 'vitest';
import { allApis } from '../../src/protocol/apis.js';
import type { TriedApi } from './cases.js';
import { type Fate, fateOf, type Listener } from './kafka-fate.js';

const listener: Listener = {
  apis: new Map(
    allApis().flatMap(({ key, name, request, response, served }) =>
      served === null
        ? []
        : [[key, { key, name, request, response, versions: served } as TriedApi]],
    ),
  ),
  unknown: new Set([29]),
  isPartial: false,
  maxFrameBytes: 1000,
};

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function framed(...frames: string[]): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const head = Buffer.alloc(4);
      head.writeInt32BE(bytes(frame).length);
      return Buffer.concat([head, bytes(frame)]);
    }),
  );
}

const fate = (stream: Buffer): Fate => fateOf(stream, listener);
const told = (stream: Buffer): string => {
  const { answers, end } = fate(stream);
  return `${answers.map(({ correlationId }) => correlationId).join(' ')} ${end}`.trim();
};

// Key, version, correlation id, client id 'c'.
const HEARTBEAT = '000c 0003 00000007 000163 000167 00000001 00016d';
const HEARTBEAT_V4 = '000c 0004 00000008 000163';

describe('a connection', () => {
  test.each([
    ['with a sound request', framed(`${HEARTBEAT} ffff`), '7 open'],
    ['with bytes behind the body', framed(`${HEARTBEAT} ffff 010203`), '7 open'],
    ['with null as -5', framed(`${HEARTBEAT} fffb`), '7 open'],
    ['with a body that is cut off', framed(HEARTBEAT), 'closed'],
    ['with null where there is none', framed('000c 0003 00000007 0000 ffff 00000001'), 'closed'],
    ['with a string longer than the frame', framed(`${HEARTBEAT} 0009 61`), 'closed'],
    ['with a header that is cut off', framed('000c 0003 0000'), 'closed'],
    ['with an empty frame', framed(''), 'closed'],
    ['with an unknown API', framed('01f4 0000 00000007 0000'), 'closed'],
    ['with an unserved version', framed('000c 0009 00000007 0000 00 00'), 'closed'],
    ['with Produce 0', framed('0000 0000 00000007 0000 ffff 00000000 00000000'), 'closed'],
    ['with a newer ApiVersions', framed('0012 0063 00000007 000163 00 02'), '7 open'],
    ['with an ApiVersions of version -1', framed('0012 ffff 00000007 000163'), '7 open'],
    [
      'with a negative length',
      Buffer.concat([framed(`${HEARTBEAT} ffff`), bytes('ffffffff')]),
      '7 closed',
    ],
    ['with a length that is too large', bytes('7fffffff 00'), 'closed'],
    ['with half a length', bytes('0000'), 'unfinished'],
    ['with half a frame', framed(`${HEARTBEAT} ffff`).subarray(0, 20), 'unfinished'],
    [
      'with something spoilt between',
      framed(`${HEARTBEAT} ffff`, HEARTBEAT, `${HEARTBEAT} ffff`),
      '7 closed',
    ],
    [
      'with a tagged field nobody knows',
      framed(`${HEARTBEAT_V4} 01 05 02 abcd 0267 00000001 026d 00 00`),
      '8 open',
    ],
    [
      'with more tagged fields than bytes',
      framed(`${HEARTBEAT_V4} 00 0267 00000001 026d 00 7f`),
      'closed',
    ],
    [
      'with fewer tagged fields than none',
      framed(`${HEARTBEAT_V4} 00 0267 00000001 026d 00 ffffffff0f`),
      'closed',
    ],
    [
      'with an overlong varint',
      framed(`${HEARTBEAT_V4} 00 828000 67 00000001 026d 00 00`),
      '8 open',
    ],
    [
      'with a varint of six bytes',
      framed(`${HEARTBEAT_V4} 00 ffffffffff01 00000001 026d 00 00`),
      'closed',
    ],
    ['with an API that nobody here can read', framed('001d 0000 00000007 0000'), 'unknown'],
  ])('%s', (_, stream, expected) => {
    expect(told(stream)).toBe(expected);
  });

  test('with acks=0 has no answer, and may be closed', () => {
    const produce = (acks: string): string =>
      `0000 0003 00000009 0000 ffff ${acks} 00000001 00000000`;
    expect(fate(framed(produce('0000'), `${HEARTBEAT} ffff`))).toMatchObject({
      answers: [{ correlationId: 7 }],
      mayCloseFrom: 0,
    });
    expect(told(framed(produce('0001')))).toBe('9 open');
  });

  test('may wait from a fetch on', () => {
    const fetch = '0001 0004 00000003 0000 ffffffff 00000001 00000001 00000001 00 00000000';
    expect(fate(framed(`${HEARTBEAT} ffff`, fetch)).waitsFrom).toBe(1);
  });
});
