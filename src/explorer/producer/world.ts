/**
 * The closed world of idempotent production: two replicas of one partition, always in sync, both of them the
 * production machine; a controller that changes the leader; and producers as Kafka's client is one, each with a
 * connection to the leader that it knows. What is on a connection stays in order.
 */

import { type LogRules, logRules } from '../../core/log/rules.js';
import { type PartitionRules, partitionRules } from '../../core/partition/rules.js';
import type { BatchFacts } from '../../core/partition/types.js';
import { assert } from '../../core/types/assert.js';
import {
  type Fingerprint,
  finishHigh,
  finishLow,
  newFingerprint,
  notZero,
} from '../fingerprint.js';
import { PartWriter } from '../part-writer.js';
import { NUMBER_BYTES } from '../parts.js';
import { permutationsOf } from '../permutations.js';
import type { Violation, Visit, World } from '../world.js';
import { lifeIn, valueIn } from './batches.js';
import type { Produced } from './play.js';
import { REPLICAS, started } from './replica.js';
import {
  APPENDED,
  EXPIRE,
  PRODUCE,
  RESTART,
  ReplicaMemory,
  ROLL,
  type Step,
  TELL,
  UNHEARD,
} from './replica-memory.js';
import {
  budgetsOf,
  COUNTED,
  type Counted,
  PLACE,
  type ProducerScope,
  sessionCount,
} from './scope.js';
import { maySend, needsEpoch, newSession, type Session } from './session.js';
import { SessionMemory } from './session-memory.js';
import { Witnesses } from './witnesses.js';
import {
  decodeState,
  encodeState,
  type Happening,
  type ProducerWorldState,
  type ReplicaHappening,
  type SessionHappening,
} from './world-state.js';

export interface ProducerWorldOptions {
  /** Wrong variants in the place of rules. */
  readonly rules?: Partial<PartitionRules>;
  readonly logRules?: Partial<LogRules>;
  /** false: no step and no verdict is remembered. Slow. */
  readonly remembers?: boolean;
}

export class ProducerWorld implements World<ProducerWorldState> {
  readonly permutations: number;
  readonly maximumBytes: number;
  readonly witnesses: readonly string[];
  readonly memory: ReplicaMemory;
  readonly producers: SessionMemory;
  /** Of the step that `successors` tells of right now. */
  happening: Happening = { type: 'elect' };
  private readonly scope: ProducerScope;
  private readonly budgets: readonly number[];
  private readonly lives: number;
  private readonly due: Witnesses;
  private readonly next: ProducerWorldState;
  private readonly sum: Fingerprint = newFingerprint();

  constructor(scope: ProducerScope, options: ProducerWorldOptions = {}) {
    const { producers = 1, lives = 1 } = scope;
    this.scope = scope;
    this.budgets = budgetsOf(scope);
    this.lives = lives;
    const isPatient = scope.without !== 'bump-early';
    this.due = new Witnesses(scope);
    this.witnesses = this.due.names;
    const renamings = permutationsOf(producers).map((places) => [
      0,
      ...places.map((place) => place + 1),
    ]);
    this.permutations = renamings.length;
    const writer = new PartWriter();
    const setting = {
      rules: { ...partitionRules, ...options.rules },
      logRules: { ...logRules, ...options.logRules },
      appendsAtOnce: scope.slowAppends !== true,
    };
    const { remembers = true } = options;
    this.producers = new SessionMemory(isPatient, renamings, writer, remembers);
    const { all } = this.producers.batches;
    this.memory = new ReplicaMemory(setting, all, this.due, renamings, writer, remembers);
    const parts = REPLICAS.length + sessionCount(scope) + 1;
    this.maximumBytes = NUMBER_BYTES * parts + 2 + COUNTED.length;
    this.next = { replicas: [], sessions: [], ghost: 0, leader: 1, leaderEpoch: 0, used: [] };
  }

  /** The first replica leads, both know. */
  initial(): ProducerWorldState {
    const { memory, producers } = this;
    const replicas = REPLICAS.map((id) =>
      memory.step(memory.numberOf(started(id, [], [], [], logRules)), TELL),
    );
    assert(
      replicas.every(({ violation }) => violation === null),
      'nothing has happened yet',
    );
    const lives = Array.from({ length: sessionCount(this.scope) }, (_, place) =>
      newSession(Math.floor(place / this.lives) + 1, (place % this.lives) + 1),
    );
    return {
      replicas: replicas.map(({ replica }) => replica),
      sessions: lives.map((session) => producers.numberOf(session)),
      ghost: memory.ghosts.numberOf([]),
      leader: 1,
      leaderEpoch: 0,
      used: COUNTED.map(() => 0),
    };
  }

  successors(state: ProducerWorldState, visit: Visit<ProducerWorldState>): void {
    for (let place = 0; place < state.sessions.length; place++) {
      const session = this.producers.sessions.all[state.sessions[place]!]!;
      if (session.epoch < 0) {
        this.initProducer(state, place, session, visit);
      } else {
        this.produce(state, place, session, visit);
        this.connect(state, place, session, visit);
        this.handle(state, place, visit);
      }
    }
    this.replicate(state, visit);
    this.elect(state, visit);
    for (let place = 0; place < REPLICAS.length; place++) {
      this.host(state, place, visit);
    }
  }

  /** A life asks for an epoch once those before it have one, and shuts them out (KIP-98). */
  private initProducer(
    state: ProducerWorldState,
    place: number,
    session: Session,
    visit: Visit<ProducerWorldState>,
  ): void {
    if (session.life > 1 && this.producers.sessions.all[state.sessions[place - 1]!]!.epoch < 0) {
      return;
    }
    const epoch = this.newestEpoch(state, place) + 1;
    const after = this.producers.begun(
      state.sessions[place]!,
      epoch,
      state.leader,
      this.scope.wraps === true,
    );
    this.change(state, { type: 'init', session: place }, after, visit);
  }

  private produce(
    state: ProducerWorldState,
    place: number,
    session: Session,
    visit: Visit<ProducerWorldState>,
  ): void {
    const { scope, producers } = this;
    const number = state.sessions[place]!;
    const isPatient = scope.without !== 'pipeline-unknown';
    if (this.isLeft(state, 'sends') && maySend(session, scope.window, isPatient)) {
      for (const records of new Set([1, scope.records ?? 1])) {
        const after = producers.withNewBatch(number, records);
        this.change(state, { type: 'send', session: place, budget: 'sends' }, after, visit);
      }
    }
    if (session.pending.some(({ status }) => status === 'unsent')) {
      const after = producers.sentAgain(number);
      this.change(state, { type: 'sendAgain', session: place }, after, visit);
    }
    if (session.pending.length > 0 && this.isLeft(state, 'givenUp')) {
      const after = producers.withoutOldest(number);
      this.change(state, { type: 'giveUp', session: place, budget: 'givenUp' }, after, visit);
    }
    // The coordinator gives a new epoch to the newest life only; and for each a batch was given up.
    const newest = this.newestEpoch(state, place);
    const most = this.lives + (scope.givenUp ?? 0);
    if (needsEpoch(session) && session.epoch === newest && newest < most) {
      const after = producers.withEpoch(number, newest + 1);
      this.change(state, { type: 'bump', session: place }, after, visit);
    }
  }

  private connect(
    state: ProducerWorldState,
    place: number,
    session: Session,
    visit: Visit<ProducerWorldState>,
  ): void {
    const { requests, pending, to, answers } = session;
    const moves = to !== state.leader;
    const waits = requests.length > 0 || pending.some(({ status }) => status === 'sent');
    if (moves || (waits && this.isLeft(state, 'breaks'))) {
      const budget = moves ? null : 'breaks';
      this.breaks(state, place, session, false, budget, visit);
      if (this.scope.late === true && requests.length > 0) {
        this.breaks(state, place, session, true, budget, visit);
      }
    }
    if (answers.length > 0) {
      const after = this.producers.hearing(state.sessions[place]!);
      this.change(state, { type: 'hear', session: place }, after, visit);
    }
  }

  /** The connection breaks, or the producer has heard of another leader; it is made anew. */
  private breaks(
    state: ProducerWorldState,
    place: number,
    session: Session,
    comesLate: boolean,
    budget: Counted | null,
    visit: Visit<ProducerWorldState>,
  ): void {
    const next = this.begin(state, budget);
    const { producer, life, to } = session;
    const unheard = UNHEARD + 16 * producer + life;
    next.replicas[to - 1] = this.memory.step(state.replicas[to - 1]!, unheard).replica;
    const number = state.sessions[place]!;
    next.sessions[place] = this.producers.reconnected(number, state.leader, comesLate);
    this.happening = { type: 'break', session: place, comesLate };
    visit(next, null, 0);
  }

  /** A replica takes a request: the oldest of a connection. */
  private handle(state: ProducerWorldState, place: number, visit: Visit<ProducerWorldState>): void {
    const { producers } = this;
    const number = state.sessions[place]!;
    const { oldest, late } = producers.facts[number]!;
    if (oldest >= 0) {
      const { to } = producers.sessions.all[number]!;
      const next = this.begin(state, null);
      next.sessions[place] = producers.withoutRequest(number);
      const code = PRODUCE + 2 * oldest;
      this.order(next, { type: 'handle', replica: to, code }, visit);
    }
    for (let at = 0; at < late.length; at++) {
      const { to, batch } = late[at]!;
      const next = this.begin(state, null);
      next.sessions[place] = producers.withoutLate(number, at);
      const code = PRODUCE + 2 * batch + 1;
      this.order(next, { type: 'handleLate', replica: to, code }, visit, this.due.bit('late'));
    }
  }

  /** The follower fetches, where it follows who leads. */
  private replicate(state: ProducerWorldState, visit: Visit<ProducerWorldState>): void {
    const { memory } = this;
    for (let place = 0; place < REPLICAS.length; place++) {
      const { role, leader, isAppending } = memory.facts[state.replicas[place]!]!;
      if (
        isAppending ||
        role !== 'follower' ||
        memory.facts[state.replicas[leader - 1]!]!.role !== 'leader'
      ) {
        continue;
      }
      const step = memory.fetch(state.replicas[leader - 1]!, state.replicas[place]!);
      const next = this.begin(state, null);
      next.replicas[place] = step.follower.replica;
      this.happening = { type: 'fetch', leader, follower: place + 1 };
      const { violation, reached } = step.follower;
      this.take(next, leader - 1, step.leader, reached, visit, violation);
    }
  }

  private elect(state: ProducerWorldState, visit: Visit<ProducerWorldState>): void {
    if (this.isLeft(state, 'elections')) {
      const next = this.begin(state, 'elections');
      next.leader = other(state.leader);
      next.leaderEpoch++;
      this.happening = { type: 'elect' };
      visit(next, null, 0);
    }
  }

  /** What happens to a replica, its process and its disk. */
  private host(state: ProducerWorldState, place: number, visit: Visit<ProducerWorldState>): void {
    const { leaderEpoch, waiting, end, isAppending } = this.memory.facts[state.replicas[place]!]!;
    const replica = place + 1;
    if (isAppending) {
      this.order(this.begin(state, null), { type: 'append', replica, code: APPENDED }, visit);
    }
    if (leaderEpoch < state.leaderEpoch) {
      const code = TELL + 2 * state.leaderEpoch + state.leader - 1;
      this.order(this.begin(state, null), { type: 'tell', replica, code }, visit);
    }
    if (waiting > 0 && this.isLeft(state, 'expired')) {
      this.order(this.begin(state, 'expired'), { type: 'expire', replica, code: EXPIRE }, visit);
    }
    if (end > 0 && !isAppending && this.isLeft(state, 'snapshots')) {
      this.order(this.begin(state, 'snapshots'), { type: 'roll', replica, code: ROLL }, visit);
    }
    if (this.isLeft(state, 'restarts')) {
      // Whoever led is elected anew, or the other one: its new life does not lead by the old election.
      const leaders = state.leader === replica ? REPLICAS : [state.leader];
      for (const leader of leaders) {
        this.restart(state, replica, leader, visit);
      }
    }
  }

  private restart(
    state: ProducerWorldState,
    replica: number,
    leader: number,
    visit: Visit<ProducerWorldState>,
  ): void {
    const { producers } = this;
    const next = this.begin(state, 'restarts');
    next.leader = leader;
    next.leaderEpoch += state.leader === replica ? 1 : 0;
    for (const [at, number] of state.sessions.entries()) {
      next.sessions[at] = producers.withoutReplica(number, replica, leader);
    }
    this.order(next, { type: 'restart', replica, code: RESTART }, visit);
  }

  /** A step that changes a session alone. */
  private change(
    state: ProducerWorldState,
    happening: SessionHappening,
    after: number,
    visit: Visit<ProducerWorldState>,
  ): void {
    const { type, session, budget } = happening;
    const next = this.begin(state, budget ?? null);
    next.sessions[session] = after;
    this.happening = happening;
    const fenced = this.fencedBit(after, state.sessions[session]!);
    visit(next, null, type === 'bump' ? this.due.bit('bumped') : fenced);
  }

  /** A replica is told something, and nothing else happens in `next`. */
  private order(
    next: ProducerWorldState,
    happening: ReplicaHappening,
    visit: Visit<ProducerWorldState>,
    reached: number = 0,
  ): void {
    const place = happening.replica - 1;
    this.happening = happening;
    this.take(next, place, this.memory.step(next.replicas[place]!, happening.code), reached, visit);
  }

  /** The replica at `place` has taken `step`; its answers go where somebody waits for them. */
  private take(
    next: ProducerWorldState,
    place: number,
    step: Step,
    reached: number,
    visit: Visit<ProducerWorldState>,
    earlier: Violation | null = null,
  ): void {
    next.replicas[place] = step.replica;
    let bits = reached | step.reached;
    let violation = step.violation ?? earlier;
    for (const answer of step.answers) {
      bits |= this.answer(next, answer);
    }
    for (let at = 0; at < REPLICAS.length; at++) {
      violation ??= this.memory.verdict(next.replicas[at]!, next.ghost);
    }
    visit(next, violation, bits);
  }

  /** Returns the witnesses that it is. */
  private answer(next: ProducerWorldState, { asked, error, stored }: Produced): number {
    const { producers, memory, scope, due } = this;
    const { batch, isHeard } = asked;
    let bits = 0;
    if (stored !== null) {
      const known = memory.ghosts.all[next.ghost]!;
      next.ghost = memory.ghosts.numberOf(withBatch(known, stored));
      bits |= due.bit('acknowledged');
    }
    if (!isHeard) {
      return bits;
    }
    const place = (Number(batch.producerId) - 1) * this.lives + lifeIn(batch) - 1;
    const answer = { value: valueIn(batch), error };
    const before = next.sessions[place]!;
    const after = producers.answered(before, answer, scope.answersUnderWay === true);
    next.sessions[place] = after;
    return bits | this.fencedBit(after, before);
  }

  private fencedBit(after: number, before: number): number {
    const { all } = this.producers.sessions;
    return all[after]!.isFenced && !all[before]!.isFenced ? this.due.bit('fenced') : 0;
  }

  private newestEpoch({ sessions }: ProducerWorldState, place: number): number {
    const first = place - (place % this.lives);
    let newest = -1;
    for (let at = first; at < first + this.lives; at++) {
      newest = Math.max(newest, this.producers.sessions.all[sessions[at]!]!.epoch);
    }
    return newest;
  }

  private isLeft({ used }: ProducerWorldState, budget: Counted): boolean {
    return used[PLACE[budget]]! < this.budgets[PLACE[budget]]!;
  }

  /** The next state begins as a copy, with one more of `budget` used. */
  private begin(state: ProducerWorldState, budget: Counted | null): ProducerWorldState {
    const { next } = this;
    for (let i = 0; i < REPLICAS.length; i++) {
      next.replicas[i] = state.replicas[i]!;
    }
    for (let i = 0; i < state.sessions.length; i++) {
      next.sessions[i] = state.sessions[i]!;
    }
    for (let i = 0; i < COUNTED.length; i++) {
      next.used[i] = state.used[i]!;
    }
    next.ghost = state.ghost;
    next.leader = state.leader;
    next.leaderEpoch = state.leaderEpoch;
    if (budget !== null) {
      next.used[PLACE[budget]]!++;
    }
    return next;
  }

  fingerprint(state: ProducerWorldState, renaming: number, seed: number, into: Fingerprint): void {
    const { memory, producers, sum } = this;
    sum[0] = 0;
    sum[1] = 0;
    for (let i = 0; i < REPLICAS.length; i++) {
      memory.replicas.addHash(state.replicas[i]!, renaming, seed, sum);
    }
    for (let i = 0; i < state.sessions.length; i++) {
      producers.sessions.addHash(state.sessions[i]!, renaming, seed, sum);
    }
    memory.ghosts.addHash(state.ghost, renaming, seed, sum);
    let rest = 2 * state.leaderEpoch + state.leader;
    for (let i = 0; i < COUNTED.length; i++) {
      rest = Math.imul(rest, 31) + state.used[i]!;
    }
    into[0] = finishLow(sum[0]! ^ Math.imul(rest, 0x9e3779b1));
    into[1] = notZero(finishHigh(sum[1]! ^ Math.imul(rest, 0x85ebca6b)));
  }

  encode(state: ProducerWorldState, bytes: Uint8Array, at: number): number {
    return encodeState(state, bytes, at);
  }

  decode(bytes: Uint8Array, at: number): ProducerWorldState {
    return decodeState(bytes, at, sessionCount(this.scope));
  }

  /** All properties are properties of steps. */
  violation(): Violation | null {
    return null;
  }
}

function other(leader: number): number {
  return REPLICAS.length + 1 - leader;
}

/** By offset, each once. */
function withBatch(known: readonly BatchFacts[], batch: BatchFacts): readonly BatchFacts[] {
  const others = known.filter(({ baseOffset }) => baseOffset !== batch.baseOffset);
  return [...others, batch].sort((a, b) => a.baseOffset - b.baseOffset);
}
