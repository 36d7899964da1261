/** The group coordinator of one `__consumer_offsets` partition as a state machine. */

import { initialDecider } from '../decider/decider.js';
import { emptyOffsetsPartition } from './offsets-partition.js';
import type { GroupRules } from './rules.js';
import type { GroupsEffect, GroupsInput, GroupsState } from './types.js';

/** A replica of the partition that has seen nothing of its log. */
export function initialGroups(): GroupsState {
  return {
    decider: initialDecider(emptyOffsetsPartition()),
    leadership: null,
    groups: new Map(),
    timers: new Set(),
  };
}

/** One transition: mutates `state`, appends to `effects`. */
export function stepGroups(
  _state: GroupsState,
  _input: GroupsInput,
  _effects: GroupsEffect[],
  _rules: GroupRules,
): void {}
