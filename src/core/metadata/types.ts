/**
 * The cluster's metadata: Kafka's own records (KIP-631; names and fields as in Kafka's schemas, in
 * camel case), the image that they fold into, and the commands that the controller decides.
 */

import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  PartitionEpoch,
  PartitionIndex,
  ProducerId,
  Uuid,
} from '../types/ids.js';

export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

export type MetadataRecord =
  | {
      readonly type: 'RegisterBrokerRecord';
      readonly brokerId: BrokerId;
      readonly incarnationId: Uuid;
      /**
       * -1 in what a controller decides: the broker's epoch is then the offset of this record. In a
       * snapshot, and where the same incarnation registers again, the epoch that it keeps.
       */
      readonly brokerEpoch: BrokerEpoch;
      readonly endPoints: readonly Endpoint[];
      readonly rack: string | null;
      readonly fenced: boolean;
      readonly inControlledShutdown: boolean;
      readonly logDirs: readonly Uuid[];
    }
  | {
      readonly type: 'UnregisterBrokerRecord';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
    }
  | {
      readonly type: 'BrokerRegistrationChangeRecord';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
      /** 1: fence, -1: unfence, 0: as it is. */
      readonly fenced: number;
      /** 1: controlled shutdown has begun, 0: as it is. */
      readonly inControlledShutdown: number;
    }
  | { readonly type: 'TopicRecord'; readonly name: string; readonly topicId: Uuid }
  | { readonly type: 'RemoveTopicRecord'; readonly topicId: Uuid }
  | {
      readonly type: 'PartitionRecord';
      readonly partitionId: PartitionIndex;
      readonly topicId: Uuid;
      readonly replicas: readonly BrokerId[];
      readonly isr: readonly BrokerId[];
      readonly removingReplicas: readonly BrokerId[];
      readonly addingReplicas: readonly BrokerId[];
      readonly leader: BrokerId;
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
      /** 0 recovered, 1 recovering (KIP-704). */
      readonly leaderRecoveryState: number;
      readonly directories: readonly Uuid[];
      readonly eligibleLeaderReplicas: readonly BrokerId[] | null;
      readonly lastKnownElr: readonly BrokerId[] | null;
    }
  | {
      /** Fields that are null (leader -2, leaderRecoveryState -1) stay as they are. */
      readonly type: 'PartitionChangeRecord';
      readonly partitionId: PartitionIndex;
      readonly topicId: Uuid;
      readonly isr: readonly BrokerId[] | null;
      readonly leader: BrokerId;
      readonly replicas: readonly BrokerId[] | null;
      readonly removingReplicas: readonly BrokerId[] | null;
      readonly addingReplicas: readonly BrokerId[] | null;
      readonly leaderRecoveryState: number;
      readonly directories: readonly Uuid[] | null;
      readonly eligibleLeaderReplicas: readonly BrokerId[] | null;
      readonly lastKnownElr: readonly BrokerId[] | null;
    }
  | {
      readonly type: 'ConfigRecord';
      /** Kafka's ConfigResource ids: 2 topic, 4 broker. */
      readonly resourceType: number;
      /** Topic name, broker id, or empty for the cluster's default. */
      readonly resourceName: string;
      readonly name: string;
      /** null: delete. */
      readonly value: string | null;
    }
  | {
      readonly type: 'ProducerIdsRecord';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
      /** First id that is not allocated yet. */
      readonly nextProducerId: ProducerId;
    }
  | { readonly type: 'FeatureLevelRecord'; readonly name: string; readonly featureLevel: number }
  | { readonly type: 'NoOpRecord' };

export interface BrokerRegistration {
  readonly id: BrokerId;
  epoch: BrokerEpoch;
  incarnationId: Uuid;
  endPoints: readonly Endpoint[];
  rack: string | null;
  fenced: boolean;
  inControlledShutdown: boolean;
  logDirs: readonly Uuid[];
}

/** What the controller says about one partition; brokers act on it, nobody else changes it. */
export interface PartitionRegistration {
  replicas: readonly BrokerId[];
  isr: readonly BrokerId[];
  removingReplicas: readonly BrokerId[];
  addingReplicas: readonly BrokerId[];
  /** Eligible leader replicas (KIP-966): hold everything below the high watermark. */
  elr: readonly BrokerId[];
  /** Left the ELR by an unclean shutdown; the last known leader comes first. */
  lastKnownElr: readonly BrokerId[];
  /** NO_LEADER: none. */
  leader: BrokerId;
  leaderEpoch: LeaderEpoch;
  partitionEpoch: PartitionEpoch;
  leaderRecoveryState: 'recovered' | 'recovering';
  directories: readonly Uuid[];
}

export interface TopicImage {
  readonly id: Uuid;
  readonly name: string;
  readonly partitions: Map<PartitionIndex, PartitionRegistration>;
}

/** The fold of the metadata log. Plain data; clone, encode and equal in `image.ts`. */
export interface MetadataImage {
  brokers: Map<BrokerId, BrokerRegistration>;
  topics: Map<Uuid, TopicImage>;
  topicIds: Map<string, Uuid>;
  /** `<resource type>:<resource name>` -> config name -> value. */
  configs: Map<string, Map<string, string>>;
  nextProducerId: ProducerId;
  features: Map<string, number>;
}

/** Kafka's error codes that deciders answer with (see protocol/errors.ts for all). */
export type ErrorCode = number;

export interface CreatableTopic {
  readonly name: string;
  /** Drawn by the host. */
  readonly topicId: Uuid;
  /** -1: the default. */
  readonly partitions: number;
  /** -1: the default. */
  readonly replicationFactor: number;
  /** Explicit replicas by partition, or null. */
  readonly assignments: readonly (readonly BrokerId[])[] | null;
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface GrowingTopic {
  readonly name: string;
  /** Partitions in all, afterwards. */
  readonly count: number;
  /** Explicit replicas of each new partition, or null. */
  readonly assignments: readonly (readonly BrokerId[])[] | null;
}

export interface ConfigReplacement {
  /** Kafka's ConfigResource: 2 topic, 4 broker. */
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface ConfigChange {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly name: string;
  /** Kafka's AlterConfigOp: 0 set, 1 delete, 2 append, 3 subtract. */
  readonly operation: number;
  readonly value: string | null;
}

/** A partition of AlterPartitionReassignments (KIP-455). */
export interface ReassignedPartition {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** The target, preferred leader first; null: what is under way is given up. */
  readonly replicas: readonly BrokerId[] | null;
}

export interface ReassignmentResult {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly error: ErrorCode;
  readonly message: string | null;
}

export interface AlterPartitionChange {
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** With the broker epoch each replica fetched with (KIP-903); -1: unknown (the leader's own). */
  readonly newIsr: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: BrokerEpoch }[];
  readonly leaderRecoveryState: 'recovered' | 'recovering';
}

export type ControllerCommand =
  | {
      readonly type: 'registerBroker';
      readonly brokerId: BrokerId;
      readonly clusterId: string;
      readonly incarnationId: Uuid;
      readonly endPoints: readonly Endpoint[];
      readonly rack: string | null;
      readonly logDirs: readonly Uuid[];
      /** From the clean-shutdown file, -1 without one: an unclean restart leaves the ELR. */
      readonly previousBrokerEpoch: BrokerEpoch;
    }
  | {
      readonly type: 'brokerHeartbeat';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
      /** How far the broker has applied the metadata log. */
      readonly currentMetadataOffset: number;
      readonly wantFence: boolean;
      readonly wantShutDown: boolean;
      /**
       * The least `currentMetadataOffset` among the brokers that are neither fenced nor shutting
       * down, as the host knows it from their newest heartbeats (soft state; -1 for a broker not
       * heard from yet). Number.MAX_SAFE_INTEGER, or left out: only this broker's own offset counts.
       */
      readonly lowestActiveOffset?: number;
    }
  /** The session timer of this incarnation ran out. */
  | {
      readonly type: 'sessionExpired';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
    }
  | {
      readonly type: 'unregisterBroker';
      readonly brokerId: BrokerId;
    }
  | {
      readonly type: 'createTopics';
      readonly topics: readonly CreatableTopic[];
      readonly validateOnly: boolean;
    }
  /** More partitions for topics that exist (KIP-195). */
  | {
      readonly type: 'createPartitions';
      readonly topics: readonly GrowingTopic[];
      readonly validateOnly: boolean;
    }
  | {
      readonly type: 'deleteTopics';
      /** By name or by id. */
      readonly topics: readonly { readonly name: string | null; readonly topicId: Uuid }[];
    }
  | {
      readonly type: 'alterPartition';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
      readonly changes: readonly AlterPartitionChange[];
    }
  /** All configs of each resource: those that are not named go back to their defaults (KIP-133). */
  | {
      readonly type: 'replaceConfigs';
      readonly resources: readonly ConfigReplacement[];
      readonly validateOnly: boolean;
    }
  | {
      readonly type: 'incrementalAlterConfigs';
      readonly changes: readonly ConfigChange[];
      readonly validateOnly: boolean;
    }
  | {
      readonly type: 'allocateProducerIds';
      readonly brokerId: BrokerId;
      readonly brokerEpoch: BrokerEpoch;
    }
  /** Leaders back to the preferred replica. `partitions` null: all that are imbalanced. */
  | {
      readonly type: 'electPreferredLeaders';
      readonly partitions:
        | readonly { readonly topicId: Uuid; readonly partition: PartitionIndex }[]
        | null;
    }
  /** UNCLEAN (KIP-460): any live replica leads partitions that have no leader. null: all such. */
  | {
      readonly type: 'electUncleanLeaders';
      readonly partitions:
        | readonly { readonly topicId: Uuid; readonly partition: PartitionIndex }[]
        | null;
    }
  | {
      readonly type: 'alterPartitionReassignments';
      readonly partitions: readonly ReassignedPartition[];
      /** KIP-860: false: a target with more or fewer replicas is refused. */
      readonly allowReplicationFactorChange: boolean;
    }
  /** A new controller makes sure that what only a controller does is done (features, elections). */
  | { readonly type: 'bootstrap'; readonly features: readonly (readonly [string, number])[] };

export interface TopicResult {
  readonly name: string | null;
  readonly topicId: Uuid;
  readonly error: ErrorCode;
  readonly message: string | null;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface AlterPartitionResult {
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly error: ErrorCode;
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly isr: readonly BrokerId[];
  readonly leaderRecoveryState: 'recovered' | 'recovering';
  readonly partitionEpoch: PartitionEpoch;
}

export type ControllerResponse =
  | { readonly type: 'registered'; readonly error: ErrorCode; readonly brokerEpoch: BrokerEpoch }
  | {
      readonly type: 'heartbeat';
      readonly error: ErrorCode;
      readonly isCaughtUp: boolean;
      readonly isFenced: boolean;
      readonly shouldShutDown: boolean;
    }
  | { readonly type: 'done'; readonly error: ErrorCode; readonly message: string | null }
  | { readonly type: 'topics'; readonly topics: readonly TopicResult[] }
  | {
      readonly type: 'alterPartition';
      readonly error: ErrorCode;
      readonly partitions: readonly AlterPartitionResult[];
    }
  | {
      readonly type: 'configs';
      readonly results: readonly {
        readonly resourceType: number;
        readonly resourceName: string;
        readonly error: ErrorCode;
        readonly message: string | null;
      }[];
    }
  | {
      readonly type: 'producerIds';
      readonly error: ErrorCode;
      readonly start: ProducerId;
      readonly length: number;
    }
  | { readonly type: 'reassignments'; readonly results: readonly ReassignmentResult[] }
  | {
      readonly type: 'elections';
      readonly results: readonly {
        readonly topicId: Uuid;
        readonly partition: PartitionIndex;
        readonly error: ErrorCode;
      }[];
    };

/** What the controller reads from its static configuration; rides in `ControllerRules`. */
export interface ControllerSettings {
  readonly clusterId: string;
  readonly defaultPartitions: number;
  readonly defaultReplicationFactor: number;
  /** Cluster-wide defaults of topic configs by Kafka's name, e.g. min.insync.replicas. */
  readonly topicDefaults: ReadonlyMap<string, string>;
}
