import type { RaftState } from '../../raft/types.js';
import type { LogIndex } from '../../types/ids.js';
import type { RaftProperty } from './property.js';
import { firstBehind, keptOf, sameEntry } from './transition.js';

/**
 * If two logs hold the same (index, term), they are equal up to that index. What was compared when it
 * was appended is not compared again: of a step only the new entries, and the one in front of them.
 */
export const logMatching: RaftProperty = {
  name: 'LogMatching',
  source: 'thesis, figure 3.2',
  check(transition, world) {
    const { before, after } = transition;
    const kept = keptOf(transition);
    const known = before === null ? 0 : kept.to - kept.from;
    if (known === after.entries.length) {
      return null;
    }
    for (const other of world.values()) {
      const difference = other === after ? null : differenceBelowMatch(after, known, other);
      if (difference !== null) {
        return `${after.self.id} and ${other.self.id}: ${difference}`;
      }
    }
    return null;
  },
};

/** `known`: so many of the entries of `a` were compared when they came. */
function differenceBelowMatch(a: RaftState, known: number, b: RaftState): string | null {
  const floor = Math.max(a.snapshot.index, b.snapshot.index) as LogIndex;
  const first = Math.max(firstBehind(a.entries, floor), known - 1);
  let left = a.entries.length - 1;
  let right = b.entries.length - 1;
  let match: { index: number; term: number } | null = null;
  // From the end: the newest entry that both hold, then everything in front of it.
  while (left >= first && (match !== null || left >= known)) {
    const one = a.entries[left]!;
    const two = b.entries[right];
    if (match !== null && (two === undefined || two.index <= floor || !sameEntry(one, two))) {
      return `both hold ${match.index} of term ${match.term} but differ at ${one.index}`;
    }
    if (two === undefined || (match === null && one.index > two.index)) {
      left--;
    } else if (match === null && one.index < two.index) {
      right--;
    } else {
      if (match === null && one.term === two.term) {
        match = one;
        if (!sameEntry(one, two)) {
          return `both hold ${one.index} of term ${one.term} but differ there`;
        }
      }
      left--;
      right--;
    }
  }
  const more = b.entries[right];
  const whole = match !== null && first === firstBehind(a.entries, floor);
  return whole && more !== undefined && more.index > floor
    ? `both hold ${match!.index} but one holds more below`
    : null;
}
