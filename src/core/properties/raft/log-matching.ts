import type { RaftState } from '../../raft/types.js';
import type { RaftProperty } from './property.js';
import { sameEntry } from './transition.js';

/** If two logs hold the same (index, term), they are equal up to that index. */
export const logMatching: RaftProperty = {
  name: 'LogMatching',
  source: 'thesis, figure 3.2',
  check({ before, after }, world) {
    if (before !== null && sameLog(before, after)) {
      return null;
    }
    for (const other of world.values()) {
      const difference = other === after ? null : differenceBelowMatch(after, other);
      if (difference !== null) {
        return `${after.self.id} and ${other.self.id}: ${difference}`;
      }
    }
    return null;
  },
};

function sameLog(a: RaftState, b: RaftState): boolean {
  return (
    a.snapshot === b.snapshot &&
    a.entries.length === b.entries.length &&
    a.entries.every((entry, at) => entry === b.entries[at])
  );
}

function differenceBelowMatch(a: RaftState, b: RaftState): string | null {
  const floor = Math.max(a.snapshot.index, b.snapshot.index);
  const left = a.entries.filter((entry) => entry.index > floor);
  const right = b.entries.filter((entry) => entry.index > floor);
  const terms = new Map(right.map((entry) => [entry.index, entry.term]));
  const last = left.findLastIndex((entry) => terms.get(entry.index) === entry.term);
  if (last < 0) {
    return null;
  }
  const match = left[last]!.index;
  const shared = right.filter((entry) => entry.index <= match);
  for (let i = 0; i <= last; i++) {
    const other = shared[i];
    if (other === undefined || !sameEntry(left[i]!, other)) {
      return `both hold ${match} of term ${left[last]!.term} but differ at ${left[i]!.index}`;
    }
  }
  return shared.length === last + 1 ? null : `both hold ${match} but one holds more below`;
}
