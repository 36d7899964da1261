/** One broker of an explored world: its process, its disk and the replica that it hosts. */

import type {
  BatchFacts,
  EpochEntry,
  PartitionEffect,
  PartitionState,
} from '../../core/partition/types.js';
import type { ReplicaView } from '../../core/properties/partition/property.js';
import { assert } from '../../core/types/assert.js';
import type { BrokerEpoch, BrokerId, Offset } from '../../core/types/ids.js';
import { cutLog, endOfLog } from './log.js';
import type { AlterPacket } from './packets.js';

/** What survives the end of the process, but for a tail of the log where the power fails. */
export interface Disk {
  readonly log: readonly BatchFacts[];
  readonly logStart: Offset;
  /** leader-epoch-checkpoint. */
  readonly epochs: readonly EpochEntry[];
  /** replication-offset-checkpoint, as the end of the process left it; 0 while a replica runs. */
  readonly highWatermark: Offset;
}

export interface ExploredBroker {
  readonly id: BrokerId;
  /** Of this life; of the last one while it is down. */
  readonly epoch: BrokerEpoch;
  readonly isUp: boolean;
  /** The clean-shutdown file of the last life is there (KIP-966). */
  readonly isClean: boolean;
  /** null: down, not opened yet, or no replica here. */
  readonly replica: PartitionState | null;
  readonly disk: Disk;
  /** A fetch is under way that its process waits for; no other is sent meanwhile. */
  readonly isFetching: boolean;
  /** The AlterPartition that its process waits for; it sends no other meanwhile. */
  readonly altering: AlterPacket | null;
  /** The newest one that it is to send once that is over. */
  readonly queued: AlterPacket | null;
  /** Armed, one bit each: `RETRY`, or the id of the follower whose lag is measured. */
  readonly timers: number;
}

/** The bit of `alterPartitionRetry`; no broker has this id. */
export const RETRY = 0;

export function emptyDisk(): Disk {
  return { log: [], logStart: 0 as Offset, epochs: [], highWatermark: 0 as Offset };
}

/** What properties see of it. */
export function viewOf({ id, replica, disk }: ExploredBroker): ReplicaView {
  const end = endOfLog(disk.log, disk.logStart);
  return {
    id,
    log: disk.log,
    logStartOffset: disk.logStart,
    logEndOffset: replica?.logEndOffset ?? end,
    state: replica,
  };
}

/**
 * The process has ended: of its log `kept` batches are there. `highWatermark`: as it was stored last.
 * `isClean`: it had time to say so.
 */
export function ended(
  broker: ExploredBroker,
  kept: number,
  highWatermark: Offset,
  isClean: boolean,
): ExploredBroker {
  const { disk } = broker;
  assert(kept <= disk.log.length, 'a log does not grow as its process ends');
  const end = endOfLog(disk.log.slice(0, kept), disk.logStart);
  return {
    ...broker,
    isUp: false,
    isClean,
    replica: null,
    disk: { ...disk, log: cutLog(disk.log, end), highWatermark },
    ...IDLE,
  };
}

/** What a process waits for that has just begun, or ended: nothing. */
export const IDLE: Pick<ExploredBroker, 'isFetching' | 'altering' | 'queued' | 'timers'> = {
  isFetching: false,
  altering: null,
  queued: null,
  timers: 0,
};

/** The timers as they are after the effects of a step. */
export function timersAfter(before: number, effects: readonly PartitionEffect[]): number {
  let timers = before;
  for (const effect of effects) {
    if (effect.type === 'armTimer' || effect.type === 'cancelTimer') {
      const bit = 1 << (effect.name === 'alterPartitionRetry' ? RETRY : Number(effect.key));
      timers = effect.type === 'armTimer' ? timers | bit : timers & ~bit;
    }
  }
  return timers;
}
