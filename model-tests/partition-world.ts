/**
 * The closed world around the partition machine: three nodes, a network that loses, delays and
 * repeats, a controller and clients. Every step of every machine is judged.
 */

import { sameEpochs } from '../src/core/partition/epochs.js';
import { NONE, REQUEST_TIMED_OUT } from '../src/core/partition/errors.js';
import { followerFetchPosition, latestOffset } from '../src/core/partition/queries.js';
import type { PartitionRules } from '../src/core/partition/rules.js';
import type {
  BatchFacts,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../src/core/partition/types.js';
import { judgePartition } from '../src/core/properties/partition/all.js';
import { logLost, newPartitionGhost } from '../src/core/properties/partition/ghost.js';
import type {
  PartitionChanges,
  PartitionProperty,
  PartitionStep,
  PartitionWorld,
} from '../src/core/properties/partition/property.js';
import {
  type BrokerEpoch,
  type BrokerId,
  type LeaderEpoch,
  NO_EPOCH,
  NO_TIMESTAMP,
  type Offset,
  type Stamp,
} from '../src/core/types/ids.js';
import { batchesBetween } from '../src/explorer/partition/log.js';
import { type IsrAnswer, type IsrRequest, ModelController } from './partition-controller.js';
import { ModelNode } from './partition-node.js';
import { BatchMint, ModelProducer } from './partition-producer.js';

/** A run ends with the first violation. */
export class Violation extends Error {
  readonly property: string;
  constructor(property: string, detail: string) {
    super(`${property}: ${detail}`);
    this.property = property;
  }
}

/** Integers from a seed (xorshift with a multiplier); the same everywhere. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
    for (let i = 0; i < 8; i++) {
      this.below(2);
    }
  }
  below(bound: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return Math.floor(((Math.imul(this.state, 0x2c1b3c6d) >>> 0) / 2 ** 32) * bound);
  }
  oneIn(bound: number): boolean {
    return this.below(bound) === 0;
  }
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }
}

interface FetchRequest {
  readonly type: 'fetch';
  readonly to: number;
  readonly from: number;
  readonly incarnation: number;
  readonly correlation: number;
  readonly brokerEpoch: BrokerEpoch;
  readonly logStartOffset: Offset;
  readonly offset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly currentLeaderEpoch: LeaderEpoch;
}

export type Message =
  | FetchRequest
  | {
      readonly type: 'fetched';
      readonly to: number;
      readonly incarnation: number;
      readonly correlation: number;
      readonly input: Extract<PartitionInput, { type: 'fetched' }>;
    }
  | {
      readonly type: 'produce';
      readonly to: number;
      readonly acks: -1 | 0 | 1;
      readonly batch: BatchFacts;
      readonly producer: ModelProducer | null;
    }
  | { readonly type: 'alter'; readonly incarnation: number; readonly request: IsrRequest }
  | {
      readonly type: 'altered';
      readonly to: number;
      readonly incarnation: number;
      readonly request: IsrRequest;
      readonly answer: IsrAnswer;
    };

export interface WorldOptions {
  readonly minIsr: number;
  /** Elections from outside ISR and ELR happen. */
  readonly unclean: boolean;
  /** Retention deletes; producers send one batch at a time then: a leader that has forgotten them takes any. */
  readonly retention: boolean;
  /** Is shown every step, before it is judged. */
  readonly watch?: (step: PartitionStep) => void;
}

interface ProduceWaiting {
  readonly batch: BatchFacts;
  readonly producer: ModelProducer | null;
}

export class PartitionClosedWorld {
  readonly random: Random;
  readonly rules: PartitionRules;
  readonly options: WorldOptions;
  readonly controller: ModelController;
  readonly nodes: ModelNode[];
  readonly producers: ModelProducer[];
  readonly mint: BatchMint = new BatchMint();
  network: Message[] = [];
  /** Acknowledged batches of all kinds of producers, errors by code: for the report of a run. */
  acknowledged: number = 0;
  readonly errors: Map<number, number> = new Map();
  /** The newest error that the first outstanding batch of an idempotent producer met. */
  readonly lastError: Map<ModelProducer, number> = new Map();
  private readonly properties: readonly PartitionProperty[];
  private readonly ghost = newPartitionGhost();
  /** Of the second judge, who is told what each step changed, and must say the same. */
  private readonly incrementalGhost = newPartitionGhost();
  /** By node: the incarnation whose first step was judged. */
  private readonly judgedIncarnations: number[] = [];
  private readonly waiting = new Map<string, ProduceWaiting>();
  private tokens = 1;
  private stamp = 1;

  constructor(
    seed: number,
    options: WorldOptions,
    rules: PartitionRules,
    properties: readonly PartitionProperty[],
  ) {
    this.properties = properties;
    this.random = new Random(seed);
    this.rules = rules;
    this.options = options;
    this.controller = new ModelController(3, options.minIsr);
    this.nodes = this.controller.replicas.map(
      (id) => new ModelNode(id, this.controller.brokers[id]!.epoch as BrokerEpoch),
    );
    // One of them lives close to the end of the sequences.
    this.producers = [
      new ModelProducer(7, 0, this.mint, options.retention),
      new ModelProducer(8, 2 ** 31 - 4, this.mint, options.retention),
    ];
    for (const node of this.nodes) {
      node.start(options.minIsr);
      this.tellMetadata(node, this.controller.version);
    }
  }

  now(): Stamp {
    return this.stamp++ as Stamp;
  }

  // ------------------------------------------------------------------------------------- stepping

  /** Feeds one input to a running node, carries out the effects, judges. */
  feed(node: ModelNode, input: PartitionInput): readonly PartitionEffect[] {
    const { before, effects } = node.step(input, this.rules, this.random.oneIn(16));
    const fedLater: PartitionInput[] = [];
    for (const effect of effects) {
      this.carryOut(node, effect, fedLater);
    }
    const after = node.state!;
    const query = after.role === 'leader' ? latestOffset(after, this.rules) : null;
    const step: PartitionStep = {
      self: node.id,
      incarnation: node.incarnation,
      before,
      input,
      effects,
      after,
      latest: query?.error === NONE ? query.offset : null,
    };
    this.options.watch?.(step);
    this.judge(step);
    this.answerClients(node, effects);
    for (const later of fedLater) {
      this.feed(node, later);
    }
    return effects;
  }

  private judge(step: PartitionStep): void {
    const { leader, leaderEpoch, isr, elr, minIsr, uncleanElections } = this.controller;
    const world: PartitionWorld = {
      replicas: new Map(this.nodes.map((node) => [node.id, node.view()])),
      leader: leader as BrokerId,
      leaderEpoch: leaderEpoch as LeaderEpoch,
      isr: isr as BrokerId[],
      elr: elr as BrokerId[],
      minIsr: Math.min(minIsr, 3),
      uncleanElections,
    };
    const violations = judgePartition(this.ghost, step, world, this.properties);
    const told = { ...step, changes: this.changesOf(step, world) };
    const again = judgePartition(this.incrementalGhost, told, world, this.properties);
    const names = violations.map(({ property }) => property).join();
    const namesAgain = again.map(({ property }) => property).join();
    // Of what is deleted only who saw it come can tell that it comes again.
    const repeated = this.options.retention && namesAgain === 'NoDuplicateSequence';
    if (names !== namesAgain && !(repeated && names === '')) {
      throw new Error(`all told: ${names}; told what changed: ${namesAgain}`);
    }
    for (const { property, detail } of again) {
      throw new Violation(property, `${detail} (${step.input?.type})`);
    }
  }

  private changesOf(step: PartitionStep, world: PartitionWorld): PartitionChanges {
    const { self, incarnation } = step;
    const first = this.judgedIncarnations[self] !== incarnation;
    this.judgedIncarnations[self] = incarnation;
    let anew = first;
    let appended = 0;
    if (first) {
      logLost(this.incrementalGhost, self, 0);
    }
    for (const effect of step.effects) {
      if (effect.type === 'append') {
        appended += effect.batches.length;
      } else if (effect.type === 'truncate' || effect.type === 'resetLog') {
        anew = true;
        const kept = effect.type === 'truncate' ? effect.endOffset : 0;
        logLost(this.incrementalGhost, self, kept);
      }
    }
    const before = (step.before as PartitionState).epochs;
    return {
      anew,
      from: world.replicas.get(self)!.log.length - appended,
      epochs: !sameEpochs(before, step.after.epochs),
      producers: step.effects.some(({ type }) => type === 'roleChanged'),
    };
  }

  private carryOut(node: ModelNode, effect: PartitionEffect, later: PartitionInput[]): void {
    switch (effect.type) {
      case 'append':
        node.log.push(...effect.batches);
        if (!this.random.oneIn(3)) {
          later.push({ type: 'appended', endOffset: node.end as Offset, stamp: this.now() });
          node.written = node.end;
        }
        return;
      case 'truncate':
      case 'resetLog': {
        if (effect.type === 'truncate') {
          node.cut(effect.endOffset);
        } else {
          node.reset(effect.offset);
        }
        const endOffset = node.end as Offset;
        node.written = endOffset;
        later.push({
          type: 'truncated',
          endOffset,
          producers: node.producers(),
          stamp: this.now(),
        });
        return;
      }
      case 'moveLogStart':
        node.moveStart(effect.offset);
        return;
      case 'epochsChanged':
        node.epochs = effect.epochs;
        return;
      case 'armTimer':
        node.timers.add(`${effect.name}:${effect.key}`);
        return;
      case 'cancelTimer':
        node.timers.delete(`${effect.name}:${effect.key}`);
        return;
      case 'alterPartition': {
        const { leaderEpoch, partitionEpoch, newIsr, leaderRecoveryState } = effect;
        const request: IsrRequest = {
          from: node.id,
          leaderEpoch,
          partitionEpoch,
          newIsr,
          leaderRecoveryState,
        };
        this.network.push({ type: 'alter', incarnation: node.incarnation, request });
        return;
      }
      case 'roleChanged':
        node.fetching = null;
        return;
      default:
        return;
    }
  }

  private answerClients(node: ModelNode, effects: readonly PartitionEffect[]): void {
    for (const effect of effects) {
      if (effect.type !== 'produced') {
        continue;
      }
      const key = `${node.id}:${node.incarnation}:${effect.token}`;
      const waiting = this.waiting.get(key);
      this.waiting.delete(key);
      this.errors.set(effect.error, (this.errors.get(effect.error) ?? 0) + 1);
      this.acknowledged += effect.error === NONE ? 1 : 0;
      // Some answers are lost.
      if (waiting?.producer != null && !this.random.oneIn(4)) {
        if (waiting.producer.outstanding[0] === waiting.batch) {
          this.lastError.set(waiting.producer, effect.error);
        }
        waiting.producer.answered(waiting.batch, effect.error);
      }
    }
  }

  // ------------------------------------------------------------------------------------- messages

  /** Hands over one message; to a process that is gone, or another one by now, nothing comes. */
  deliver(message: Message): void {
    switch (message.type) {
      case 'fetch':
        this.deliverFetch(message);
        return;
      case 'fetched': {
        const node = this.nodes[message.to]!;
        const expected =
          node.state !== null &&
          node.incarnation === message.incarnation &&
          node.fetching === message.correlation;
        if (expected) {
          node.fetching = null;
          this.feed(node, message.input);
        }
        return;
      }
      case 'produce':
        this.produce(this.nodes[message.to]!, message.acks, message.batch, message.producer);
        return;
      case 'alter': {
        const { request, incarnation } = message;
        // A controller that is not the active one, or any other trouble before it decided.
        const answer = this.random.oneIn(8)
          ? { error: 41, assignment: null }
          : this.controller.alterPartition(request);
        this.network.push({ type: 'altered', to: request.from, incarnation, request, answer });
        return;
      }
      case 'altered': {
        const node = this.nodes[message.to]!;
        if (node.state !== null && node.incarnation === message.incarnation) {
          this.feed(node, {
            type: 'alterPartitionAnswered',
            error: message.answer.error,
            requestedPartitionEpoch: message.request.partitionEpoch,
            assignment: message.answer.assignment,
            stamp: this.now(),
          });
        }
        return;
      }
    }
  }

  /** Loses a message. Who waits for an answer from the controller hears of a timeout some time. */
  lose(message: Message): void {
    if (message.type === 'alter' || message.type === 'altered') {
      const { incarnation, request } = message;
      const answer = { error: REQUEST_TIMED_OUT, assignment: null };
      this.network.push({ type: 'altered', to: request.from, incarnation, request, answer });
    }
  }

  private deliverFetch(request: FetchRequest): void {
    const leader = this.nodes[request.to]!;
    if (leader.state === null) {
      return;
    }
    const effects = this.feed(leader, {
      type: 'fetch',
      token: this.tokens++,
      replica: {
        id: request.from as BrokerId,
        brokerEpoch: request.brokerEpoch,
        logStartOffset: request.logStartOffset,
      },
      anyReplica: false,
      clientRack: '',
      currentLeaderEpoch: request.currentLeaderEpoch,
      fetchOffset: request.offset,
      lastFetchedEpoch: request.lastFetchedEpoch,
      stamp: this.now(),
    });
    const answer = effects.find((effect) => effect.type === 'fetchAnswer');
    if (answer === undefined) {
      throw new Violation('FetchAnswered', 'a fetch was not answered in its step');
    }
    const limit = 1 + this.random.below(3);
    const batches = batchesBetween(leader.log, answer.from, answer.upTo, limit);
    this.network.push({
      type: 'fetched',
      to: request.from,
      incarnation: request.incarnation,
      correlation: request.correlation,
      input: {
        type: 'fetched',
        leaderEpoch: request.currentLeaderEpoch,
        fetchOffset: request.offset,
        lastFetchedEpoch: request.lastFetchedEpoch,
        error: answer.error,
        diverging: answer.diverging,
        highWatermark: answer.highWatermark,
        logStartOffset: answer.logStartOffset,
        batches: answer.error === NONE && answer.diverging === null ? batches : [],
        stamp: this.now(),
      },
    });
  }

  // ---------------------------------------------------------------------------------- what happens

  tellMetadata(node: ModelNode, version: number): void {
    const { assignment, brokers } = this.controller.history[version]!;
    node.version = version;
    this.feed(node, { type: 'assigned', assignment, brokers, stamp: this.now() });
  }

  sendFetch(node: ModelNode): void {
    const state = node.state!;
    if (state.role !== 'follower' || node.fetching !== null) {
      return;
    }
    const position = followerFetchPosition(state);
    node.fetching = this.tokens++;
    this.network.push({
      type: 'fetch',
      to: state.leader,
      from: node.id,
      incarnation: node.incarnation,
      correlation: node.fetching,
      brokerEpoch: node.brokerEpoch,
      logStartOffset: state.logStartOffset,
      ...position,
    });
  }

  produce(
    node: ModelNode,
    acks: -1 | 0 | 1,
    batch: BatchFacts,
    producer: ModelProducer | null,
  ): void {
    if (node.state === null) {
      return;
    }
    const token = this.tokens++;
    this.waiting.set(`${node.id}:${node.incarnation}:${token}`, { batch, producer });
    const stamp = this.now();
    this.feed(node, { type: 'produce', token, acks, batch, logAppendTime: NO_TIMESTAMP, stamp });
  }

  expireSomeProduce(): void {
    const key = this.random.pick([...this.waiting.keys()]);
    const [id, incarnation, token] = (key ?? '').split(':').map(Number);
    const node = this.nodes[id ?? -1];
    if (node?.state != null && node.incarnation === incarnation) {
      this.feed(node, { type: 'produceExpired', token: token!, stamp: this.now() });
    }
  }

  deleteRecords(node: ModelNode, offset: Offset): void {
    this.feed(node, { type: 'deleteRecords', token: this.tokens++, offset, stamp: this.now() });
  }

  consume(node: ModelNode): void {
    const bases = [node.logStart, ...node.log.map((batch) => batch.baseOffset), node.end];
    const fetchOffset = this.random.pick(bases)! as Offset;
    const token = this.tokens++;
    this.feed(node, {
      type: 'fetch',
      token,
      replica: null,
      anyReplica: token % 2 === 0,
      clientRack: ['', 'odd', 'even'][token % 3]!,
      currentLeaderEpoch: NO_EPOCH,
      fetchOffset,
      lastFetchedEpoch: NO_EPOCH,
      stamp: this.now(),
    });
  }
}
