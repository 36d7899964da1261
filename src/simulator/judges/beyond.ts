/**
 * Beyond the atlas records may be lost, but only as it is documented: a leader is elected from outside
 * ISR and ELR that the deeds took records from, or that may lead anyhow because it was configured so; or
 * retention deletes by a clock that a deed set ahead. Everything else is judged as ever, and so is what
 * that leader holds and what is promised from then on.
 *
 * - `LossIsDocumented`: a leader that lacks promised records lacks them by deeds that went beyond.
 * - `ExpectedLoss`: what was acknowledged and on no disk when all replicas had lost their power is gone.
 *   A run that keeps it anyway would show that this mode tests nothing.
 * - `RefusesOnlyDamage`: a broker refuses its metadata log only where a deed damaged it.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import type { Finding } from '../../checker/result.js';
import type { BatchFacts } from '../../core/partition/types.js';
import { documentLoss, lackOf } from '../../core/properties/partition/ghost.js';
import {
  batchAt,
  deletedBelow,
  endOf,
  sameBatch,
} from '../../core/properties/partition/property.js';
import type { BrokerId, LeaderEpoch } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import { type JudgedPartition, keyOf, nameOf } from './judged-partition.js';

/** What was lost, and why that need not have been survived. */
export interface DocumentedLoss {
  /** `topic-partition`; null: the cluster as a whole. */
  readonly partition: string | null;
  readonly what: string;
  /** The deed. */
  readonly by: string;
}

/** Anomalies that a loss at the end or at the front of a log brings about. */
const EXCUSABLE: ReadonlySet<string> = new Set([
  'lost-write',
  'duplicate',
  'inconsistent-offsets',
  'append-order',
  'nonmonotonic-poll',
  'int-nonmonotonic-poll',
  'poll-skip',
  'int-poll-skip',
  'nonmonotonic-send',
  'unseen',
]);

/** Cycles of dependencies: each rests on all of its edges. */
const CYCLES: ReadonlySet<string> = new Set([
  'G0',
  'G1c',
  'G0-realtime',
  'G1c-realtime',
  'g-single',
  'g2',
]);

/** Of which topics records go by their own configs. */
const FADING = ['retention.ms', 'retention.bytes'];

/** What one replica had left when it came back from a loss. */
interface Remainder {
  /** The least log end with which it was opened since. */
  kept: number;
  /** Virtual microseconds. Losses before then it has made good. */
  readonly regainedAt: number;
}

/** What must be lost. */
interface Expectation {
  readonly judged: JudgedPartition;
  readonly batches: readonly BatchFacts[];
  /** Leader epoch when it was still there. */
  readonly at: number;
}

export class DocumentedLosses implements Watcher {
  private readonly context: RunContext;
  /** All that ever were, the deleted included. */
  private readonly partitions: () => Iterable<JudgedPartition>;
  private readonly find: (replica: ObservedReplica) => JudgedPartition | undefined;
  /** By `topic id/partition` and broker. */
  private readonly remainders = new Map<string, Remainder>();
  /** By `topic id/partition`: why records at its end may be gone. */
  private readonly reasons = new Map<string, Set<string>>();
  private readonly expectations: Expectation[] = [];
  /** By `topic id/partition`: the epoch of a leader that was elected before it had read its log again. */
  private readonly unopened = new Map<string, LeaderEpoch>();
  /** By `topic id/partition`: below it retention has deleted, by a clock that was wrong. */
  private readonly fronts = new Map<string, number>();
  /** By index: when its last life ended. */
  private readonly endedAt = new Map<number, number>();

  constructor(
    context: RunContext,
    partitions: () => Iterable<JudgedPartition>,
    find: (replica: ObservedReplica) => JudgedPartition | undefined,
  ) {
    this.context = context;
    this.partitions = partitions;
    this.find = find;
  }

  /** Acknowledged batches that had to be lost, as far as that was certain. */
  get expected(): number {
    return this.expectations.reduce((sum, { batches }) => sum + batches.length, 0);
  }

  replicaOpened(node: WatchedNode, replica: ObservedReplica): void {
    const judged = this.find(replica);
    if (judged === undefined) {
      return;
    }
    const key = keyOf(judged);
    const name = `${key} ${node.index}`;
    const before = this.remainders.get(name);
    const since = before?.regainedAt ?? -1;
    if (this.losses(key, node.index, since).length > 0) {
      const { logEndOffset } = replica.state;
      const kept = Math.min(before?.kept ?? Number.POSITIVE_INFINITY, logEndOffset);
      this.remainders.set(name, { kept, regainedAt: since });
    }
    const { leader, leaderEpoch } = judged.world;
    if (leader === node.index + 1 && this.unopened.get(key) === leaderEpoch) {
      this.unopened.delete(key);
      this.elected(judged);
    }
  }

  /** The committed metadata of a partition changed. */
  changed(judged: JudgedPartition, uncleanly: boolean): void {
    this.noteFront(judged);
    if (uncleanly) {
      this.elected(judged);
    }
    const { leader, isr } = judged.world;
    for (const id of isr) {
      const name = `${keyOf(judged)} ${id - 1}`;
      const remainder = this.remainders.get(name);
      if (id !== leader && remainder !== undefined && Number.isFinite(remainder.kept)) {
        // The leader found it to hold everything.
        const regainedAt = this.context.world.now;
        this.remainders.set(name, { kept: Number.POSITIVE_INFINITY, regainedAt });
      }
    }
  }

  nodeEnded(node: WatchedNode): void {
    const { cluster, ledger, world } = this.context;
    this.endedAt.set(node.index, world.now);
    if (cluster.refusesMetadata(node.index) && !ledger.hasDamagedMetadata(node.index)) {
      const detail = `it refuses to start: ${cluster.nodes[node.index]!.stopped?.line}`;
      this.context.violated('RefusesOnlyDamage', detail, node.name);
    }
    for (const judged of this.partitions()) {
      if (judged.world.replicas.has((node.index + 1) as BrokerId)) {
        this.expect(judged);
      }
    }
  }

  /** Whether a finding of the history is nothing but a loss that is documented. */
  excuses({ anomaly, key, offsets, edges = [] }: Finding): boolean {
    if (CYCLES.has(anomaly)) {
      // Who saw a record that is lost, or missed it, depends on nobody: another may stand in its place.
      return edges.some(
        (edge) =>
          edge.key !== null &&
          edge.offset !== null &&
          this.lost(edge.key, edge.offset, edge.offset),
      );
    }
    // What was skipped or read twice lies between the offsets.
    return EXCUSABLE.has(anomaly) && this.lost(key, Math.min(...offsets), Math.max(...offsets));
  }

  /** The same as `isLost`, by the key of the history. */
  private lost(key: string, first: number, last: number): boolean {
    const name = key.replace(/#\d+(?=-\d+$)/, '');
    for (const judged of this.partitions()) {
      if (nameOf(judged) === name && this.isLost(judged, first, last)) {
        return true;
      }
    }
    return false;
  }

  /** Whether something from `first` to `last` was lost at the end of the log, or deleted at its front. */
  isLost(judged: JudgedPartition, first: number, last: number): boolean {
    const { lostFrom, lostUpTo } = judged.ghost;
    return first < this.frontOf(judged) || (last >= lostFrom && first < lostUpTo);
  }

  /** What went, when the run is over; expectations are held against it. */
  finish(): DocumentedLoss[] {
    const found: DocumentedLoss[] = [];
    for (const judged of this.partitions()) {
      const { lostFrom, lostUpTo, lostAcknowledged } = judged.ghost;
      if (lostFrom < lostUpTo) {
        found.push({
          partition: nameOf(judged),
          what: `records from ${lostFrom} to ${lostUpTo - 1}, ${lostAcknowledged} acknowledged batches`,
          by: [...(this.reasons.get(keyOf(judged)) ?? [])].join('; '),
        });
      }
      const front = this.frontOf(judged);
      if (front > 0) {
        const by = 'a wall clock was set far ahead, by which retention goes';
        found.push({ partition: nameOf(judged), what: `records below ${front}`, by });
      }
    }
    for (const expectation of this.expectations) {
      this.judgeExpectation(expectation);
    }
    return found;
  }

  // -------------------------------------------------------------------------------------- inside

  private elected(judged: JudgedPartition): void {
    const { world, ghost, shadows } = judged;
    const shadow = shadows.get(world.leader);
    if (shadow === undefined || shadow.running === null) {
      this.unopened.set(keyOf(judged), world.leaderEpoch);
      return;
    }
    const deleted = Math.max(deletedBelow(world), this.frontOf(judged));
    const lack = lackOf(ghost, shadow, deleted);
    const reason = this.reasonFor(judged, lack.from);
    if (reason !== null) {
      documentLoss(ghost, shadow, lack, world.leaderEpoch);
      const key = keyOf(judged);
      this.reasons.set(key, (this.reasons.get(key) ?? new Set()).add(reason));
    } else if (Number.isFinite(lack.from)) {
      const detail = `${nameOf(judged)}: broker ${world.leader} leads epoch ${world.leaderEpoch} without ${lack.acknowledged} acknowledged batches from ${lack.from} on, and no deed that went beyond took them from it`;
      this.context.violated('LossIsDocumented', detail, `broker${world.leader}`);
    }
  }

  /** Why the leader, elected uncleanly, may lack what lies from `from` on; null: it may not. */
  private reasonFor(judged: JudgedPartition, from: number): string | null {
    const { ledger } = this.context;
    if (ledger.mayElectUncleanly(judged.topic)) {
      return 'unclean.leader.election.enable was set to true';
    }
    const key = keyOf(judged);
    const transgression = ledger.transgressionOf(key);
    const kept = this.remainders.get(`${key} ${judged.world.leader - 1}`)?.kept;
    return transgression === null || (Number.isFinite(from) && !(from >= (kept ?? Infinity)))
      ? null
      : transgression;
  }

  /** Damage may be found long after the replica was thought to be well. */
  private losses(key: string, node: number, since: number): readonly unknown[] {
    return this.context.ledger
      .takenFrom(key)
      .filter((taken) => taken.node === node && (taken.how === 'damage' || taken.at >= since));
  }

  /** If all replicas are down now, and nothing unsynced outlived: what was acknowledged is lost. */
  private expect(judged: JudgedPartition): void {
    const { cluster, ledger } = this.context;
    const taken = ledger.takenFrom(keyOf(judged));
    let survives = 0;
    for (const shadow of judged.shadows.values()) {
      const index = shadow.id - 1;
      const end = this.endedAt.get(index);
      const last = taken.findLast(({ node, at }) => node === index && at === end);
      if (cluster.nodes[index]!.isRunning || last === undefined) {
        return;
      }
      if (last.how !== 'disk' && last.how !== 'power-nothing') {
        return;
      }
      survives = Math.max(survives, last.how === 'disk' ? 0 : shadow.durable);
    }
    const batches = judged.ghost.acknowledged.values().filter((each) => endOf(each) > survives);
    if (batches.length > 0) {
      this.expectations.push({ judged, batches, at: judged.world.leaderEpoch });
    }
  }

  private judgeExpectation({ judged, batches, at }: Expectation): void {
    const { world, shadows } = judged;
    const leader = shadows.get(world.leader);
    if (leader?.state?.role !== 'leader' || world.leaderEpoch <= at) {
      // Nobody has led since: nothing is there to be read.
      return;
    }
    for (const batch of batches) {
      const held = batchAt(leader, batch.baseOffset);
      if (held !== undefined && sameBatch(held, batch)) {
        const detail = `${nameOf(judged)}: all replicas lost what was not synced, and broker ${leader.id} still holds the batch at ${batch.baseOffset}`;
        this.context.violated('ExpectedLoss', detail, `broker${leader.id}`);
        return;
      }
    }
  }

  /** Below it retention has deleted, by a clock that was wrong. A log that is begun anew starts at 0. */
  private frontOf(judged: JudgedPartition): number {
    this.noteFront(judged);
    return this.fronts.get(keyOf(judged)) ?? 0;
  }

  private noteFront(judged: JudgedPartition): void {
    const { ledger, scenario } = this.context;
    const plan = scenario.topics.find(({ name }) => name === judged.topic);
    if (!ledger.isClockAhead || FADING.some((name) => plan?.configs[name] !== undefined)) {
      return;
    }
    const key = keyOf(judged);
    for (const { logStartOffset } of judged.shadows.values()) {
      this.fronts.set(key, Math.max(this.fronts.get(key) ?? 0, logStartOffset));
    }
  }
}
