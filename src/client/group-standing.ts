/**
 * Where a process stands in its consumer group (classic protocol): what it was told, what follows from that, and what
 * it asks next. Plain decisions without a call: members of trials and of simulated runs go by the same ones.
 */

import { assert } from '../core/types/assert.js';
import { ErrorCode } from '../protocol/errors.js';
import type { Assignor, Candidate, PartitionCounts } from './assignors.js';
import type { TopicPartition } from './client.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.js';
import type {
  JoinAnswer,
  JoinedMember,
  JoinRequest,
  MemberName,
  Membership,
  SyncRequest,
} from './group-client.js';

export interface StandingOptions {
  /** group.instance.id of a static member (KIP-345). */
  readonly instanceId: string | null;
  /** In the order of preference: all of them cooperative, or none. */
  readonly assignors: readonly Assignor[];
  /** Subscribed to, with its partitions. */
  readonly counts: PartitionCounts;
  /** Milliseconds. */
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
}

/** What becomes of a member by an error: `waits` says nothing of its standing, it is to ask again after a pause. */
export type Suffered = 'must join' | 'is over' | 'waits';

export class GroupStanding {
  private readonly options: StandingOptions;
  private memberId = '';
  private generation = -1;
  private chosen = '';
  private places: readonly TopicPartition[] = [];
  private joins = true;

  constructor(options: StandingOptions) {
    this.options = options;
  }

  get owned(): readonly TopicPartition[] {
    return this.places;
  }

  /** It is to join before it does anything else. */
  get mustJoin(): boolean {
    return this.joins;
  }

  /** The protocol of the group's last generation that it was told of; empty: of none. */
  get protocol(): string {
    return this.chosen;
  }

  membership(): Membership {
    return { ...this.named(), generation: this.generation };
  }

  /** Null: it has no id yet, so that there is nothing to leave. */
  leaving(): MemberName | null {
    return this.memberId === '' ? null : this.named();
  }

  /** Who does not rebalance cooperatively gives up what it owns first (KIP-429). */
  joinRequest(): JoinRequest {
    const { assignors, counts, sessionTimeout, rebalanceTimeout } = this.options;
    if (!assignors.some(({ isCooperative }) => isCooperative)) {
      this.places = [];
    }
    const metadata = encodeSubscription({
      topics: [...counts.keys()],
      owned: this.places,
      generation: this.generation,
    });
    const protocols = assignors.map(({ name }) => ({ name, metadata }));
    return { ...this.named(), sessionTimeout, rebalanceTimeout, protocols };
  }

  /** Null: it was told an id and must join with it (KIP-394). */
  joined(answer: JoinAnswer): SyncRequest | null {
    this.memberId = answer.memberId;
    if (answer.type === 'told') {
      return null;
    }
    const { generation, protocol, members } = answer;
    this.chosen = protocol;
    const assignments = members === null ? [] : this.share(protocol, members);
    return { ...this.named(), generation, assignments };
  }

  /** `generation`: that of the SyncGroup which was answered. */
  synced(generation: number, assignment: Uint8Array): void {
    const before = this.places;
    this.generation = generation;
    this.places = decodeAssignment(assignment);
    // KIP-429: what was given up can be given to another one only in a further rebalance.
    this.joins = before.some((place) => !this.places.some((each) => isSame(each, place)));
  }

  /** What an error says of this member's standing. */
  suffer(code: number): Suffered {
    switch (code) {
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.joins = true;
        return 'must join';
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.memberId = '';
        return this.loseAll();
      case ErrorCode.ILLEGAL_GENERATION:
        return this.loseAll();
      case ErrorCode.FENCED_INSTANCE_ID:
        return 'is over';
      default:
        return 'waits';
    }
  }

  private named(): MemberName {
    return { memberId: this.memberId, instanceId: this.options.instanceId };
  }

  private loseAll(): 'must join' {
    this.generation = -1;
    this.joins = true;
    this.places = [];
    return 'must join';
  }

  private share(
    protocol: string,
    members: readonly JoinedMember[],
  ): { memberId: string; assignment: Uint8Array }[] {
    const { assignors, counts } = this.options;
    const assignor = assignors.find(({ name }) => name === protocol);
    assert(assignor !== undefined, 'the group chose a protocol that its leader does not know');
    const candidates = members.map(
      (member): Candidate => ({
        ...decodeSubscription(member.metadata),
        memberId: member.memberId,
      }),
    );
    return [...assignor.assign(candidates, counts)].map(([memberId, places]) => ({
      memberId,
      assignment: encodeAssignment(places),
    }));
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition;
}
