/** Record batches v2 (KIP-98) for produce requests, sound ones and such as nobody should send. */

import { gzipSync } from 'node:zlib';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../../src/core/types/ids.js';
import { crc32c } from '../../src/log/crc32c.js';
import {
  ATTRIBUTES_AT,
  buildBatch,
  CRC_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LENGTH_OVERHEAD,
  MAGIC_AT,
  RECORD_COUNT_AT,
} from '../../src/log/record-batch.js';
import { compress } from '../../src/protocol/compression.js';
import type { Random } from '../random.js';

/** What a bomb unpacks to: more than a broker takes in one request. */
const BOMB_BYTES = 160 * 1024 * 1024;
const NUMBERS = [0, 1, -1, 2, 3, 100, 0x7fff, 0x7fffffff, -0x80000000];

/** A sound batch of one to four records, of any codec. */
export function drawBatch(random: Random): Uint8Array {
  const records = Array.from({ length: random.between(1, 4) }, (_, index) => ({
    timestamp: random.pick([0, 1_700_000_000_000, 2 ** 45]) as Timestamp,
    key: random.oneIn(2) ? null : Buffer.from(`key${random.below(5)}`),
    value: random.oneIn(5) ? null : Buffer.alloc(random.below(40), index),
    headers: random.oneIn(4) ? [{ key: 'h', value: null }] : [],
  }));
  return buildBatch({
    baseOffset: random.pick([0, 7]) as Offset,
    leaderEpoch: -1 as LeaderEpoch,
    records,
    compression: { codec: random.below(5), compress },
    ...(random.oneIn(4) ? idempotent(random) : {}),
  });
}

function idempotent(random: Random): {
  producerId: ProducerId;
  producerEpoch: ProducerEpoch;
  baseSequence: number;
} {
  return {
    producerId: BigInt(random.pick([0, 1, 2000])) as ProducerId,
    producerEpoch: 0 as ProducerEpoch,
    baseSequence: random.pick([0, 1, 0x7fffffff]),
  };
}

/** Writes the checksum that belongs to what the batch holds. */
function sealed(batch: Buffer): Buffer {
  if (batch.length > ATTRIBUTES_AT) {
    batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT) >>> 0, CRC_AT);
  }
  return batch;
}

type Damage = (batch: Buffer, random: Random) => Buffer;

const withInt32 =
  (at: number, seal: boolean): Damage =>
  (batch, random) => {
    batch.writeInt32BE(random.pick(NUMBERS), at);
    return seal ? sealed(batch) : batch;
  };

/** Ways to spoil a batch. Where the checksum is made to fit, what is behind it is put to the test. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  size: withInt32(LENGTH_AT, false),
  'size off by little': (batch, random) => {
    batch.writeInt32BE(batch.readInt32BE(LENGTH_AT) + random.pick([-1, 1, -12, 12]), LENGTH_AT);
    return batch;
  },
  magic: (batch, random) => {
    batch[MAGIC_AT] = random.pick([0, 1, 3, 255]);
    return batch;
  },
  checksum: (batch, random) => {
    batch[CRC_AT + random.below(4)]! ^= 1 << random.below(8);
    return batch;
  },
  attributes: (batch, random) => {
    batch.writeInt16BE(random.pick([1, 2, 3, 4, 5, 7, 8, 16, 32, 64, 48, -1]), ATTRIBUTES_AT);
    return sealed(batch);
  },
  'last offset delta': withInt32(LAST_OFFSET_DELTA_AT, true),
  count: withInt32(RECORD_COUNT_AT, true),
  header: (batch, random) => {
    batch[random.between(ATTRIBUTES_AT, HEADER_BYTES - 1)] = random.below(256);
    return sealed(batch);
  },
  records: (batch, random) => {
    for (let times = random.between(1, 3); times > 0 && batch.length > HEADER_BYTES; times--) {
      const at = random.between(HEADER_BYTES, batch.length - 1);
      batch[at] = random.pick([0, 0xff, 0x80, 0x7f, random.below(256)]);
    }
    return sealed(batch);
  },
  'records cut off': (batch, random) => {
    const kept = Buffer.from(batch.subarray(0, random.between(HEADER_BYTES, batch.length)));
    kept.writeInt32BE(kept.length - LENGTH_OVERHEAD, LENGTH_AT);
    return sealed(kept);
  },
  'bytes behind the records': (batch, random) => {
    const longer = Buffer.concat([batch, Buffer.alloc(random.between(1, 9), random.below(256))]);
    longer.writeInt32BE(longer.length - LENGTH_OVERHEAD, LENGTH_AT);
    return sealed(longer);
  },
  'cut off': (batch, random) => batch.subarray(0, random.below(batch.length)),
  twice: (batch) => Buffer.concat([batch, batch]),
  noise: (batch, random) => {
    batch[random.below(batch.length)] = random.below(256);
    return batch;
  },
};

export const BATCH_DAMAGES: readonly string[] = Object.keys(DAMAGES);

/** A spoilt batch, and how it was spoilt. */
export function drawSpoiltBatch(random: Random): {
  readonly batch: Uint8Array;
  readonly how: string;
} {
  if (random.oneIn(400)) {
    return { batch: bomb(), how: 'a compressed bomb' };
  }
  const how = random.pick(BATCH_DAMAGES);
  return { batch: DAMAGES[how]!(Buffer.from(drawBatch(random)), random), how };
}

let madeBomb: Uint8Array | null = null;

/** A batch of 160 kB whose records unpack to a thousand times that. */
function bomb(): Uint8Array {
  if (madeBomb === null) {
    const head = Buffer.from(drawHead());
    const records = gzipSync(Buffer.alloc(BOMB_BYTES), { level: 9 });
    const batch = Buffer.concat([head, records]);
    batch.writeInt32BE(batch.length - LENGTH_OVERHEAD, LENGTH_AT);
    batch.writeInt16BE(1, ATTRIBUTES_AT);
    madeBomb = sealed(batch);
  }
  return madeBomb;
}

function drawHead(): Uint8Array {
  const record = { timestamp: 0 as Timestamp, key: null, value: null, headers: [] };
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: -1 as LeaderEpoch,
    records: [record],
    compression: { codec: 0, compress },
  }).subarray(0, HEADER_BYTES);
}
