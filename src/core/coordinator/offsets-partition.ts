/** The logged part of the coordinator: the fold of one `__consumer_offsets` partition. */

import type { DeciderFunctions } from '../decider/decider.js';
import { unreachable } from '../types/assert.js';
import type { PartitionIndex } from '../types/ids.js';
import type { CommittedOffset, Continuation, OffsetsPartition, OffsetsRecord } from './types.js';

/** What the soft side has already decided: records to append, and what follows their commitment. */
export interface GroupWrite {
  readonly records: readonly OffsetsRecord[];
  readonly continuation: Continuation;
}

/** The fold of no record. */
export function emptyOffsetsPartition(): OffsetsPartition {
  return { groups: new Map(), offsets: new Map() };
}

/** Key of a partition's offset within its group. */
export function offsetKey(topic: string, partition: PartitionIndex): string {
  return `${partition}:${topic}`;
}

/** A copy that shares only records, which nobody changes. */
export function cloneOffsetsPartition(state: OffsetsPartition): OffsetsPartition {
  const offsets = new Map<string, Map<string, CommittedOffset>>();
  for (const [group, byPartition] of state.offsets) {
    offsets.set(group, new Map(byPartition));
  }
  return { groups: new Map(state.groups), offsets };
}

/** Folds one record into `state`: the last one of a key counts, a tombstone removes it (O-LAST). */
export function evolveOffsetsPartition(state: OffsetsPartition, record: OffsetsRecord): void {
  switch (record.type) {
    case 'GroupMetadata':
      if (record.value === null) {
        state.groups.delete(record.group);
      } else {
        state.groups.set(record.group, record.value);
      }
      return;
    case 'OffsetCommit': {
      const { group, topic, partition, value } = record;
      let byPartition = state.offsets.get(group);
      if (value !== null) {
        if (byPartition === undefined) {
          byPartition = new Map();
          state.offsets.set(group, byPartition);
        }
        byPartition.set(offsetKey(topic, partition), { topic, partition, value });
      } else if (byPartition?.delete(offsetKey(topic, partition)) && byPartition.size === 0) {
        state.offsets.delete(group);
      }
      return;
    }
    default:
      unreachable(record);
  }
}

/**
 * The coordinator as a decider. Its decisions also read soft state, so they are made before the
 * command is given; the decider appends, folds and waits.
 */
export const offsetsDecider: DeciderFunctions<
  OffsetsPartition,
  GroupWrite,
  OffsetsRecord,
  Continuation,
  null
> = {
  clone: cloneOffsetsPartition,
  decide: (_state, command) => ({ records: command.records, response: command.continuation }),
  evolve: evolveOffsetsPartition,
};
