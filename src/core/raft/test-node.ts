/** For unit tests: one Raft node among voters 1 to 3 that is fed plain numbers, and what it says. */

import type { BrokerId, LogIndex, Term, Uuid } from '../types/ids.js';
import { stepRaft } from './machine.js';
import { type RaftRules, raftRules } from './rules.js';
import { startRaft } from './state.js';
import type {
  Entry,
  Message,
  RaftEffect,
  RaftInput,
  RaftLimits,
  RaftStart,
  RaftState,
  TimerName,
  Voter,
} from './types.js';

export function voter(id: number, directory: string = `d${id}`): Voter {
  return { id: id as BrokerId, directoryId: directory as Uuid };
}

export function entry(index: number, term: number, payload = 'x'): Entry {
  const at = index as LogIndex;
  const bytes = new TextEncoder().encode(payload);
  return { base: at, index: at, term: term as Term, kind: 'data', payload: bytes };
}

type Loose<T> = T extends { type: infer Type }
  ? { readonly type: Type } & Record<string, unknown>
  : never;

export class TestNode {
  readonly state: RaftState;
  readonly rules: RaftRules;

  constructor(
    start: {
      readonly self?: number;
      readonly voters?: readonly number[];
      readonly term?: number;
      readonly votedFor?: number;
      readonly entries?: readonly Entry[];
      readonly snapshot?: {
        readonly index: number;
        readonly term: number;
        readonly bytes?: number;
      };
      readonly limits?: Partial<RaftLimits>;
    } = {},
    rules: Partial<RaftRules> = {},
  ) {
    this.rules = { ...raftRules, ...rules };
    const bootstrap = { voters: (start.voters ?? [1, 2, 3]).map((id) => voter(id)) };
    const { index, term, bytes = 0 } = start.snapshot ?? { index: 0, term: 0 };
    this.state = startRaft({
      self: voter(start.self ?? 1),
      limits: { maxAppendBytes: 1, maxInflight: 2, snapshotChunkBytes: 3, ...start.limits },
      bootstrap,
      hardState: {
        term: start.term ?? 0,
        votedFor: start.votedFor === undefined ? null : voter(start.votedFor),
      },
      snapshot: { index, term, configuration: bootstrap, data: new Uint8Array(bytes) },
      entries: start.entries ?? [],
    } as unknown as RaftStart);
  }

  feed(input: Loose<RaftInput>): RaftEffect[] {
    const effects: RaftEffect[] = [];
    stepRaft(this.state, { stamp: 0, ...input } as unknown as RaftInput, effects, this.rules);
    return effects;
  }

  hear(from: number, message: Loose<Message>, directory: string = `d${from}`): RaftEffect[] {
    return this.feed({ type: 'message', from, fromDirectory: directory, message });
  }

  fire(name: TimerName): RaftEffect[] {
    return this.feed({ type: 'timerFired', name, key: 0 });
  }

  /** Everything is durable. */
  sync(): RaftEffect[] {
    return this.feed({ type: 'persisted', sequence: this.state.persistSequence });
  }

  /** Follows node `leader` of `term`, and knows it. */
  follow(leader: number, term: number, more: Record<string, unknown> = {}): RaftEffect[] {
    return this.hear(leader, {
      type: 'appendEntries',
      term,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commitIndex: 0,
      round: 0,
      ...more,
    });
  }

  /** Wins the next term by the vote of `by`; its no-op is durable and, with `commits`, committed. */
  lead(by = 2, commits = true): RaftEffect[] {
    this.fire('election');
    const { term } = this.state;
    this.hear(by, { type: 'preVoteReply', term, askedTerm: term + 1, granted: true });
    this.sync();
    const effects = this.hear(by, { type: 'voteReply', term: term + 1, granted: true });
    this.sync();
    if (commits) {
      this.acknowledge(by);
    }
    return effects;
  }

  /** `from` holds the log up to `index` (all of it). */
  acknowledge(from: number, index: number = this.state.entries.at(-1)?.index ?? 0): RaftEffect[] {
    return this.hear(from, {
      type: 'appendEntriesReply',
      term: this.state.term,
      success: true,
      matchIndex: index,
      conflictTerm: 0,
      round: 0,
    });
  }
}

/** Messages to `to`, of all to anybody. */
export function sentTo(effects: readonly RaftEffect[], to?: number): Message[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && (to === undefined || effect.to === to) ? [effect.message] : [],
  );
}

/** The effects of one type. */
export function those<Type extends RaftEffect['type']>(
  effects: readonly RaftEffect[],
  type: Type,
): Extract<RaftEffect, { type: Type }>[] {
  return effects.filter((effect) => effect.type === type) as never;
}
