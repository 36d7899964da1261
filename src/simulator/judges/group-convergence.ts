/**
 * What a consumer group in a cluster without faults must come to: all members in one generation, every partition with
 * one of them, and all that was acknowledged consumed. Read from what its members were told.
 */

import type { Offset } from '../../core/types/ids.js';
import type { Key } from '../workload/keys.js';

/** A place in the group; `view` null: its member has to join first. */
export interface PlaceView {
  readonly name: string;
  readonly view: { readonly generation: number; readonly owned: readonly Key[] } | null;
}

/** What the group lacks, in one line; null: it has converged. `targets`, `committed`: positions. */
export function lackOfGroup(
  group: string,
  keys: readonly Key[],
  places: readonly PlaceView[],
  targets: ReadonlyMap<Key, Offset>,
  committed: ReadonlyMap<Key, Offset>,
): string | null {
  const owners = new Map<Key, string>();
  const generations = new Set<number>();
  for (const { name, view } of places) {
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
  for (const key of keys) {
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
