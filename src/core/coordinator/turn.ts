/** One step at work: what all handlers share, i.e. answers, appends and timers. */

import type { DeciderEffect } from '../decider/decider.js';
import { stepDecider } from '../decider/decider.js';
import { assert, fail, present } from '../types/assert.js';
import type { LeaderEpoch, Timestamp } from '../types/ids.js';
import { offsetsDecider } from './offsets-partition.js';
import type { GroupRules } from './rules.js';
import type {
  Continuation,
  GroupsEffect,
  GroupsResponse,
  GroupsState,
  GroupsTimer,
  OffsetsRecord,
} from './types.js';

/** The step being made. */
export interface Turn {
  readonly state: GroupsState;
  readonly effects: GroupsEffect[];
  readonly rules: GroupRules;
  /** Where the log goes on; null where the input does not allow to append. */
  readonly base: number | null;
  readonly now: Timestamp;
  /**
   * What this step appends. It goes out behind all other effects: where a single replica makes an
   * append committed at once, the host then has carried out the rest before it feeds `committed`.
   */
  readonly appends: Extract<GroupsEffect, { type: 'append' }>[];
  /** Assignments whose commitment this step brought; handed out at its end. */
  readonly stored: { readonly group: string; readonly generation: number }[];
}

/** Token of a decision that nobody waits for. */
export const NO_TOKEN = -1;

/** Answers `token` once everything that is pending now is committed. */
export function answer(turn: Turn, token: number, response: GroupsResponse): void {
  write(turn, token, [], { type: 'respond', response });
}

/** Appends `records` and does what `continuation` says once they, and all before, are committed. */
export function write(
  turn: Turn,
  token: number,
  records: readonly OffsetsRecord[],
  continuation: Continuation,
): void {
  const { decider } = turn.state;
  const active = present(decider.active, 'a coordinator that is not active decides');
  assert(records.length === 0 || turn.base !== null, 'this input has no place in the log');
  const base = Math.max(turn.base ?? 0, active.pendingOffset + 1);
  const newestSeen = records.length > 0 ? base + records.length - 1 : active.pendingOffset;
  const early = turn.rules.answerableAt(newestSeen) <= decider.committedOffset;
  const out: DeciderEffect<OffsetsRecord, Continuation>[] = [];
  stepDecider(
    offsetsDecider,
    decider,
    {
      type: 'command',
      token,
      command: { records, continuation: early ? { type: 'none' } : continuation },
      base,
    },
    out,
    null,
  );
  carryOut(turn, out);
  if (early) {
    proceed(turn, token, continuation);
  } else if (continuation.type === 'respond' && waits(turn, token)) {
    arm(turn, 'commit', String(token), turn.rules.settings.offsetsCommitTimeoutMs);
  }
}

/** Turns what the decider wants into effects of the coordinator. */
export function carryOut(
  turn: Turn,
  decided: readonly DeciderEffect<OffsetsRecord, Continuation>[],
): void {
  for (const effect of decided) {
    switch (effect.type) {
      case 'append':
        turn.appends.push({
          type: 'append',
          epoch: effect.term as LeaderEpoch,
          base: effect.base,
          records: effect.records,
        });
        break;
      case 'respond':
        proceed(turn, effect.token, effect.response);
        break;
      case 'refuse':
        // Answered already, in the form of its request: see `deactivate`.
        break;
    }
  }
}

/** Does what waited for the commitment. */
function proceed(turn: Turn, token: number, continuation: Continuation): void {
  switch (continuation.type) {
    case 'respond':
      disarm(turn, 'commit', String(token));
      turn.effects.push({ type: 'respond', token, response: continuation.response });
      return;
    case 'assignmentStored':
      turn.stored.push({ group: continuation.group, generation: continuation.generation });
      return;
    case 'none':
      return;
  }
}

/** Whether the decision just made is not answered yet: it is the newest of those that wait. */
function waits(turn: Turn, token: number): boolean {
  return turn.state.decider.active?.waiters.at(-1)?.token === token;
}

/** An armed timer as `GroupsState.timers` holds it. */
export function armedTimer(name: GroupsTimer, key: string): string {
  return `${name} ${key}`;
}

/** Key of a member's timers. The length keeps the two names apart, whatever they contain. */
export function memberKey(groupId: string, memberId: string): string {
  return `${groupId.length}:${groupId}${memberId}`;
}

/** Group and member of a {@link memberKey}. */
export function parseMemberKey(key: string): {
  readonly groupId: string;
  readonly memberId: string;
} {
  const colon = key.indexOf(':');
  const end = colon + 1 + Number(key.slice(0, colon));
  if (!(colon > 0 && end <= key.length)) {
    fail(`no key of a member: ${key}`);
  }
  return { groupId: key.slice(colon + 1, end), memberId: key.slice(end) };
}

/** Arms a timer, in place of one that is armed under the same name and key. */
export function arm(turn: Turn, name: GroupsTimer, key: string, afterMs: number): void {
  turn.state.timers.add(armedTimer(name, key));
  turn.effects.push({ type: 'armTimer', name, key, afterMs });
}

/** Disarms a timer if it is armed. */
export function disarm(turn: Turn, name: GroupsTimer, key: string): void {
  if (turn.state.timers.delete(armedTimer(name, key))) {
    turn.effects.push({ type: 'cancelTimer', name, key });
  }
}
