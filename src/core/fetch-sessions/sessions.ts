/**
 * Fetch sessions (KIP-227): a fetcher names its partitions once, then only what changes; the answers
 * name only what there is to tell. What the broker remembers is bounded by a number of slots, and who has
 * none is served as if there were no sessions. Source: FetchSession.scala and FetchManager.
 */

import { assert, present } from '../types/assert.js';
import {
  FETCH_SESSION_RULES,
  type FetchSessionRules,
  NOTHING_TOLD,
  type RememberedPartition,
  type ToldPartition,
} from './rules.js';

export const NO_SESSION_ID = 0;
/** Of a request that begins a session. */
const INITIAL_EPOCH = 0;
/** Of a request that wants none, and ends the one that it names. */
const FINAL_EPOCH = -1;
const LARGEST_EPOCH = 0x7fffffff;

/** Its epoch goes on behind `epoch`; 0 and -1 mean something else. */
export function nextEpoch(epoch: number): number {
  return epoch === LARGEST_EPOCH ? 1 : epoch + 1;
}

export interface SessionLimits {
  /** max.incremental.fetch.session.cache.slots */
  readonly slots: number;
  /** min.incremental.fetch.session.eviction.ms */
  readonly evictionMs: number;
}

/** A partition by a name of its own, and what is asked of it. */
export interface AskedPartition<Asked> {
  readonly key: string;
  readonly asked: Asked;
}

export interface SessionRequest<Asked> {
  readonly id: number;
  readonly epoch: number;
  /** A follower: its session is evicted last. */
  readonly privileged: boolean;
  /** Topics are named by id (Fetch v13). */
  readonly usesTopicIds: boolean;
  readonly partitions: readonly AskedPartition<Asked>[];
  /** Keys of partitions that the fetcher no longer wants. */
  readonly forgotten: readonly string[];
}

export type SessionRefusal = 'idNotFound' | 'invalidEpoch' | 'topicIdMismatch';

/** What a request is about. */
export type FetchContext<Asked> =
  | { readonly type: 'refused'; readonly refusal: SessionRefusal }
  | { readonly type: 'sessionless'; readonly partitions: readonly AskedPartition<Asked>[] }
  | {
      readonly type: 'full';
      readonly partitions: readonly AskedPartition<Asked>[];
      readonly privileged: boolean;
      readonly usesTopicIds: boolean;
    }
  | {
      readonly type: 'incremental';
      readonly partitions: readonly AskedPartition<Asked>[];
      readonly session: FetchSession<Asked>;
      /** Of the session while this request is the last one. */
      readonly epoch: number;
    };

/** What an answer says besides its partitions. */
export type SessionAnswer =
  | { readonly type: 'refused'; readonly sessionId: number; readonly refusal: SessionRefusal }
  /** `told`: which of the partitions are named, by their place. */
  | { readonly type: 'told'; readonly sessionId: number; readonly told: readonly boolean[] };

interface SessionPartition<Asked> {
  asked: Asked;
  remembered: RememberedPartition;
}

export interface FetchSession<Asked> {
  readonly id: number;
  readonly privileged: boolean;
  readonly usesTopicIds: boolean;
  /** Milliseconds. */
  readonly createdAt: number;
  /** In the order in which they are served. */
  readonly partitions: Map<string, SessionPartition<Asked>>;
  epoch: number;
  lastUsed: number;
  /** Number of partitions when it was last used. */
  size: number;
  /** It may go for the sake of any other, not only of a privileged one. */
  hasLivedLong: boolean;
}

export class FetchSessions<Asked> {
  /** Least recently used first. */
  private readonly sessions = new Map<number, FetchSession<Asked>>();
  private readonly limits: SessionLimits;
  private readonly newId: () => number;
  private readonly rules: FetchSessionRules;
  /** Sessions that had to go for others. */
  evictions = 0;

  /** `newId`: a positive int32, not guessable from the ids before it or before a restart. */
  constructor(
    limits: SessionLimits,
    newId: () => number,
    rules: FetchSessionRules = FETCH_SESSION_RULES,
  ) {
    this.limits = limits;
    this.newId = newId;
    this.rules = rules;
  }

  get count(): number {
    return this.sessions.size;
  }

  get partitionCount(): number {
    let count = 0;
    for (const { partitions } of this.sessions.values()) {
      count += partitions.size;
    }
    return count;
  }

  /** A request has come; `now` in milliseconds. */
  begin(request: SessionRequest<Asked>, now: number): FetchContext<Asked> {
    const { id, epoch, privileged, usesTopicIds, partitions } = request;
    if (epoch === INITIAL_EPOCH || epoch === FINAL_EPOCH) {
      this.sessions.delete(id);
      return epoch === FINAL_EPOCH
        ? { type: 'sessionless', partitions }
        : { type: 'full', partitions, privileged, usesTopicIds };
    }
    const session = this.sessions.get(id);
    if (session === undefined) {
      return { type: 'refused', refusal: 'idNotFound' };
    }
    if (!this.rules.epochFits(session.epoch, epoch)) {
      return { type: 'refused', refusal: 'invalidEpoch' };
    }
    if (session.usesTopicIds !== usesTopicIds) {
      return { type: 'refused', refusal: 'topicIdMismatch' };
    }
    update(session, request);
    if (session.partitions.size === 0) {
      this.sessions.delete(id);
      return { type: 'sessionless', partitions };
    }
    this.touch(session, now);
    session.epoch = nextEpoch(session.epoch);
    const wanted = [...session.partitions].map(([key, { asked }]) => ({ key, asked }));
    return { type: 'incremental', partitions: wanted, session, epoch: session.epoch };
  }

  /** Its answer is made, of `told` in the order of the context's partitions. */
  finish(context: FetchContext<Asked>, told: readonly ToldPartition[], now: number): SessionAnswer {
    switch (context.type) {
      case 'refused':
        return { type: 'refused', sessionId: NO_SESSION_ID, refusal: context.refusal };
      case 'sessionless':
        return { type: 'told', sessionId: NO_SESSION_ID, told: told.map(() => true) };
      case 'full': {
        const sessionId = this.open(context, told, now);
        return { type: 'told', sessionId, told: told.map(() => true) };
      }
      case 'incremental':
        return this.tell(context, told);
    }
  }

  private tell(
    context: Extract<FetchContext<Asked>, { type: 'incremental' }>,
    told: readonly ToldPartition[],
  ): SessionAnswer {
    const { session, partitions, epoch } = context;
    const sessionId = session.id;
    if (session.epoch !== epoch) {
      // Another request of the session came while this one waited.
      return { type: 'refused', sessionId, refusal: 'invalidEpoch' };
    }
    assert(told.length === partitions.length, 'each partition of the session is looked at');
    const named = partitions.map(({ key }, index) => {
      const partition = present(session.partitions.get(key), 'a partition of the session');
      const news = told[index]!;
      const mustTell = this.rules.mustTell(partition.remembered, news);
      partition.remembered = this.rules.remember(news);
      if (news.hasRecords) {
        // To the end of the queue, so that it starves nobody (KIP-227).
        session.partitions.delete(key);
        session.partitions.set(key, partition);
      }
      return mustTell;
    });
    return { type: 'told', sessionId, told: named };
  }

  /** Answers the new session's id, or that there is no room for it. */
  private open(
    context: Extract<FetchContext<Asked>, { type: 'full' }>,
    told: readonly ToldPartition[],
    now: number,
  ): number {
    const { privileged, usesTopicIds } = context;
    const partitions = new Map<string, SessionPartition<Asked>>();
    context.partitions.forEach(({ key, asked }, index) => {
      partitions.set(key, { asked, remembered: this.rules.remember(told[index]!) });
    });
    const { size } = partitions;
    if (this.sessions.size >= this.limits.slots && !this.evictFor(privileged, size, now)) {
      return NO_SESSION_ID;
    }
    let id = this.newId();
    while (this.sessions.has(id)) {
      id = this.newId();
    }
    assert(id > 0, 'a session has a positive id');
    const session: FetchSession<Asked> = {
      id,
      privileged,
      usesTopicIds,
      createdAt: now,
      partitions,
      epoch: nextEpoch(INITIAL_EPOCH),
      lastUsed: now,
      size,
      hasLivedLong: false,
    };
    this.touch(session, now);
    return id;
  }

  private touch(session: FetchSession<Asked>, now: number): void {
    this.sessions.delete(session.id);
    this.sessions.set(session.id, session);
    session.lastUsed = now;
    session.size = session.partitions.size;
    session.hasLivedLong = now - session.createdAt > this.limits.evictionMs;
  }

  /** Makes room for a session of that kind: what is stale goes, or what is worth less (KIP-227). */
  private evictFor(privileged: boolean, size: number, now: number): boolean {
    const [oldest] = this.sessions.values();
    if (oldest === undefined) {
      return false;
    }
    let victim: FetchSession<Asked> | null = oldest;
    if (now - oldest.lastUsed <= this.limits.evictionMs) {
      victim = this.leastWorth(privileged);
      if (victim === null || !isWorthMore(privileged, size, victim)) {
        return false;
      }
    }
    this.sessions.delete(victim.id);
    this.evictions++;
    return true;
  }

  /** Of those that may go: consumers before followers, small ones before large ones. */
  private leastWorth(privileged: boolean): FetchSession<Asked> | null {
    let least: FetchSession<Asked> | null = null;
    for (const session of this.sessions.values()) {
      const mayGo = session.hasLivedLong || (privileged && !session.privileged);
      if (mayGo && (least === null || isWorthMore(least.privileged, least.size, session))) {
        least = session;
      }
    }
    return least;
  }
}

function isWorthMore(
  privileged: boolean,
  size: number,
  other: { readonly privileged: boolean; readonly size: number },
): boolean {
  return privileged === other.privileged ? size > other.size : privileged;
}

/** What the request adds, changes and takes away, in Kafka's order. */
function update<Asked>(session: FetchSession<Asked>, request: SessionRequest<Asked>): void {
  for (const { key, asked } of request.partitions) {
    const known = session.partitions.get(key);
    if (known === undefined) {
      session.partitions.set(key, { asked, remembered: NOTHING_TOLD });
    } else {
      known.asked = asked;
    }
  }
  for (const key of request.forgotten) {
    session.partitions.delete(key);
  }
}
