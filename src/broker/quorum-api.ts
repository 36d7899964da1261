/**
 * The quorum of the metadata log as its leader shows and changes it: DescribeQuorum (KIP-595, KIP-836),
 * AddRaftVoter and RemoveRaftVoter (KIP-853).
 */

import type { MetadataImage } from '../core/metadata/types.js';
import type { Voter, VoterChange } from '../core/raft/types.js';
import type { BrokerId, LeaderEpoch, Offset, PartitionIndex } from '../core/types/ids.js';
import { ZERO_UUID } from '../core/types/ids.js';
import { ErrorCode } from '../protocol/errors.js';
import type { AddRaftVoterRequest } from '../protocol/schemas/add-raft-voter.js';
import type {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  DescribeQuorumResponseNode,
  DescribeQuorumResponseReplicaState,
} from '../protocol/schemas/describe-quorum.js';
import type { RemoveRaftVoterRequest } from '../protocol/schemas/remove-raft-voter.js';
import type { ChangeOutcome, RaftHost } from './raft-host.js';

/** Listener of the other nodes, as brokers register it. */
export const INTERNAL_LISTENER = 'INTERNAL';
const METADATA_TOPIC = '__cluster_metadata';

export interface Quorum {
  readonly clusterId: string;
  readonly raft: RaftHost;
  readonly image: MetadataImage;
}

interface ChangeAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Answers with the quorum as this node, its leader, sees it; NOT_CONTROLLER if it does not lead. */
export function describeQuorum(
  { raft, image }: Quorum,
  { topics }: DescribeQuorumRequest,
  respond: (body: unknown) => void,
): void {
  if (!raft.isLeader) {
    respond({ errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: null, topics: [], nodes: [] });
    return;
  }
  const { state } = raft;
  const voters = state.configuration.voters.map((voter) => replicaState(raft, voter));
  const observers = [...state.learners]
    .sort((a, b) => a - b)
    .map((id) => ({ id, directoryId: state.progress.get(id)?.directoryId ?? ZERO_UUID }))
    .map((learner) => replicaState(raft, learner));
  const answer: Omit<DescribeQuorumResponse, 'throttleTimeMs'> = {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => {
        const isIt = topicName === METADATA_TOPIC && partitionIndex === 0;
        return {
          partitionIndex: partitionIndex as PartitionIndex,
          errorCode: isIt ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          errorMessage: null,
          leaderId: state.self.id,
          leaderEpoch: state.term as number as LeaderEpoch,
          // Offsets begin at 0 and indexes at 1: the first offset behind is the index.
          highWatermark: state.commitIndex as number as Offset,
          currentVoters: isIt ? voters : [],
          observers: isIt ? observers : [],
        };
      }),
    })),
    nodes: nodesOf(image, [...voters, ...observers]),
  };
  respond(answer);
}

function replicaState(
  raft: RaftHost,
  { id, directoryId }: Voter,
): DescribeQuorumResponseReplicaState {
  const { state } = raft;
  const isSelf = id === state.self.id;
  const progress = state.progress.get(id);
  const held = progress?.directoryId === directoryId ? progress.matchIndex : -1;
  const { fetched, caughtUp } = raft.lastHeard(id);
  return {
    replicaId: id,
    replicaDirectoryId: directoryId,
    logEndOffset: (isSelf ? raft.nextIndex - 1 : held) as Offset,
    lastFetchTimestamp: fetched,
    lastCaughtUpTimestamp: caughtUp,
  };
}

function nodesOf(
  image: MetadataImage,
  replicas: readonly DescribeQuorumResponseReplicaState[],
): DescribeQuorumResponseNode[] {
  const ids = new Set(replicas.map(({ replicaId }) => replicaId));
  return [...ids].map((nodeId) => ({
    nodeId,
    listeners: (image.brokers.get(nodeId)?.endPoints ?? [])
      .filter(({ name }) => name === INTERNAL_LISTENER)
      .map(({ name, host, port }) => ({ name, host, port })),
  }));
}

/**
 * Adds the voter once it holds the log, and answers when that is committed. Where it listens every broker
 * says itself: the listeners of the request are not looked at.
 */
export function addRaftVoter(
  quorum: Quorum,
  body: AddRaftVoterRequest,
  respond: (body: unknown) => void,
): void {
  change(quorum, 'add', body, respond);
}

/** Removes the voter, this leader included, and answers when that is committed. */
export function removeRaftVoter(
  quorum: Quorum,
  body: RemoveRaftVoterRequest,
  respond: (body: unknown) => void,
): void {
  change(quorum, 'remove', body, respond);
}

function change(
  { clusterId, raft }: Quorum,
  type: VoterChange['type'],
  body: RemoveRaftVoterRequest,
  respond: (body: unknown) => void,
): void {
  if (body.clusterId !== null && body.clusterId !== clusterId) {
    const errorMessage = `this node belongs to cluster ${clusterId}`;
    respond({ errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, errorMessage });
    return;
  }
  const voter = { id: body.voterId as BrokerId, directoryId: body.voterDirectoryId };
  raft.changeVoters({ type, voter }, (outcome) => respond(answerOf(outcome)));
}

const ANSWERS: Readonly<Record<ChangeOutcome, ChangeAnswer>> = {
  done: { errorCode: ErrorCode.NONE, errorMessage: null },
  unknown: {
    errorCode: ErrorCode.REQUEST_TIMED_OUT,
    errorMessage: 'the leadership was lost before the change was committed: it may still be',
  },
  notLeader: { errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: null },
  notReady: {
    errorCode: ErrorCode.REQUEST_TIMED_OUT,
    errorMessage: 'another change, or the beginning of the term, is not committed yet: ask again',
  },
  alreadyVoter: {
    errorCode: ErrorCode.DUPLICATE_VOTER,
    errorMessage: 'a voter has this node id; remove it first if its directory was replaced',
  },
  notVoter: {
    errorCode: ErrorCode.VOTER_NOT_FOUND,
    errorMessage: 'there is no voter with this node id and directory id',
  },
  lastVoter: {
    errorCode: ErrorCode.INVALID_REQUEST,
    errorMessage: 'the last voter cannot be removed',
  },
  unknownNode: {
    errorCode: ErrorCode.REQUEST_TIMED_OUT,
    errorMessage: 'no node with this id and directory id follows the leader: start it first',
  },
  notCaughtUp: {
    errorCode: ErrorCode.REQUEST_TIMED_OUT,
    errorMessage: 'the node did not catch up with the metadata log in time',
  },
};

function answerOf(outcome: ChangeOutcome): ChangeAnswer {
  return ANSWERS[outcome];
}
