/**
 * The table of APIs: keys, schemas, and the versions that the client listener advertises and serves.
 * The ranges are the narrowest that the known clients work with.
 */
import { type Api, api, INTERNAL, NOT_PLANNED, table } from './api-table.js';
import {
  type ConfirmLeaderRequest,
  type ConfirmLeaderResponse,
  confirmLeaderRequest,
  confirmLeaderResponse,
  type HelloRequest,
  type HelloResponse,
  helloRequest,
  helloResponse,
  type RaftMessage,
  type ReadTopicRequest,
  type ReadTopicResponse,
  raftMessage,
  readTopicRequest,
  readTopicResponse,
} from './private-schemas.js';
import * as addOffsetsToTxn from './schemas/add-offsets-to-txn.js';
import * as addPartitionsToTxn from './schemas/add-partitions-to-txn.js';
import * as addRaftVoter from './schemas/add-raft-voter.js';
import * as allocateProducerIds from './schemas/allocate-producer-ids.js';
import * as alterConfigs from './schemas/alter-configs.js';
import * as alterPartition from './schemas/alter-partition.js';
import * as alterPartitionReassignments from './schemas/alter-partition-reassignments.js';
import * as apiVersions from './schemas/api-versions.js';
import * as brokerHeartbeat from './schemas/broker-heartbeat.js';
import * as brokerRegistration from './schemas/broker-registration.js';
import * as consumerGroupDescribe from './schemas/consumer-group-describe.js';
import * as consumerGroupHeartbeat from './schemas/consumer-group-heartbeat.js';
import * as createPartitions from './schemas/create-partitions.js';
import * as createTopics from './schemas/create-topics.js';
import * as deleteGroups from './schemas/delete-groups.js';
import * as deleteRecords from './schemas/delete-records.js';
import * as deleteTopics from './schemas/delete-topics.js';
import * as describeCluster from './schemas/describe-cluster.js';
import * as describeConfigs from './schemas/describe-configs.js';
import * as describeGroups from './schemas/describe-groups.js';
import * as describeLogDirs from './schemas/describe-log-dirs.js';
import * as describeProducers from './schemas/describe-producers.js';
import * as describeQuorum from './schemas/describe-quorum.js';
import * as describeTopicPartitions from './schemas/describe-topic-partitions.js';
import * as describeTransactions from './schemas/describe-transactions.js';
import * as electLeaders from './schemas/elect-leaders.js';
import * as endTxn from './schemas/end-txn.js';
import * as envelope from './schemas/envelope.js';
import * as fetch from './schemas/fetch.js';
import * as findCoordinator from './schemas/find-coordinator.js';
import * as heartbeat from './schemas/heartbeat.js';
import * as incrementalAlterConfigs from './schemas/incremental-alter-configs.js';
import * as initProducerId from './schemas/init-producer-id.js';
import * as joinGroup from './schemas/join-group.js';
import * as leaveGroup from './schemas/leave-group.js';
import * as listGroups from './schemas/list-groups.js';
import * as listOffsets from './schemas/list-offsets.js';
import * as listPartitionReassignments from './schemas/list-partition-reassignments.js';
import * as listTransactions from './schemas/list-transactions.js';
import * as metadata from './schemas/metadata.js';
import * as offsetCommit from './schemas/offset-commit.js';
import * as offsetDelete from './schemas/offset-delete.js';
import * as offsetFetch from './schemas/offset-fetch.js';
import * as offsetForLeaderEpoch from './schemas/offset-for-leader-epoch.js';
import * as produce from './schemas/produce.js';
import * as removeRaftVoter from './schemas/remove-raft-voter.js';
import * as saslAuthenticate from './schemas/sasl-authenticate.js';
import * as saslHandshake from './schemas/sasl-handshake.js';
import * as syncGroup from './schemas/sync-group.js';
import * as txnOffsetCommit from './schemas/txn-offset-commit.js';
import * as writeTxnMarkers from './schemas/write-txn-markers.js';

// Versions 0 to 2 are advertised and refused: librdkafka asks for them before it compresses, or uses
// the current message format at all (KAFKA-18659).
export const produceApi: Api<produce.ProduceRequest, produce.ProduceResponse> = api(
  'Produce',
  produce.produceRequest,
  produce.produceResponse,
  { advertise: [0, 7], serve: [3, 7] },
);
export const fetchApi: Api<fetch.FetchRequest, fetch.FetchResponse> = api(
  'Fetch',
  fetch.fetchRequest,
  fetch.fetchResponse,
  { advertise: [4, 12] },
);
export const listOffsetsApi: Api<listOffsets.ListOffsetsRequest, listOffsets.ListOffsetsResponse> =
  api('ListOffsets', listOffsets.listOffsetsRequest, listOffsets.listOffsetsResponse, {
    advertise: [1, 5],
  });
export const metadataApi: Api<metadata.MetadataRequest, metadata.MetadataResponse> = api(
  'Metadata',
  metadata.metadataRequest,
  metadata.metadataResponse,
  { advertise: [4, 9] },
);
export const offsetCommitApi: Api<
  offsetCommit.OffsetCommitRequest,
  offsetCommit.OffsetCommitResponse
> = api('OffsetCommit', offsetCommit.offsetCommitRequest, offsetCommit.offsetCommitResponse, {
  advertise: [2, 8],
});
export const offsetFetchApi: Api<offsetFetch.OffsetFetchRequest, offsetFetch.OffsetFetchResponse> =
  api('OffsetFetch', offsetFetch.offsetFetchRequest, offsetFetch.offsetFetchResponse, {
    advertise: [1, 8],
  });
export const findCoordinatorApi: Api<
  findCoordinator.FindCoordinatorRequest,
  findCoordinator.FindCoordinatorResponse
> = api(
  'FindCoordinator',
  findCoordinator.findCoordinatorRequest,
  findCoordinator.findCoordinatorResponse,
  { advertise: [0, 4] },
);
export const joinGroupApi: Api<joinGroup.JoinGroupRequest, joinGroup.JoinGroupResponse> = api(
  'JoinGroup',
  joinGroup.joinGroupRequest,
  joinGroup.joinGroupResponse,
  { advertise: [0, 6] },
);
export const heartbeatApi: Api<heartbeat.HeartbeatRequest, heartbeat.HeartbeatResponse> = api(
  'Heartbeat',
  heartbeat.heartbeatRequest,
  heartbeat.heartbeatResponse,
  { advertise: [0, 4] },
);
export const leaveGroupApi: Api<leaveGroup.LeaveGroupRequest, leaveGroup.LeaveGroupResponse> = api(
  'LeaveGroup',
  leaveGroup.leaveGroupRequest,
  leaveGroup.leaveGroupResponse,
  { advertise: [0, 4] },
);
export const syncGroupApi: Api<syncGroup.SyncGroupRequest, syncGroup.SyncGroupResponse> = api(
  'SyncGroup',
  syncGroup.syncGroupRequest,
  syncGroup.syncGroupResponse,
  { advertise: [0, 4] },
);
export const describeGroupsApi: Api<
  describeGroups.DescribeGroupsRequest,
  describeGroups.DescribeGroupsResponse
> = api(
  'DescribeGroups',
  describeGroups.describeGroupsRequest,
  describeGroups.describeGroupsResponse,
  { advertise: [0, 5] },
);
export const listGroupsApi: Api<listGroups.ListGroupsRequest, listGroups.ListGroupsResponse> = api(
  'ListGroups',
  listGroups.listGroupsRequest,
  listGroups.listGroupsResponse,
  { advertise: [0, 4] },
);
export const saslHandshakeApi: Api<
  saslHandshake.SaslHandshakeRequest,
  saslHandshake.SaslHandshakeResponse
> = api('SaslHandshake', saslHandshake.saslHandshakeRequest, saslHandshake.saslHandshakeResponse, {
  advertise: [0, 1],
});
export const apiVersionsApi: Api<apiVersions.ApiVersionsRequest, apiVersions.ApiVersionsResponse> =
  api('ApiVersions', apiVersions.apiVersionsRequest, apiVersions.apiVersionsResponse, {
    advertise: [0, 3],
  });
export const createTopicsApi: Api<
  createTopics.CreateTopicsRequest,
  createTopics.CreateTopicsResponse
> = api('CreateTopics', createTopics.createTopicsRequest, createTopics.createTopicsResponse, {
  advertise: [2, 7],
});
export const deleteTopicsApi: Api<
  deleteTopics.DeleteTopicsRequest,
  deleteTopics.DeleteTopicsResponse
> = api('DeleteTopics', deleteTopics.deleteTopicsRequest, deleteTopics.deleteTopicsResponse, {
  advertise: [1, 6],
});
export const deleteRecordsApi: Api<
  deleteRecords.DeleteRecordsRequest,
  deleteRecords.DeleteRecordsResponse
> = api('DeleteRecords', deleteRecords.deleteRecordsRequest, deleteRecords.deleteRecordsResponse, {
  advertise: [0, 2],
});
export const initProducerIdApi: Api<
  initProducerId.InitProducerIdRequest,
  initProducerId.InitProducerIdResponse
> = api(
  'InitProducerId',
  initProducerId.initProducerIdRequest,
  initProducerId.initProducerIdResponse,
  { advertise: [0, 3] },
);
export const offsetForLeaderEpochApi: Api<
  offsetForLeaderEpoch.OffsetForLeaderEpochRequest,
  offsetForLeaderEpoch.OffsetForLeaderEpochResponse
> = api(
  'OffsetForLeaderEpoch',
  offsetForLeaderEpoch.offsetForLeaderEpochRequest,
  offsetForLeaderEpoch.offsetForLeaderEpochResponse,
  {
    advertise: [2, 4],
  },
);
export const addPartitionsToTxnApi: Api<
  addPartitionsToTxn.AddPartitionsToTxnRequest,
  addPartitionsToTxn.AddPartitionsToTxnResponse
> = api(
  'AddPartitionsToTxn',
  addPartitionsToTxn.addPartitionsToTxnRequest,
  addPartitionsToTxn.addPartitionsToTxnResponse,
  {
    advertise: [0, 3],
  },
);
export const addOffsetsToTxnApi: Api<
  addOffsetsToTxn.AddOffsetsToTxnRequest,
  addOffsetsToTxn.AddOffsetsToTxnResponse
> = api(
  'AddOffsetsToTxn',
  addOffsetsToTxn.addOffsetsToTxnRequest,
  addOffsetsToTxn.addOffsetsToTxnResponse,
  { advertise: [0, 1] },
);
export const endTxnApi: Api<endTxn.EndTxnRequest, endTxn.EndTxnResponse> = api(
  'EndTxn',
  endTxn.endTxnRequest,
  endTxn.endTxnResponse,
  { advertise: [0, 3] },
);
export const writeTxnMarkersApi: Api<
  writeTxnMarkers.WriteTxnMarkersRequest,
  writeTxnMarkers.WriteTxnMarkersResponse
> = api(
  'WriteTxnMarkers',
  writeTxnMarkers.writeTxnMarkersRequest,
  writeTxnMarkers.writeTxnMarkersResponse,
  INTERNAL,
);
export const txnOffsetCommitApi: Api<
  txnOffsetCommit.TxnOffsetCommitRequest,
  txnOffsetCommit.TxnOffsetCommitResponse
> = api(
  'TxnOffsetCommit',
  txnOffsetCommit.txnOffsetCommitRequest,
  txnOffsetCommit.txnOffsetCommitResponse,
  { advertise: [0, 3] },
);
export const describeConfigsApi: Api<
  describeConfigs.DescribeConfigsRequest,
  describeConfigs.DescribeConfigsResponse
> = api(
  'DescribeConfigs',
  describeConfigs.describeConfigsRequest,
  describeConfigs.describeConfigsResponse,
  { advertise: [1, 4] },
);
export const alterConfigsApi: Api<
  alterConfigs.AlterConfigsRequest,
  alterConfigs.AlterConfigsResponse
> = api('AlterConfigs', alterConfigs.alterConfigsRequest, alterConfigs.alterConfigsResponse, {
  advertise: [0, 2],
});
// Version 5 (cordoned directories, KIP-1066) says nothing of a broker that has one.
export const describeLogDirsApi: Api<
  describeLogDirs.DescribeLogDirsRequest,
  describeLogDirs.DescribeLogDirsResponse
> = api(
  'DescribeLogDirs',
  describeLogDirs.describeLogDirsRequest,
  describeLogDirs.describeLogDirsResponse,
  { advertise: [1, 4] },
);
export const saslAuthenticateApi: Api<
  saslAuthenticate.SaslAuthenticateRequest,
  saslAuthenticate.SaslAuthenticateResponse
> = api(
  'SaslAuthenticate',
  saslAuthenticate.saslAuthenticateRequest,
  saslAuthenticate.saslAuthenticateResponse,
  { advertise: [0, 2] },
);
export const createPartitionsApi: Api<
  createPartitions.CreatePartitionsRequest,
  createPartitions.CreatePartitionsResponse
> = api(
  'CreatePartitions',
  createPartitions.createPartitionsRequest,
  createPartitions.createPartitionsResponse,
  { advertise: [0, 2] },
);
export const deleteGroupsApi: Api<
  deleteGroups.DeleteGroupsRequest,
  deleteGroups.DeleteGroupsResponse
> = api('DeleteGroups', deleteGroups.deleteGroupsRequest, deleteGroups.deleteGroupsResponse, {
  advertise: [0, 2],
});
export const electLeadersApi: Api<
  electLeaders.ElectLeadersRequest,
  electLeaders.ElectLeadersResponse
> = api('ElectLeaders', electLeaders.electLeadersRequest, electLeaders.electLeadersResponse, {
  advertise: [0, 2],
});
export const describeQuorumApi: Api<
  describeQuorum.DescribeQuorumRequest,
  describeQuorum.DescribeQuorumResponse
> = api(
  'DescribeQuorum',
  describeQuorum.describeQuorumRequest,
  describeQuorum.describeQuorumResponse,
  {
    advertise: [0, 2],
  },
);
export const addRaftVoterApi: Api<
  addRaftVoter.AddRaftVoterRequest,
  addRaftVoter.AddRaftVoterResponse
> = api('AddRaftVoter', addRaftVoter.addRaftVoterRequest, addRaftVoter.addRaftVoterResponse, {
  advertise: [0, 1],
});
export const removeRaftVoterApi: Api<
  removeRaftVoter.RemoveRaftVoterRequest,
  removeRaftVoter.RemoveRaftVoterResponse
> = api(
  'RemoveRaftVoter',
  removeRaftVoter.removeRaftVoterRequest,
  removeRaftVoter.removeRaftVoterResponse,
  {
    advertise: [0, 0],
  },
);
export const incrementalAlterConfigsApi: Api<
  incrementalAlterConfigs.IncrementalAlterConfigsRequest,
  incrementalAlterConfigs.IncrementalAlterConfigsResponse
> = api(
  'IncrementalAlterConfigs',
  incrementalAlterConfigs.incrementalAlterConfigsRequest,
  incrementalAlterConfigs.incrementalAlterConfigsResponse,
  { advertise: [0, 1] },
);
export const alterPartitionReassignmentsApi: Api<
  alterPartitionReassignments.AlterPartitionReassignmentsRequest,
  alterPartitionReassignments.AlterPartitionReassignmentsResponse
> = api(
  'AlterPartitionReassignments',
  alterPartitionReassignments.alterPartitionReassignmentsRequest,
  alterPartitionReassignments.alterPartitionReassignmentsResponse,
  { advertise: [0, 1] },
);
export const listPartitionReassignmentsApi: Api<
  listPartitionReassignments.ListPartitionReassignmentsRequest,
  listPartitionReassignments.ListPartitionReassignmentsResponse
> = api(
  'ListPartitionReassignments',
  listPartitionReassignments.listPartitionReassignmentsRequest,
  listPartitionReassignments.listPartitionReassignmentsResponse,
  { advertise: [0, 0] },
);
export const offsetDeleteApi: Api<
  offsetDelete.OffsetDeleteRequest,
  offsetDelete.OffsetDeleteResponse
> = api('OffsetDelete', offsetDelete.offsetDeleteRequest, offsetDelete.offsetDeleteResponse, {
  advertise: [0, 0],
});
export const alterPartitionApi: Api<
  alterPartition.AlterPartitionRequest,
  alterPartition.AlterPartitionResponse
> = api(
  'AlterPartition',
  alterPartition.alterPartitionRequest,
  alterPartition.alterPartitionResponse,
  INTERNAL,
);
export const envelopeApi: Api<envelope.EnvelopeRequest, envelope.EnvelopeResponse> = api(
  'Envelope',
  envelope.envelopeRequest,
  envelope.envelopeResponse,
  INTERNAL,
);
export const describeClusterApi: Api<
  describeCluster.DescribeClusterRequest,
  describeCluster.DescribeClusterResponse
> = api(
  'DescribeCluster',
  describeCluster.describeClusterRequest,
  describeCluster.describeClusterResponse,
  { advertise: [0, 1] },
);
export const describeProducersApi: Api<
  describeProducers.DescribeProducersRequest,
  describeProducers.DescribeProducersResponse
> = api(
  'DescribeProducers',
  describeProducers.describeProducersRequest,
  describeProducers.describeProducersResponse,
  NOT_PLANNED,
);
export const brokerRegistrationApi: Api<
  brokerRegistration.BrokerRegistrationRequest,
  brokerRegistration.BrokerRegistrationResponse
> = api(
  'BrokerRegistration',
  brokerRegistration.brokerRegistrationRequest,
  brokerRegistration.brokerRegistrationResponse,
  INTERNAL,
);
export const brokerHeartbeatApi: Api<
  brokerHeartbeat.BrokerHeartbeatRequest,
  brokerHeartbeat.BrokerHeartbeatResponse
> = api(
  'BrokerHeartbeat',
  brokerHeartbeat.brokerHeartbeatRequest,
  brokerHeartbeat.brokerHeartbeatResponse,
  INTERNAL,
);
export const describeTransactionsApi: Api<
  describeTransactions.DescribeTransactionsRequest,
  describeTransactions.DescribeTransactionsResponse
> = api(
  'DescribeTransactions',
  describeTransactions.describeTransactionsRequest,
  describeTransactions.describeTransactionsResponse,
  NOT_PLANNED,
);
export const listTransactionsApi: Api<
  listTransactions.ListTransactionsRequest,
  listTransactions.ListTransactionsResponse
> = api(
  'ListTransactions',
  listTransactions.listTransactionsRequest,
  listTransactions.listTransactionsResponse,
  NOT_PLANNED,
);
export const allocateProducerIdsApi: Api<
  allocateProducerIds.AllocateProducerIdsRequest,
  allocateProducerIds.AllocateProducerIdsResponse
> = api(
  'AllocateProducerIds',
  allocateProducerIds.allocateProducerIdsRequest,
  allocateProducerIds.allocateProducerIdsResponse,
  INTERNAL,
);
export const consumerGroupHeartbeatApi: Api<
  consumerGroupHeartbeat.ConsumerGroupHeartbeatRequest,
  consumerGroupHeartbeat.ConsumerGroupHeartbeatResponse
> = api(
  'ConsumerGroupHeartbeat',
  consumerGroupHeartbeat.consumerGroupHeartbeatRequest,
  consumerGroupHeartbeat.consumerGroupHeartbeatResponse,
  NOT_PLANNED,
);
export const consumerGroupDescribeApi: Api<
  consumerGroupDescribe.ConsumerGroupDescribeRequest,
  consumerGroupDescribe.ConsumerGroupDescribeResponse
> = api(
  'ConsumerGroupDescribe',
  consumerGroupDescribe.consumerGroupDescribeRequest,
  consumerGroupDescribe.consumerGroupDescribeResponse,
  NOT_PLANNED,
);
export const describeTopicPartitionsApi: Api<
  describeTopicPartitions.DescribeTopicPartitionsRequest,
  describeTopicPartitions.DescribeTopicPartitionsResponse
> = api(
  'DescribeTopicPartitions',
  describeTopicPartitions.describeTopicPartitionsRequest,
  describeTopicPartitions.describeTopicPartitionsResponse,
  NOT_PLANNED,
);
export const helloApi: Api<HelloRequest, HelloResponse> = api(
  'Hello',
  helloRequest,
  helloResponse,
  INTERNAL,
);
/** One-way: there is no response, so its schema stands for both. */
export const raftMessageApi: Api<RaftMessage, RaftMessage> = api(
  'RaftMessage',
  raftMessage,
  raftMessage,
  INTERNAL,
);

/**
 * Served and not advertised: Kafka has no such request, and what ApiVersions lists is what clients of Kafka
 * take for Kafka's; a trial, which asks it, knows whose brokers it tries.
 */
export const readTopicApi: Api<ReadTopicRequest, ReadTopicResponse> = api(
  'ReadTopic',
  readTopicRequest,
  readTopicResponse,
  { serve: [0, 0] },
);

/** The API of a key, advertised or not. */
export function findApi(key: number): Api | undefined {
  return table.get(key);
}

/** Every API, by ascending key. */
export function allApis(): Api[] {
  return [...table.values()].sort((a, b) => a.key - b.key);
}

/** What the client listener advertises, by ascending key. */
export function advertisedApis(): { apiKey: number; minVersion: number; maxVersion: number }[] {
  return allApis().flatMap(({ key, advertised }) =>
    advertised === null
      ? []
      : [{ apiKey: key, minVersion: advertised[0], maxVersion: advertised[1] }],
  );
}

/** Whether the client listener answers `version` of `api`. */
export function isServed(api: Api, version: number): boolean {
  return api.served !== null && version >= api.served[0] && version <= api.served[1];
}
export const confirmLeaderApi: Api<ConfirmLeaderRequest, ConfirmLeaderResponse> = api(
  'ConfirmLeader',
  confirmLeaderRequest,
  confirmLeaderResponse,
  INTERNAL,
);
