/**
 * The internal listener: the other nodes of this cluster. The first frame says who calls; then come
 * Raft messages, followers' fetches, or requests to the controller, each on a connection of its own.
 */

import type { BrokerId, Uuid } from '../core/types/ids.js';
import type { Api } from '../protocol/api-table.js';
import {
  addRaftVoterApi,
  allocateProducerIdsApi,
  alterConfigsApi,
  alterPartitionApi,
  alterPartitionReassignmentsApi,
  brokerHeartbeatApi,
  brokerRegistrationApi,
  confirmLeaderApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeQuorumApi,
  electLeadersApi,
  fetchApi,
  helloApi,
  incrementalAlterConfigsApi,
  listPartitionReassignmentsApi,
  raftMessageApi,
  readTopicApi,
  removeRaftVoterApi,
} from '../protocol/apis.js';
import { hasVersion } from '../protocol/codec.js';
import { ErrorCode } from '../protocol/errors.js';
import { decodeRequest } from '../protocol/frame.js';
import type { ConfirmLeaderRequest, HelloRequest } from '../protocol/private-schemas.js';
import { decodeRaftMessage, type RaftWireMessage } from '../protocol/raft-wire.js';
import type { FetchHandler } from './fetch-handler.js';
import type { IncomingRequest, ServerConnection } from './server-connection.js';

const CONTROLLER_APIS: ReadonlyMap<number, Api> = new Map(
  [
    brokerRegistrationApi,
    brokerHeartbeatApi,
    alterPartitionApi,
    allocateProducerIdsApi,
    createPartitionsApi,
    createTopicsApi,
    deleteTopicsApi,
    describeQuorumApi,
    addRaftVoterApi,
    removeRaftVoterApi,
    electLeadersApi,
    alterPartitionReassignmentsApi,
    listPartitionReassignmentsApi,
    alterConfigsApi,
    incrementalAlterConfigsApi,
    readTopicApi,
  ].map((api) => [api.key, api as Api]),
);

export interface InternalHandlers {
  readonly clusterId: string;
  /** What is wrong with this caller, or null. */
  readonly checkCaller: (hello: HelloRequest) => string | null;
  readonly raft: (from: BrokerId, directory: Uuid, message: RaftWireMessage) => void;
  readonly fetch: FetchHandler;
  /** A Kafka error code. */
  readonly confirmLeader: (asked: ConfirmLeaderRequest) => number;
  readonly controller: (api: Api, body: unknown, respond: (body: unknown) => void) => void;
  /** Some connection of that node ended. */
  readonly connectionLost: (node: BrokerId) => void;
  /** A broker's controller connection ended. */
  readonly controllerConnectionLost: (broker: BrokerId) => void;
}

export class InternalApi {
  private readonly handlers: InternalHandlers;
  private readonly callers = new Map<ServerConnection, HelloRequest>();

  constructor(handlers: InternalHandlers) {
    this.handlers = handlers;
  }

  handle(request: IncomingRequest): void {
    const { apiKey, apiVersion } = request.header;
    const caller = this.callers.get(request.connection);
    if (caller === undefined) {
      this.hello(request);
      return;
    }
    if (apiKey === raftMessageApi.key) {
      const message = decodeRaftMessage(request.frame.bytes, request.header);
      this.handlers.raft(caller.nodeId, caller.directoryId, message);
      request.finishSilently();
      return;
    }
    if (apiKey === fetchApi.key && hasVersion(fetchApi.request, apiVersion)) {
      const body = decodeRequest(fetchApi, request.header, request.frame.bytes);
      this.handlers.fetch.handle(request, body, true);
      return;
    }
    if (apiKey === confirmLeaderApi.key && hasVersion(confirmLeaderApi.request, apiVersion)) {
      const body = decodeRequest(confirmLeaderApi, request.header, request.frame.bytes);
      request.respond(confirmLeaderApi, { errorCode: this.handlers.confirmLeader(body) });
      return;
    }
    const api = CONTROLLER_APIS.get(apiKey);
    if (api === undefined || !hasVersion(api.request, apiVersion)) {
      request.hangUp(`API ${apiKey} ${apiVersion} is not served between brokers`);
      return;
    }
    const body = decodeRequest(api, request.header, request.frame.bytes);
    this.handlers.controller(api, body, (response) => {
      if (request.connection.isOpen) {
        request.respond(api, response as never);
      }
    });
  }

  ended(connection: ServerConnection): void {
    const caller = this.callers.get(connection);
    this.callers.delete(connection);
    if (caller !== undefined) {
      this.handlers.connectionLost(caller.nodeId);
    }
    if (caller?.purpose === 'controller') {
      this.handlers.controllerConnectionLost(caller.nodeId);
    }
  }

  private hello(request: IncomingRequest): void {
    const { apiKey, apiVersion } = request.header;
    if (apiKey !== helloApi.key || !hasVersion(helloApi.request, apiVersion)) {
      request.hangUp('the first frame between nodes must be a Hello');
      return;
    }
    const hello = decodeRequest(helloApi, request.header, request.frame.bytes);
    const problem =
      hello.clusterId === this.handlers.clusterId
        ? this.handlers.checkCaller(hello)
        : `this node belongs to cluster ${this.handlers.clusterId}, not ${hello.clusterId}`;
    if (problem !== null) {
      request.respond(helloApi, {
        errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
        errorMessage: problem,
      });
      return;
    }
    this.callers.set(request.connection, hello);
    request.respond(helloApi, { errorCode: ErrorCode.NONE });
  }
}
