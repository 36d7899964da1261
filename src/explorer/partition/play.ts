/** One thing happens to one broker: the machine's answer, carried out on the broker's disk and timers. */

import { NONE } from '../../core/partition/errors.js';
import { stepPartition } from '../../core/partition/machine.js';
import { followerFetchPosition, latestOffset } from '../../core/partition/queries.js';
import type { PartitionRules } from '../../core/partition/rules.js';
import { clonePartition, startPartition } from '../../core/partition/state.js';
import type {
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../core/partition/types.js';
import type { PartitionStep, ReplicaView } from '../../core/properties/partition/property.js';
import { AssertionError, present } from '../../core/types/assert.js';
import type { BrokerEpoch, Offset } from '../../core/types/ids.js';
import {
  type Disk,
  type ExploredBroker,
  emptyDisk,
  ended,
  IDLE,
  timersAfter,
  viewOf,
} from './broker.js';
import { PARTITION, TOPIC_ID, type Version } from './controller.js';
import {
  END,
  FETCH,
  GIVE_UP,
  inputOf,
  NEWS,
  OBSERVE,
  PRODUCE,
  STAMP,
  START,
  STOP,
  TIMEOUT,
} from './inputs.js';
import { batchesBetween, cutLog, deletedBelow, endOfLog, producersIn } from './log.js';
import type { AlteredPacket, AlterPacket, FetchedPacket, FetchPacket, Packet } from './packets.js';

/** A step of the machine, and its broker once the effects were carried out. */
export interface Transition {
  readonly step: PartitionStep;
  readonly view: ReplicaView;
}

export interface Played {
  readonly broker: ExploredBroker;
  /** The steps that the judge is asked about, in order. */
  readonly transitions: readonly Transition[];
  readonly sent: readonly Packet[];
  /** The machine's own assertion that does not hold: the process ended in the middle of the step. */
  readonly assertion: string | null;
}

/** What stays the same in a world. */
export interface Setting {
  readonly rules: PartitionRules;
  readonly minIsr: number;
  readonly isIdempotent: boolean;
  /** What is appended counts as appended within the step. */
  readonly appendsAtOnce: boolean;
  /** Batches in one answer to a fetch. */
  readonly batchesPerFetch: number;
}

/** What has a number in a world. */
export interface Numbered {
  readonly packets: readonly Packet[];
  readonly versions: readonly Version[];
}

export function play(
  broker: ExploredBroker,
  code: number,
  { packets, versions }: Numbered,
  setting: Setting,
): Played {
  if (code >= NEWS) {
    const number = (code - NEWS) >> 1;
    return (code - NEWS) % 2 === 0
      ? delivered(broker, packets[number]!, setting)
      : assigned(broker, versions[number]!, setting);
  }
  if (code >= START) {
    const epoch = (code - START) as BrokerEpoch;
    return only({ ...broker, epoch, isUp: true, isClean: false });
  }
  if (code >= END && code < PRODUCE) {
    const stored = (code - END) % 2 === 1 ? highWatermarkOf(broker) : (0 as Offset);
    return only(ended(broker, (code - END) >> 1, stored, false));
  }
  switch (code) {
    case FETCH:
      return asked(broker, setting);
    case GIVE_UP:
      return only({ ...broker, isFetching: false });
    case OBSERVE:
      return observed(broker);
    case STOP:
      return only(ended(broker, broker.disk.log.length, highWatermarkOf(broker), true));
    default: {
      const replica = present(broker.replica, 'no replica to tell anything');
      const timers = code < FETCH ? broker.timers & ~(1 << code) : broker.timers;
      const altering = code === TIMEOUT ? null : broker.altering;
      const input = inputOf(code, broker, replica, setting.isIdempotent);
      return fed({ ...broker, timers, altering }, input, setting);
    }
  }
}

function only(broker: ExploredBroker): Played {
  return { broker, transitions: [], sent: [], assertion: null };
}

function highWatermarkOf({ replica, disk }: ExploredBroker): Offset {
  return replica?.highWatermark ?? disk.highWatermark;
}

/** Its fetcher asks, and waits for the answer. */
function asked(broker: ExploredBroker, { rules }: Setting): Played {
  const { id, epoch, replica } = broker;
  const state = present(replica, 'no replica to fetch for');
  const { offset, lastFetchedEpoch, currentLeaderEpoch } = followerFetchPosition(state, rules);
  const packet: FetchPacket = {
    type: 'fetch',
    from: id,
    to: state.leader,
    brokerEpoch: epoch,
    logStartOffset: state.logStartOffset,
    leaderEpoch: currentLeaderEpoch,
    offset,
    lastFetchedEpoch,
    isLate: false,
  };
  return { ...only({ ...broker, isFetching: true }), sent: [packet] };
}

function observed(broker: ExploredBroker): Played {
  const state = present(broker.replica, 'no replica to look at');
  const step: PartitionStep = {
    self: broker.id,
    incarnation: broker.epoch,
    before: state,
    input: null,
    effects: [],
    after: state,
    latest: null,
  };
  return { ...only(broker), transitions: [{ step, view: viewOf(broker) }] };
}

/**
 * New metadata, as `ReplicaManager` takes them: a replica that is not open yet is opened with what is on
 * the disk; one that is none any more is removed with its log.
 */
function assigned(broker: ExploredBroker, version: Version, setting: Setting): Played {
  const { id, disk } = broker;
  const { assignment, brokers } = version;
  if (!assignment.replicas.includes(id)) {
    return only({ ...broker, replica: null, disk: emptyDisk(), ...IDLE });
  }
  const opened: ExploredBroker = {
    ...broker,
    replica: broker.replica ?? opening(broker, setting),
    disk: { ...disk, highWatermark: 0 as Offset },
  };
  return fed(opened, { type: 'assigned', assignment, brokers, stamp: STAMP }, setting);
}

/** The replica as its process finds it on the disk. */
export function opening({ id, disk }: ExploredBroker, { minIsr }: Setting): PartitionState {
  return startPartition({
    self: id,
    topicId: TOPIC_ID,
    partition: PARTITION,
    config: { minInsyncReplicas: minIsr },
    logStartOffset: disk.logStart,
    logEndOffset: endOfLog(disk.log, disk.logStart),
    highWatermark: disk.highWatermark,
    epochs: disk.epochs,
    producers: producersIn(disk.log),
  });
}

function delivered(broker: ExploredBroker, packet: Packet, setting: Setting): Played {
  switch (packet.type) {
    case 'fetch':
      return fed(broker, fetchInput(packet), setting, packet);
    case 'fetched':
      return fed({ ...broker, isFetching: false }, fetchedInput(packet), setting);
    case 'altered':
      return fed({ ...broker, altering: null }, alteredInput(packet), setting);
    case 'alter':
      throw new Error('a broker is no controller');
  }
}

function fetchInput(packet: FetchPacket): PartitionInput {
  const { from, brokerEpoch, logStartOffset, leaderEpoch, offset, lastFetchedEpoch } = packet;
  return {
    type: 'fetch',
    token: 0,
    replica: { id: from, brokerEpoch, logStartOffset },
    anyReplica: false,
    clientRack: '',
    currentLeaderEpoch: leaderEpoch,
    fetchOffset: offset,
    lastFetchedEpoch,
    stamp: STAMP,
  };
}

/** An answer as the replica is told of it. */
export function fetchedInput(packet: FetchedPacket): PartitionInput {
  const { leaderEpoch, offset, lastFetchedEpoch, error, diverging, batches } = packet;
  const { highWatermark, logStartOffset } = packet;
  return {
    type: 'fetched',
    leaderEpoch,
    fetchOffset: offset,
    lastFetchedEpoch,
    error,
    diverging,
    highWatermark,
    logStartOffset,
    batches,
    stamp: STAMP,
  };
}

function alteredInput({
  error,
  requestedPartitionEpoch,
  assignment,
}: AlteredPacket): PartitionInput {
  return {
    type: 'alterPartitionAnswered',
    error,
    requestedPartitionEpoch,
    assignment,
    stamp: STAMP,
  };
}

/** As `Replica` does it: what the log answers goes before everything else. `fetch`: what `first` is. */
export function fed(
  broker: ExploredBroker,
  first: PartitionInput,
  setting: Setting,
  fetch: FetchPacket | null = null,
): Played {
  let now = broker;
  const transitions: Transition[] = [];
  const sent: Packet[] = [];
  const inputs = [first];
  for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
    const before = present(now.replica, 'a replica is stepped');
    const after = clonePartition(before);
    const effects: PartitionEffect[] = [];
    try {
      stepPartition(after, input, effects, setting.rules);
    } catch (error) {
      if (!(error instanceof AssertionError)) {
        throw error;
      }
      return { broker, transitions, sent: [], assertion: error.message };
    }
    now = { ...now, replica: after, timers: timersAfter(now.timers, effects) };
    for (const effect of effects) {
      now = carriedOut(now, effect, inputs, setting);
      if (effect.type === 'fetchAnswer' && fetch !== null && !fetch.isLate) {
        sent.push(answerTo(now, effect, fetch, setting));
      }
    }
    const query = after.leaderState === null ? null : latestOffset(after, setting.rules);
    const latest = query?.error === NONE ? query.offset : null;
    const { id: self, epoch: incarnation } = broker;
    const step = { self, incarnation, before, input, effects, after, latest };
    transitions.push({ step, view: viewOf(now) });
  }
  if (now.altering === null && now.queued !== null) {
    // As `AlterPartitionSender`: one at a time, and of those that wait the newest.
    sent.push(now.queued);
    now = { ...now, altering: now.queued, queued: null };
  }
  return { broker: now, transitions, sent, assertion: null };
}

/** What an effect does to the broker; what it has to hear of that comes first among `inputs`. */
function carriedOut(
  broker: ExploredBroker,
  effect: PartitionEffect,
  inputs: PartitionInput[],
  setting: Setting,
): ExploredBroker {
  const { disk } = broker;
  const on = (changed: Partial<Disk>): ExploredBroker => ({
    ...broker,
    disk: { ...disk, ...changed },
  });
  switch (effect.type) {
    case 'append': {
      const log = [...disk.log, ...effect.batches];
      if (setting.appendsAtOnce) {
        const endOffset = endOfLog(log, disk.logStart);
        inputs.unshift({ type: 'appended', endOffset, stamp: STAMP });
      }
      return on({ log });
    }
    case 'truncate': {
      const log = cutLog(disk.log, effect.endOffset);
      const endOffset = endOfLog(log, disk.logStart);
      const producers = producersIn(log);
      inputs.unshift({ type: 'truncated', endOffset, producers, stamp: STAMP });
      return on({ log });
    }
    case 'resetLog': {
      const { offset } = effect;
      inputs.unshift({ type: 'truncated', endOffset: offset, producers: new Map(), stamp: STAMP });
      return on({ log: [], logStart: offset });
    }
    case 'moveLogStart':
      return on({ log: deletedBelow(disk.log, effect.offset).left, logStart: effect.offset });
    case 'epochsChanged':
      return on({ epochs: effect.epochs });
    case 'roleChanged':
      return { ...broker, isFetching: false };
    case 'replicationFailed':
      // It asks this leader no more.
      return { ...broker, isFetching: true };
    case 'alterPartition':
      return { ...broker, queued: alterationBy(broker, effect) };
    default:
      return broker;
  }
}

type EffectOf<Type extends PartitionEffect['type']> = Extract<PartitionEffect, { type: Type }>;

function alterationBy(
  { id, epoch }: ExploredBroker,
  effect: EffectOf<'alterPartition'>,
): AlterPacket {
  return {
    type: 'alter',
    from: id,
    brokerEpoch: epoch,
    leaderEpoch: effect.leaderEpoch,
    partitionEpoch: effect.partitionEpoch,
    isr: effect.newIsr.map(({ brokerId }) => brokerId),
    isrEpochs: effect.newIsr.map(({ brokerEpoch }) => brokerEpoch),
    isRecovering: effect.leaderRecoveryState === 'recovering',
    isLate: false,
  };
}

function answerTo(
  { id, disk }: ExploredBroker,
  effect: EffectOf<'fetchAnswer'>,
  { from: to, brokerEpoch, leaderEpoch, offset, lastFetchedEpoch }: FetchPacket,
  { batchesPerFetch }: Setting,
): FetchedPacket {
  const { error, diverging, highWatermark, logStartOffset, from, upTo } = effect;
  const isGiven = error === NONE && diverging === null;
  return {
    type: 'fetched',
    from: id,
    to,
    brokerEpoch,
    leaderEpoch,
    offset,
    lastFetchedEpoch,
    error,
    diverging,
    highWatermark,
    logStartOffset,
    batches: isGiven ? batchesBetween(disk.log, from, upTo, batchesPerFetch) : [],
  };
}
