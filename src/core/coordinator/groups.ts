/**
 * The group coordinator of one `__consumer_offsets` partition as a state machine.
 *
 * It decides on soft state (who has joined, what is parked), appends what must survive, and answers
 * once that is committed. When leadership goes, all soft state goes with it: every waiter hears
 * NOT_COORDINATOR, and the next coordinator starts from the log alone.
 */

import type { DeciderEffect, DeciderInput } from '../decider/decider.js';
import { initialDecider, stepDecider } from '../decider/decider.js';
import { assert, fail, present, unreachable } from '../types/assert.js';
import { NO_TIMESTAMP } from '../types/ids.js';
import { deleteGroup, describeGroup, offsetDelete } from './admin.js';
import { GroupError } from './errors.js';
import { awaitExpiry, expiryDue } from './expiry.js';
import { loadedGroup, sortedMembers } from './group.js';
import { joinGroup } from './join.js';
import { heartbeat, leaveGroup, pendingMemberExpired, sessionExpired } from './membership.js';
import { offsetCommit, offsetFetch } from './offsets.js';
import type { GroupWrite } from './offsets-partition.js';
import { emptyOffsetsPartition, offsetsDecider } from './offsets-partition.js';
import { completeJoin, initialDelayFired, keepAlive } from './rebalance.js';
import { joinError, refusal, syncError, unknownOutcome } from './responses.js';
import type { GroupRules } from './rules.js';
import { assignmentStored, storeTimedOut, syncGroup, syncTimedOut } from './sync.js';
import type { Turn } from './turn.js';
import { armedTimer, carryOut, parseMemberKey } from './turn.js';
import type {
  Continuation,
  ErrorCode,
  Group,
  GroupsEffect,
  GroupsInput,
  GroupsRequest,
  GroupsState,
  GroupsTimer,
  OffsetsPartition,
  OffsetsRecord,
} from './types.js';

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
  state: GroupsState,
  input: GroupsInput,
  effects: GroupsEffect[],
  rules: GroupRules,
): void {
  const base = 'now' in input ? input.base : null;
  const now = 'now' in input ? input.now : NO_TIMESTAMP;
  const turn: Turn = { state, effects, rules, base, now, appends: [], stored: [] };
  switch (input.type) {
    case 'activate':
      deactivate(turn);
      state.leadership = { epoch: input.epoch, loadUpTo: input.loadUpTo };
      loadIfComplete(turn);
      break;
    case 'deactivate':
      deactivate(turn);
      break;
    case 'committed':
      feedDecider(turn, input);
      loadIfComplete(turn);
      break;
    case 'restored':
      feedDecider(turn, input);
      loadIfComplete(turn);
      break;
    case 'timerFired':
      timerFired(turn, input.name, input.key);
      break;
    default:
      request(turn, input);
  }
  // An assignment may be stored as soon as it is appended; the handler that did so must be through.
  for (const { group, generation } of turn.stored) {
    assignmentStored(turn, group, generation);
  }
  effects.push(...turn.appends);
}

function feedDecider(
  turn: Turn,
  input: DeciderInput<OffsetsPartition, GroupWrite, OffsetsRecord>,
): void {
  const out: DeciderEffect<OffsetsRecord, Continuation>[] = [];
  stepDecider(offsetsDecider, turn.state.decider, input, out, null);
  carryOut(turn, out);
}

/** Takes up work once all that was in the log before this leadership is committed and folded. */
function loadIfComplete(turn: Turn): void {
  const { leadership, decider } = turn.state;
  if (leadership === null || decider.active !== null) {
    return;
  }
  if (!turn.rules.isLoaded(decider.committedOffset, leadership.loadUpTo)) {
    return;
  }
  assert(turn.state.groups.size === 0, 'soft state has outlived its coordinator');
  feedDecider(turn, { type: 'activate', term: leadership.epoch });
  for (const groupId of [...decider.committed.groups.keys()].sort()) {
    const value = present(decider.committed.groups.get(groupId), 'a group vanished while loading');
    const group = loadedGroup(groupId, value, turn.rules);
    turn.state.groups.set(groupId, group);
    for (const member of sortedMembers(group)) {
      keepAlive(turn, group, member);
    }
  }
  awaitExpiry(turn);
}

/** Drops all soft state; whoever waits hears that this is not the coordinator any more. */
function deactivate(turn: Turn): void {
  const { state, effects } = turn;
  const refused = GroupError.NOT_COORDINATOR;
  for (const groupId of [...state.groups.keys()].sort()) {
    const group = present(state.groups.get(groupId), 'a group vanished');
    for (const { memberId, join, sync } of sortedMembers(group)) {
      if (join !== null) {
        const response = joinError(join.apiVersion, memberId, refused);
        effects.push({ type: 'respond', token: join.token, response });
      }
      if (sync !== null) {
        effects.push({ type: 'respond', token: sync.token, response: syncError(refused) });
      }
    }
  }
  for (const { token, response } of state.decider.active?.waiters ?? []) {
    if (response.type === 'respond') {
      const told = unknownOutcome(response.response, refused);
      effects.push({ type: 'respond', token, response: told });
    }
  }
  for (const armed of [...state.timers].sort()) {
    const space = armed.indexOf(' ');
    const name = armed.slice(0, space) as GroupsTimer;
    effects.push({ type: 'cancelTimer', name, key: armed.slice(space + 1) });
  }
  state.timers.clear();
  state.groups.clear();
  state.leadership = null;
  feedDecider(turn, { type: 'deactivate' });
}

function request(turn: Turn, input: GroupsRequest): void {
  const { leadership, decider } = turn.state;
  if (decider.active === null) {
    const errorCode: ErrorCode =
      leadership === null ? GroupError.NOT_COORDINATOR : GroupError.COORDINATOR_LOAD_IN_PROGRESS;
    const response = refusal(input, errorCode);
    turn.effects.push({ type: 'respond', token: input.token, response });
    return;
  }
  switch (input.type) {
    case 'joinGroup':
      joinGroup(turn, input);
      break;
    case 'syncGroup':
      syncGroup(turn, input);
      break;
    case 'heartbeat':
      heartbeat(turn, input);
      break;
    case 'leaveGroup':
      leaveGroup(turn, input);
      break;
    case 'offsetCommit':
      offsetCommit(turn, input);
      break;
    case 'offsetFetch':
      offsetFetch(turn, input);
      break;
    case 'describeGroup':
      describeGroup(turn, input);
      break;
    case 'deleteGroup':
      deleteGroup(turn, input);
      break;
    case 'offsetDelete':
      offsetDelete(turn, input);
      break;
    default:
      unreachable(input);
  }
  dropIfBlank(turn, input.request.groupId);
}

/** A group that never had a generation is no group: strangers must not fill the memory with names. */
function dropIfBlank(turn: Turn, groupId: string): void {
  const group = turn.state.groups.get(groupId);
  if (group?.state === 'Empty' && group.generation === 0 && group.pendingMembers.size === 0) {
    assert(group.members.size === 0, 'an empty group has members');
    turn.state.groups.delete(groupId);
  }
}

function timerFired(turn: Turn, name: GroupsTimer, key: string): void {
  if (!turn.state.timers.delete(armedTimer(name, key))) {
    fail(`timer ${name} fired unarmed`);
  }
  switch (name) {
    case 'commit':
      commitTimedOut(turn, Number(key));
      return;
    case 'expiry':
      expiryDue(turn);
      return;
    case 'session':
    case 'pendingMember': {
      const { groupId, memberId } = parseMemberKey(key);
      const group = groupOf(turn, groupId);
      if (name === 'session') {
        sessionExpired(turn, group, memberId);
      } else {
        pendingMemberExpired(turn, group, memberId);
        dropIfBlank(turn, groupId);
      }
      return;
    }
    case 'initialDelay':
      initialDelayFired(turn, groupOf(turn, key));
      return;
    case 'rebalance':
      completeJoin(turn, groupOf(turn, key));
      return;
    case 'sync':
      syncTimedOut(turn, groupOf(turn, key));
      return;
    case 'store':
      storeTimedOut(turn, groupOf(turn, key));
      return;
    default:
      unreachable(name);
  }
}

function groupOf(turn: Turn, groupId: string): Group {
  return present(turn.state.groups.get(groupId), 'a timer outlived its group');
}

/**
 * offsets.commit.timeout.ms: the log does not move (too few in-sync replicas, say). The records stay
 * appended and may yet be committed, so the client hears a retriable error of unknown outcome.
 */
function commitTimedOut(turn: Turn, token: number): void {
  const active = present(turn.state.decider.active, 'a timer outlived the coordinator');
  const at = active.waiters.findIndex((waiter) => waiter.token === token);
  const waiter = present(active.waiters[at], 'a commit timer outlived its waiter');
  assert(waiter.response.type === 'respond', 'a commit timer belongs to no answer');
  const response = unknownOutcome(waiter.response.response, GroupError.COORDINATOR_NOT_AVAILABLE);
  active.waiters.splice(at, 1);
  turn.effects.push({ type: 'respond', token, response });
}
