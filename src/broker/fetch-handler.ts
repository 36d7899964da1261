/**
 * Fetch (KIP-74, 101, 227 without sessions, 320, 392 leader side, 903): consumers and followers read
 * here. A fetch that finds less than it asked for is parked until there is more or its time is over.
 */

import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset } from '../core/types/ids.js';
import { ZERO_UUID } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { fetchApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  FetchRequest,
  FetchRequestFetchPartition,
  FetchRequestFetchTopic,
} from '../protocol/schemas/fetch.js';
import { type Deadline, Deadlines } from './deadlines.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';

/** First version that names topics by id only. */
const TOPIC_ID_VERSION = 13;

interface PartitionAnswer {
  partitionIndex: number;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  divergingEpoch?: { epoch: number; endOffset: number };
  abortedTransactions: null;
  records: readonly Uint8Array[];
}

interface Attempt {
  readonly responses: {
    topic: string;
    topicId: string;
    partitions: PartitionAnswer[];
  }[];
  bytes: number;
  /** Something that must be said at once: an error or a divergence. */
  urgent: boolean;
  readonly releases: (() => void)[];
}

export class FetchHandler {
  readonly deadlines: Deadlines;
  private readonly manager: ReplicaManager;
  private readonly maximumBytes: number;
  /** The parked fetch of each follower's connection: the next fetch on it makes it answer. */
  private readonly byConnection = new Map<object, ParkedFetch>();
  private token = 0;

  constructor(environment: Environment, manager: ReplicaManager, maximumBytes: number) {
    this.deadlines = new Deadlines(environment);
    this.manager = manager;
    this.maximumBytes = maximumBytes;
  }

  handle(request: IncomingRequest, body: FetchRequest, internal: boolean): void {
    if (internal) {
      this.byConnection.get(request.connection)?.finish();
    }
    if (body.sessionId !== 0 || body.sessionEpoch > 0) {
      // No sessions are kept: id 0 in every answer says so.
      request.respond(fetchApi, { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
      return;
    }
    const fetch = new ParkedFetch(this, request, body, internal);
    const attempt = this.attempt(body, request.header.apiVersion, internal);
    if (attempt.urgent || attempt.bytes >= body.minBytes || body.maxWaitMs <= 0) {
      this.answer(request, attempt);
      return;
    }
    release(attempt);
    fetch.park(this.replicasOf(body, request.header.apiVersion));
    if (internal) {
      this.byConnection.set(request.connection, fetch);
    }
  }

  /** A parked fetch is over: it leaves its time limit and the connection's slot. */
  forget(fetch: ParkedFetch, limit: Deadline | null): void {
    if (limit !== null) {
      this.deadlines.cancel(limit);
    }
    if (this.byConnection.get(fetch.request.connection) === fetch) {
      this.byConnection.delete(fetch.request.connection);
    }
  }

  /** Reads what there is now. */
  attempt(body: FetchRequest, version: number, internal: boolean): Attempt {
    const attempt: Attempt = { responses: [], bytes: 0, urgent: false, releases: [] };
    const limit = Math.min(body.maxBytes, this.maximumBytes);
    for (const topic of body.topics) {
      const partitions: PartitionAnswer[] = [];
      for (const partition of topic.partitions) {
        const replica = this.replicaOf(topic, partition, version);
        if (replica === undefined) {
          attempt.urgent = true;
          partitions.push(failed(partition.partition, unknownTopic(topic, version)));
          continue;
        }
        partitions.push(this.read(replica, partition, body, limit, attempt, internal));
      }
      attempt.responses.push({ topic: topic.topic, topicId: topic.topicId, partitions });
    }
    return attempt;
  }

  answer(request: IncomingRequest, attempt: Attempt): void {
    const { responses } = attempt;
    request.respond(fetchApi, { sessionId: 0, responses }, () => release(attempt));
  }

  private read(
    replica: Replica,
    partition: FetchRequestFetchPartition,
    body: FetchRequest,
    limit: number,
    attempt: Attempt,
    internal: boolean,
  ): PartitionAnswer {
    const answer = replica.fetch({
      type: 'fetch',
      token: ++this.token,
      replica: internal ? follower(body) : null,
      currentLeaderEpoch: partition.currentLeaderEpoch as LeaderEpoch,
      fetchOffset: partition.fetchOffset as Offset,
      lastFetchedEpoch: partition.lastFetchedEpoch as LeaderEpoch,
      stamp: replica.stamp(),
    });
    if (answer.error !== ErrorCode.NONE) {
      attempt.urgent = true;
      const { highWatermark, logStartOffset } = answer;
      // A follower that is out of range decides by these where its log goes on.
      return { ...failed(partition.partition, answer.error), highWatermark, logStartOffset };
    }
    const result: PartitionAnswer = {
      partitionIndex: partition.partition,
      errorCode: ErrorCode.NONE,
      highWatermark: answer.highWatermark,
      lastStableOffset: answer.lastStableOffset,
      logStartOffset: answer.logStartOffset,
      abortedTransactions: null,
      records: [],
    };
    if (answer.diverging !== null) {
      attempt.urgent = true;
      result.divergingEpoch = answer.diverging;
      return result;
    }
    const room = limit - attempt.bytes;
    if (answer.upTo > answer.from && (room > 0 || attempt.bytes === 0)) {
      const maximum = Math.min(partition.partitionMaxBytes, Math.max(room, 0));
      // KIP-74: the first batch of an answer is sent whole, whatever the limits say.
      const read = replica.log.read(answer.from, answer.upTo, maximum, attempt.bytes === 0);
      result.records = read.parts;
      attempt.releases.push(() => read.release());
      for (const part of read.parts) {
        attempt.bytes += part.length;
      }
    }
    return result;
  }

  private replicaOf(
    topic: FetchRequestFetchTopic,
    partition: FetchRequestFetchPartition,
    version: number,
  ): Replica | undefined {
    return version >= TOPIC_ID_VERSION
      ? this.manager.find(topic.topicId, partition.partition)
      : this.manager.findByName(topic.topic, partition.partition);
  }

  private replicasOf(body: FetchRequest, version: number): Replica[] {
    const replicas: Replica[] = [];
    for (const topic of body.topics) {
      for (const partition of topic.partitions) {
        const replica = this.replicaOf(topic, partition, version);
        if (replica !== undefined) {
          replicas.push(replica);
        }
      }
    }
    return replicas;
  }
}

/** A fetch in the purgatory. */
export class ParkedFetch {
  readonly request: IncomingRequest;
  readonly isFollower: boolean;
  private readonly handler: FetchHandler;
  private readonly body: FetchRequest;
  private replicas: readonly Replica[] = [];
  private limit: Deadline | null = null;
  private done = false;

  constructor(
    handler: FetchHandler,
    request: IncomingRequest,
    body: FetchRequest,
    isFollower: boolean,
  ) {
    this.handler = handler;
    this.request = request;
    this.body = body;
    this.isFollower = isFollower;
  }

  park(replicas: readonly Replica[]): void {
    this.replicas = replicas;
    for (const replica of replicas) {
      replica.parked.add(this);
    }
    this.limit = this.handler.deadlines.set(this.body.maxWaitMs, () => this.finish());
  }

  /** Something moved: answers if that is enough. */
  wake(): void {
    if (this.done) {
      return;
    }
    if (!this.request.connection.isOpen) {
      this.leave();
      return;
    }
    const attempt = this.handler.attempt(
      this.body,
      this.request.header.apiVersion,
      this.isFollower,
    );
    if (attempt.urgent || attempt.bytes >= this.body.minBytes) {
      this.leave();
      this.handler.answer(this.request, attempt);
    } else {
      release(attempt);
    }
  }

  /** Answers with whatever there is. */
  finish(): void {
    if (this.done) {
      return;
    }
    this.leave();
    if (this.request.connection.isOpen) {
      const { apiVersion } = this.request.header;
      const attempt = this.handler.attempt(this.body, apiVersion, this.isFollower);
      this.handler.answer(this.request, attempt);
    }
  }

  private leave(): void {
    this.done = true;
    for (const replica of this.replicas) {
      replica.parked.delete(this);
    }
    this.handler.forget(this, this.limit);
  }
}

function follower(body: FetchRequest): { id: BrokerId; brokerEpoch: BrokerEpoch } {
  const { replicaId, replicaEpoch } = body.replicaState;
  return { id: replicaId, brokerEpoch: replicaEpoch };
}

function unknownTopic(topic: FetchRequestFetchTopic, version: number): number {
  return version >= TOPIC_ID_VERSION && topic.topicId !== ZERO_UUID
    ? ErrorCode.UNKNOWN_TOPIC_ID
    : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}

function failed(partitionIndex: number, errorCode: number): PartitionAnswer {
  return {
    partitionIndex,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    records: [],
  };
}

function release(attempt: Attempt): void {
  for (const task of attempt.releases.splice(0)) {
    task();
  }
}
