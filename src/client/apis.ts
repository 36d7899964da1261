/**
 * The APIs that this client calls and the versions in which it does: the newest that the project's
 * brokers serve and Apache Kafka 4.x serves too, so that no handshake is needed with either. But for
 * {@link READ_TOPIC}, which Kafka does not know.
 */

import type { Api } from '../protocol/api-table.js';
import {
  alterPartitionReassignmentsApi,
  createPartitionsApi,
  createTopicsApi,
  deleteRecordsApi,
  deleteTopicsApi,
  fetchApi,
  incrementalAlterConfigsApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  offsetForLeaderEpochApi,
  produceApi,
  readTopicApi,
} from '../protocol/apis.js';
import type { ReadTopicRequest, ReadTopicResponse } from '../protocol/private-schemas.js';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../protocol/schemas/alter-partition-reassignments.js';
import type {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from '../protocol/schemas/create-partitions.js';
import type {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../protocol/schemas/create-topics.js';
import type {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from '../protocol/schemas/delete-records.js';
import type {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
} from '../protocol/schemas/delete-topics.js';
import type { FetchRequest, FetchResponse } from '../protocol/schemas/fetch.js';
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../protocol/schemas/incremental-alter-configs.js';
import type {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../protocol/schemas/init-producer-id.js';
import type { ListOffsetsRequest, ListOffsetsResponse } from '../protocol/schemas/list-offsets.js';
import type { MetadataRequest, MetadataResponse } from '../protocol/schemas/metadata.js';
import type {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../protocol/schemas/offset-for-leader-epoch.js';
import type { ProduceRequest, ProduceResponse } from '../protocol/schemas/produce.js';

export interface ClientApi<Request, Response> {
  readonly api: Api<Request, Response>;
  readonly version: number;
}

export const PRODUCE: ClientApi<ProduceRequest, ProduceResponse> = { api: produceApi, version: 7 };
export const FETCH: ClientApi<FetchRequest, FetchResponse> = { api: fetchApi, version: 12 };
export const DELETE_RECORDS: ClientApi<DeleteRecordsRequest, DeleteRecordsResponse> = {
  api: deleteRecordsApi,
  version: 2,
};
export const LIST_OFFSETS: ClientApi<ListOffsetsRequest, ListOffsetsResponse> = {
  api: listOffsetsApi,
  version: 5,
};
export const METADATA: ClientApi<MetadataRequest, MetadataResponse> = {
  api: metadataApi,
  version: 9,
};
export const CREATE_TOPICS: ClientApi<CreateTopicsRequest, CreateTopicsResponse> = {
  api: createTopicsApi,
  version: 7,
};
export const CREATE_PARTITIONS: ClientApi<CreatePartitionsRequest, CreatePartitionsResponse> = {
  api: createPartitionsApi,
  version: 2,
};
export const ALTER_PARTITION_REASSIGNMENTS: ClientApi<
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse
> = { api: alterPartitionReassignmentsApi, version: 0 };
/** The newest version that names topics; from 6 on they are given by name or id. */
export const DELETE_TOPICS: ClientApi<DeleteTopicsRequest, DeleteTopicsResponse> = {
  api: deleteTopicsApi,
  version: 5,
};
/** The first version that names a topic by its id (KIP-516). */
export const DELETE_TOPICS_BY_ID: ClientApi<DeleteTopicsRequest, DeleteTopicsResponse> = {
  api: deleteTopicsApi,
  version: 6,
};
export const INIT_PRODUCER_ID: ClientApi<InitProducerIdRequest, InitProducerIdResponse> = {
  api: initProducerIdApi,
  version: 3,
};
export const OFFSET_FOR_LEADER_EPOCH: ClientApi<
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse
> = { api: offsetForLeaderEpochApi, version: 3 };
export const INCREMENTAL_ALTER_CONFIGS: ClientApi<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse
> = { api: incrementalAlterConfigsApi, version: 1 };
export const READ_TOPIC: ClientApi<ReadTopicRequest, ReadTopicResponse> = {
  api: readTopicApi,
  version: 0,
};
