/** What operators ask about groups: DescribeGroups, ListGroups, DeleteGroups, OffsetDelete. */

import type {
  DeleteGroupResponse,
  DescribeGroupResponse,
  OffsetDeleteResponse,
} from '../core/coordinator/types.js';
import type { MetadataImage } from '../core/metadata/types.js';
import {
  deleteGroupsApi,
  describeGroupsApi,
  listGroupsApi,
  offsetDeleteApi,
} from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { DeleteGroupsRequest } from '../protocol/schemas/delete-groups.js';
import type { DescribeGroupsRequest } from '../protocol/schemas/describe-groups.js';
import type { ListGroupsRequest } from '../protocol/schemas/list-groups.js';
import type { OffsetDeleteRequest } from '../protocol/schemas/offset-delete.js';
import type { GroupHost } from './group-host.js';
import type { IncomingRequest } from './server-connection.js';

export class GroupAdminHandler {
  private readonly host: GroupHost;
  private readonly image: () => MetadataImage;

  constructor(host: GroupHost, image: () => MetadataImage) {
    this.host = host;
    this.image = image;
  }

  describeGroups(request: IncomingRequest, body: DescribeGroupsRequest): void {
    const { apiVersion } = request.header;
    const asked = body.groups.map((groupId) => ({
      group: groupId,
      body: { type: 'describeGroup', apiVersion, request: { groupId } } as const,
    }));
    this.host.requestAll(asked, (responses) => {
      request.respond(describeGroupsApi, { groups: responses as DescribeGroupResponse[] });
    });
  }

  deleteGroups(request: IncomingRequest, body: DeleteGroupsRequest): void {
    const { apiVersion } = request.header;
    const asked = body.groupsNames.map((groupId) => ({
      group: groupId,
      body: { type: 'deleteGroup', apiVersion, request: { groupId } } as const,
    }));
    this.host.requestAll(asked, (responses) => {
      const results = (responses as DeleteGroupResponse[]).map(({ errorCode }, index) => ({
        groupId: body.groupsNames[index] ?? '',
        errorCode,
      }));
      request.respond(deleteGroupsApi, { results });
    });
  }

  /** What this broker coordinates; the client asks all brokers. Versions below 4 filter nothing. */
  listGroups(request: IncomingRequest, body: ListGroupsRequest): void {
    const { groups, isLoading } = this.host.list();
    const wanted = new Set((body.statesFilter ?? []).map((state) => state.toLowerCase()));
    request.respond(listGroupsApi, {
      errorCode: isLoading ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE,
      groups: groups
        .filter(({ groupState }) => wanted.size === 0 || wanted.has(groupState.toLowerCase()))
        .map((group) => ({ ...group, groupType: 'classic' })),
    });
  }

  offsetDelete(request: IncomingRequest, body: OffsetDeleteRequest): void {
    const { groupId } = body;
    const image = this.image();
    const isKnown = (topic: string, partition: number): boolean => {
      const id = image.topicIds.get(topic);
      return id !== undefined && image.topics.get(id)?.partitions.has(partition as never) === true;
    };
    const topics = body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .map(({ partitionIndex }) => partitionIndex)
        .filter((partition) => isKnown(name, partition)),
    }));
    const { apiVersion } = request.header;
    const input = { type: 'offsetDelete', apiVersion, request: { groupId, topics } } as const;
    this.host.request(groupId, input, (response) => {
      const answer = response as OffsetDeleteResponse;
      const errors = new Map(
        answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((each) => [`${name}/${each.partitionIndex}`, each.errorCode] as const),
        ),
      );
      const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      const isAnswered = answer.errorCode === ErrorCode.NONE;
      request.respond(offsetDeleteApi, {
        errorCode: answer.errorCode,
        topics: (isAnswered ? body.topics : []).map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: errors.get(`${name}/${partitionIndex}`) ?? unknown,
          })),
        })),
      });
    });
  }
}
