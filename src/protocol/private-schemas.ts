/**
 * Messages that only this project's programs exchange: its nodes, on the Raft listener and between brokers,
 * and its client with brokers. Their keys start at 10000, far from Kafka's, and are never advertised.
 */
import type {
  AppendEntriesReply,
  Configuration,
  InstallSnapshot,
  InstallSnapshotReply,
  LeaderHint,
  LearnerHello,
  PreVoteReply,
  PreVoteRequest,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from '../core/raft/types.js';
import type {
  BrokerId,
  LeaderEpoch,
  LogIndex,
  PartitionIndex,
  Term,
  Uuid,
} from '../core/types/ids.js';
import type { FieldSchema, MessageSchema } from './schema.js';

/** First frame of a connection between nodes: who calls, from which directory, and what for. */
export interface HelloRequest {
  readonly clusterId: string;
  readonly nodeId: BrokerId;
  readonly directoryId: Uuid;
  /** Where the caller itself listens to other nodes. */
  readonly host: string;
  readonly port: number;
  /** What the connection carries, e.g. `raft`. */
  readonly purpose: string;
}

export interface HelloResponse {
  /** INCONSISTENT_CLUSTER_ID, INVALID_REQUEST, ... or NONE. */
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export const helloRequest: MessageSchema<HelloRequest> = {
  name: 'HelloRequest',
  key: 10_000,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'clusterId', type: 'string' },
    { name: 'nodeId', type: 'int32' },
    { name: 'directoryId', type: 'uuid' },
    { name: 'host', type: 'string' },
    { name: 'port', type: 'uint16' },
    { name: 'purpose', type: 'string' },
  ],
};

export const helloResponse: MessageSchema<HelloResponse> = {
  name: 'HelloResponse',
  key: 10_000,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 0], default: null },
  ],
};

/** A linearizable read of the metadata of one topic (thesis, 6.4). */
export interface ReadTopicRequest {
  readonly name: string;
  /** Milliseconds to wait for a controller that answers. */
  readonly timeoutMs: number;
}

export interface ReadTopicResponse {
  readonly errorCode: number;
  /** Null: there is no topic of that name, or an error came. */
  readonly topic: {
    readonly topicId: Uuid;
    readonly partitions: number;
    /** Those that are set on the topic itself. */
    readonly configs: readonly { readonly name: string; readonly value: string }[];
  } | null;
}

export const readTopicRequest: MessageSchema<ReadTopicRequest> = {
  name: 'ReadTopicRequest',
  key: 10_002,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'name', type: 'string' },
    { name: 'timeoutMs', type: 'int32' },
  ],
};

export const readTopicResponse: MessageSchema<ReadTopicResponse> = {
  name: 'ReadTopicResponse',
  key: 10_002,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'errorCode', type: 'int16' },
    {
      name: 'topic',
      nullable: [0, 0],
      default: null,
      type: {
        fields: [
          { name: 'topicId', type: 'uuid' },
          { name: 'partitions', type: 'int32' },
          {
            name: 'configs',
            array: true,
            type: {
              fields: [
                { name: 'name', type: 'string' },
                { name: 'value', type: 'string' },
              ],
            },
          },
        ],
      },
    },
  ],
};

/** A leader asks one of its in-sync replicas whether that knows a newer leader. */
export interface ConfirmLeaderRequest {
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  /** Of the one who asks. */
  readonly leaderEpoch: LeaderEpoch;
}

export interface ConfirmLeaderResponse {
  /** NONE, FENCED_LEADER_EPOCH, or UNKNOWN_TOPIC_ID where there is no such replica. */
  readonly errorCode: number;
}

export const confirmLeaderRequest: MessageSchema<ConfirmLeaderRequest> = {
  name: 'ConfirmLeaderRequest',
  key: 10_003,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'topicId', type: 'uuid' },
    { name: 'partition', type: 'int32' },
    { name: 'leaderEpoch', type: 'int32' },
  ],
};

export const confirmLeaderResponse: MessageSchema<ConfirmLeaderResponse> = {
  name: 'ConfirmLeaderResponse',
  key: 10_003,
  versions: [0, 0],
  flexible: 0,
  fields: [{ name: 'errorCode', type: 'int16' }],
};

/** A log entry; `kind` is 0 noop, 1 data, 2 configuration. */
export interface RaftMessageEntry {
  readonly base: LogIndex;
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: number;
  readonly payload: Uint8Array;
  /** Of kind 2 only. */
  readonly configuration: Configuration | null;
}

export interface RaftMessageAppendEntries {
  readonly term: Term;
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly entries: readonly RaftMessageEntry[];
  readonly commitIndex: LogIndex;
  readonly round: number;
}

type Fields<Message> = Omit<Message, 'type'>;

/** Where the leader listens to other nodes, as far as the one who names it knows. */
export interface HintedAddress {
  readonly host: string;
  readonly port: number;
}

/** Exactly one is not null. Named and shaped as the variants of core/raft/types.ts `Message`. */
export interface RaftMessage {
  readonly preVoteRequest: Fields<PreVoteRequest> | null;
  readonly preVoteReply: Fields<PreVoteReply> | null;
  readonly voteRequest: Fields<VoteRequest> | null;
  readonly voteReply: Fields<VoteReply> | null;
  readonly appendEntries: RaftMessageAppendEntries | null;
  readonly appendEntriesReply: Fields<AppendEntriesReply> | null;
  readonly installSnapshot: Fields<InstallSnapshot> | null;
  readonly installSnapshotReply: Fields<InstallSnapshotReply> | null;
  readonly learnerHello: Fields<LearnerHello> | null;
  readonly leaderHint: (Fields<LeaderHint> & HintedAddress) | null;
  readonly timeoutNow: Fields<TimeoutNow> | null;
}

const TERM: FieldSchema = { name: 'term', type: 'int64' };
const ROUND: FieldSchema = { name: 'round', type: 'int64' };
const VOTER: readonly FieldSchema[] = [
  { name: 'id', type: 'int32' },
  { name: 'directoryId', type: 'uuid' },
];
const BALLOT: readonly FieldSchema[] = [
  TERM,
  { name: 'candidate', type: { fields: VOTER } },
  { name: 'voter', type: { fields: VOTER } },
  { name: 'lastIndex', type: 'int64' },
  { name: 'lastTerm', type: 'int64' },
];
const VOTERS: FieldSchema['type'] = {
  fields: [{ name: 'voters', array: true, type: { fields: VOTER } }],
};

function variant(name: keyof RaftMessage, fields: readonly FieldSchema[]): FieldSchema {
  return { name, nullable: [0, 0], default: null, type: { fields } };
}

/** A one-way frame: no response follows. */
export const raftMessage: MessageSchema<RaftMessage> = {
  name: 'RaftMessage',
  key: 10_001,
  versions: [0, 0],
  flexible: 0,
  fields: [
    variant('preVoteRequest', BALLOT),
    variant('preVoteReply', [
      TERM,
      { name: 'askedTerm', type: 'int64' },
      { name: 'granted', type: 'bool' },
    ]),
    variant('voteRequest', [...BALLOT, { name: 'transfer', type: 'bool' }]),
    variant('voteReply', [TERM, { name: 'granted', type: 'bool' }]),
    variant('appendEntries', [
      TERM,
      { name: 'prevIndex', type: 'int64' },
      { name: 'prevTerm', type: 'int64' },
      {
        name: 'entries',
        array: true,
        type: {
          fields: [
            { name: 'base', type: 'int64' },
            { name: 'index', type: 'int64' },
            TERM,
            { name: 'kind', type: 'int8' },
            // `records`, so that payloads are sent from where they are.
            { name: 'payload', type: 'records' },
            { name: 'configuration', nullable: [0, 0], default: null, type: VOTERS },
          ],
        },
      },
      { name: 'commitIndex', type: 'int64' },
      ROUND,
    ]),
    variant('appendEntriesReply', [
      TERM,
      { name: 'success', type: 'bool' },
      { name: 'matchIndex', type: 'int64' },
      { name: 'conflictTerm', type: 'int64' },
      ROUND,
    ]),
    variant('installSnapshot', [
      TERM,
      { name: 'index', type: 'int64' },
      { name: 'snapshotTerm', type: 'int64' },
      { name: 'configuration', type: VOTERS },
      { name: 'offset', type: 'int64' },
      { name: 'data', type: 'records' },
      { name: 'done', type: 'bool' },
    ]),
    variant('installSnapshotReply', [
      TERM,
      { name: 'index', type: 'int64' },
      { name: 'received', type: 'int64' },
      { name: 'done', type: 'bool' },
    ]),
    variant('learnerHello', [TERM]),
    variant('leaderHint', [
      TERM,
      { name: 'leader', type: 'int32' },
      { name: 'host', type: 'string' },
      { name: 'port', type: 'uint16' },
    ]),
    variant('timeoutNow', [TERM]),
  ],
};
