/**
 * The parts of a state as bytes: replicas, sessions, what was acknowledged. Of a replica's machine all fields but
 * those that never change here (who it is among which brokers, the ISR, stamps).
 */

import type {
  BatchFacts,
  EpochEntry,
  FollowerProgress,
  LeaderState,
  PartitionState,
  ProducerBatch,
  ProducerEntry,
  WaitingProduce,
} from '../../core/partition/types.js';
import {
  type BrokerId,
  NO_TIMESTAMP,
  type PartitionIndex,
  type ProducerId,
  type Stamp,
  ZERO_UUID,
} from '../../core/types/ids.js';
import {
  always,
  type Codec,
  flag,
  listOf,
  mapOf,
  nullable,
  numberFrom,
  oneOf,
  recordOf,
} from '../codec.js';
import { BROKERS, type ExploredReplica, REPLICAS } from './replica.js';
import type { Answer, LateRequests, Pending, Request, Session } from './session.js';

const count = numberFrom(0);
/** -1: none. */
const orNone = <Value extends number>(): Codec<Value> => numberFrom<Value>(-1);
const natural = <Value extends number>(): Codec<Value> => numberFrom<Value>(0);

/** Sequences are those from the first on, or the last few before it. */
const SEQUENCES = 2 ** 31;
const BEFORE_ZERO = 8;
const sequence: Codec<number> = {
  write: (writer, value) => writer.number((value + BEFORE_ZERO) % SEQUENCES),
  read: (reader) => (reader.number() + SEQUENCES - BEFORE_ZERO) % SEQUENCES,
};
const producerId: Codec<ProducerId> = {
  write: (writer, id) => writer.id(Number(id)),
  read: (reader) => BigInt(reader.number()) as ProducerId,
};

const batch: Codec<BatchFacts> = recordOf<BatchFacts>({
  baseOffset: natural(),
  lastOffsetDelta: count,
  sizeInBytes: count,
  leaderEpoch: orNone(),
  maxTimestamp: natural(),
  producerId,
  producerEpoch: natural(),
  baseSequence: sequence,
  isTransactional: always(() => false),
  isControl: always(() => false),
});

const epochEntry = recordOf<EpochEntry>({ epoch: natural(), startOffset: natural() });

const producerBatch = recordOf<ProducerBatch>({
  baseSequence: sequence,
  lastSequence: sequence,
  baseOffset: natural(),
  lastOffset: natural(),
  timestamp: natural(),
});

const producers: Codec<Map<ProducerId, ProducerEntry>> = mapOf(
  producerId,
  recordOf<ProducerEntry>({
    epoch: natural(),
    batches: listOf(producerBatch),
    lastTimestamp: natural(),
  }),
  (id) => Number(id),
);

const follower = recordOf<FollowerProgress>({
  brokerEpoch: orNone(),
  logEndOffset: orNone(),
  leaderEndAtFetch: orNone(),
  logStartOffset: orNone(),
  lastFetchStamp: always(() => 0 as Stamp),
  lastCaughtUpStamp: always(() => 0 as Stamp),
  lagging: flag,
});

const waiting = recordOf<WaitingProduce>({
  token: count,
  acks: always<-1>(() => -1),
  requiredOffset: natural(),
  baseOffset: natural(),
  logAppendTime: always(() => NO_TIMESTAMP),
});

/** Whoever follows is the other replica. */
const followers: Codec<Map<BrokerId, FollowerProgress>> = {
  write: (writer, value) =>
    writer.list([...value], ([id, each]) => {
      writer.number(id);
      follower.write(writer, each);
    }),
  read: (reader) =>
    new Map(reader.list(() => [reader.number() as BrokerId, follower.read(reader)])),
};

const leaderState = recordOf<LeaderState>({
  epochStartOffset: natural(),
  followers,
  inflight: always(() => null),
  waiting: listOf(waiting),
  deleting: always(() => []),
});

/** Nobody before the first word of the controller. */
const bothOrNone: Codec<readonly BrokerId[]> = {
  write: (writer, value) => writer.flag(value.length > 0),
  read: (reader) => (reader.flag() ? REPLICAS : []),
};
const self: Codec<BrokerId> = oneOf(...REPLICAS);

const state = recordOf<PartitionState>({
  self,
  topicId: always(() => ZERO_UUID),
  partition: always(() => 0 as PartitionIndex),
  config: always(() => ({ minInsyncReplicas: REPLICAS.length })),
  role: oneOf('none', 'follower', 'leader'),
  leader: orNone(),
  leaderEpoch: orNone(),
  partitionEpoch: orNone(),
  replicas: bothOrNone,
  isr: bothOrNone,
  leaderRecoveryState: oneOf('recovered', 'recovering'),
  brokers: {
    write: (writer, value) => writer.flag(value.size > 0),
    read: (reader) => new Map(reader.flag() ? BROKERS.map((broker) => [broker.id, broker]) : []),
  },
  logStartOffset: natural(),
  logEndOffset: natural(),
  nextOffset: natural(),
  pendingTruncation: nullable(natural()),
  highWatermark: natural(),
  leaderHighWatermark: natural(),
  epochs: listOf(epochEntry),
  producers,
  leaderState: nullable(leaderState),
});

export const replicaCodec: Codec<ExploredReplica> = recordOf<ExploredReplica>({
  state,
  log: listOf(batch),
  snapshots: listOf(recordOf({ offset: natural(), producers })),
  asked: listOf(recordOf({ batch, isHeard: flag })),
});
export const batchCodec: Codec<BatchFacts> = batch;
export const acknowledgedCodec: Codec<readonly BatchFacts[]> = listOf(batch);

const request = recordOf<Request>({ value: count, records: count, epoch: count, sequence });

export const sessionCodec: Codec<Session> = recordOf<Session>({
  producer: { write: (writer, id) => writer.id(id), read: (reader) => reader.number() },
  life: count,
  epoch: orNone(),
  nextSequence: sequence,
  made: count,
  confirmed: count,
  isKnown: flag,
  isUnresolved: flag,
  isFenced: flag,
  pending: listOf(
    recordOf<Pending>({
      value: count,
      records: count,
      epoch: count,
      sequence,
      status: oneOf('unsent', 'sent', 'refused'),
    }),
  ),
  to: count,
  requests: listOf(request),
  answers: listOf(recordOf<Answer>({ value: count, error: count })),
  late: listOf(recordOf<LateRequests>({ to: count, requests: listOf(request) })),
});
