/**
 * What the active controller answers on internal connections: requests of brokers, and clients'
 * requests that brokers pass on. Bodies to commands, responses to bodies.
 */

import { effectiveTopicConfigs } from '../core/metadata/effective-configs.js';
import { configResourceKey, TOPIC_RESOURCE } from '../core/metadata/image.js';
import type { ControllerCommand, ControllerResponse } from '../core/metadata/types.js';
import type { Environment } from '../environment/environment.js';
import type { Api } from '../protocol/api-table.js';
import {
  addRaftVoterApi,
  allocateProducerIdsApi,
  alterConfigsApi,
  alterPartitionApi,
  alterPartitionReassignmentsApi,
  brokerHeartbeatApi,
  brokerRegistrationApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeQuorumApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  listPartitionReassignmentsApi,
  readTopicApi,
  removeRaftVoterApi,
} from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { ReadTopicRequest, ReadTopicResponse } from '../protocol/private-schemas.js';
import type { AddRaftVoterRequest } from '../protocol/schemas/add-raft-voter.js';
import type { AllocateProducerIdsRequest } from '../protocol/schemas/allocate-producer-ids.js';
import type { AlterConfigsRequest } from '../protocol/schemas/alter-configs.js';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../protocol/schemas/alter-partition.js';
import type { AlterPartitionReassignmentsRequest } from '../protocol/schemas/alter-partition-reassignments.js';
import type { BrokerHeartbeatRequest } from '../protocol/schemas/broker-heartbeat.js';
import type { BrokerRegistrationRequest } from '../protocol/schemas/broker-registration.js';
import type { CreatePartitionsRequest } from '../protocol/schemas/create-partitions.js';
import type { CreateTopicsRequest } from '../protocol/schemas/create-topics.js';
import type { DeleteTopicsRequest } from '../protocol/schemas/delete-topics.js';
import type { DescribeQuorumRequest } from '../protocol/schemas/describe-quorum.js';
import type { ElectLeadersRequest } from '../protocol/schemas/elect-leaders.js';
import type { IncrementalAlterConfigsRequest } from '../protocol/schemas/incremental-alter-configs.js';
import type { ListPartitionReassignmentsRequest } from '../protocol/schemas/list-partition-reassignments.js';
import type { RemoveRaftVoterRequest } from '../protocol/schemas/remove-raft-voter.js';
import type { ControllerHost } from './controller-host.js';
import { addRaftVoter, describeQuorum, type Quorum, removeRaftVoter } from './quorum-api.js';
import {
  alterPartitionReassignments,
  electLeaders,
  listPartitionReassignments,
} from './reassignment-api.js';

type Respond = (body: unknown) => void;
type Answer = (response: ControllerResponse | null) => void;

/** Answers `api` as the controller; NOT_CONTROLLER in the API's own form if this node is none. */
export function answerAsController(
  host: ControllerHost,
  environment: Environment,
  api: Api<unknown, unknown>,
  body: unknown,
  respond: Respond,
): void {
  switch (api.key) {
    case brokerRegistrationApi.key:
      register(host, body as BrokerRegistrationRequest, respond);
      return;
    case brokerHeartbeatApi.key:
      heartbeat(host, body as BrokerHeartbeatRequest, respond);
      return;
    case alterPartitionApi.key:
      alterPartition(host, body as AlterPartitionRequest, respond);
      return;
    case allocateProducerIdsApi.key:
      allocateProducerIds(host, body as AllocateProducerIdsRequest, respond);
      return;
    case createTopicsApi.key:
      createTopics(host, environment, body as CreateTopicsRequest, respond);
      return;
    case createPartitionsApi.key:
      createPartitions(host, body as CreatePartitionsRequest, respond);
      return;
    case deleteTopicsApi.key:
      deleteTopics(host, body as DeleteTopicsRequest, respond);
      return;
    case alterConfigsApi.key:
      replaceConfigs(host, body as AlterConfigsRequest, respond);
      return;
    case incrementalAlterConfigsApi.key:
      alterConfigs(host, body as IncrementalAlterConfigsRequest, respond);
      return;
    case electLeadersApi.key:
      electLeaders(host, body as ElectLeadersRequest, respond);
      return;
    case alterPartitionReassignmentsApi.key:
      alterPartitionReassignments(host, body as AlterPartitionReassignmentsRequest, respond);
      return;
    case listPartitionReassignmentsApi.key:
      listPartitionReassignments(host, body as ListPartitionReassignmentsRequest, respond);
      return;
    case readTopicApi.key:
      readTopic(host, body as ReadTopicRequest, respond);
      return;
    case describeQuorumApi.key:
      describeQuorum(quorumOf(host), body as DescribeQuorumRequest, respond);
      return;
    case addRaftVoterApi.key:
      addRaftVoter(quorumOf(host), body as AddRaftVoterRequest, respond);
      return;
    case removeRaftVoterApi.key:
      removeRaftVoter(quorumOf(host), body as RemoveRaftVoterRequest, respond);
      return;
    default:
      throw new Error(`the controller answers no ${api.name}`);
  }
}

function quorumOf({ quorum: raft, image, clusterId }: ControllerHost): Quorum {
  return { raft, image, clusterId };
}

function errorOnly(respond: Respond, expected: ControllerResponse['type']): Answer {
  return (response) => {
    if (response === null || response.type !== expected) {
      respond({ errorCode: ErrorCode.NOT_CONTROLLER });
      return;
    }
    respond({ ...response, errorCode: 'error' in response ? response.error : ErrorCode.NONE });
  };
}

function register(host: ControllerHost, body: BrokerRegistrationRequest, respond: Respond): void {
  const command = {
    type: 'registerBroker' as const,
    brokerId: body.brokerId,
    clusterId: body.clusterId,
    incarnationId: body.incarnationId,
    endPoints: body.listeners,
    rack: body.rack,
    logDirs: body.logDirs ?? [],
    previousBrokerEpoch: body.previousBrokerEpoch,
  };
  host.register(command, errorOnly(respond, 'registered'));
}

function heartbeat(host: ControllerHost, body: BrokerHeartbeatRequest, respond: Respond): void {
  const answer = errorOnly(respond, 'heartbeat');
  host.heartbeat(
    {
      type: 'brokerHeartbeat',
      brokerId: body.brokerId,
      brokerEpoch: body.brokerEpoch,
      currentMetadataOffset: body.currentMetadataOffset,
      wantFence: body.wantFence,
      wantShutDown: body.wantShutDown,
    },
    answer,
  );
}

function allocateProducerIds(
  host: ControllerHost,
  body: AllocateProducerIdsRequest,
  respond: Respond,
): void {
  host.command({ type: 'allocateProducerIds', ...body }, (response) => {
    if (response?.type !== 'producerIds') {
      respond({ errorCode: ErrorCode.NOT_CONTROLLER });
      return;
    }
    const { error, start, length } = response;
    respond({ errorCode: error, producerIdStart: start, producerIdLen: length });
  });
}

function alterPartition(host: ControllerHost, body: AlterPartitionRequest, respond: Respond): void {
  const changes = body.topics.flatMap((topic) =>
    topic.partitions.map((partition) => ({
      topicId: topic.topicId,
      partition: partition.partitionIndex,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      newIsr: partition.newIsrWithEpochs,
      leaderRecoveryState:
        partition.leaderRecoveryState === 1 ? ('recovering' as const) : ('recovered' as const),
    })),
  );
  const { brokerId, brokerEpoch } = body;
  host.command({ type: 'alterPartition', brokerId, brokerEpoch, changes }, (response) => {
    if (response?.type !== 'alterPartition') {
      respond({ errorCode: host.alterPartitionRefusal });
      return;
    }
    const topics = response.partitions.map((result) => ({
      topicId: result.topicId,
      partitions: [
        {
          partitionIndex: result.partition,
          errorCode: result.error,
          leaderId: result.leader,
          leaderEpoch: result.leaderEpoch,
          isr: result.isr,
          leaderRecoveryState: result.leaderRecoveryState === 'recovering' ? 1 : 0,
          partitionEpoch: result.partitionEpoch,
        },
      ],
    }));
    const answer: AlterPartitionResponse = { throttleTimeMs: 0, errorCode: response.error, topics };
    respond(answer);
  });
}

function createTopics(
  host: ControllerHost,
  environment: Environment,
  body: CreateTopicsRequest,
  respond: Respond,
): void {
  const topics = body.topics.map((topic) => ({
    name: topic.name,
    topicId: environment.fresh.uuid(),
    partitions: topic.numPartitions,
    replicationFactor: topic.replicationFactor,
    assignments: explicitAssignments(topic.assignments),
    configs: topic.configs,
  }));
  const { validateOnly } = body;
  host.command(
    { type: 'createTopics', topics, validateOnly: validateOnly ?? false },
    (response) => {
      if (response?.type !== 'topics') {
        const errorCode = ErrorCode.NOT_CONTROLLER;
        respond({ topics: body.topics.map(({ name }) => ({ name, errorCode })) });
        return;
      }
      respond({
        topics: response.topics.map((result) => ({
          name: result.name ?? '',
          topicId: result.topicId,
          errorCode: result.error,
          errorMessage: result.message,
          numPartitions: result.partitions,
          replicationFactor: result.replicationFactor,
          configs: result.error === ErrorCode.NONE ? configsOf(host, body, result.name) : [],
        })),
      });
    },
  );
}

/** What is in effect for a topic that was just created, or would be (KIP-525). */
function configsOf(
  host: ControllerHost,
  body: CreateTopicsRequest,
  name: string | null,
): { name: string; value: string; readOnly: boolean; configSource: number }[] {
  const created = body.topics.find((topic) => topic.name === name);
  const own = (created?.configs ?? []).filter(({ value }) => value !== null);
  const configs = new Map(host.image.configs);
  const values = new Map(own.map((config) => [config.name, config.value!]));
  configs.set(configResourceKey(TOPIC_RESOURCE, name ?? ''), values);
  return effectiveTopicConfigs({ configs }, host.settings, name ?? '').map((config) => ({
    name: config.name,
    value: config.value,
    readOnly: false,
    configSource: config.source,
  }));
}

/**
 * By partition, in order; null without any. Numbers that are not 0 to n-1, each once, leave an empty
 * assignment, which the controller refuses.
 */
function explicitAssignments(
  assignments: CreateTopicsRequest['topics'][number]['assignments'],
): (readonly BrokerIds[number][])[] | null {
  if (assignments === undefined || assignments.length === 0) {
    return null;
  }
  // The numbers are a client's: none of them may size anything.
  const byPartition = new Map(assignments.map((each) => [each.partitionIndex as number, each]));
  return assignments.map((_, index) => byPartition.get(index)?.brokerIds ?? []);
}
type BrokerIds = CreateTopicsRequest['topics'][number]['assignments'][number]['brokerIds'];

function createPartitions(
  host: ControllerHost,
  body: CreatePartitionsRequest,
  respond: Respond,
): void {
  const topics = body.topics.map(({ name, count, assignments }) => ({
    name,
    count,
    assignments: assignments?.map(({ brokerIds }) => brokerIds) ?? null,
  }));
  const { validateOnly } = body;
  host.command({ type: 'createPartitions', topics, validateOnly }, (response) => {
    if (response?.type !== 'topics') {
      const errorCode = ErrorCode.NOT_CONTROLLER;
      respond({ results: topics.map(({ name }) => ({ name, errorCode })) });
      return;
    }
    respond({
      results: response.topics.map(({ name, error: errorCode, message: errorMessage }) => ({
        name: name ?? '',
        errorCode,
        errorMessage,
      })),
    });
  });
}

function deleteTopics(host: ControllerHost, body: DeleteTopicsRequest, respond: Respond): void {
  const { topics } = body;
  host.command({ type: 'deleteTopics', topics }, (response) => {
    if (response?.type !== 'topics') {
      const errorCode = ErrorCode.NOT_CONTROLLER;
      respond({ responses: topics.map((topic) => ({ ...topic, errorCode })) });
      return;
    }
    respond({
      responses: response.topics.map((result) => ({
        name: result.name,
        topicId: result.topicId,
        errorCode: result.error,
        errorMessage: result.message,
      })),
    });
  });
}

function alterConfigs(
  host: ControllerHost,
  body: IncrementalAlterConfigsRequest,
  respond: Respond,
): void {
  const changes = body.resources.flatMap((resource) =>
    resource.configs.map((config) => ({
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
      name: config.name,
      operation: config.configOperation,
      value: config.value,
    })),
  );
  const { validateOnly } = body;
  const command = { type: 'incrementalAlterConfigs', changes, validateOnly: validateOnly ?? false };
  // Of which nothing was asked to be changed, nothing was refused.
  const unchanged = body.resources.filter(({ configs }) => configs.length === 0);
  host.command(command as ControllerCommand, configsAnswer(body, unchanged, respond));
}

function replaceConfigs(host: ControllerHost, body: AlterConfigsRequest, respond: Respond): void {
  const { resources, validateOnly } = body;
  const command: ControllerCommand = { type: 'replaceConfigs', resources, validateOnly };
  host.command(command, configsAnswer(body, [], respond));
}

interface NamedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** What both ways of altering configs answer; `unchanged`: resources that the command did not name. */
function configsAnswer(
  body: { readonly resources: readonly NamedResource[] },
  unchanged: readonly NamedResource[],
  respond: Respond,
): Answer {
  return (response) => {
    if (response?.type !== 'configs') {
      const errorCode = ErrorCode.NOT_CONTROLLER;
      respond({ responses: body.resources.map((resource) => ({ ...resource, errorCode })) });
      return;
    }
    const responses = response.results.map((result) => ({
      errorCode: result.error,
      errorMessage: result.message,
      resourceType: result.resourceType,
      resourceName: result.resourceName,
    }));
    respond({
      responses: [
        ...responses,
        ...unchanged.map(({ resourceType, resourceName }) => ({ resourceType, resourceName })),
      ],
    });
  };
}

/** Without a confirmed read index there is no answer but an error: what the image says may be old. */
function readTopic(host: ControllerHost, { name }: ReadTopicRequest, respond: Respond): void {
  const answer = (response: ReadTopicResponse): void => respond(response);
  host.read((image) => {
    if (image === null) {
      answer({ errorCode: ErrorCode.NOT_CONTROLLER, topic: null });
      return;
    }
    const topicId = image.topicIds.get(name);
    const topic = topicId === undefined ? undefined : image.topics.get(topicId);
    const configs = [...(image.configs.get(configResourceKey(TOPIC_RESOURCE, name)) ?? [])];
    answer({
      errorCode: ErrorCode.NONE,
      topic:
        topic === undefined
          ? null
          : {
              topicId: topic.id,
              partitions: topic.partitions.size,
              configs: configs.map(([key, value]) => ({ name: key, value })),
            },
    });
  });
}
