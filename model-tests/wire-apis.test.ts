/** What the client listener answers, request by request, in virtual time. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { PartitionIndex, Uuid } from '../src/core/types/ids.js';
import { readCleanShutdown } from '../src/log/directory.js';
import {
  alterConfigsApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeConfigsApi,
  fetchApi,
  incrementalAlterConfigsApi,
  joinGroupApi,
  listOffsetsApi,
  metadataApi,
  offsetForLeaderEpochApi,
  produceApi,
} from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { recordBatch } from './wire-requests.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const NONE = 0;
const OFFSET_OUT_OF_RANGE = 1;
const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const LEADER_NOT_AVAILABLE = 5;
const NOT_LEADER_OR_FOLLOWER = 6;
const MESSAGE_TOO_LARGE = 10;
const INVALID_TOPIC_EXCEPTION = 17;
const INVALID_REQUIRED_ACKS = 21;
const INVALID_GROUP_ID = 24;
const INVALID_TIMESTAMP = 32;
const UNSUPPORTED_VERSION = 35;
const TOPIC_ALREADY_EXISTS = 36;
const INVALID_PARTITIONS = 37;
const INVALID_REPLICATION_FACTOR = 38;
const INVALID_CONFIG = 40;
const INVALID_REQUEST = 42;
const UNKNOWN_LEADER_EPOCH = 75;
const UNSUPPORTED_COMPRESSION_TYPE = 76;
const INVALID_RECORD = 87;
const BATCH_START = 1_767_225_600_000;

let wire: WireWorld;
let client: WireConnection;

function createTopic(
  name: string,
  options: {
    readonly partitions?: number;
    readonly factor?: number;
    readonly configs?: Readonly<Record<string, string>>;
    readonly validateOnly?: boolean;
  } = {},
): number {
  const { partitions = 1, factor = 1, configs = {}, validateOnly = false } = options;
  const response = client.call(createTopicsApi, 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: factor,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 5000,
    validateOnly,
  });
  wire.run(0.2);
  return response.topics[0]!.errorCode;
}

interface ProduceOptions {
  readonly acks?: number;
  readonly partition?: number;
  readonly version?: number;
  readonly on?: WireConnection;
}

function produceBody(topic: string, records: Uint8Array | null, options: ProduceOptions): object {
  const { acks = -1, partition = 0 } = options;
  return {
    transactionalId: null,
    acks,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  };
}

function produce(
  topic: string,
  records: Uint8Array | null,
  options: ProduceOptions = {},
): { errorCode: number; baseOffset: number; logAppendTimeMs: number } {
  const { version = 7, on = client } = options;
  const response = on.call(produceApi, version, produceBody(topic, records, options) as never);
  return response.responses[0]!.partitionResponses[0]!;
}

interface FetchOptions {
  readonly offset?: number;
  readonly partitions?: readonly number[];
  readonly maxWait?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly epoch?: number;
}

function fetchBody(topic: string, options: FetchOptions = {}): object {
  const { offset = 0, partitions = [0], maxWait = 0, minBytes = 1, maxBytes = 1 << 20 } = options;
  return {
    maxWaitMs: maxWait,
    minBytes,
    maxBytes,
    topics: [
      {
        topic,
        partitions: partitions.map((partition) => ({
          partition,
          fetchOffset: offset,
          currentLeaderEpoch: options.epoch ?? -1,
          partitionMaxBytes: options.partitionMaxBytes ?? 1 << 20,
        })),
      },
    ],
  };
}

interface Fetched {
  readonly partition: number;
  readonly error: number;
  readonly bytes: Uint8Array;
  readonly highWatermark: number;
}

function take(id: number, seconds = 30, version = 11): Fetched[] {
  const response = client.take(fetchApi, version, id, seconds);
  return (response.responses[0]?.partitions ?? []).map((each) => ({
    partition: each.partitionIndex,
    error: each.errorCode,
    bytes: joined((each.records === null ? [] : [each.records].flat()) as Uint8Array[]),
    highWatermark: each.highWatermark,
  }));
}

function fetch(topic: string, options: FetchOptions = {}): Fetched[] {
  return take(client.request(fetchApi, 11, fetchBody(topic, options) as never));
}

function listOffset(topic: string, timestamp: number): { errorCode: number; offset: number } {
  const response = client.call(listOffsetsApi, 5, {
    replicaId: -1 as never,
    isolationLevel: 0,
    topics: [
      {
        name: topic,
        partitions: [
          {
            partitionIndex: 0 as PartitionIndex,
            currentLeaderEpoch: -1 as never,
            timestamp: timestamp as never,
          },
        ],
      },
    ],
  });
  return response.topics[0]!.partitions[0]!;
}

beforeEach(() => {
  wire = new WireWorld({ configs: { 'auto.create.topics.enable': 'false' } });
  client = wire.connect();
  createTopic('t');
});

describe('Produce', () => {
  const good = (): Uint8Array => recordBatch(['a', 'b']);

  test('answers with the base offset', () => {
    expect(produce('t', good())).toMatchObject({ errorCode: NONE, baseOffset: 0 });
    expect(produce('t', good())).toMatchObject({ errorCode: NONE, baseOffset: 2 });
  });

  test.each([3, 4, 5, 6, 7])('version %i', (version) => {
    expect(produce('t', good(), { version }).errorCode).toBe(NONE);
  });

  test('a wrong CRC is CORRUPT_MESSAGE', () => {
    const bytes = good();
    bytes[bytes.length - 1]! ^= 1;
    expect(produce('t', bytes).errorCode).toBe(CORRUPT_MESSAGE);
  });

  test('a batch that is cut off is INVALID_RECORD', () => {
    for (const length of [1, 11, 12, 16, 17, 60, good().length - 3]) {
      expect(produce('t', good().slice(0, length)).errorCode).toBe(INVALID_RECORD);
    }
  });

  test('what can be no batch is CORRUPT_MESSAGE', () => {
    expect(produce('t', new Uint8Array(20)).errorCode).toBe(CORRUPT_MESSAGE);
    const bytes = good();
    bytes[16] = 3;
    expect(produce('t', bytes).errorCode).toBe(CORRUPT_MESSAGE);
  });

  test.each([0, 1])('magic %i is INVALID_RECORD', (magic) => {
    const bytes = good();
    bytes[16] = magic;
    expect(produce('t', bytes).errorCode).toBe(INVALID_RECORD);
  });

  test('two batches for one partition are INVALID_RECORD', () => {
    expect(produce('t', joined([good(), good()])).errorCode).toBe(INVALID_RECORD);
  });

  test.each([
    ['no', null],
    ['empty', new Uint8Array()],
  ])('%s records are INVALID_RECORD', (_what, records) => {
    expect(produce('t', records).errorCode).toBe(INVALID_RECORD);
  });

  test.each([2, -2, 100])('acks=%i is INVALID_REQUIRED_ACKS', (acks) => {
    expect(produce('t', good(), { acks }).errorCode).toBe(INVALID_REQUIRED_ACKS);
    expect(fetch('t')[0]!.highWatermark).toBe(0);
  });

  test('above max.message.bytes is MESSAGE_TOO_LARGE, by topic and changed while it runs', () => {
    createTopic('small', { configs: { 'max.message.bytes': '200' } });
    const bytes = recordBatch(['x'.repeat(300)]);
    expect(produce('small', bytes).errorCode).toBe(MESSAGE_TOO_LARGE);
    expect(produce('t', bytes).errorCode).toBe(NONE);
    const set = { name: 'max.message.bytes', configOperation: 0, value: '1000' };
    client.call(incrementalAlterConfigsApi, 1, {
      resources: [{ resourceType: 2, resourceName: 'small', configs: [set] }],
      validateOnly: false,
    });
    wire.run(0.2);
    expect(produce('small', recordBatch(['x'.repeat(300)])).errorCode).toBe(NONE);
  });

  test('an unknown topic, and an unknown partition, are UNKNOWN_TOPIC_OR_PARTITION', () => {
    expect(produce('nope', good()).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect(produce('t', good(), { partition: 7 }).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect(produce('t', good(), { partition: -1 }).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('zstd before version 7 is UNSUPPORTED_COMPRESSION_TYPE', () => {
    const bytes = recordBatch(['a'], { codec: 4 });
    expect(produce('t', bytes, { version: 6 }).errorCode).toBe(UNSUPPORTED_COMPRESSION_TYPE);
    expect(produce('t', recordBatch(['a'], { codec: 4 })).errorCode).toBe(NONE);
  });

  test('a timestamp far in the future is INVALID_TIMESTAMP, and says which record', () => {
    const response = client.call(
      produceApi,
      7,
      produceBody('t', recordBatch(['a'], { timestamp: BATCH_START + 1e10 }), {}) as never,
    );
    expect(response.responses[0]!.partitionResponses[0]!.errorCode).toBe(INVALID_TIMESTAMP);
  });

  test('acks=0 has no answer; one that fails ends the connection', () => {
    client.request(produceApi, 7, produceBody('t', good(), { acks: 0 }) as never);
    expect(fetch('t', { maxWait: 100 })[0]!.highWatermark).toBe(2);
    client.request(produceApi, 7, produceBody('nope', good(), { acks: 0 }) as never);
    expect(client.isHungUp()).toBe(true);
    expect(client.frames).toEqual([]);
  });
});

describe('Fetch', () => {
  const batch = (name: string, size: number): Uint8Array => recordBatch([name.repeat(size)]);

  test('beyond the end and below 0 are OFFSET_OUT_OF_RANGE at once', () => {
    for (const offset of [1, 100, -1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) {
      expect(fetch('t', { offset, maxWait: 10_000 })[0]!.error).toBe(OFFSET_OUT_OF_RANGE);
    }
    expect(wire.world.now).toBeLessThan(5_000_000);
  });

  test('at the high watermark waits, and a produce wakes it', () => {
    const before = wire.world.now;
    const id = client.request(fetchApi, 11, fetchBody('t', { maxWait: 10_000 }) as never);
    wire.run(1);
    expect(client.frames).toEqual([]);
    produce('t', batch('a', 10), { on: wire.connect() });
    const [answer] = take(id, 1);
    expect(answer).toMatchObject({ error: NONE, highWatermark: 1 });
    expect(answer!.bytes.length).toBeGreaterThan(60);
    expect(wire.world.now - before).toBeLessThan(2_000_000);
  });

  test('waits for min bytes, not for less', () => {
    const other = wire.connect();
    const body = fetchBody('t', { maxWait: 10_000, minBytes: 500 }) as never;
    const id = client.request(fetchApi, 11, body);
    produce('t', batch('a', 100), { on: other });
    wire.run(1);
    expect(client.frames).toEqual([]);
    produce('t', batch('b', 400), { on: other });
    expect(take(id, 1)[0]!.bytes.length).toBeGreaterThan(500);
  });

  test('comes back empty when its time is over', () => {
    const before = wire.world.now;
    const [answer] = fetch('t', { maxWait: 700 });
    expect(answer).toMatchObject({ error: NONE, highWatermark: 0 });
    expect(answer!.bytes.length).toBe(0);
    expect(wire.world.now - before).toBeGreaterThan(690_000);
  });

  test.each([0, 1, -5])('max bytes %i still brings the first batch, whole', (maximum) => {
    produce('t', batch('a', 1000));
    produce('t', batch('b', 1000));
    for (const options of [{ maxBytes: maximum }, { partitionMaxBytes: maximum }]) {
      const { bytes } = fetch('t', options)[0]!;
      expect(bytes.length).toBeGreaterThan(1000);
      expect(bytes.length).toBeLessThan(1200);
    }
  });

  test('keeps to the bytes of a partition and of the whole', () => {
    createTopic('p', { partitions: 3 });
    for (const partition of [0, 1, 2]) {
      for (let i = 0; i < 5; i++) {
        produce('p', batch('a', 1000), { partition });
      }
    }
    const sizes = (options: FetchOptions): number[] =>
      fetch('p', { partitions: [0, 1, 2], ...options }).map(({ bytes }) => bytes.length);
    for (const size of sizes({ partitionMaxBytes: 2500 })) {
      expect(size).toBeGreaterThan(2000);
      expect(size).toBeLessThanOrEqual(2500);
    }
    const whole = sizes({ maxBytes: 6000 }).reduce((sum, size) => sum + size);
    expect(whole).toBeGreaterThan(4000);
    expect(whole).toBeLessThanOrEqual(6000);
  });

  test('a busy partition starves no other (fairness)', () => {
    createTopic('p', { partitions: 3 });
    for (const partition of [0, 1, 2]) {
      for (let i = 0; i < 3; i++) {
        produce('p', batch('a', 1000), { partition });
      }
    }
    const served = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const answers = fetch('p', { partitions: [0, 1, 2], maxBytes: 1100 });
      expect(answers.map(({ partition }) => partition)).toEqual([0, 1, 2]);
      const full = answers.filter(({ bytes }) => bytes.length > 0);
      expect(full.length).toBe(1);
      served.add(full[0]!.partition);
    }
    expect(served.size).toBe(3);
  });

  test('an unknown topic or partition is said at once', () => {
    const wait = { maxWait: 10_000 };
    expect(fetch('nope', wait)[0]!.error).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect(fetch('t', { ...wait, partitions: [9] })[0]!.error).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('a leader epoch that is not there yet is unknown, a negative one is none', () => {
    expect(fetch('t', { epoch: 0 })[0]!.error).toBe(NONE);
    expect(fetch('t', { epoch: 9 })[0]!.error).toBe(UNKNOWN_LEADER_EPOCH);
    expect(fetch('t', { epoch: -2 })[0]!.error).toBe(NONE);
  });

  test('a deleted topic wakes who waits for it', () => {
    const other = wire.connect();
    const id = client.request(fetchApi, 11, fetchBody('t', { maxWait: 20_000 }) as never);
    other.call(deleteTopicsApi, 4, { topicNames: ['t'], timeoutMs: 1000 });
    expect(take(id, 2)[0]!.error).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });
});

describe('ListOffsets and OffsetForLeaderEpoch', () => {
  test('latest, earliest, by timestamp, greatest timestamp', () => {
    for (const [index, value] of ['a', 'b', 'c'].entries()) {
      produce('t', recordBatch([value], { timestamp: BATCH_START + 10 * index }));
    }
    expect(listOffset('t', -1)).toMatchObject({ errorCode: NONE, offset: 3 });
    expect(listOffset('t', -2)).toMatchObject({ errorCode: NONE, offset: 0 });
    expect(listOffset('t', -3)).toMatchObject({ errorCode: NONE, offset: 2 });
    expect(listOffset('t', BATCH_START)).toMatchObject({ offset: 0, timestamp: BATCH_START });
    expect(listOffset('t', BATCH_START + 1)).toMatchObject({ offset: 1 });
    expect(listOffset('t', BATCH_START + 21)).toMatchObject({ errorCode: NONE, offset: -1 });
    expect(listOffset('t', -4).errorCode).toBe(UNSUPPORTED_VERSION);
    expect(listOffset('nope', -1).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('the end of an epoch, and of one that is not known', () => {
    produce('t', recordBatch(['a', 'b']));
    const ask = (leaderEpoch: number, currentLeaderEpoch = -1): object => {
      const response = client.call(offsetForLeaderEpochApi, 4, {
        topics: [
          {
            topic: 't',
            partitions: [
              {
                partition: 0 as PartitionIndex,
                leaderEpoch: leaderEpoch as never,
                currentLeaderEpoch: currentLeaderEpoch as never,
              },
            ],
          },
        ],
      });
      return response.topics[0]!.partitions[0]!;
    };
    expect(ask(0)).toMatchObject({ errorCode: NONE, leaderEpoch: 0, endOffset: 2 });
    expect(ask(5)).toMatchObject({ errorCode: NONE, leaderEpoch: -1, endOffset: -1 });
    expect(ask(0, 5)).toMatchObject({ errorCode: UNKNOWN_LEADER_EPOCH });
  });
});

describe('topics', () => {
  const describe1 = (name: string, auto = false): { errorCode: number; topicId: string } =>
    client.call(metadataApi, 9, {
      topics: [{ name }],
      allowAutoTopicCreation: auto,
    }).topics[0]! as { errorCode: number; topicId: string };

  test.each([4, 9])('Metadata %i: null is all, the empty list is none', (version) => {
    createTopic('another');
    const names = (topics: [] | null): unknown[] =>
      client.call(metadataApi, version, { topics }).topics.map(({ name }) => name);
    expect(names(null).sort()).toEqual(['another', 't']);
    expect(names([])).toEqual([]);
  });

  test('asking for an unknown topic creates it only where both sides want that', () => {
    expect(describe1('new', true).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    wire = new WireWorld();
    client = wire.connect();
    expect(describe1('new', false).errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect(describe1('new', true).errorCode).toBe(LEADER_NOT_AVAILABLE);
    wire.run(0.5);
    expect(describe1('new', false).errorCode).toBe(NONE);
    expect(describe1('a b', true).errorCode).toBe(INVALID_TOPIC_EXCEPTION);
  });

  test('validateOnly creates nothing', () => {
    expect(createTopic('dry', { validateOnly: true })).toBe(NONE);
    expect(describe1('dry').errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test('what cannot be created is refused by its error', () => {
    expect(createTopic('t')).toBe(TOPIC_ALREADY_EXISTS);
    expect(createTopic('')).toBe(INVALID_TOPIC_EXCEPTION);
    expect(createTopic('..')).toBe(INVALID_TOPIC_EXCEPTION);
    expect(createTopic('x'.repeat(250))).toBe(INVALID_TOPIC_EXCEPTION);
    expect(createTopic('n', { partitions: 0 })).toBe(INVALID_PARTITIONS);
    expect(createTopic('n', { partitions: 0x7fffffff })).not.toBe(NONE);
    expect(createTopic('n', { factor: 2 })).toBe(INVALID_REPLICATION_FACTOR);
    expect(createTopic('n', { configs: { 'no.such.config': '1' } })).toBe(INVALID_CONFIG);
    expect(createTopic('n', { configs: { 'retention.ms': 'long' } })).toBe(INVALID_CONFIG);
  });

  test('an assignment of a partition that is far away is refused, and costs nothing', () => {
    const assign = (partitionIndex: number): number => {
      const response = client.call(createTopicsApi, 7, {
        topics: [
          {
            name: 'far',
            numPartitions: -1,
            replicationFactor: -1,
            assignments: [
              { partitionIndex: partitionIndex as PartitionIndex, brokerIds: [1 as never] },
            ],
            configs: [],
          },
        ],
        timeoutMs: 1000,
      });
      return response.topics[0]!.errorCode;
    };
    for (const partitionIndex of [0x7fffffff, 1, -1, -0x80000000]) {
      expect(assign(partitionIndex)).not.toBe(NONE);
    }
    expect(assign(0)).toBe(NONE);
  });

  test('a topic grows while it is used, and what was there stays', () => {
    const grow = (count: number, version: number): number => {
      const response = client.call(createPartitionsApi, version, {
        topics: [{ name: 't', count, assignments: null }],
        timeoutMs: 1000,
        validateOnly: false,
      });
      wire.run(0.2);
      return response.results[0]!.errorCode;
    };
    produce('t', recordBatch(['before']));
    expect(grow(1, 0)).toBe(INVALID_PARTITIONS);
    for (const version of [0, 1, 2]) {
      expect(grow(2 + version, version)).toBe(NONE);
      const [topic] = client.call(metadataApi, 9, { topics: [{ name: 't' }] }).topics;
      expect(topic!.partitions.length).toBe(2 + version);
    }
    expect(produce('t', recordBatch(['new']), { partition: 3 })).toMatchObject({
      errorCode: NONE,
      baseOffset: 0,
    });
    expect(fetch('t')[0]).toMatchObject({ error: NONE, highWatermark: 1 });
  });

  test('deleted and created again, a topic has another id and an empty log', () => {
    produce('t', recordBatch(['old']));
    const before = describe1Id();
    const response = client.call(deleteTopicsApi, 4, {
      topicNames: ['t', 'nope'],
      timeoutMs: 1000,
    });
    expect(response.responses.map(({ errorCode }) => errorCode)).toEqual([
      NONE,
      UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    wire.run(0.2);
    expect(describe1('t').errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    createTopic('t');
    expect(describe1Id()).not.toBe(before);
    expect(fetch('t')[0]).toMatchObject({ error: NONE, highWatermark: 0 });
    expect(produce('t', recordBatch(['new'])).baseOffset).toBe(0);
  });

  function describe1Id(): Uuid {
    const broker = wire.brokers[0]!;
    return broker.controller.image.topicIds.get('t')!;
  }
});

describe('configs', () => {
  const value = (name: string): { value: string | null; configSource: number } => {
    const response = client.call(describeConfigsApi, 4, {
      resources: [{ resourceType: 2, resourceName: 't', configurationKeys: [name] }],
      includeSynonyms: false,
      includeDocumentation: false,
    });
    return response.results[0]!.configs[0]! as { value: string | null; configSource: number };
  };
  const alter = (
    name: string,
    operation: number,
    to: string | null,
    validateOnly = false,
  ): number =>
    client.call(incrementalAlterConfigsApi, 1, {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configs: [{ name, configOperation: operation, value: to }],
        },
      ],
      validateOnly,
    }).responses[0]!.errorCode;

  test('are set, appended to, deleted; validateOnly changes nothing', () => {
    expect(value('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 });
    expect(alter('retention.ms', 0, '5000', true)).toBe(NONE);
    expect(value('retention.ms').value).toBe('604800000');
    expect(alter('retention.ms', 0, '5000')).toBe(NONE);
    wire.run(0.1);
    expect(value('retention.ms')).toMatchObject({ value: '5000', configSource: 1 });
    expect(alter('cleanup.policy', 2, 'compact')).toBe(NONE);
    wire.run(0.1);
    expect(value('cleanup.policy').value).toBe('delete,compact');
    expect(alter('retention.ms', 1, null)).toBe(NONE);
    wire.run(0.1);
    expect(value('retention.ms').configSource).toBe(5);
  });

  test('what does not fit is refused', () => {
    expect(alter('no.such', 0, '1')).toBe(INVALID_CONFIG);
    expect(alter('retention.ms', 0, 'x')).toBe(INVALID_CONFIG);
    expect(alter('retention.ms', 0, null)).toBe(INVALID_REQUEST);
    expect(alter('retention.ms', 9, '1')).toBe(INVALID_REQUEST);
    const nothing = client.call(incrementalAlterConfigsApi, 1, {
      resources: [{ resourceType: 2, resourceName: 't', configs: [] }],
      validateOnly: false,
    });
    expect(nothing.responses.map(({ errorCode }) => errorCode)).toEqual([NONE]);
    const response = client.call(describeConfigsApi, 4, {
      resources: [{ resourceType: 2, resourceName: 'nope', configurationKeys: null }],
    });
    expect(response.results[0]!.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  });

  test.each([0, 1, 2])('AlterConfigs %i: what is not named goes back to its default', (version) => {
    const replace = (to: Record<string, string>, resourceName = 't'): number => {
      const configs = Object.entries(to).map(([name, each]) => ({ name, value: each }));
      const resources = [{ resourceType: 2, resourceName, configs }];
      const { responses } = client.call(alterConfigsApi, version, {
        resources,
        validateOnly: false,
      });
      wire.run(0.1);
      return responses[0]!.errorCode;
    };
    expect(replace({ 'retention.ms': '5000', 'segment.ms': '6000' })).toBe(NONE);
    expect(value('retention.ms').value).toBe('5000');
    expect(replace({ 'segment.ms': '7000' })).toBe(NONE);
    expect(value('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 });
    expect(value('segment.ms').value).toBe('7000');
    expect(replace({ 'no.such': '1' })).toBe(INVALID_CONFIG);
    expect(replace({}, 'nope')).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect(value('segment.ms').value).toBe('7000');
    expect(replace({})).toBe(NONE);
    expect(value('segment.ms').configSource).toBe(5);
  });
});

describe('what is not committed', () => {
  test('is shown to nobody: not by Fetch, not by ListOffsets', () => {
    wire = new WireWorld({ brokers: 2, configs: { 'broker.session.timeout.ms': '60000' } });
    client = wire.connect(0);
    createTopic('two', { partitions: 2, factor: 2 });
    const { image } = wire.brokers[0]!.controller;
    const topic = image.topics.get(image.topicIds.get('two')!)!;
    const partition = [...topic.partitions].find(([, { leader }]) => leader === 1)![0];
    wire.nodes[1]!.pause();
    const answer = produce('two', recordBatch(['a']), { partition, acks: 1 });
    expect(answer).toMatchObject({ errorCode: NONE, baseOffset: 0 });
    const [fetched] = fetch('two', { partitions: [partition] });
    expect(fetched).toMatchObject({ error: NONE, highWatermark: 0 });
    expect(fetched!.bytes.length).toBe(0);
    for (const timestamp of [-1, -3, 0]) {
      const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }];
      const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'two', partitions }] };
      const { offset } = client.call(listOffsetsApi, 5, body as never).topics[0]!.partitions[0]!;
      expect(offset).toBe(timestamp === -1 ? 0 : -1);
    }
  });
});

describe('groups', () => {
  test('a member of the empty group is refused, wherever its coordinator would be', () => {
    const response = client.call(joinGroupApi, 2, {
      groupId: '',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [],
    });
    expect(response.errorCode).toBe(INVALID_GROUP_ID);
  });
});

describe('a broker that is not the leader', () => {
  test('says NOT_LEADER_OR_FOLLOWER, to whoever asks', () => {
    wire = new WireWorld({ brokers: 2, configs: { 'auto.create.topics.enable': 'false' } });
    client = wire.connect(0);
    createTopic('one', { partitions: 4, factor: 1 });
    const image = wire.brokers[0]!.controller.image;
    const partitions = image.topics.get(image.topicIds.get('one')!)!.partitions;
    const away = [...partitions].find(([, { leader }]) => leader === 2)![0];
    expect(produce('one', recordBatch(['a']), { partition: away }).errorCode).toBe(
      NOT_LEADER_OR_FOLLOWER,
    );
    expect(fetch('one', { partitions: [away] })[0]!.error).toBe(NOT_LEADER_OR_FOLLOWER);
    createTopic('two', { partitions: 4, factor: 2 });
    const both = image.topics.get(image.topicIds.get('two')!)!.partitions;
    const followed = [...both].find(([, { leader }]) => leader === 2)![0];
    expect(produce('two', recordBatch(['a']), { partition: followed }).errorCode).toBe(
      NOT_LEADER_OR_FOLLOWER,
    );
    const asked = fetchBody('two', { partitions: [followed] }) as never;
    const answers = [10, 11].map((version) =>
      take(client.request(fetchApi, version, asked), 1, version),
    );
    // Who knows KIP-392 may read here.
    expect(answers.map(([answer]) => answer!.error)).toEqual([NOT_LEADER_OR_FOLLOWER, NONE]);
  });
});

describe('a disk that fails', () => {
  const expectStopped = (code: string): void => {
    wire.run(15);
    expect(wire.nodes[0]!.isRunning).toBe(false);
    const { exitCode, line } = wire.nodes[0]!.stopped!;
    expect(exitCode).toBe(1);
    expect(line).toMatch(new RegExp(`^broker 1: .*${code}`));
  };

  test('under a write is said in one line, and nothing is acknowledged', () => {
    wire.broken.set('write', 'ENOSPC');
    client.request(produceApi, 7, produceBody('t', recordBatch(['a']), {}) as never);
    expectStopped('ENOSPC');
    expect(client.frames).toEqual([]);
  });

  test('under a read for a client', () => {
    produce('t', recordBatch(['a']));
    wire.broken.set('read', 'EIO');
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: 5 }];
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] };
    client.request(listOffsetsApi, 5, body as never);
    expectStopped('EIO');
  });

  test.each(['sync', 'replaceWhole'])('under %s, whenever that comes', (operation) => {
    wire.broken.set(operation, 'EIO');
    createTopicUnanswered();
    expectStopped('EIO');
  });

  test('under syncNow at an orderly end is said, and the next start does not trust the files', () => {
    produce('t', recordBatch(['a']));
    wire.broken.set('syncNow', 'EIO');
    wire.brokers[0]!.shutdown();
    expectStopped('EIO');
    expect(readCleanShutdown(wire.nodes[0]!.files, '/data')).toBeNull();
  });

  function createTopicUnanswered(): void {
    const topic = {
      name: 'x',
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    };
    client.request(createTopicsApi, 7, { topics: [topic], timeoutMs: 1000 });
    wire.run(1);
    if (wire.allRunning) {
      wire.brokers[0]!.shutdown();
    }
  }
});
