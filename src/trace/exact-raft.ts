/**
 * A Raft step as a trace tells it to who checks it against the specification (scripts/traces): the whole input, what is
 * written and sent, and every field of the state that the specification sees. Of payloads and snapshots there is a
 * digest. What is left out is listed in spec/README.md (lock C).
 */

import { lastIndex, lastTerm } from '../core/raft/log.js';
import type {
  Configuration,
  Entry,
  Message,
  RaftEffect,
  RaftInput,
  RaftState,
  Snapshot,
  Voter,
} from '../core/raft/types.js';
import type { Json } from '../history/rows.js';
import { ChangedFields } from './changed-fields.js';

export type ExactVoter = readonly [id: number, directory: string];

export interface ExactEntry {
  readonly base: number;
  readonly index: number;
  readonly term: number;
  readonly kind: string;
  /** Of the payload. */
  readonly digest: number;
  /** Of a configuration. */
  readonly voters: readonly ExactVoter[] | null;
}

export interface ExactSnapshot {
  readonly index: number;
  readonly term: number;
  readonly voters: readonly ExactVoter[];
  readonly digest: number;
}

/** Every field of the message; entries as above, of a voter id and directory, of bytes their number and digest. */
export type ExactMessage = { readonly type: string; readonly term: number } & {
  readonly [field: string]: Json;
};

export interface ExactPacket {
  readonly to: number;
  readonly message: ExactMessage;
}

export interface ExactWrite {
  readonly sequence: number;
  readonly hardState: { readonly term: number; readonly votedFor: ExactVoter | null } | null;
  readonly truncateFrom: number | null;
  readonly entries: readonly ExactEntry[];
  readonly snapshot: ExactSnapshot | null;
}

export interface ExactProgress {
  readonly id: number;
  readonly directory: string;
  readonly matchIndex: number;
  readonly active: boolean;
  readonly ackedRound: number;
}

/** The state but for its log, which follows from what was read from the disk and from the writes. */
export interface ExactState {
  readonly role: string;
  readonly term: number;
  readonly votedFor: ExactVoter | null;
  readonly leader: number | null;
  readonly leaderHeard: boolean;
  readonly commitIndex: number;
  readonly logEnd: readonly [index: number, term: number, entries: number];
  readonly snapshotIndex: number;
  readonly votesGranted: readonly number[];
  readonly votesRefused: readonly number[];
  readonly progress: readonly ExactProgress[];
  readonly learners: readonly number[];
  readonly readRound: number;
  readonly pendingReads: readonly {
    readonly token: number;
    readonly index: number;
    readonly round: number;
  }[];
  readonly catchUp: {
    readonly voter: ExactVoter;
    readonly target: number;
    readonly slow: boolean;
  } | null;
  readonly transfer: { readonly to: number; readonly told: boolean } | null;
  readonly persistedThrough: number;
  /** Sequences of the writes that are not durable. */
  readonly unpersisted: readonly number[];
  readonly waiting: readonly (ExactPacket & { readonly after: number })[];
}

/** A life begins. */
export interface ExactStart {
  readonly type: 'start';
  readonly self: ExactVoter;
  /** What was found on the disk; of an empty disk the snapshot holds the voters of the format. */
  readonly snapshot: ExactSnapshot;
  readonly entries: readonly ExactEntry[];
  readonly state: ExactState;
}

export interface ExactStep {
  readonly type: 'step';
  readonly input: { readonly type: string; readonly [field: string]: Json };
  readonly wrote: readonly ExactWrite[];
  readonly sent: readonly ExactPacket[];
  /** Answers to commands: their effects. */
  readonly told: readonly {
    readonly type: string;
    readonly token: number;
    readonly [field: string]: Json;
  }[];
  /** The fields that changed, as they are now. */
  readonly changed: Partial<ExactState>;
}

export type ExactRaft = ExactStart | ExactStep;

/** Makes what one life of a node tells, step by step. */
export class ExactRaftTeller {
  private readonly fields = new ChangedFields<ExactState>();

  started(state: RaftState): ExactStart {
    const exact = exactState(state);
    this.fields.of(exact);
    return {
      type: 'start',
      self: voterOf(state.self),
      snapshot: snapshotOf(state.snapshot),
      entries: state.entries.map(exactEntry),
      state: exact,
    };
  }

  stepped(state: RaftState, input: RaftInput, effects: readonly RaftEffect[]): ExactStep {
    const wrote: ExactWrite[] = [];
    const sent: ExactPacket[] = [];
    const told: ExactStep['told'][number][] = [];
    for (const effect of effects) {
      if (effect.type === 'persist') {
        wrote.push(writeOf(effect));
      } else if (effect.type === 'send') {
        sent.push({ to: effect.to, message: exactMessage(effect.message) });
      } else if ('token' in effect) {
        told.push({ ...effect });
      }
    }
    const changed = this.fields.of(exactState(state));
    return { type: 'step', input: inputOf(input), wrote, sent, told, changed };
  }
}

function exactState(state: RaftState): ExactState {
  return {
    role: state.role,
    term: state.term,
    votedFor: state.votedFor === null ? null : voterOf(state.votedFor),
    leader: state.leader,
    leaderHeard: state.leaderHeard,
    commitIndex: state.commitIndex,
    logEnd: [lastIndex(state), lastTerm(state), state.entries.length],
    snapshotIndex: state.snapshot.index,
    votesGranted: sorted(state.votesGranted),
    votesRefused: sorted(state.votesRefused),
    progress: [...state.progress]
      .sort(([a], [b]) => a - b)
      .map(([id, { directoryId: directory, matchIndex, active, ackedRound }]) => ({
        id,
        directory,
        matchIndex,
        active,
        ackedRound,
      })),
    learners: sorted(state.learners),
    readRound: state.readRound,
    pendingReads: state.pendingReads.map((read) => ({ ...read })),
    catchUp:
      state.catchUp === null
        ? null
        : {
            voter: voterOf(state.catchUp.voter),
            target: state.catchUp.target,
            slow: state.catchUp.slow,
          },
    transfer: state.transfer === null ? null : { to: state.transfer.to, told: state.transfer.told },
    persistedThrough: state.persistedThrough,
    unpersisted: state.unpersisted.map(({ sequence }) => sequence),
    waiting: state.waiting.map(({ after, to, message }) => ({
      after,
      to,
      message: exactMessage(message),
    })),
  };
}

const sorted = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);
const voterOf = ({ id, directoryId }: Voter): ExactVoter => [id, directoryId];
const votersOf = ({ voters }: Configuration): ExactVoter[] => voters.map(voterOf);

function writeOf(effect: Extract<RaftEffect, { type: 'persist' }>): ExactWrite {
  const { sequence, hardState, truncateFrom, entries, snapshot } = effect;
  const votedFor = hardState?.votedFor ?? null;
  return {
    sequence,
    hardState:
      hardState === null
        ? null
        : { term: hardState.term, votedFor: votedFor === null ? null : voterOf(votedFor) },
    truncateFrom,
    entries: entries.map(exactEntry),
    snapshot: snapshot === null ? null : snapshotOf(snapshot),
  };
}

function snapshotOf({ index, term, configuration, data }: Snapshot): ExactSnapshot {
  return { index, term, voters: votersOf(configuration), digest: digestOf(data) };
}

/** Entries never change. */
const entriesKnown = new WeakMap<Entry, ExactEntry>();

function exactEntry(entry: Entry): ExactEntry {
  let known = entriesKnown.get(entry);
  if (known === undefined) {
    const { base, index, term, kind, payload, configuration } = entry;
    known = {
      base,
      index,
      term,
      kind,
      digest: digestOf(payload),
      voters: configuration === undefined ? null : votersOf(configuration),
    };
    entriesKnown.set(entry, known);
  }
  return known;
}

/** Fields by name, in the order of their names: what was sent and what was received are equal texts. */
function exactMessage(message: Message): ExactMessage {
  if (message.type === 'leaderHint') {
    // On the wire it has an address too.
    return { leader: message.leader, term: message.term, type: message.type };
  }
  return exactFields(message) as ExactMessage;
}

function exactFields(fields: object): { [field: string]: Json } {
  const exact: { [field: string]: Json } = {};
  for (const name of namesIn(fields)) {
    exact[name] = exactValue(name, (fields as Readonly<Record<string, unknown>>)[name]);
  }
  return exact;
}

/** By the fields of a message or an input, of which there are few kinds: those that are told, in order. */
const orders = new Map<string, readonly string[]>();

function namesIn(fields: object): readonly string[] {
  const names = Object.keys(fields);
  const kind = names.join();
  let order = orders.get(kind);
  if (order === undefined) {
    order = names.filter((name) => name !== 'stamp').sort();
    orders.set(kind, order);
  }
  return order;
}

function exactValue(name: string, value: unknown): Json {
  if (name === 'entries') {
    return (value as Entry[]).map(exactEntry) as unknown as Json;
  }
  if (value instanceof Uint8Array) {
    return { length: value.length, digest: digestOf(value) };
  }
  if (typeof value !== 'object' || value === null) {
    return value as Json;
  }
  if ('voters' in value) {
    return votersOf(value as Configuration);
  }
  return 'directoryId' in value ? voterOf(value as Voter) : exactFields(value);
}

function inputOf(input: RaftInput): ExactStep['input'] {
  const exact = exactFields(input.type === 'message' ? { ...input, message: null } : input);
  return (
    input.type === 'message' ? { ...exact, message: exactMessage(input.message) } : exact
  ) as ExactStep['input'];
}

/** 52 bits that tell contents apart: two FNV-1a of different beginnings. */
export function digestOf(bytes: Uint8Array): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c ^ bytes.length;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
  }
  return ((a >>> 0) & 0x3ffffff) * 2 ** 26 + ((b >>> 0) >>> 6);
}
