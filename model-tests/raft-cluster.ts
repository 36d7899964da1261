/**
 * A closed world for Raft: nodes, their disks, and a network that loses, repeats and reorders. It
 * draws every decision from `Choices`, so a run is a function of its seed, and asks the shared
 * properties after every step.
 */

import { newestCommitted, newRaftGhost } from '../src/core/properties/raft/ghost.js';
import type { RaftViolation } from '../src/core/properties/raft/judge.js';
import { judgeRaft } from '../src/core/properties/raft/judge.js';
import type { RaftTransition } from '../src/core/properties/raft/transition.js';
import { stepRaft } from '../src/core/raft/machine.js';
import type { RaftRules } from '../src/core/raft/rules.js';
import { raftRules } from '../src/core/raft/rules.js';
import { cloneRaft, startRaft } from '../src/core/raft/state.js';
import type {
  ChangeRefusal,
  Configuration,
  Entry,
  HardState,
  Message,
  RaftEffect,
  RaftInput,
  RaftLimits,
  RaftState,
  Snapshot,
  TimerAfter,
  TimerName,
  Voter,
} from '../src/core/raft/types.js';
import { AssertionError, present } from '../src/core/types/assert.js';
import type { BrokerId, LogIndex, Stamp, Term, Uuid } from '../src/core/types/ids.js';

type Persist = Extract<RaftEffect, { type: 'persist' }>;
export type Step = typeof stepRaft;

/** Where decisions come from: a seed, or a list that fast-check shrinks. */
export interface Choices {
  /** In [0, bound); null when there are no more decisions. */
  next(bound: number): number | null;
}

/** A generator of 32-bit integers (Marsaglia's xorshift with a Weyl sequence). */
export function seeded(seed: number): Choices {
  let x = (seed * 2_654_435_761) >>> 0 || 1;
  let weyl = 0;
  const draw = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    weyl = (weyl + 362_437) >>> 0;
    return (x + weyl) >>> 0;
  };
  for (let i = 0; i < 8; i++) {
    draw();
  }
  return { next: (bound) => draw() % bound };
}

/** The decisions in a list, until it ends. */
export function listed(list: readonly number[]): Choices {
  let at = 0;
  return {
    next: (bound) => {
      const value = list[at++];
      return value === undefined ? null : value % bound;
    },
  };
}

export interface Disk {
  hardState: HardState;
  snapshot: Snapshot;
  entries: Entry[];
}

export interface Node {
  voter: Voter;
  /** null while it is down. */
  state: RaftState | null;
  disk: Disk;
  /** Handed to `persist`, not durable yet. */
  queue: Persist[];
  /** Armed timers and when they are due in virtual time. */
  timers: Map<TimerName, number>;
  /** What the state machine applied: payloads as text. */
  applied: string[];
  appliedIndex: LogIndex;
}

export interface Packet {
  readonly from: Voter;
  readonly to: BrokerId;
  readonly message: Message;
}

export interface ClusterOptions {
  readonly voters?: number;
  readonly learners?: number;
  readonly rules?: Partial<RaftRules>;
  readonly limits?: Partial<RaftLimits>;
  /** Wraps the machine: for mutants that are no rule. */
  readonly step?: Step;
  /** Told of every node that crashes. */
  readonly crashed?: (id: BrokerId) => void;
  /** Names of properties that are not asked: to see a bug's later consequences. */
  readonly unasked?: readonly string[];
}

const LIMITS: RaftLimits = { maxAppendBytes: 6, maxInflight: 3, snapshotChunkBytes: 7 };
const STAMP = 0 as Stamp;
const DURATIONS: Readonly<Record<TimerAfter, number>> = {
  heartbeatInterval: 10,
  minimumElectionTimeout: 100,
  electionTimeout: 100,
};

const text = new TextEncoder();
const untext = new TextDecoder();

export class RaftCluster {
  readonly nodes: Map<BrokerId, Node> = new Map();
  readonly configuration: Configuration;
  readonly rules: RaftRules;
  readonly limits: RaftLimits;
  readonly ghost: ReturnType<typeof newRaftGhost> = newRaftGhost();
  readonly violations: RaftViolation[] = [];
  network: Packet[] = [];
  /** Nodes that nothing reaches or leaves. */
  cutOff: Set<BrokerId> = new Set();
  now = 0;
  /** Effects of the newest step. */
  effects: RaftEffect[] = [];
  readonly accepted: Map<number, { index: LogIndex; term: Term }> = new Map();
  readonly reads: Map<number, LogIndex | 'refused'> = new Map();
  /** By token: where the change stands, or why it was refused. */
  readonly changes: Map<number, LogIndex | ChangeRefusal> = new Map();
  readonly transfers: Map<number, boolean> = new Map();
  steps = 0;
  /** Disks that were replaced so far. */
  wiped = 0;
  private tokens = 0;
  private readonly machine: Step;
  private readonly unasked: readonly string[];
  private readonly crashed: (id: BrokerId) => void;

  constructor(options: ClusterOptions = {}) {
    const { voters = 3, learners = 0 } = options;
    this.rules = { ...raftRules, ...options.rules };
    this.limits = { ...LIMITS, ...options.limits };
    this.machine = options.step ?? stepRaft;
    this.unasked = options.unasked ?? [];
    this.crashed = options.crashed ?? (() => {});
    const ids = Array.from({ length: voters + learners }, (_, i) => (i + 1) as BrokerId);
    const all = ids.map((id) => ({ id, directoryId: `directory-${id}` as Uuid }));
    this.configuration = { voters: all.slice(0, voters) };
    for (const voter of all) {
      this.nodes.set(voter.id, emptyNode(voter));
      this.start(voter.id);
    }
  }

  // ----------------------------------------------------------------------------- one thing at once

  node(id: number): Node {
    return present(this.nodes.get(id as BrokerId), `no node ${id}`);
  }

  state(id: number): RaftState {
    return present(this.node(id).state, `node ${id} is down`);
  }

  running(): Node[] {
    return [...this.nodes.values()].filter((node) => node.state !== null);
  }

  leaders(): RaftState[] {
    return this.running()
      .map((node) => node.state!)
      .filter((state) => state.role === 'leader');
  }

  /** Feeds one input to a running node, executes what it wants, and judges the step. */
  feed(id: number, input: RaftInput): RaftEffect[] {
    const node = this.node(id);
    const state = this.state(id);
    const before = cloneRaft(state);
    const effects: RaftEffect[] = [];
    this.steps++;
    try {
      this.machine(state, input, effects, this.rules);
    } catch (error) {
      if (!(error instanceof AssertionError)) {
        throw error;
      }
      this.violations.push({ property: 'assertion', detail: error.message });
      return [];
    }
    this.judge({ before, input, effects, after: state });
    for (const effect of effects) {
      this.execute(node, effect);
    }
    this.effects = effects;
    return effects;
  }

  /** Starts (or restarts) a node from its disk. */
  start(id: number): void {
    const node = this.node(id);
    const { disk, voter } = node;
    const { hardState, snapshot } = disk;
    const entries = disk.entries.slice();
    const self = voter;
    const bootstrap = this.configuration;
    node.state = startRaft(
      { self, limits: this.limits, bootstrap, hardState, snapshot, entries },
      this.rules,
    );
    node.queue = [];
    node.timers = new Map();
    node.applied = decodeApplied(snapshot.data);
    node.appliedIndex = snapshot.index;
    this.judge({ before: null, input: null, effects: [], after: node.state });
    this.feed(id, { type: 'start', stamp: STAMP });
  }

  /** The process ends; of its unsynced writes, `survive` parts reached the disk all the same. */
  crash(id: number, survive = 0): void {
    const node = this.node(id);
    let parts = survive;
    for (const effect of node.queue) {
      parts = writeParts(node.disk, effect, parts);
      if (parts <= 0) {
        break;
      }
    }
    node.state = null;
    node.queue = [];
    node.timers = new Map();
    this.network = this.network.filter(({ to }) => to !== node.voter.id);
    this.crashed(node.voter.id);
  }

  /** The disk of a node that is down is replaced by an empty one. */
  wipe(id: number): void {
    const old = this.node(id);
    this.wiped++;
    const directoryId = `${old.voter.directoryId}'` as Uuid;
    this.nodes.set(old.voter.id, emptyNode({ id: old.voter.id, directoryId }));
  }

  /** The first `count` queued writes become durable, in one sync. */
  sync(id: number, count: number = Number.POSITIVE_INFINITY): void {
    const node = this.node(id);
    const done = node.queue.splice(0, count);
    for (const effect of done) {
      writeParts(node.disk, effect, Number.POSITIVE_INFINITY);
    }
    const last = done.at(-1);
    if (last !== undefined) {
      this.feed(id, { type: 'persisted', sequence: last.sequence, stamp: STAMP });
    }
  }

  deliver(packet: Packet): void {
    const { from, to, message } = packet;
    const reachable = !this.cutOff.has(from.id) && !this.cutOff.has(to);
    if (reachable && this.nodes.get(to)?.state !== null && this.nodes.has(to)) {
      const fromDirectory = from.directoryId;
      this.feed(to, { type: 'message', from: from.id, fromDirectory, message, stamp: STAMP });
    }
  }

  fire(id: number, name: TimerName): void {
    if (this.node(id).timers.delete(name)) {
      this.feed(id, { type: 'timerFired', name, key: 0, stamp: STAMP });
    }
  }

  /** Proposes at `id`; the token says whether it was accepted (`accepted`). */
  propose(id: number, payload?: string, count = 1): number {
    const token = ++this.tokens;
    const bytes = text.encode(payload ?? `p${token}`);
    const { term } = this.state(id);
    this.feed(id, { type: 'propose', token, term, payload: bytes, count, stamp: STAMP });
    return token;
  }

  read(id: number): number {
    const token = ++this.tokens;
    this.feed(id, { type: 'readIndex', token, stamp: STAMP });
    return token;
  }

  /** Asks `id` to add or to remove the node `of` as it is now. */
  change(
    id: number,
    type: 'add' | 'remove',
    of: number,
    voter: Voter = this.node(of).voter,
  ): number {
    const token = ++this.tokens;
    const { term } = this.state(id);
    this.feed(id, { type: 'changeVoters', token, term, change: { type, voter }, stamp: STAMP });
    return token;
  }

  transfer(id: number, to: number | null = null): number {
    const token = ++this.tokens;
    const successor = to as BrokerId | null;
    this.feed(id, { type: 'transferLeadership', token, to: successor, stamp: STAMP });
    return token;
  }

  snapshot(id: number): void {
    const { applied, appliedIndex } = this.node(id);
    const data = encodeApplied(applied);
    this.feed(id, { type: 'snapshotTaken', index: appliedIndex, data, stamp: STAMP });
  }

  // ------------------------------------------------------------------------------------- directed

  /** Delivers and syncs until nothing is under way. Violations end it. */
  settle(limit = 10_000): void {
    for (let i = 0; i < limit && this.violations.length === 0; i++) {
      const packet = this.network.shift();
      if (packet !== undefined) {
        this.deliver(packet);
        continue;
      }
      const busy = this.running().find((node) => node.queue.length > 0);
      if (busy === undefined) {
        return;
      }
      this.sync(busy.voter.id);
    }
  }

  /** Lets everybody forget the leader, then has `id` stand for election, and settles. */
  elect(id: number): void {
    for (const { voter } of this.running()) {
      this.fire(voter.id, 'leaderSilence');
    }
    this.fire(id, 'election');
    this.settle();
  }

  /**
   * Runs in virtual time without faults until `until` holds; false if it does not within `limit`
   * firings of timers.
   */
  runUntil(until: () => boolean, choices: Choices, limit = 2_000): boolean {
    for (let i = 0; i < limit && this.violations.length === 0; i++) {
      this.settle();
      if (until()) {
        return true;
      }
      let due: { id: BrokerId; name: TimerName; at: number } | null = null;
      for (const { voter, timers } of this.running()) {
        for (const [name, at] of timers) {
          if (due === null || at < due.at) {
            due = { id: voter.id, name, at };
          }
        }
      }
      if (due === null) {
        return false;
      }
      this.now = Math.max(this.now, due.at);
      this.jitter = choices.next(100) ?? 0;
      this.fire(due.id, due.name);
    }
    return false;
  }
  private jitter = 0;

  private execute(node: Node, effect: RaftEffect): void {
    switch (effect.type) {
      case 'persist':
        node.queue.push(effect);
        return;
      case 'send':
        this.network.push({ from: node.voter, to: effect.to, message: effect.message });
        return;
      case 'committed':
        for (const entry of effect.entries) {
          node.appliedIndex = entry.index;
          if (entry.kind === 'data') {
            node.applied.push(untext.decode(entry.payload));
          }
        }
        return;
      case 'restore':
        this.restore(node, effect.snapshot);
        return;
      case 'armTimer': {
        const jitter = effect.after === 'electionTimeout' ? this.jitter : 0;
        node.timers.set(effect.name, this.now + DURATIONS[effect.after] + jitter);
        return;
      }
      case 'cancelTimer':
        node.timers.delete(effect.name);
        return;
      case 'proposalAccepted':
        this.accepted.set(effect.token, effect);
        return;
      case 'readReady':
        this.reads.set(effect.token, effect.index);
        return;
      case 'readRefused':
        this.reads.set(effect.token, 'refused');
        return;
      case 'changeAccepted':
        this.changes.set(effect.token, effect.index);
        return;
      case 'changeRefused':
        this.changes.set(effect.token, effect.reason);
        return;
      case 'transferEnded':
        this.transfers.set(effect.token, effect.left);
        return;
      case 'proposalRefused':
      case 'roleChanged':
        return;
    }
  }

  private restore(node: Node, snapshot: Snapshot): void {
    node.applied = decodeApplied(snapshot.data);
    node.appliedIndex = snapshot.index;
    const expected = this.ghost.committed
      .filter(({ entry }) => entry.index <= snapshot.index && entry.kind === 'data')
      .map(({ entry }) => untext.decode(entry.payload));
    if (JSON.stringify(node.applied) !== JSON.stringify(expected)) {
      this.violations.push({ property: 'SnapshotIsPrefix', detail: `at ${snapshot.index}` });
    }
  }

  private judge(transition: RaftTransition): void {
    const world = new Map<BrokerId, RaftState>();
    for (const { voter, state } of this.nodes.values()) {
      if (state !== null) {
        world.set(voter.id, state);
      }
    }
    for (const violation of judgeRaft(this.ghost, transition, world)) {
      if (!this.unasked.includes(violation.property)) {
        this.violations.push(violation);
      }
    }
  }

  /** The newest index that anybody ever committed. */
  committed(): LogIndex {
    return newestCommitted(this.ghost);
  }
}

function emptyNode(voter: Voter): Node {
  const snapshot: Snapshot = {
    index: 0 as LogIndex,
    term: 0 as Term,
    configuration: { voters: [] },
    data: new Uint8Array(0),
  };
  const disk = { hardState: { term: 0 as Term, votedFor: null }, snapshot, entries: [] };
  const index = 0 as LogIndex;
  return {
    voter,
    state: null,
    disk,
    queue: [],
    timers: new Map(),
    applied: [],
    appliedIndex: index,
  };
}

/** Carries out at most `parts` parts of a write, in its order; returns how many are left. */
function writeParts(disk: Disk, effect: Persist, parts: number): number {
  let left = parts;
  if (effect.truncateFrom !== null && left-- > 0) {
    const from = effect.truncateFrom;
    disk.entries = disk.entries.filter((entry) => entry.base < from);
  }
  for (const entry of effect.entries) {
    if (left-- > 0) {
      disk.entries.push(entry);
    }
  }
  if (effect.snapshot !== null && left-- > 0) {
    disk.snapshot = effect.snapshot;
  }
  if (effect.snapshot !== null && left-- > 0) {
    const { index } = effect.snapshot;
    disk.entries = disk.entries.filter((entry) => entry.index > index);
  }
  if (effect.hardState !== null && left-- > 0) {
    disk.hardState = effect.hardState;
  }
  return left;
}

function encodeApplied(applied: readonly string[]): Uint8Array {
  return text.encode(applied.join(','));
}

function decodeApplied(data: Uint8Array): string[] {
  return data.length === 0 ? [] : untext.decode(data).split(',');
}
