/** One host of the closed world: a disk, a process that may be down, and the machine in it. */

import { encodePartition } from '../src/core/partition/encoding.js';
import { stepPartition } from '../src/core/partition/machine.js';
import type { PartitionRules } from '../src/core/partition/rules.js';
import { clonePartition, equalPartitions, startPartition } from '../src/core/partition/state.js';
import type {
  BatchFacts,
  EpochEntry,
  PartitionEffect,
  PartitionInput,
  PartitionState,
  ProducerEntry,
} from '../src/core/partition/types.js';
import type { ReplicaView } from '../src/core/properties/partition/property.js';
import {
  type BrokerEpoch,
  type BrokerId,
  type Offset,
  type PartitionIndex,
  type ProducerId,
  ZERO_UUID,
} from '../src/core/types/ids.js';
import { cutLog, deletedBelow, endOfLog, producersIn } from '../src/explorer/partition/log.js';

export class ModelNode {
  readonly id: BrokerId;
  state: PartitionState | null = null;
  incarnation: number = 0;
  brokerEpoch: BrokerEpoch;
  /** Index of the newest metadata that it has been told. */
  version: number = 0;
  // The disk.
  log: BatchFacts[] = [];
  /** Batches that retention deleted: a producer snapshot would still tell of them. */
  deleted: BatchFacts[] = [];
  logStart: number = 0;
  /** First offset not in the page cache, and not on disk. */
  written: number = 0;
  synced: number = 0;
  highWatermarkCheckpoint: number = 0;
  epochs: readonly EpochEntry[] = [];
  // The process.
  /** Correlation of the fetch that is under way. */
  fetching: number | null = null;
  timers: Set<string> = new Set();

  constructor(id: number, brokerEpoch: BrokerEpoch) {
    this.id = id as BrokerId;
    this.brokerEpoch = brokerEpoch;
  }

  view(): ReplicaView {
    return {
      id: this.id,
      log: this.log,
      logStartOffset: this.logStart as Offset,
      logEndOffset: this.written as Offset,
      state: this.state,
    };
  }

  get end(): number {
    return endOfLog(this.log, this.logStart);
  }

  /** Recovery: what the disk says. */
  start(minInsyncReplicas: number): PartitionState {
    this.incarnation++;
    this.state = startPartition({
      self: this.id,
      topicId: ZERO_UUID,
      partition: 0 as PartitionIndex,
      config: { minInsyncReplicas },
      logStartOffset: this.logStart as Offset,
      logEndOffset: this.end as Offset,
      highWatermark: this.highWatermarkCheckpoint as Offset,
      epochs: this.epochs,
      producers: this.producers(),
    });
    return this.state;
  }

  /** The process is gone. What was not in the page cache is too; `keep`: how far the log survives. */
  crash(keep: number): void {
    this.state = null;
    this.fetching = null;
    this.timers.clear();
    this.cut(Math.min(keep, this.written));
    this.synced = Math.min(this.synced, this.end);
  }

  producers(): Map<ProducerId, ProducerEntry> {
    return producersIn([...this.deleted, ...this.log]);
  }

  cut(end: number): void {
    this.log = cutLog(this.log, end);
    this.written = Math.min(this.written, this.end);
    this.synced = Math.min(this.synced, this.end);
  }

  moveStart(offset: number): void {
    const { gone, left } = deletedBelow(this.log, offset);
    this.deleted.push(...gone);
    this.log = left;
    this.logStart = offset;
    this.written = Math.max(this.written, offset);
    this.synced = Math.max(this.synced, offset);
  }

  reset(offset: number): void {
    this.log = [];
    this.deleted = [];
    this.logStart = offset;
    this.written = offset;
    this.synced = offset;
  }

  /** One step of the machine; with `twice`, also of a copy, which must do the very same. */
  step(input: PartitionInput, rules: PartitionRules, twice: boolean): Stepped {
    const state = this.state!;
    const before = clonePartition(state);
    const effects: PartitionEffect[] = [];
    stepPartition(state, input, effects, rules);
    if (twice) {
      const untouched = encodePartition(before);
      const copy = clonePartition(before);
      const again: PartitionEffect[] = [];
      stepPartition(copy, input, again, rules);
      if (!equalPartitions(copy, state) || text(again) !== text(effects)) {
        throw new Error(`a copied state steps differently on ${input.type}`);
      }
      if (encodePartition(before).some((byte, i) => byte !== untouched[i])) {
        throw new Error(`a copy shares what ${input.type} changes`);
      }
    }
    return { before, effects };
  }
}

export interface Stepped {
  readonly before: PartitionState;
  readonly effects: PartitionEffect[];
}

function text(effects: readonly PartitionEffect[]): string {
  return JSON.stringify(effects, (_key, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
