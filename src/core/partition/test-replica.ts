/** For unit tests: one replica that is fed plain numbers, and what it answers. */

import type { BrokerId } from '../types/ids.js';
import { ZERO_UUID } from '../types/ids.js';
import { stepPartition } from './machine.js';
import { type PartitionRules, partitionRules } from './rules.js';
import { startPartition } from './state.js';
import type {
  BatchFacts,
  PartitionAssignment,
  PartitionEffect,
  PartitionInput,
  PartitionStart,
  PartitionState,
  ReplicaBroker,
} from './types.js';

/** A client's or stored batch; what is not given is of no importance. */
export function batch(facts: {
  readonly at?: number;
  readonly records?: number;
  readonly epoch?: number;
  readonly producer?: number;
  readonly producerEpoch?: number;
  readonly sequence?: number;
  readonly control?: boolean;
  readonly timestamp?: number;
}): BatchFacts {
  const idempotent = facts.producer !== undefined;
  return {
    baseOffset: facts.at ?? 0,
    lastOffsetDelta: (facts.records ?? 1) - 1,
    sizeInBytes: 70,
    leaderEpoch: facts.epoch ?? -1,
    maxTimestamp: facts.timestamp ?? 1,
    producerId: BigInt(facts.producer ?? -1),
    producerEpoch: facts.producerEpoch ?? (idempotent ? 0 : -1),
    baseSequence: facts.sequence ?? (idempotent ? 0 : -1),
    isTransactional: false,
    isControl: facts.control ?? false,
  } as unknown as BatchFacts;
}

interface Assigned {
  readonly leader?: number;
  readonly epoch?: number;
  readonly version?: number;
  readonly isr?: readonly number[];
  readonly replicas?: readonly number[];
  readonly recovering?: boolean;
  /** Registered broker epochs by id, default 10 + id. */
  readonly brokerEpochs?: Readonly<Record<number, number>>;
  readonly fenced?: readonly number[];
  readonly stopping?: readonly number[];
  /** By broker. */
  readonly racks?: Readonly<Record<number, string>>;
}

export class TestReplica {
  readonly state: PartitionState;
  readonly rules: PartitionRules;
  private stamp: number = 1;
  private token: number = 1000;
  /** Produces count from 100. */
  private produceToken: number = 100;

  constructor(
    start: {
      readonly self?: number;
      readonly minIsr?: number;
      readonly end?: number;
      readonly highWatermark?: number;
      readonly epochs?: readonly (readonly [number, number])[];
    } = {},
    rules: Partial<PartitionRules> = {},
  ) {
    this.rules = { ...partitionRules, ...rules };
    this.state = startPartition({
      self: start.self ?? 1,
      topicId: ZERO_UUID,
      partition: 0,
      config: { minInsyncReplicas: start.minIsr ?? 2 },
      logStartOffset: 0,
      logEndOffset: start.end ?? 0,
      highWatermark: start.highWatermark ?? 0,
      epochs: (start.epochs ?? []).map(([epoch, startOffset]) => ({ epoch, startOffset })),
      producers: new Map(),
    } as unknown as PartitionStart);
  }

  feed(input: PartitionInput): PartitionEffect[] {
    const effects: PartitionEffect[] = [];
    stepPartition(this.state, input, effects, this.rules);
    return effects;
  }

  /** Any input, written with plain numbers. */
  give(
    input: { readonly type: PartitionInput['type'] } & Record<string, unknown>,
  ): PartitionEffect[] {
    return this.feed({ stamp: this.stamp++, ...input } as unknown as PartitionInput);
  }

  assignment(assigned: Assigned): PartitionAssignment {
    return {
      leader: assigned.leader ?? 1,
      leaderEpoch: assigned.epoch ?? 1,
      partitionEpoch: assigned.version ?? 1,
      replicas: assigned.replicas ?? [1, 2, 3],
      isr: assigned.isr ?? [1, 2, 3],
      leaderRecoveryState: assigned.recovering === true ? 'recovering' : 'recovered',
    } as unknown as PartitionAssignment;
  }

  assign(assigned: Assigned): PartitionEffect[] {
    const brokers = (assigned.replicas ?? [1, 2, 3]).map((id) => ({
      id,
      epoch: assigned.brokerEpochs?.[id] ?? 10 + id,
      fenced: assigned.fenced?.includes(id) ?? false,
      inControlledShutdown: assigned.stopping?.includes(id) ?? false,
      rack: assigned.racks?.[id] ?? null,
    }));
    return this.give({
      type: 'assigned',
      assignment: this.assignment(assigned),
      brokers: brokers as unknown as ReplicaBroker[],
    });
  }

  /** Produces; with `written` (the default) the append is in the page cache at once. */
  produce(facts: BatchFacts, acks: -1 | 0 | 1 = -1, written = true): PartitionEffect[] {
    const token = this.produceToken++;
    const effects = this.give({ type: 'produce', token, acks, batch: facts, logAppendTime: -1 });
    if (written && effects.some((effect) => effect.type === 'append')) {
      effects.push(...this.give({ type: 'appended', endOffset: this.state.nextOffset }));
    }
    return effects;
  }

  /** A follower fetches at `offset`. */
  fetch(
    from: number,
    offset: number,
    lastFetchedEpoch: number,
    brokerEpoch: number = 10 + from,
    logStartOffset: number = 0,
  ): PartitionEffect[] {
    return this.give({
      type: 'fetch',
      token: this.token++,
      replica: { id: from as BrokerId, brokerEpoch, logStartOffset },
      anyReplica: false,
      clientRack: '',
      currentLeaderEpoch: this.state.leaderEpoch,
      fetchOffset: offset,
      lastFetchedEpoch,
    });
  }

  consume(
    offset: number,
    anyReplica = false,
    clientRack = '',
    lastFetchedEpoch = -1,
  ): PartitionEffect[] {
    const token = this.token++;
    return this.give({
      type: 'fetch',
      token,
      replica: null,
      anyReplica,
      clientRack,
      fetchOffset: offset,
      currentLeaderEpoch: -1,
      lastFetchedEpoch,
    });
  }

  /** The leader answers this follower's fetch from its present position. */
  fetched(
    answer: {
      readonly batches?: readonly BatchFacts[];
      readonly highWatermark?: number;
      readonly logStart?: number;
      readonly diverging?: { readonly epoch: number; readonly endOffset: number };
      readonly error?: number;
      readonly leaderEpoch?: number;
    },
    written = true,
  ): PartitionEffect[] {
    const effects = this.give({
      type: 'fetched',
      leaderEpoch: answer.leaderEpoch ?? this.state.leaderEpoch,
      fetchOffset: this.state.logEndOffset,
      lastFetchedEpoch: this.state.epochs.at(-1)?.epoch ?? -1,
      error: answer.error ?? 0,
      diverging: answer.diverging ?? null,
      highWatermark: answer.highWatermark ?? 0,
      logStartOffset: answer.logStart ?? 0,
      batches: answer.batches ?? [],
    });
    const cut = effects.find(({ type }) => type === 'truncate' || type === 'resetLog');
    if (cut !== undefined) {
      const endOffset = this.state.pendingTruncation;
      effects.push(...this.give({ type: 'truncated', endOffset, producers: new Map() }));
    }
    if (written && this.state.nextOffset > this.state.logEndOffset) {
      effects.push(...this.give({ type: 'appended', endOffset: this.state.nextOffset }));
    }
    return effects;
  }
}

/** The only effect of a type; fails where there is none or more. */
export function only<Type extends PartitionEffect['type']>(
  effects: readonly PartitionEffect[],
  type: Type,
): Extract<PartitionEffect, { type: Type }> {
  const found = effects.filter((effect) => effect.type === type);
  if (found.length !== 1) {
    throw new Error(`${found.length} effects ${type} among ${effects.map((one) => one.type)}`);
  }
  return found[0] as Extract<PartitionEffect, { type: Type }>;
}

/** Whether there is an effect of a type. */
export function has(effects: readonly PartitionEffect[], type: PartitionEffect['type']): boolean {
  return effects.some((effect) => effect.type === type);
}
