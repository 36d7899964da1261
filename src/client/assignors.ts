/**
 * How the leader of a consumer group shares the partitions out: Kafka's range, roundrobin and cooperative-sticky.
 * Pure, and the same whoever of the members leads.
 */

import type { PartitionIndex } from '../core/types/ids.js';
import type { TopicPartition } from './client.js';
import type { Subscription } from './consumer-protocol.js';

export interface Candidate extends Subscription {
  readonly memberId: string;
}

/** Partitions of each topic, from 0. */
export type PartitionCounts = ReadonlyMap<string, number>;
/** Of every candidate, also where it is nothing. */
export type Shares = Map<string, TopicPartition[]>;

export interface Assignor {
  readonly name: string;
  /**
   * Members keep what they own until they are told to give it up, and it goes to another one only in the rebalance
   * after that (KIP-429). Else they give up everything before they join.
   */
  readonly isCooperative: boolean;
  readonly assign: (candidates: readonly Candidate[], counts: PartitionCounts) => Shares;
}

/** Each topic by itself in stretches, the longer ones to the first members. */
export const RANGE: Assignor = {
  name: 'range',
  isCooperative: false,
  assign(candidates, counts) {
    const shares = noShares(candidates);
    for (const [topic, members] of membersByTopic(candidates, counts)) {
      let next = 0;
      for (const [at, { memberId }] of members.entries()) {
        const end = next + quota(counts.get(topic) ?? 0, members.length, at);
        for (; next < end; next++) {
          give(shares, memberId, topic, next);
        }
      }
    }
    return shares;
  },
};

/** All partitions of all topics in turn. */
export const ROUND_ROBIN: Assignor = {
  name: 'roundrobin',
  isCooperative: false,
  assign(candidates, counts) {
    const shares = noShares(candidates);
    let turn = 0;
    for (const [topic, members] of membersByTopic(candidates, counts)) {
      for (let partition = 0; partition < (counts.get(topic) ?? 0); partition++) {
        const member = members[turn % members.length] as Candidate;
        give(shares, member.memberId, topic, partition);
        turn++;
      }
    }
    return shares;
  },
};

/** Evenly, with as little movement as that takes; what has to move is given to nobody for one generation. */
export const COOPERATIVE_STICKY: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  assign(candidates, counts) {
    const shares = noShares(candidates);
    const owners = ownersOf(candidates);
    for (const [topic, members] of membersByTopic(candidates, counts)) {
      const count = counts.get(topic) ?? 0;
      const open = new Set(Array.from({ length: count }, (_, partition) => partition));
      // Who owns most keeps most.
      const kept = members
        .map(({ memberId }) => ({ memberId, owned: ownedBy(owners, memberId, topic, count) }))
        .sort((a, b) => b.owned.length - a.owned.length || (a.memberId < b.memberId ? -1 : 1));
      const missing: string[] = [];
      for (const [at, { memberId, owned }] of kept.entries()) {
        const most = quota(count, members.length, at);
        for (const partition of owned.slice(0, most)) {
          give(shares, memberId, topic, partition);
          open.delete(partition);
        }
        missing.push(...new Array<string>(Math.max(0, most - owned.length)).fill(memberId));
      }
      for (const [at, partition] of [...open].entries()) {
        const isOwned = owners.has(placeOf(topic, partition));
        const memberId = missing[at] as string;
        if (!isOwned) {
          give(shares, memberId, topic, partition);
        }
      }
    }
    return shares;
  },
};

export const ASSIGNORS: readonly Assignor[] = [RANGE, ROUND_ROBIN, COOPERATIVE_STICKY];

/** How many of `count` the member at place `at` of `members` gets. */
function quota(count: number, members: number, at: number): number {
  return Math.floor(count / members) + (at < count % members ? 1 : 0);
}

function noShares(candidates: readonly Candidate[]): Shares {
  return new Map(candidates.map(({ memberId }) => [memberId, []]));
}

function give(shares: Shares, memberId: string, topic: string, partition: number): void {
  shares.get(memberId)?.push({ topic, partition: partition as PartitionIndex });
}

/** Topics that somebody wants and that exist, each with who wants it, in the order of their ids. */
function membersByTopic(
  candidates: readonly Candidate[],
  counts: PartitionCounts,
): Map<string, Candidate[]> {
  const sorted = [...candidates].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const topics = [...counts.keys()].sort();
  const wanted = topics.map((topic): [string, Candidate[]] => [
    topic,
    sorted.filter(({ topics: subscribed }) => subscribed.includes(topic)),
  ]);
  return new Map(wanted.filter(([, members]) => members.length > 0));
}

/**
 * Who owns what. A claim from an older generation than another member's is void: who makes it has missed the rebalance
 * in which the partition was given away (KAFKA-12984). Two claims of one generation are void both.
 */
function ownersOf(candidates: readonly Candidate[]): Map<string, string> {
  const newest = Math.max(-1, ...candidates.map(({ generation }) => generation));
  const owners = new Map<string, string>();
  const disputed = new Set<string>();
  for (const { memberId, owned, generation } of candidates) {
    for (const { topic, partition } of generation === newest ? owned : []) {
      const place = placeOf(topic, partition);
      if (owners.has(place)) {
        disputed.add(place);
      }
      owners.set(place, memberId);
    }
  }
  for (const place of disputed) {
    owners.delete(place);
  }
  return owners;
}

function ownedBy(
  owners: ReadonlyMap<string, string>,
  memberId: string,
  topic: string,
  count: number,
): number[] {
  return Array.from({ length: count }, (_, partition) => partition).filter(
    (partition) => owners.get(placeOf(topic, partition)) === memberId,
  );
}

function placeOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
