/** Which of Kafka's messages the project has schemas for, and how it reads some of their fields. */

export const REQUESTS: readonly string[] = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'FindCoordinator',
  'JoinGroup',
  'Heartbeat',
  'LeaveGroup',
  'SyncGroup',
  'DescribeGroups',
  'ListGroups',
  'SaslHandshake',
  'ApiVersions',
  'CreateTopics',
  'DeleteTopics',
  'DeleteRecords',
  'InitProducerId',
  'OffsetForLeaderEpoch',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'EndTxn',
  'WriteTxnMarkers',
  'TxnOffsetCommit',
  'DescribeConfigs',
  'AlterConfigs',
  'DescribeLogDirs',
  'SaslAuthenticate',
  'CreatePartitions',
  'DeleteGroups',
  'ElectLeaders',
  'DescribeQuorum',
  'AddRaftVoter',
  'RemoveRaftVoter',
  'IncrementalAlterConfigs',
  'AlterPartitionReassignments',
  'ListPartitionReassignments',
  'OffsetDelete',
  'AlterPartition',
  'Envelope',
  'DescribeCluster',
  'DescribeProducers',
  'BrokerRegistration',
  'BrokerHeartbeat',
  'DescribeTransactions',
  'ListTransactions',
  'AllocateProducerIds',
  'ConsumerGroupHeartbeat',
  'ConsumerGroupDescribe',
  'DescribeTopicPartitions',
];

export const METADATA_RECORDS: readonly string[] = [
  'RegisterBrokerRecord',
  'UnregisterBrokerRecord',
  'BrokerRegistrationChangeRecord',
  'TopicRecord',
  'RemoveTopicRecord',
  'PartitionRecord',
  'PartitionChangeRecord',
  'ConfigRecord',
  'ProducerIdsRecord',
  'FeatureLevelRecord',
  'NoOpRecord',
];

export const COORDINATOR_RECORDS: readonly string[] = [
  'OffsetCommitKey',
  'OffsetCommitValue',
  'GroupMetadataKey',
  'GroupMetadataValue',
  'TransactionLogKey',
  'TransactionLogValue',
];

export const DATA_MESSAGES: readonly string[] = [
  'RequestHeader',
  'ResponseHeader',
  'ControlRecordTypeSchema',
  'EndTxnMarker',
  'LeaderChangeMessage',
  'SnapshotHeaderRecord',
  'SnapshotFooterRecord',
  'KRaftVersionRecord',
  'VotersRecord',
  'ConsumerProtocolSubscription',
  'ConsumerProtocolAssignment',
];

/**
 * Fields of type int64 that are clipped to 53 bits instead of refused, with the reason. (Producer
 * ids and hashes are bigint; everything else is refused beyond 53 bits.)
 */
export const CLIPPED: ReadonlySet<string> = new Set([
  // A search for records from this time on: beyond 53 bits there are none, below there are all.
  'ListOffsetsRequest.Timestamp',
  // The time that a producer wrote into a record, which nobody has checked.
  'ListOffsetsResponse.Timestamp',
  // Bounds: a longer one is never reached.
  'OffsetCommitRequest.RetentionTimeMs',
  'SaslAuthenticateResponse.SessionLifetimeMs',
  'ListTransactionsRequest.DurationFilter',
  // What is beyond is out of range, or refused.
  'FetchRequest.FetchOffset',
  'FetchRequest.LogStartOffset',
  'DeleteRecordsRequest.Offset',
  'OffsetCommitRequest.CommittedOffset',
  // 2^63-1 stands for "not supported".
  'FetchRequest.HighWatermark',
]);

/** The branded type of a field, by its Kafka type and name; null: none. */
export function brandOf(
  kafkaType: string,
  name: string,
  entity: string | undefined,
): string | null {
  if (kafkaType === 'uuid') {
    return 'Uuid';
  }
  if (kafkaType === 'int64') {
    if (isOpaque(name, entity)) {
      return /ProducerId/i.test(name) ? 'ProducerId' : null;
    }
    if (/^(broker|replica|previousBroker)Epoch$/i.test(name)) {
      return 'BrokerEpoch';
    }
    return /(offset|watermark)$/i.test(name) ? 'Offset' : null;
  }
  if (kafkaType === 'int32') {
    if (entity === 'brokerId') {
      return 'BrokerId';
    }
    if (/^(leader|currentLeader|lastFetched|committedLeader)Epoch$/i.test(name)) {
      return 'LeaderEpoch';
    }
    if (/^partitionEpoch$/i.test(name)) {
      return 'PartitionEpoch';
    }
    return /^(partition|partitions|partitionIndex|partitionIndexes|partitionId|partitionIds|index)$/i.test(
      name,
    )
      ? 'PartitionIndex'
      : null;
  }
  return kafkaType === 'int16' && /^producerEpoch$/i.test(name) ? 'ProducerEpoch' : null;
}

/** Whether all 64 bits of a field count. */
export function isOpaque(name: string, entity: string | undefined): boolean {
  return entity === 'producerId' || /ProducerId|^MetadataHash$/.test(name);
}
