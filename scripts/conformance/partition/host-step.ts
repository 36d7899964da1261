/** One input to one replica: the production step, what its broker does of it, and what of it can be compared. */

import { NONE, REQUEST_TIMED_OUT } from '../../../src/core/partition/errors.js';
import { followerFetchPosition, latestOffset } from '../../../src/core/partition/queries.js';
import type { PartitionEffect, PartitionInput } from '../../../src/core/partition/types.js';
import { NO_EPOCH, NO_TIMESTAMP, type Offset } from '../../../src/core/types/ids.js';
import { batchOf } from '../../../src/explorer/partition/batches.js';
import { ended, RETRY } from '../../../src/explorer/partition/broker.js';
import type { Version } from '../../../src/explorer/partition/controller.js';
import { STAMP } from '../../../src/explorer/partition/inputs.js';
import { batchesBetween } from '../../../src/explorer/partition/log.js';
import type {
  FetchedPacket,
  FetchPacket,
  Packet,
} from '../../../src/explorer/partition/packets.js';
import { fed, fetchedInput, opening, type Setting } from '../../../src/explorer/partition/play.js';
import type { Host, Message } from './abstraction.js';
import { contradiction } from './abstraction.js';

export interface HostStep {
  readonly host: Host;
  /** Without errors that answer a fetch: they change nothing in who is told. */
  readonly sent: readonly Message[];
  /** A command that the code refuses; the specification has no such step. */
  readonly refused: boolean;
  /** What a consumer was given. */
  readonly outputs: string;
  /** Words for what must not be: an assertion of the machine, an answer that is not true. */
  readonly fault: string | null;
}

/** The replica after `input`. */
export function step(
  host: Host,
  input: PartitionInput,
  setting: Setting,
  fetch: FetchPacket | null = null,
): HostStep {
  const { broker, sent, transitions, assertion } = fed(host.broker, input, setting, fetch);
  const before = host.broker.replica;
  const after = broker.replica!;
  const effects = transitions.flatMap(({ step: { effects: all } }) => all);
  const settled: Host = {
    broker: {
      ...broker,
      replica: after,
      altering: null,
      queued: null,
      isFetching: false,
      disk: { ...broker.disk, highWatermark: 0 as Offset },
    },
    applied: host.applied,
  };
  const faults = [
    assertion,
    contradiction(settled),
    untold(before.leaderState?.waiting, after.leaderState?.waiting, input, effects),
    effects.some(({ type }) => type === 'replicationFailed') ? 'replication has failed' : null,
    sent.some((packet) => packet.type === 'alter' && packet.isRecovering)
      ? 'a leader says that it recovers still'
      : null,
  ];
  return {
    host: settled,
    sent: sent.flatMap(visible),
    refused: effects.some((effect) => isRefusal(effect, input)),
    outputs: input.type === 'fetch' && fetch === null ? readText(settled, effects) : '',
    fault: faults.find((each) => each !== null) ?? null,
  };
}

function isRefusal(effect: PartitionEffect, { type }: PartitionInput): boolean {
  return (
    (type === 'produce' && effect.type === 'produced' && effect.error !== NONE) ||
    (type === 'fetch' && effect.type === 'fetchAnswer' && effect.error !== NONE)
  );
}

/** The order in which an ISR is named is none of the specification's. */
function visible(packet: Packet): Message[] {
  if (packet.type === 'fetched') {
    return packet.error === NONE ? [packet] : [];
  }
  if (packet.type !== 'alter') {
    throw new Error(`a broker that sends ${packet.type}`);
  }
  const order = packet.isr.map((_, at) => at).sort((a, b) => packet.isr[a]! - packet.isr[b]!);
  return [
    {
      ...packet,
      isr: order.map((at) => packet.isr[at]!),
      isrEpochs: order.map((at) => packet.isrEpochs[at]!),
    },
  ];
}

type Waiting = readonly { readonly token: number }[] | undefined;

/**
 * In the specification who waits no more is answered: with success where the leadership goes on, with an error
 * where it ends. Words if the code answers otherwise.
 */
function untold(
  before: Waiting,
  after: Waiting,
  input: PartitionInput,
  effects: readonly PartitionEffect[],
): string | null {
  const left = new Set((after ?? []).map(({ token }) => token));
  const asked = new Set((before ?? []).map(({ token }) => token));
  if (input.type === 'produce') {
    asked.add(input.token);
  }
  const told = effects.filter((effect) => effect.type === 'produced');
  for (const { token, error } of told) {
    const isNew = input.type === 'produce' && token === input.token;
    const isRight = after === undefined || isNew ? true : error === NONE;
    if (!asked.delete(token) || left.has(token) || !isRight || (error === NONE && !after)) {
      return `produce ${token} is answered with ${error}`;
    }
  }
  const silent = [...asked].filter((token) => !left.has(token));
  return silent.length === 0 ? null : `produce ${silent[0]} is forgotten`;
}

function readText({ broker }: Host, effects: readonly PartitionEffect[]): string {
  const answer = effects.find((effect) => effect.type === 'fetchAnswer');
  if (answer === undefined || answer.error !== NONE) {
    return '';
  }
  const { from, upTo } = answer;
  const given = batchesBetween(broker.disk.log, from, upTo, Number.POSITIVE_INFINITY);
  return `read up to ${given.length}`;
}

// --- Inputs ----------------------------------------------------------------------------------------

/** The process learns of the metadata up to `version`. */
export function assigned(host: Host, version: Version, setting: Setting): HostStep {
  const { assignment, brokers, upTo } = version;
  const all = step(host, { type: 'assigned', assignment, brokers, stamp: STAMP }, setting);
  return { ...all, host: { ...all.host, applied: upTo } };
}

export function produced(host: Host, acks: -1 | 1, value: number, setting: Setting): HostStep {
  const input: PartitionInput = {
    type: 'produce',
    token: value,
    acks,
    batch: batchOf(value, -1),
    logAppendTime: NO_TIMESTAMP,
    stamp: STAMP,
  };
  return step(host, input, setting);
}

/** What the follower asks its leader. */
export function fetchOf({ broker }: Host, { rules }: Setting): FetchPacket {
  const { id, epoch, replica } = broker;
  const { offset, lastFetchedEpoch, currentLeaderEpoch } = followerFetchPosition(replica, rules);
  return {
    type: 'fetch',
    from: id,
    to: replica.leader,
    brokerEpoch: epoch,
    logStartOffset: replica.logStartOffset,
    leaderEpoch: currentLeaderEpoch,
    offset,
    lastFetchedEpoch,
    isLate: false,
  };
}

/** A follower's fetch arrives; null: a consumer's, from the first record on. */
export function fetched(host: Host, fetch: FetchPacket | null, setting: Setting): HostStep {
  const replica =
    fetch === null
      ? null
      : {
          id: fetch.from,
          brokerEpoch: fetch.brokerEpoch,
          logStartOffset: fetch.logStartOffset,
        };
  const input: PartitionInput = {
    type: 'fetch',
    token: 0,
    replica,
    anyReplica: false,
    clientRack: '',
    currentLeaderEpoch: fetch?.leaderEpoch ?? NO_EPOCH,
    fetchOffset: fetch?.offset ?? (0 as Offset),
    lastFetchedEpoch: fetch?.lastFetchedEpoch ?? NO_EPOCH,
    stamp: STAMP,
  };
  return step(host, input, setting, fetch);
}

export function answered(host: Host, packet: FetchedPacket, setting: Setting): HostStep {
  return step(host, fetchedInput(packet), setting);
}

/** The leader's fetch is answered with an error. */
export function refusedFetch(host: Host, error: number, setting: Setting): HostStep {
  const { replica } = host.broker;
  const { from: to, to: from, ...asked } = fetchOf(host, setting);
  const packet: FetchedPacket = {
    ...asked,
    type: 'fetched',
    from,
    to,
    error,
    diverging: null,
    highWatermark: replica.highWatermark,
    logStartOffset: 0 as Offset,
    batches: [],
  };
  return answered(host, packet, setting);
}

export function altered(
  host: Host,
  { error, requestedPartitionEpoch, assignment }: Message & { readonly type: 'altered' },
  setting: Setting,
): HostStep {
  const input: PartitionInput = {
    type: 'alterPartitionAnswered',
    error,
    requestedPartitionEpoch,
    assignment,
    stamp: STAMP,
  };
  return step(host, input, setting);
}

export function lagDue(host: Host, follower: number, setting: Setting): HostStep {
  const { broker } = host;
  const before = { ...host, broker: { ...broker, timers: broker.timers & ~(1 << follower) } };
  return step(
    before,
    { type: 'timerFired', name: 'replicaLag', key: follower, stamp: STAMP },
    setting,
  );
}

export const isRetryArmed = ({ broker }: Host): boolean => (broker.timers & (1 << RETRY)) !== 0;

/** The sender of the broker waits no longer for the answer to its AlterPartition. */
export function timedOut(host: Host, setting: Setting): HostStep {
  const { partitionEpoch } = host.broker.replica.leaderState!.inflight!;
  const input: PartitionInput = {
    type: 'alterPartitionAnswered',
    error: REQUEST_TIMED_OUT,
    requestedPartitionEpoch: partitionEpoch,
    assignment: null,
    stamp: STAMP,
  };
  return step(host, input, setting);
}

/** `alterPartitionRetry` fires. */
export function retryDue(host: Host, setting: Setting): HostStep {
  const { broker } = host;
  const before = { ...host, broker: { ...broker, timers: broker.timers & ~(1 << RETRY) } };
  return step(
    before,
    { type: 'timerFired', name: 'alterPartitionRetry', key: 0, stamp: STAMP },
    setting,
  );
}

/** The process has died and starts again, with what is left on its disk. */
export function restarted(
  host: Host,
  { kept, checkpoint, clean }: { kept: number; checkpoint: number; clean: boolean },
  setting: Setting,
): HostStep {
  const { replica: _, ...left } = ended(host.broker, kept, checkpoint as Offset, clean);
  const replica = opening({ ...left, replica: null }, setting);
  const disk = { ...left.disk, highWatermark: 0 as Offset };
  return {
    host: { broker: { ...left, disk, replica }, applied: -1 },
    sent: [],
    refused: false,
    outputs: '',
    fault: null,
  };
}

/** What it would say of the latest offset (KIP-207); empty: nothing. */
export function latestText({ broker }: Host, setting: Setting): string {
  const { replica, id } = broker;
  const { error, offset } = latestOffset(replica, setting.rules);
  return error === NONE && replica.role === 'leader' ? `latest of ${id} is ${offset}` : '';
}
