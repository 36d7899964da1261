/** A state of a partition's world, as bytes, and the sets of messages in it. */

import type { BrokerId } from '../../core/types/ids.js';
import { NUMBER_BYTES, readPart, writePart } from '../parts.js';
import { COUNTED } from './scope.js';

/** Numbers of the parts, and what is no part of any. */
export interface PartitionWorldState {
  /** By their ids, from 1. */
  readonly brokers: number[];
  /** Of each broker: how many of `versions` it has yet to apply. */
  readonly lags: number[];
  controller: number;
  ghost: number;
  /** The decisions that some broker has yet to apply, oldest first. */
  readonly versions: number[];
  /** Ascending, each once. */
  readonly messages: number[];
  /** Of each counted budget. */
  readonly used: number[];
}

export function encodeState(state: PartitionWorldState, bytes: Uint8Array, at: number): number {
  const { brokers, lags, versions, used, messages } = state;
  let position = at;
  for (let place = 0; place < brokers.length; place++) {
    position = writePart(bytes, position, brokers[place]!);
    bytes[position++] = lags[place]!;
  }
  position = writePart(bytes, position, state.controller);
  position = writePart(bytes, position, state.ghost);
  bytes[position++] = versions.length;
  for (let i = 0; i < versions.length; i++) {
    position = writePart(bytes, position, versions[i]!);
  }
  for (let i = 0; i < COUNTED.length; i++) {
    bytes[position++] = used[i]!;
  }
  for (let i = 0; i < messages.length; i++) {
    position = writePart(bytes, position, messages[i]!);
  }
  return position;
}

export function decodeState(
  bytes: Uint8Array,
  at: number,
  end: number,
  brokerCount: number,
): PartitionWorldState {
  let position = at;
  const part = (): number => {
    position += NUMBER_BYTES;
    return readPart(bytes, position - NUMBER_BYTES);
  };
  const brokers: number[] = [];
  const lags: number[] = [];
  for (let place = 0; place < brokerCount; place++) {
    brokers.push(part());
    lags.push(bytes[position++]!);
  }
  const controller = part();
  const ghost = part();
  const versions: number[] = [];
  for (let left = bytes[position++]!; left > 0; left--) {
    versions.push(part());
  }
  const used: number[] = [];
  for (let i = 0; i < COUNTED.length; i++) {
    used.push(bytes[position++]!);
  }
  const messages: number[] = [];
  while (position < end) {
    messages.push(part());
  }
  return { brokers, lags, controller, ghost, versions, messages, used };
}

/** Where a partition may be moved to: one of its replicas gives its place to a broker that has none. */
export function targetsOf(replicas: number, spares: number): BrokerId[][] {
  const now = Array.from({ length: replicas }, (_, i) => (i + 1) as BrokerId);
  return Array.from({ length: spares }, (_, i) => (replicas + i + 1) as BrokerId).flatMap((spare) =>
    now.map((gone) => now.map((id) => (id === gone ? spare : id))),
  );
}
