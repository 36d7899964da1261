/** Where the replicas of a new topic go. */

import { assert, present } from '../types/assert.js';
import type { BrokerId, Uuid } from '../types/ids.js';

export interface PlaceableBroker {
  readonly id: BrokerId;
  /** null: none; counts as one rack of its own, as in Kafka. */
  readonly rack: string | null;
  readonly fenced: boolean;
}

export interface PlacementQuestion {
  /** Seeds the choice: the host drew it, so topics spread without randomness in here. */
  readonly topicId: Uuid;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** All registered brokers, in any order. */
  readonly brokers: readonly PlaceableBroker[];
}

/** The brokers of one rack, as two rings: those that are live come first. */
interface Rack {
  readonly name: string;
  readonly live: Ring;
  readonly fenced: Ring;
}

/** Brokers in a circle; each partition starts at the next. */
interface Ring {
  readonly brokers: readonly BrokerId[];
  readonly start: number;
}

/**
 * Striped placement (KIP-36, and KIP-631's striped placer): the p-th partition begins in the p-th
 * rack after a start that the topic id gives, takes one broker from each rack in turn, and begins
 * each time it comes round at the next broker of a rack. So leaders and racks are spread evenly. A
 * fenced broker is taken only where its rack has no live one left, and never as the first replica,
 * which is to lead. Needs a live broker and as many brokers as replicas.
 */
export function placeReplicas(question: PlacementQuestion): readonly (readonly BrokerId[])[] {
  const { partitions, replicationFactor, brokers } = question;
  assert(replicationFactor > 0 && replicationFactor <= brokers.length, 'too few brokers');
  assert(
    brokers.some((broker) => !broker.fenced),
    'all brokers are fenced',
  );
  const racks = ringedRacks(question);
  const withLive = racks.filter((rack) => rack.live.brokers.length > 0);
  const start = hash(`${question.topicId}/racks`);
  const placed: BrokerId[][] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const first = present(withLive[(start + partition) % withLive.length], 'no live rack');
    // How often this rack has led before: its next live broker leads now.
    const turn = Math.floor(partition / withLive.length);
    placed.push(placeOne(racks, racks.indexOf(first), turn, replicationFactor));
  }
  return placed;
}

function placeOne(
  racks: readonly Rack[],
  firstRack: number,
  turn: number,
  count: number,
): BrokerId[] {
  const queues = racks.map((rack) => [...rotated(rack.live, turn), ...rotated(rack.fenced, turn)]);
  const replicas: BrokerId[] = [];
  for (let i = firstRack; replicas.length < count; i = (i + 1) % racks.length) {
    const next = queues[i]?.shift();
    if (next !== undefined) {
      replicas.push(next);
    }
  }
  return replicas;
}

function rotated(ring: Ring, turn: number): BrokerId[] {
  const { brokers } = ring;
  if (brokers.length === 0) {
    return [];
  }
  const from = (ring.start + turn) % brokers.length;
  return [...brokers.slice(from), ...brokers.slice(0, from)];
}

function ringedRacks(question: PlacementQuestion): Rack[] {
  const byRack = new Map<string, PlaceableBroker[]>();
  for (const broker of [...question.brokers].sort((a, b) => a.id - b.id)) {
    // A rack's name is never empty in Kafka, so '' stands for "none".
    const name = broker.rack ?? '';
    const members = byRack.get(name);
    if (members === undefined) {
      byRack.set(name, [broker]);
    } else {
      members.push(broker);
    }
  }
  const names = [...byRack.keys()].sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => {
    const members = present(byRack.get(name), 'a rack without brokers');
    const start = hash(`${question.topicId}/${name}`);
    return {
      name,
      live: { brokers: members.filter((b) => !b.fenced).map((b) => b.id), start },
      fenced: { brokers: members.filter((b) => b.fenced).map((b) => b.id), start },
    };
  });
}

/** FNV-1a over UTF-16 code units: any even spread would do, as long as it is the same everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  // The low bits of FNV are weak on short texts; fold the high ones in. Bounded for safe sums.
  return ((value >>> 16) ^ value) & 0xffff;
}
