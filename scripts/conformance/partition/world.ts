/**
 * The production replicas and the production controller in the world of spec/partition.qnt: the network, the budgets
 * and the bounds are those of the specification, what a replica does is `stepPartition`, what is decided is
 * `controller.decide`. A state holds all fields of the code.
 */

import type { ControllerRules } from '../../../src/core/metadata/rules.js';
import {
  FENCED_LEADER_EPOCH,
  NOT_LEADER_OR_FOLLOWER,
  OFFSET_OUT_OF_RANGE,
  UNKNOWN_LEADER_EPOCH,
} from '../../../src/core/partition/errors.js';
import { type PartitionRules, partitionRules } from '../../../src/core/partition/rules.js';
import type { BrokerEpoch, BrokerId } from '../../../src/core/types/ids.js';
import { emptyDisk, IDLE } from '../../../src/explorer/partition/broker.js';
import { opening } from '../../../src/explorer/partition/play.js';
import type { ConcreteStep, WalkedWorld } from '../compare.js';
import { callText } from '../spec-graph.js';
import { type Wrong, withWrong } from '../wrong-rules.js';
import type { Host } from './abstraction.js';
import { answerTo, commands } from './commands.js';
import { KnownControllers } from './controllers.js';
import { PartitionDecisions } from './decisions.js';
import type { PartitionState, Picks } from './ground.js';
import type { HostStep } from './host-step.js';
import {
  altered,
  answered,
  assigned,
  fetched,
  fetchOf,
  isRetryArmed,
  lagDue,
  produced,
  refusedFetch,
  restarted,
  retryDue,
  timedOut,
} from './host-step.js';
import type { Budget, SpecScope } from './scope.js';
import { BUDGETS } from './scope.js';

/** What becomes of the world when a replica has taken its step. */
interface Taking {
  readonly taken?: number;
  readonly paid?: Budget;
  /** Images that it learns of. */
  readonly learns?: number;
  /** Nobody waits for the answer. */
  readonly unanswered?: boolean;
}

const UNHEEDED: readonly number[] = [
  FENCED_LEADER_EPOCH,
  UNKNOWN_LEADER_EPOCH,
  NOT_LEADER_OR_FOLLOWER,
  OFFSET_OUT_OF_RANGE,
];

/** Of a replica, and of the controller. */
export interface WrongRules {
  readonly partition: Wrong<PartitionRules>;
  readonly controller: Wrong<ControllerRules>;
}

export class PartitionInSpec extends PartitionDecisions implements WalkedWorld<PartitionState> {
  private readonly start: (world: PartitionInSpec) => PartitionState;

  /**
   * `start` makes the state in which the scope begins; `variables`: in the order of the specification; `remembers`: what
   * became of each replica.
   */
  constructor(
    scope: SpecScope,
    variables: readonly string[],
    wrong: WrongRules,
    start: (world: PartitionInSpec) => PartitionState,
    remembers: boolean,
  ) {
    const setting = {
      rules: withWrong(partitionRules, wrong.partition),
      minIsr: scope.minIsr,
      isIdempotent: false,
      appendsAtOnce: true,
      batchesPerFetch: 1,
    };
    const controllers = new KnownControllers(scope, wrong.controller);
    super(scope, variables, controllers, setting, remembers);
    this.start = start;
  }

  initial(): PartitionState {
    return this.start(this);
  }

  /** Every broker has an empty log and knows what the controller has decided. */
  empty(): PartitionState {
    const controller = this.controllers.initial();
    const hosts = this.scope.replicas.map((id, at) => {
      const broker = {
        id: id as BrokerId,
        epoch: controller.lives[at]! as BrokerEpoch,
        isUp: true,
        isClean: false,
        replica: null,
        disk: emptyDisk(),
        ...IDLE,
      };
      const opened: Host = {
        broker: { ...broker, replica: opening(broker, this.setting) },
        applied: -1,
      };
      return this.known.known(assigned(opened, controller.version, this.setting).host);
    });
    const updates = hosts.map(() => []);
    return { hosts, controller, updates, network: [], spent: BUDGETS.map(() => 0) };
  }

  included(): number {
    return 0;
  }

  steps(state: PartitionState): readonly ConcreteStep<PartitionState>[] {
    this.out = [];
    for (const id of this.scope.replicas) {
      const { length } = state.updates[this.at(id)]!;
      for (let count = 1; count <= (this.scope.merges ? length : Math.min(length, 1)); count++) {
        this.assign(state, id, count);
      }
      this.clients(state, id);
      this.timers(state, id);
      if (this.scope.fetchers.includes(id)) {
        this.sendFetch(state, id);
      }
      this.ends(state, id);
      this.unseen(state, id);
    }
    for (const number of state.network) {
      this.delivery(state, number);
      this.drop(state, number);
    }
    this.decisions(state);
    return this.out;
  }

  stepsCalled(state: PartitionState, call: string): readonly ConcreteStep<PartitionState>[] {
    this.wanted = call;
    const steps = this.steps(state);
    this.wanted = null;
    return steps.filter((step) => step.call === call);
  }

  /** Of one broker. */
  unseenSteps(
    state: PartitionState,
    draw: (bound: number) => number,
  ): readonly ConcreteStep<PartitionState>[] {
    this.out = [];
    const { replicas } = this.scope;
    const id = replicas[draw(replicas.length)]!;
    this.clients(state, id);
    this.timers(state, id);
    this.unseen(state, id);
    return this.out.filter(({ action }) => action === null);
  }

  // --- What happens to one replica, by the names of the specification's actions ---------------------

  /** The broker learns of the next `count` changes of the metadata, as of one. */
  assign(state: PartitionState, id: number, count: number): void {
    const image = state.updates[this.at(id)]![count - 1]!;
    const { version } = this.controllers.all[image]!;
    const picks: Picks = [
      ['id', String(id)],
      ['count', String(count)],
    ];
    const make = (host: Host): HostStep => assigned(host, version, this.setting);
    this.step(state, id, 'handleAssigned', picks, `assigned ${image}`, make, { learns: count });
  }

  private clients(state: PartitionState, id: number): void {
    if (!this.hostOf(state, id).broker.isUp) {
      return;
    }
    if (this.isLeft(state, 'produces')) {
      for (const acks of this.scope.acks) {
        this.produce(state, id, acks);
      }
    }
    // Where nothing is committed, the answer to a consumer is of no interest.
    if (this.isLeft(state, 'reads') && this.hostOf(state, id).broker.replica.highWatermark > 0) {
      const make = (host: Host): HostStep => fetched(host, null, this.setting);
      const take = { paid: 'reads' } as const;
      this.step(state, id, 'handleConsumerFetch', [['id', String(id)]], 'read', make, take);
    }
  }

  produce(state: PartitionState, id: number, acks: number): void {
    const value = this.spentOf(state, 'produces') + 1;
    const picks: Picks = [
      ['id', String(id)],
      ['acks', String(acks)],
    ];
    const make = (host: Host): HostStep => produced(host, acks as -1 | 1, value, this.setting);
    const take = { paid: 'produces' } as const;
    this.step(state, id, 'handleProduce', picks, `produce ${acks} ${value}`, make, take);
  }

  private timers(state: PartitionState, id: number): void {
    const host = this.hostOf(state, id);
    if (this.isLeft(state, 'lags')) {
      for (const follower of this.scope.replicas) {
        this.lag(state, id, follower);
      }
    }
    const { leaderState } = host.broker.replica;
    if (leaderState === null) {
      return;
    }
    const make = (each: Host): HostStep => {
      const late = isRetryArmed(each) ? each : timedOut(each, this.setting).host;
      return isRetryArmed(late)
        ? retryDue(late, this.setting)
        : { ...timedOut(each, this.setting), fault: 'nobody answers, and it does not ask again' };
    };
    if (leaderState.inflight === null || !this.isRetryDue(state, id, make)) {
      if (isRetryArmed(host)) {
        this.retry(state, id, host);
      }
      return;
    }
    this.step(state, id, 'alterPartitionRetryDue', [['id', String(id)]], 'retry', make);
    if (!isRetryArmed(host)) {
      this.hidden(state, id, 'timed out', (each) => timedOut(each, this.setting));
    }
  }

  /** The timer, and no repetition of what is under way is due: whether something else is, the code says. */
  private retry(state: PartitionState, id: number, host: Host): void {
    const make = (each: Host): HostStep => retryDue(each, this.setting);
    const proposesAnew =
      host.broker.replica.leaderState!.inflight === null &&
      make(host).host.broker.replica.leaderState!.inflight !== null;
    if (proposesAnew) {
      this.step(state, id, 'proposeAnewDue', [['id', String(id)]], 'anew', make);
    } else {
      this.hidden(state, id, 'alterPartitionRetry', make);
    }
  }

  /** Nobody answers: something was lost, and what it would ask again is not on its way. */
  private isRetryDue(state: PartitionState, id: number, make: (host: Host) => HostStep): boolean {
    if (this.spentOf(state, 'drops') === 0) {
      return false;
    }
    const textOf = (number: number): string =>
      this.known.messageText(number, state.controller.lives).text;
    const { sent } = this.taken(state, id, 'retry', make);
    return !sent.map(textOf).some((text) => state.network.some((each) => textOf(each) === text));
  }

  lag(state: PartitionState, id: number, follower: number): void {
    if ((this.hostOf(state, id).broker.timers & (1 << follower)) === 0) {
      return;
    }
    const picks: Picks = [
      ['id', String(id)],
      ['follower', String(follower)],
    ];
    const make = (host: Host): HostStep => lagDue(host, follower, this.setting);
    const take = { paid: 'lags' } as const;
    this.step(state, id, 'replicaLagDue', picks, `lag ${follower}`, make, take);
  }

  sendFetch(state: PartitionState, id: number): void {
    const host = this.hostOf(state, id);
    const { epoch, replica } = host.broker;
    const { leaderEpoch } = replica;
    const isWaiting = state.network.some((number) => {
      const message = this.known.message(number);
      return (
        (message.type === 'fetch' &&
          message.from === id &&
          message.leaderEpoch === leaderEpoch &&
          message.brokerEpoch === epoch) ||
        (message.type === 'fetched' && message.to === id && message.leaderEpoch === leaderEpoch)
      );
    });
    if (replica.role !== 'follower' || isWaiting) {
      return;
    }
    const make = (each: Host): HostStep => ({
      host: each,
      sent: [fetchOf(each, this.setting)],
      refused: false,
      outputs: '',
      fault: null,
    });
    this.step(state, id, 'sendFetch', [['id', String(id)]], 'fetch', make);
  }

  private ends(state: PartitionState, id: number): void {
    const { broker } = this.hostOf(state, id);
    if (!broker.isUp) {
      return;
    }
    const { highWatermark } = broker.replica;
    const all = broker.disk.log.length;
    if (this.isLeft(state, 'restarts')) {
      const end = { kept: all, checkpoint: highWatermark, clean: true };
      this.restart(state, id, 'restarts', [['id', String(id)]], end);
    }
    if (this.isLeft(state, 'losses')) {
      for (let kept = 0; kept <= all; kept++) {
        for (const checkpoint of new Set([0, highWatermark])) {
          const picks: Picks = [
            ['id', String(id)],
            ['kept', String(kept)],
            ['checkpoint', String(checkpoint)],
          ];
          this.restart(state, id, 'losses', picks, { kept, checkpoint, clean: false });
        }
      }
    }
  }

  /** What is on the way to it is lost. */
  private restart(
    state: PartitionState,
    id: number,
    paid: Budget,
    picks: Picks,
    end: Parameters<typeof restarted>[1],
  ): void {
    if (!this.mayBeWanted('restart')) {
      return;
    }
    const call = callText('restart', picks);
    if (!this.isWanted(call)) {
      return;
    }
    const key = `restart ${JSON.stringify(end)}`;
    const { after } = this.taken(state, id, key, (host) => restarted(host, end, this.setting));
    const network = state.network.filter((number) => {
      const message = this.known.message(number);
      return !((message.type === 'fetched' || message.type === 'altered') && message.to === id);
    });
    const updates = this.replaced(state.updates, id, []);
    const to = { ...this.moved(state, id, after), network, updates, spent: this.pay(state, paid) };
    this.put('restart', call, to);
  }

  // --- Messages ------------------------------------------------------------------------------------

  delivery(state: PartitionState, number: number): void {
    const message = this.known.message(number);
    const { text } = this.known.messageText(number, state.controller.lives);
    if (!this.endsWanted(text)) {
      return;
    }
    const picks: Picks = [['m', text]];
    const key = `message ${number}`;
    const take = { taken: number };
    const { setting } = this;
    switch (message.type) {
      case 'fetch': {
        const { from, to, brokerEpoch } = message;
        const unanswered = !this.isAlive(state, from, brokerEpoch);
        const make = (host: Host): HostStep => fetched(host, message, setting);
        // A fetch that is refused is an ordinary one here: its answer changes nothing.
        const heard = (host: Host): HostStep => ({ ...make(host), refused: false });
        this.step(state, to, 'handleFetch', picks, key, heard, { ...take, unanswered });
        return;
      }
      case 'fetched': {
        const make = (host: Host): HostStep => answered(host, message, setting);
        this.step(state, message.to, 'handleFetched', picks, key, make, take);
        return;
      }
      case 'altered': {
        const make = (host: Host): HostStep => altered(host, message, setting);
        this.step(state, message.to, 'handleAlterPartitionAnswered', picks, key, make, take);
        return;
      }
      case 'alter': {
        const call = callText('alterPartition', picks);
        if (!this.isWanted(call)) {
          return;
        }
        const command = commands.alterPartition(message);
        const { after, response, changes, fault } = this.controllers.decision(
          state.controller,
          key,
          () => command,
        );
        const isAlive = this.isAlive(state, message.from, message.brokerEpoch);
        const answer = isAlive ? [this.known.messageOf(answerTo(message, response, after))] : [];
        const rest = state.network.filter((each) => each !== number);
        const updates = changes ? this.broadcast(state, after) : state.updates;
        const to = { ...state, controller: after, network: this.merged(rest, answer), updates };
        if (!changes || this.fits(updates)) {
          this.put('alterPartition', call, to, fault);
        }
      }
    }
  }

  private drop(state: PartitionState, number: number): void {
    if (this.isLeft(state, 'drops')) {
      const { text } = this.known.messageText(number, state.controller.lives);
      if (!this.mayBeWanted('drop') || !this.endsWanted(text)) {
        return;
      }
      const network = state.network.filter((each) => each !== number);
      const to = { ...state, network, spent: this.pay(state, 'drops') };
      this.put('drop', callText('drop', [['m', text]]), to);
    }
  }

  // --- What the specification does not see: it must change nothing --------------------------------

  private unseen(state: PartitionState, id: number): void {
    const { broker } = this.hostOf(state, id);
    if (broker.replica.role === 'follower') {
      for (const error of UNHEEDED) {
        const make = (host: Host): HostStep => refusedFetch(host, error, this.setting);
        this.hidden(state, id, `fetch refused with ${error}`, make);
      }
    }
  }

  private hidden(
    state: PartitionState,
    id: number,
    call: string,
    make: (host: Host) => HostStep,
  ): void {
    if (this.wanted !== null) {
      return;
    }
    const { after, sent, fault } = this.taken(state, id, call, make);
    const isNews = sent.some((number) => !state.network.includes(number));
    const why = fault ?? (isNews ? 'it sends what the specification would see' : null);
    const to = why === null ? this.moved(state, id, after) : null;
    this.out.push({ action: null, call: `${call} at ${id}`, to, outputs: why ?? '' });
  }

  // --- Steps ----------------------------------------------------------------------------------------

  /** One input to one replica, unless what comes of it lies beyond a bound, or the code refuses it. */
  private step(
    state: PartitionState,
    id: number,
    action: string,
    picks: Picks,
    key: string,
    make: (host: Host) => HostStep,
    { taken, paid, learns = 0, unanswered = false }: Taking = {},
  ): void {
    if (!this.mayBeWanted(action)) {
      return;
    }
    const call = callText(action, picks);
    if (!this.isWanted(call)) {
      return;
    }
    const { after, sent, refused, outputs, fault } = this.taken(state, id, key, make);
    const moved = this.moved(state, id, after);
    if (refused && fault === null) {
      this.out.push({ action: null, call: `refused: ${call}`, to: moved, outputs: '' });
      return;
    }
    const rest = state.network.filter((number) => number !== taken);
    const told = unanswered
      ? sent.filter((number) => this.known.message(number).type !== 'fetched')
      : sent;
    const network = this.merged(rest, told);
    const waiting = state.updates[this.at(id)]!.slice(learns);
    const updates = learns === 0 ? state.updates : this.replaced(state.updates, id, waiting);
    const spent = paid === undefined ? state.spent : this.pay(state, paid);
    if (network.length <= this.scope.messages || fault !== null) {
      this.put(action, call, { ...moved, network, updates, spent }, fault, outputs);
    }
  }
}
