/**
 * What members of a consumer group tell each other through their coordinator: a version of 16 bits, then the message
 * (ConsumerProtocolSubscription, ConsumerProtocolAssignment; KIP-429 for what a member owns).
 */

import type { PartitionIndex } from '../core/types/ids.js';
import { decodeMessage, encodeMessage, joined } from '../protocol/codec.js';
import type { Encodable, MessageSchema } from '../protocol/schema.js';
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../protocol/schemas/data.js';
import type { TopicPartition } from './client.js';

/** With what a member owns, and in which generation it was given that. */
const SUBSCRIPTION_VERSION = 2;
const ASSIGNMENT_VERSION = 1;
const VERSION_BYTES = 2;

export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  /** In which the member was given them; -1: none. */
  readonly generation: number;
}

export function encodeSubscription({ topics, owned, generation }: Subscription): Uint8Array {
  return versioned(consumerProtocolSubscription, SUBSCRIPTION_VERSION, {
    topics,
    userData: null,
    ownedPartitions: byTopic(owned),
    generationId: generation,
  });
}

/** Throws `ProtocolError` where the bytes are none. Members of other clients may speak other versions. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const { topics, ownedPartitions, generationId } = parsed(consumerProtocolSubscription, bytes);
  return { topics, owned: flat(ownedPartitions ?? []), generation: generationId ?? -1 };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const assignedPartitions = byTopic(partitions);
  return versioned(consumerProtocolAssignment, ASSIGNMENT_VERSION, {
    assignedPartitions,
    userData: null,
  });
}

/** No bytes at all are no partitions: the leader forgot the member. */
export function decodeAssignment(bytes: Uint8Array): TopicPartition[] {
  return bytes.length === 0
    ? []
    : flat(parsed(consumerProtocolAssignment, bytes).assignedPartitions);
}

interface OfTopic {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}

function byTopic(places: readonly TopicPartition[]): OfTopic[] {
  const topics = [...new Set(places.map(({ topic }) => topic))].sort();
  return topics.map((topic) => ({
    topic,
    partitions: places.filter((place) => place.topic === topic).map(({ partition }) => partition),
  }));
}

function flat(topics: readonly OfTopic[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function versioned<T>(schema: MessageSchema<T>, version: number, value: Encodable<T>): Uint8Array {
  const body = joined(encodeMessage(schema, version, value));
  const bytes = new Uint8Array(VERSION_BYTES + body.length);
  new DataView(bytes.buffer).setInt16(0, version);
  bytes.set(body, VERSION_BYTES);
  return bytes;
}

function parsed<T>(schema: MessageSchema<T>, bytes: Uint8Array): T {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A newer version begins like the newest that is known.
  const version = Math.min(Math.max(view.getInt16(0), 0), schema.versions[1]);
  return decodeMessage(schema, version, bytes.subarray(VERSION_BYTES));
}
