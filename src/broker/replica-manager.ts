/**
 * All replicas of this broker: brings them in line with the metadata image, lets them replicate from
 * their leaders, keeps their checkpoints.
 */

import type { LogRules } from '../core/log/rules.js';
import { TOPIC_RESOURCE } from '../core/metadata/image.js';
import type {
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  TopicImage,
} from '../core/metadata/types.js';
import type { PartitionRules } from '../core/partition/rules.js';
import { startPartition } from '../core/partition/state.js';
import type { PartitionTimerAfter, ReplicaBroker } from '../core/partition/types.js';
import { present, unreachable } from '../core/types/assert.js';
import type { BrokerEpoch, BrokerId, Offset, PartitionIndex, Uuid } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import { MalformedBytes } from '../log/bytes.js';
import type { LogOptions } from '../log/log-options.js';
import type { LogDamage } from '../log/types.js';
import { ErrorCode } from '../protocol/errors.js';
import type { AlterPartitionSender } from './alter-partition-sender.js';
import { LeaderFetchers } from './leader-fetchers.js';
import { LogCleaner } from './log-cleaner.js';
import type { LogManager } from './log-manager.js';
import type { BrokerObserver } from './observer.js';
import {
  type AlterPartition,
  Replica,
  type ReplicaHost,
  type ReplicationFailed,
  type RoleChanged,
} from './replica.js';
import { ReplicaUpkeep } from './replica-upkeep.js';
import { ReplicationQuotas } from './replication-quotas.js';
import type { Introduction, PeerAddress } from './request-channel.js';
import type { Settings } from './settings.js';
import { setAsideStrays } from './stray-logs.js';
import { logOptions, topicNumber } from './topic-settings.js';

export interface ReplicaManagerOptions {
  readonly environment: Environment;
  readonly rules: PartitionRules;
  readonly logRules: Pick<LogRules, 'changesConfigs'>;
  readonly settings: Settings;
  readonly self: BrokerId;
  readonly directory: LogManager;
  readonly introduction: Introduction;
  readonly address: (id: BrokerId) => PeerAddress;
  readonly brokerEpoch: () => BrokerEpoch;
  readonly storageFailed: (error: FileError) => void;
  /** Ends the broker with one clear line. */
  readonly failed: (reason: string) => void;
  readonly observer: BrokerObserver | null;
}

export class ReplicaManager implements ReplicaHost {
  readonly environment: Environment;
  readonly rules: PartitionRules;
  readonly observer: BrokerObserver | null;
  /** By `topic id/partition`. */
  readonly replicas: Map<string, Replica> = new Map();
  /** The same, found without making a key: asked for with every partition of every request. */
  private readonly byTopic = new Map<Uuid, Map<PartitionIndex, Replica>>();
  /** Called when a replica appears, before its first input. */
  onReplica: ((replica: Replica) => void) | null = null;
  private readonly options: ReplicaManagerOptions;
  private readonly fetchers = new Map<BrokerId, LeaderFetchers>();
  private readonly following = new Map<Replica, LeaderFetchers>();
  private readonly cleaner: LogCleaner;
  private readonly upkeep: ReplicaUpkeep;
  /** What replication of throttled partitions may use (KIP-73). */
  readonly quotas: ReplicationQuotas;
  private sender: AlterPartitionSender | null = null;
  private image: MetadataImage | null = null;
  private readonly logOptions = new Map<string, LogOptions>();
  /** A new set each turn: one that is cleared again and again keeps garbage alive (see pending.ts). */
  private woken = new Set<{ wake(): void }>();
  private wakeScheduled = false;

  constructor(options: ReplicaManagerOptions) {
    this.options = options;
    this.environment = options.environment;
    this.rules = options.rules;
    this.observer = options.observer;
    const { environment, settings, directory, storageFailed } = options;
    this.quotas = new ReplicationQuotas(environment, settings, options.self);
    const upkeep = {
      environment,
      settings,
      directory,
      storageFailed,
      replicas: () => this.replicas.values(),
    };
    this.cleaner = new LogCleaner(upkeep);
    this.upkeep = new ReplicaUpkeep(upkeep);
  }

  start(sender: AlterPartitionSender): void {
    this.sender = sender;
    this.upkeep.start();
  }

  find(topicId: Uuid, partition: PartitionIndex): Replica | undefined {
    return this.byTopic.get(topicId)?.get(partition);
  }

  findByName(topic: string, partition: PartitionIndex): Replica | undefined {
    const id = this.image?.topicIds.get(topic);
    return id === undefined ? undefined : this.find(id, partition);
  }

  /** Kafka error code for a partition of which this broker has no replica. */
  missingError(topic: string, partition: PartitionIndex): number {
    const id = this.image?.topicIds.get(topic);
    const exists = id !== undefined && this.image?.topics.get(id)?.partitions.has(partition);
    return exists === true
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /** The same where the topic is named by its id. */
  missingErrorOfId(topicId: Uuid, partition: PartitionIndex): number {
    const topic = this.image?.topics.get(topicId);
    return topic === undefined
      ? ErrorCode.UNKNOWN_TOPIC_ID
      : this.missingError(topic.name, partition);
  }

  /** Acts on newly committed records; null: on everything. */
  imageChanged(image: MetadataImage, records: readonly MetadataRecord[] | null): void {
    const isFirst = this.image === null;
    this.image = image;
    if (isFirst) {
      const { self, directory, storageFailed } = this.options;
      setAsideStrays({ image, self, directory, environment: this.environment, storageFailed });
    }
    const { changesConfigs } = this.options.logRules;
    if (records === null || records.some(({ type }) => changesConfigs(type))) {
      this.logOptions.clear();
      this.quotas.imageChanged(image);
    }
    this.assignChanged(image, records);
    if (records === null || records.some(({ type }) => type === 'ConfigRecord')) {
      this.cleaner.consider(this.replicas.values());
    }
    if (records === null) {
      this.reconfigureAll(image);
      return;
    }
    for (const record of records) {
      if (record.type === 'ConfigRecord' && record.resourceType === TOPIC_RESOURCE) {
        this.reconfigure(image, record.resourceName);
      } else if (record.type === 'ConfigRecord') {
        this.reconfigureAll(image);
      }
    }
  }

  /** The names of all logs that are made are synced together. */
  private assignChanged(image: MetadataImage, records: readonly MetadataRecord[] | null): void {
    this.options.directory.together(() => {
      if (records !== null && !records.some(concernsBrokers)) {
        this.partitionsChanged(image, records);
        return;
      }
      this.removeDeleted(image);
      for (const topic of image.topics.values()) {
        for (const [index, registration] of topic.partitions) {
          this.assign(image, topic, index, registration);
        }
      }
    });
  }

  private partitionsChanged(image: MetadataImage, records: readonly MetadataRecord[]): void {
    for (const record of records) {
      if (record.type === 'PartitionRecord' || record.type === 'PartitionChangeRecord') {
        const topic = image.topics.get(record.topicId);
        const registration = topic?.partitions.get(record.partitionId);
        if (topic !== undefined && registration !== undefined) {
          this.assign(image, topic, record.partitionId, registration);
        }
      } else if (record.type === 'RemoveTopicRecord') {
        this.removeDeleted(image);
      }
    }
  }

  close(clean: boolean): void {
    this.cleaner.close();
    for (const fetcher of this.fetchers.values()) {
      fetcher.close();
    }
    this.fetchers.clear();
    if (clean) {
      this.upkeep.checkpoint();
    }
    for (const replica of this.replicas.values()) {
      replica.close(clean);
    }
    if (clean) {
      this.upkeep.storeRecoveryPoints();
    }
    this.replicas.clear();
    this.byTopic.clear();
  }

  // ---------------------------------------------------------------------------- host of replicas

  timerDuration(after: PartitionTimerAfter): number {
    switch (after) {
      case 'replica.lag.time.max.ms':
        return this.options.settings.number('replica.lag.time.max.ms');
      case 'alterPartitionRetryBackoff':
        return 50;
      default:
        return unreachable(after);
    }
  }

  alterPartition(replica: Replica, change: AlterPartition): void {
    this.sender?.submit(replica, change);
  }

  roleChanged(replica: Replica, change: RoleChanged): void {
    const { environment } = this;
    const { role, leader, leaderEpoch } = change;
    environment.log('info', 'replica.role', { replica: replica.name, role, leader, leaderEpoch });
    this.unfollow(replica);
    if (role === 'follower' && leader >= 0) {
      const fetcher = this.fetchersOf(leader);
      fetcher.add(replica);
      this.following.set(replica, fetcher);
    }
    this.wake(replica, () => true);
  }

  highWatermarkAdvanced(replica: Replica): void {
    this.wake(replica, (fetch) => !fetch.isFollower);
  }

  logEndAdvanced(replica: Replica): void {
    this.following.get(replica)?.logEndAdvanced(replica);
    this.wake(replica, (fetch) => fetch.isFollower);
  }

  logStartMoved(replica: Replica): void {
    const { topic, partition, log } = replica;
    this.options.directory.logStartMoved({ topic, partition, offset: log.logStartOffset });
  }

  logCut({ topic, partition }: Replica, offset: Offset): void {
    this.options.directory.logCut({ topic, partition, offset });
  }

  storageFailed(error: FileError): void {
    this.options.storageFailed(error);
  }

  /**
   * Which of the two logs is wrong, nobody here can tell, and a broker that ended itself over a fault of
   * its leader would end again and again. The replica falls out of the ISR until there is another leader.
   */
  replicationFailed(replica: Replica, { logEndOffset, baseOffset }: ReplicationFailed): void {
    const { leader } = replica.state;
    const fields = { replica: replica.name, leader, logEndOffset, baseOffset };
    this.environment.log('error', 'replica.replicationFailed', fields);
    this.unfollow(replica);
  }

  /**
   * A batch in the log is not what was written. The replica cannot be trusted to lead or to vouch for
   * anything: its log is set aside, and the broker stops, so that another replica leads. When it comes
   * back it is out of the ISR, as after every unclean end, and replicates the partition anew.
   */
  damaged(replica: Replica, damage: LogDamage): void {
    this.environment.log('error', 'log.damaged', { replica: replica.name, ...damage });
    replica.close(false);
    this.options.directory.setAside(replica.topic, replica.partition);
    this.options.failed(damageLine(damage));
  }

  // ------------------------------------------------------------------------------------- private

  /** Looks again at the end of the turn at fetches that may now have something to say. */
  private wake(
    replica: Replica,
    which: (fetch: { readonly isFollower: boolean }) => boolean,
  ): void {
    for (const fetch of replica.parked) {
      if (which(fetch)) {
        this.woken.add(fetch);
      }
    }
    if (this.woken.size > 0 && !this.wakeScheduled) {
      this.wakeScheduled = true;
      this.environment.atTurnEnd(() => {
        this.wakeScheduled = false;
        const { woken } = this;
        this.woken = new Set();
        for (const fetch of woken) {
          fetch.wake();
        }
      });
    }
  }

  private assign(
    image: MetadataImage,
    topic: TopicImage,
    index: PartitionIndex,
    registration: PartitionRegistration,
  ): void {
    const { self } = this.options;
    const known = this.find(topic.id, index);
    if (!registration.replicas.includes(self)) {
      if (known !== undefined) {
        this.remove([known]);
      }
      return;
    }
    const replica = known ?? this.open(image, topic, index);
    replica?.step({
      type: 'assigned',
      assignment: {
        leader: registration.leader,
        leaderEpoch: registration.leaderEpoch,
        partitionEpoch: registration.partitionEpoch,
        replicas: registration.replicas,
        isr: registration.isr,
        leaderRecoveryState: registration.leaderRecoveryState,
      },
      brokers: replicaBrokers(image, registration.replicas),
      stamp: replica.stamp(),
    });
  }

  /** The replica's log from disk, or a new one; the machine starts with what recovery found. */
  private open(
    image: MetadataImage,
    topic: TopicImage,
    index: PartitionIndex,
  ): Replica | undefined {
    const { self, directory } = this.options;
    try {
      const opened = directory.openPartition(topic.name, topic.id, index, () =>
        this.logOptionsOf(topic.name),
      );
      if (opened.damage !== null) {
        const replica = `${topic.name}-${index}`;
        this.environment.log('error', 'log.damaged', { replica, ...opened.damage });
        if (directory.cleanShutdownEpoch >= 0) {
          // This broker registered as one that ended in good order, and so it kept its seat in ISR and
          // ELR (KIP-966). With an empty log it must not have it; the next life does not claim it.
          opened.log.close(false);
          this.options.failed(damageLine(opened.damage));
          return undefined;
        }
      }
      const state = startPartition({
        self,
        topicId: topic.id,
        partition: index,
        config: { minInsyncReplicas: this.minimumIsr(image, topic.name) },
        logStartOffset: opened.logStartOffset,
        logEndOffset: opened.logEndOffset,
        highWatermark: opened.highWatermark,
        epochs: opened.epochs,
        producers: opened.producers,
      });
      const replica = new Replica(this, topic.name, state, opened.log);
      this.replicas.set(replica.key, replica);
      const partitions = this.byTopic.get(topic.id) ?? new Map<PartitionIndex, Replica>();
      this.byTopic.set(topic.id, partitions.set(index, replica));
      this.observer?.replicaOpened(replica);
      this.onReplica?.(replica);
      this.cleaner.consider([replica]);
      return replica;
    } catch (error) {
      if (error instanceof MalformedBytes) {
        this.options.storageFailed(new FileError('EBADMSG', error.message, 'open'));
        return undefined;
      }
      if (!(error instanceof FileError)) {
        throw error;
      }
      this.options.storageFailed(error);
      return undefined;
    }
  }

  /** Asked for with every append: kept until a config changes. */
  private logOptionsOf(topic: string): LogOptions {
    let options = this.logOptions.get(topic);
    if (options === undefined) {
      options = logOptions(this.options.settings, present(this.image, 'no image'), topic);
      this.logOptions.set(topic, options);
    }
    return options;
  }

  private reconfigure(image: MetadataImage, topicName: string): void {
    const id = image.topicIds.get(topicName);
    const topic = id === undefined ? undefined : image.topics.get(id);
    for (const index of topic?.partitions.keys() ?? []) {
      const replica = this.find(topic!.id, index);
      const config = { minInsyncReplicas: this.minimumIsr(image, topicName) };
      replica?.step({ type: 'configured', config, stamp: replica.stamp() });
    }
  }

  private reconfigureAll(image: MetadataImage): void {
    for (const topic of image.topics.values()) {
      this.reconfigure(image, topic.name);
    }
  }

  private minimumIsr(image: MetadataImage, topic: string): number {
    return topicNumber(this.options.settings, image, topic, 'min.insync.replicas');
  }

  private removeDeleted(image: MetadataImage): void {
    this.remove([...this.replicas.values()].filter(({ topicId }) => !image.topics.has(topicId)));
  }

  private remove(gone: readonly Replica[]): void {
    for (const replica of gone) {
      this.unfollow(replica);
      this.replicas.delete(replica.key);
      const partitions = this.byTopic.get(replica.topicId);
      partitions?.delete(replica.partition);
      if (partitions?.size === 0) {
        this.byTopic.delete(replica.topicId);
      }
      replica.close(false);
    }
    if (gone.length > 0) {
      this.options.directory.removePartitions(gone);
    }
  }

  private fetchersOf(leader: BrokerId): LeaderFetchers {
    let fetchers = this.fetchers.get(leader);
    if (fetchers === undefined) {
      const { settings, introduction, address, brokerEpoch } = this.options;
      fetchers = new LeaderFetchers({
        environment: this.environment,
        address: () => address(leader),
        introduction: { ...introduction, purpose: 'fetch' },
        brokerEpoch,
        quota: this.quotas.follower,
        settings: {
          maximumWait: settings.number('replica.fetch.wait.max.ms'),
          minimumBytes: settings.number('replica.fetch.min.bytes'),
          maximumBytes: settings.number('replica.fetch.response.max.bytes'),
          throttleBackoff: settings.number('replica.fetch.backoff.ms'),
          maximumPartitionBytes: settings.number('replica.fetch.max.bytes'),
        },
      });
      this.fetchers.set(leader, fetchers);
    }
    return fetchers;
  }

  private unfollow(replica: Replica): void {
    this.following.get(replica)?.remove(replica);
    this.following.delete(replica);
  }
}

function concernsBrokers(record: MetadataRecord): boolean {
  return (
    record.type === 'RegisterBrokerRecord' ||
    record.type === 'UnregisterBrokerRecord' ||
    record.type === 'BrokerRegistrationChangeRecord'
  );
}

function replicaBrokers(image: MetadataImage, replicas: readonly BrokerId[]): ReplicaBroker[] {
  const brokers: ReplicaBroker[] = [];
  for (const id of replicas) {
    const broker = image.brokers.get(id);
    if (broker !== undefined) {
      const { epoch, fenced, inControlledShutdown, rack } = broker;
      brokers.push({ id, epoch, fenced, inControlledShutdown, rack });
    }
  }
  return brokers;
}

function damageLine({ path, position, reason }: LogDamage): string {
  return (
    `${path} is damaged at byte ${position} (${reason}); the log was set aside, ` +
    'start the broker again and it is replicated anew'
  );
}
