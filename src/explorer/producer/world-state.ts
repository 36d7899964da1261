/** A state of the world of production, and what may happen in it. */

import { NUMBER_BYTES, readPart, writePart } from '../parts.js';
import { REPLICAS } from './replica.js';
import { COUNTED, type Counted } from './scope.js';

/** Numbers of the parts, the controller's word, and what was used of each budget. */
export interface ProducerWorldState {
  /** By id. */
  readonly replicas: number[];
  /** One producer's lives behind the other's. */
  readonly sessions: number[];
  ghost: number;
  leader: number;
  leaderEpoch: number;
  readonly used: number[];
}

/** Something happens to a producer: it decides, hears, or its connection breaks. */
export interface SessionHappening {
  readonly type: 'init' | 'send' | 'sendAgain' | 'giveUp' | 'bump' | 'hear' | 'break';
  /** Place of the session. */
  readonly session: number;
  readonly budget?: Counted;
  /** Of a broken connection: its requests come late. */
  readonly comesLate?: boolean;
}

/** A replica is told something: `code` of `ReplicaMemory`. */
export interface ReplicaHappening {
  readonly type: 'handle' | 'handleLate' | 'append' | 'tell' | 'restart' | 'roll' | 'expire';
  readonly replica: number;
  readonly code: number;
}

/** What happens in a step, for people. */
export type Happening =
  | SessionHappening
  | ReplicaHappening
  | { readonly type: 'fetch'; readonly leader: number; readonly follower: number }
  | { readonly type: 'elect' };

/** Writes it at `at`; returns where that ends. All states of a world are of one length. */
export function encodeState(state: ProducerWorldState, bytes: Uint8Array, at: number): number {
  let position = at;
  for (let i = 0; i < REPLICAS.length; i++) {
    position = writePart(bytes, position, state.replicas[i]!);
  }
  for (let i = 0; i < state.sessions.length; i++) {
    position = writePart(bytes, position, state.sessions[i]!);
  }
  position = writePart(bytes, position, state.ghost);
  bytes[position++] = state.leader;
  bytes[position++] = state.leaderEpoch;
  for (let i = 0; i < COUNTED.length; i++) {
    bytes[position++] = state.used[i]!;
  }
  return position;
}

export function decodeState(bytes: Uint8Array, at: number, sessions: number): ProducerWorldState {
  const parts = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => readPart(bytes, from + NUMBER_BYTES * i));
  const rest = at + NUMBER_BYTES * (REPLICAS.length + sessions + 1);
  return {
    replicas: parts(at, REPLICAS.length),
    sessions: parts(at + NUMBER_BYTES * REPLICAS.length, sessions),
    ghost: readPart(bytes, rest - NUMBER_BYTES),
    leader: bytes[rest]!,
    leaderEpoch: bytes[rest + 1]!,
    used: COUNTED.map((_, i) => bytes[rest + 2 + i]!),
  };
}
