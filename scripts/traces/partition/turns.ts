/**
 * The steps of one input: the machine hears in steps of their own that an append is in the page cache or that a cut is
 * done; in the specification these are within the step.
 */

import type { ExactReplicaStep } from '../../../src/trace/exact-partition.js';
import type { TracedReplica } from './traced-replica.js';
import { isSettled, steppedReplica } from './traced-replica.js';

export interface Turn {
  readonly before: TracedReplica;
  readonly after: TracedReplica;
  /** Something else came between an append or a cut and its end. */
  readonly isSlow: boolean;
  readonly steps: readonly ExactReplicaStep[];
}

export function begunTurn(before: TracedReplica, step: ExactReplicaStep): Turn {
  return { before, after: steppedReplica(before, step), isSlow: false, steps: [step] };
}

export function continuedTurn(
  { before, after, isSlow, steps }: Turn,
  step: ExactReplicaStep,
): Turn {
  const { type } = step.input;
  return {
    before,
    after: steppedReplica(after, step),
    isSlow: isSlow || (type !== 'appended' && type !== 'truncated'),
    steps: [...steps, step],
  };
}

export const isOver = ({ after }: Turn): boolean => isSettled(after.state);

/** Answers to produces, in all of its steps. */
export function toldIn({ steps }: Turn): ExactReplicaStep['told'] {
  return steps.flatMap(({ told }) => told);
}

export function proposedIn({ steps }: Turn): ExactReplicaStep['proposed'] {
  return steps.flatMap(({ proposed }) => proposed);
}

/**
 * In the specification who waits no more is answered: with success where the leadership goes on, with an error where it
 * ends. Words if the code answers otherwise.
 */
export function falselyTold(turn: Turn): string | null {
  const waitingIn = ({ state }: TracedReplica): number[] =>
    (state.leaderState?.waiting ?? []).map(([token]) => token);
  const left = new Set(waitingIn(turn.after));
  const asked = new Set(waitingIn(turn.before));
  const { input } = turn.steps[0]!;
  const newest = input.type === 'produce' ? input.token : null;
  if (newest !== null) {
    asked.add(newest);
  }
  const leads = turn.after.state.leaderState !== null;
  for (const [token, error] of toldIn(turn)) {
    const isRight = token === newest || (leads ? error === 0 : error !== 0);
    if (!asked.delete(token) || left.has(token) || !isRight) {
      return `produce ${token} is answered with ${error}`;
    }
  }
  const silent = [...asked].find((token) => !left.has(token));
  return silent === undefined ? null : `produce ${silent} is forgotten`;
}
