/**
 * Replicates from one leader broker: one connection, one Fetch at a time with all partitions that
 * follow that leader, sent again as soon as the answer is appended. A partition whose records are still
 * being synced (flush.messages) is left out until they are: it could only ask for them once more.
 */

import { followerFetchPosition, isAppending } from '../core/partition/queries.js';
import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset } from '../core/types/ids.js';
import type { Environment, Frame } from '../environment/environment.js';
import { inspectBatches } from '../log/record-batch.js';
import { fetchApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { FetchResponse, FetchResponsePartitionData } from '../protocol/schemas/fetch.js';
import type { Replica } from './replica.js';
import type { ReplicationQuota } from './replication-quota.js';
import { type Introduction, type PeerAddress, RequestChannel } from './request-channel.js';

/** Topic ids (13), replica state with broker epoch (15, KIP-903), leader end points (16). */
const FETCH_VERSION = 17;
/** A partition whose fetch failed is left out this long. */
const ERROR_BACKOFF_MILLISECONDS = 20;

export interface FetcherSettings {
  readonly maximumWait: number;
  readonly minimumBytes: number;
  readonly maximumBytes: number;
  readonly maximumPartitionBytes: number;
  /** Milliseconds after which a partition that the throttle held back is looked at again. */
  readonly throttleBackoff: number;
}

export interface ReplicaFetcherOptions {
  readonly environment: Environment;
  readonly address: () => PeerAddress;
  readonly introduction: Introduction;
  readonly brokerEpoch: () => BrokerEpoch;
  readonly quota: ReplicationQuota;
  readonly settings: FetcherSettings;
}

interface Asked {
  readonly replica: Replica;
  readonly leaderEpoch: LeaderEpoch;
  readonly offset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
}

export class ReplicaFetcher {
  private readonly environment: Environment;
  private readonly settings: FetcherSettings;
  private readonly answered: (replica: Replica, hasRecords: boolean) => void;
  private readonly self: BrokerId;
  private readonly brokerEpoch: () => BrokerEpoch;
  private readonly quota: ReplicationQuota;
  private readonly channel: RequestChannel;
  private readonly replicas = new Map<string, Replica>();
  /** Those that a fetch left out because their log end does not stand yet. */
  private readonly appending = new Set<Replica>();
  private outstanding = 0;
  /** A partition has come in that the fetch under way does not ask for. */
  private urgent = false;
  private scheduled = false;
  private closed = false;
  /** A partition is held back by the throttle: a timer will look again. */
  private holdingBack = false;

  /** `answered` hears after each answer whether it held records for the replica. */
  constructor(
    options: ReplicaFetcherOptions,
    answered: (replica: Replica, hasRecords: boolean) => void,
  ) {
    this.environment = options.environment;
    this.self = options.introduction.nodeId as BrokerId;
    this.brokerEpoch = options.brokerEpoch;
    this.settings = options.settings;
    this.answered = answered;
    this.quota = options.quota;
    const { environment, address, introduction } = options;
    this.channel = new RequestChannel(environment, address, introduction, {
      ready: () => this.schedule(),
    });
  }

  has(replica: Replica): boolean {
    return this.replicas.get(replica.key) === replica;
  }

  add(replica: Replica): void {
    this.replicas.set(replica.key, replica);
    replica.fetchDelayed = false;
    this.urgent = true;
    this.schedule();
  }

  remove(replica: Replica): void {
    this.replicas.delete(replica.key);
    this.appending.delete(replica);
  }

  /** The replica's log end has moved. */
  logEndAdvanced(replica: Replica): void {
    if (this.appending.has(replica) && !isAppending(replica.state)) {
      this.appending.delete(replica);
      this.urgent = true;
      this.schedule();
    }
  }

  close(): void {
    this.closed = true;
    this.channel.close(true);
  }

  /** Fetches at the end of this turn. A fetch that is parked at the leader gives way to the new one. */
  private schedule(): void {
    if (!this.scheduled && !this.closed) {
      this.scheduled = true;
      this.environment.atTurnEnd(() => {
        this.scheduled = false;
        this.fetch();
      });
    }
  }

  private fetch(): void {
    // Two at most: the one that may be parked, and the one that makes the leader answer it.
    if (this.closed || !this.channel.ready || this.outstanding >= (this.urgent ? 2 : 1)) {
      return;
    }
    this.urgent = false;
    const asked = new Map<string, Asked>();
    const topics = new Map<string, { topicId: string; partitions: object[] }>();
    for (const replica of this.replicas.values()) {
      if (replica.fetchDelayed || replica.isClosed) {
        continue;
      }
      if (isAppending(replica.state)) {
        this.appending.add(replica);
        continue;
      }
      if (this.isHeldBack(replica)) {
        this.holdBack();
        continue;
      }
      const position = followerFetchPosition(replica.state, replica.rules);
      const { offset, currentLeaderEpoch: leaderEpoch, lastFetchedEpoch } = position;
      asked.set(replica.key, { replica, leaderEpoch, offset, lastFetchedEpoch });
      const topic = topics.get(replica.topicId) ?? { topicId: replica.topicId, partitions: [] };
      topics.set(replica.topicId, topic);
      topic.partitions.push({
        partition: replica.partition,
        currentLeaderEpoch: position.currentLeaderEpoch,
        fetchOffset: position.offset,
        lastFetchedEpoch: position.lastFetchedEpoch,
        logStartOffset: replica.state.logStartOffset,
        partitionMaxBytes: this.settings.maximumPartitionBytes,
      });
    }
    if (asked.size === 0) {
      return;
    }
    const request = {
      replicaState: { replicaId: this.self, replicaEpoch: this.brokerEpoch() },
      maxWaitMs: this.settings.maximumWait,
      minBytes: this.settings.minimumBytes,
      maxBytes: this.settings.maximumBytes,
      topics: [...topics.values()],
    };
    this.outstanding++;
    this.channel.request(fetchApi, FETCH_VERSION, request, (response, frame) => {
      this.outstanding--;
      if (response !== null && !this.closed) {
        this.handle(response, frame, asked);
      }
      this.schedule();
    });
  }

  private handle(
    response: FetchResponse,
    frame: Frame | null,
    asked: ReadonlyMap<string, Asked>,
  ): void {
    for (const topic of response.responses) {
      for (const partition of topic.partitions) {
        const entry = asked.get(`${topic.topicId}/${partition.partitionIndex}`);
        if (entry === undefined || !this.has(entry.replica)) {
          continue;
        }
        this.handlePartition(entry, partition, frame);
        this.answered(entry.replica, (partition.records?.length ?? 0) > 0);
      }
    }
  }

  private handlePartition(
    { replica, leaderEpoch, offset, lastFetchedEpoch }: Asked,
    data: FetchResponsePartitionData,
    frame: Frame | null,
  ): void {
    const bytes = data.records;
    const inspected = bytes === null || bytes.length === 0 ? null : inspectBatches(bytes);
    if (inspected !== null && 'error' in inspected) {
      this.environment.log('warn', 'fetch.damaged', { replica: replica.name, ...inspected });
      this.delay(replica);
      return;
    }
    const diverging =
      data.divergingEpoch.endOffset < 0
        ? null
        : {
            epoch: data.divergingEpoch.epoch as LeaderEpoch,
            endOffset: data.divergingEpoch.endOffset as Offset,
          };
    if (bytes !== null && this.quota.isThrottled(replica.topic, replica.partition)) {
      this.quota.record(bytes.length);
    }
    replica.fetched(
      {
        type: 'fetched',
        leaderEpoch,
        fetchOffset: offset,
        lastFetchedEpoch,
        error: data.errorCode,
        diverging,
        highWatermark: data.highWatermark,
        logStartOffset: data.logStartOffset,
        batches: inspected?.batches ?? [],
        stamp: replica.stamp(),
      },
      bytes === null ? [] : [bytes],
      frame,
    );
    if (data.errorCode !== ErrorCode.NONE) {
      this.delay(replica);
    }
  }

  private isHeldBack({ topic, partition, state }: Replica): boolean {
    return this.quota.holdsBack(topic, partition, state.isr.includes(this.self));
  }

  private holdBack(): void {
    if (!this.holdingBack) {
      this.holdingBack = true;
      this.environment.timers.arm(this.settings.throttleBackoff, () => {
        this.holdingBack = false;
        this.urgent = true;
        this.schedule();
      });
    }
  }

  private delay(replica: Replica): void {
    replica.fetchDelayed = true;
    this.environment.timers.arm(ERROR_BACKOFF_MILLISECONDS, () => {
      replica.fetchDelayed = false;
      this.urgent = true;
      this.schedule();
    });
  }
}
