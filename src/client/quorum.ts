/** The quorum of the metadata log, shown and changed: DescribeQuorum, AddRaftVoter, RemoveRaftVoter. */

import type { BrokerId, PartitionIndex, Uuid } from '../core/types/ids.js';
import { addRaftVoterApi, describeQuorumApi, removeRaftVoterApi } from '../protocol/apis.js';
import type { AddRaftVoterResponse } from '../protocol/schemas/add-raft-voter.js';
import type {
  DescribeQuorumResponse,
  DescribeQuorumResponseReplicaState,
} from '../protocol/schemas/describe-quorum.js';
import { classifyChange, classifyRead } from './classify.js';
import type { Client } from './client.js';
import type { Outcome } from './outcomes.js';

/** A node that has the metadata log, or is to. */
export interface QuorumMember {
  readonly id: BrokerId;
  readonly directoryId: Uuid;
}

export interface QuorumReplica extends QuorumMember {
  /** First offset that it lacks; -1: unknown. */
  readonly logEndOffset: number;
}

export interface QuorumState {
  readonly leader: BrokerId;
  /** Raft's term. */
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly voters: readonly QuorumReplica[];
  readonly observers: readonly QuorumReplica[];
}

/** The quorum as its leader sees it. */
export function describeQuorum(
  client: Client,
  done: (outcome: Outcome<QuorumState>) => void,
): void {
  const topic = {
    topicName: '__cluster_metadata',
    partitions: [{ partitionIndex: 0 as PartitionIndex }],
  };
  const api = { api: describeQuorumApi, version: 2 };
  client.askAny(api, { topics: [topic] }, classifyRead, done, (response) => ({
    errorCode: response.errorCode,
    value: stateOf(response),
  }));
}

function stateOf({ topics }: DescribeQuorumResponse): QuorumState {
  const log = topics[0]?.partitions[0];
  const replicas = (all: readonly DescribeQuorumResponseReplicaState[]): QuorumReplica[] =>
    all.map(({ replicaId: id, replicaDirectoryId: directoryId, logEndOffset }) => ({
      id,
      directoryId,
      logEndOffset,
    }));
  return {
    leader: log?.leaderId ?? (-1 as BrokerId),
    leaderEpoch: log?.leaderEpoch ?? -1,
    highWatermark: log?.highWatermark ?? -1,
    voters: replicas(log?.currentVoters ?? []),
    observers: replicas(log?.observers ?? []),
  };
}

/** Makes a node that follows already a voter; ok once that is committed. `timeout`: milliseconds. */
export function addVoter(
  client: Client,
  member: QuorumMember,
  timeout: number,
  done: (outcome: Outcome<null>) => void,
): void {
  const body = {
    clusterId: null,
    timeoutMs: timeout,
    voterId: member.id,
    voterDirectoryId: member.directoryId,
    listeners: [],
    ackWhenCommitted: true,
  };
  client.askAny({ api: addRaftVoterApi, version: 1 }, body, classifyChange, done, nothing);
}

/** Makes a voter an observer; ok once that is committed. */
export function removeVoter(
  client: Client,
  member: QuorumMember,
  done: (outcome: Outcome<null>) => void,
): void {
  const body = { clusterId: null, voterId: member.id, voterDirectoryId: member.directoryId };
  client.askAny({ api: removeRaftVoterApi, version: 0 }, body, classifyChange, done, nothing);
}

function nothing({ errorCode }: AddRaftVoterResponse): { errorCode: number; value: null } {
  return { errorCode, value: null };
}
