/**
 * Safety of the group coordinator as predicates over one step of one replica of the offsets
 * partition. Nothing here calls a rule of the core, or it would share the rule's mistakes.
 */

import type { GroupsEffect, GroupsInput, GroupsState } from '../../coordinator/types.js';
import type { GroupsGhost } from './ghost.js';

export interface GroupsStep {
  /** Which replica made the step. */
  readonly node: string;
  readonly before: GroupsState;
  readonly input: GroupsInput;
  readonly effects: readonly GroupsEffect[];
  readonly after: GroupsState;
}

export interface GroupsProperty {
  readonly name: string;
  /** Which KIP or ticket says so. */
  readonly source: string;
  /** What is wrong with the step, in one sentence; null if it holds. */
  readonly violation: (step: GroupsStep, ghost: GroupsGhost) => string | null;
}

/** The first violation that `judge` finds among the answers of the step. */
export function firstAnswer(
  step: GroupsStep,
  judge: (answer: Extract<GroupsEffect, { type: 'respond' }>) => string | null,
): string | null {
  for (const effect of step.effects) {
    const wrong = effect.type === 'respond' ? judge(effect) : null;
    if (wrong !== null) {
      return wrong;
    }
  }
  return null;
}
