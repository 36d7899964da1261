/** The client listener: which handler answers which API, and what is refused how. */

import { unreachable } from '../core/types/assert.js';
import { ZERO_UUID } from '../core/types/ids.js';
import type { Api } from '../protocol/api-table.js';
import {
  addRaftVoterApi,
  advertisedApis,
  alterConfigsApi,
  alterPartitionReassignmentsApi,
  apiVersionsApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeQuorumApi,
  electLeadersApi,
  findApi,
  incrementalAlterConfigsApi,
  isServed,
  listPartitionReassignmentsApi,
  readTopicApi,
  removeRaftVoterApi,
} from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import { decodeRequest, encodeResponse } from '../protocol/frame.js';
import type { ApiVersionsRequest } from '../protocol/schemas/api-versions.js';
import type { DeleteTopicsRequest } from '../protocol/schemas/delete-topics.js';
import type { MetadataRequest } from '../protocol/schemas/metadata.js';
import type { ConfigsHandler } from './configs-handler.js';
import type { ControllerChannel } from './controller-channel.js';
import type { DeleteRecordsHandler } from './delete-records-handler.js';
import type { FetchHandler } from './fetch-handler.js';
import type { GroupAdminHandler } from './group-admin-handler.js';
import type { GroupHandler } from './group-handler.js';
import type { LogDirsHandler } from './log-dirs-handler.js';
import type { MetadataHandler } from './metadata-handler.js';
import type { Metrics } from './metrics.js';
import type { OffsetsHandler } from './offsets-handler.js';
import type { ProduceHandler } from './produce-handler.js';
import type { ProducerIds } from './producer-ids.js';
import type { IncomingRequest } from './server-connection.js';
import type { Settings } from './settings.js';

export interface ClientHandlers {
  readonly produce: ProduceHandler;
  readonly fetch: FetchHandler;
  readonly offsets: OffsetsHandler;
  readonly deleteRecords: DeleteRecordsHandler;
  readonly metadata: MetadataHandler;
  readonly configs: ConfigsHandler;
  readonly logDirs: LogDirsHandler;
  readonly groups: GroupHandler;
  readonly groupAdmin: GroupAdminHandler;
  readonly producerIds: ProducerIds;
  readonly controller: ControllerChannel;
  readonly settings: Settings;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly after: (milliseconds: number, task: () => void) => void;
  readonly finalizedFeatures: () => readonly {
    readonly name: string;
    readonly maxVersionLevel: number;
    readonly minVersionLevel: number;
  }[];
}

/** What Kafka demands of a client's software name and version. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

// biome-ignore lint/suspicious/noExplicitAny: the schema of the key says what each body is
type Handler = (handlers: ClientHandlers, request: IncomingRequest, body: any) => void;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['Produce', (h, request, body) => h.produce.handle(request, body)],
  ['Fetch', (h, request, body) => h.fetch.handle(request, body, false)],
  ['ListOffsets', (h, request, body) => h.offsets.listOffsets(request, body)],
  ['OffsetForLeaderEpoch', (h, request, body) => h.offsets.offsetForLeaderEpoch(request, body)],
  ['Metadata', answerMetadata],
  ['DescribeCluster', (h, request) => h.metadata.describeCluster(request)],
  ['DescribeConfigs', (h, request, body) => h.configs.describe(request, body)],
  ['DescribeLogDirs', (h, request, body) => h.logDirs.handle(request, body)],
  ['FindCoordinator', (h, request, body) => h.groups.findCoordinator(request, body)],
  ['JoinGroup', (h, request, body) => h.groups.joinGroup(request, body)],
  ['SyncGroup', (h, request, body) => h.groups.syncGroup(request, body)],
  ['Heartbeat', (h, request, body) => h.groups.heartbeat(request, body)],
  ['LeaveGroup', (h, request, body) => h.groups.leaveGroup(request, body)],
  ['DescribeGroups', (h, request, body) => h.groupAdmin.describeGroups(request, body)],
  ['ListGroups', (h, request, body) => h.groupAdmin.listGroups(request, body)],
  ['DeleteGroups', (h, request, body) => h.groupAdmin.deleteGroups(request, body)],
  ['OffsetDelete', (h, request, body) => h.groupAdmin.offsetDelete(request, body)],
  ['OffsetCommit', (h, request, body) => h.groups.offsetCommit(request, body)],
  ['OffsetFetch', (h, request, body) => h.groups.offsetFetch(request, body)],
  ['DeleteRecords', (h, request, body) => h.deleteRecords.handle(request, body)],
  ['InitProducerId', (h, request, body) => h.producerIds.handle(request, body)],
  ['CreateTopics', (h, request, body) => forward(h, createTopicsApi, request, body)],
  ['CreatePartitions', (h, request, body) => forward(h, createPartitionsApi, request, body)],
  ['DeleteTopics', (h, request, body) => forward(h, deleteTopicsApi, request, withTopics(body))],
  [
    'AlterPartitionReassignments',
    (h, request, body) => forward(h, alterPartitionReassignmentsApi, request, body),
  ],
  [
    'ListPartitionReassignments',
    (h, request, body) => forward(h, listPartitionReassignmentsApi, request, body),
  ],
  ['ElectLeaders', (h, request, body) => forward(h, electLeadersApi, request, body)],
  [
    'IncrementalAlterConfigs',
    (h, request, body) => forward(h, incrementalAlterConfigsApi, request, body),
  ],
  ['AlterConfigs', (h, request, body) => forward(h, alterConfigsApi, request, body)],
  ['DescribeQuorum', (h, request, body) => forward(h, describeQuorumApi, request, body)],
  ['AddRaftVoter', (h, request, body) => forward(h, addRaftVoterApi, request, body)],
  ['RemoveRaftVoter', (h, request, body) => forward(h, removeRaftVoterApi, request, body)],
  ['ReadTopic', (h, request, body) => forward(h, readTopicApi, request, body)],
]);

/**
 * A client that asks again on its connection mostly does so because a broker just died, and it may hear
 * of that death a moment before this broker does: the kernel closes a process's sockets one by one.
 * What it is told then it believes until its own timers, so this broker listens a moment first.
 */
const AFTERTHOUGHT_MILLISECONDS = 4;

function answerMetadata(
  handlers: ClientHandlers,
  request: IncomingRequest,
  body: MetadataRequest,
): void {
  const { connection } = request;
  const answer = (): void => {
    if (connection.isOpen) {
      handlers.metadata.handle(request, body);
    }
  };
  if (connection.askedForMetadata) {
    handlers.after(AFTERTHOUGHT_MILLISECONDS, answer);
  } else {
    connection.askedForMetadata = true;
    answer();
  }
}

/** Answers one request of a client. A `ProtocolError` ends the connection, as in Kafka. */
export function handleClientRequest(handlers: ClientHandlers, request: IncomingRequest): void {
  const { apiKey, apiVersion } = request.header;
  const api = findApi(apiKey);
  if (apiKey === apiVersionsApi.key) {
    apiVersions(handlers, request);
    return;
  }
  if (api === undefined || !isServed(api, apiVersion)) {
    request.hangUp(`version ${apiVersion} of API ${api?.name ?? apiKey} is not served`);
    return;
  }
  const handler = HANDLERS.get(api.name);
  if (handler === undefined) {
    throw new Error(`${api.name} is served by nobody`);
  }
  handlers.metrics.countRequest(api.name, apiVersion);
  handler(handlers, request, decodeRequest(api, request.header, request.frame.bytes));
}

function apiVersions(handlers: ClientHandlers, request: IncomingRequest): void {
  const { apiVersion, correlationId } = request.header;
  const [lowest, highest] = apiVersionsApi.served ?? [0, 0];
  if (apiVersion < lowest || apiVersion > highest) {
    // A client that is newer than this broker reads version 0 and asks again.
    const apiKeys = [{ apiKey: apiVersionsApi.key, minVersion: lowest, maxVersion: highest }];
    const body = { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys };
    request.finish(encodeResponse(apiVersionsApi, 0, correlationId, body));
    return;
  }
  const body: ApiVersionsRequest = decodeRequest(
    apiVersionsApi,
    request.header,
    request.frame.bytes,
  );
  if (apiVersion >= 3) {
    const { clientSoftwareName: name, clientSoftwareVersion: version } = body;
    if (!SOFTWARE_NAME.test(name) || !SOFTWARE_NAME.test(version)) {
      request.respond(apiVersionsApi, { errorCode: ErrorCode.INVALID_REQUEST });
      return;
    }
    request.connection.software = `${name}/${version}`;
  }
  const features = handlers.finalizedFeatures();
  request.respond(apiVersionsApi, {
    apiKeys: advertisedApis(),
    // Features whose lowest level is 0 must not be shown below version 4 (KAFKA-17011).
    supportedFeatures: features
      .filter(({ minVersionLevel }) => minVersionLevel > 0)
      .map(({ name, maxVersionLevel: maxVersion, minVersionLevel: minVersion }) => ({
        name,
        minVersion,
        maxVersion,
      })),
    finalizedFeatures: features,
  });
}

/** Up to version 5 topics are named in a field that the newest version, which brokers speak, has no more. */
function withTopics({ topics, topicNames, timeoutMs }: DeleteTopicsRequest): DeleteTopicsRequest {
  const named = (topicNames ?? []).map((name) => ({ name, topicId: ZERO_UUID }));
  return { topics: [...named, ...(topics ?? [])], topicNames: [], timeoutMs };
}

/** Passes a request of a client on to the controller and its answer back. */
function forward<Request extends { readonly timeoutMs?: number }, Response>(
  handlers: ClientHandlers,
  api: Api<Request, Response>,
  request: IncomingRequest,
  body: Request,
): void {
  const limit = handlers.settings.number('request.timeout.ms');
  const timeout = Math.min(Math.max(body.timeoutMs ?? limit, 0), limit);
  const deadline = handlers.now() + timeout;
  const attempt = (): void => {
    const left = Math.max(0, deadline - handlers.now());
    handlers.controller.request(api, body as never, left, (response) => {
      if (!request.connection.isOpen) {
        return;
      }
      if (response !== null && refusedByDeposed(response) && handlers.now() < deadline) {
        handlers.controller.later(attempt);
        return;
      }
      request.respond(api, (response ?? timedOut(api, body)) as never);
    });
  };
  attempt();
}

/** The node that was asked is not the controller (any more): nothing was done by this request. */
function refusedByDeposed(response: unknown): boolean {
  const { errorCode, topics, results, responses } = response as {
    errorCode?: number;
    topics?: readonly { errorCode: number }[];
    results?: readonly { errorCode: number }[];
    responses?: readonly { errorCode: number }[];
  };
  const first = errorCode ?? (topics ?? results ?? responses)?.[0]?.errorCode;
  return first === ErrorCode.NOT_CONTROLLER;
}

/** Nobody answered in time: the outcome is unknown, and the client is told so for each part. */
function timedOut(api: Api<unknown, unknown> | Api<never, never>, body: unknown): unknown {
  const errorCode = ErrorCode.REQUEST_TIMED_OUT;
  switch (api.name) {
    case 'CreateTopics': {
      const { topics } = body as { topics: readonly { name: string }[] };
      return { topics: topics.map(({ name }) => ({ name, errorCode })) };
    }
    case 'CreatePartitions': {
      const { topics } = body as { topics: readonly { name: string }[] };
      return { results: topics.map(({ name }) => ({ name, errorCode })) };
    }
    case 'DeleteTopics': {
      const { topics } = body as DeleteTopicsRequest;
      return { responses: topics.map((topic) => ({ ...topic, errorCode })) };
    }
    case 'AlterConfigs':
    case 'IncrementalAlterConfigs': {
      const { resources } = body as {
        resources: readonly { resourceType: number; resourceName: string }[];
      };
      const responses = resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        errorCode,
        errorMessage: 'no controller answered in time',
      }));
      return { responses };
    }
    case 'ElectLeaders':
      return { errorCode, replicaElectionResults: [] };
    case 'AlterPartitionReassignments':
      return { errorCode, errorMessage: null, responses: [] };
    case 'ListPartitionReassignments':
      return { errorCode, errorMessage: null, topics: [] };
    case 'ReadTopic':
      return { errorCode, topic: null };
    case 'DescribeQuorum':
      return { errorCode, errorMessage: null, topics: [], nodes: [] };
    case 'AddRaftVoter':
    case 'RemoveRaftVoter':
      return { errorCode, errorMessage: 'no leader answered in time: the change may still come' };
    default:
      return unreachable(api.name as never);
  }
}
