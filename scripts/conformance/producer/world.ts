/**
 * The production replicas in the world of spec/producer.qnt: the producer, its connections, the budgets and the
 * bounds are those of the specification, what a replica does is `stepPartition`. A state holds the code's replicas
 * with all their fields.
 */

import type { LogRules } from '../../../src/core/log/rules.js';
import type { PartitionRules } from '../../../src/core/partition/rules.js';
import type { BatchFacts } from '../../../src/core/partition/types.js';
import { batchOf, lifeIn, valueIn } from '../../../src/explorer/producer/batches.js';
import {
  expired,
  fetched,
  handed,
  type Played,
  restarted,
  told,
} from '../../../src/explorer/producer/play.js';
import {
  type ExploredReplica,
  endOf,
  REPLICAS,
  started,
  unheard,
  withSnapshot,
} from '../../../src/explorer/producer/replica.js';
import type { ConcreteStep, WalkedWorld } from '../compare.js';
import { callText } from '../spec-graph.js';
import { recordText } from '../texts.js';
import type { Wrong } from '../wrong-rules.js';
import { contradiction, PRODUCER } from './abstraction.js';
import {
  bumped,
  type Client,
  clientText,
  givingUpOldest,
  hearing,
  mayBump,
  newClient,
  queueText,
  type Sent,
  sending,
  sendingAgain,
  withoutOldestRequest,
} from './client.js';
import {
  isSameReplica,
  type KnownReplica,
  KnownReplicas,
  type KnownStep,
  type Told,
} from './replicas.js';
import type { Budget, SpecScope } from './scope.js';
import { BUDGETS } from './scope.js';

export interface ProducerState {
  /** Of replica 1 and 2. */
  readonly replicas: readonly KnownReplica[];
  readonly leader: number;
  /** The specification counts no leader epochs. */
  readonly leaderEpoch: number;
  /** In the order of the scope's lives. */
  readonly clients: readonly Client[];
  /** In the order of `BUDGETS`. */
  readonly spent: readonly number[];
}

type Picks = readonly (readonly [name: string, text: string | number | boolean])[];

export class ProducerInSpec implements WalkedWorld<ProducerState> {
  private readonly scope: SpecScope;
  private readonly variables: readonly string[];
  private readonly known: KnownReplicas;
  private out: ConcreteStep<ProducerState>[] = [];

  /** The only call that the machines are asked for; null: all of them. */
  private wanted: string | null = null;

  /** `variables`: in the order of the specification; `remembers`: {@link KnownReplicas}. */
  constructor(
    scope: SpecScope,
    variables: readonly string[],
    wrong: Wrong<PartitionRules>,
    wrongLog: Wrong<LogRules>,
    remembers: boolean,
  ) {
    this.scope = scope;
    this.variables = variables;
    this.known = new KnownReplicas(wrong, wrongLog, remembers);
  }

  /** The first replica leads, both know. */
  initial(): ProducerState {
    const { setting } = this.known;
    const replicas = REPLICAS.map((id) => started(id, [], [], [], setting.logRules));
    return {
      replicas: replicas.map((each) => this.known.known(told(each, 1, 0, setting).replica)),
      leader: 1,
      leaderEpoch: 0,
      clients: this.scope.lives.map(newClient),
      spent: BUDGETS.map(() => 0),
    };
  }

  keyOf({ replicas, leader, leaderEpoch, clients, spent }: ProducerState): string {
    const numbers = replicas.map(({ number }) => number);
    return JSON.stringify([numbers, leader, leaderEpoch, clients, spent]);
  }

  abstractKeyOf({ replicas, leader, clients, spent }: ProducerState): string {
    const numbers = replicas.map(({ abstract }) => abstract);
    return JSON.stringify([numbers, leader, clients, spent]);
  }

  textOf({ replicas, leader, clients, spent }: ProducerState): string {
    const { waitingText, highWatermarkText } = replicas[leader - 1]!;
    const byLife = (text: (client: Client) => string): string =>
      recordText(Object.fromEntries(clients.map((client) => [client.life, text(client)])));
    const texts: Readonly<Record<string, string>> = {
      replicas: recordText(
        Object.fromEntries(replicas.map(({ text }, at) => [REPLICAS[at]!, text])),
      ),
      leader: String(leader),
      clients: byLife(clientText),
      queues: byLife(({ queue }) => queueText(queue)),
      late: byLife(({ late }) => queueText(late)),
      waiting: waitingText,
      highWatermark: highWatermarkText,
      spent: recordText(Object.fromEntries(BUDGETS.map((name, at) => [name, String(spent[at])]))),
    };
    return this.variables.map((name) => texts[name]!).join('\n');
  }

  /** Nothing is left open here. */
  included(): number {
    return 0;
  }

  steps(state: ProducerState): readonly ConcreteStep<ProducerState>[] {
    this.out = [];
    for (const [place, client] of state.clients.entries()) {
      this.begins(state, place, client);
      this.sends(state, place, client);
      this.connects(state, place, client);
      this.requests(state, place, client);
    }
    this.replicates(state);
    this.elects(state);
    for (const { replica } of state.replicas) {
      this.hosts(state, replica);
      if (this.wanted === null) {
        this.unseen(state, replica);
      }
    }
    return this.out;
  }

  stepsCalled(state: ProducerState, call: string): readonly ConcreteStep<ProducerState>[] {
    this.wanted = call;
    const steps = this.steps(state);
    this.wanted = null;
    return steps.filter((step) => step.call === call);
  }

  /** Of one replica, and a fetch. */
  unseenSteps(
    state: ProducerState,
    draw: (bound: number) => number,
  ): readonly ConcreteStep<ProducerState>[] {
    this.out = [];
    this.unseen(state, state.replicas[draw(state.replicas.length)]!.replica);
    this.replicates(state);
    return this.out.filter(({ action }) => action === null);
  }

  /** Sooner than to take the step. */
  private mayBeWanted(action: string): boolean {
    return this.wanted?.startsWith(action) !== false;
  }

  // --- The producer: as the specification has it ---------------------------------------------------

  private begins(state: ProducerState, place: number, client: Client): void {
    const { clients } = state;
    if (!this.mayBeWanted('initProducer')) {
      return;
    }
    if (client.epoch === -1 && clients.slice(0, place).every(({ epoch }) => epoch >= 0)) {
      const epoch = newestEpoch(state) + 1;
      const nextSequence = epoch === 0 ? this.scope.begins : 0;
      const after = withClient(state, place, { ...client, epoch, nextSequence });
      this.push('initProducer', [['life', client.life]], after);
    }
  }

  private sends(state: ProducerState, place: number, client: Client): void {
    const { scope } = this;
    const { life, epoch, fenced, pending } = client;
    if (epoch >= 0 && !fenced && pending.length < scope.window && this.isLeft(state, 'sends')) {
      const value = state.spent[BUDGETS.indexOf('sends')]! + 1;
      for (let records = 1; records <= scope.records; records++) {
        const after = withClient(paid(state, 'sends'), place, sending(client, records, value));
        this.push('send', picksOf({ life, records }), after);
      }
    }
    if (pending.length > 0 && !fenced && this.isLeft(state, 'timeouts')) {
      const after = withClient(paid(state, 'timeouts'), place, givingUpOldest(client));
      this.push('timeOutBatch', picksOf({ life }), after);
    }
    const newest = newestEpoch(state);
    if (mayBump(client, newest)) {
      const after = withClient(state, place, bumped(client, newest + 1));
      this.push('bumpEpoch', picksOf({ life }), after);
    }
  }

  private connects(state: ProducerState, place: number, client: Client): void {
    const { life, pending, fenced, queue, late } = client;
    const isPossible = pending.length > 0 && !fenced && this.isLeft(state, 'reconnects');
    if (!isPossible || !this.mayBeWanted('reconnect')) {
      return;
    }
    for (const comesLate of this.scope.late ? [false, true] : [false]) {
      const left = this.withUnheard(state, state.leader, (batch) => lifeIn(batch) === life);
      const after = sendingAgain(client, comesLate ? [...late, ...queue] : late);
      const to = withClient(paid(left, 'reconnects'), place, after);
      this.push('reconnect', picksOf({ life, comesLate }), to);
    }
  }

  // --- What reaches a replica ------------------------------------------------------------------------

  private requests(state: ProducerState, place: number, client: Client): void {
    const { life, queue, late } = client;
    const [oldest] = queue;
    if (oldest !== undefined && this.mayBeWanted('handleProduce')) {
      const step = this.hand(state, state.leader, oldest, true);
      const taken = withClient(state, place, withoutOldestRequest(client));
      this.take('handleProduce', picksOf({ life }), taken, step, oldest);
    }
    const last = this.scope.overtaking ? late.length : Math.min(late.length, 1);
    for (let at = 0; at < last && this.mayBeWanted('handleLate'); at++) {
      const step = this.hand(state, state.leader, late[at]!, false);
      const left = { ...client, late: late.filter((_, other) => other !== at) };
      this.take('handleLate', picksOf({ life, at }), withClient(state, place, left), step, null);
    }
  }

  /** The leader has been handed a batch; `asked`: as the producer that hears the answer knows it. */
  private take(
    action: string,
    picks: Picks,
    state: ProducerState,
    step: KnownStep,
    asked: Sent | null,
  ): void {
    if (step.verdict === 'Append' && step.after.replica.log.length > this.scope.entries) {
      return;
    }
    const after = this.told(withReplica(state, step.after), step.told, asked);
    this.push(action, picks, after, step.fault, step.verdict);
  }

  private replicates(state: ProducerState): void {
    if (!this.mayBeWanted('replicate')) {
      return;
    }
    const { leader } = state;
    const follower = otherOf(leader);
    const [asked, given] = this.fetch(state, leader, follower);
    const moved = withReplica(withReplica(state, asked!.after), given!.after);
    const after = this.told(moved, asked!.told, null);
    const before = state.replicas[leader - 1]!;
    const isSeen =
      before.highWatermarkText !== asked!.after.highWatermarkText ||
      state.replicas[follower - 1]!.replica.log.length < before.replica.log.length;
    const outputs = asked!.told.map(({ text }) => text).sort();
    const fault = asked!.fault ?? given!.fault;
    if (isSeen) {
      this.push('replicate', [], after, fault, outputs.join(', '));
    } else {
      this.pushUnseen('a fetch that finds nothing', after, fault);
    }
  }

  // --- Replicas ----------------------------------------------------------------------------------------

  /** Both hear of it at once, and the old leader fetches until nothing more comes of it. */
  private elects(state: ProducerState): void {
    if (!this.isLeft(state, 'elections') || !this.mayBeWanted('electLeader')) {
      return;
    }
    const { leader: old } = state;
    const leader = otherOf(old);
    let after = this.connectedAnew(paid(state, 'elections'), leader, state.leaderEpoch + 1);
    let fault: string | null = null;
    for (const id of [leader, old]) {
      const [step] = this.tell(after, id);
      after = withReplica(after, step!.after);
      fault ??= step!.fault;
    }
    for (let before = null as ProducerState | null; fault === null && !isSame(before, after); ) {
      before = after;
      const [asked, given] = this.fetch(after, leader, old);
      after = withReplica(withReplica(after, asked!.after), given!.after);
      fault = asked!.fault ?? given!.fault;
    }
    this.push('electLeader', [], after, fault);
  }

  private hosts(state: ProducerState, { state: { self }, log, snapshots }: ExploredReplica): void {
    const id = self as number;
    const number = state.replicas[id - 1]!.number;
    const { setting } = this.known;
    const replica = state.replicas[id - 1]!.replica;
    if (this.isLeft(state, 'restarts') && this.mayBeWanted('restart')) {
      const [started] = this.known.played(`${number} restart`, () => [restarted(replica, setting)]);
      const left = withReplica(paid(state, 'restarts'), started!.after);
      this.restarts(left, id, started!.fault);
    }
    const isNew = (snapshots.at(-1)?.offset ?? 0) < endOf(log);
    if (isNew && this.isLeft(state, 'snapshots') && this.mayBeWanted('takeSnapshot')) {
      const after = this.known.known(withSnapshot(replica));
      this.push('takeSnapshot', picksOf({ id }), withReplica(paid(state, 'snapshots'), after));
    }
    const isExpiring = replica.state.producers.size > 0 && this.isLeft(state, 'expiries');
    if (isExpiring && this.mayBeWanted('expireProducer')) {
      const after = this.known.known(forgetful(replica));
      this.push('expireProducer', picksOf({ id }), withReplica(paid(state, 'expiries'), after));
    }
  }

  /** The process of `id` is there again, and hears who leads; who led leads again, in a new epoch. */
  private restarts(state: ProducerState, id: number, earlier: string | null): void {
    const isLeader = id === state.leader;
    let after = isLeader ? this.connectedAnew(state, id, state.leaderEpoch + 1) : state;
    let fault = earlier;
    for (const each of isLeader ? [id, otherOf(id)] : [id]) {
      const [step] = this.tell(after, each);
      after = withReplica(after, step!.after);
      fault ??= step!.fault;
    }
    this.push('restart', picksOf({ id }), after, fault);
  }

  // --- What the specification does not see: it must change nothing ------------------------------------

  private unseen(state: ProducerState, { state: { self }, asked }: ExploredReplica): void {
    const id = self as number;
    const [again] = this.tell(state, id);
    this.pushUnseen(`replica ${id} is told again`, withReplica(state, again!.after), again!.fault);
    if (id !== state.leader) {
      for (const { queue } of state.clients) {
        const [oldest] = queue;
        if (oldest !== undefined) {
          const step = this.hand(state, id, oldest, false);
          const isRefused = step.verdict.startsWith('error');
          const fault = step.fault ?? (isRefused ? null : `a follower says ${step.verdict}`);
          this.pushUnseen(`produce at ${id}`, withReplica(state, step.after), fault);
        }
      }
    }
    if (asked[0]?.isHeard === false) {
      const { number, replica } = state.replicas[id - 1]!;
      const { setting } = this.known;
      const [step] = this.known.played(`${number} expire`, () => [expired(replica, setting)]);
      const fault = step!.fault ?? (step!.told.length > 0 ? 'somebody else is answered' : null);
      this.pushUnseen(`a produce expires at ${id}`, withReplica(state, step!.after), fault);
    }
  }

  // --- Steps of the machine -----------------------------------------------------------------------------

  private hand(state: ProducerState, id: number, sent: Sent, isHeard: boolean): KnownStep {
    const { number, replica } = state.replicas[id - 1]!;
    const { life, value, records, epoch, first: sequence } = sent;
    const session = { producer: Number(PRODUCER), life };
    const batch = batchOf(session, { value, records, epoch, sequence });
    const key = `${number} produce ${isHeard} ${JSON.stringify(sent)}`;
    return this.known.played(key, () => [handed(replica, batch, isHeard, this.known.setting)])[0]!;
  }

  /** The leader's side of a fetch, and the follower's. */
  private fetch(state: ProducerState, leader: number, follower: number): readonly KnownStep[] {
    const [asked, asking] = [state.replicas[leader - 1]!, state.replicas[follower - 1]!];
    return this.known.played(`${asked.number} fetch ${asking.number}`, () => {
      const both = fetched(asked.replica, asking.replica, this.known.setting);
      return [both.leader, both.follower];
    });
  }

  /** Replica `id` hears who leads. */
  private tell(state: ProducerState, id: number): readonly KnownStep[] {
    const { number, replica } = state.replicas[id - 1]!;
    const { leader, leaderEpoch } = state;
    const { setting } = this.known;
    const hear = (): Played => told(replica, leader, leaderEpoch, setting);
    return this.known.played(`${number} told ${leader} ${leaderEpoch}`, () => [hear()]);
  }

  /** Another leadership begins: connections break, and of what was on them nothing comes late. */
  private connectedAnew(state: ProducerState, leader: number, leaderEpoch: number): ProducerState {
    const left = this.withUnheard(state, state.leader, () => true);
    const clients = state.clients.map((client) => sendingAgain(client, []));
    return { ...left, clients, leader, leaderEpoch };
  }

  private withUnheard(
    state: ProducerState,
    id: number,
    isTheirs: (batch: BatchFacts) => boolean,
  ): ProducerState {
    const { replica } = state.replicas[id - 1]!;
    return withReplica(state, this.known.known(unheard(replica, isTheirs)));
  }

  /** The producers hear; null: what the specification has no word for. */
  private told(
    state: ProducerState,
    all: readonly Told[],
    asked: Sent | null,
  ): ProducerState | null {
    let clients: Client[] | null = [...state.clients];
    for (const { batch, error } of all) {
      const place = this.scope.lives.indexOf(lifeIn(batch));
      const client: Client = clients[place]!;
      const isAsked = asked !== null && asked.value === valueIn(batch);
      const sent = isAsked
        ? asked
        : client.pending.find((each) => each.batch.value === valueIn(batch))?.batch;
      // Who was answered before it could hear has given the batch up.
      const after = sent === undefined ? client : hearing(client, sent, error);
      if (after === null) {
        clients = null;
        break;
      }
      clients[place] = after;
    }
    return clients === null ? null : { ...state, clients };
  }

  private push(
    action: string,
    picks: Picks,
    to: ProducerState | null,
    fault: string | null = null,
    outputs: string = '',
  ): void {
    const call = callText(
      action,
      picks.map(([name, value]) => [name, String(value)] as const),
    );
    const wrong = fault ?? (to === null ? 'an answer without a meaning' : faultIn(to));
    this.out.push(
      wrong === null ? { action, call, to, outputs } : { action, call, to: null, outputs: wrong },
    );
  }

  private pushUnseen(call: string, to: ProducerState | null, fault: string | null): void {
    const wrong = fault ?? (to === null ? 'an answer without a meaning' : faultIn(to));
    this.out.push({ action: null, call, to: wrong === null ? to : null, outputs: wrong ?? '' });
  }

  private isLeft({ spent }: ProducerState, budget: Budget): boolean {
    return spent[BUDGETS.indexOf(budget)]! < this.scope.budgets[budget];
  }
}

function picksOf(picks: Readonly<Record<string, number | boolean>>): Picks {
  return Object.entries(picks);
}

function otherOf(id: number): number {
  return REPLICAS.length + 1 - id;
}

function isSame(before: ProducerState | null, { replicas }: ProducerState): boolean {
  return before?.replicas.every((replica, at) => isSameReplica(replica, replicas[at]!)) ?? false;
}

function newestEpoch({ clients }: ProducerState): number {
  return Math.max(...clients.map(({ epoch }) => epoch));
}

function paid(state: ProducerState, budget: Budget): ProducerState {
  const { spent } = state;
  return {
    ...state,
    spent: spent.map((used, at) => (BUDGETS[at] === budget ? used + 1 : used)),
  };
}

function withClient(state: ProducerState, place: number, client: Client): ProducerState {
  const { clients } = state;
  return { ...state, clients: clients.map((each, at) => (at === place ? client : each)) };
}

function withReplica(state: ProducerState, after: KnownReplica): ProducerState {
  const place = after.replica.state.self - 1;
  const { replicas } = state;
  return { ...state, replicas: replicas.map((each, at) => (at === place ? after : each)) };
}

function faultIn({ replicas, leader, leaderEpoch }: ProducerState): string | null {
  for (const { replica } of replicas) {
    const fault = contradiction(replica, leader, leaderEpoch);
    if (fault !== null) {
      return fault;
    }
  }
  return null;
}

/** The code forgets no producer: its host does here what producer.id.expiration.ms would do. */
function forgetful(replica: ExploredReplica): ExploredReplica {
  const { state, log } = replica;
  const offset = endOf(log);
  return {
    ...replica,
    state: { ...state, producers: new Map() },
    snapshots: [{ offset, producers: new Map() }],
  };
}
