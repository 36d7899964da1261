/**
 * Asks the properties of core/properties/compaction of every pass of every cleaner, by the files before and
 * after it, also of a pass that a crash cut short; and at rest, whether each replica has the newest record of
 * each key, out of all that leaders ever appended.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import type { BatchFacts, PartitionEffect, PartitionInput } from '../../core/partition/types.js';
import { judgeCompaction } from '../../core/properties/compaction/all.js';
import type {
  CompactionPass,
  LoggedBatch,
  LoggedRecord,
} from '../../core/properties/compaction/property.js';
import { recordsByOffset } from '../../core/properties/compaction/property.js';
import { endOf } from '../../core/properties/partition/property.js';
import type { LeaderEpoch } from '../../core/types/ids.js';
import type { LogLevel } from '../../environment/environment.js';
import { DELETE_HORIZON_BIT, inspectBatches, readRecords } from '../../log/record-batch.js';
import { decompress } from '../../protocol/compression.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import { type JudgedPartition, nameOf } from './judged-partition.js';
import { readStoredLog, type StoredBatch, type StoredLog } from './log-files.js';
import type { PartitionJudge } from './partition.js';
import type { Shadow } from './shadow.js';

/** A pass under way, or cut short by the end of its broker. */
interface Running extends Omit<CompactionPass, 'after' | 'end'> {
  end: number;
}

/** By leader epoch and offset: what a leader appended. */
type Appended = Map<LeaderEpoch, Map<number, LoggedRecord>>;

const latin1 = new TextDecoder('latin1');

export class CompactionJudge implements Watcher {
  private readonly context: RunContext;
  private readonly partitions: PartitionJudge;
  private readonly running = new Map<Shadow, Running>();
  private readonly appended = new WeakMap<JudgedPartition, Appended>();
  /** Passes that were judged: none would prove nothing. */
  passes = 0;

  /** To be told of everything after `partitions`, whose shadows it reads. */
  constructor(context: RunContext, partitions: PartitionJudge) {
    this.context = context;
    this.partitions = partitions;
  }

  nodeLogged(node: WatchedNode, _level: LogLevel, event: string, fields: object): void {
    if ((event !== 'log.cleaning' && event !== 'log.cleaned') || !('replica' in fields)) {
      return;
    }
    for (const judged of this.partitions.partitions()) {
      const shadow = shadowOn(judged, node);
      if (shadow?.running != null && nameOf(judged) === fields.replica) {
        if (event === 'log.cleaning') {
          this.begins(node, shadow, shadow.running);
        } else {
          this.judge(judged, node, shadow, shadow.running);
        }
      }
    }
  }

  private begins(node: WatchedNode, shadow: Shadow, { state, log }: ObservedReplica): void {
    const { clock } = this.context.cluster.nodes[node.index]!;
    const activeBase = log.segments.at(-1)!.baseOffset;
    // What a cleaner takes that must not is found here; elsewhere it is as if nothing were missing.
    shadow.cleanedEnd = Math.max(shadow.cleanedEnd, activeBase);
    const stored = this.stored(node, log.directory);
    if (stored.rotten || shadow.rotten) {
      return;
    }
    const { minCompactionLagMs, deleteRetentionMs } = log.options();
    this.running.set(shadow, {
      before: stored.batches.map(logged),
      end: log.logEndOffset,
      highWatermark: state.highWatermark,
      activeBase,
      now: clock.wall(),
      minCompactionLagMs,
      deleteRetentionMs,
    });
  }

  /** The pass is over, or its broker is back: what have the files come to? */
  private judge(
    judged: JudgedPartition,
    node: WatchedNode,
    shadow: Shadow,
    { log }: ObservedReplica,
  ): void {
    const pass = this.running.get(shadow);
    this.running.delete(shadow);
    const stored = this.stored(node, log.directory);
    if (pass === undefined || stored.rotten || shadow.rotten) {
      return;
    }
    this.passes++;
    const isThere = ({ lastOffset }: LoggedBatch): boolean => lastOffset >= log.logStartOffset;
    const violation = judgeCompaction({
      ...pass,
      before: pass.before.filter(isThere),
      after: stored.batches.map(logged).filter(isThere),
      end: Math.min(pass.end, log.logEndOffset),
    });
    if (violation !== null) {
      const { property, detail } = violation;
      this.context.violated(property, `${nameOf(judged)} on ${node.name}: ${detail}`, node.name);
    }
  }

  replicaOpened(node: WatchedNode, replica: ObservedReplica): void {
    const judged = this.partitions.find(replica.topicId, replica.partition);
    const shadow = judged === undefined ? undefined : shadowOn(judged, node);
    if (judged === undefined || shadow === undefined) {
      return;
    }
    if (shadow.cleanedEnd === 0) {
      // Another disk, or a log that was set aside.
      this.running.delete(shadow);
    }
    this.judge(judged, node, shadow, replica);
  }

  replicaStepped(
    node: WatchedNode,
    { topicId, partition }: ObservedReplica,
    _input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    for (const effect of effects) {
      if (effect.type !== 'truncate' && effect.type !== 'resetLog') {
        continue;
      }
      const judged = this.partitions.find(topicId, partition);
      const shadow = judged === undefined ? undefined : shadowOn(judged, node);
      const pass = shadow === undefined ? undefined : this.running.get(shadow);
      if (pass !== undefined) {
        pass.end = effect.type === 'resetLog' ? 0 : Math.min(pass.end, effect.endOffset);
      }
    }
  }

  /** Remembers what leaders append, where it may be compacted. */
  replicaExecuted(
    _node: WatchedNode,
    { topicId, partition, log }: ObservedReplica,
    _input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    for (const effect of effects) {
      if (effect.type !== 'append' || effect.token === null || !log.options().compacts) {
        continue;
      }
      const judged = this.partitions.find(topicId, partition);
      if (judged === undefined) {
        continue;
      }
      const known = this.appended.get(judged) ?? new Map();
      this.appended.set(judged, known);
      const read = log.read(effect.baseOffset, log.logEndOffset, 1 << 24, true);
      for (const part of read.parts) {
        remember(known, part);
      }
      read.release();
    }
  }

  /** At rest: of every key the newest committed record, or a tombstone that has had its time. */
  compareAll(): void {
    for (const judged of this.partitions.partitions()) {
      const appended = this.appended.get(judged);
      if (appended === undefined || judged.world.uncleanElections > 0) {
        continue;
      }
      for (const shadow of judged.shadows.values()) {
        const { running } = shadow;
        if (running === null || shadow.state === null || shadow.rotten) {
          continue;
        }
        if (running.state.leader < 0) {
          // What nobody leads (beyond the atlas) has its high watermark from a checkpoint, and may have been
          // cleaned up to a later one: the newest record of a key below the old one is then rightly gone.
          continue;
        }
        const { name, files } = this.context.cluster.nodes[shadow.id - 1]!;
        const stored = readStoredLog(files, running.log.directory);
        const missing = stored.rotten ? null : missingRecord(shadow, appended, stored);
        if (missing !== null) {
          const { highWatermark } = running.state;
          const detail = `${nameOf(judged)} on ${name}: the record at ${missing} is the newest of its key below ${highWatermark}, and is gone`;
          this.context.violated('NewestRecordKept', detail, name);
        }
      }
    }
  }

  private stored(node: WatchedNode, directory: string): StoredLog {
    return readStoredLog(this.context.cluster.nodes[node.index]!.files, directory);
  }
}

function shadowOn({ shadows }: JudgedPartition, node: WatchedNode): Shadow | undefined {
  for (const shadow of shadows.values()) {
    if (shadow.id === node.index + 1) {
      return shadow;
    }
  }
  return undefined;
}

function remember(known: Appended, bytes: Uint8Array): void {
  let at = 0;
  for (const header of inspectBatches(bytes).batches) {
    const end = at + header.sizeInBytes;
    const ofEpoch = known.get(header.leaderEpoch) ?? new Map<number, LoggedRecord>();
    known.set(header.leaderEpoch, ofEpoch);
    for (const record of logged({ header, bytes: bytes.subarray(at, end) }).records) {
      ofEpoch.set(record.offset, record);
    }
    at = end;
  }
}

/** Offset of a record that must be in the log; null: all are. */
function missingRecord(shadow: Shadow, appended: Appended, { batches }: StoredLog): number | null {
  const { highWatermark } = shadow.running!.state;
  const newest = new Map<string, LoggedRecord>();
  const known = ({ leaderEpoch, baseOffset, lastOffsetDelta }: BatchFacts): LoggedRecord[] => {
    const ofEpoch = appended.get(leaderEpoch);
    const records: LoggedRecord[] = [];
    for (let offset: number = baseOffset; offset <= baseOffset + lastOffsetDelta; offset++) {
      const record = ofEpoch?.get(offset);
      if (record !== undefined) {
        records.push(record);
      }
    }
    return records;
  };
  for (const batch of shadow.log) {
    for (const record of endOf(batch) <= highWatermark ? known(batch) : []) {
      if (record.key !== null) {
        newest.set(record.key, record);
      }
    }
  }
  const held = recordsByOffset(batches.map(logged));
  for (const { offset, value } of newest.values()) {
    if (value !== null && offset >= shadow.logStartOffset && held.get(offset)?.value !== value) {
      return offset;
    }
  }
  return null;
}

function logged({ header, bytes }: StoredBatch): LoggedBatch {
  const { baseOffset, lastOffsetDelta, leaderEpoch, producerId, producerEpoch } = header;
  const { baseSequence, isControl, attributes, baseTimestamp } = header;
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    leaderEpoch,
    producerId,
    producerEpoch,
    baseSequence,
    isControl,
    deleteHorizon: (attributes & DELETE_HORIZON_BIT) === 0 ? -1 : baseTimestamp,
    records: readRecords(bytes, decompress).map(({ offset, key, value, timestamp }) => ({
      offset,
      key: key === null ? null : latin1.decode(key),
      value: value === null ? null : latin1.decode(value),
      timestamp,
    })),
  };
}
