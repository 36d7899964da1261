// Kafka's metadata records. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, ProducerId, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface RegisterBrokerRecord {
  readonly brokerId: BrokerId;
  readonly isMigratingZkBroker: boolean;
  readonly incarnationId: Uuid;
  readonly brokerEpoch: BrokerEpoch;
  readonly endPoints: readonly RegisterBrokerRecordBrokerEndpoint[];
  readonly features: readonly RegisterBrokerRecordBrokerFeature[];
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly logDirs: readonly Uuid[];
  readonly cordonedLogDirs: readonly Uuid[] | null;
}
export interface RegisterBrokerRecordBrokerFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}
export interface RegisterBrokerRecordBrokerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}
export const registerBrokerRecord: MessageSchema<RegisterBrokerRecord> = {
  name: 'RegisterBrokerRecord',
  key: 0,
  versions: [0, 4],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'isMigratingZkBroker', type: 'bool', versions: [2, 4] },
    { name: 'incarnationId', type: 'uuid' },
    { name: 'brokerEpoch', type: 'int64' },
    {
      name: 'endPoints', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'uint16' },
        { name: 'securityProtocol', type: 'int16' },
      ] },
    },
    {
      name: 'features', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'minSupportedVersion', type: 'int16' },
        { name: 'maxSupportedVersion', type: 'int16' },
      ] },
    },
    { name: 'rack', type: 'string', nullable: [0, 4] },
    { name: 'fenced', type: 'bool', default: true },
    { name: 'inControlledShutdown', type: 'bool', versions: [1, 4] },
    { name: 'logDirs', type: 'uuid', array: true, versions: [3, 4], tag: 0 },
    { name: 'cordonedLogDirs', type: 'uuid', array: true, versions: [4, 4], nullable: [4, 4], tag: 1, default: null },
  ],
};

export interface UnregisterBrokerRecord {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
}
export const unregisterBrokerRecord: MessageSchema<UnregisterBrokerRecord> = {
  name: 'UnregisterBrokerRecord',
  key: 1,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64' },
  ],
};

export interface BrokerRegistrationChangeRecord {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly fenced: number;
  readonly inControlledShutdown: number;
  readonly logDirs: readonly Uuid[];
  readonly cordonedLogDirs: readonly Uuid[] | null;
}
export const brokerRegistrationChangeRecord: MessageSchema<BrokerRegistrationChangeRecord> = {
  name: 'BrokerRegistrationChangeRecord',
  key: 17,
  versions: [0, 3],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64' },
    { name: 'fenced', type: 'int8', tag: 0 },
    { name: 'inControlledShutdown', type: 'int8', versions: [1, 3], tag: 1 },
    { name: 'logDirs', type: 'uuid', array: true, versions: [2, 3], tag: 2 },
    { name: 'cordonedLogDirs', type: 'uuid', array: true, versions: [3, 3], nullable: [3, 3], tag: 3, default: null },
  ],
};

export interface TopicRecord {
  readonly name: string;
  readonly topicId: Uuid;
}
export const topicRecord: MessageSchema<TopicRecord> = {
  name: 'TopicRecord',
  key: 2,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'name', type: 'string' },
    { name: 'topicId', type: 'uuid' },
  ],
};

export interface RemoveTopicRecord {
  readonly topicId: Uuid;
}
export const removeTopicRecord: MessageSchema<RemoveTopicRecord> = {
  name: 'RemoveTopicRecord',
  key: 9,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'topicId', type: 'uuid' },
  ],
};

export interface PartitionRecord {
  readonly partitionId: PartitionIndex;
  readonly topicId: Uuid;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly number[];
  readonly removingReplicas: readonly BrokerId[];
  readonly addingReplicas: readonly BrokerId[];
  readonly leader: BrokerId;
  readonly leaderRecoveryState: number;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly directories: readonly Uuid[];
  readonly eligibleLeaderReplicas: readonly BrokerId[] | null;
  readonly lastKnownElr: readonly BrokerId[] | null;
}
export const partitionRecord: MessageSchema<PartitionRecord> = {
  name: 'PartitionRecord',
  key: 3,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'partitionId', type: 'int32', default: -1 },
    { name: 'topicId', type: 'uuid' },
    { name: 'replicas', type: 'int32', array: true },
    { name: 'isr', type: 'int32', array: true },
    { name: 'removingReplicas', type: 'int32', array: true },
    { name: 'addingReplicas', type: 'int32', array: true },
    { name: 'leader', type: 'int32', default: -1 },
    { name: 'leaderRecoveryState', type: 'int8', tag: 0 },
    { name: 'leaderEpoch', type: 'int32', default: -1 },
    { name: 'partitionEpoch', type: 'int32', default: -1 },
    { name: 'directories', type: 'uuid', array: true, versions: [1, 2] },
    { name: 'eligibleLeaderReplicas', type: 'int32', array: true, versions: [2, 2], nullable: [2, 2], tag: 1, default: null },
    { name: 'lastKnownElr', type: 'int32', array: true, versions: [2, 2], nullable: [2, 2], tag: 2, default: null },
  ],
};

export interface PartitionChangeRecord {
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
export const partitionChangeRecord: MessageSchema<PartitionChangeRecord> = {
  name: 'PartitionChangeRecord',
  key: 5,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'partitionId', type: 'int32', default: -1 },
    { name: 'topicId', type: 'uuid' },
    { name: 'isr', type: 'int32', array: true, nullable: [0, 2], tag: 0, default: null },
    { name: 'leader', type: 'int32', tag: 1, default: -2 },
    { name: 'replicas', type: 'int32', array: true, nullable: [0, 2], tag: 2, default: null },
    { name: 'removingReplicas', type: 'int32', array: true, nullable: [0, 2], tag: 3, default: null },
    { name: 'addingReplicas', type: 'int32', array: true, nullable: [0, 2], tag: 4, default: null },
    { name: 'leaderRecoveryState', type: 'int8', tag: 5, default: -1 },
    { name: 'directories', type: 'uuid', array: true, versions: [1, 2], nullable: [1, 2], tag: 8, default: null },
    { name: 'eligibleLeaderReplicas', type: 'int32', array: true, versions: [2, 2], nullable: [2, 2], tag: 6, default: null },
    { name: 'lastKnownElr', type: 'int32', array: true, versions: [2, 2], nullable: [2, 2], tag: 7, default: null },
  ],
};

export interface ConfigRecord {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly name: string;
  readonly value: string | null;
}
export const configRecord: MessageSchema<ConfigRecord> = {
  name: 'ConfigRecord',
  key: 4,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'resourceType', type: 'int8' },
    { name: 'resourceName', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'value', type: 'string', nullable: [0, 0] },
  ],
};

export interface ProducerIdsRecord {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly nextProducerId: ProducerId;
}
export const producerIdsRecord: MessageSchema<ProducerIdsRecord> = {
  name: 'ProducerIdsRecord',
  key: 15,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64', default: -1 },
    { name: 'nextProducerId', type: 'opaque64' },
  ],
};

export interface FeatureLevelRecord {
  readonly name: string;
  readonly featureLevel: number;
}
export const featureLevelRecord: MessageSchema<FeatureLevelRecord> = {
  name: 'FeatureLevelRecord',
  key: 12,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'name', type: 'string' },
    { name: 'featureLevel', type: 'int16' },
  ],
};

export type NoOpRecord = Readonly<Record<never, never>>;
export const noOpRecord: MessageSchema<NoOpRecord> = {
  name: 'NoOpRecord',
  key: 20,
  versions: [0, 0],
  flexible: 0,
  fields: [],
};
