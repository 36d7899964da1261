/** A state of the code's world of a partition, what it is in the specification, and how it is changed. */

import type { BrokerEpoch } from '../../../src/core/types/ids.js';
import type { Setting } from '../../../src/explorer/partition/play.js';
import type { ConcreteStep } from '../compare.js';
import { listText, recordText, setText } from '../texts.js';
import type { Host } from './abstraction.js';
import { imageText } from './abstraction.js';
import type { KnownController, KnownControllers } from './controllers.js';
import type { HostStep } from './host-step.js';
import { latestText } from './host-step.js';
import type { Abstract, KnownHost, KnownStep } from './hosts.js';
import { KnownHosts } from './hosts.js';
import type { Budget, SpecScope } from './scope.js';
import { BUDGETS } from './scope.js';

export interface PartitionState {
  /** Of broker 1, 2, ... */
  readonly hosts: readonly KnownHost[];
  readonly controller: KnownController;
  /** Of each broker: numbers of the controller's images that it has yet to learn of, oldest first. */
  readonly updates: readonly (readonly number[])[];
  /** Numbers of messages, ascending. */
  readonly network: readonly number[];
  /** In the order of `BUDGETS`. */
  readonly spent: readonly number[];
}

export type Picks = readonly (readonly [name: string, text: string])[];

/** A run of the specification takes a step that the code, with a wrong rule, does not have. */
export class RunEnds extends Error {}

export class PartitionGround {
  readonly known: KnownHosts;
  readonly controllers: KnownControllers;
  protected readonly scope: SpecScope;
  protected readonly setting: Setting;
  protected out: ConcreteStep<PartitionState>[] = [];
  /** The only call that the machines are asked for; null: all of them. */
  protected wanted: string | null = null;
  private readonly variables: readonly string[];
  /** By the numbers of brokers. */
  private readonly latest = new Map<number, string>();
  /** By the numbers of controllers. */
  private readonly images = new Map<number, Abstract>();

  /** `variables`: in the order of the specification. */
  constructor(
    scope: SpecScope,
    variables: readonly string[],
    controllers: KnownControllers,
    setting: Setting,
    remembers: boolean,
  ) {
    this.scope = scope;
    this.variables = variables;
    this.controllers = controllers;
    this.setting = setting;
    this.known = new KnownHosts(scope.replicas, remembers);
  }

  keyOf({ hosts, controller, updates, network, spent }: PartitionState): string {
    const numbers = hosts.map(({ number }) => number).join(' ');
    return `${numbers};${controller.number};${updates.join(' ')};${network.join(' ')};${spent.join(' ')}`;
  }

  abstractKeyOf(state: PartitionState): string {
    const { lives } = state.controller;
    const hosts = state.hosts.map((host) => this.known.textOf(host, lives).number);
    const messages = state.network.map((each) => this.known.messageText(each, lives).number);
    const images = state.updates.map((all) => all.map((each) => this.image(each).number).join());
    const image = this.image(state.controller.number).number;
    return [hosts, image, images, messages.sort(), state.spent].join(';');
  }

  textOf(state: PartitionState): string {
    const { lives } = state.controller;
    const byBroker = (text: (at: number) => string): string =>
      recordText(Object.fromEntries(this.scope.replicas.map((id, at) => [id, text(at)])));
    const texts: Readonly<Record<string, string>> = {
      replicas: byBroker((at) => this.known.textOf(state.hosts[at]!, lives).text),
      image: this.image(state.controller.number).text,
      updates: byBroker((at) => listText(state.updates[at]!.map((each) => this.image(each).text))),
      network: setText(state.network.map((each) => this.known.messageText(each, lives).text)),
      spent: recordText(
        Object.fromEntries(BUDGETS.map((name, at) => [name, String(state.spent[at])])),
      ),
    };
    return this.variables.map((name) => texts[name]!).join('\n');
  }
  /** The only step that `take` finds in the bounds. */
  only(take: (world: this) => void): PartitionState {
    this.out = [];
    take(this);
    const [step] = this.out;
    if (step === undefined || this.out.length > 1) {
      throw new Error('a run with a call that leads nowhere, or to several ends');
    }
    if (step.action === null || step.to === null) {
      throw new RunEnds(step.call);
    }
    return step.to;
  }

  // --- What is asked for ------------------------------------------------------------------------------

  protected isWanted(call: string): boolean {
    return this.wanted === null || call === this.wanted;
  }

  /** Sooner than to put the call together. */
  protected mayBeWanted(action: string): boolean {
    return this.wanted?.startsWith(action) !== false;
  }

  /** The same of the last pick. */
  protected endsWanted(text: string): boolean {
    return this.wanted?.startsWith(text, this.wanted.length - 1 - text.length) !== false;
  }

  // --- Changes ---------------------------------------------------------------------------------------

  protected put(
    action: string,
    call: string,
    to: PartitionState,
    fault: string | null = null,
    outputs: string = '',
  ): void {
    const latest = to.hosts.map((host) => this.latestOf(host));
    const told = [outputs, ...latest].filter((text) => text !== '').join(', ');
    this.out.push(
      fault === null
        ? { action, call, to, outputs: told }
        : { action, call, to: null, outputs: fault },
    );
  }

  /** What the broker would say of the latest offset. */
  private latestOf({ number, host }: KnownHost): string {
    let text = this.latest.get(number);
    if (text === undefined) {
      text = latestText(host, this.setting);
      this.latest.set(number, text);
    }
    return text;
  }

  protected taken(
    state: PartitionState,
    id: number,
    key: string,
    make: (host: Host) => HostStep,
  ): KnownStep {
    return this.known.step(state.hosts[this.at(id)]!, key, make);
  }

  protected moved(state: PartitionState, id: number, after: KnownHost): PartitionState {
    return { ...state, hosts: this.replaced(state.hosts, id, after) };
  }

  protected replaced<T>(all: readonly T[], id: number, by: T): T[] {
    const place = this.at(id);
    return all.map((each, at) => (at === place ? by : each));
  }

  protected merged(network: readonly number[], sent: readonly number[]): number[] {
    return [...new Set([...network, ...sent])].sort((a, b) => a - b);
  }

  private image(number: number): Abstract {
    let known = this.images.get(number);
    if (known === undefined) {
      const { state, lives } = this.controllers.all[number]!;
      const text = imageText(state.image, lives);
      const same = [...this.images.values()].find((each) => each.text === text);
      known = { number: same?.number ?? this.images.size, text };
      this.images.set(number, known);
    }
    return known;
  }

  protected at(id: number): number {
    return this.scope.replicas.indexOf(id);
  }

  protected hostOf(state: PartitionState, id: number): Host {
    return state.hosts[this.at(id)]!.host;
  }

  protected isAlive(state: PartitionState, id: number, epoch: BrokerEpoch): boolean {
    const { broker } = this.hostOf(state, id);
    return broker.isUp && broker.epoch === epoch;
  }

  protected spentOf(state: PartitionState, budget: Budget): number {
    return state.spent[BUDGETS.indexOf(budget)]!;
  }

  protected isLeft(state: PartitionState, budget: Budget): boolean {
    return this.spentOf(state, budget) < this.scope.budgets[budget];
  }

  protected pay({ spent }: PartitionState, budget: Budget): number[] {
    return spent.map((used, at) => (BUDGETS[at] === budget ? used + 1 : used));
  }

  /** A broker that has not registered hears of nothing: what it missed is in the image that it starts with. */
  protected broadcast(state: PartitionState, { number }: KnownController): readonly number[][] {
    return state.hosts.map(({ host }, at) =>
      host.broker.isUp ? [...state.updates[at]!, number] : [],
    );
  }

  protected fits(updates: readonly (readonly number[])[]): boolean {
    return updates.every(({ length }) => length <= this.scope.updates);
  }
}
