/**
 * Runs the controller's decider on top of Raft: on every node it folds the committed log into the
 * image; on the leader it also decides commands, keeps the brokers' sessions, and answers once the
 * decision is committed.
 */

import {
  type DeciderEffect,
  type DeciderInput,
  type DeciderState,
  initialDecider,
  stepDecider,
} from '../core/decider/decider.js';
import {
  type ControllerState,
  controller,
  controllerStateFrom,
} from '../core/metadata/controller.js';
import { applyRecord, emptyImage, snapshotRecords } from '../core/metadata/image.js';
import type { ControllerRules } from '../core/metadata/rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
} from '../core/metadata/types.js';
import type { Entry, Role, Snapshot } from '../core/raft/types.js';
import { assert, unreachable } from '../core/types/assert.js';
import type { BrokerEpoch, BrokerId, Term } from '../core/types/ids.js';
import type { Environment, TimerHandle } from '../environment/environment.js';
import { decodeMetadataBatch, encodeMetadataBatch } from './metadata-wire.js';
import type { BrokerObserver } from './observer.js';
import type { RaftHost } from './raft-host.js';

/** A broker whose process was seen to end has this long to come back before it is fenced. */
const LOST_CONNECTION_GRACE_MILLISECONDS = 60;
/** Feature levels of a fresh cluster (Kafka 4.3.1). */
const FEATURES: readonly (readonly [string, number])[] = [
  ['metadata.version', 29],
  ['eligible.leader.replicas.version', 1],
];

export interface ControllerTimings {
  readonly sessionTimeout: number;
  /** Null: leaders stay where they are. */
  readonly imbalanceCheckInterval: number | null;
  /** Bytes of metadata records after which a snapshot of the image is taken. */
  readonly bytesBetweenSnapshots: number;
}

interface Session {
  readonly epoch: BrokerEpoch;
  timer: TimerHandle;
  /** As its newest heartbeat said; -1: this controller has heard none. */
  metadataOffset: number;
}

/** null: this node is not the controller, or no longer; the outcome is unknown. */
export type CommandOutcome = (response: ControllerResponse | null) => void;

export class ControllerHost {
  readonly clusterId: string;
  private readonly environment: Environment;
  private readonly raft: () => RaftHost;
  private readonly rules: ControllerRules;
  private readonly timings: ControllerTimings;
  private readonly imageChanged: (records: readonly MetadataRecord[] | null) => void;
  private readonly isGone: (broker: BrokerId) => boolean;
  private readonly observer: BrokerObserver | null;
  private readonly decider: DeciderState<ControllerState, ControllerResponse>;
  private readonly outcomes = new Map<number, CommandOutcome>();
  private readonly sessions = new Map<BrokerId, Session>();
  /** Commands that wait for the end of a leadership transfer. */
  private held: (() => void)[] = [];
  private lastToken = 0;
  private bytesSinceSnapshot = 0;
  private leaderTerm: Term | null = null;
  private imbalanceTimer: TimerHandle | null = null;
  private imbalanceDue = false;

  /** `imageChanged` gets the newly committed records, or null when the whole image is new. */
  constructor(
    environment: Environment,
    clusterId: string,
    raft: () => RaftHost,
    rules: ControllerRules,
    timings: ControllerTimings,
    imageChanged: (records: readonly MetadataRecord[] | null) => void,
    isGone: (broker: BrokerId) => boolean,
    observer: BrokerObserver | null,
  ) {
    this.environment = environment;
    this.clusterId = clusterId;
    this.raft = raft;
    this.rules = rules;
    this.timings = timings;
    this.imageChanged = imageChanged;
    this.isGone = isGone;
    this.observer = observer;
    this.decider = initialDecider(controllerStateFrom(emptyImage(), -1));
  }

  get settings(): ControllerRules['settings'] {
    return this.rules.settings;
  }

  /** The fold of everything committed and applied here. */
  get image(): MetadataImage {
    return this.decider.committed.image;
  }

  /** The node's Raft, which this rests on. */
  get quorum(): RaftHost {
    return this.raft();
  }

  /** Offset of the newest record in the image. */
  get imageOffset(): number {
    return this.decider.committedOffset;
  }

  get isActive(): boolean {
    return this.decider.active !== null;
  }

  /** Kafka error code for an AlterPartition whose outcome is null. */
  get alterPartitionRefusal(): number {
    return this.rules.refuseAlterPartition();
  }

  command(command: ControllerCommand, outcome: CommandOutcome): void {
    if (this.isActive && this.raft().isTransferring) {
      this.held.push(() => this.command(command, outcome));
      return;
    }
    const token = ++this.lastToken;
    this.outcomes.set(token, outcome);
    this.step({ type: 'command', token, command, base: this.raft().nextIndex });
  }

  /**
   * A linearizable read (thesis, 6.4): the image once a majority has confirmed that this node leads and all
   * that was committed before the call is applied; null where that is not to be had here.
   */
  read(outcome: (image: MetadataImage | null) => void): void {
    this.raft().readIndex((isConfirmed) => outcome(isConfirmed ? this.image : null));
  }

  /** A broker's heartbeat: its session goes on, and the controller may unfence or release it. */
  heartbeat(
    command: Extract<ControllerCommand, { type: 'brokerHeartbeat' }>,
    outcome: CommandOutcome,
  ): void {
    if (this.isActive) {
      this.touch(command.brokerId, command.brokerEpoch, command.currentMetadataOffset);
    }
    this.command({ ...command, lowestActiveOffset: this.lowestActiveOffset() }, outcome);
  }

  /**
   * A broker asks to be registered. Whoever holds a log directory holds its lock, so another
   * incarnation from the same directory is proof that the known one is gone, unless this controller
   * has heard of it: its session need not run out (after all nodes were killed, that is the longest
   * part of their return).
   */
  register(
    command: Extract<ControllerCommand, { type: 'registerBroker' }>,
    outcome: CommandOutcome,
  ): void {
    const { brokerId, incarnationId, logDirs } = command;
    const known = this.image.brokers.get(brokerId);
    const session = this.sessions.get(brokerId);
    const isSuccessor =
      known !== undefined &&
      known.incarnationId !== incarnationId &&
      known.logDirs.some((directory) => logDirs.includes(directory));
    if (isSuccessor && session?.epoch === known.epoch && session.metadataOffset < 0) {
      this.expire(brokerId, session);
    }
    this.command(command, outcome);
  }

  /** The process behind a broker's controller connection ended, as far as can be seen. */
  brokerLost(brokerId: BrokerId): void {
    const session = this.sessions.get(brokerId);
    if (this.isActive && session !== undefined) {
      this.arm(brokerId, session, LOST_CONNECTION_GRACE_MILLISECONDS);
    }
  }

  roleChanged(role: Role, term: Term): void {
    if (role === 'leader') {
      this.leaderTerm = term;
      return;
    }
    this.leaderTerm = null;
    if (this.decider.active !== null) {
      this.endSessions();
      this.step({ type: 'deactivate' });
    }
  }

  /** This node leads on, or another does: what was held back is decided, or refused. */
  transferEnded(): void {
    const { held } = this;
    this.held = [];
    for (const decide of held) {
      decide();
    }
  }

  /** A node that was behind acts on what holds by now, not on every step of the way there. */
  committed(entries: readonly Entry[]): void {
    const news: MetadataRecord[] = [];
    const effects: DeciderEffect<MetadataRecord, ControllerResponse>[] = [];
    for (const entry of entries) {
      const records = entry.kind === 'data' ? decodeMetadataBatch(entry.payload) : [];
      const input = { type: 'committed', base: entry.base, records, upTo: entry.index } as const;
      for (const effect of this.decide(input)) {
        effects.push(effect);
      }
      for (const record of records) {
        news.push(record);
      }
      this.bytesSinceSnapshot += entry.payload.length;
    }
    // The node acts on its new image before anybody hears an answer that rests on it.
    this.imageChanged(news);
    this.executeAll(effects);
    const last = entries.at(-1);
    if (last !== undefined && last.term === this.leaderTerm && this.decider.active === null) {
      this.activate(last.term);
    }
    this.maybeSnapshot();
  }

  restore(snapshot: Snapshot): void {
    const image = emptyImage();
    if (snapshot.data.length > 0) {
      for (const record of decodeMetadataBatch(snapshot.data)) {
        applyRecord(image, record, snapshot.index);
      }
    }
    const state = controllerStateFrom(image, snapshot.index);
    this.environment.log('info', 'metadata.restored', { index: snapshot.index });
    this.step({ type: 'restored', state, upTo: snapshot.index });
    this.bytesSinceSnapshot = 0;
    this.imageChanged(null);
  }

  stop(): void {
    this.endSessions();
  }

  /** The first own entry of the term is committed, so everything before it is applied. */
  private activate(term: Term): void {
    this.environment.log('info', 'controller.active', { term });
    this.step({ type: 'activate', term });
    for (const [id, broker] of this.image.brokers) {
      this.touch(id, broker.epoch, -1);
      if (this.isGone(id)) {
        this.brokerLost(id);
      }
    }
    this.command({ type: 'bootstrap', features: FEATURES }, () => {});
    this.armImbalanceCheck();
  }

  private step(input: DeciderInput<ControllerState, ControllerCommand, MetadataRecord>): void {
    this.executeAll(this.decide(input));
  }

  private decide(
    input: DeciderInput<ControllerState, ControllerCommand, MetadataRecord>,
  ): DeciderEffect<MetadataRecord, ControllerResponse>[] {
    const effects: DeciderEffect<MetadataRecord, ControllerResponse>[] = [];
    this.observer?.controllerStepping(this.decider, input);
    stepDecider(controller, this.decider, input, effects, this.rules);
    this.observer?.controllerStepped(this.decider, input, effects);
    return effects;
  }

  private executeAll(effects: DeciderEffect<MetadataRecord, ControllerResponse>[]): void {
    for (const effect of effects) {
      this.execute(effect);
    }
  }

  private execute(effect: DeciderEffect<MetadataRecord, ControllerResponse>): void {
    switch (effect.type) {
      case 'append': {
        const raft = this.raft();
        assert(raft.nextIndex === effect.base, 'records were decided for another offset');
        const batch = encodeMetadataBatch(effect.records, this.environment.clock.wall());
        if (!raft.propose(effect.term as Term, batch, effect.records.length)) {
          this.endSessions();
          this.step({ type: 'deactivate' });
        }
        return;
      }
      case 'respond':
        this.finish(effect.token, effect.response);
        return;
      case 'refuse':
        this.finish(effect.token, null);
        return;
      default:
        unreachable(effect);
    }
  }

  private finish(token: number, response: ControllerResponse | null): void {
    const outcome = this.outcomes.get(token);
    this.outcomes.delete(token);
    outcome?.(response);
  }

  private touch(id: BrokerId, epoch: BrokerEpoch, metadataOffset: number): void {
    const current = this.sessions.get(id);
    if (current !== undefined && current.epoch > epoch) {
      return;
    }
    const session = current?.epoch === epoch ? current : { epoch, timer: 0, metadataOffset };
    session.metadataOffset = Math.max(session.metadataOffset, metadataOffset);
    this.sessions.set(id, session);
    if (current !== undefined && current !== session) {
      this.environment.timers.cancel(current.timer);
    }
    this.arm(id, session, this.timings.sessionTimeout);
  }

  private arm(id: BrokerId, session: Session, after: number): void {
    this.environment.timers.cancel(session.timer);
    session.timer = this.environment.timers.arm(after, () => this.expire(id, session));
  }

  private expire(brokerId: BrokerId, session: Session): void {
    this.environment.timers.cancel(session.timer);
    this.sessions.delete(brokerId);
    const brokerEpoch = session.epoch;
    this.command({ type: 'sessionExpired', brokerId, brokerEpoch }, () => {});
  }

  private endSessions(): void {
    for (const session of this.sessions.values()) {
      this.environment.timers.cancel(session.timer);
    }
    this.sessions.clear();
    if (this.imbalanceTimer !== null) {
      this.environment.timers.cancel(this.imbalanceTimer);
      this.imbalanceTimer = null;
    }
  }

  /** How far all brokers that may serve have applied the log, as far as their heartbeats tell. */
  private lowestActiveOffset(): number {
    let lowest = Number.MAX_SAFE_INTEGER;
    for (const [id, session] of this.sessions) {
      const broker = this.image.brokers.get(id);
      if (broker !== undefined && !broker.fenced && !broker.inControlledShutdown) {
        lowest = Math.min(lowest, session.metadataOffset);
      }
    }
    return lowest;
  }

  /** PREFERRED: leaders go back to the first replica now and then. */
  private armImbalanceCheck(): void {
    if (this.timings.imbalanceCheckInterval === null) {
      return;
    }
    this.imbalanceTimer = this.environment.timers.arm(this.timings.imbalanceCheckInterval, () => {
      if (this.isActive && !this.imbalanceDue) {
        this.imbalanceDue = true;
        this.command({ type: 'electPreferredLeaders', partitions: null }, () => {
          this.imbalanceDue = false;
        });
        this.armImbalanceCheck();
      }
    });
  }

  private maybeSnapshot(): void {
    if (this.bytesSinceSnapshot < this.timings.bytesBetweenSnapshots) {
      return;
    }
    this.bytesSinceSnapshot = 0;
    this.environment.log('info', 'metadata.snapshot', { index: this.raft().applied });
    const data = encodeMetadataBatch(snapshotRecords(this.image));
    this.raft().snapshotTaken(this.raft().applied, data);
  }
}
