/** Rules of reading from followers (KIP-392): who may be read from, and whom a leader names. */

import type { BrokerId, Offset } from '../types/ids.js';

/** A replica that a consumer might read from, as the leader knows it. */
export interface ReadReplica {
  readonly id: BrokerId;
  /** null: it has none. */
  readonly rack: string | null;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly inIsr: boolean;
  readonly fenced: boolean;
}

export interface ReadQuestion {
  /** Not empty. */
  readonly clientRack: string;
  readonly fetchOffset: Offset;
  readonly leader: BrokerId;
  /** The leader among them. */
  readonly replicas: readonly ReadReplica[];
}

/**
 * KIP-392's rack-aware selection: the leader where it is in the client's rack, else the replica there that
 * has most; the leader where there is none. Out of sync (KAFKA-14372) or fenced, or without the position
 * in its log, a replica is not offered.
 */
export function preferredReadReplica(question: ReadQuestion): BrokerId {
  const { clientRack, fetchOffset, leader, replicas } = question;
  const near = replicas.filter(({ rack }) => rack === clientRack);
  if (near.some(({ id }) => id === leader)) {
    return leader;
  }
  let best: ReadReplica | null = null;
  for (const replica of near) {
    const holds = replica.logStartOffset <= fetchOffset && fetchOffset <= replica.logEndOffset;
    if (!holds || !replica.inIsr || replica.fenced) {
      continue;
    }
    const more = replica.logEndOffset - (best?.logEndOffset ?? -1);
    if (more > 0 || (more === 0 && replica.id > best!.id)) {
      best = replica;
    }
  }
  return best?.id ?? leader;
}

/**
 * HW-READ: consumers read below the high watermark, of a follower too, which knows it a little later. A
 * position between that and the log end waits.
 */
export function readableByConsumers(highWatermark: Offset, _logEndOffset: Offset): Offset {
  return highWatermark;
}
