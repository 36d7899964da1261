/** Runs the Raft machine: its storage, its timers and its connections to the other voters. */

import { stepRaft } from '../core/raft/machine.js';
import type { RaftRules } from '../core/raft/rules.js';
import { startRaft } from '../core/raft/state.js';
import type {
  ChangeRefusal,
  Entry,
  Message,
  RaftEffect,
  RaftInput,
  RaftStart,
  RaftState,
  Role,
  Snapshot,
  TimerAfter,
  TimerName,
  VoterChange,
} from '../core/raft/types.js';
import { assert, unreachable } from '../core/types/assert.js';
import type { BrokerId, LogIndex, Term, Uuid } from '../core/types/ids.js';
import type { Environment, FileError } from '../environment/environment.js';
import { encodeRaftMessage } from '../protocol/raft-wire.js';
import { NamedTimers } from './named-timers.js';
import type { BrokerObserver } from './observer.js';
import type { PeerAddress } from './request-channel.js';

/** What the machine tells the broker. */
export interface RaftListener {
  committed(entries: readonly Entry[]): void;
  restore(snapshot: Snapshot): void;
  roleChanged(role: Role, term: Term, leader: BrokerId | null): void;
  /** A one-way frame to another node's Raft. */
  send(to: BrokerId, frame: readonly Uint8Array[]): void;
  /** Where a node listens to others; null: nobody knows. */
  addressOf(node: BrokerId): PeerAddress | null;
  /** Proposals are taken again, or this node does not lead any more. */
  transferEnded(): void;
  /** The metadata log could not be written. */
  storageFailed(error: FileError): void;
}

/** As a leader hint says it. */
const UNKNOWN_ADDRESS: PeerAddress = { host: '127.0.0.1', port: 0 };

export interface RaftStore {
  persist(
    effect: Extract<RaftEffect, { type: 'persist' }>,
    done: (error: FileError | null) => void,
  ): void;
}

export interface RaftTimings {
  readonly minimumElectionTimeout: number;
  readonly heartbeatInterval: number;
}

/** Election timeouts of a cluster that never had a leader: it should not sit idle. */
const EAGER_ELECTION_MILLISECONDS = 15;
const EAGER_ATTEMPTS = 40;
/** After the leader's process was seen to be gone. */
const SUSPICIOUS_ELECTION_MILLISECONDS = 80;

type ReadOutcome = (ready: boolean) => void;

/** `done`: committed. `unknown`: appended, but the leadership was lost before that was committed. */
export type ChangeOutcome = 'done' | 'unknown' | ChangeRefusal;

interface PendingChange {
  readonly token: number;
  readonly tell: (outcome: ChangeOutcome) => void;
  /** Once it is appended. */
  index: LogIndex | null;
}

export class RaftHost {
  readonly state: RaftState;
  private readonly environment: Environment;
  private readonly rules: RaftRules;
  private readonly store: RaftStore;
  private readonly listener: RaftListener;
  private readonly timings: RaftTimings;
  private readonly observer: BrokerObserver | null;
  private readonly timers: NamedTimers<TimerName, TimerAfter>;
  private readonly inputs: RaftInput[] = [];
  private readonly reads = new Map<number, ReadOutcome>();
  /** Leader: wall clock of the last answer of each node, and of the last one that held the whole log. */
  private readonly heard = new Map<BrokerId, { fetched: number; caughtUp: number }>();
  private changes: PendingChange[] = [];
  private readonly transfers = new Map<number, (left: boolean) => void>();
  private lastToken = 0;
  private accepted: { index: LogIndex } | null = null;
  private stepping = false;
  /** News for the listener: told between steps, so that it may propose at once. */
  private readonly news: (() => void)[] = [];
  private telling = false;
  private eager: number;
  /** Last index handed to the listener. */
  applied: LogIndex;

  constructor(
    environment: Environment,
    start: RaftStart,
    store: RaftStore,
    rules: RaftRules,
    timings: RaftTimings,
    listener: RaftListener,
    observer: BrokerObserver | null,
  ) {
    this.environment = environment;
    this.state = startRaft(start, rules);
    this.applied = start.snapshot.index;
    this.eager = start.hardState.term === 0 ? EAGER_ATTEMPTS : 0;
    this.store = store;
    this.rules = rules;
    this.timings = timings;
    this.listener = listener;
    this.observer = observer;
    observer?.raftStarted(this.state);
    this.timers = new NamedTimers(
      environment,
      (after) => this.duration(after),
      (name, key, stamp) => this.step({ type: 'timerFired', name, key, stamp }),
    );
  }

  start(): void {
    this.step({ type: 'start', stamp: this.environment.clock.monotonic() });
  }

  stop(): void {
    this.timers.cancelAll();
  }

  get isLeader(): boolean {
    return this.state.role === 'leader';
  }

  /** The offset that the next record appended here will get. */
  get nextIndex(): number {
    const last = this.state.entries.at(-1);
    return (last === undefined ? this.state.snapshot.index : last.index) + 1;
  }

  receive(from: BrokerId, fromDirectory: Uuid, message: Message): void {
    const stamp = this.environment.clock.monotonic();
    this.step({ type: 'message', from, fromDirectory, message, stamp });
    if (message.type === 'appendEntriesReply' && this.isLeader) {
      this.noteAnswer(from);
    }
  }

  /** Milliseconds since 1970; -1: never, in this leadership. */
  lastHeard(id: BrokerId): { readonly fetched: number; readonly caughtUp: number } {
    if (id === this.state.self.id) {
      const now = this.environment.clock.wall();
      return { fetched: now, caughtUp: now };
    }
    return this.heard.get(id) ?? { fetched: -1, caughtUp: -1 };
  }

  private noteAnswer(from: BrokerId): void {
    const fetched = this.environment.clock.wall();
    const held = this.state.progress.get(from)?.matchIndex ?? 0;
    const before = this.heard.get(from)?.caughtUp ?? -1;
    this.heard.set(from, { fetched, caughtUp: held >= this.nextIndex - 1 ? fetched : before });
  }

  /** Appends `count` records in `term`; false if this node does not lead in it (any more). */
  propose(term: Term, payload: Uint8Array, count: number): boolean {
    assert(!this.stepping, 'a proposal inside a step');
    this.accepted = null;
    const token = ++this.lastToken;
    const stamp = this.environment.clock.monotonic();
    this.step({ type: 'propose', token, term, payload, count, stamp });
    return this.accepted !== null;
  }

  /** `outcome(true)` once everything committed before now is applied here; only on the leader. */
  readIndex(outcome: ReadOutcome): void {
    const token = ++this.lastToken;
    this.reads.set(token, outcome);
    this.step({ type: 'readIndex', token, stamp: this.environment.clock.monotonic() });
  }

  /** Adds or removes a voter; `tell` hears what became of it. */
  changeVoters(change: VoterChange, tell: (outcome: ChangeOutcome) => void): void {
    const token = ++this.lastToken;
    this.changes.push({ token, tell, index: null });
    const { term } = this.state;
    const stamp = this.environment.clock.monotonic();
    this.step({ type: 'changeVoters', token, term, change, stamp });
  }

  /** Hands the leadership over, to `to` or to who is furthest; `tell(false)`: this node leads on. */
  transferLeadership(to: BrokerId | null, tell: (left: boolean) => void): void {
    const token = ++this.lastToken;
    this.transfers.set(token, tell);
    const stamp = this.environment.clock.monotonic();
    this.step({ type: 'transferLeadership', token, to, stamp });
  }

  /** Nothing can be proposed until that has ended. */
  get isTransferring(): boolean {
    return this.state.transfer !== null;
  }

  snapshotTaken(index: LogIndex, data: Uint8Array): void {
    const stamp = this.environment.clock.monotonic();
    this.step({ type: 'snapshotTaken', index, data, stamp });
  }

  /** The connection to `peer` broke because its process ended, as far as can be seen. */
  connectionLost(peer: BrokerId): void {
    if (this.state.leader === peer && !this.isLeader) {
      // Only a suspicion: pre-vote and the log check still decide. It shortens the waiting.
      this.timers.arm('leaderSilence', 0, 1);
      const jitter = this.environment.fresh.below(SUSPICIOUS_ELECTION_MILLISECONDS, 'election');
      this.timers.arm('election', 0, 5 + jitter);
    }
    this.step({ type: 'connectionLost', peer, stamp: this.environment.clock.monotonic() });
  }

  private duration(after: TimerAfter): number {
    const { minimumElectionTimeout, heartbeatInterval } = this.timings;
    switch (after) {
      case 'heartbeatInterval':
        return heartbeatInterval;
      case 'minimumElectionTimeout':
        return minimumElectionTimeout;
      case 'electionTimeout': {
        if (this.eager > 0 && this.state.leader === null) {
          this.eager--;
          const step = EAGER_ELECTION_MILLISECONDS;
          return step + this.environment.fresh.below(3 * step, 'election');
        }
        const jitter = this.environment.fresh.below(minimumElectionTimeout, 'election');
        return minimumElectionTimeout + jitter;
      }
      default:
        return unreachable(after);
    }
  }

  private step(input: RaftInput): void {
    this.inputs.push(input);
    if (this.stepping) {
      return;
    }
    this.stepping = true;
    for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
      const { observer } = this;
      const effects: RaftEffect[] = [];
      observer?.raftStepping(this.state, next);
      stepRaft(this.state, next, effects, this.rules);
      observer?.raftStepped(this.state, next, effects);
      for (const effect of effects) {
        this.execute(effect);
      }
      observer?.raftExecuted(this.state, next, effects);
    }
    this.stepping = false;
    if (this.telling) {
      return;
    }
    this.telling = true;
    for (let tell = this.news.shift(); tell !== undefined; tell = this.news.shift()) {
      tell();
    }
    this.telling = false;
  }

  private execute(effect: RaftEffect): void {
    switch (effect.type) {
      case 'persist':
        this.persist(effect);
        return;
      case 'send':
        this.listener.send(effect.to, this.encode(effect.message));
        return;
      case 'committed': {
        const last = effect.entries.at(-1);
        if (last !== undefined) {
          this.news.push(() => {
            this.applied = last.index;
            this.listener.committed(effect.entries);
            this.endChanges(
              (change) => change.index !== null && change.index <= last.index,
              'done',
            );
          });
        }
        return;
      }
      case 'restore':
        this.news.push(() => {
          this.applied = effect.snapshot.index;
          this.listener.restore(effect.snapshot);
        });
        return;
      case 'roleChanged':
        this.heard.clear();
        if (effect.leader !== null) {
          this.eager = 0;
        }
        this.news.push(() => {
          this.listener.roleChanged(effect.role, effect.term, effect.leader);
          if (effect.role !== 'leader') {
            this.endChanges((change) => change.index !== null, 'unknown');
          }
        });
        return;
      case 'proposalAccepted':
        this.accepted = { index: effect.index };
        return;
      case 'proposalRefused':
        return;
      case 'readReady':
      case 'readRefused': {
        const outcome = this.reads.get(effect.token);
        this.reads.delete(effect.token);
        this.news.push(() => outcome?.(effect.type === 'readReady'));
        return;
      }
      case 'changeAccepted': {
        const change = this.changes.find(({ token }) => token === effect.token);
        if (change !== undefined) {
          change.index = effect.index;
        }
        return;
      }
      case 'changeRefused':
        this.news.push(() => {
          this.endChanges((change) => change.token === effect.token, effect.reason);
        });
        return;
      case 'transferEnded': {
        const tell = this.transfers.get(effect.token);
        this.transfers.delete(effect.token);
        this.news.push(() => {
          this.listener.transferEnded();
          tell?.(effect.left);
        });
        return;
      }
      case 'armTimer':
      case 'cancelTimer':
        this.timers.execute(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  private encode(message: Message): Uint8Array[] {
    if (message.type !== 'leaderHint') {
      return encodeRaftMessage(message);
    }
    const { host, port } = this.listener.addressOf(message.leader) ?? UNKNOWN_ADDRESS;
    return encodeRaftMessage({ ...message, host, port });
  }

  private endChanges(which: (change: PendingChange) => boolean, outcome: ChangeOutcome): void {
    const ended = this.changes.filter(which);
    this.changes = this.changes.filter((change) => !ended.includes(change));
    for (const { tell } of ended) {
      tell(outcome);
    }
  }

  private persist(effect: Extract<RaftEffect, { type: 'persist' }>): void {
    this.store.persist(effect, (error) => {
      if (error !== null) {
        this.listener.storageFailed(error);
        return;
      }
      const stamp = this.environment.clock.monotonic();
      this.step({ type: 'persisted', sequence: effect.sequence, stamp });
    });
  }
}
