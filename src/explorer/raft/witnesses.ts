/** What has to happen at least once in an explored world of Raft, by name: else its budgets prove nothing. */

import type { RaftTransition } from '../../core/properties/raft/transition.js';
import { beganToLead } from '../../core/properties/raft/transition.js';
import type { RaftScope } from './scope.js';

export interface Witness {
  readonly name: string;
  readonly isDue: (scope: RaftScope) => boolean;
  readonly isReached: (transition: RaftTransition) => boolean;
}

const some = (budget: number | undefined): boolean => (budget ?? 0) > 0;

const WITNESSES: readonly Witness[] = [
  { name: 'a leader', isDue: () => true, isReached: beganToLead },
  {
    name: 'a follower commits',
    isDue: ({ voters }) => voters > 1,
    isReached: ({ after, effects }) =>
      after.role === 'follower' && effects.some(({ type }) => type === 'committed'),
  },
  {
    name: 'a proposal is committed',
    isDue: ({ proposals }) => some(proposals),
    isReached: ({ effects }) =>
      effects.some(
        (effect) =>
          effect.type === 'committed' && effect.entries.some(({ kind }) => kind === 'data'),
      ),
  },
  {
    name: 'a leader is deposed',
    isDue: ({ terms }) => terms > 1,
    isReached: ({ before, after }) => before?.role === 'leader' && after.role === 'follower',
  },
  {
    name: 'a node comes back',
    isDue: ({ restarts }) => some(restarts),
    isReached: ({ input, after }) => input?.type === 'start' && after.term > 0,
  },
  {
    name: 'an empty disk',
    isDue: ({ wipes }) => some(wipes),
    isReached: ({ input, after }) =>
      input?.type === 'start' && !after.self.directoryId.endsWith('-0'),
  },
  {
    name: 'a read is answered',
    isDue: ({ reads }) => some(reads),
    isReached: ({ effects }) => effects.some(({ type }) => type === 'readReady'),
  },
  {
    name: 'a leadership is handed over',
    isDue: ({ transfers }) => some(transfers),
    isReached: ({ input, after }) =>
      input?.type === 'message' &&
      input.message.type === 'timeoutNow' &&
      after.role === 'candidate',
  },
  {
    name: 'a snapshot is taken',
    isDue: ({ snapshots }) => some(snapshots),
    isReached: ({ input, after }) => input?.type === 'snapshotTaken' && after.snapshot.index > 0,
  },
  {
    name: 'a snapshot is installed',
    isDue: ({ snapshots, voters }) => some(snapshots) && voters > 2,
    isReached: ({ effects }) => effects.some(({ type }) => type === 'restore'),
  },
  {
    name: 'a change of the voters is committed',
    isDue: ({ changes }) => some(changes),
    isReached: ({ effects }) =>
      effects.some(
        (effect) =>
          effect.type === 'committed' &&
          effect.entries.some(({ configuration }) => configuration !== undefined),
      ),
  },
];

/** Those that the scope's budgets allow. */
export function dueIn(scope: RaftScope): Witness[] {
  return WITNESSES.filter(({ isDue }) => isDue(scope));
}

/** Which of `witnesses` the steps are, a bit each. */
export function reachedBy(
  witnesses: readonly Witness[],
  transitions: readonly RaftTransition[],
): number {
  let bits = 0;
  for (const [place, { isReached }] of witnesses.entries()) {
    bits |= transitions.some(isReached) ? 1 << place : 0;
  }
  return bits;
}
