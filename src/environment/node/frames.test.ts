/** Buffers and frames: nothing is used twice, whatever pieces the bytes come in. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BufferPool, PooledFrame } from './buffer-pool.js';
import { FrameAssembler } from './frame-assembler.js';

function framed(bodies: readonly Uint8Array[]): Uint8Array {
  const parts = bodies.flatMap((body) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(body.length);
    return [head, body];
  });
  return new Uint8Array(Buffer.concat(parts));
}

describe('the pool', () => {
  test('gives plain arrays of at least the length, never one that is in use', () => {
    const operation = fc.oneof(
      fc.record({ take: fc.oneof(fc.nat(5000), fc.nat(6_000_000)) }),
      fc.record({ give: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const pool = new BufferPool(1 << 20);
        const inUse: Uint8Array[] = [];
        for (const each of operations) {
          if ('take' in each) {
            const buffer = pool.take(each.take);
            expect(buffer.length).toBeGreaterThanOrEqual(each.take);
            expect(Buffer.isBuffer(buffer)).toBe(false);
            expect(inUse.some((other) => other.buffer === buffer.buffer)).toBe(false);
            inUse.push(buffer);
          } else if (inUse.length > 0) {
            pool.give(inUse.splice(each.give % inUse.length, 1)[0]!);
          }
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('wastes at most a quarter, and gives back what it was given', () => {
    const pool = new BufferPool(64 << 20);
    for (let length = 1025; length < 4 << 20; length = Math.ceil(length * 1.07)) {
      const buffer = pool.take(length);
      expect(buffer.length).toBeLessThanOrEqual(length * 1.25 + 1);
      pool.give(buffer);
      expect(pool.take(length)).toBe(buffer);
    }
  });

  test('keeps no more than it may', () => {
    const pool = new BufferPool(10_000);
    const buffers = Array.from({ length: 20 }, () => pool.take(1024));
    for (const buffer of buffers) {
      pool.give(buffer);
    }
    const known = new Set(buffers);
    const again = Array.from({ length: 20 }, () => pool.take(1024));
    expect(again.filter((buffer) => known.has(buffer)).length).toBe(9);
  });

  test('takes no stranger that no size fits', () => {
    const pool = new BufferPool(1 << 20);
    const odd = new Uint8Array(1500);
    pool.give(odd);
    expect(pool.take(1400)).not.toBe(odd);
    expect(pool.take(1500)).not.toBe(odd);
  });
});

describe('a frame', () => {
  test('goes back with its last release, and not before', () => {
    const pool = new BufferPool(1 << 20);
    const buffer = pool.take(100);
    const frame = new PooledFrame(pool, buffer, 100);
    expect(frame.bytes.length).toBe(100);
    frame.retain();
    frame.release();
    expect(pool.take(100)).not.toBe(buffer);
    frame.release();
    expect(pool.take(100)).toBe(buffer);
  });

  test('may be neither released nor retained after that', () => {
    const pool = new BufferPool(1 << 20);
    const frame = new PooledFrame(pool, pool.take(10), 10);
    frame.release();
    expect(() => frame.release()).toThrow('more often');
    expect(() => frame.retain()).toThrow('after its last');
  });
});

describe('the assembler', () => {
  test('finds the frames in any slicing of the stream', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, cuts, (sent, at) => {
        const stream = framed(sent);
        const pool = new BufferPool(1 << 20);
        const got: Uint8Array[] = [];
        const assembler = new FrameAssembler(pool, 1 << 20, (frame) => {
          got.push(frame.bytes.slice());
          // At once, so that a buffer used too long shows.
          frame.bytes.fill(0xdd);
          frame.release();
        });
        const places = [0, ...at.map((cut) => cut % (stream.length + 1)), stream.length];
        places.sort((a, b) => a - b);
        // All through one receive buffer that is longer than what is in it.
        const receive = new Uint8Array(stream.length + 10);
        for (let i = 1; i < places.length; i++) {
          const piece = stream.subarray(places[i - 1], places[i]);
          receive.fill(0xee);
          receive.set(piece);
          expect(assembler.feed(receive, piece.length)).toBe(null);
        }
        expect(got.map((body) => Buffer.from(body).toString('hex'))).toEqual(
          sent.map((body) => Buffer.from(body).toString('hex')),
        );
        expect(assembler.partialBytes).toBe(0);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test('grows with the bytes of a large frame, not with what was announced', () => {
    const pool = new BufferPool(1 << 20);
    const taken: number[] = [];
    const take = pool.take.bind(pool);
    pool.take = (length) => {
      taken.push(length);
      return take(length);
    };
    const body = new Uint8Array(5_000_000).map((_, i) => i * 31);
    const stream = framed([body]);
    let got: Uint8Array | null = null;
    const assembler = new FrameAssembler(pool, 100_000_000, (frame) => {
      got = frame.bytes.slice();
    });
    assembler.feed(stream.subarray(0, 10), 10);
    expect(Math.max(...taken)).toBeLessThanOrEqual(1 << 20);
    for (let at = 10; at < stream.length; at += 65_536) {
      const piece = stream.subarray(at, at + 65_536);
      assembler.feed(piece, piece.length);
    }
    expect(Buffer.compare(got!, body)).toBe(0);
    expect(taken.length).toBeLessThan(6);
  });

  test.each([-1, -2147483648, 1001, 2147483647])('refuses a length of %i', (length) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(length);
    const assembler = new FrameAssembler(new BufferPool(0), 1000, () => {});
    expect(assembler.feed(head, 4)).toContain(`${length} bytes`);
  });

  test('gives an unfinished frame back', () => {
    const pool = new BufferPool(1 << 20);
    const assembler = new FrameAssembler(pool, 1000, () => {});
    const piece = framed([new Uint8Array(500)]).subarray(0, 100);
    assembler.feed(piece, piece.length);
    expect(assembler.partialBytes).toBe(96);
    assembler.abandon();
    expect(assembler.partialBytes).toBe(0);
    const buffer = pool.take(500);
    expect(pool.take(500)).not.toBe(buffer);
  });
});
