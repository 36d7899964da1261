/**
 * Moments to which a deed can be tied. Each names a point inside a step of a broker: `before` its effects
 * leave, or `after` they left (the vote is on its way, the append is in the page cache).
 */

export const TRIGGER_EVENTS = [
  // Raft
  'raft.vote-granted',
  'raft.vote-requested',
  'raft.vote-persisting',
  'raft.elected',
  'raft.deposed',
  'raft.append-persisting',
  'raft.append-acknowledged',
  'raft.appended-as-leader',
  'raft.committed-as-leader',
  'raft.log-truncated',
  'raft.snapshot-taken',
  'raft.snapshot-installing',
  'raft.read-asked',
  // Controller
  'controller.activated',
  'controller.alter-partition-decided',
  'controller.alter-partition-answering',
  'controller.leader-elected',
  'controller.broker-registered',
  'controller.broker-fenced',
  'controller.producer-ids-decided',
  'controller.topic-created',
  'controller.topic-deleted',
  // Partition
  'partition.leading',
  'partition.following',
  'partition.appended-as-leader',
  'partition.appended-as-follower',
  'partition.fetched-by-follower',
  'partition.high-watermark-advanced',
  'partition.acknowledging',
  'partition.acknowledged',
  'partition.isr-shrinking',
  'partition.isr-expanding',
  'partition.isr-shrunk-to-one',
  'partition.truncating',
  'partition.truncated',
  'partition.diverging-answered',
  'partition.reset',
  // Node
  'node.started',
  'node.registered',
  'node.serving',
  'node.crashed',
] as const;

export type TriggerEvent = (typeof TRIGGER_EVENTS)[number];

/** One occurrence. Nodes are indexes of brokers. */
export interface Occurrence {
  readonly event: TriggerEvent;
  readonly node: number;
  /** The other node concerned: the candidate, the follower, the new leader; null where there is none. */
  readonly peer: number | null;
}
