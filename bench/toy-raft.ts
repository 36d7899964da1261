/**
 * A world that other model checkers were measured on, to compare the engine with them: three nodes, an
 * election and a log of bare terms, a network that is a set of messages, and bounds. It is no part of this
 * project's Raft: that one is explored by `src/explorer/raft`. The numbers of its states are known
 * (TLC and stateright agree), so it tells whether the engine counts right.
 */

import { hashBytes } from '../src/explorer/fingerprint.js';
import { permutationsOf } from '../src/explorer/permutations.js';
import type { Violation, Visit, World } from '../src/explorer/world.js';
import { type ToyInput, type ToyMessage, type ToyNode, toyStep } from './toy-raft-step.js';

/** Budgets: greatest term, longest log, messages in flight, restarts. */
export interface ToyBounds {
  readonly terms: number;
  readonly entries: number;
  readonly messages: number;
  readonly restarts: number;
  /** A mistake, by the name that `toyStep` knows it by. */
  readonly bug?: string;
}

export interface ToyState {
  readonly nodes: readonly ToyNode[];
  /** Packed, ascending, each once. */
  readonly messages: readonly number[];
  readonly restarts: number;
}

const NODES = 3;
const MESSAGE_BYTES = 3;

export class ToyRaft implements World<ToyState> {
  readonly permutations: number;
  readonly maximumBytes: number;
  readonly witnesses: readonly string[] = ['a leader', 'a commit'];
  private readonly bounds: ToyBounds;
  private readonly renamings: readonly Renaming[];
  private readonly scratch: Uint8Array;

  constructor(bounds: ToyBounds) {
    this.bounds = bounds;
    this.renamings = permutationsOf(NODES).map(renaming);
    this.permutations = this.renamings.length;
    this.maximumBytes = 1 + NODES * (6 + bounds.entries) + MESSAGE_BYTES * (bounds.messages + 8);
    this.scratch = new Uint8Array(this.maximumBytes);
  }

  initial(): ToyState {
    const node: ToyNode = {
      term: 0,
      votedFor: 0,
      role: 'follower',
      log: [],
      commit: 0,
      votes: 0,
      next: [],
      match: [],
    };
    return { nodes: [node, node, node], messages: [], restarts: 0 };
  }

  successors(state: ToyState, visit: Visit<ToyState>): void {
    const { bounds } = this;
    const { nodes, messages } = state;
    const step = (id: number, input: ToyInput, delivered: number, restarts: number): void => {
      const sent: ToyMessage[] = [];
      const after = toyStep(id, nodes[id - 1]!, input, sent, bounds.bug);
      const changed = nodes.slice();
      changed[id - 1] = after;
      const successor = {
        nodes: changed,
        messages: exchanged(messages, delivered, sent),
        restarts,
      };
      visit(successor, null, (after.role === 'leader' ? 1 : 0) | (after.commit > 0 ? 2 : 0));
    };
    for (let id = 1; id <= NODES; id++) {
      const node = nodes[id - 1]!;
      const { role, term, log } = node;
      const fits = messages.length + NODES - 1 <= bounds.messages;
      if (role !== 'leader' && term < bounds.terms && fits) {
        step(id, { type: 'timeout' }, -1, state.restarts);
      }
      if (role === 'leader' && log.length < bounds.entries) {
        step(id, { type: 'propose' }, -1, state.restarts);
      }
      for (let to = 1; to <= NODES; to++) {
        if (role === 'leader' && to !== id && messages.length < bounds.messages) {
          step(id, { type: 'replicate', to }, -1, state.restarts);
        }
      }
      if (state.restarts < bounds.restarts) {
        step(id, { type: 'restart' }, -1, state.restarts + 1);
      }
    }
    for (let i = 0; i < messages.length; i++) {
      const message = unpack(messages[i]!);
      step(message.to, { type: 'message', message }, i, state.restarts);
    }
  }

  fingerprint(state: ToyState, permutation: number, seed: number, into: Int32Array): void {
    const end = this.write(state, this.scratch, 0, this.renamings[permutation]!);
    hashBytes(this.scratch, 0, end, seed, into);
  }

  encode(state: ToyState, bytes: Uint8Array, at: number): number {
    return this.write(state, bytes, at, this.renamings[0]!);
  }

  decode(bytes: Uint8Array, at: number, end: number): ToyState {
    let position = at;
    const restarts = bytes[position++]!;
    const nodes: ToyNode[] = [];
    for (let id = 1; id <= NODES; id++) {
      const terms = bytes[position++]!;
      const counts = bytes[position++]!;
      const role = ROLES[terms >> 6]!;
      const log: number[] = [];
      for (let i = counts >> 3; i > 0; i--) {
        log.push(bytes[position++]!);
      }
      const votes = role === 'candidate' ? bytes[position++]! : 0;
      const next: number[] = [];
      const match: number[] = [];
      for (let other = 1; role === 'leader' && other <= NODES; other++) {
        const known = bytes[position++]!;
        next.push(known & 15);
        match.push(known >> 4);
      }
      const votedFor = (terms >> 3) & 7;
      nodes.push({ term: terms & 7, votedFor, role, log, commit: counts & 7, votes, next, match });
    }
    const messages: number[] = [];
    for (; position < end; position += MESSAGE_BYTES) {
      messages.push(bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16));
    }
    return { nodes, messages, restarts };
  }

  violation({ nodes }: ToyState): Violation | null {
    for (let i = 0; i < NODES; i++) {
      for (let j = 0; j < NODES; j++) {
        const property = i === j ? null : violatedBetween(nodes[i]!, nodes[j]!);
        if (property !== null) {
          return { property, detail: `nodes ${i + 1} and ${j + 1}` };
        }
      }
    }
    return null;
  }

  private write(
    { restarts, nodes, messages }: ToyState,
    bytes: Uint8Array,
    at: number,
    { to, from, isIdentity }: Renaming,
  ): number {
    let position = at;
    bytes[position++] = restarts;
    for (let id = 1; id <= NODES; id++) {
      const node = nodes[from[id]! - 1]!;
      const { term, role, log, commit } = node;
      bytes[position++] = term | (to[node.votedFor]! << 3) | (ROLES.indexOf(role) << 6);
      bytes[position++] = commit | (log.length << 3);
      for (let i = 0; i < log.length; i++) {
        bytes[position++] = log[i]!;
      }
      if (role === 'candidate') {
        bytes[position++] = renamedSet(node.votes, to);
      } else if (role === 'leader') {
        for (let other = 1; other <= NODES; other++) {
          const old = from[other]! - 1;
          bytes[position++] = node.next[old]! | (node.match[old]! << 4);
        }
      }
    }
    const written = isIdentity ? messages : renamedMessages(messages, to);
    return writeMessages(written, messages.length, bytes, position);
  }
}

const ROLES: readonly ToyNode['role'][] = ['follower', 'candidate', 'leader'];

/** New ids of old ones and the other way round, from 1; 0 is nobody. */
interface Renaming {
  readonly to: readonly number[];
  readonly from: readonly number[];
  readonly isIdentity: boolean;
}

function renaming(places: readonly number[]): Renaming {
  const to = [0, ...places.map((place) => place + 1)];
  const from = to.map((_, id) => to.indexOf(id));
  return { to, from, isIdentity: to.every((id, old) => id === old) };
}

function renamedSet(set: number, to: readonly number[]): number {
  let renamed = 0;
  for (let id = 1; id <= NODES; id++) {
    renamed |= (set & (1 << id)) === 0 ? 0 : 1 << to[id]!;
  }
  return renamed;
}

const renamed: number[] = [];

/** Sorted anew, in a list of the module's own, which may be longer. */
function renamedMessages(messages: readonly number[], to: readonly number[]): number[] {
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]!;
    const ends = (to[(message >> 2) & 3]! << 2) | (to[(message >> 4) & 3]! << 4);
    insert(renamed, i, (message & ~0x3c) | ends);
  }
  return renamed;
}

function insert(sorted: number[], length: number, message: number): void {
  let at = length;
  while (at > 0 && sorted[at - 1]! > message) {
    sorted[at] = sorted[at - 1]!;
    at--;
  }
  sorted[at] = message;
}

function writeMessages(
  messages: readonly number[],
  length: number,
  bytes: Uint8Array,
  at: number,
): number {
  let position = at;
  for (let i = 0; i < length; i++) {
    const message = messages[i]!;
    bytes[position] = message;
    bytes[position + 1] = message >> 8;
    bytes[position + 2] = message >> 16;
    position += MESSAGE_BYTES;
  }
  return position;
}

const TYPES: readonly ToyMessage['type'][] = ['voteRequest', 'vote', 'append', 'appended'];

function pack({ type, from, to, term, numbers }: ToyMessage): number {
  const [a, b, c, d] = numbers;
  return (
    TYPES.indexOf(type) |
    (from << 2) |
    (to << 4) |
    (term << 6) |
    (a << 9) |
    (b << 12) |
    (c << 15) |
    (d << 18)
  );
}

function unpack(packed: number): ToyMessage {
  const part = (shift: number): number => (packed >> shift) & 7;
  return {
    type: TYPES[packed & 3]!,
    from: (packed >> 2) & 3,
    to: (packed >> 4) & 3,
    term: part(6),
    numbers: [part(9), part(12), part(15), part(18)],
  };
}

/** The messages without the delivered one (its place; -1: none), with those that were sent. */
function exchanged(
  messages: readonly number[],
  delivered: number,
  sent: readonly ToyMessage[],
): number[] {
  const after: number[] = [];
  for (let i = 0; i < messages.length; i++) {
    if (i !== delivered) {
      after.push(messages[i]!);
    }
  }
  for (let i = 0; i < sent.length; i++) {
    const packed = pack(sent[i]!);
    if (!after.includes(packed)) {
      insert(after, after.length, packed);
    }
  }
  return after;
}

/** The thesis, figure 3.2, between two nodes. */
function violatedBetween(a: ToyNode, b: ToyNode): string | null {
  if (a.role === 'leader' && b.role === 'leader' && a.term === b.term) {
    return 'ElectionSafety';
  }
  let agree = true;
  for (let i = 0; i < Math.min(a.log.length, b.log.length); i++) {
    if (a.log[i] !== b.log[i]) {
      agree = false;
    } else if (!agree) {
      return 'LogMatching';
    }
  }
  for (let i = 0; i < Math.min(a.commit, b.commit); i++) {
    if (a.log[i] !== b.log[i]) {
      return 'StateMachineSafety';
    }
  }
  for (let i = 0; i < b.commit && a.role === 'leader' && a.term >= b.term; i++) {
    if (a.log[i] !== b.log[i]) {
      return 'LeaderCompleteness';
    }
  }
  return null;
}
