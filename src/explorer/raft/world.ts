/**
 * The closed world of the production Raft: voters and learners, their disks, and a network that is a set of
 * messages: what is sent twice and still under way is there once. Timers run out whenever they are armed, a
 * write is durable when that is reported, a process comes back with what was on its disk.
 */

import { raftProperties } from '../../core/properties/raft/judge.js';
import type { RaftProperty } from '../../core/properties/raft/property.js';
import { sameVoter } from '../../core/properties/raft/transition.js';
import { type RaftRules, raftRules } from '../../core/raft/rules.js';
import type { RaftLimits } from '../../core/raft/types.js';
import {
  type Fingerprint,
  finishHigh,
  finishLow,
  newFingerprint,
  notZero,
} from '../fingerprint.js';
import { merged } from '../messages.js';
import { PartWriter } from '../part-writer.js';
import { NUMBER_BYTES, readPart, writePart } from '../parts.js';
import { permutationsOf } from '../permutations.js';
import type { Violation, Visit, World } from '../world.js';
import {
  CHANGE,
  CONNECTION_LOST,
  DELIVERY,
  PERSISTED,
  PROPOSE,
  READ,
  RESTART,
  SNAPSHOT,
  TIMER,
  TRANSFER,
  WIPE,
} from './inputs.js';
import { JudgeMemory } from './judge-memory.js';
import { MachineMemory, type NodeFacts } from './machine-memory.js';
import { type ExploredNode, emptyDisk, TIMERS } from './node.js';
import { type Played, type Setting, started } from './play.js';
import { budgetsOf, COUNTED, type Counted, PLACE, type RaftScope } from './scope.js';
import { generationOf, voterOf } from './voters.js';
import { dueIn } from './witnesses.js';

/** Numbers of the parts: of the nodes by their ids, of what the judge remembers, of the messages under way. */
export interface RaftWorldState {
  readonly nodes: number[];
  ghost: number;
  /** Ascending, each once. */
  readonly messages: number[];
  /** Of each counted budget. */
  readonly used: number[];
}

export interface RaftWorldOptions {
  /** Wrong variants in the place of rules. */
  readonly rules?: Partial<RaftRules>;
  /** Names of properties that are not asked, to see what comes later. */
  readonly unasked?: readonly string[];
  /** false: no step and no verdict is remembered. Slow. */
  readonly remembers?: boolean;
}

/** What happens in a step, for people. */
export interface Happening {
  /** null: a message is lost. */
  readonly node: number | null;
  readonly code: number;
  /** The message that is delivered or lost. */
  readonly message: number | null;
  readonly isDuplicated: boolean;
}

/** Messages that one step can send beyond the budget: they begin where nothing was in flight. */
const SENT_AT_ONCE = 16;
const ELECTION = TIMERS.indexOf('election');
const DEFAULT_WAITING = 3;
/** Pieces of two bytes: a snapshot of the explored worlds has a few, and so a middle. */
const LIMITS: RaftLimits = { maxAppendBytes: 64, maxInflight: 2, snapshotChunkBytes: 2 };

export class RaftWorld implements World<RaftWorldState> {
  readonly permutations: number;
  readonly maximumBytes: number;
  readonly witnesses: readonly string[];
  readonly machines: MachineMemory;
  readonly judges: JudgeMemory;
  /** Of the step that `successors` tells of right now. */
  happening: Happening = { node: null, code: 0, message: null, isDuplicated: false };
  private readonly scope: RaftScope;
  private readonly budgets: readonly number[];
  private readonly setting: Setting;
  private readonly nodeCount: number;
  private readonly next: RaftWorldState;
  private readonly sum: Fingerprint = newFingerprint();

  constructor(scope: RaftScope, options: RaftWorldOptions = {}) {
    const { voters, learners = 0 } = scope;
    this.scope = scope;
    this.budgets = budgetsOf(scope);
    this.nodeCount = voters + learners;
    // A tie between voters is broken by their order when the leader hands over as it leaves: then ids matter.
    const isSymmetric = (scope.changes ?? 0) === 0;
    const renamings = isSymmetric
      ? permutationsOf(voters).map((places) => [
          0,
          ...places.map((place) => place + 1),
          ...ids(learners).map((id) => voters + id),
        ])
      : [ids(this.nodeCount + 1).map((id) => id - 1)];
    this.permutations = renamings.length;
    const writer = new PartWriter();
    const rules = { ...raftRules, ...options.rules };
    const bootstrap = { voters: ids(voters).map((id) => voterOf(id, 0)) };
    const limits = { ...LIMITS, maxAppendBytes: scope.appendBytes ?? LIMITS.maxAppendBytes };
    const syncsAtOnce = (scope.writes ?? 0) === 0;
    this.setting = { rules, bootstrap, limits, syncsAtOnce };
    const { unasked = [], remembers = true } = options;
    const due = dueIn(scope);
    this.machines = new MachineMemory(this.setting, due, renamings, writer, remembers);
    const properties: RaftProperty[] = raftProperties.filter(({ name }) => !unasked.includes(name));
    this.judges = new JudgeMemory(this.machines, properties, renamings, writer, remembers);
    this.witnesses = due.map(({ name }) => name);
    this.maximumBytes =
      NUMBER_BYTES * (this.nodeCount + 1 + scope.messages + SENT_AT_ONCE) + COUNTED.length;
    this.next = { nodes: [], ghost: 0, messages: [], used: [] };
  }
  initial(): RaftWorldState {
    const { machines, judges, setting } = this;
    const begun = ids(this.nodeCount).map((id) => started(voterOf(id, 0), emptyDisk(), setting));
    // Each one starts with an empty disk, beside those that have started.
    const nodes: ExploredNode[] = begun.map(({ transitions }) => ({
      raft: transitions[0]!.after,
      disk: emptyDisk(),
      writes: [],
      timers: 0,
    }));
    let ghost = judges.nothing;
    for (const [place, played] of begun.entries()) {
      ghost = judges.begin(nodes, place, played, ghost);
      nodes[place] = played.node;
    }
    const sent = begun.flatMap((played) => played.sent);
    return {
      nodes: begun.map(({ node }) => machines.numberOf(node)),
      ghost,
      messages: merged(
        [],
        -1,
        sent.map((packet) => machines.packets.numberOf(packet)),
        [],
      ),
      used: COUNTED.map(() => 0),
    };
  }

  successors(state: RaftWorldState, visit: Visit<RaftWorldState>): void {
    const { nodeCount, machines } = this;
    const { nodes, messages } = state;
    for (let place = 0; place < nodeCount; place++) {
      const facts = machines.facts[nodes[place]!]!;
      this.timers(state, place, facts, visit);
      if (facts.writes > 0) {
        this.attempt(state, place, PERSISTED, visit);
      }
      this.faults(state, place, facts, visit);
      if (facts.role === 'leader') {
        this.requests(state, place, facts, visit);
      }
    }
    for (let at = 0; at < messages.length; at++) {
      this.deliver(state, at, visit);
    }
  }

  private timers(
    state: RaftWorldState,
    place: number,
    { timers, term }: NodeFacts,
    visit: Visit<RaftWorldState>,
  ): void {
    for (let timer = 0; timer < TIMERS.length; timer++) {
      const isArmed = (timers & (1 << timer)) !== 0;
      // Nothing comes of an election in the last term: nobody asks for one.
      if (isArmed && (timer !== ELECTION || term < this.scope.terms)) {
        this.attempt(state, place, TIMER + timer, visit);
      }
    }
  }

  private faults(
    state: RaftWorldState,
    place: number,
    { id, parts, leader, role, canCompact }: NodeFacts,
    visit: Visit<RaftWorldState>,
  ): void {
    if (this.isLeft(state, 'restarts')) {
      for (let survived = 0; survived <= parts; survived++) {
        this.attempt(state, place, RESTART + survived, visit, 'restarts');
      }
    }
    if (this.isLeft(state, 'wipes')) {
      this.attempt(state, place, WIPE, visit, 'wipes');
    }
    if (canCompact && this.isLeft(state, 'snapshots')) {
      this.attempt(state, place, SNAPSHOT, visit, 'snapshots');
    }
    for (let peer = 1; this.isLeft(state, 'connectionsLost') && peer <= this.nodeCount; peer++) {
      if (peer !== id && (peer === leader || role === 'leader')) {
        this.attempt(state, place, CONNECTION_LOST + peer, visit, 'connectionsLost');
      }
    }
  }

  /** What clients and operators ask of a leader. */
  private requests(
    state: RaftWorldState,
    place: number,
    { id, voters }: NodeFacts,
    visit: Visit<RaftWorldState>,
  ): void {
    const { used } = state;
    if (this.isLeft(state, 'proposals')) {
      this.attempt(state, place, PROPOSE + used[PLACE.proposals]!, visit, 'proposals');
    }
    if (this.isLeft(state, 'reads')) {
      this.attempt(state, place, READ + used[PLACE.reads]!, visit, 'reads');
    }
    for (let to = 1; this.isLeft(state, 'transfers') && to <= this.nodeCount; to++) {
      if (to !== id) {
        const code = TRANSFER + 8 * used[PLACE.transfers]! + to;
        this.attempt(state, place, code, visit, 'transfers');
      }
    }
    if (!this.isLeft(state, 'changes')) {
      return;
    }
    const first = CHANGE + 64 * used[PLACE.changes]!;
    for (const voter of voters) {
      const code = first + 8 * generationOf(voter.directoryId) + voter.id;
      this.attempt(state, place, code, visit, 'changes');
    }
    for (const node of state.nodes) {
      const facts = this.machines.facts[node]!;
      const self = voterOf(facts.id, facts.generation);
      if (!voters.some((voter) => sameVoter(voter, self))) {
        const code = first + 32 + 8 * facts.generation + facts.id;
        this.attempt(state, place, code, visit, 'changes');
      }
    }
  }

  private deliver(state: RaftWorldState, at: number, visit: Visit<RaftWorldState>): void {
    const message = state.messages[at]!;
    const place = this.machines.packets.all[message]!.to - 1;
    this.attempt(state, place, DELIVERY + message, visit, null, at);
    if (this.isLeft(state, 'duplicates')) {
      this.attempt(state, place, DELIVERY + message, visit, 'duplicates');
    }
    if (this.isLeft(state, 'drops')) {
      const { next } = this;
      this.begin(state, 'drops');
      next.ghost = state.ghost;
      merged(state.messages, at, [], next.messages);
      this.happening = { node: null, code: 0, message, isDuplicated: false };
      visit(next, null, 0);
    }
  }

  private isLeft({ used }: RaftWorldState, budget: Counted): boolean {
    return used[PLACE[budget]]! < this.budgets[PLACE[budget]]!;
  }

  /** The next state begins as a copy, with one more of `budget` used. */
  private begin(state: RaftWorldState, budget: Counted | null): void {
    const { next } = this;
    for (let place = 0; place < this.nodeCount; place++) {
      next.nodes[place] = state.nodes[place]!;
    }
    for (let i = 0; i < COUNTED.length; i++) {
      next.used[i] = state.used[i]!;
    }
    if (budget !== null) {
      next.used[PLACE[budget]]!++;
    }
  }

  /**
   * One input to one node, unless what comes of it lies beyond the bounds. `delivered`: the place of the
   * message that is no longer under way.
   */
  private attempt(
    state: RaftWorldState,
    place: number,
    code: number,
    visit: Visit<RaftWorldState>,
    budget: Counted | null = null,
    delivered: number = -1,
  ): void {
    const { machines, next, scope } = this;
    const step = machines.step(state.nodes[place]!, code);
    const after = machines.facts[step.node]!;
    if (
      after.term > scope.terms ||
      after.writes > (scope.writes ?? 0) ||
      after.waiting > (scope.waiting ?? DEFAULT_WAITING)
    ) {
      return;
    }
    merged(state.messages, delivered, step.sent, next.messages);
    if (next.messages.length > Math.max(scope.messages, state.messages.length)) {
      return;
    }
    this.begin(state, budget);
    next.nodes[place] = step.node;
    const { nodes, ghost } = state;
    const verdict = this.judges.verdict(nodes, place, step, code, ghost, this.floorOf(next.nodes));
    next.ghost = verdict.ghost;
    const message = code >= DELIVERY ? code - DELIVERY : null;
    const isDuplicated = budget === 'duplicates';
    this.happening = { node: after.id, code, message, isDuplicated };
    visit(next, verdict.violation, step.reached);
  }

  /** The lowest term on a disk: nothing older is ever asked for again, but where disks are replaced. */
  private floorOf(nodes: readonly number[]): number {
    let floor = Number.POSITIVE_INFINITY;
    for (let place = 0; place < this.nodeCount; place++) {
      floor = Math.min(floor, this.machines.facts[nodes[place]!]!.diskTerm);
    }
    return (this.scope.wipes ?? 0) > 0 ? 0 : floor;
  }

  fingerprint(state: RaftWorldState, renaming: number, seed: number, into: Fingerprint): void {
    const { machines, judges, sum } = this;
    const { nodes, messages, used } = state;
    sum[0] = 0;
    sum[1] = 0;
    for (let place = 0; place < this.nodeCount; place++) {
      machines.nodes.addHash(nodes[place]!, renaming, seed, sum);
    }
    for (let i = 0; i < messages.length; i++) {
      machines.packets.addHash(messages[i]!, renaming, seed, sum);
    }
    judges.ghosts.addHash(state.ghost, renaming, seed, sum);
    let spent = 0;
    for (let i = 0; i < used.length; i++) {
      spent = Math.imul(spent, 31) + used[i]!;
    }
    into[0] = finishLow(sum[0]! ^ Math.imul(spent, 0x9e3779b1));
    into[1] = notZero(finishHigh(sum[1]! ^ Math.imul(spent, 0x85ebca6b)));
  }

  encode(state: RaftWorldState, bytes: Uint8Array, at: number): number {
    let position = at;
    for (let place = 0; place < this.nodeCount; place++) {
      position = writePart(bytes, position, state.nodes[place]!);
    }
    position = writePart(bytes, position, state.ghost);
    for (let i = 0; i < COUNTED.length; i++) {
      bytes[position++] = state.used[i]!;
    }
    for (let i = 0; i < state.messages.length; i++) {
      position = writePart(bytes, position, state.messages[i]!);
    }
    return position;
  }

  decode(bytes: Uint8Array, at: number, end: number): RaftWorldState {
    let position = at;
    const nodes: number[] = [];
    for (let place = 0; place < this.nodeCount; place++) {
      nodes.push(readPart(bytes, position));
      position += NUMBER_BYTES;
    }
    const ghost = readPart(bytes, position);
    position += NUMBER_BYTES;
    const used: number[] = [];
    for (let i = 0; i < COUNTED.length; i++) {
      used.push(bytes[position++]!);
    }
    const messages: number[] = [];
    for (; position < end; position += NUMBER_BYTES) {
      messages.push(readPart(bytes, position));
    }
    return { nodes, ghost, messages, used };
  }

  /** The properties of Raft are properties of steps. */
  violation(): Violation | null {
    return null;
  }

  /** The step again, with what the machine was told and what it answered; a lost message has none. */
  play(state: RaftWorldState, { node, code }: Happening): Played | null {
    return node === null ? null : this.machines.play(state.nodes[node - 1]!, code);
  }
}

/** 1 to `n`. */
function ids(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
