/** The group APIs on the wire: FindCoordinator, JoinGroup, SyncGroup, Heartbeat, LeaveGroup, offsets. */

import { partitionFor } from '../core/coordinator/partition-for.js';
import type { GroupsResponse, OffsetFetchResponse } from '../core/coordinator/types.js';
import type { MetadataImage } from '../core/metadata/types.js';
import type { PartitionIndex } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import {
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  FindCoordinatorRequest,
  FindCoordinatorResponseCoordinator,
} from '../protocol/schemas/find-coordinator.js';
import type { HeartbeatRequest } from '../protocol/schemas/heartbeat.js';
import type { JoinGroupRequest } from '../protocol/schemas/join-group.js';
import type { LeaveGroupRequest } from '../protocol/schemas/leave-group.js';
import type {
  OffsetCommitRequest,
  OffsetCommitRequestOffsetCommitRequestPartition,
} from '../protocol/schemas/offset-commit.js';
import type { OffsetFetchRequest } from '../protocol/schemas/offset-fetch.js';
import type { SyncGroupRequest } from '../protocol/schemas/sync-group.js';
import { type GroupHost, offsetsPartitions } from './group-host.js';
import { type MetadataHandler, OFFSETS_TOPIC } from './metadata-handler.js';
import type { IncomingRequest } from './server-connection.js';

/** First FindCoordinator and OffsetFetch versions that ask for several at once. */
const BATCHED_FIND_VERSION = 4;
const BATCHED_FETCH_VERSION = 8;
const GROUP_KEY_TYPE = 0;

export class GroupHandler {
  private readonly environment: Environment;
  private readonly host: GroupHost;
  private readonly metadata: MetadataHandler;
  private readonly image: () => MetadataImage;

  constructor(
    environment: Environment,
    host: GroupHost,
    metadata: MetadataHandler,
    image: () => MetadataImage,
  ) {
    this.environment = environment;
    this.host = host;
    this.metadata = metadata;
    this.image = image;
  }

  findCoordinator(request: IncomingRequest, body: FindCoordinatorRequest): void {
    if (request.header.apiVersion >= BATCHED_FIND_VERSION) {
      const coordinators = body.coordinatorKeys.map((key) => this.locate(key, body.keyType));
      request.respond(findCoordinatorApi, { coordinators });
      return;
    }
    request.respond(findCoordinatorApi, this.locate(body.key, body.keyType));
  }

  joinGroup(request: IncomingRequest, body: JoinGroupRequest): void {
    const { apiVersion, clientId } = request.header;
    const input = {
      type: 'joinGroup',
      apiVersion,
      // The bytes outlive the request's frame.
      request: {
        ...body,
        protocols: body.protocols.map(({ name, metadata }) => ({
          name,
          metadata: metadata.slice(),
        })),
      },
      clientId: clientId ?? '',
      clientHost: `/${hostOf(request.connection.remote)}`,
      freshId: this.environment.fresh.uuid(),
    } as const;
    this.host.request(body.groupId, input, (response) => {
      request.respond(joinGroupApi, response as Extract<GroupsResponse, { type: 'joinGroup' }>);
    });
  }

  syncGroup(request: IncomingRequest, body: SyncGroupRequest): void {
    const { apiVersion } = request.header;
    const assignments = body.assignments.map(({ memberId, assignment }) => ({
      memberId,
      assignment: assignment.slice(),
    }));
    const input = { type: 'syncGroup', apiVersion, request: { ...body, assignments } } as const;
    this.host.request(body.groupId, input, (response) => {
      request.respond(syncGroupApi, response as Extract<GroupsResponse, { type: 'syncGroup' }>);
    });
  }

  heartbeat(request: IncomingRequest, body: HeartbeatRequest): void {
    const input = {
      type: 'heartbeat',
      apiVersion: request.header.apiVersion,
      request: body,
    } as const;
    this.host.request(body.groupId, input, (response) => {
      request.respond(heartbeatApi, response as Extract<GroupsResponse, { type: 'heartbeat' }>);
    });
  }

  leaveGroup(request: IncomingRequest, body: LeaveGroupRequest): void {
    const input = {
      type: 'leaveGroup',
      apiVersion: request.header.apiVersion,
      request: body,
    } as const;
    this.host.request(body.groupId, input, (response) => {
      request.respond(leaveGroupApi, response as Extract<GroupsResponse, { type: 'leaveGroup' }>);
    });
  }

  offsetCommit(request: IncomingRequest, body: OffsetCommitRequest): void {
    const image = this.image();
    const known = body.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter(
        (partition) => refusal(image, topic.name, partition) === ErrorCode.NONE,
      ),
    }));
    const input = {
      type: 'offsetCommit',
      apiVersion: request.header.apiVersion,
      request: { ...body, topics: known },
    } as const;
    this.host.request(body.groupId, input, (response) => {
      if (response.type !== 'offsetCommit') {
        return;
      }
      const errors = new Map<string, number>();
      for (const topic of response.topics) {
        for (const partition of topic.partitions) {
          errors.set(`${topic.name}/${partition.partitionIndex}`, partition.errorCode);
        }
      }
      const topics = body.topics.map((topic) => ({
        name: topic.name,
        partitions: topic.partitions.map((partition) => {
          const { partitionIndex } = partition;
          const refused = refusal(image, topic.name, partition);
          const decided = errors.get(`${topic.name}/${partitionIndex}`) ?? refused;
          return { partitionIndex, errorCode: refused === ErrorCode.NONE ? decided : refused };
        }),
      }));
      request.respond(offsetCommitApi, { topics });
    });
  }

  offsetFetch(request: IncomingRequest, body: OffsetFetchRequest): void {
    const { apiVersion } = request.header;
    const { requireStable } = body;
    if (apiVersion < BATCHED_FETCH_VERSION) {
      const asked = { groupId: body.groupId, topics: body.topics, requireStable };
      const input = { type: 'offsetFetch', apiVersion, request: asked } as const;
      this.host.request(body.groupId, input, (response) => {
        request.respond(offsetFetchApi, response as OffsetFetchResponse);
      });
      return;
    }
    const asked = body.groups.map(({ groupId, topics }) => ({
      group: groupId,
      body: {
        type: 'offsetFetch',
        apiVersion,
        request: { groupId, topics, requireStable },
      } as const,
    }));
    this.host.requestAll(asked, (responses) => {
      request.respond(offsetFetchApi, { groups: responses as OffsetFetchResponse[] });
    });
  }

  private locate(key: string, keyType: number): FindCoordinatorResponseCoordinator {
    const failed = (errorCode: number, errorMessage: string): FindCoordinatorResponseCoordinator =>
      ({
        key,
        nodeId: -1,
        host: '',
        port: -1,
        errorCode,
        errorMessage,
      }) as FindCoordinatorResponseCoordinator;
    if (keyType !== GROUP_KEY_TYPE) {
      return failed(ErrorCode.INVALID_REQUEST, 'transactions are not offered');
    }
    const image = this.image();
    const count = offsetsPartitions(image);
    if (count === 0) {
      this.metadata.createOffsetsTopic();
      return failed(ErrorCode.COORDINATOR_NOT_AVAILABLE, 'the offsets topic is being created');
    }
    const topic = image.topics.get(image.topicIds.get(OFFSETS_TOPIC)!)!;
    const leader = topic.partitions.get(partitionFor(key, count))?.leader;
    const broker = leader === undefined ? undefined : image.brokers.get(leader);
    const endPoint = broker?.endPoints[0];
    if (broker === undefined || endPoint === undefined) {
      return failed(ErrorCode.COORDINATOR_NOT_AVAILABLE, 'the group has no coordinator now');
    }
    const { host, port } = endPoint;
    return { key, nodeId: broker.id, host, port, errorCode: ErrorCode.NONE, errorMessage: null };
  }
}

/** Why a commit is not even tried. */
function refusal(
  image: MetadataImage,
  topic: string,
  { partitionIndex, committedOffset }: OffsetCommitRequestOffsetCommitRequestPartition,
): number {
  if (!exists(image, topic, partitionIndex)) {
    return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }
  // Beyond 53 bits it was clipped: what cannot be kept exactly is not taken.
  return Math.abs(committedOffset) === Number.MAX_SAFE_INTEGER
    ? ErrorCode.INVALID_COMMIT_OFFSET_SIZE
    : ErrorCode.NONE;
}

function exists(image: MetadataImage, topic: string, partition: PartitionIndex): boolean {
  const id = image.topicIds.get(topic);
  return id !== undefined && (image.topics.get(id)?.partitions.has(partition) ?? false);
}

function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':')).replace(/^::ffff:/, '');
}
