/**
 * Moments to which a deed can be tied. `-ing` names end in a moment before something left or was
 * written: a node that ends there never said or wrote it. All others are told after the effects of the
 * step were handed to disk, network and timers: a frame is on its way, appended bytes are in the page
 * cache, a sync has only begun. The comment says who the peer is, where there is one.
 */

export const TRIGGER_EVENTS = [
  // Raft: elections.
  /** An election timer ran out; the pre-votes were asked for. */
  'raft.pre-vote-asked',
  /** A refusal of a pre-vote left. Peer: who asked. */
  'raft.pre-vote-refused',
  /** The candidate's vote for itself is durable, its requests have not left. */
  'raft.vote-requesting',
  'raft.vote-requested',
  /** A vote for another is decided and not on disk. Peer: the candidate. */
  'raft.vote-persisting',
  /** The vote is durable, the reply has not left. Peer: the candidate. */
  'raft.vote-granting',
  /** The granted vote is durable and on its way. Peer: the candidate. */
  'raft.vote-granted',
  /** A vote was refused. Peer: the candidate. */
  'raft.vote-refused',
  /** It leads: its no-op is being written and sent. */
  'raft.elected',
  /** It leads no longer. Peer: the new leader, if it is known. */
  'raft.deposed',
  /** It stepped down because no majority answered. */
  'raft.quorum-lost',
  // Raft: the log.
  /** The leader's own entries are on their way neither to its disk nor to anybody. */
  'raft.appending-as-leader',
  /** The leader's own entries are on their way to its disk and to the others, and not synced. */
  'raft.appended-as-leader',
  /** The leader's own entries are durable. */
  'raft.persisted-as-leader',
  /** Entries came and are not on their way to the disk yet. Peer: the leader. */
  'raft.append-persisting',
  /** Entries are in the page cache, their sync has begun. Peer: the leader. */
  'raft.append-written',
  /** Entries are durable, the acknowledgement has not left. Peer: the leader. */
  'raft.append-acknowledging',
  'raft.append-acknowledged',
  /** The leader knows an entry to be committed and has told nobody. */
  'raft.committing-as-leader',
  'raft.committed-as-leader',
  /** A conflicting suffix is about to be cut. Peer: the leader. */
  'raft.log-truncating',
  'raft.log-truncated',
  /** A follower's log did not match. Peer: the leader. */
  'raft.append-refused',
  // Raft: snapshots and reads.
  'raft.snapshot-taken',
  /** The first part of a snapshot left. Peer: the receiver. */
  'raft.snapshot-sent',
  /** A whole snapshot was received and is not on its way to the disk yet. Peer: the leader. */
  'raft.snapshot-installing',
  'raft.snapshot-installed',
  'raft.read-asked',
  /** A read is about to be answered. */
  'raft.read-answering',
  'raft.read-refused',

  // Controller. Nothing that it decides has left when it is told.
  'controller.activated',
  'controller.deactivated',
  /** Peer: the leader that asked. */
  'controller.alter-partition-decided',
  'controller.alter-partition-refused',
  /** The change is committed, its answer has not left. Peer: the leader that asked. */
  'controller.alter-partition-answering',
  /** Peer: the new leader. */
  'controller.leader-elected',
  'controller.unclean-elected',
  /** A replica that is out of the ISR and eligible leads. Peer: the new leader. */
  'controller.elr-elected',
  /** Replicas left the ISR and stay eligible. */
  'controller.elr-kept',
  /** A partition has no leader any more. */
  'controller.leaderless',
  /** Peer: the broker. */
  'controller.broker-registered',
  'controller.broker-fenced',
  'controller.broker-unfenced',
  'controller.shutdown-begun',
  /** Peer: the broker that gets them. */
  'controller.producer-ids-decided',
  /** A partition is to move to other brokers; it has moved, or the move was given up. */
  'controller.move-begun',
  'controller.move-ended',
  'controller.topic-created',
  'controller.topic-deleted',

  // Partition.
  'partition.leading',
  /** Peer: the leader. */
  'partition.following',
  /** A client's batch is in the leader's page cache; nobody else has it. */
  'partition.appended-as-leader',
  /** Peer: the leader. */
  'partition.appended-as-follower',
  /** A follower's fetch was taken note of; its answer has not left. Peer: the follower. */
  'partition.fetched-by-follower',
  /** On the leader. */
  'partition.high-watermark-advanced',
  /** A follower learnt a newer high watermark. Peer: the leader. */
  'partition.high-watermark-told',
  /** acks=all is satisfied, the client does not know. */
  'partition.acknowledging',
  'partition.acknowledged',
  /** A batch was refused because the ISR is too small. */
  'partition.refused-below-min-isr',
  /** The change is proposed, the request has not left. Peer: a follower that leaves. */
  'partition.isr-shrinking',
  /** The change is proposed, the request has not left. Peer: the follower that joins. */
  'partition.isr-expanding',
  /** The answer to a change came to the leader, which has not acted on it. */
  'partition.isr-answered',
  /** The leader is alone in its ISR. */
  'partition.isr-shrunk-to-one',
  /** A follower's log is about to be cut. Peer: the leader. */
  'partition.truncating',
  'partition.truncated',
  /** The leader told a follower where their logs part; the answer has not left. Peer: the follower. */
  'partition.diverging-answered',
  /** A follower's log is begun anew at the leader's log start. Peer: the leader. */
  'partition.reset',
  'partition.log-start-moved',

  // Log. (Free faults are not drawn for these: generate/keyed.ts ties deeds to them.)
  /** A pass of the cleaner begins. */
  'log.cleaning',
  /** What a pass has written takes the place of older segments from now on. */
  'log.swap-begun',
  /** An older segment is gone, for a new one or for good. */
  'log.segment-deleted',
  /** The new segment has its name; its indexes have not. */
  'log.swap-named',
  'log.cleaned',

  // Group coordinator. (Free faults are not drawn for these: generate/groups.ts ties deeds to them.)
  /** It has read its log and takes up work, with members in it. */
  'group.loaded',
  /** A join phase has ended; nobody was told. */
  'group.join-completing',
  /** The members were told the generation, the leader has not shared the partitions out. */
  'group.join-completed',
  /** The leader's assignment is in the log of the coordinator, and nobody else has it. */
  'group.assignment-appended',
  /** The assignment is committed; nobody was told. */
  'group.assignment-answering',
  /** A commit is in the log of the coordinator, and nobody else has it. */
  'group.commit-appended',
  /** A commit is committed, its member was not told. */
  'group.commit-answering',
  /** A commit was refused, for its member is none any more, or of an older generation. */
  'group.commit-fenced',
  /** A static member is back under a new id, which is in the log of the coordinator and nowhere else. */
  'group.static-id-appended',
  /** No sign of life from a member: it is out. */
  'group.session-expired',
  /** An empty group is deleted: that is in the log of the coordinator, and nobody else has it. */
  'group.deletion-appended',
  /** Offsets that nobody will ask for are deleted: that is in the log of the coordinator, and nobody else has it. */
  'group.expiry-appended',

  // Node.
  'node.started',
  /** The controller's answer came: it has a broker epoch. */
  'node.registered',
  /** By its own image it is not fenced any more: it begins to serve. */
  'node.serving',
  'node.crashed',
] as const;

/** Those that free faults are tied to. */
export const FREE_EVENTS: readonly TriggerEvent[] = TRIGGER_EVENTS.filter(
  (event) => !event.startsWith('log.') && !event.startsWith('group.'),
);

export type TriggerEvent = (typeof TRIGGER_EVENTS)[number];

/** One occurrence. Nodes are indexes of brokers. */
export interface Occurrence {
  readonly event: TriggerEvent;
  readonly node: number;
  /** The other node concerned; null where there is none. */
  readonly peer: number | null;
}
