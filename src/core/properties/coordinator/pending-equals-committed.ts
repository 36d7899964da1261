import type { OffsetsPartition } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/** With everything committed, what the coordinator decides on equals what every replica has. */
export const pendingEqualsCommitted: GroupsProperty = {
  name: 'PendingEqualsCommitted',
  source: 'design: deciders',
  violation: ({ after }) => {
    const { active, committed, committedOffset } = after.decider;
    if (active === null || active.pendingOffset > committedOffset) {
      return null;
    }
    if (active.waiters.length > 0) {
      return `${active.waiters.length} answers wait for nothing`;
    }
    return print(active.pending) === print(committed)
      ? null
      : `everything is committed up to ${committedOffset}, yet pending differs`;
  },
};

function print({ groups, offsets }: OffsetsPartition): string {
  const flat = [...offsets].flatMap(([group, byPartition]) =>
    [...byPartition].map(([key, value]) => [group, key, value]),
  );
  return [...groups, ...flat]
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join('\n');
}
