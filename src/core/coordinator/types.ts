/**
 * The group coordinator of one `__consumer_offsets` partition: classic consumer groups (KIP-62, 345,
 * 394, 429, 559, 814) and committed offsets. Record, request and response fields carry Kafka's names
 * in camel case, so that what the codec decodes can be handed over as it is.
 *
 * What must outlive the coordinator is a fold of the partition's log ({@link OffsetsPartition}); what
 * need not (who is joining, parked requests, timers) is soft and dies with the leadership.
 */

import type { DeciderState } from '../decider/decider.js';
import type { LeaderEpoch, Offset, PartitionIndex, Stamp, Timestamp, Uuid } from '../types/ids.js';

/** Kafka's error codes; those used here are named in errors.ts. */
export type ErrorCode = number;

// ---------------------------------------------------------------------------------------- records

/** One member as logged: Kafka's GroupMetadataValue.MemberMetadata. */
export interface MemberMetadata {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Milliseconds. */
  readonly rebalanceTimeout: number;
  /** Milliseconds. */
  readonly sessionTimeout: number;
  /** The member's metadata under the group's protocol. */
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}

/** Kafka's GroupMetadataValue (v3): a completed generation. */
export interface GroupMetadataValue {
  readonly protocolType: string;
  readonly generation: number;
  /** null while the group is empty. */
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly currentStateTimestamp: Timestamp;
  /** Sorted by member id. */
  readonly members: readonly MemberMetadata[];
}

/** Kafka's OffsetCommitValue (v3). */
export interface OffsetCommitValue {
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly commitTimestamp: Timestamp;
  /** -1: by the broker's retention; else from a request of version 2 to 4 that named one. */
  readonly expireTimestamp: Timestamp;
}

/** A record of `__consumer_offsets`: key and value in one. A null value is a tombstone. */
export type OffsetsRecord =
  | {
      readonly type: 'GroupMetadata';
      readonly group: string;
      readonly value: GroupMetadataValue | null;
    }
  | {
      readonly type: 'OffsetCommit';
      readonly group: string;
      readonly topic: string;
      readonly partition: PartitionIndex;
      readonly value: OffsetCommitValue | null;
    };

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly value: OffsetCommitValue;
}

/** The fold of one `__consumer_offsets` partition. */
export interface OffsetsPartition {
  /** By group id. */
  readonly groups: Map<string, GroupMetadataValue>;
  /** By group id, then by `offsetKey`. */
  readonly offsets: Map<string, Map<string, CommittedOffset>>;
}

// --------------------------------------------------------------------------------------- requests

export interface JoinGroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** -1 in version 0: the session timeout. */
  readonly rebalanceTimeoutMs: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string;
  readonly protocols: readonly JoinGroupProtocol[];
}

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface LeaveGroupRequest {
  readonly groupId: string;
  /** Versions 0 to 2; from version 3 on `members` counts. */
  readonly memberId: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
  }[];
}

/** Topics by name; where the wire carries topic ids, the host resolves them first. */
export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** -1: the broker's. Only versions 2 to 4 carry it. */
  readonly retentionTimeMs: number;
  readonly topics: readonly {
    readonly name: string;
    readonly topicId?: Uuid;
    readonly partitions: readonly {
      readonly partitionIndex: PartitionIndex;
      readonly committedOffset: Offset;
      readonly committedLeaderEpoch: LeaderEpoch;
      readonly committedMetadata: string | null;
    }[];
  }[];
}

/** One group of an OffsetFetch: a batched request (version 8 on) becomes several inputs. */
export interface OffsetFetchRequest {
  readonly groupId: string;
  /** null: all that the group has. */
  readonly topics:
    | readonly {
        readonly name: string;
        readonly topicId?: Uuid;
        readonly partitionIndexes: readonly PartitionIndex[];
      }[]
    | null;
  /** Accepted; without transactions every committed offset is stable (KIP-447). */
  readonly requireStable: boolean;
}

/** One group of a DescribeGroups or a DeleteGroups. */
export interface NamedGroupRequest {
  readonly groupId: string;
}

export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly PartitionIndex[];
  }[];
}

// -------------------------------------------------------------------------------------- responses

export interface JoinGroupResponse {
  readonly type: 'joinGroup';
  readonly errorCode: ErrorCode;
  readonly generationId: number;
  readonly protocolType: string | null;
  /** Never null below version 7. */
  readonly protocolName: string | null;
  readonly leader: string;
  /** KIP-814: this member leads, but the generation it joined has its assignment already. */
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Uint8Array;
  }[];
}

export interface SyncGroupResponse {
  readonly type: 'syncGroup';
  readonly errorCode: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export interface HeartbeatResponse {
  readonly type: 'heartbeat';
  readonly errorCode: ErrorCode;
}

export interface LeaveGroupResponse {
  readonly type: 'leaveGroup';
  /** Below version 3 the error of the one member. */
  readonly errorCode: ErrorCode;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly errorCode: ErrorCode;
  }[];
}

export interface OffsetCommitResponse {
  readonly type: 'offsetCommit';
  readonly topics: readonly {
    readonly name: string;
    readonly topicId: Uuid;
    readonly partitions: readonly {
      readonly partitionIndex: PartitionIndex;
      readonly errorCode: ErrorCode;
    }[];
  }[];
}

export interface OffsetFetchResponse {
  readonly type: 'offsetFetch';
  readonly groupId: string;
  readonly errorCode: ErrorCode;
  readonly topics: readonly {
    readonly name: string;
    readonly topicId: Uuid;
    readonly partitions: readonly {
      readonly partitionIndex: PartitionIndex;
      /** -1: nothing committed. */
      readonly committedOffset: Offset;
      readonly committedLeaderEpoch: LeaderEpoch;
      readonly metadata: string;
      readonly errorCode: ErrorCode;
    }[];
  }[];
}

export interface DescribeGroupResponse {
  readonly type: 'describeGroup';
  readonly errorCode: ErrorCode;
  readonly groupId: string;
  /** A {@link GroupStateName}, or Dead: there is no such group. */
  readonly groupState: string;
  readonly protocolType: string;
  /** Name of the protocol of a stable group, else empty. */
  readonly protocolData: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    readonly memberMetadata: Uint8Array;
    readonly memberAssignment: Uint8Array;
  }[];
}

export interface DeleteGroupResponse {
  readonly type: 'deleteGroup';
  readonly errorCode: ErrorCode;
}

export interface OffsetDeleteResponse {
  readonly type: 'offsetDelete';
  /** Of the group; with an error nothing was looked at. */
  readonly errorCode: ErrorCode;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: PartitionIndex;
      readonly errorCode: ErrorCode;
    }[];
  }[];
}

export type GroupsResponse =
  | JoinGroupResponse
  | SyncGroupResponse
  | HeartbeatResponse
  | LeaveGroupResponse
  | OffsetCommitResponse
  | OffsetFetchResponse
  | DescribeGroupResponse
  | DeleteGroupResponse
  | OffsetDeleteResponse;

// ------------------------------------------------------------------------------- inputs, effects

/**
 * - `session` (key: member): no sign of life from the member; for a new member that waits for its
 *   first generation, the limit of that wait.
 * - `pendingMember` (key: member): a member id was handed out (KIP-394) and not used.
 * - `initialDelay` (key: group): group.initial.rebalance.delay.ms of a group that was empty.
 * - `rebalance` (key: group): the join phase has lasted for the largest rebalance timeout.
 * - `sync` (key: group): members that joined have not asked for their assignment.
 * - `store` (key: group): the assignment is not committed after offsets.commit.timeout.ms.
 * - `commit` (key: token): likewise any other answer that waits for the log.
 * - `expiry` (no key): offsets.retention.check.interval.ms are over.
 */
export type GroupsTimer =
  | 'session'
  | 'pendingMember'
  | 'initialDelay'
  | 'rebalance'
  | 'sync'
  | 'store'
  | 'commit'
  | 'expiry';

/** What comes with every input that may append or answer. */
interface Occasion {
  /** The offset that the log will give to the next record appended in this epoch. */
  readonly base: number;
  /** Wall clock; goes into record timestamps only. */
  readonly now: Timestamp;
  readonly stamp: Stamp;
}

interface RequestOccasion extends Occasion {
  /** Named by exactly one `respond`. */
  readonly token: number;
  readonly apiVersion: number;
}

export type GroupsRequest =
  | (RequestOccasion & {
      readonly type: 'joinGroup';
      readonly request: JoinGroupRequest;
      readonly clientId: string;
      readonly clientHost: string;
      /** Drawn by the host: the end of the member id, should one be given out. */
      readonly freshId: string;
    })
  | (RequestOccasion & { readonly type: 'syncGroup'; readonly request: SyncGroupRequest })
  | (RequestOccasion & { readonly type: 'heartbeat'; readonly request: HeartbeatRequest })
  | (RequestOccasion & { readonly type: 'leaveGroup'; readonly request: LeaveGroupRequest })
  | (RequestOccasion & { readonly type: 'offsetCommit'; readonly request: OffsetCommitRequest })
  | (RequestOccasion & { readonly type: 'offsetFetch'; readonly request: OffsetFetchRequest })
  | (RequestOccasion & { readonly type: 'describeGroup'; readonly request: NamedGroupRequest })
  | (RequestOccasion & { readonly type: 'deleteGroup'; readonly request: NamedGroupRequest })
  | (RequestOccasion & { readonly type: 'offsetDelete'; readonly request: OffsetDeleteRequest });

export type GroupsInput =
  /**
   * This replica leads the partition in `epoch`. It answers COORDINATOR_LOAD_IN_PROGRESS until the
   * log is committed and folded up to `loadUpTo` (exclusive): its log end when the epoch began.
   */
  | { readonly type: 'activate'; readonly epoch: LeaderEpoch; readonly loadUpTo: Offset }
  /** Leadership is gone, or an append was refused because another epoch has begun. */
  | { readonly type: 'deactivate' }
  /**
   * The records at `base`, `base + 1`, ... are committed, and everything up to `upTo` (inclusive).
   * Fed in log order; gaps (compaction, other records) are allowed between calls.
   */
  | {
      readonly type: 'committed';
      readonly base: number;
      readonly records: readonly OffsetsRecord[];
      readonly upTo: number;
    }
  /** The folded state is replaced, e.g. by the empty one before the log is read anew. */
  | { readonly type: 'restored'; readonly state: OffsetsPartition; readonly upTo: number }
  | GroupsRequest
  | (Occasion & {
      readonly type: 'timerFired';
      readonly name: GroupsTimer;
      readonly key: string;
    });

export type GroupsEffect =
  /**
   * Append these in `epoch` only and in the same turn; otherwise feed `deactivate`. Appends are the
   * last effects of their step.
   */
  | {
      readonly type: 'append';
      readonly epoch: LeaderEpoch;
      readonly base: number;
      readonly records: readonly OffsetsRecord[];
    }
  | { readonly type: 'respond'; readonly token: number; readonly response: GroupsResponse }
  /** `afterMs` comes from clients and settings, so it is a number. Replaces (`name`, `key`). */
  | {
      readonly type: 'armTimer';
      readonly name: GroupsTimer;
      readonly key: string;
      readonly afterMs: number;
    }
  | { readonly type: 'cancelTimer'; readonly name: GroupsTimer; readonly key: string };

// ------------------------------------------------------------------------------------------ state

/** What happens once the log is committed up to where the decision was made. */
export type Continuation =
  | { readonly type: 'respond'; readonly response: GroupsResponse }
  /** The leader's assignment of that generation is in the log: hand it out. */
  | { readonly type: 'assignmentStored'; readonly group: string; readonly generation: number }
  | { readonly type: 'none' };

/**
 * Legal moves (Kafka's ClassicGroupState; a group that is deleted is gone): Empty to PreparingRebalance;
 * PreparingRebalance to CompletingRebalance or Empty; CompletingRebalance to Stable or
 * PreparingRebalance; Stable to PreparingRebalance.
 */
export type GroupStateName = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** A request whose answer waits for other members. */
export interface Parked {
  readonly token: number;
  readonly apiVersion: number;
}

export interface Member {
  memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** In the member's order of preference. */
  protocols: readonly JoinGroupProtocol[];
  /** In the current generation; empty until the leader's assignment is committed. */
  assignment: Uint8Array;
  /** It has not yet completed a join phase. */
  isNew: boolean;
  join: Parked | null;
  sync: Parked | null;
}

/** The join phase of a group that was empty waits for more members (KIP-134). */
export interface InitialDelay {
  readonly delayMs: number;
  /** How much longer it may be stretched in all. */
  readonly remainingMs: number;
  /** A member came since the delay was armed. */
  memberAdded: boolean;
}

export interface Group {
  readonly groupId: string;
  state: GroupStateName;
  generation: number;
  protocolType: string | null;
  protocol: string | null;
  leader: string | null;
  /** By member id. */
  readonly members: Map<string, Member>;
  /** group.instance.id to member id. */
  readonly staticMembers: Map<string, string>;
  /** Ids handed out with MEMBER_ID_REQUIRED that have not joined yet. */
  readonly pendingMembers: Set<string>;
  /** Members of the current generation that have not asked for their assignment. */
  readonly pendingSync: Set<string>;
  initialDelay: InitialDelay | null;
  /** The leader's assignment of this generation is appended and not yet committed. */
  storing: boolean;
}

export interface Leadership {
  readonly epoch: LeaderEpoch;
  readonly loadUpTo: Offset;
}

export interface GroupsState {
  readonly decider: DeciderState<OffsetsPartition, Continuation>;
  /** Set from `activate` on; `decider.active` follows when the log is loaded. */
  leadership: Leadership | null;
  /** Soft: by group id; empty unless active. */
  readonly groups: Map<string, Group>;
  /** Armed timers as `armedTimer` writes them. */
  readonly timers: Set<string>;
}

/** Kafka's configs, in milliseconds where they are times. */
export interface GroupSettings {
  /** group.min.session.timeout.ms */
  readonly minSessionTimeoutMs: number;
  /** group.max.session.timeout.ms */
  readonly maxSessionTimeoutMs: number;
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number;
  /** group.max.size */
  readonly maxSize: number;
  /** How long a new member's JoinGroup may be parked (not configurable in Kafka: five minutes). */
  readonly newMemberJoinTimeoutMs: number;
  /** offset.metadata.max.bytes */
  readonly offsetMetadataMaxBytes: number;
  /** offsets.commit.timeout.ms */
  readonly offsetsCommitTimeoutMs: number;
  /** offsets.retention.minutes */
  readonly offsetsRetentionMs: number;
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckIntervalMs: number;
}
