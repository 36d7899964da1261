/** Bodies of requests, drawn from a schema: well-formed, with likely and with unlikely values. */

import type { FieldSchema, MessageSchema, StructSchema } from '../../src/protocol/schema.js';
import type { Random } from '../random.js';
import { drawBatch } from './batches.js';
import { MarkedBytes } from './marked-bytes.js';

/** Topics that every run makes, and makes again when a request has deleted them. */
export const TOPICS: readonly string[] = ['fuzz', 'fuzz-compacted'];

const NAMES = ['group', '__consumer_offsets', '1', 'nobody', '', '.', 'a b', 'é', '\0'];

/** Values that lead past the first check, for fields that name something. */
const LIKELY: Readonly<Record<string, readonly (number | string | null)[]>> = {
  topic: TOPICS,
  topics: TOPICS,
  topicNames: TOPICS,
  name: [...TOPICS, 'max.message.bytes', 'range'],
  configNames: ['retention.ms', 'cleanup.policy', 'nothing'],
  value: ['1', 'compact', 'all', '-1', 'x', null],
  groupId: ['group', 'other'],
  groups: ['group', 'other'],
  groupsNames: ['group', 'other'],
  memberId: ['', '', 'group-1'],
  groupInstanceId: [null, null, 'instance'],
  protocolType: ['consumer'],
  key: ['group'],
  coordinatorKeys: ['group'],
  partition: [0, 1],
  partitions: [0, 1],
  partitionIndex: [0, 1],
  partitionIndexes: [0, 1],
  index: [0, 1],
  fetchOffset: [0, 1, 100],
  committedOffset: [0, 5],
  currentLeaderEpoch: [-1, 0],
  leaderEpoch: [-1, 0],
  lastFetchedEpoch: [-1, 0],
  sessionId: [0, 1],
  sessionEpoch: [-1, 0, 1],
  maxWaitMs: [0, 1, 5],
  minBytes: [0, 1],
  maxBytes: [1, 1 << 20],
  partitionMaxBytes: [1, 1 << 20],
  acks: [-1, 0, 1],
  timeoutMs: [1, 100, 1000],
  transactionalId: [null],
  replicaId: [-1],
  generationIdOrMemberEpoch: [-1, 0, 1],
  generationId: [-1, 0, 1],
  sessionTimeoutMs: [6000],
  rebalanceTimeoutMs: [100, 1000],
  resourceType: [2, 2, 2, 4, 8],
  resourceName: [...TOPICS, '1'],
  numPartitions: [-1, 1, 2],
  count: [2, 3],
  replicationFactor: [-1, 1],
  timestamp: [-1, -2, -3, 0],
  clientSoftwareName: ['fuzz'],
  clientSoftwareVersion: ['1.0'],
};

/** Topics and groups that may go: others are there for what needs something. */
const GONE = ['fuzz-gone', 'nobody'];
const SIMPLE = ['simple', 'simple', 'group', 'other'];
/** Where one API means something of its own by a name. */
const LIKELY_OF: Readonly<Record<string, typeof LIKELY>> = {
  DeleteTopics: { name: GONE, topicNames: GONE },
  CreateTopics: {
    name: [...GONE, 'fuzz-gone', 'retention.ms', 'cleanup.policy', 'max.message.bytes'],
    value: ['1000', 'compact', '1'],
    partitionIndex: [0],
  },
  CreatePartitions: { name: [...GONE, ...TOPICS] },
  JoinGroup: { name: ['range'] },
  OffsetCommit: { groupId: SIMPLE, generationIdOrMemberEpoch: [-1, -1, -1, 0, 1] },
  OffsetFetch: { groupId: SIMPLE },
  OffsetDelete: { groupId: SIMPLE },
  DeleteGroups: { groupsNames: SIMPLE },
  FindCoordinator: { keyType: [0, 0, 0, 1, 2] },
  AlterConfigs: { name: ['retention.ms', 'max.message.bytes'] },
  IncrementalAlterConfigs: { name: ['retention.ms', 'max.message.bytes'] },
};
/** Arrays that are empty where a request is to be taken. */
const MOSTLY_EMPTY: ReadonlySet<string> = new Set(['assignments']);

const INT32 = [-1, 0, 1, 2, -2, 5, 100, 0x7fffffff, -0x80000000, 0x7ffffffe];
const INT64 = [-1n, 0n, 1n, -2n, -3n, -4n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
/** Beyond this depth, and this many bytes, arrays are short. */
const LONG_BODY_BYTES = 4096;

const inRange = (range: readonly [number, number] | undefined, version: number): boolean =>
  range === undefined || (version >= range[0] && version <= range[1]);

/** Writes a body of `schema` behind what `out` holds. */
export function drawBody(
  out: MarkedBytes,
  schema: MessageSchema,
  version: number,
  random: Random,
): void {
  const flexible = schema.flexible !== null && version >= schema.flexible;
  const likely = { ...LIKELY, ...LIKELY_OF[schema.name.replace(/Request$/, '')] };
  new BodyWriter(out, version, flexible, random, likely).struct(schema);
}

class BodyWriter {
  private readonly out: MarkedBytes;
  private readonly version: number;
  private readonly flexible: boolean;
  private readonly random: Random;
  private readonly likely: typeof LIKELY;

  constructor(
    out: MarkedBytes,
    version: number,
    flexible: boolean,
    random: Random,
    likely: typeof LIKELY,
  ) {
    this.likely = likely;
    this.out = out;
    this.version = version;
    this.flexible = flexible;
    this.random = random;
  }

  struct(struct: StructSchema): void {
    const tagged: FieldSchema[] = [];
    for (const field of struct.fields) {
      if (!inRange(field.versions, this.version)) {
        continue;
      }
      if (field.tag === undefined) {
        this.field(field);
      } else if (this.flexible && this.random.oneIn(2)) {
        tagged.push(field);
      }
    }
    if (this.flexible) {
      this.tags(tagged);
    }
  }

  private tags(tagged: readonly FieldSchema[]): void {
    if (tagged.length === 0) {
      this.out.emptyTags();
      return;
    }
    this.out.lengthOf(tagged.length, 'varint');
    for (const field of tagged) {
      const value = new MarkedBytes();
      new BodyWriter(value, this.version, true, this.random, this.likely).field(field);
      this.out.lengthOf(field.tag!, 'varint');
      this.out.lengthOf(value.position, 'varint');
      this.out.raw(value.bytes);
    }
  }

  field(schema: FieldSchema): void {
    const { random, out } = this;
    const nullable = schema.nullable !== undefined && inRange(schema.nullable, this.version);
    const isNull = nullable && random.oneIn(6);
    if (schema.array) {
      const count = isNull ? -1 : this.drawCount(schema.name);
      this.length(count, 'int32');
      const { array: _, nullable: __, ...element } = schema;
      for (let index = 0; index < count; index++) {
        this.field(element);
      }
      return;
    }
    if (typeof schema.type === 'object') {
      if (nullable) {
        out.int(isNull ? -1 : 1, 1);
      }
      if (!isNull) {
        this.struct(schema.type);
      }
      return;
    }
    const likely = this.likely[schema.name];
    const drawn = likely !== undefined && !random.oneIn(5) ? random.pick(likely) : undefined;
    this.scalar(schema, drawn, isNull || (drawn === null && nullable));
  }

  private drawCount(name: string): number {
    const { random } = this;
    if (MOSTLY_EMPTY.has(name) && !random.oneIn(6)) {
      return 0;
    }
    return this.out.position > LONG_BODY_BYTES ? random.below(2) : random.pick([0, 1, 1, 1, 2, 3]);
  }

  private length(length: number, form: 'int16' | 'int32'): void {
    if (this.flexible) {
      this.out.lengthOf(length + 1, 'varint');
    } else {
      this.out.lengthOf(length, form);
    }
  }

  private scalar(
    schema: FieldSchema,
    drawn: number | string | null | undefined,
    isNull: boolean,
  ): void {
    const { out, random } = this;
    const number = typeof drawn === 'number' ? drawn : undefined;
    switch (schema.type) {
      case 'bool':
        out.int(random.below(2), 1);
        return;
      case 'int8':
        out.int(number ?? random.between(-2, 9), 1);
        return;
      case 'int16':
      case 'uint16':
        out.int(number ?? random.pick([-1, 0, 1, 2, 100, 0x7fff, -0x8000]), 2);
        return;
      case 'int32':
      case 'uint32':
        out.int(number ?? random.pick(INT32), 4);
        return;
      case 'int64':
      case 'clipped64':
      case 'opaque64':
        out.int(number ?? random.pick(INT64), 8);
        return;
      case 'float64':
        out.int(random.next(), 8);
        return;
      case 'uuid':
        this.uuid();
        return;
      case 'string':
        this.text(isNull, typeof drawn === 'string' ? drawn : random.pick(NAMES));
        return;
      case 'bytes':
        this.bytes(isNull, 'text', bytesOf(random, random.below(20)));
        return;
      default:
        this.bytes(isNull, 'records', drawBatch(random));
        return;
    }
  }

  private uuid(): void {
    const at = this.out.position;
    this.out.raw(this.random.oneIn(3) ? new Uint8Array(16) : bytesOf(this.random, 16));
    this.out.mark('scalar', at);
  }

  private text(isNull: boolean, text: string): void {
    if (isNull) {
      this.length(-1, 'int16');
      return;
    }
    const bytes = Buffer.from(text);
    this.length(bytes.length, 'int16');
    const at = this.out.position;
    this.out.raw(bytes);
    this.out.mark('text', at);
  }

  private bytes(isNull: boolean, kind: 'text' | 'records', bytes: Uint8Array): void {
    this.length(isNull ? -1 : bytes.length, 'int32');
    if (!isNull) {
      const at = this.out.position;
      this.out.raw(bytes);
      this.out.mark(kind, at);
    }
  }
}

export function bytesOf(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.below(256));
}
