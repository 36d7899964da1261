/**
 * The numbers and names that the protocols speak of, each with a type of its own, so that an offset
 * cannot be passed for a term. They are plain numbers and strings at run time.
 */

declare const brand: unique symbol;

/** A `Base` that the compiler keeps apart from every other `Base` under the name `Name`. */
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Position of a record in a log, from 0. Kafka: offset. */
export type Offset = Branded<number, 'Offset'>;
/** Epoch of a partition's leadership (KIP-101); rises by one with each leader change. -1: none. */
export type LeaderEpoch = Branded<number, 'LeaderEpoch'>;
/** Version of a partition's registration (KIP-497); rises by one with each change of it. */
export type PartitionEpoch = Branded<number, 'PartitionEpoch'>;
/** Raft term (thesis, section 3.3). */
export type Term = Branded<number, 'Term'>;
/**
 * Raft log index. An entry may hold several metadata records that commit together; its index is the
 * offset of its last record, so indexes rise strictly but need not be dense. 0 stands before the
 * first entry.
 */
export type LogIndex = Branded<number, 'LogIndex'>;
/** Id of a node: broker and voter. Kafka: node.id. */
export type BrokerId = Branded<number, 'BrokerId'>;
/** Raft index of a broker's registration record (KIP-631); names one incarnation. */
export type BrokerEpoch = Branded<number, 'BrokerEpoch'>;
/** Number of a partition in its topic, from 0. */
export type PartitionIndex = Branded<number, 'PartitionIndex'>;
/** Id of an idempotent or transactional producer (KIP-98): 64 opaque bits, so a bigint. -1n: none. */
export type ProducerId = Branded<bigint, 'ProducerId'>;
/** Epoch of a producer id, 0 to 32767 (KIP-98). -1: none. */
export type ProducerEpoch = Branded<number, 'ProducerEpoch'>;
/** Kafka's Uuid in its printed form: 22 characters of URL-safe base64. */
export type Uuid = Branded<string, 'Uuid'>;
/** Milliseconds since 1970 on some wall clock. Never decides about leadership or commitment. */
export type Timestamp = Branded<number, 'Timestamp'>;
/**
 * Monotonic instant of the host that fed an input. Opaque: a machine may store it and hand it back
 * with `armTimer`, never compare it.
 */
export type Stamp = Branded<number, 'Stamp'>;

/** The Uuid whose 128 bits are zero: "no id". */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid;

/** `value` as the branded number `T`; throws where it is no safe integer. */
export function integer<T extends number>(value: number): T {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is no safe integer`);
  }
  return value as T;
}

/** `value + by` with the brand kept: arithmetic alone would lose it. */
export function plus<T extends number>(value: T, by: number): T {
  return (value + by) as T;
}

/** The smaller of two, brand kept. */
export function least<T extends number>(a: T, b: T): T {
  return a < b ? a : b;
}

/** The larger of two, brand kept. */
export function greatest<T extends number>(a: T, b: T): T {
  return a > b ? a : b;
}

export const NO_LEADER: BrokerId = -1 as BrokerId;
export const NO_EPOCH: LeaderEpoch = -1 as LeaderEpoch;
export const NO_PRODUCER_ID: ProducerId = -1n as ProducerId;
export const NO_PRODUCER_EPOCH: ProducerEpoch = -1 as ProducerEpoch;
export const NO_TIMESTAMP: Timestamp = -1 as Timestamp;
export const NO_SEQUENCE = -1;
