/** What an API is, and the one table of them: filled by apis.ts. */
import { assert } from '../core/types/assert.js';
import type { MessageSchema, VersionRange } from './schema.js';

export interface Api<Request = unknown, Response = unknown> {
  readonly key: number;
  readonly name: string;
  readonly request: MessageSchema<Request>;
  readonly response: MessageSchema<Response>;
  /** Only between nodes of a cluster, on listeners of their own. */
  readonly internal: boolean;
  /** What ApiVersions says on the client listener; null: not advertised. */
  readonly advertised: VersionRange | null;
  /** What is answered on the client listener if it is sent; null: nothing. */
  readonly served: VersionRange | null;
}

/** APIs that the broker answers to clients; the others are neither advertised nor served. */
const IMPLEMENTED: ReadonlySet<string> = new Set([
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
  'DescribeGroups',
  'ListGroups',
  'DeleteGroups',
  'OffsetDelete',
  'SyncGroup',
  'ApiVersions',
  'CreateTopics',
  'CreatePartitions',
  'DeleteTopics',
  'DeleteRecords',
  'InitProducerId',
  'OffsetForLeaderEpoch',
  'DescribeConfigs',
  'AlterConfigs',
  'DescribeLogDirs',
  'IncrementalAlterConfigs',
  'DescribeCluster',
  'ElectLeaders',
  'AlterPartitionReassignments',
  'ListPartitionReassignments',
  'DescribeQuorum',
  'AddRaftVoter',
  'RemoveRaftVoter',
  'ReadTopic',
]);

export interface Scope {
  readonly internal?: true;
  readonly advertise?: VersionRange;
  /** Where it differs from `advertise`; alone, it is served to those who know of it. */
  readonly serve?: VersionRange;
}
export const INTERNAL: Scope = { internal: true };
export const NOT_PLANNED: Scope = {};

/** All that were put in, by key. */
export const table: Map<number, Api> = new Map();

/** Puts one into the table. */
export function api<Request, Response>(
  name: string,
  request: MessageSchema<Request>,
  response: MessageSchema<Response>,
  scope: Scope,
): Api<Request, Response> {
  assert(request.key === response.key, `${name} has one key`);
  assert(!table.has(request.key), `key ${request.key} is used once`);
  const isImplemented = IMPLEMENTED.has(name);
  const advertised = isImplemented ? (scope.advertise ?? null) : null;
  const served = isImplemented ? (scope.serve ?? advertised) : null;
  const internal = scope.internal === true;
  const entry = { key: request.key, name, request, response, internal, advertised, served };
  table.set(request.key, entry);
  return entry;
}
