/**
 * The vocabulary of the metadata log's consensus: state, messages, inputs and effects of one Raft
 * node. Ongaro's thesis ("Consensus: Bridging Theory and Practice", 2014), chapters 3, 5, 6.2, 6.4
 * and 9.6. Leader-pushed AppendEntries, pre-vote, check-quorum, no-op at term start, snapshots,
 * learners, linearizable reads by read index, membership changes by one server at a time (chapter 4),
 * leadership transfer (3.10).
 */

import type { BrokerId, LogIndex, Stamp, Term, Uuid } from '../types/ids.js';
import type { ArmTimer, CancelTimer, TimerFired } from '../types/timers.js';

/** A voter is a node and its directory: with an empty disk it is another voter (KIP-853). */
export interface Voter {
  readonly id: BrokerId;
  readonly directoryId: Uuid;
}

export interface Configuration {
  /** Sorted by id. */
  readonly voters: readonly Voter[];
}

export type EntryKind = 'noop' | 'data' | 'configuration';

/**
 * One log entry: it is appended, committed and truncated as a whole. `payload` is opaque to Raft
 * (of `data` only). It covers the offsets `base`..`index`: `index - base + 1` records.
 */
export interface Entry {
  readonly base: LogIndex;
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: EntryKind;
  readonly payload: Uint8Array;
  /** Of a `configuration` entry, and of no other. */
  readonly configuration?: Configuration;
}

/** A prefix of the log replaced by the state it leads to. `index` 0: no snapshot. */
export interface Snapshot {
  readonly index: LogIndex;
  readonly term: Term;
  readonly configuration: Configuration;
  readonly data: Uint8Array;
}

/** What must be on disk before any message that depends on it leaves (thesis, figure 3.1). */
export interface HardState {
  readonly term: Term;
  readonly votedFor: Voter | null;
}

export type Role = 'learner' | 'follower' | 'preCandidate' | 'candidate' | 'leader';

/** What a leader knows of one other node. */
export interface Progress {
  /** The directory that this speaks of: a node that comes back with another one starts anew. */
  directoryId: Uuid;
  nextIndex: LogIndex;
  matchIndex: LogIndex;
  /** Heard from since the last check-quorum timer. */
  active: boolean;
  /** Highest read round this node has answered. */
  ackedRound: number;
  /** AppendEntries sent and not answered; bounded by `maxInflight`. */
  inflight: number;
  /** `probe`: one message at a time until a match is known. `snapshot`: chunks are under way. */
  mode: 'probe' | 'replicate' | 'snapshot';
  /** Next byte of the snapshot to send in mode `snapshot`. */
  snapshotOffset: number;
}

/** A node that is brought up before it becomes a voter (thesis, 4.2.1). */
export interface CatchUp {
  readonly token: number;
  readonly voter: Voter;
  /** Rounds begun. */
  round: number;
  /** A round ends when the node holds the log up to where it ended as the round began. */
  target: LogIndex;
  /** The round has lasted for an election timeout. */
  slow: boolean;
  /** What it held, entries and bytes of a snapshot, when the timer last ran. */
  heldIndex: LogIndex;
  heldBytes: number;
}

/** A leadership that is being handed over (thesis, 3.10). */
export interface Transfer {
  readonly token: number;
  readonly to: BrokerId;
  /** `timeoutNow` has left. */
  told: boolean;
}

/** A message that waits until `persisted` reports at least `after`. */
export interface WaitingMessage {
  readonly after: number;
  readonly to: BrokerId;
  readonly message: Message;
}

export interface RaftLimits {
  /** Payload bytes in one AppendEntries (at least one entry is always sent). */
  readonly maxAppendBytes: number;
  readonly maxInflight: number;
  readonly snapshotChunkBytes: number;
}

/** The whole state of a node: plain data, see `state.ts` for clone, encode and equal. */
export interface RaftState {
  readonly self: Voter;
  readonly limits: RaftLimits;
  role: Role;
  // Durable (as handed to `persist`; durable once `persistedThrough` reaches the sequence).
  term: Term;
  votedFor: Voter | null;
  /** Entries after the snapshot, ascending. */
  entries: Entry[];
  snapshot: Snapshot;
  /** The newest appended configuration counts at once, committed or not (thesis, 4.1). */
  configuration: Configuration;
  /** Index of the entry that brought it; the snapshot's (0 without one) if none did. */
  configurationIndex: LogIndex;
  // Volatile.
  leader: BrokerId | null;
  commitIndex: LogIndex;
  /** Heard from the current leader within the minimum election timeout (thesis, 4.2.3 and 9.6). */
  leaderHeard: boolean;
  votesGranted: Set<BrokerId>;
  votesRefused: Set<BrokerId>;
  /** Leader only: the other voters and the learners. */
  progress: Map<BrokerId, Progress>;
  learners: Set<BrokerId>;
  /** Leader only: index of its no-op; reads and commits wait for it. */
  termStartIndex: LogIndex;
  readRound: number;
  pendingReads: PendingRead[];
  /** Leader only. */
  catchUp: CatchUp | null;
  /** Leader only; nothing is proposed meanwhile. */
  transfer: Transfer | null;
  /** Sequence of the newest `persist` effect, and of the newest reported durable. */
  persistSequence: number;
  persistedThrough: number;
  /** Last log index that is durable here: what the leader may count for itself. */
  durableIndex: LogIndex;
  /** (sequence, last index) of `persist` effects that are not durable yet, ascending. */
  unpersisted: { sequence: number; lastIndex: LogIndex }[];
  waiting: WaitingMessage[];
  /** A snapshot that is being received: bytes so far. */
  incoming: { index: LogIndex; term: Term; chunks: Uint8Array[]; length: number } | null;
}

export interface PendingRead {
  readonly token: number;
  readonly index: LogIndex;
  readonly round: number;
}

export type Message =
  | PreVoteRequest
  | PreVoteReply
  | VoteRequest
  | VoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | LearnerHello
  | LeaderHint
  | TimeoutNow;

/** Thesis 9.6: would you vote for me in `term` (mine plus one)? Changes nothing at the receiver. */
export interface PreVoteRequest {
  readonly type: 'preVoteRequest';
  readonly term: Term;
  readonly candidate: Voter;
  /** Whom the candidate takes the receiver for: with another directory it is another (KIP-853). */
  readonly voter: Voter;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}
export interface PreVoteReply {
  readonly type: 'preVoteReply';
  /** The receiver's term. */
  readonly term: Term;
  /** The term that was asked about. */
  readonly askedTerm: Term;
  readonly granted: boolean;
}
/** Figure 3.1, RequestVote. */
export interface VoteRequest {
  readonly type: 'voteRequest';
  readonly term: Term;
  readonly candidate: Voter;
  /** Whom the candidate takes the receiver for: with another directory it is another (KIP-853). */
  readonly voter: Voter;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** The leader itself asked for this election (3.10): who hears it need not hold back (4.2.3). */
  readonly transfer: boolean;
}
export interface VoteReply {
  readonly type: 'voteReply';
  readonly term: Term;
  readonly granted: boolean;
}
/** Figure 3.1, AppendEntries. */
export interface AppendEntries {
  readonly type: 'appendEntries';
  readonly term: Term;
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  /** Read round (thesis, 6.4): echoed in the reply. */
  readonly round: number;
}
export interface AppendEntriesReply {
  readonly type: 'appendEntriesReply';
  readonly term: Term;
  readonly success: boolean;
  /**
   * On success the last index known to match (and durable there). On refusal the last index before
   * the conflicting term, or the follower's last index if its log is too short: go back to there.
   */
  readonly matchIndex: LogIndex;
  /** On refusal: the follower's term at its conflicting entry (0: log too short). */
  readonly conflictTerm: Term;
  readonly round: number;
}
/** Figure 5.3, InstallSnapshot, in chunks. */
export interface InstallSnapshot {
  readonly type: 'installSnapshot';
  readonly term: Term;
  readonly index: LogIndex;
  readonly snapshotTerm: Term;
  readonly configuration: Configuration;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly done: boolean;
}
export interface InstallSnapshotReply {
  readonly type: 'installSnapshotReply';
  readonly term: Term;
  readonly index: LogIndex;
  /** Bytes held: the offset that is wanted next. */
  readonly received: number;
  readonly done: boolean;
}
/** A node that is no voter says that it is there, so that a leader starts to push to it. */
export interface LearnerHello {
  readonly type: 'learnerHello';
  readonly term: Term;
}
/** The answer of a node that does not lead to `learnerHello`: the voters that the learner knows may be gone. */
export interface LeaderHint {
  readonly type: 'leaderHint';
  readonly term: Term;
  readonly leader: BrokerId;
}
/** Thesis 3.10: the leader of `term` asks a follower that holds its whole log to stand for election at once. */
export interface TimeoutNow {
  readonly type: 'timeoutNow';
  readonly term: Term;
}

export type TimerName =
  /** Follower, candidate: start an election. Jittered. */
  | 'election'
  /** Follower: the leader has been silent for the minimum election timeout. No jitter. */
  | 'leaderSilence'
  /** Leader: send heartbeats. */
  | 'heartbeat'
  /** Leader: step down unless a quorum was heard from (thesis, 6.2). */
  | 'checkQuorum'
  /** No voter: say hello again while no leader is known. */
  | 'hello'
  /** Leader: a round of catching up has lasted for an election timeout. */
  | 'catchUp'
  /** Leader: who was to take over has not. */
  | 'transfer';

/** Durations that the host resolves. `election` is drawn from [minimum, 2 x minimum]. */
export type TimerAfter = 'electionTimeout' | 'minimumElectionTimeout' | 'heartbeatInterval';

export type RaftInput =
  /** First input after construction: arms timers. */
  | { readonly type: 'start'; readonly stamp: Stamp }
  | {
      readonly type: 'message';
      readonly from: BrokerId;
      /**
       * The sender's directory, as its connection introduced itself: votes and acknowledgements
       * count for the voter (id, directory) only (KIP-853).
       */
      readonly fromDirectory: Uuid;
      readonly message: Message;
      readonly stamp: Stamp;
    }
  | TimerFired<TimerName>
  /** All `persist` effects up to and including `sequence` are synced to disk. */
  | { readonly type: 'persisted'; readonly sequence: number; readonly stamp: Stamp }
  /**
   * Append `payload` (`count` records) if this node leads in `term`. Answered by the effect
   * `proposalAccepted` or `proposalRefused`, in the same step.
   */
  | {
      readonly type: 'propose';
      readonly token: number;
      readonly term: Term;
      readonly payload: Uint8Array;
      readonly count: number;
      readonly stamp: Stamp;
    }
  | { readonly type: 'readIndex'; readonly token: number; readonly stamp: Stamp }
  /**
   * Add or remove one voter, if this node leads in `term` (thesis, 4.1). Answered by `changeAccepted` once
   * the new configuration is appended, for an addition after it has caught up; or by `changeRefused`.
   */
  | {
      readonly type: 'changeVoters';
      readonly token: number;
      readonly term: Term;
      readonly change: VoterChange;
      readonly stamp: Stamp;
    }
  /** Hand the leadership to `to` (null: who is furthest). Answered by `transferEnded`. */
  | {
      readonly type: 'transferLeadership';
      readonly token: number;
      readonly to: BrokerId | null;
      readonly stamp: Stamp;
    }
  /** The host's state machine wrote a snapshot of everything applied up to `index`. */
  | {
      readonly type: 'snapshotTaken';
      readonly index: LogIndex;
      readonly data: Uint8Array;
      readonly stamp: Stamp;
    }
  /** The connection to `peer` broke: only a hint to probe again (may shorten a suspicion). */
  | { readonly type: 'connectionLost'; readonly peer: BrokerId; readonly stamp: Stamp };

export interface VoterChange {
  readonly type: 'add' | 'remove';
  readonly voter: Voter;
}

/** Why the voters stay as they are. */
export type ChangeRefusal =
  /** This node does not lead, or no longer: ask the leader. */
  | 'notLeader'
  /** Nothing of this leader's term is committed yet, or another change is not done: ask again. */
  | 'notReady'
  /** The node id is a voter's already. */
  | 'alreadyVoter'
  /** There is no such voter. */
  | 'notVoter'
  /** The last voter stays. */
  | 'lastVoter'
  /** No such node, with this directory, follows the leader. */
  | 'unknownNode'
  /** It did not get close to the end of the log, or fell silent. */
  | 'notCaughtUp';

export type RaftEffect =
  /**
   * Write in this order: store `hardState` (a crash may leave a term without its entries; entries of a
   * term that the node does not know of would be another matter), truncate the log from `truncateFrom`
   * on, append `entries`, store `snapshot` (and drop the log up to its index); sync; then feed
   * `persisted(sequence)`. Effects of one node are persisted in sequence order. Nothing that
   * depends on this has been sent yet: the machine holds those messages back itself.
   */
  | {
      readonly type: 'persist';
      readonly sequence: number;
      readonly hardState: HardState | null;
      readonly truncateFrom: LogIndex | null;
      readonly entries: readonly Entry[];
      /** `installed`: the state machine is to be replaced by it (a following effect says so). */
      readonly snapshot: Snapshot | null;
    }
  | { readonly type: 'send'; readonly to: BrokerId; readonly message: Message }
  /** These entries are committed: apply them, in order, each exactly once per incarnation. */
  | { readonly type: 'committed'; readonly entries: readonly Entry[] }
  /** Replace the state machine by this snapshot; `committed` goes on behind it. */
  | { readonly type: 'restore'; readonly snapshot: Snapshot }
  | {
      readonly type: 'roleChanged';
      readonly role: Role;
      readonly term: Term;
      readonly leader: BrokerId | null;
    }
  | {
      readonly type: 'proposalAccepted';
      readonly token: number;
      readonly index: LogIndex;
      readonly term: Term;
    }
  | { readonly type: 'proposalRefused'; readonly token: number; readonly leader: BrokerId | null }
  /** Once everything up to `index` is applied, a read of the state machine is linearizable. */
  | { readonly type: 'readReady'; readonly token: number; readonly index: LogIndex }
  | { readonly type: 'readRefused'; readonly token: number; readonly leader: BrokerId | null }
  /** The configuration stands at `index`; it is in force for good once that is committed. */
  | {
      readonly type: 'changeAccepted';
      readonly token: number;
      readonly index: LogIndex;
      readonly term: Term;
    }
  | { readonly type: 'changeRefused'; readonly token: number; readonly reason: ChangeRefusal }
  /** `left`: this node does not lead any more; else it leads on, and takes proposals again. */
  | { readonly type: 'transferEnded'; readonly token: number; readonly left: boolean }
  | ArmTimer<TimerName, TimerAfter>
  | CancelTimer<TimerName>;

/** What a node finds on its disk when it starts. */
export interface RaftStart {
  readonly self: Voter;
  readonly limits: RaftLimits;
  /** The voters fixed when the cluster was formatted; a snapshot or entry may hold newer ones. */
  readonly bootstrap: Configuration;
  readonly hardState: HardState;
  readonly snapshot: Snapshot;
  readonly entries: readonly Entry[];
}
