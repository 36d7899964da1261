/**
 * A thin client that hides nothing. Each call is one attempt: nothing is retried, batched or
 * reordered behind the caller's back, and the outcome says ok, fail or unknown. Retrying a batch is
 * a call of the caller with the same producer id and sequence.
 *
 * Completion style: a call returns at once and `done` is called exactly once, later or, where the
 * answer is known at once, from within the call. Calls to one partition leave in call order.
 */

import { assert } from '../core/types/assert.js';
import type {
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  Uuid,
} from '../core/types/ids.js';
import { greatest, NO_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../core/types/ids.js';
import type { Api } from '../protocol/api-table.js';
import { ErrorCode } from '../protocol/errors.js';
import type { Encodable } from '../protocol/schema.js';
import {
  changed,
  type Picked,
  present,
  type ResourceChange,
  readAnswer,
  readOutcome,
  type TopicMetadata,
} from './answers.js';
import {
  type ClientApi,
  CREATE_PARTITIONS,
  CREATE_TOPICS,
  DELETE_RECORDS,
  DELETE_TOPICS,
  DELETE_TOPICS_BY_ID,
  FETCH,
  INCREMENTAL_ALTER_CONFIGS,
  INIT_PRODUCER_ID,
  LIST_OFFSETS,
  METADATA,
  OFFSET_FOR_LEADER_EPOCH,
  PRODUCE,
  READ_TOPIC,
} from './apis.js';
import {
  type Classification,
  classifyChange,
  classifyProduce,
  classifyRead,
  saysLeaderIsElsewhere,
} from './classify.js';
import { type ClientWorld, ownError } from './connection.js';
import { chosenReplica, NearestReplica, preferredIn } from './nearest-replica.js';
import type { Outcome, ProduceOutcome } from './outcomes.js';
import { decodeRecords, encodeBatch, type FetchedRecord, type RecordToSend } from './records.js';
import { type ClientOptions, type PartitionRoute, Routes } from './routes.js';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
}

/** Identity of an idempotent producer and the sequence of the batch's first record (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: number;
}

export interface BatchToProduce extends TopicPartition {
  readonly records: readonly RecordToSend[];
  readonly acks: -1 | 0 | 1;
  /** Milliseconds that the leader may wait for its followers. */
  readonly timeout: number;
  /** Null: not idempotent. */
  readonly producer: ProducerIdentity | null;
  /** Kafka's codec number, 0 for none. */
  readonly compression: number;
}

export interface FetchPosition extends TopicPartition {
  readonly offset: Offset;
  /** Milliseconds that the leader may wait for data. */
  readonly maxWait: number;
  readonly maxBytes: number;
  /** Of the batch before `offset`, so that the leader notices a position in another log (KIP-595). */
  readonly lastFetchedEpoch?: LeaderEpoch;
  /** Read from whichever replica this number chooses (KIP-392); left out: from the leader. */
  readonly replica?: number;
  /** client.rack: the leader may name a replica there, which is read from until it fails or lacks something. */
  readonly rack?: string;
  /** A replica that does not know of this leader epoch refuses (KIP-320). */
  readonly atLeastEpoch?: LeaderEpoch;
}

export interface Fetched {
  readonly records: readonly FetchedRecord[];
  /** Where to fetch next: behind the last batch that came whole, also where it held no record. */
  readonly nextOffset: Offset;
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  readonly leader: BrokerId;
  /** Whom the leader names instead (KIP-392); null: nobody. */
  readonly preferred: BrokerId | null;
  /** Of that leader, as the client knew it and the answering replica confirmed. */
  readonly leaderEpoch: LeaderEpoch;
  /** Of the last batch that came whole; NO_EPOCH: none did. */
  readonly lastEpoch: LeaderEpoch;
  /** The log in which the position lies is not the leader's: it ends there. Null: nobody noticed. */
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
}

export interface ListedOffset {
  readonly offset: Offset;
  readonly timestamp: number;
  readonly leaderEpoch: LeaderEpoch;
}

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: readonly { readonly name: string; readonly value: string }[];
}

export interface ConfigToSet {
  /** Kafka's ConfigResource: 2 topic, 4 broker. */
  readonly resourceType: number;
  readonly resourceName: string;
  readonly name: string;
  /** Null: back to the default. */
  readonly value: string | null;
}

export interface PartitionState extends TopicPartition {
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
}

export interface ClusterState {
  readonly brokers: readonly {
    readonly id: BrokerId;
    readonly host: string;
    readonly port: number;
  }[];
  readonly partitions: readonly PartitionState[];
}

/** ListOffsets: end of what consumers may read, and start of the log. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;

export class Client {
  private readonly options: ClientOptions;
  private readonly nearest = new NearestReplica(this);
  private readonly routes: Routes;

  constructor(world: ClientWorld, options: ClientOptions, firstAddress = 0) {
    assert(options.requestTimeout > 0, 'requests get some time');
    this.options = options;
    this.routes = new Routes(world, options, firstAddress);
  }

  /**
   * Sends one batch to the partition's leader, once. Up to five may be in flight to a partition at
   * a time: what an idempotent leader remembers (DEDUP-5).
   */
  produce(batch: BatchToProduce, done: (outcome: ProduceOutcome) => void): void {
    assert(batch.records.length > 0, 'a batch holds a record');
    const { topic, partition } = batch;
    const records = encodeBatch(batch.records, batch.producer, batch.compression);
    this.routes.withLeader(topic, partition, (route, failure) => {
      if (route === null) {
        done({ type: 'fail', error: present(failure), leader: null });
        return;
      }
      const body = {
        transactionalId: null,
        acks: batch.acks,
        timeoutMs: batch.timeout,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      };
      const { leader } = route;
      if (batch.acks === 0) {
        this.routes.tellBroker(leader, PRODUCE.api, PRODUCE.version, body);
        const error = ownError('no-answer-asked', 'acks=0 has no answer');
        done({ type: 'unknown', error, leader });
        return;
      }
      this.routes.callBroker(leader, PRODUCE.api, PRODUCE.version, body, (result) => {
        const outcome = readAnswer(result, classifyProduce, (response) => {
          const answers = response.responses.filter(({ name }) => name === topic);
          const answer = answers[0]?.partitionResponses.find(({ index }) => index === partition);
          return answer && { errorCode: answer.errorCode, value: answer.baseOffset };
        });
        this.learnFrom(outcome, batch, route);
        done(
          outcome.type === 'ok'
            ? { type: 'ok', baseOffset: outcome.value < 0 ? null : outcome.value, leader }
            : { ...outcome, leader },
        );
      });
    });
  }

  /** Reads one partition from an offset on, once. */
  fetch(from: FetchPosition, done: (outcome: Outcome<Fetched>) => void): void {
    if (from.rack === undefined) {
      this.fetchFrom(from, done, null);
    } else {
      this.nearest.fetch(from, done);
    }
  }

  /** `broker`: whom to ask; null: as `from` says, the leader or any replica. */
  fetchFrom(
    from: FetchPosition,
    done: (outcome: Outcome<Fetched>) => void,
    broker: BrokerId | null,
  ): void {
    const { topic, partition, offset, maxBytes } = from;
    const body = (route: PartitionRoute): object => ({
      maxWaitMs: from.maxWait,
      minBytes: 1,
      maxBytes,
      isolationLevel: 0,
      rackId: from.rack ?? '',
      topics: [
        {
          topic,
          partitions: [
            {
              partition,
              currentLeaderEpoch: greatest(route.leaderEpoch, from.atLeastEpoch ?? NO_EPOCH),
              fetchOffset: offset,
              lastFetchedEpoch: from.lastFetchedEpoch ?? NO_EPOCH,
              partitionMaxBytes: maxBytes,
            },
          ],
        },
      ],
    });
    const choose = (route: PartitionRoute): BrokerId =>
      broker ?? chosenReplica(route, from.replica, (id) => this.routes.knows(id));
    this.ask(from, choose, FETCH, body, done, (response, route) => {
      if (response.errorCode !== ErrorCode.NONE) {
        return { errorCode: response.errorCode, value: null as never };
      }
      const answers = response.responses.filter((answered) => answered.topic === topic);
      const answer = answers[0]?.partitions.find((one) => one.partitionIndex === partition);
      if (answer === undefined) {
        return undefined;
      }
      const { highWatermark, logStartOffset, divergingEpoch } = answer;
      const diverging = (divergingEpoch?.endOffset ?? -1) < 0 ? null : divergingEpoch;
      const { leader, leaderEpoch } = route;
      return {
        errorCode: answer.errorCode,
        value: {
          ...decodeRecords(answer.records, offset),
          highWatermark,
          logStartOffset,
          leader,
          preferred: preferredIn(answer.preferredReadReplica, (id) => this.routes.knows(id)),
          leaderEpoch: greatest(leaderEpoch, from.atLeastEpoch ?? NO_EPOCH),
          diverging,
        },
      };
    });
  }

  /** `timestamp`: {@link LATEST_TIMESTAMP}, {@link EARLIEST_TIMESTAMP}, or ms since 1970. */
  listOffsets(
    at: TopicPartition & { readonly timestamp: number },
    done: (outcome: Outcome<ListedOffset>) => void,
  ): void {
    const { topic, partition, timestamp } = at;
    const body = (route: PartitionRoute): object => ({
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: topic,
          partitions: [
            { partitionIndex: partition, currentLeaderEpoch: route.leaderEpoch, timestamp },
          ],
        },
      ],
    });
    this.askLeader(at, LIST_OFFSETS, body, done, (response) => {
      const answers = response.topics.filter(({ name }) => name === topic);
      const answer = answers[0]?.partitions.find((one) => one.partitionIndex === partition);
      return answer && { errorCode: answer.errorCode, value: answer };
    });
  }

  /** Deletes what lies below `offset` (KIP-107); answers the low watermark of the partition's replicas. */
  deleteRecords(
    below: TopicPartition & { readonly offset: Offset },
    done: (outcome: Outcome<Offset>) => void,
  ): void {
    const { topic, partition, offset } = below;
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }];
    const body = (): object => ({ topics, timeoutMs: this.options.requestTimeout });
    this.askLeader(below, DELETE_RECORDS, body, done, (response) => {
      const answers = response.topics.filter(({ name }) => name === topic);
      const answer = answers[0]?.partitions.find((one) => one.partitionIndex === partition);
      return answer && { errorCode: answer.errorCode, value: answer.lowWatermark };
    });
  }

  /** The end offset of `leaderEpoch` in the leader's log (KIP-101, KIP-279). */
  offsetForLeaderEpoch(
    at: TopicPartition & { readonly leaderEpoch: LeaderEpoch },
    done: (outcome: Outcome<{ leaderEpoch: LeaderEpoch; endOffset: Offset }>) => void,
  ): void {
    const { topic, partition, leaderEpoch } = at;
    const body = (route: PartitionRoute): object => ({
      replicaId: -1,
      topics: [
        {
          topic,
          partitions: [{ partition, currentLeaderEpoch: route.leaderEpoch, leaderEpoch }],
        },
      ],
    });
    this.askLeader(at, OFFSET_FOR_LEADER_EPOCH, body, done, (response) => {
      const answers = response.topics.filter((answered) => answered.topic === topic);
      const answer = answers[0]?.partitions.find((one) => one.partition === partition);
      return answer && { errorCode: answer.errorCode, value: answer };
    });
  }

  /** A fresh id for an idempotent producer, with epoch 0. */
  initProducerId(
    done: (outcome: Outcome<{ producerId: ProducerId; producerEpoch: ProducerEpoch }>) => void,
  ): void {
    const body = {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
      producerId: NO_PRODUCER_ID,
      producerEpoch: NO_PRODUCER_EPOCH,
    };
    this.askAny(INIT_PRODUCER_ID, body, classifyRead, done, (response) => ({
      errorCode: response.errorCode,
      value: response,
    }));
  }

  createTopics(
    topics: readonly TopicToCreate[],
    done: (outcomes: Outcome<readonly ResourceChange[]>) => void,
  ): void {
    const body = {
      topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs,
      })),
      timeoutMs: this.options.requestTimeout,
      validateOnly: false,
    };
    this.askAny(CREATE_TOPICS, body, classifyChange, done, ({ topics: answers }) => ({
      errorCode: ErrorCode.NONE,
      value: answers.map(({ name, errorCode, errorMessage }) =>
        changed(name, errorCode, errorMessage),
      ),
    }));
  }

  /** More partitions for topics that exist: `count` in all, afterwards (KIP-195). */
  createPartitions(
    topics: readonly { readonly name: string; readonly count: number }[],
    done: (outcomes: Outcome<readonly ResourceChange[]>) => void,
  ): void {
    const body = {
      topics: topics.map(({ name, count }) => ({ name, count, assignments: null })),
      timeoutMs: this.options.requestTimeout,
      validateOnly: false,
    };
    this.askAny(CREATE_PARTITIONS, body, classifyChange, done, ({ results }) => ({
      errorCode: ErrorCode.NONE,
      value: results.map(({ name, errorCode, errorMessage }) =>
        changed(name, errorCode, errorMessage),
      ),
    }));
  }

  deleteTopics(
    names: readonly string[],
    done: (outcomes: Outcome<readonly ResourceChange[]>) => void,
  ): void {
    const body = { topicNames: names, timeoutMs: this.options.requestTimeout };
    this.askAny(DELETE_TOPICS, body, classifyChange, done, ({ responses }) => ({
      errorCode: ErrorCode.NONE,
      value: responses.map(({ name, errorCode, errorMessage }) =>
        changed(name ?? '', errorCode, errorMessage),
      ),
    }));
  }

  /** Deletes the very topic with this id, whatever bears its name when the request arrives (KIP-516). */
  deleteTopic(topicId: Uuid, done: (outcome: Outcome<readonly ResourceChange[]>) => void): void {
    const topics = [{ name: null, topicId }];
    const body = { topics, topicNames: [], timeoutMs: this.options.requestTimeout };
    this.askAny(DELETE_TOPICS_BY_ID, body, classifyChange, done, ({ responses }) => ({
      errorCode: ErrorCode.NONE,
      value: responses.map(({ topicId: id, errorCode, errorMessage }) =>
        changed(id ?? '', errorCode, errorMessage),
      ),
    }));
  }

  /** What is known of the topic's leaders is void: another topic has its name, and epochs begin anew. */
  forgetTopic(topic: string): void {
    this.routes.forgetTopic(topic);
  }

  /** Sets configs of one resource; all of them or none. */
  incrementalAlterConfigs(
    changes: readonly ConfigToSet[],
    done: (outcome: Outcome<readonly ResourceChange[]>) => void,
  ): void {
    const body = {
      resources: changes.map(({ resourceType, resourceName, name, value }) => ({
        resourceType,
        resourceName,
        configs: [{ name, configOperation: value === null ? 1 : 0, value }],
      })),
      validateOnly: false,
    };
    this.askAny(INCREMENTAL_ALTER_CONFIGS, body, classifyChange, done, ({ responses }) => ({
      errorCode: ErrorCode.NONE,
      value: responses.map(({ resourceName, errorCode, errorMessage }) =>
        changed(resourceName, errorCode, errorMessage),
      ),
    }));
  }

  /** Linearizable, by the read index (thesis, 6.4); null: no topic. Brokers of this project only. */
  readTopic(name: string, done: (outcome: Outcome<TopicMetadata | null>) => void): void {
    const body = { name, timeoutMs: this.options.requestTimeout };
    this.askAny(READ_TOPIC, body, classifyRead, done, ({ errorCode, topic }) => ({
      errorCode,
      value: topic && {
        id: topic.topicId,
        partitions: topic.partitions,
        configs: Object.fromEntries(topic.configs.map((config) => [config.name, config.value])),
      },
    }));
  }

  /** What one broker, the next in the list of addresses, thinks of the cluster. */
  describeCluster(topics: readonly string[], done: (outcome: Outcome<ClusterState>) => void): void {
    const body = { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: false };
    this.askAny(METADATA, body, classifyRead, done, (response) => ({
      errorCode: response.errorCode,
      value: {
        brokers: response.brokers.map(({ nodeId: id, host, port }) => ({ id, host, port })),
        partitions: response.topics.flatMap((topic) =>
          topic.partitions.map((one) => ({
            topic: topic.name ?? '',
            partition: one.partitionIndex,
            leader: one.leaderId,
            leaderEpoch: one.leaderEpoch,
            replicas: one.replicaNodes,
            isr: one.isrNodes,
          })),
        ),
      },
    }));
  }

  /** Closes all connections; open calls end as `unknown`, or `fail` where nothing had left. */
  close(): void {
    this.routes.close();
  }

  private askLeader<Request, Response, Value>(
    at: TopicPartition,
    api: ClientApi<Request, Response>,
    body: (route: PartitionRoute) => object,
    done: (outcome: Outcome<Value>) => void,
    pick: (response: Response, route: PartitionRoute) => Picked<Value> | undefined,
  ): void {
    this.ask(at, ({ leader }) => leader, api, body, done, pick);
  }

  private ask<Request, Response, Value>(
    at: TopicPartition,
    choose: (route: PartitionRoute) => BrokerId,
    api: ClientApi<Request, Response>,
    body: (route: PartitionRoute) => object,
    done: (outcome: Outcome<Value>) => void,
    pick: (response: Response, route: PartitionRoute) => Picked<Value> | undefined,
  ): void {
    this.routes.withLeader(at.topic, at.partition, (route, failure) => {
      if (route === null) {
        done({ type: 'fail', error: present(failure) });
        return;
      }
      const request = body(route) as Encodable<Request>;
      this.routes.callBroker(choose(route), api.api, api.version, request, (result) => {
        const outcome = readAnswer(result, classifyRead, (response) => pick(response, route));
        this.learnFrom(outcome, at, route);
        done(readOutcome(outcome));
      });
    });
  }

  /** Asks any broker; `pick` finds the answer in the response. */
  askAny<Request, Response, Value>(
    api: ClientApi<Request, Response>,
    body: Encodable<Request>,
    classify: (code: number) => Classification,
    done: (outcome: Outcome<Value>) => void,
    pick: (response: Response) => Picked<Value> | undefined,
  ): void {
    if (this.routes.isClosed()) {
      done({ type: 'fail', error: ownError('client-closed', 'the client was closed') });
      return;
    }
    this.routes.callAny(api.api as Api<Request, Response>, api.version, body, (result) => {
      const outcome = readAnswer(result, classify, pick);
      done(classify === classifyRead ? readOutcome(outcome) : outcome);
    });
  }

  /** A broken connection or the right error makes the client ask for the leader again. */
  private learnFrom(outcome: Outcome<unknown>, at: TopicPartition, route: PartitionRoute): void {
    if (outcome.type === 'ok') {
      return;
    }
    if (outcome.error.code === 0 || saysLeaderIsElsewhere(outcome.error.code)) {
      this.routes.forgetLeader(at.topic, at.partition, route.leaderEpoch ?? NO_EPOCH);
    }
  }
}
