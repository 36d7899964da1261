/**
 * Fetch (KIP-74, 101, 227, 320, 392, 903): consumers and followers read
 * here. A fetch that finds less than it asked for is parked until there is more or its time is over.
 */

import type { FetchContext, FetchSessions } from '../core/fetch-sessions/sessions.js';
import type { BrokerEpoch, BrokerId, Offset } from '../core/types/ids.js';
import { greatest, NO_EPOCH, ZERO_UUID } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { fetchApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  FetchRequest,
  FetchRequestFetchPartition,
  FetchRequestFetchTopic,
} from '../protocol/schemas/fetch.js';
import { type Deadline, Deadlines } from './deadlines.js';
import {
  type AskedOfTopic,
  keyOf,
  sessionAnswer,
  sessionRequest,
  topicsOf,
} from './fetch-session-wire.js';
import type { FetchAnswer, Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';

/** First version whose consumers know to read from followers (KIP-392). */
const ANY_REPLICA_VERSION = 11;
/** First version that names topics by id only. */
const TOPIC_ID_VERSION = 13;

interface PartitionAnswer {
  partitionIndex: number;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  divergingEpoch?: { epoch: number; endOffset: number };
  preferredReadReplica?: number;
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
  /** Of these, what the replication throttle counts. */
  throttledBytes: number;
  /** Something that must be said at once: an error or a divergence. */
  urgent: boolean;
  /** The first partition that had data for which there was no room. */
  leftOut: string | null;
  readonly releases: (() => void)[];
}

export class FetchHandler {
  readonly deadlines: Deadlines;
  /** Bytes of records that were sent. */
  bytesOut = 0;
  private readonly environment: Environment;
  private readonly manager: ReplicaManager;
  private readonly sessions: FetchSessions<AskedOfTopic>;
  private readonly maximumBytes: number;
  private readonly choosesReplicas: boolean;
  /** The parked fetch of each follower's connection: the next fetch on it makes it answer. */
  private readonly byConnection = new WeakMap<object, { parked: ParkedFetch | null }>();
  private token = 0;

  /**
   * `sessions`: of all listeners. `choosesReplicas`: leaders name the replica in a consumer's rack
   * (replica.selector.class).
   */
  constructor(
    environment: Environment,
    manager: ReplicaManager,
    sessions: FetchSessions<AskedOfTopic>,
    maximumBytes: number,
    choosesReplicas: boolean,
  ) {
    this.choosesReplicas = choosesReplicas;
    this.deadlines = new Deadlines(environment);
    this.environment = environment;
    this.manager = manager;
    this.sessions = sessions;
    this.maximumBytes = maximumBytes;
  }

  handle(request: IncomingRequest, asked: FetchRequest, internal: boolean): void {
    if (internal) {
      this.byConnection.get(request.connection)?.parked?.finish();
    }
    const usesTopicIds = request.header.apiVersion >= TOPIC_ID_VERSION;
    const named = sessionRequest(asked, usesTopicIds, internal);
    const context = this.sessions.begin(named, this.environment.clock.monotonic());
    if (context.type === 'refused') {
      request.respond(fetchApi, sessionAnswer(this.sessions, context, [], 0));
      return;
    }
    const isIncremental = context.type === 'incremental';
    const body = isIncremental ? { ...asked, topics: topicsOf(context.partitions) } : asked;
    const fetch = new ParkedFetch(this, request, body, internal, context);
    const attempt = this.attempt(request, body, internal);
    if (attempt.urgent || attempt.bytes >= body.minBytes || body.maxWaitMs <= 0) {
      this.answer(request, attempt, context);
      return;
    }
    release(attempt);
    fetch.park(this.replicasOf(body, request.header.apiVersion));
    if (internal) {
      this.noteParked(fetch);
    }
  }

  /** A parked fetch is over: it leaves its time limit and the connection's slot. */
  forget(fetch: ParkedFetch, limit: Deadline | null): void {
    if (limit !== null) {
      this.deadlines.cancel(limit);
    }
    const slot = this.byConnection.get(fetch.request.connection);
    if (slot?.parked === fetch) {
      slot.parked = null;
    }
  }

  private noteParked(fetch: ParkedFetch): void {
    const { connection } = fetch.request;
    const slot = this.byConnection.get(connection);
    if (slot === undefined) {
      this.byConnection.set(connection, { parked: fetch });
    } else {
      slot.parked = fetch;
    }
  }

  /**
   * Reads what there is now. The partitions that an answer has no room for are the first of the next
   * one on this connection, so that a busy one cannot starve the others; they are named in the order
   * in which they were asked for.
   */
  attempt(request: IncomingRequest, body: FetchRequest, internal: boolean): Attempt {
    const { leftOut } = request.connection;
    const attempt: Attempt = {
      responses: [],
      bytes: 0,
      throttledBytes: 0,
      urgent: false,
      leftOut: null,
      releases: [],
    };
    let first = 0;
    let count = 0;
    for (const topic of body.topics) {
      attempt.responses.push({ topic: topic.topic, topicId: topic.topicId, partitions: [] });
      if (leftOut !== null) {
        const index = topic.partitions.findIndex(
          (each) => keyOf(topic, each.partition) === leftOut,
        );
        first = index < 0 ? first : count + index;
      }
      count += topic.partitions.length;
    }
    this.attemptSome(request, body, internal, attempt, first, count);
    this.attemptSome(request, body, internal, attempt, 0, first);
    return attempt;
  }

  /** Reads from the partitions with numbers from `from` up to `to`, as counted over all topics. */
  private attemptSome(
    request: IncomingRequest,
    body: FetchRequest,
    internal: boolean,
    attempt: Attempt,
    from: number,
    to: number,
  ): void {
    const { apiVersion } = request.header;
    let number = 0;
    for (let position = 0; position < body.topics.length; position++) {
      const topic = body.topics[position]!;
      const { partitions } = attempt.responses[position]!;
      for (let index = 0; index < topic.partitions.length; index++) {
        const partition = topic.partitions[index]!;
        if (number >= from && number < to) {
          const replica = this.replicaOf(topic, partition, apiVersion);
          partitions[index] =
            replica === undefined
              ? this.missing(topic, partition, apiVersion, attempt)
              : this.read(replica, topic, partition, request, body, attempt, internal);
        }
        number++;
      }
    }
  }

  answer(request: IncomingRequest, attempt: Attempt, context: FetchContext<AskedOfTopic>): void {
    const now = this.environment.clock.monotonic();
    const answer = sessionAnswer(this.sessions, context, attempt.responses, now);
    if (answer.errorCode !== ErrorCode.NONE) {
      release(attempt);
      request.respond(fetchApi, answer);
      return;
    }
    this.bytesOut += attempt.bytes;
    if (attempt.throttledBytes > 0) {
      this.manager.quotas.leader.record(attempt.throttledBytes);
    }
    request.connection.leftOut = attempt.leftOut;
    request.respond(fetchApi, answer, () => release(attempt));
  }

  private missing(
    topic: FetchRequestFetchTopic,
    partition: FetchRequestFetchPartition,
    version: number,
    attempt: Attempt,
  ): PartitionAnswer {
    attempt.urgent = true;
    const error =
      version >= TOPIC_ID_VERSION && topic.topicId !== ZERO_UUID
        ? this.manager.missingErrorOfId(topic.topicId, partition.partition)
        : this.manager.missingError(topic.topic, partition.partition);
    return failed(partition.partition, error);
  }

  private read(
    replica: Replica,
    topic: FetchRequestFetchTopic,
    partition: FetchRequestFetchPartition,
    request: IncomingRequest,
    body: FetchRequest,
    attempt: Attempt,
    internal: boolean,
  ): PartitionAnswer {
    if (replica.isClosed || partition.fetchOffset < 0) {
      attempt.urgent = true;
      const error = replica.isClosed
        ? ErrorCode.NOT_LEADER_OR_FOLLOWER
        : ErrorCode.OFFSET_OUT_OF_RANGE;
      return failed(partition.partition, error);
    }
    const answer = replica.fetch({
      type: 'fetch',
      token: ++this.token,
      anyReplica: !internal && request.header.apiVersion >= ANY_REPLICA_VERSION,
      clientRack: internal || !this.choosesReplicas ? '' : body.rackId,
      replica: internal
        ? { ...follower(body), logStartOffset: partition.logStartOffset as Offset }
        : null,
      // Any negative epoch is none, as in Kafka.
      currentLeaderEpoch: greatest(partition.currentLeaderEpoch, NO_EPOCH),
      fetchOffset: partition.fetchOffset as Offset,
      lastFetchedEpoch: greatest(partition.lastFetchedEpoch, NO_EPOCH),
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
    if (answer.preferred !== null) {
      attempt.urgent = true;
      result.preferredReadReplica = answer.preferred;
      return result;
    }
    const throttled = internal && this.isHeldBack(replica, body.replicaState.replicaId);
    // Who does not read its answers gets none that hold anything.
    if (answer.upTo > answer.from && !request.connection.isCongested && !throttled) {
      const room = Math.max(Math.min(body.maxBytes, this.maximumBytes) - attempt.bytes, 0);
      this.readRecords(
        replica,
        answer,
        Math.min(partition.partitionMaxBytes, room),
        attempt,
        result,
      );
      if (result.records.length === 0) {
        attempt.leftOut ??= keyOf(topic, partition.partition);
      }
      if (internal) {
        this.count(replica, result, attempt);
      }
    }
    return result;
  }

  private isHeldBack({ topic, partition, state }: Replica, follower: BrokerId): boolean {
    return this.manager.quotas.leader.holdsBack(topic, partition, state.isr.includes(follower));
  }

  /** What is sent of a throttled partition. */
  private count(
    { topic, partition }: Replica,
    { records }: PartitionAnswer,
    attempt: Attempt,
  ): void {
    if (this.manager.quotas.leader.isThrottled(topic, partition)) {
      attempt.throttledBytes += records.reduce((sum, { length }) => sum + length, 0);
    }
  }

  private readRecords(
    replica: Replica,
    { from, upTo }: FetchAnswer,
    maximum: number,
    attempt: Attempt,
    result: PartitionAnswer,
  ): void {
    // KIP-74: the first batch of an answer is sent whole, whatever the limits say.
    const isFirst = attempt.bytes === 0;
    if (maximum <= 0 && !isFirst) {
      return;
    }
    const read = replica.log.read(from, upTo, Math.max(maximum, 0), isFirst);
    attempt.releases.push(() => read.release());
    if (read.damage !== null && read.parts.length === 0) {
      attempt.urgent = true;
      result.errorCode = ErrorCode.KAFKA_STORAGE_ERROR;
      replica.damaged(read.damage);
      return;
    }
    result.records = read.parts;
    for (const part of read.parts) {
      attempt.bytes += part.length;
    }
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
  private readonly context: FetchContext<AskedOfTopic>;
  private replicas: readonly Replica[] = [];
  private limit: Deadline | null = null;
  private done = false;
  private looking = false;

  constructor(
    handler: FetchHandler,
    request: IncomingRequest,
    body: FetchRequest,
    isFollower: boolean,
    context: FetchContext<AskedOfTopic>,
  ) {
    this.handler = handler;
    this.context = context;
    this.request = request;
    this.body = body;
    this.isFollower = isFollower;
  }

  park(replicas: readonly Replica[]): void {
    this.replicas = replicas;
    for (const replica of replicas) {
      replica.parked.push(this);
    }
    this.request.abandoned = () => this.leave();
    this.limit = this.handler.deadlines.set(this.body.maxWaitMs, () => this.finish());
  }

  /** Something moved: answers if that is enough. */
  wake(): void {
    // A look that finds damage closes the replica, which wakes everybody who waits on it.
    if (this.done || this.looking) {
      return;
    }
    if (!this.request.connection.isOpen) {
      this.leave();
      return;
    }
    this.looking = true;
    const attempt = this.handler.attempt(this.request, this.body, this.isFollower);
    this.looking = false;
    if (attempt.urgent || attempt.bytes >= this.body.minBytes) {
      this.leave();
      this.handler.answer(this.request, attempt, this.context);
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
      const attempt = this.handler.attempt(this.request, this.body, this.isFollower);
      this.handler.answer(this.request, attempt, this.context);
    }
  }

  private leave(): void {
    this.done = true;
    for (const replica of this.replicas) {
      const place = replica.parked.indexOf(this);
      if (place >= 0) {
        replica.parked.splice(place, 1);
      }
    }
    this.handler.forget(this, this.limit);
  }
}

function follower(body: FetchRequest): { id: BrokerId; brokerEpoch: BrokerEpoch } {
  const { replicaId, replicaEpoch } = body.replicaState;
  return { id: replicaId, brokerEpoch: replicaEpoch };
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
