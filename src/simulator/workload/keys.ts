/**
 * The keys of a history: each names one partition of one incarnation of a topic. A topic that is deleted
 * and created again has other keys, though Produce and Fetch call it by the same name; whoever may have
 * met the one for the other promises nothing (closed keys).
 */

import { assert, present } from '../../core/types/assert.js';
import type { PartitionIndex } from '../../core/types/ids.js';

export interface Key {
  /** In the history. */
  readonly name: string;
  /** `topic-partition`, as people and brokers say. */
  readonly partitionName: string;
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** From 1. */
  readonly incarnation: number;
  /** False: records of the topic go without anybody's doing (`keepsRecords`), so nothing is promised. */
  readonly judged: boolean;
  /** Its records have keys, and some no value; of each key the newest stays. */
  readonly compacted: boolean;
  /** Records without a value may be in it: it is compacted, or what was sent to an earlier topic of this name came late. */
  readonly tombstones: boolean;
  /** False from the moment on in which the deletion of the topic is asked for. */
  open: boolean;
  /** An acks=all send was acknowledged since service was demanded. */
  served: boolean;
}

interface Topic {
  readonly incarnation: number;
  readonly judged: boolean;
  readonly compacted: boolean;
  readonly tombstones: boolean;
  readonly keys: Key[];
  open: boolean;
}

export class KeyTable {
  /** Names of keys whose topics were deleted: what was in them may stay unread. */
  readonly abandoned: Set<string> = new Set();
  /** Topics that came back under a name that was there before, in order. */
  readonly recreated: string[] = [];
  /** Changes whenever a key comes or goes. */
  version = 0;
  private readonly topics = new Map<string, Topic>();
  /** By value: the key that it was drawn for; values begin at 1. */
  private readonly owners: Key[] = [];
  /** By value: whether the history has its send. */
  private readonly judged: boolean[] = [];

  isOpen(topic: string): boolean {
    return this.topics.get(topic)?.open === true;
  }

  addTopic(topic: string, partitions: number, judged: boolean, compacted: boolean = false): void {
    const before = this.topics.get(topic);
    assert(before?.open !== true, 'a topic is there once');
    if (before !== undefined) {
      this.recreated.push(topic);
    }
    const incarnation = (before?.incarnation ?? 0) + 1;
    const tombstones = compacted || before?.tombstones === true;
    const made: Topic = { incarnation, judged, compacted, tombstones, keys: [], open: true };
    this.topics.set(topic, made);
    this.growTopic(topic, partitions);
  }

  /** `count`: partitions in all. */
  growTopic(topic: string, count: number): void {
    const { incarnation, judged, compacted, tombstones, keys } = present(
      this.topics.get(topic),
      'a topic that grows is there',
    );
    this.version++;
    const suffix = incarnation === 1 ? '' : `#${incarnation}`;
    for (let index = keys.length; index < count; index++) {
      keys.push({
        name: `${topic}${suffix}-${index}`,
        partitionName: `${topic}-${index}`,
        topic,
        partition: index as PartitionIndex,
        incarnation,
        judged,
        compacted,
        tombstones,
        open: true,
        served: false,
      });
    }
  }

  /** The topic is about to be deleted: nobody uses it any more, and what is open in it is unknown. */
  closeTopic(topic: string): void {
    const closing = present(this.topics.get(topic), 'a topic that goes is there');
    this.version++;
    closing.open = false;
    for (const key of closing.keys) {
      key.open = false;
      this.abandoned.add(key.name);
    }
  }

  /** The keys of the topics that `wants` chooses, in the order in which the topics came. */
  openKeys(wants: (topic: string) => boolean = () => true): Key[] {
    const keys: Key[] = [];
    for (const [name, topic] of this.topics) {
      if (topic.open && wants(name)) {
        keys.push(...topic.keys);
      }
    }
    return keys;
  }

  /** A value that nobody has sent. */
  newValue(key: Key, judged: boolean): number {
    this.judged.push(judged && key.judged);
    return this.owners.push(key);
  }

  /**
   * Whether a record that was read in `key` belongs into the history. What nobody promised does not,
   * and neither does what was sent to an earlier topic of this name and came late. Everything else
   * does, also what stands in a partition that it was never sent to.
   */
  belongs(key: Key, value: number): boolean {
    const owner = this.owners[value - 1];
    if (owner === undefined) {
      return true;
    }
    if (owner === key) {
      return this.judged[value - 1] === true;
    }
    const isSamePlace = owner.topic === key.topic && owner.partition === key.partition;
    return !isSamePlace || owner.incarnation > key.incarnation;
  }

  /** The key that `value` was drawn for; undefined: nobody ever sent it. */
  ownerOf(value: number | string): Key | undefined {
    return typeof value === 'number' ? this.owners[value - 1] : undefined;
  }

  /** Names of partitions in which nothing was acknowledged since `demandService`. */
  unserved(): string[] {
    return this.openKeys()
      .filter(({ served }) => !served)
      .map(({ partitionName }) => partitionName);
  }

  demandService(): void {
    for (const key of this.openKeys()) {
      key.served = false;
    }
  }
}

/** Configs by which records go though nobody deletes them, and the values that leave them alone. */
const FADING: ReadonlyMap<string, string> = new Map([
  ['retention.ms', '-1'],
  ['retention.bytes', '-1'],
  ['cleanup.policy', ''],
  ['unclean.leader.election.enable', 'false'],
]);

/** Whether a topic keeps what was acknowledged, whatever its configs are set to in the run. */
export function keepsRecords(
  configs: Readonly<Record<string, string>>,
  changes: readonly { readonly key: string; readonly value: string }[],
): boolean {
  const all = [...Object.entries(configs).map(([key, value]) => ({ key, value })), ...changes];
  return all.every(({ key, value }) => (FADING.get(key) ?? value) === value);
}

const FILLER = 'abcdefghijklmnopqrstuvwxyz'.repeat(12);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a record: its value in digits, and behind some values a filler that they determine. */
export function payloadOf(value: number): Uint8Array {
  return encoder.encode(textOf(value));
}

/** The value; a text where these are not the bytes that were sent with any. */
export function valueIn(payload: Uint8Array | null): number | string {
  const text = payload === null ? 'null' : decoder.decode(payload);
  const value = Number.parseInt(text, 10);
  return value > 0 && textOf(value) === text ? value : `not sent: ${text.slice(0, 40)}`;
}

function textOf(value: number): string {
  return value % 11 === 0 ? `${value}:${FILLER.slice(value % 26, 20 + (value % 263))}` : `${value}`;
}
