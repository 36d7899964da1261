/**
 * The runner's own view of a cluster, by plain requests of Kafka's protocol: what it finds there is
 * what a driver's tale is held against, and what it puts there a driver has to find. The versions are
 * those that this project's brokers and Apache Kafka 4.x have in common.
 */

import { connect, type Socket } from 'node:net';
import type { LeaderEpoch, Offset, Timestamp } from '../src/core/types/ids.js';
import {
  batchSize,
  buildBatch,
  readBatchHeader,
  readBatchRecords,
} from '../src/log/record-batch.js';
import type { RecordView } from '../src/log/records.js';
import type { Api } from '../src/protocol/api-table.js';
import {
  alterPartitionReassignmentsApi,
  createTopicsApi,
  describeConfigsApi,
  describeGroupsApi,
  fetchApi,
  findCoordinatorApi,
  listOffsetsApi,
  metadataApi,
  offsetFetchApi,
  produceApi,
} from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { compress, decompress } from '../src/protocol/compression.js';
import { decodeResponse, encodeRequest } from '../src/protocol/frame.js';
import type { Encodable } from '../src/protocol/schema.js';
import type { MetadataResponse } from '../src/protocol/schemas/metadata.js';

/** A record as scenarios and drivers speak of it: bytes are in base64. */
export interface WireRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  readonly timestamp: number;
}

export interface LoggedRecord extends WireRecord {
  readonly offset: number;
}

/** What only the batch around the records says. */
export interface LoggedBatch {
  readonly codec: number;
  readonly producerId: bigint;
  readonly baseSequence: number;
  readonly baseOffset: number;
  readonly records: number;
}

export interface PartitionView {
  readonly id: number;
  readonly leader: number;
  /** Sorted. */
  readonly replicas: readonly number[];
  /** The one that leads if nothing speaks against it. */
  readonly preferred: number;
}

export interface GroupView {
  /** Of DescribeGroups: 0 none. */
  readonly error: number;
  readonly state: string;
  /** The assignor that the group uses. */
  readonly protocol: string;
  /** Sorted; null where a member is not static. */
  readonly instances: readonly (string | null)[];
  readonly memberIds: readonly string[];
}

const ANSWER_LIMIT_MILLISECONDS = 10_000;
const PATIENCE_MILLISECONDS = 20_000;
const PAUSE_MILLISECONDS = 50;
/** Enough of them that each partition of the offsets topic is some group's. */
const PROBED_GROUPS = 64;
const FETCH_BYTES = 50_000_000;
const TOPIC = 2;

export class Observer {
  private readonly bootstrap: readonly string[];
  private readonly patience: number;
  private readonly sockets = new Map<string, Wire>();

  /** `patience`: milliseconds for which something that must come is waited for. */
  constructor(bootstrap: string, patience: number = PATIENCE_MILLISECONDS) {
    this.bootstrap = bootstrap.split(',');
    this.patience = patience;
  }

  close(): void {
    for (const wire of this.sockets.values()) {
      wire.close();
    }
  }

  async brokers(): Promise<{ id: number; host: string; port: number }[]> {
    const { brokers } = await this.metadata(this.bootstrap[0]!, []);
    return brokers
      .map(({ nodeId: id, host, port }) => ({ id: Number(id), host, port }))
      .sort((a, b) => a.id - b.id);
  }

  /** Null: there is no such topic. */
  async topic(name: string): Promise<PartitionView[] | null> {
    return topicIn(await this.metadata(this.bootstrap[0]!, [name]), name);
  }

  /** Makes a topic and waits until every broker tells of leaders for all its partitions. */
  async createTopic(
    name: string,
    partitions: number,
    configs: Readonly<Record<string, string>> = {},
    replicas = 3,
  ): Promise<void> {
    const controller = await this.metadata(this.bootstrap[0]!, []);
    const { topics } = await this.ask(
      addressOf(controller, controller.controllerId),
      createTopicsApi,
      7,
      {
        topics: [
          {
            name,
            numPartitions: partitions,
            replicationFactor: replicas,
            assignments: [],
            configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
          },
        ],
        timeoutMs: 10_000,
        validateOnly: false,
      },
    );
    if (topics[0]?.errorCode !== 0) {
      throw new Error(`topic ${name} cannot be made: ${JSON.stringify(topics)}`);
    }
    await this.settled(name, partitions);
  }

  /** Until every broker knows a leader of each of the topic's partitions; 0: until none knows it. */
  async settled(name: string, partitions: number): Promise<void> {
    await this.until(`all brokers know ${partitions} partitions of ${name}`, async () => {
      const brokers = await this.brokers();
      const views = await Promise.all(
        brokers.map(async ({ host, port }) =>
          topicIn(await this.metadata(`${host}:${port}`, [name]), name),
        ),
      );
      return views.every((view) =>
        partitions === 0
          ? view === null
          : view?.length === partitions && view.every(({ leader }) => leader >= 0),
      );
    });
    // What metadata tell of a leader may be known before the leader knows it.
    for (let partition = 0; partition < partitions; partition++) {
      await this.until(`the leader of ${name}-${partition} serves`, async () => {
        return (await this.listed(name, partition, -1)).errorCode === 0;
      });
    }
  }

  /** The topic's configs as any broker tells them. */
  async configs(name: string): Promise<Map<string, string | null>> {
    const { results } = await this.ask(this.bootstrap[0]!, describeConfigsApi, 4, {
      resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: null }],
      includeSynonyms: false,
      includeDocumentation: false,
    });
    return new Map(results[0]!.configs.map((config) => [config.name, config.value]));
  }

  /** Appends records with acks=all, as one batch. */
  async append(topic: string, partition: number, records: readonly WireRecord[]): Promise<void> {
    const batch = buildBatch({
      baseOffset: 0 as Offset,
      leaderEpoch: -1 as LeaderEpoch,
      records: records.map(({ key, value, headers, timestamp }) => ({
        key: bytesOf(key),
        value: bytesOf(value),
        headers: headers.map(([name, content]) => ({ key: name, value: bytesOf(content) })),
        timestamp: timestamp as Timestamp,
      })),
      compression: { codec: 0, compress },
    });
    const { responses } = await this.ask(await this.leader(topic, partition), produceApi, 7, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
    });
    const { errorCode } = responses[0]!.partitionResponses[0]!;
    if (errorCode !== 0) {
      throw new Error(`append to ${topic}-${partition}: error ${errorCode}`);
    }
  }

  /** Everything that consumers may read, from the start of the log. */
  async log(
    topic: string,
    partition = 0,
  ): Promise<{ records: LoggedRecord[]; batches: LoggedBatch[] }> {
    const records: LoggedRecord[] = [];
    const batches: LoggedBatch[] = [];
    const end = await this.offset(topic, partition, -1);
    let next = await this.offset(topic, partition, -2);
    while (next < end) {
      const bytes = await this.fetch(topic, partition, next);
      let position = 0;
      while (
        batchSize(bytes, position) > 0 &&
        position + batchSize(bytes, position) <= bytes.length
      ) {
        const header = readBatchHeader(bytes, position);
        const read: RecordView[] = [];
        readBatchRecords(bytes, position, header, decompress, read);
        records.push(...read.filter(({ offset }) => offset >= next).map(recordOf));
        batches.push({
          codec: header.compression,
          producerId: header.producerId,
          baseSequence: header.baseSequence,
          baseOffset: header.baseOffset,
          records: header.recordCount,
        });
        next = header.baseOffset + header.lastOffsetDelta + 1;
        position += header.sizeInBytes;
      }
      if (position === 0) {
        throw new Error(`${topic}-${partition} gives nothing at ${next} of ${end}`);
      }
    }
    return { records, batches };
  }

  /** ListOffsets: -1 the end, -2 the start, else the first record of that time or later. */
  async offset(topic: string, partition: number, timestamp: number): Promise<number> {
    const { errorCode, offset } = await this.listed(topic, partition, timestamp);
    if (errorCode !== 0) {
      throw new Error(`the offset of ${topic}-${partition} at ${timestamp}: error ${errorCode}`);
    }
    return offset;
  }

  private async listed(
    topic: string,
    partition: number,
    timestamp: number,
  ): Promise<{ errorCode: number; offset: number }> {
    const asked = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp };
    const { topics } = await this.ask(await this.leader(topic, partition), listOffsetsApi, 5, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions: [asked] }],
    });
    const { errorCode, offset } = topics[0]!.partitions[0]!;
    return { errorCode, offset: Number(offset) };
  }

  /** Moves a partition to these replicas, or puts them into another order. */
  async reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void> {
    const { errorCode, responses } = await this.ask(
      this.bootstrap[0]!,
      alterPartitionReassignmentsApi,
      0,
      {
        timeoutMs: 10_000,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, replicas }] }],
      } as never,
    );
    const code = errorCode || responses[0]!.partitions[0]!.errorCode;
    if (code !== 0) {
      throw new Error(`${topic}-${partition} cannot be moved: error ${code}`);
    }
  }

  async group(id: string): Promise<GroupView> {
    const { groups } = await this.ask(await this.coordinator(id), describeGroupsApi, 5, {
      groups: [id],
      includeAuthorizedOperations: false,
    });
    const { errorCode, groupState, protocolData, members } = groups[0]!;
    return {
      error: errorCode,
      state: groupState,
      protocol: protocolData,
      instances: members.map(({ groupInstanceId }) => groupInstanceId).sort(),
      memberIds: members.map(({ memberId }) => memberId).sort(),
    };
  }

  /** Until the coordinators of all groups are there: a cluster's first group makes the topic of offsets. */
  async coordinatorsReady(): Promise<void> {
    for (let probe = 0; probe < PROBED_GROUPS; probe++) {
      const ready = async (): Promise<boolean> => (await this.group(`probe-${probe}`)).error === 0;
      await this.until('the coordinators are ready', ready);
    }
  }

  /** Committed offsets by partition; -1: none. */
  async committed(group: string, topic: string, partitions: number): Promise<number[]> {
    const partitionIndexes = Array.from({ length: partitions }, (_, index) => index);
    const { groups } = await this.ask(await this.coordinator(group), offsetFetchApi, 8, {
      groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }],
      requireStable: false,
    } as never);
    const offsets = new Map(
      groups[0]!.topics[0]!.partitions.map((one) => [
        Number(one.partitionIndex),
        one.committedOffset,
      ]),
    );
    return partitionIndexes.map((index) => Number(offsets.get(index) ?? -1));
  }

  /** Waits until `condition` holds; throws if it does not in time. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + this.patience;
    while (!(await condition())) {
      if (Date.now() > end) {
        throw new Error(`waited in vain until ${what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }

  private async fetch(topic: string, partition: number, offset: number): Promise<Uint8Array> {
    const { responses } = await this.ask(await this.leader(topic, partition), fetchApi, 11, {
      replicaId: -1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic,
          partitions: [
            {
              partition,
              currentLeaderEpoch: -1,
              fetchOffset: offset,
              logStartOffset: -1,
              partitionMaxBytes: FETCH_BYTES,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
      rackId: '',
    } as never);
    const answer = responses[0]!.partitions[0]!;
    if (answer.errorCode !== 0) {
      throw new Error(`fetch of ${topic}-${partition} at ${offset}: error ${answer.errorCode}`);
    }
    return answer.records === null ? new Uint8Array(0) : new Uint8Array(answer.records);
  }

  private metadata(address: string, topics: readonly string[]): Promise<MetadataResponse> {
    return this.ask(address, metadataApi, 9, {
      topics: topics.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    });
  }

  private async leader(topic: string, partition: number): Promise<string> {
    const metadata = await this.metadata(this.bootstrap[0]!, [topic]);
    const found = topicIn(metadata, topic)?.find(({ id }) => id === partition);
    if (found === undefined || found.leader < 0) {
      throw new Error(`${topic}-${partition} has no leader`);
    }
    return addressOf(metadata, found.leader);
  }

  private async coordinator(group: string): Promise<string> {
    let address = '';
    await this.until(`group ${group} has a coordinator`, async () => {
      const { coordinators } = await this.ask(this.bootstrap[0]!, findCoordinatorApi, 4, {
        keyType: 0,
        coordinatorKeys: [group],
      });
      const { errorCode, host, port } = coordinators[0]!;
      address = `${host}:${port}`;
      return errorCode === 0;
    });
    return address;
  }

  private async ask<Request, Response>(
    address: string,
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Promise<Response> {
    let wire = this.sockets.get(address);
    if (wire === undefined || wire.isClosed()) {
      wire = new Wire(address);
      this.sockets.set(address, wire);
    }
    return wire.ask(api, version, body);
  }
}

function addressOf({ brokers }: MetadataResponse, id: number): string {
  const broker = brokers.find(({ nodeId }) => nodeId === id);
  if (broker === undefined) {
    throw new Error(`no broker ${id} is known`);
  }
  return `${broker.host}:${broker.port}`;
}

function topicIn({ topics }: MetadataResponse, name: string): PartitionView[] | null {
  const topic = topics.find((each) => each.name === name);
  if (topic === undefined || topic.errorCode !== 0) {
    return null;
  }
  return topic.partitions
    .map(({ partitionIndex, leaderId, replicaNodes }) => ({
      id: Number(partitionIndex),
      leader: Number(leaderId),
      replicas: replicaNodes.map(Number).sort(),
      preferred: Number(replicaNodes[0]),
    }))
    .sort((a, b) => a.id - b.id);
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, 'base64');
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64');
}

function recordOf({ offset, key, value, headers, timestamp }: RecordView): LoggedRecord {
  return {
    offset: Number(offset),
    key: textOf(key),
    value: textOf(value),
    headers: headers.map((header) => [header.key, textOf(header.value)]),
    timestamp: Number(timestamp),
  };
}

/** One connection: one request after the other. */
class Wire {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private frames: { take: (frame: Buffer) => void; fail: (error: Error) => void }[] = [];
  private closed = false;
  private correlationId = 0;

  constructor(address: string) {
    const at = address.lastIndexOf(':');
    this.socket = connect(Number(address.slice(at + 1)), address.slice(0, at));
    this.socket.on('data', (bytes) => this.receive(bytes));
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.fail(new Error(`${address} closed the connection`)));
  }

  isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.socket.destroy();
  }

  async ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Promise<Response> {
    const header = { correlationId: this.correlationId++, clientId: 'observer' };
    const frame = joined(encodeRequest(api, version, header, body));
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    const answer = new Promise<Buffer>((take, fail) => {
      const timer = setTimeout(() => {
        fail(new Error(`no answer to ${api.name} in ${ANSWER_LIMIT_MILLISECONDS} ms`));
        this.socket.destroy();
      }, ANSWER_LIMIT_MILLISECONDS);
      this.frames.push({
        take: (bytes) => {
          clearTimeout(timer);
          take(bytes);
        },
        fail: (error) => {
          clearTimeout(timer);
          fail(error);
        },
      });
    });
    this.socket.write(Buffer.concat([length, frame]));
    return decodeResponse(api, version, await answer).body;
  }

  private receive(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    while (this.received.length >= 4) {
      const end = 4 + this.received.readInt32BE(0);
      if (this.received.length < end) {
        return;
      }
      const frame = this.received.subarray(4, end);
      this.received = this.received.subarray(end);
      this.frames.shift()?.take(frame);
    }
  }

  private fail(error: Error): void {
    this.closed = true;
    for (const { fail } of this.frames) {
      fail(error);
    }
    this.frames = [];
  }
}
