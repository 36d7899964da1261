/**
 * The bytes on the simulated disks: below the high watermark all replicas of a partition hold the very
 * same, and each holds what its machine ordered to be appended. Asked of a replica that comes back, and of
 * all when the faults end and at the end of a run.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import { endOf } from '../../core/properties/partition/property.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import { type JudgedPartition, nameOf } from './judged-partition.js';
import { readStoredLog, type StoredBatch, type StoredLog } from './log-files.js';
import type { PartitionJudge } from './partition.js';
import type { Shadow } from './shadow.js';

interface Stored {
  readonly shadow: Shadow;
  readonly replica: ObservedReplica;
  readonly log: StoredLog;
}

export class StoredBytes implements Watcher {
  private readonly context: RunContext;
  private readonly partitions: PartitionJudge;

  /** To be told of everything after `partitions`, whose shadows it reads. */
  constructor(context: RunContext, partitions: PartitionJudge) {
    this.context = context;
    this.partitions = partitions;
  }

  replicaOpened(node: WatchedNode, { topicId, partition }: ObservedReplica): void {
    const judged = this.partitions.find(topicId, partition);
    if (judged === undefined) {
      return;
    }
    const stored = this.storedOf(judged);
    const opened = stored.find(({ shadow }) => shadow.id === node.index + 1);
    for (const other of stored) {
      if (opened !== undefined && other !== opened) {
        this.compare(judged, opened, other);
      }
    }
  }

  deed(name: string, type: string, _node: string | null, phase: 'begins' | 'ends'): void {
    if (name === 'main' && type === 'phase' && phase === 'ends') {
      this.compareAll();
    }
  }

  /** All replicas of all partitions: when the faults end, and when all is over. */
  compareAll(): void {
    for (const judged of this.partitions.partitions()) {
      const stored = this.storedOf(judged);
      for (const { shadow, replica, log } of stored) {
        const problem = problemOf(shadow, replica, log);
        if (problem !== null) {
          const node = this.nodeOf(shadow).name;
          const detail = `${nameOf(judged)} on ${node} ${problem}`;
          this.context.violated('LogIsWhatWasAppended', detail, node);
        }
      }
      const [first, ...others] = stored;
      for (const other of others) {
        this.compare(judged, first!, other);
      }
    }
  }

  /** What is on the disks of the replicas that run, but for those that their disks have changed. */
  private storedOf({ shadows }: JudgedPartition): Stored[] {
    const stored: Stored[] = [];
    for (const shadow of shadows.values()) {
      const replica = shadow.running;
      if (replica !== null && shadow.state !== null) {
        const log = readStoredLog(this.nodeOf(shadow).files, replica.log.directory);
        if (!log.rotten) {
          stored.push({ shadow, replica, log });
        }
      }
    }
    return stored;
  }

  private nodeOf({ id }: Shadow): RunContext['cluster']['nodes'][number] {
    return this.context.cluster.nodes[id - 1]!;
  }

  private compare(judged: JudgedPartition, a: Stored, b: Stored): void {
    const unclean = judged.world.uncleanElections > 0 || Number.isFinite(judged.ghost.lostFrom);
    if (unclean && !(agreed(judged, a) && agreed(judged, b))) {
      return;
    }
    // Each replica compacts on its own: what is left there is judged by the properties of compaction.
    const cleaned = Math.max(a.shadow.cleanedEnd, b.shadow.cleanedEnd);
    const from = Math.max(a.shadow.logStartOffset, b.shadow.logStartOffset, cleaned);
    const upTo = Math.min(a.replica.state.highWatermark, b.replica.state.highWatermark);
    const difference = differenceOf(within(a.log, from, upTo), within(b.log, from, upTo));
    if (difference !== null) {
      const [left, right] = [this.nodeOf(a.shadow).name, this.nodeOf(b.shadow).name];
      const detail = `${nameOf(judged)} on ${left} and ${right}: ${difference}, the least high watermark is ${upTo}`;
      this.context.violated('ReplicasByteEqual', detail, left);
    }
  }
}

/** After an unclean election: who is in sync with the present leader has cut what others lost. */
function agreed({ world }: JudgedPartition, { shadow }: Stored): boolean {
  return world.isr.includes(shadow.id) && shadow.state?.leaderEpoch === world.leaderEpoch;
}

/** What a log holds against what was ordered to be appended to it; no step is under way. */
function problemOf(shadow: Shadow, replica: ObservedReplica, log: StoredLog): string | null {
  const { logEndOffset } = replica.log;
  if (log.problem !== null) {
    return log.problem;
  }
  const last = log.batches.at(-1);
  const end = last === undefined ? shadow.end : endOf(last.header);
  if (end !== logEndOffset) {
    return `holds batches up to ${end}, its log says ${logEndOffset}`;
  }
  return shadow.missing(log.batches.map(({ header }) => header));
}

/** Batches that lie wholly in [from, upTo). */
function within(log: StoredLog, from: number, upTo: number): StoredBatch[] {
  return log.batches.filter(({ header }) => header.baseOffset >= from && endOf(header) <= upTo);
}

function differenceOf(a: readonly StoredBatch[], b: readonly StoredBatch[]): string | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) {
      return `only one of them holds a batch at ${(left ?? right)!.header.baseOffset}`;
    }
    if (left.header.baseOffset !== right.header.baseOffset) {
      return `batches begin at ${left.header.baseOffset} and at ${right.header.baseOffset}`;
    }
    const at = firstDifference(left.bytes, right.bytes);
    if (at !== null) {
      return `they differ in byte ${at} of the batch at ${left.header.baseOffset}`;
    }
  }
  return null;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | null {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) {
      return i;
    }
  }
  return null;
}
