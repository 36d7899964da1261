/**
 * Rare branches and kinds of deeds that a good set of seeds must have hit. Derived by watching: the
 * code that is probed has no marks in it.
 */

import type { ObservedReplica } from '../broker/observer.js';
import type { PartitionEffect, PartitionInput, PartitionState } from '../core/partition/types.js';
import type { LogLevel } from '../environment/environment.js';
import type { RunContext } from './context.js';
import { TRIGGER_EVENTS, type TriggerEvent } from './events.js';
import type { Act } from './scenario.js';
import type { WatchedNode, Watcher } from './watch.js';

/** Branches that no deed is tied to. */
const BRANCHES = [
  'raft.two-elections-within-a-second',
  'partition.two-leaders-within-a-second',
  'partition.led-without-data',
  'partition.sequence-wrapped',
  'partition.duplicate-answered',
  'partition.out-of-order-refused',
  'partition.producer-epoch-refused',
  'partition.fenced-leader-epoch-answered',
  'partition.unknown-leader-epoch-answered',
  'partition.not-leader-answered',
  'partition.stale-broker-epoch-answered',
  'partition.offset-out-of-range-answered',
  'partition.alter-partition-failed',
  'partition.segment-rolled',
  'node.disk-gone',
  'node.log-set-aside',
  'node.stopped-itself',
  'node.refused',
] as const;

type Branch = (typeof BRANCHES)[number];

/** Kinds of deeds, as finely as they differ in what they try. */
const DEEDS: readonly string[] = [
  'crash.killed',
  'crash.power-nothing',
  'crash.power-drawn',
  'crash.power-everything',
  'crashLoop',
  'wipe',
  'restart',
  'rollingRestart',
  'pause',
  ...['one', 'halves', 'ring', 'bridge'].flatMap((shape) =>
    ['both', 'in', 'out'].map((direction) => `partition.${shape}-${direction}`),
  ),
  'reset',
  'slow',
  'clock.wall-jump',
  'clock.wall-drift',
  'clock.monotonic-drift',
  'disk.full',
  'disk.writeError',
  'disk.syncError',
  'disk.readError',
  'disk.slowSync',
  'disk.corruptSector-partition',
  'disk.corruptSector-metadata',
  'disk.misdirectedWrite-partition',
  'disk.misdirectedWrite-metadata',
  'changeVoter',
  'createTopic',
  'deleteTopic',
  'recreateTopic',
  'recreateTopic.configs',
  'addPartitions',
  'deleteRecords',
  'reassign',
  'reassign.factor',
  'configure',
].map((kind) => `deed.${kind}`);

/** Every name that is counted. */
export const PROBES: readonly string[] = [...TRIGGER_EVENTS, ...BRANCHES, ...DEEDS];

/** What nobody may do within the atlas: not hit there, it says nothing. */
export const BEYOND_ONLY: ReadonlySet<string> = new Set([
  'deed.disk.corruptSector-metadata',
  'deed.disk.misdirectedWrite-metadata',
]);

/** `deed.` and the kind of the act. */
export function probeOfAct(act: Act): string {
  switch (act.type) {
    case 'crash':
      return act.power ? `deed.crash.power-${act.keeps}` : 'deed.crash.killed';
    case 'partition':
      return `deed.partition.${act.shape}-${act.direction}`;
    case 'clock':
      return `deed.clock.${act.clock}-${act.clock === 'wall' && act.jump !== 0 ? 'jump' : 'drift'}`;
    case 'disk': {
      const inSectors = act.fault === 'corruptSector' || act.fault === 'misdirectedWrite';
      return `deed.disk.${act.fault}${inSectors ? `-${act.where}` : ''}`;
    }
    case 'recreateTopic':
      return `deed.recreateTopic${act.configs === undefined ? '' : '.configs'}`;
    case 'reassign':
      return `deed.reassign${act.factor === undefined ? '' : '.factor'}`;
    case 'crashLoop':
    case 'wipe':
    case 'restart':
    case 'rollingRestart':
    case 'pause':
    case 'reset':
    case 'slow':
    case 'changeVoter':
    case 'createTopic':
    case 'deleteTopic':
    case 'addPartitions':
    case 'deleteRecords':
    case 'configure':
      return `deed.${act.type}`;
  }
}

const SECOND = 1_000_000;
const MAX_SEQUENCE = 2 ** 31 - 1;

/** The line with which a broker ends whose disk does not do what it is told. */
const DISK_GONE = /cannot be used|: E(IO|NOSPC|ROFS)$/;

/** What the errors of a replica's answers are counted as. */
const ERRORS: ReadonlyMap<number, Branch> = new Map([
  [1, 'partition.offset-out-of-range-answered'],
  [6, 'partition.not-leader-answered'],
  [45, 'partition.out-of-order-refused'],
  [47, 'partition.producer-epoch-refused'],
  [74, 'partition.fenced-leader-epoch-answered'],
  [75, 'partition.unknown-leader-epoch-answered'],
]);

export class Probes implements Watcher {
  /** By name; those never hit are 0. Nothing is counted before the faults begin. */
  readonly counts: Map<string, number> = new Map(PROBES.map((name) => [name, 0]));
  private readonly context: RunContext;
  private readonly deedKinds = new Map<string, string>();
  private electedAt = -SECOND;
  /** By partition: when a leader of it began to lead. */
  private readonly ledSince = new Map<string, number>();
  private readonly segments = new WeakMap<ObservedReplica['log'], number>();
  /** The replica that steps leads, and appended nothing in this epoch. */
  private leadsWithoutData = false;

  constructor(context: RunContext) {
    this.context = context;
    for (const { name, act } of context.scenario.choices) {
      this.deedKinds.set(name, probeOfAct(act));
    }
  }

  count(name: TriggerEvent | Branch): void {
    if (name === 'raft.elected') {
      this.elected();
    }
    this.hit(name);
  }

  /** `name`: of a choice; deeds that are no choice (the phases) are not counted. */
  deed(name: string, _type: string, _node: string | null, phase: 'begins' | 'ends'): void {
    const kind = this.deedKinds.get(name);
    if (kind !== undefined && phase === 'begins') {
      this.hit(kind);
    }
  }

  nodeEnded(_node: WatchedNode, how: string): void {
    if (how === 'killed' || how === 'power lost' || how === 'ended in good order') {
      return;
    }
    this.hit('node.stopped-itself');
    if (DISK_GONE.test(how)) {
      this.hit('node.disk-gone');
    }
  }

  nodeLogged(_node: WatchedNode, _level: LogLevel, event: string): void {
    switch (event) {
      case 'log.damaged':
        this.hit('node.log-set-aside');
        return;
      case 'peer.refused':
      case 'peer.other-directory':
        this.hit('node.refused');
        return;
    }
  }

  replicaStepping(_node: WatchedNode, { state }: ObservedReplica): void {
    const { leaderState } = state;
    this.leadsWithoutData =
      leaderState !== null && leaderState.epochStartOffset === state.nextOffset;
  }

  replicaStepped(
    _node: WatchedNode,
    { state }: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    switch (input.type) {
      case 'produce':
        this.produced(state, input.batch, effects);
        break;
      case 'assigned':
        this.assigned(state, effects);
        break;
      case 'alterPartitionAnswered':
        if (input.error !== 0) {
          this.hit('partition.alter-partition-failed');
        }
        break;
      case 'configured':
      case 'produceExpired':
      case 'deleteRecords':
      case 'deleteRecordsExpired':
      case 'appended':
      case 'truncated':
      case 'logStartMoved':
      case 'fetch':
      case 'fetched':
      case 'timerFired':
        break;
    }
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      if ((effect.type === 'produced' || effect.type === 'fetchAnswer') && effect.error !== 0) {
        const branch = ERRORS.get(effect.error);
        if (branch !== undefined) {
          this.hit(branch);
        }
        if (effect.error === 6 && input.type === 'fetch' && state.leaderState !== null) {
          // KIP-903: a leader refuses as if it were none whom an earlier incarnation asks.
          this.hit('partition.stale-broker-epoch-answered');
        }
      }
    }
  }

  replicaExecuted(
    _node: WatchedNode,
    { log }: ObservedReplica,
    _input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    for (let i = 0; i < effects.length; i++) {
      if (effects[i]!.type === 'append') {
        this.appended(log);
        return;
      }
    }
  }

  private hit(name: string): void {
    if (this.context.phase() !== 'boot') {
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    }
  }

  private elected(): void {
    const { now } = this.context.world;
    if (now - this.electedAt < SECOND) {
      this.hit('raft.two-elections-within-a-second');
    }
    this.electedAt = now;
  }

  private produced(
    state: PartitionState,
    batch: Extract<PartitionInput, { type: 'produce' }>['batch'],
    effects: readonly PartitionEffect[],
  ): void {
    if (batch.baseSequence < 0) {
      return;
    }
    let appends = false;
    let refused = false;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      appends ||= effect.type === 'append';
      refused ||= effect.type === 'produced' && effect.error !== 0;
    }
    if (!appends && !refused) {
      this.hit('partition.duplicate-answered');
    } else if (appends && batch.baseSequence + batch.lastOffsetDelta > MAX_SEQUENCE) {
      this.hit('partition.sequence-wrapped');
    } else if (appends && batch.baseSequence === 0) {
      const known = state.producers.get(batch.producerId)?.batches.at(-2);
      if (known?.lastSequence === MAX_SEQUENCE) {
        this.hit('partition.sequence-wrapped');
      }
    }
  }

  private assigned(state: PartitionState, effects: readonly PartitionEffect[]): void {
    const change = effects.find((effect) => effect.type === 'roleChanged');
    if (change === undefined) {
      return;
    }
    if (this.leadsWithoutData) {
      this.hit('partition.led-without-data');
    }
    if (change.role === 'leader') {
      const key = `${state.topicId}/${state.partition}`;
      const { now } = this.context.world;
      if (now - (this.ledSince.get(key) ?? -SECOND) < SECOND) {
        this.hit('partition.two-leaders-within-a-second');
      }
      this.ledSince.set(key, now);
    }
  }

  private appended(log: ObservedReplica['log']): void {
    const count = log.segmentCount;
    const before = this.segments.get(log);
    if (before !== count) {
      this.segments.set(log, count);
      if (before !== undefined && count > before) {
        this.hit('partition.segment-rolled');
      }
    }
  }
}

/** Of many runs: how many hit each probe, and how often. */
export class ProbeSummary {
  runs = 0;
  private readonly byName = new Map<string, { runs: number; hits: number }>(
    PROBES.map((name) => [name, { runs: 0, hits: 0 }]),
  );

  add(counts: ReadonlyMap<string, number>): void {
    this.runs++;
    for (const [name, count] of counts) {
      const entry = this.byName.get(name) ?? { runs: 0, hits: 0 };
      entry.runs += count > 0 ? 1 : 0;
      entry.hits += count;
      this.byName.set(name, entry);
    }
  }

  /** What another worker saw. */
  merge(other: ProbeSummary): void {
    this.runs += other.runs;
    for (const [name, { runs, hits }] of other.byName) {
      const entry = this.byName.get(name) ?? { runs: 0, hits: 0 };
      entry.runs += runs;
      entry.hits += hits;
      this.byName.set(name, entry);
    }
  }

  /** Names in the order of {@link PROBES}. */
  get entries(): ReadonlyMap<string, { readonly runs: number; readonly hits: number }> {
    return this.byName;
  }

  get neverHit(): string[] {
    return [...this.byName].filter(([, { hits }]) => hits === 0).map(([name]) => name);
  }
}
