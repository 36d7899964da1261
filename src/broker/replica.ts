/**
 * One replica that this broker hosts: its machine, its log and what waits on it. Inputs go in here,
 * effects come out and are executed, until there is nothing left to do.
 */

import { stepPartition } from '../core/partition/machine.js';
import type { PartitionRules } from '../core/partition/rules.js';
import type {
  BatchFacts,
  PartitionEffect,
  PartitionInput,
  PartitionState,
  PartitionTimer,
  PartitionTimerAfter,
} from '../core/partition/types.js';
import { assert, present, unreachable } from '../core/types/assert.js';
import {
  type LeaderEpoch,
  NO_TIMESTAMP,
  type Offset,
  type PartitionIndex,
  type Stamp,
  type Timestamp,
  type Uuid,
} from '../core/types/ids.js';
import { type Environment, FileError, type Frame } from '../environment/environment.js';
import type { PartitionLog } from '../log/partition-log.js';
import { stampBatch } from '../log/record-batch.js';
import { DamagedSegment } from '../log/segment.js';
import type { LogDamage, OffsetAndTimestamp } from '../log/types.js';
import { ErrorCode } from '../protocol/errors.js';
import { NamedTimers } from './named-timers.js';
import type { BrokerObserver } from './observer.js';
import { Pending } from './pending.js';

export type FetchAnswer = Extract<PartitionEffect, { type: 'fetchAnswer' }>;
export type Produced = Extract<PartitionEffect, { type: 'produced' }>;
export type RecordsDeleted = Extract<PartitionEffect, { type: 'recordsDeleted' }>;
export type AlterPartition = Extract<PartitionEffect, { type: 'alterPartition' }>;
export type ReplicationFailed = Extract<PartitionEffect, { type: 'replicationFailed' }>;
export type RoleChanged = Extract<PartitionEffect, { type: 'roleChanged' }>;

/** What a replica asks of the broker around it. */
export interface ReplicaHost {
  readonly environment: Environment;
  readonly rules: PartitionRules;
  readonly observer: BrokerObserver | null;
  timerDuration(after: PartitionTimerAfter): number;
  alterPartition(replica: Replica, change: AlterPartition): void;
  roleChanged(replica: Replica, change: RoleChanged): void;
  highWatermarkAdvanced(replica: Replica): void;
  logEndAdvanced(replica: Replica): void;
  /** Where the log begins is to be on the disk when this returns. */
  logStartMoved(replica: Replica): void;
  /** The log is about to be cut to `offset`, or begun anew there. */
  logCut(replica: Replica, offset: Offset): void;
  /** What the leader sends does not go on where this log ends. */
  replicationFailed(replica: Replica, failure: ReplicationFailed): void;
  /** The log holds something else than was written. */
  damaged(replica: Replica, damage: LogDamage): void;
  /** The log could not be written or read: the directory is lost. */
  storageFailed(error: FileError): void;
}

/** Bytes on their way into the log, with the frame they lie in. */
interface IncomingBytes {
  readonly parts: readonly Uint8Array[];
  readonly frame: Frame | null;
}

/** Of a replica that is no longer on this broker. */
const NOT_HERE = {
  error: ErrorCode.NOT_LEADER_OR_FOLLOWER,
  baseOffset: -1 as Offset,
  logAppendTime: NO_TIMESTAMP,
  logStartOffset: -1 as Offset,
} as const;

export class Replica {
  readonly topicId: Uuid;
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Names it on its broker: topic id and partition. */
  readonly key: string;
  readonly state: PartitionState;
  readonly log: PartitionLog;
  /** Fetches that wait for this replica's high watermark (consumers) or log end (followers). */
  readonly parked: { wake(): void; readonly isFollower: boolean }[] = [];
  /** Listens to commitment (the group coordinator on its partitions). */
  onHighWatermark: ((highWatermark: Offset) => void) | null = null;
  onRole: ((change: RoleChanged) => void) | null = null;
  onClosed: (() => void) | null = null;
  /** The follower's fetcher leaves it out until a timer has passed. */
  fetchDelayed = false;
  private readonly host: ReplicaHost;
  private readonly timers: NamedTimers<PartitionTimer, PartitionTimerAfter>;
  private readonly inputs: PartitionInput[] = [];
  private readonly produceOutcomes = new Pending<(outcome: Produced) => void>();
  private readonly deletions = new Map<number, (outcome: RecordsDeleted) => void>();
  private incoming: IncomingBytes | null = null;
  private answer: FetchAnswer | null = null;
  private stepping = false;
  /** How often the log was cut or begun anew: a sync says nothing of a log that is gone. */
  private cuts = 0;
  private closed = false;

  constructor(host: ReplicaHost, topic: string, state: PartitionState, log: PartitionLog) {
    this.host = host;
    this.topic = topic;
    this.topicId = state.topicId;
    this.partition = state.partition;
    this.key = `${state.topicId}/${state.partition}`;
    this.state = state;
    this.log = log;
    this.timers = new NamedTimers(
      host.environment,
      (after) => host.timerDuration(after),
      (name, key, stamp) => this.step({ type: 'timerFired', name, key, stamp }),
    );
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get rules(): PartitionRules {
    return this.host.rules;
  }

  get isLeader(): boolean {
    return !this.closed && this.state.role === 'leader';
  }

  get isClosed(): boolean {
    return this.closed;
  }

  stamp(): Stamp {
    return this.host.environment.clock.monotonic();
  }

  /** Appends one validated batch as leader; `outcome` hears of it once `acks` is satisfied. */
  produce(
    token: number,
    acks: -1 | 0 | 1,
    batch: BatchFacts,
    bytes: Uint8Array,
    frame: Frame | null,
    input: {
      readonly logAppendTime: Extract<PartitionInput, { type: 'produce' }>['logAppendTime'];
    },
    outcome: (outcome: Produced) => void,
  ): void {
    assert(!this.stepping, 'a produce from within a step of its replica');
    if (this.closed) {
      outcome({ type: 'produced', token, ...NOT_HERE });
      return;
    }
    this.produceOutcomes.add(token, outcome);
    this.incoming = { parts: [bytes], frame };
    const { logAppendTime } = input;
    this.step({ type: 'produce', token, acks, batch, logAppendTime, stamp: this.stamp() });
    this.incoming = null;
  }

  expireProduce(token: number): void {
    if (this.produceOutcomes.has(token)) {
      this.step({ type: 'produceExpired', token, stamp: this.stamp() });
    }
  }

  /** Deletes below `offset` as leader; `outcome` hears of it once all live replicas have. */
  deleteRecords(token: number, offset: Offset, outcome: (outcome: RecordsDeleted) => void): void {
    if (this.closed) {
      const { error } = NOT_HERE;
      outcome({ type: 'recordsDeleted', token, error, lowWatermark: -1 as Offset });
      return;
    }
    this.deletions.set(token, outcome);
    this.step({ type: 'deleteRecords', token, offset, stamp: this.stamp() });
  }

  expireDeletion(token: number): void {
    this.step({ type: 'deleteRecordsExpired', token, stamp: this.stamp() });
  }

  /** Feeds a fetch and gives back what the machine says to it. */
  fetch(input: Extract<PartitionInput, { type: 'fetch' }>): FetchAnswer {
    assert(!this.stepping, 'a fetch from within a step of its replica');
    this.answer = null;
    this.step(input);
    return present<FetchAnswer>(this.answer, 'a fetch was not answered');
  }

  /** What the leader answered to this follower; `parts` are the batches' bytes. */
  fetched(
    input: Extract<PartitionInput, { type: 'fetched' }>,
    parts: readonly Uint8Array[],
    frame: Frame | null,
  ): void {
    assert(!this.stepping, 'a fetched answer from within a step of its replica');
    this.incoming = { parts, frame };
    this.step(input);
    this.incoming = null;
  }

  step(input: PartitionInput): void {
    if (this.closed) {
      return;
    }
    this.inputs.push(input);
    if (this.stepping) {
      return;
    }
    this.stepping = true;
    try {
      for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
        const { observer, rules } = this.host;
        const effects: PartitionEffect[] = [];
        observer?.replicaStepping(this, next);
        stepPartition(this.state, next, effects, rules);
        observer?.replicaStepped(this, next, effects);
        for (const effect of effects) {
          this.execute(effect);
        }
        observer?.replicaExecuted(this, next, effects);
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.stepping = false;
    }
  }

  /** Deletes segments that are too old or too many. */
  retain(now: Timestamp): void {
    if (this.closed) {
      return;
    }
    const offset = this.guarded((log) => log.retain(now, this.state.highWatermark));
    if (offset !== null) {
      this.step({ type: 'logStartMoved', offset, stamp: this.stamp() });
    }
  }

  /** By timestamp (ListOffsets): the first record below `upTo` that is not older; null: there is none. */
  offsetForTimestamp(timestamp: Timestamp, upTo: Offset): OffsetAndTimestamp | null {
    return this.guarded((log) => log.offsetForTimestamp(timestamp, upTo));
  }

  /** The record with the largest timestamp (ListOffsets -3, KIP-734); null: no timestamps. */
  maxTimestampOffset(): OffsetAndTimestamp | null {
    return this.guarded((log) => log.maxTimestampOffset());
  }

  /** What `action` finds or does in the log; null also if that fails, and the broker ends. */
  guarded<T>(action: (log: PartitionLog) => T | null): T | null {
    try {
      return action(this.log);
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  /** A batch in the log is not what was written: the broker ends, with one line. */
  damaged(damage: LogDamage): void {
    this.host.damaged(this, damage);
  }

  /** A file could not be used, or a batch is not what was written: the broker ends, with one line. */
  private failed(error: unknown): void {
    if (!(error instanceof FileError)) {
      throw error;
    }
    if (error instanceof DamagedSegment) {
      const { path, position, reason } = error;
      this.damaged({ path, offset: this.log.logEndOffset, position, reason });
    } else {
      this.host.storageFailed(error);
    }
  }

  close(clean: boolean): void {
    this.closed = true;
    this.host.observer?.replicaClosed(this);
    this.timers.cancelAll();
    // What waits here waits in vain. Whether it was replicated before, nobody knows.
    for (const token of this.produceOutcomes.tokens()) {
      this.produceOutcomes.take(token)?.({ type: 'produced', token, ...NOT_HERE });
    }
    for (const [token, outcome] of [...this.deletions]) {
      this.deletions.delete(token);
      const { error } = NOT_HERE;
      outcome({ type: 'recordsDeleted', token, error, lowWatermark: -1 as Offset });
    }
    this.onClosed?.();
    for (const fetch of [...this.parked]) {
      fetch.wake();
    }
    this.log.close(clean);
  }

  private execute(effect: PartitionEffect): void {
    switch (effect.type) {
      case 'append':
        this.append(effect.baseOffset, effect.leaderEpoch, effect.batches, effect.token !== null);
        return;
      case 'produced':
        this.produceOutcomes.take(effect.token)?.(effect);
        return;
      case 'recordsDeleted': {
        const outcome = this.deletions.get(effect.token);
        this.deletions.delete(effect.token);
        outcome?.(effect);
        return;
      }
      case 'fetchAnswer':
        this.answer = effect;
        return;
      case 'truncate': {
        this.cuts++;
        this.host.logCut(this, effect.endOffset);
        const { producers, endOffset } = this.log.truncateTo(effect.endOffset);
        this.host.logCut(this, endOffset);
        this.inputs.unshift({ type: 'truncated', endOffset, producers, stamp: this.stamp() });
        return;
      }
      case 'resetLog': {
        this.cuts++;
        this.host.logCut(this, 0 as Offset);
        this.log.reset(effect.offset);
        this.host.logStartMoved(this);
        const producers = new Map();
        const endOffset = effect.offset;
        this.inputs.unshift({ type: 'truncated', endOffset, producers, stamp: this.stamp() });
        return;
      }
      case 'replicationFailed':
        this.host.replicationFailed(this, effect);
        return;
      case 'moveLogStart':
        this.log.moveStart(effect.offset);
        this.host.logStartMoved(this);
        return;
      case 'epochsChanged':
        this.log.storeEpochs(effect.epochs);
        return;
      case 'highWatermarkAdvanced':
        this.onHighWatermark?.(effect.highWatermark);
        this.host.highWatermarkAdvanced(this);
        return;
      case 'logEndAdvanced':
        this.host.logEndAdvanced(this);
        return;
      case 'roleChanged':
        this.onRole?.(effect);
        this.host.roleChanged(this, effect);
        return;
      case 'alterPartition':
        this.host.alterPartition(this, effect);
        return;
      case 'armTimer':
      case 'cancelTimer':
        this.timers.execute(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  private append(
    baseOffset: Offset,
    leaderEpoch: LeaderEpoch,
    batches: readonly BatchFacts[],
    asLeader: boolean,
  ): void {
    const incoming = present(this.incoming, 'an append without bytes');
    let facts = batches;
    if (asLeader) {
      assert(batches.length === 1, 'a leader appends one batch at a time');
      stampBatch(incoming.parts[0]!, 0, baseOffset, leaderEpoch);
      facts = [{ ...batches[0]!, baseOffset, leaderEpoch }];
    }
    this.log.append(incoming.parts, facts, incoming.frame, asLeader);
    const last = facts.at(-1)!;
    const endOffset = (last.baseOffset + last.lastOffsetDelta + 1) as Offset;
    if (this.log.mustFlush) {
      this.countWhenSynced(endOffset);
    } else {
      this.inputs.unshift({ type: 'appended', endOffset, stamp: this.stamp() });
    }
  }

  /** With flush.messages what is not on the disk does not count as appended. */
  private countWhenSynced(endOffset: Offset): void {
    const { cuts } = this;
    this.log.flush((error) => {
      if (error !== null) {
        this.host.storageFailed(error);
      } else if (cuts === this.cuts) {
        this.step({ type: 'appended', endOffset, stamp: this.stamp() });
      }
    });
  }
}
