/**
 * Asks every property of core/properties/partition of every step of every replica of a run. A step is
 * judged before its effects leave: the shadow of the log already is as they will make it.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import { latestOffset } from '../../core/partition/queries.js';
import type {
  BatchFacts,
  EpochEntry,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../core/partition/types.js';
import { judgePartition } from '../../core/properties/partition/all.js';
import { logLost, newPartitionGhost } from '../../core/properties/partition/ghost.js';
import {
  endOf,
  type PartitionBefore,
  type PartitionChanges,
  type PartitionStep,
  type PartitionWorld,
} from '../../core/properties/partition/property.js';
import type {
  BrokerId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  Uuid,
} from '../../core/types/ids.js';
import { NO_EPOCH, NO_LEADER } from '../../core/types/ids.js';
import type { LogLevel } from '../../environment/environment.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import { DocumentedLosses } from './beyond.js';
import type { CommittedView } from './committed-view.js';
import { type JudgedPartition, nameOf } from './judged-partition.js';
import { readStoredLog, type StoredLog, unsoundBatch, wasRotten } from './log-files.js';
import { asItWas, Shadow } from './shadow.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What cannot be asked of a log whose bytes its disk has changed: it need not be as it was ordered. */
const OF_LOGS: ReadonlySet<string> = new Set([
  'EpochCacheRising',
  'LogMatch',
  'NoDuplicateSequence',
  'ProducerEpochRises',
  'ProducerStateFromLog',
]);

interface Known extends JudgedPartition {
  readonly shadows: Map<BrokerId, Shadow>;
  readonly world: Mutable<PartitionWorld>;
  /** Offset of the metadata that `world` was taken from. */
  asOf: number;
  /** Elections from outside ISR and ELR so far. */
  unclean: number;
  /** It was in the committed metadata; what is gone from there is judged no more. */
  committed: boolean;
  /** By the committed metadata. */
  replicas: readonly BrokerId[];
  /**
   * Of those who were replicas, and were moved away: what their disks hold of it does not count any more. Who
   * was down then may still have it when it is a replica again.
   */
  readonly moved: Map<BrokerId, Shadow>;
}

/** A replica of a running process, with its judge's side of it. */
interface Running {
  readonly known: Known;
  readonly shadow: Shadow;
  readonly node: WatchedNode;
}

export class PartitionJudge implements Watcher {
  private readonly context: RunContext;
  private readonly view: CommittedView;
  /** By `<topic id>/<partition>`. */
  private readonly known = new Map<string, Known>();
  private readonly running = new Map<ObservedReplica, Running>();
  // Nothing comes between `replicaStepping` and `replicaStepped` of a replica: one memory does.
  private readonly before: Mutable<PartitionBefore> = {
    role: 'none',
    leaderEpoch: NO_EPOCH,
    partitionEpoch: -1 as PartitionEpoch,
    highWatermark: 0 as Offset,
    isr: [],
    logStartOffset: 0 as Offset,
    leaderState: null,
  };
  private readonly leaderBefore: Mutable<NonNullable<PartitionBefore['leaderState']>> = {
    inflight: null,
  };
  private epochsBefore: readonly EpochEntry[] = [];
  private producersBefore: object | null = null;
  /** Beyond the atlas: which losses are as documented. */
  readonly losses: DocumentedLosses | null;
  /** Steps that were judged: none would prove nothing. */
  steps = 0;

  constructor(context: RunContext, view: CommittedView) {
    this.context = context;
    this.view = view;
    this.losses =
      context.scenario.atlas === 'within'
        ? null
        : new DocumentedLosses(
            context,
            () => this.known.values(),
            ({ topicId, partition }) => this.find(topicId, partition),
          );
  }

  /** All partitions that are in the committed metadata, in the order in which they were seen first. */
  *partitions(): Generator<JudgedPartition> {
    for (const known of this.known.values()) {
      this.renew(known);
      if (known.committed) {
        yield known;
      }
    }
  }

  find(topicId: Uuid, partition: PartitionIndex): JudgedPartition | undefined {
    return this.known.get(`${topicId}/${partition}`);
  }

  nodeEnded(node: WatchedNode, how: string): void {
    const power = how.startsWith('power');
    for (const [replica, running] of this.running) {
      if (running.node === node) {
        this.running.delete(replica);
      }
    }
    const id = (node.index + 1) as BrokerId;
    for (const { shadows } of this.known.values()) {
      shadows.get(id)?.ended(power);
    }
    for (const known of this.known.values()) {
      forgetMoved(known);
    }
  }

  nodeLogged(node: WatchedNode, _level: LogLevel, event: string, fields: object): void {
    if (event === 'log.damaged' && 'replica' in fields) {
      this.excuse(node.index, 'damaged', (known) => nameOf(known) === fields.replica);
    }
  }

  deed(_name: string, type: string, node: string | null): void {
    if (type === 'wipe') {
      const index = this.context.cluster.nodes.findIndex(({ name }) => name === node);
      this.excuse(index, 'wiped', () => true);
    }
  }

  private excuse(index: number, why: 'wiped' | 'damaged', which: (known: Known) => boolean): void {
    for (const known of this.known.values()) {
      const shadow = known.shadows.get((index + 1) as BrokerId);
      if (shadow !== undefined && which(known)) {
        shadow.excuse = why;
      }
    }
  }

  replicaOpened(node: WatchedNode, replica: ObservedReplica): void {
    const known = this.know(replica);
    const id = (node.index + 1) as BrokerId;
    const moved = known.moved.get(id);
    const shadow = known.shadows.get(id) ?? moved ?? new Shadow(id);
    known.shadows.set(id, shadow);
    if (moved !== undefined) {
      known.moved.delete(id);
      shadow.excuse = 'moved';
    }
    const { files } = this.context.cluster.nodes[node.index]!;
    const stored = readStoredLog(files, replica.log.directory);
    const found = stored.batches.map(({ header }) => header);
    const problem = this.problemAtOpening(node, replica, shadow, stored, found);
    if (problem !== null) {
      const detail = `${nameOf(known)} on ${node.name} ${problem}`;
      this.context.violated('LogIsWhatWasAppended', detail, node.name);
    }
    if (shadow.excuse !== null || stored.rotten) {
      // It begins anew, and so does its log start.
      known.ghost.logStarts.delete(id);
    }
    shadow.opened(replica, node.incarnation, found, stored.rotten);
    // Replicas are opened by who is registered: from now on it may be elected.
    shadow.state = replica.state;
    logLost(known.ghost, id, 0);
    this.running.set(replica, { known, shadow, node });
  }

  private problemAtOpening(
    node: WatchedNode,
    replica: ObservedReplica,
    shadow: Shadow,
    stored: StoredLog,
    found: readonly BatchFacts[],
  ): string | null {
    const { files } = this.context.cluster.nodes[node.index]!;
    const { directory } = replica.log;
    // A recovery that cuts a damaged tail off removes the damaged file with it.
    const removals = files.rottenRemovals(directory);
    const removed = removals > shadow.rottenRemovals;
    shadow.rottenRemovals = removals;
    if (stored.rotten || removed || shadow.excuse === 'wiped') {
      return null;
    }
    if (shadow.excuse === 'damaged') {
      // What is damaged is not to be trusted; but only a fault of the disk damages.
      return wasRotten(files, directory) ? null : 'was set aside as damaged; its disk is sound';
    }
    const last = found[found.length - 1];
    const end = last === undefined ? replica.state.logStartOffset : endOf(last);
    if (stored.problem === null && end !== replica.state.logEndOffset) {
      return `holds batches up to ${end}, and is opened with log end ${replica.state.logEndOffset}`;
    }
    // Recovery has looked at it, and its disk changed nothing: what a power loss tore is gone.
    // Where it was a replica before and was moved away, its log is the old one, or begins anew.
    const lacks = shadow.excuse === 'moved' ? null : shadow.missing(found);
    return stored.problem ?? unsoundBatch(stored) ?? lacks;
  }

  replicaClosed(node: WatchedNode, replica: ObservedReplica): void {
    const running = this.running.get(replica);
    if (running !== undefined) {
      running.shadow.state = null;
      const { known, shadow } = running;
      this.renew(known);
      // By what its broker knows: since then it may have become a replica again.
      const { topicId, partition } = replica;
      const image = node.broker?.controller.image;
      const own = image?.topics.get(topicId)?.partitions.get(partition);
      if (known.committed && own?.replicas.includes(shadow.id) === false) {
        shadow.running = null;
        forget(known, shadow);
      }
    }
  }

  replicaStepping(_node: WatchedNode, { state }: ObservedReplica): void {
    const { before, leaderBefore } = this;
    before.role = state.role;
    before.leaderEpoch = state.leaderEpoch;
    before.partitionEpoch = state.partitionEpoch;
    before.highWatermark = state.highWatermark;
    before.isr = state.isr;
    before.logStartOffset = state.logStartOffset;
    if (state.leaderState === null) {
      before.leaderState = null;
    } else {
      leaderBefore.inflight = state.leaderState.inflight;
      before.leaderState = leaderBefore;
    }
    this.epochsBefore = state.epochs;
    this.producersBefore = state.producers;
  }

  replicaStepped(
    node: WatchedNode,
    replica: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    const running = this.running.get(replica);
    if (running === undefined) {
      // The node's life ended in the middle of what it does.
      return;
    }
    const { known, shadow } = running;
    const { state } = replica;
    const ordered = asOrdered(known, shadow, state, effects);
    const lost = shadow.apply(ordered, state);
    if (lost) {
      logLost(known.ghost, shadow.id, shadow.end);
    }
    this.renew(known);
    if (!known.committed) {
      return;
    }
    this.steps++;
    known.world.minIsr = Math.min(state.config.minInsyncReplicas, state.replicas.length);
    const changes: PartitionChanges = {
      anew: lost || shadow.fresh,
      from: shadow.log.length - Math.min(shadow.appended, shadow.log.length),
      epochs: this.epochsBefore !== state.epochs,
      producers: this.producersBefore !== state.producers,
    };
    shadow.fresh = false;
    const step: PartitionStep = {
      self: shadow.id,
      incarnation: shadow.incarnation,
      before: this.before,
      input,
      effects: ordered,
      after: state,
      latest: this.latest(node, state),
      changes,
    };
    const violations = judgePartition(known.ghost, step, known.world);
    const violation = shadow.rotten
      ? violations.find(({ property }) => !OF_LOGS.has(property))
      : violations[0];
    if (violation !== undefined) {
      const { property, detail } = violation;
      this.context.violated(property, `${nameOf(known)}: ${detail} (${input.type})`, node.name);
    }
  }

  replicaExecuted(_node: WatchedNode, replica: ObservedReplica): void {
    this.running.get(replica)?.shadow.executed();
  }

  /** What the leader would answer to ListOffsets(-1); asked only where that may have changed. */
  private latest(node: WatchedNode, state: PartitionState): Offset | null {
    const { before } = this;
    if (
      state.leaderState === null ||
      node.broker === null ||
      (before.leaderState !== null &&
        before.leaderEpoch === state.leaderEpoch &&
        before.highWatermark === state.highWatermark)
    ) {
      return null;
    }
    const { error, offset } = latestOffset(state, node.broker.options.rules.partition);
    return error === 0 ? offset : null;
  }

  private know({ topicId, topic, partition }: ObservedReplica): Known {
    const key = `${topicId}/${partition}`;
    let known = this.known.get(key);
    if (known === undefined) {
      const shadows = new Map<BrokerId, Shadow>();
      known = {
        topicId,
        topic,
        partition,
        ghost: newPartitionGhost(),
        shadows,
        world: {
          replicas: shadows,
          leader: NO_LEADER,
          leaderEpoch: NO_EPOCH,
          isr: [],
          elr: [],
          minIsr: 1,
          uncleanElections: 0,
        },
        asOf: -2,
        unclean: 0,
        committed: false,
        replicas: [],
        moved: new Map(),
      };
      this.known.set(key, known);
    }
    return known;
  }

  /** Brings what is known of the committed metadata up to date. */
  private renew(known: Known): void {
    const { view } = this;
    if (known.asOf === view.offset) {
      return;
    }
    known.asOf = view.offset;
    const { topicId, partition, world } = known;
    const registration = view.partition(topicId, partition);
    known.committed = registration !== undefined;
    if (registration !== undefined) {
      world.leader = registration.leader;
      world.leaderEpoch = registration.leaderEpoch;
      world.isr = registration.isr;
      world.elr = registration.elr;
      known.replicas = registration.replicas;
      forgetMoved(known);
      const unclean = view.uncleanElections(topicId, partition);
      const another = unclean > known.unclean;
      known.unclean = unclean;
      if (this.losses === null) {
        world.uncleanElections = unclean;
      } else {
        // Beyond the atlas an unclean election excuses what it lost, and nothing else.
        this.losses.changed(known, another);
      }
    }
  }
}

/** Who is no replica any more, once its broker knows it, or is down: it holds nothing that counts. */
function forgetMoved(known: Known): void {
  for (const [id, shadow] of known.shadows) {
    if (shadow.running === null && known.committed && !known.replicas.includes(id)) {
      forget(known, shadow);
    }
  }
}

function forget({ shadows, ghost, moved }: Known, shadow: Shadow): void {
  const { id } = shadow;
  shadows.delete(id);
  ghost.logStarts.delete(id);
  logLost(ghost, id, 0);
  moved.set(id, shadow);
}

/**
 * What a follower is given of a compacted part of its leader's log counts as what it was before: the
 * properties of replication speak of batches as they were appended.
 */
function asOrdered(
  { shadows }: Known,
  shadow: Shadow,
  { leader }: PartitionState,
  effects: readonly PartitionEffect[],
): readonly PartitionEffect[] {
  const source = shadows.get(leader);
  if (source === undefined || source === shadow || source.cleanedEnd === 0) {
    return effects;
  }
  return effects.map((effect) => {
    if (effect.type !== 'append' || effect.token !== null) {
      return effect;
    }
    const { batches } = effect;
    // Also the batch in which a log begins that is begun anew, and what the leader deleted while its
    // answer was under way.
    const full = source.withDeleted.filter((batch) => endOf(batch) > shadow.end);
    const whole = asItWas(batches, full, source.cleanedEnd);
    if (whole.length !== batches.length || whole.some((batch, i) => batch !== batches[i])) {
      const first = batches.findLastIndex((batch) => endOf(batch) <= source.cleanedEnd);
      shadow.cleanedEnd = Math.max(shadow.cleanedEnd, endOf(batches[Math.max(first, 0)]!));
    }
    return { ...effect, batches: whole };
  });
}
