/** Ways to spoil a message: such that know where its lengths, counts and markers are, and blind ones. */

import type { Random } from '../random.js';
import { drawSpoiltBatch } from './batches.js';
import { bytesOf } from './bodies.js';
import { encodeLength, type LengthForm, type Mark, unsignedVarint } from './marked-bytes.js';

/** A piece of a message replaced by another. */
interface Splice {
  readonly at: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

const LENGTHS: Readonly<Record<LengthForm, readonly number[]>> = {
  int16: [-1, -2, 0, 1, 0x7fff, -0x8000, 300],
  int32: [-1, -2, 0, 1, 1000, 1_000_000, 0x0fffffff, 0x7fffffff, -0x80000000],
  varint: [0, 1, 2, 128, 1_000_000, 0x0fffffff, 0x7fffffff, 0x80000000, 0xffffffff],
};

/** Varints that Kafka reads in its own way: overlong ones, and such of more than 32 bits. */
const ODD_VARINTS: readonly Uint8Array[] = [
  Uint8Array.of(0x80, 0x00),
  Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x00),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10),
];

/** Sections of tagged fields: two that must be passed over, and such that cannot be. */
function drawTags(random: Random): Uint8Array {
  const field = (tag: number, size: number, bytes: number): Uint8Array =>
    Buffer.concat([unsignedVarint(tag), unsignedVarint(size), bytesOf(random, bytes)]);
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([unsignedVarint(1), field(random.pick([50, 0x7fffffff]), 3, 3)]);
    case 1:
      return Buffer.concat([unsignedVarint(2), field(40, 0, 0), field(40, 2, 2)]);
    case 2:
      return Buffer.concat([unsignedVarint(random.pick([3, 0x7fffffff])), field(60, 1, 1)]);
    case 3:
      return Buffer.concat([unsignedVarint(1), field(60, random.pick([9, 0x7fffffff]), 4)]);
    case 4:
      return unsignedVarint(random.pick([0x80000000, 0xffffffff]));
    default:
      return Buffer.concat([unsignedVarint(1), field(0, 2, 2)]);
  }
}

function spoilMark(mark: Mark, random: Random): { splice: Splice; how: string } {
  const { at, size } = mark;
  const replace = (bytes: Uint8Array, how: string): { splice: Splice; how: string } => ({
    splice: { at, size, bytes },
    how,
  });
  switch (mark.kind) {
    case 'length': {
      if (mark.form === 'varint' && random.oneIn(4)) {
        return replace(random.pick(ODD_VARINTS), 'an odd varint');
      }
      const little = mark.value + random.pick([-1, 1]);
      const value = random.oneIn(3) ? little : random.pick(LENGTHS[mark.form]);
      return replace(encodeLength(value, mark.form), `a length of ${value}`);
    }
    case 'scalar': {
      const fill = random.pick([0x00, 0xff, 0x7f, 0x80]);
      const bytes = random.oneIn(2) ? bytesOf(random, size) : new Uint8Array(size).fill(fill);
      return replace(bytes, 'a number');
    }
    case 'text':
      return replace(bytesOf(random, size), 'a text');
    case 'records': {
      const { batch, how } = drawSpoiltBatch(random);
      // The length before it no longer fits, which is a fault of its own, but for the same size.
      return replace(batch.length >= size ? batch.subarray(0, size) : batch, `records: ${how}`);
    }
    case 'tags':
      return replace(drawTags(random), 'tagged fields');
  }
}

export interface Spoilt {
  readonly bytes: Uint8Array;
  readonly how: string;
}

/** One to three of the marked places changed. */
export function spoilMarked(bytes: Uint8Array, marks: readonly Mark[], random: Random): Spoilt {
  const chosen = random.shuffle(marks).slice(0, random.pick([1, 1, 1, 2, 3]));
  if (chosen.length === 0) {
    return spoilBlindly(bytes, random);
  }
  // From the back, so that what is before keeps its place.
  chosen.sort((one, other) => other.at - one.at);
  let result = bytes;
  const hows: string[] = [];
  for (const mark of chosen) {
    const { splice, how } = spoilMark(mark, random);
    result = Buffer.concat([
      result.subarray(0, splice.at),
      splice.bytes,
      result.subarray(splice.at + splice.size),
    ]);
    hows.push(how);
  }
  return { bytes: result, how: hows.reverse().join(', ') };
}

/** Bytes set, cut off, put in or added, wherever it may be. */
export function spoilBlindly(bytes: Uint8Array, random: Random): Spoilt {
  let result: Uint8Array = Buffer.from(bytes);
  const hows: string[] = [];
  for (let times = random.between(1, 3); times > 0; times--) {
    const at = random.below(result.length + 1);
    switch (random.below(5)) {
      case 0:
      case 1:
        if (at < result.length) {
          result[at] = random.below(256);
        }
        hows.push('a byte set');
        break;
      case 2:
        result = result.subarray(0, at);
        hows.push('cut off');
        break;
      case 3: {
        const more = bytesOf(random, random.between(1, 4));
        result = Buffer.concat([result.subarray(0, at), more, result.subarray(at)]);
        hows.push('bytes put in');
        break;
      }
      default:
        result = Buffer.concat([result, bytesOf(random, random.between(1, 8))]);
        hows.push('bytes added');
    }
  }
  return { bytes: result, how: hows.join(', ') };
}
