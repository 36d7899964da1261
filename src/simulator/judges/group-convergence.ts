/**
 * What a consumer group in a cluster without faults must come to: all members in one generation, every partition with
 * one of them, and all that was acknowledged consumed. Read from what its members were told.
 */

import type { Offset } from '../../core/types/ids.js';
import type { Key } from '../workload/keys.js';

/** What a member may act on. `protocol`: that of its generation. */
export interface MemberView {
  readonly generation: number;
  readonly protocol: string;
  readonly owned: readonly Key[];
  /** Its process came into the generation when that was there already, in the seat of one before it (KIP-345). */
  readonly tookSeat: boolean;
}

export interface PlaceView {
  readonly name: string;
  /** Names of protocols. */
  readonly knows: readonly string[];
  /** The last join of its member was refused for the protocols it knows. */
  readonly isForeign: boolean;
  /** Null: its member has to join first. */
  readonly view: MemberView | null;
}

export interface Demands {
  /** Positions: what was acknowledged, and where the group stands. */
  readonly targets: ReadonlyMap<Key, Offset>;
  readonly committed: ReadonlyMap<Key, Offset>;
  /** What the leader of a generation gave to its members; null: that is not known. */
  readonly shared: (generation: number) => ReadonlySet<Key> | null;
}

/** What the group lacks, in one line; null: it has converged. */
export function lackOfGroup(
  group: string,
  keys: readonly Key[],
  places: readonly PlaceView[],
  { targets, committed, shared }: Demands,
): string | null {
  const owners = new Map<Key, string>();
  const generations = new Set<number>();
  const protocols = places.flatMap(({ view }) => (view === null ? [] : [view.protocol]));
  for (const place of places) {
    const { name, view } = place;
    if (view === null && isRightlyOutside(place, protocols)) {
      continue;
    }
    if (view === null) {
      return `${group}: ${name} is not in the group`;
    }
    generations.add(view.generation);
    for (const key of view.owned) {
      const other = owners.get(key);
      if (other !== undefined) {
        return `${group}: ${key.name} belongs to ${other} and to ${name}`;
      }
      owners.set(key, name);
    }
  }
  if (generations.size > 1) {
    return `${group}: its members are in generations ${[...generations].join(' and ')}`;
  }
  const leftOver = rightlyLeftOver(places, shared);
  for (const key of keys) {
    if (!owners.has(key) && leftOver(key)) {
      continue;
    }
    if (!owners.has(key)) {
      return `${group}: ${key.name} belongs to nobody`;
    }
    const target = targets.get(key) ?? 0;
    const position = committed.get(key) ?? 0;
    if (position < target) {
      return `${group}: ${key.name} is consumed up to ${position}, acknowledged up to ${target}`;
    }
  }
  return null;
}

/**
 * A coordinator that has loaded a group from its log knows of each member the chosen protocol only, for the record of a
 * group holds no other (Kafka: GroupMetadataValue). Who knows another one, if all share it, is refused until the members
 * have joined again, and nothing makes them: a client ends by that error. `protocols`: of the generations of those inside.
 */
function isRightlyOutside({ knows, isForeign }: PlaceView, protocols: readonly string[]): boolean {
  return isForeign && protocols.length > 0 && protocols.every((name) => !knows.includes(name));
}

/**
 * A cooperative leader gives a partition that is to move to nobody, until who had it has given it up and asks for one more
 * rebalance (KIP-429). If that process ends before it asks and is a static member, its successor takes its seat in the stable
 * group without a rebalance, with what the leader gave to that seat, and so nobody asks (Kafka: the same; GroupMetadataManager,
 * updateStaticMemberThenRebalanceOrCompleteJoin).
 */
function rightlyLeftOver(
  places: readonly PlaceView[],
  shared: Demands['shared'],
): (key: Key) => boolean {
  const seat = places.find(({ view }) => view?.tookSeat === true)?.view ?? null;
  const given = seat === null ? null : shared(seat.generation);
  return (key) => given !== null && !given.has(key);
}
