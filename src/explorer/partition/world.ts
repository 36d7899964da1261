/**
 * The closed world of one partition: the brokers that hold its replicas, the controller that decides about it,
 * and a network that is a set of messages. Timers run out whenever they are armed, brokers learn of decisions
 * late and one after the other, a process comes back with what was on its disk.
 */

import { type ControllerRules, createRules } from '../../core/metadata/rules.js';
import { type PartitionRules, partitionRules } from '../../core/partition/rules.js';
import { metadataProperties } from '../../core/properties/metadata/all.js';
import { partitionProperties } from '../../core/properties/partition/all.js';
import type { BrokerEpoch, BrokerId } from '../../core/types/ids.js';
import {
  type Fingerprint,
  finishHigh,
  finishLow,
  newFingerprint,
  notZero,
} from '../fingerprint.js';
import { merged } from '../messages.js';
import { PartWriter } from '../part-writer.js';
import { NUMBER_BYTES } from '../parts.js';
import type { Violation, Visit, World } from '../world.js';
import { type ExploredBroker, emptyDisk, IDLE } from './broker.js';
import { PREFERRED, REQUEST } from './commands.js';
import { CLUSTER, type ControllerSetting, initialController, versionOf } from './controller.js';
import { NEWS, OBSERVE, START, STOP } from './inputs.js';
import { JudgeMemory } from './judge-memory.js';
import { type Decision, MachineMemory } from './machine-memory.js';
import { play, type Setting } from './play.js';
import { isAltering, type Plan, Possible } from './possible.js';
import { COUNTED, type Counted, type PartitionScope, PLACE } from './scope.js';
import { dueIn } from './witnesses.js';
import { decodeState, encodeState, type PartitionWorldState, targetsOf } from './world-state.js';

export interface PartitionWorldOptions {
  /** Wrong variants in the place of rules. */
  readonly partition?: Partial<PartitionRules>;
  readonly controller?: Partial<ControllerRules>;
  /** Names of properties that are not asked, to see what comes later. */
  readonly unasked?: readonly string[];
  /** false: no step and no verdict is remembered. Slow. */
  readonly remembers?: boolean;
}

/** What happens in a step, for people. */
export interface Happening {
  /** What the controller is asked; null: nothing. It comes before the broker's part. */
  readonly command: number | null;
  /** Place of the broker that something happens to; null: none. */
  readonly place: number | null;
  readonly code: number;
  /** The message that is delivered, lost or late. */
  readonly message: number | null;
  readonly budget: Counted | null;
}

/** Messages that one step can send beyond the budget: they begin where nothing was in flight. */
const SENT_AT_ONCE = 16;

export class PartitionWorld implements World<PartitionWorldState> {
  /** The order of the replicas says who is preferred: renaming brokers does not leave a world as it is. */
  readonly permutations = 1;
  readonly maximumBytes: number;
  readonly witnesses: readonly string[];
  readonly machines: MachineMemory;
  readonly judges: JudgeMemory;
  /** Of the step that `successors` tells of right now. */
  happening: Happening = { command: null, place: null, code: 0, message: null, budget: null };
  readonly scope: PartitionScope;
  private readonly possible: Possible;
  private readonly setting: Setting;
  private readonly controllerSetting: ControllerSetting;
  private readonly brokerCount: number;
  private readonly targets: readonly (readonly BrokerId[])[];
  private readonly next: PartitionWorldState;
  private readonly sum: Fingerprint = newFingerprint();

  constructor(scope: PartitionScope, options: PartitionWorldOptions = {}) {
    const { replicas, spares = 0, minIsr, unclean = false } = scope;
    const { unasked = [], remembers = true } = options;
    this.scope = scope;
    this.brokerCount = replicas + spares;
    this.targets = targetsOf(replicas, spares);
    const renaming = Array.from({ length: this.brokerCount + 1 }, (_, id) => id);
    const asked = <Property extends { readonly name: string }>(all: readonly Property[]) =>
      all.filter(({ name }) => !unasked.includes(name));
    this.setting = {
      rules: { ...partitionRules, ...options.partition },
      minIsr,
      isIdempotent: scope.idempotent ?? false,
      appendsAtOnce: scope.slowAppends !== true,
      batchesPerFetch: scope.batchesPerFetch ?? Number.POSITIVE_INFINITY,
    };
    const settings = {
      clusterId: CLUSTER,
      defaultPartitions: 1,
      defaultReplicationFactor: replicas,
      topicDefaults: new Map([
        ['min.insync.replicas', String(minIsr)],
        ['unclean.leader.election.enable', String(unclean)],
      ]),
    };
    this.controllerSetting = {
      rules: { ...createRules(settings), ...options.controller },
      properties: asked(metadataProperties),
    };
    const writer = new PartWriter();
    const witnesses = dueIn(scope);
    const { setting, controllerSetting, targets } = this;
    const shared = { renaming, writer, remembers };
    this.machines = new MachineMemory({
      setting,
      controllerSetting,
      targets,
      witnesses,
      ...shared,
    });
    this.possible = new Possible(this.machines, scope, targets.length);
    const { machines, brokerCount: brokers } = this;
    const properties = asked(partitionProperties);
    this.judges = new JudgeMemory({ machines, brokers, minIsr, properties, ...shared });
    this.witnesses = witnesses.map(({ name }) => name);
    const parts = brokers + 2 + scope.behind + scope.messages + SENT_AT_ONCE;
    this.maximumBytes = NUMBER_BYTES * parts + brokers + 1 + COUNTED.length;
    this.next = {
      brokers: [],
      lags: [],
      controller: 0,
      ghost: 0,
      versions: [],
      messages: [],
      used: [],
    };
  }

  initial(): PartitionWorldState {
    const { machines, judges, brokerCount, scope, setting, controllerSetting } = this;
    const { minIsr, unclean = false } = scope;
    const explored = initialController(brokerCount, scope.replicas, controllerSetting, {
      minInsyncReplicas: minIsr,
      uncleanLeaderElection: unclean,
    });
    const controller = machines.controllerNumber(explored);
    const { image } = explored.state;
    const version = versionOf(image, explored.nextOffset - 1, explored.nextOffset - 1);
    const number = machines.versionParts.numberOf(version);
    const idle = [...image.brokers.values()].map(
      ({ id, epoch }): ExploredBroker => ({
        id,
        epoch: epoch as BrokerEpoch,
        isUp: true,
        isClean: false,
        replica: null,
        disk: emptyDisk(),
        ...IDLE,
      }),
    );
    const brokers = idle.map((broker) => machines.brokerNumber(broker));
    let ghost = judges.nothing;
    for (const [place, broker] of idle.entries()) {
      const played = play(broker, NEWS + 2 * number + 1, machines, setting);
      ghost = judges.begin(brokers, place, played, controller, ghost);
      brokers[place] = machines.brokerNumber(played.broker);
    }
    const used = COUNTED.map(() => 0);
    const lags = brokers.map(() => 0);
    return { brokers, lags, controller, ghost, versions: [], messages: [], used };
  }

  successors(state: PartitionWorldState, visit: Visit<PartitionWorldState>): void {
    this.possible.each(state, (plan) => this.attempt(state, visit, plan));
  }

  /** The next state begins as a copy. */
  private begin(state: PartitionWorldState, { budget, place, applies }: Plan): void {
    const { next } = this;
    for (let i = 0; i < this.brokerCount; i++) {
      next.brokers[i] = state.brokers[i]!;
      next.lags[i] = state.lags[i]!;
    }
    for (let i = 0; i < COUNTED.length; i++) {
      next.used[i] = state.used[i]!;
    }
    if (budget !== undefined) {
      next.used[PLACE[budget]]!++;
    }
    if (applies !== undefined) {
      next.lags[place!]! -= applies;
    }
    next.controller = state.controller;
    next.ghost = state.ghost;
    next.versions.length = 0;
    for (let i = 0; i < state.versions.length; i++) {
      next.versions.push(state.versions[i]!);
    }
  }

  /** One thing happens, unless what comes of it lies beyond the bounds. */
  private attempt(state: PartitionWorldState, visit: Visit<PartitionWorldState>, plan: Plan): void {
    const { machines, next } = this;
    const { command, delivered = -1 } = plan;
    this.begin(state, plan);
    let violation: Violation | null = null;
    let reached = 0;
    let place = plan.place;
    let code = plan.code ?? -1;
    let answer: readonly number[] = plan.late === undefined ? [] : [plan.late];
    if (command !== undefined) {
      const decision = machines.decision(state.controller, command);
      const ending = place !== undefined;
      const isNothing = decision.version < 0 && !decision.letsGo && decision.violation === null;
      if ((isNothing && delivered < 0) || !this.decided(decision)) {
        return;
      }
      violation = decision.violation;
      reached = decision.reached;
      answer = decision.sent < 0 ? answer : [decision.sent];
      if (ending) {
        // A registration starts a process; the farewell of a heartbeat ends one.
        const isStart = command < PREFERRED;
        code = isStart
          ? START + machines.controllerFacts[next.controller]!.epochs[place! + 1]!
          : STOP;
        place = isStart || decision.letsGo ? place : undefined;
        if (isStart) {
          next.lags[place!] = 1;
        }
      }
    }
    let sent: readonly number[] = answer;
    if (place !== undefined) {
      const step = machines.step(next.brokers[place]!, code);
      reached |= step.reached;
      sent = answer.length === 0 ? step.sent : [...answer, ...step.sent];
      const { brokers, controller, ghost } = next;
      next.ghost = this.judges.verdict(brokers, place, step, code, controller, ghost);
      violation ??= this.judges.violation;
      next.brokers[place] = step.broker;
    }
    if (this.settle(state, plan, sent)) {
      const { budget = null } = plan;
      const message = delivered < 0 ? null : state.messages[delivered]!;
      this.happening = { command: command ?? null, place: place ?? null, code, message, budget };
      visit(next, violation ?? this.observe(plan), reached);
    }
  }

  /** Takes over what the controller decided; false: it leads beyond the bounds. */
  private decided({ controller, version, isUnclean }: Decision): boolean {
    const { machines, next, scope } = this;
    const { leaderEpoch, partitionEpoch } = machines.controllerFacts[controller]!;
    if (leaderEpoch > scope.leaderEpochs || partitionEpoch > scope.partitionEpochs) {
      return false;
    }
    next.controller = controller;
    if (isUnclean) {
      next.ghost = this.judges.documented(next.brokers, controller, next.ghost);
    }
    if (version >= 0) {
      next.versions.push(version);
      for (let i = 0; i < this.brokerCount; i++) {
        next.lags[i]!++;
      }
    }
    return true;
  }

  /** What follows from a step at once: who waits for what, and what is still needed of the past. */
  private settle(state: PartitionWorldState, plan: Plan, sent: readonly number[]): boolean {
    const { delivered = -1, command = 0 } = plan;
    const arrived = command >= REQUEST ? state.messages[delivered]! : -1;
    const { machines, next, scope } = this;
    const { isFenced } = machines.controllerFacts[next.controller]!;
    let behind = 0;
    for (let i = 0; i < this.brokerCount; i++) {
      const { isUp } = machines.brokerFacts[next.brokers[i]!]!;
      // Only a shutdown waits for those who are down and seem to serve.
      if (!isUp && (isFenced[i + 1] || (scope.shutdowns ?? 0) === 0)) {
        next.lags[i] = 0;
      }
      behind = Math.max(behind, next.lags[i]!);
    }
    if (behind > Math.max(scope.behind, ...state.lags)) {
      return false;
    }
    next.versions.splice(0, next.versions.length - behind);
    merged(state.messages, delivered, sent, next.messages);
    let kept = 0;
    for (let i = 0; i < next.messages.length; i++) {
      const message = next.messages[i]!;
      if (this.isOfUse(message, arrived)) {
        next.messages[kept++] = message;
      }
    }
    next.messages.length = kept;
    return kept <= Math.max(scope.messages, state.messages.length);
  }

  /** An answer that nobody waits for any more is gone. `arrived`: a request that the controller has just had. */
  private isOfUse(message: number, arrived: number): boolean {
    const { brokerFacts, packetFacts } = this.machines;
    const { type, from, to, brokerEpoch, answerKey, late } = packetFacts[message]!;
    if (arrived >= 0 && type === 'alter' && late < 0 && this.scope.overtaking !== true) {
      // What was sent earlier would have arrived before.
      const newer = packetFacts[arrived]!;
      return newer.from !== from || newer.late < 0;
    }
    if (type === 'fetched') {
      return brokerFacts[this.next.brokers[to - 1]!]!.awaits === answerKey;
    }
    if (type === 'altered') {
      return isAltering(brokerFacts[this.next.brokers[to - 1]!]!, brokerEpoch);
    }
    return true;
  }

  /** After a decision: whether what the logs hold is still as it must be. */
  private observe({ command }: Plan): Violation | null {
    if (command === undefined) {
      return null;
    }
    const { machines, judges, next } = this;
    const { brokers, controller } = next;
    for (let place = 0; place < this.brokerCount; place++) {
      if (machines.brokerFacts[brokers[place]!]!.role !== null) {
        const step = machines.step(brokers[place]!, OBSERVE);
        next.ghost = judges.verdict(brokers, place, step, OBSERVE, controller, next.ghost);
        if (judges.violation !== null) {
          return judges.violation;
        }
      }
    }
    return null;
  }

  fingerprint(state: PartitionWorldState, renaming: number, seed: number, into: Fingerprint): void {
    const { machines, judges, sum } = this;
    const { brokers, lags, versions, messages, used } = state;
    sum[0] = 0;
    sum[1] = 0;
    let spent = 0;
    for (let place = 0; place < this.brokerCount; place++) {
      machines.brokers.addHash(brokers[place]!, renaming, seed, sum);
      spent = Math.imul(spent, 31) + lags[place]!;
    }
    machines.controllers.addHash(state.controller, renaming, seed, sum);
    judges.ghosts.addHash(state.ghost, renaming, seed, sum);
    for (let i = 0; i < versions.length; i++) {
      machines.versionParts.addHash(versions[i]!, renaming, seed, sum);
    }
    for (let i = 0; i < messages.length; i++) {
      machines.packetParts.addHash(messages[i]!, renaming, seed, sum);
    }
    for (let i = 0; i < used.length; i++) {
      spent = Math.imul(spent, 31) + used[i]!;
    }
    into[0] = finishLow(sum[0]! ^ Math.imul(spent, 0x9e3779b1));
    into[1] = notZero(finishHigh(sum[1]! ^ Math.imul(spent, 0x85ebca6b)));
  }

  encode(state: PartitionWorldState, bytes: Uint8Array, at: number): number {
    return encodeState(state, bytes, at);
  }

  decode(bytes: Uint8Array, at: number, end: number): PartitionWorldState {
    return decodeState(bytes, at, end, this.brokerCount);
  }

  /** The properties are properties of steps. */
  violation(): Violation | null {
    return null;
  }
}
