/** Lock C from the specifications to the code: random walks of each, and of each with a bug in the code. */

import { describe, expect, test } from 'vitest';
import { openWalks, walkedMachines } from '../scripts/traces/walks/machines.js';
import { drawer, newWalked, type Parting, Walks } from '../scripts/traces/walks/walks.js';
import { findBug } from '../src/bugs/registry.js';

const MINUTES = 60_000;
const STEPS = 100;

/**
 * How many walks of each module, whether one may come to its end early, how many different actions they take, and a bug
 * that some of them tell.
 */
const CASES = [
  ['raft_walk_quorum', 'raft', 6, false, 15, 'quorum-of-one'],
  ['raft_walk_members', 'raft', 6, false, 15, 'quorum-of-one'],
  ['partition_walk_elr', 'partition', 3, false, 12, 'consumers-read-to-the-log-end'],
  ['partition_walk_unclean', 'partition', 3, false, 12, 'no-recovering-mark'],
  ['producer_walk', 'producer', 3, true, 10, 'zombie-producer-appends'],
] as const;

describe.each(CASES)('random walks in %s', (name, machine, walks, mayEnd, actions, bug) => {
  test(
    'are followed by the code, and not by one with a bug',
    async () => {
      // The types of the other two files are checked with the questions in them.
      const open = await openWalks(walkedMachines[machine], machine === 'producer');
      const walked = newWalked();
      const right = new Walks(open(name, null));
      const wrong = new Walks(open(name, findBug(bug)!));
      const partings: (Parting | null)[] = [];
      for (let seed = 1; seed <= walks; seed++) {
        expect(right.walk(STEPS, drawer(seed), walked)).toBeNull();
        partings.push(wrong.walk(STEPS, drawer(seed), newWalked()));
      }
      expect(walked.walks).toBe(walks);
      if (mayEnd) {
        expect(walked.steps).toBeGreaterThan(walks * (STEPS / 2));
      } else {
        expect(walked.steps).toBe(walks * STEPS);
      }
      expect(walked.unseen).toBeGreaterThan(0);
      expect(walked.taken.size).toBeGreaterThan(actions);
      const [parting] = partings.filter((each) => each !== null);
      expect(parting?.reasons).toContain('the code:');
    },
    5 * MINUTES,
  );
});

describe('a walk that was found', () => {
  // An old request, repeated, was under way when another change was waited for: so that one could not be asked for again.
  test(
    'in which a change is asked for again while an older one is under way is followed',
    async () => {
      const open = await openWalks(walkedMachines.partition);
      const walked = newWalked();
      const walks = new Walks(open('partition_walk_elr', null));
      expect(walks.walk(STEPS, drawer(2_026_114_105), walked)).toBeNull();
      // With another specification it may be another walk: then one is to be found that asks as often.
      expect(walked.taken.get('alterPartitionRetryDue')).toBe(4);
    },
    MINUTES,
  );
});
