/**
 * What the fuzzer sends: case `index` of a seed is the same bytes in every run against brokers that
 * advertise the same, whatever the runs before it did.
 */

import type { MessageSchema } from '../../src/protocol/schema.js';
import { Random } from '../random.js';
import { drawSpoiltBatch } from './batches.js';
import { bytesOf, drawBody, TOPICS } from './bodies.js';
import { MarkedBytes } from './marked-bytes.js';
import { spoilBlindly, spoilMarked } from './mutations.js';

/** An API in the versions that are tried. */
export interface TriedApi {
  readonly key: number;
  readonly name: string;
  readonly request: MessageSchema;
  readonly response: MessageSchema;
  readonly versions: readonly [first: number, last: number];
}

export interface FuzzCase {
  readonly index: number;
  /** What it is, for people. */
  readonly label: string;
  /** What goes onto the connection: frames with their length before them, or what is left of them. */
  readonly bytes: Uint8Array;
  /** The sender says that nothing follows (FIN), instead of asking whether the broker still listens. */
  readonly halfClose: boolean;
}

const CLIENT_ID = 'fuzz';
const PRODUCE_KEY = 0;
const API_VERSIONS_KEY = 18;

interface Request {
  readonly label: string;
  readonly frame: Uint8Array;
}

/** Weights of the kinds of cases. */
const KINDS: readonly (readonly [weight: number, draw: (apis: Drawer) => FuzzCaseParts])[] = [
  [22, (drawer) => drawer.sound()],
  [36, (drawer) => drawer.marked()],
  [14, (drawer) => drawer.blind()],
  [9, (drawer) => drawer.batches()],
  [4, (drawer) => drawer.noise()],
  [6, (drawer) => drawer.header()],
  [5, (drawer) => drawer.prefix()],
  [4, (drawer) => drawer.several()],
];
const TOTAL = KINDS.reduce((sum, [weight]) => sum + weight, 0);

interface FuzzCaseParts {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly halfClose?: boolean;
}

export function drawCase(seed: number, index: number, apis: readonly TriedApi[]): FuzzCase {
  const random = new Random(seed, `frame ${index}`);
  const drawer = new Drawer(random, apis, index);
  let at = random.below(TOTAL);
  for (const [weight, draw] of KINDS) {
    at -= weight;
    if (at < 0) {
      const parts = draw(drawer);
      const halfClose = parts.halfClose ?? random.oneIn(50);
      return { index, label: parts.label, bytes: parts.bytes, halfClose };
    }
  }
  throw new Error('the weights have a sum');
}

/** A frame with its length before it. */
export function framed(frame: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(frame.length);
  return Buffer.concat([head, frame]);
}

/** The header of a request; `flexible`: with tagged fields (v2). */
export function requestHeader(
  key: number,
  version: number,
  correlationId: number,
  flexible: boolean,
): MarkedBytes {
  const out = new MarkedBytes();
  out.int(key, 2);
  out.int(version, 2);
  out.int(correlationId, 4);
  out.marks.length = 0;
  out.lengthOf(CLIENT_ID.length, 'int16');
  out.raw(Buffer.from(CLIENT_ID));
  if (flexible) {
    out.emptyTags();
  }
  return out;
}

class Drawer {
  private readonly random: Random;
  private readonly apis: readonly TriedApi[];
  private readonly index: number;

  constructor(random: Random, apis: readonly TriedApi[], index: number) {
    this.random = random;
    this.apis = apis;
    this.index = index;
  }

  sound(): FuzzCaseParts {
    const { label, bytes } = this.request();
    return { label: `${label}: sound`, bytes: framed(bytes) };
  }

  marked(): FuzzCaseParts {
    const { label, bytes, marks } = this.request();
    const spoilt = spoilMarked(bytes, marks, this.random);
    return { label: `${label}: ${spoilt.how}`, bytes: framed(spoilt.bytes) };
  }

  blind(): FuzzCaseParts {
    const { label, bytes } = this.request();
    const spoilt = spoilBlindly(bytes, this.random);
    return { label: `${label}: ${spoilt.how}`, bytes: framed(spoilt.bytes) };
  }

  /** A well-formed produce request of what must not be produced. */
  batches(): FuzzCaseParts {
    const { random } = this;
    const api = this.apis.find(({ key }) => key === PRODUCE_KEY);
    if (api === undefined) {
      return this.sound();
    }
    // Topics have names in these versions, and short lengths.
    const version = random.between(api.versions[0], Math.min(api.versions[1], 8));
    const { batch, how } = drawSpoiltBatch(random);
    const out = requestHeader(api.key, version, this.index, false);
    out.int(-1, 2);
    out.int(random.pick([-1, 1, 1, 0]), 2);
    out.int(1000, 4);
    out.int(1, 4);
    const topic = random.pick(TOPICS);
    out.int(topic.length, 2);
    out.raw(Buffer.from(topic));
    out.int(1, 4);
    out.int(random.below(2), 4);
    out.int(batch.length, 4);
    out.raw(batch);
    return { label: `Produce v${version}: records: ${how}`, bytes: framed(out.bytes) };
  }

  noise(): FuzzCaseParts {
    const { random } = this;
    const bytes = bytesOf(random, random.pick([0, 1, 3, 4, 8, 11, 40, 300]));
    return { label: 'noise', bytes: framed(bytes) };
  }

  /** Requests that nobody serves, and headers that are none. */
  header(): FuzzCaseParts {
    const { random } = this;
    const api = random.pick(this.apis);
    switch (random.below(4)) {
      case 0: {
        const key = random.pick([4, 5, 6, 7, 95, 999, 9999, -1, 0x7fff, -0x8000]);
        const out = requestHeader(key, random.below(3), this.index, false);
        return { label: `unknown API ${key}`, bytes: framed(out.bytes) };
      }
      case 1: {
        const version = random.pick([
          api.versions[0] - 1,
          api.versions[1] + 1,
          100,
          -1,
          0x7fff,
          -0x8000,
        ]);
        const out = requestHeader(api.key, version, this.index, random.oneIn(2));
        return { label: `${api.name} in version ${version}`, bytes: framed(out.bytes) };
      }
      case 2: {
        const version = random.pick([-1, 4, 5, 6, 9, 100, 0x7fff, -0x8000]);
        const out = requestHeader(API_VERSIONS_KEY, version, this.index, version >= 3);
        out.raw(bytesOf(random, random.below(6)));
        return { label: `ApiVersions in version ${version}`, bytes: framed(out.bytes) };
      }
      default: {
        const version = random.between(...api.versions);
        const header = requestHeader(api.key, version, this.index, isFlexible(api, version));
        const body = new MarkedBytes();
        drawBody(body, api.request, version, random);
        const spoilt = spoilMarked(header.bytes, header.marks, random);
        const bytes = Buffer.concat([spoilt.bytes, body.bytes]);
        return { label: `${api.name} v${version}: header: ${spoilt.how}`, bytes: framed(bytes) };
      }
    }
  }

  /** Lengths before a frame that are not its own. */
  prefix(): FuzzCaseParts {
    const { random } = this;
    const { label, bytes } = this.request();
    const frame = framed(bytes);
    switch (random.below(5)) {
      case 0: {
        const length = random.pick([-1, -2, -0x80000000, 0x7fffffff, 104_857_601]);
        frame.writeInt32BE(length);
        return { label: `${label}: announced as ${length} bytes`, bytes: frame };
      }
      case 1: {
        const less = random.below(bytes.length);
        frame.writeInt32BE(less);
        return { label: `${label}: announced as ${less} bytes`, bytes: frame };
      }
      case 2: {
        const more = bytes.length + random.pick([1, 10, 100, 100_000, 104_857_600 - bytes.length]);
        frame.writeInt32BE(more);
        return { label: `${label}: announced as ${more} bytes`, bytes: frame };
      }
      default: {
        const half = frame.subarray(0, random.below(frame.length));
        return { label: `${label}: cut off and ended`, bytes: half, halfClose: true };
      }
    }
  }

  /** Some requests at once, one of them spoilt. */
  several(): FuzzCaseParts {
    const { random } = this;
    const frames: Request[] = [];
    for (let left = random.between(2, 4); left > 0; left--) {
      const { label, bytes, marks } = this.request();
      if (random.oneIn(3)) {
        const spoilt = spoilMarked(bytes, marks, random);
        frames.push({ label: `${label}: ${spoilt.how}`, frame: framed(spoilt.bytes) });
      } else {
        frames.push({ label, frame: framed(bytes) });
      }
    }
    if (random.oneIn(4)) {
      const prefix = Buffer.alloc(4);
      prefix.writeInt32BE(random.pick([-1, 0x7fffffff, 0, 60]));
      frames.push({ label: `a length of ${prefix.readInt32BE()}`, frame: prefix });
    }
    return {
      label: frames.map(({ label }) => label).join('; then '),
      bytes: Buffer.concat(frames.map(({ frame }) => frame)),
    };
  }

  private request(): { label: string; bytes: Uint8Array; marks: MarkedBytes['marks'] } {
    const { random } = this;
    const api = random.pick(this.apis);
    const version = random.between(...api.versions);
    const out = requestHeader(api.key, version, this.index, isFlexible(api, version));
    drawBody(out, api.request, version, random);
    return { label: `${api.name} v${version}`, bytes: out.bytes, marks: out.marks };
  }
}

export function isFlexible(api: TriedApi, version: number): boolean {
  return api.request.flexible !== null && version >= api.request.flexible;
}
