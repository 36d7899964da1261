/**
 * The pattern that controller, group coordinator and transaction coordinator share: commands are
 * decided into records by pure functions, the records go into a replicated log, and the state is the
 * fold of that log, always.
 */

import { assert, unreachable } from '../types/assert.js';

/** What a decision appends, and what its caller hears once that (and all it saw) is committed. */
export interface Decision<Rec, Response> {
  readonly records: readonly Rec[];
  readonly response: Response;
}

/** The pure functions of one decider. `Rules` are its slots. */
export interface DeciderFunctions<State, Command, Rec, Response, Rules> {
  /** A copy that shares nothing mutable with `state`. */
  clone(state: State): State;
  /**
   * Reads `state` (everything appended so far) and changes nothing. `base` is the offset that the
   * first of the returned records will have; the n-th has `base + n`.
   */
  decide(state: State, command: Command, base: number, rules: Rules): Decision<Rec, Response>;
  /** Folds one record into `state`, in place. `offset` is the record's own. */
  evolve(state: State, record: Rec, offset: number): void;
}

/**
 * A decider at work. `committed` is the fold of the committed log, on every node. While this node
 * leads, `active.pending` is that plus everything it appended in this term.
 */
export interface DeciderState<State, Response> {
  committed: State;
  /** Offset of the newest record in `committed`; -1 before the first. */
  committedOffset: number;
  active: ActiveDecider<State, Response> | null;
}

export interface ActiveDecider<State, Response> {
  /** Term or leader epoch in which this decider may append. */
  readonly term: number;
  pending: State;
  /** Offset of the newest record in `pending`. */
  pendingOffset: number;
  /** In order of `offset`. */
  waiters: Waiter<Response>[];
}

interface Waiter<Response> {
  readonly token: number;
  /** Answered once the log is committed up to here. */
  readonly offset: number;
  readonly response: Response;
}

export type DeciderInput<State, Command, Rec> =
  /** This node leads in `term`, and everything before its term is in `committed`. */
  | { readonly type: 'activate'; readonly term: number }
  /** Leadership is gone: `pending` is dropped, the outcome of every waiter is unknown. */
  | { readonly type: 'deactivate' }
  /** `base`: the offset that the log will give to the next record appended in this term. */
  | {
      readonly type: 'command';
      readonly token: number;
      readonly command: Command;
      readonly base: number;
    }
  /** The records at `base`, `base + 1`, ... are committed. Empty: only `upTo` is news. */
  | {
      readonly type: 'committed';
      readonly base: number;
      readonly records: readonly Rec[];
      readonly upTo: number;
    }
  /** The committed state is replaced (snapshot, or the log was loaded anew). Never while active. */
  | { readonly type: 'restored'; readonly state: State; readonly upTo: number };

export type DeciderEffect<Rec, Response> =
  /**
   * Append these in `term` only. The host appends in the same turn and finds `base` again, or feeds
   * `deactivate` because another term has begun.
   */
  | {
      readonly type: 'append';
      readonly term: number;
      readonly base: number;
      readonly records: readonly Rec[];
    }
  | { readonly type: 'respond'; readonly token: number; readonly response: Response }
  /** Not the leader (any more): NOT_CONTROLLER or NOT_COORDINATOR. */
  | { readonly type: 'refuse'; readonly token: number };

/** A decider that has seen nothing but `initial`. */
export function initialDecider<State, Response>(initial: State): DeciderState<State, Response> {
  return { committed: initial, committedOffset: -1, active: null };
}

/** One transition: mutates `state`, appends to `effects`. */
export function stepDecider<State, Command, Rec, Response, Rules>(
  functions: DeciderFunctions<State, Command, Rec, Response, Rules>,
  state: DeciderState<State, Response>,
  input: DeciderInput<State, Command, Rec>,
  effects: DeciderEffect<Rec, Response>[],
  rules: Rules,
): void {
  switch (input.type) {
    case 'activate':
      dropWaiters(state, effects);
      state.active = {
        term: input.term,
        pending: functions.clone(state.committed),
        pendingOffset: state.committedOffset,
        waiters: [],
      };
      return;
    case 'deactivate':
      dropWaiters(state, effects);
      state.active = null;
      return;
    case 'command':
      decideCommand(functions, state, input, effects, rules);
      return;
    case 'committed':
      assert(
        input.records.length === 0 || input.base > state.committedOffset,
        'records were committed twice',
      );
      for (let i = 0; i < input.records.length; i++) {
        functions.evolve(state.committed, input.records[i]!, input.base + i);
      }
      assert(input.upTo >= state.committedOffset, 'commitment went back');
      state.committedOffset = input.upTo;
      answerWaiters(state, effects);
      return;
    case 'restored':
      assert(state.active === null, 'an active decider was restored');
      state.committed = input.state;
      state.committedOffset = input.upTo;
      return;
    default:
      unreachable(input);
  }
}

function decideCommand<State, Command, Rec, Response, Rules>(
  functions: DeciderFunctions<State, Command, Rec, Response, Rules>,
  state: DeciderState<State, Response>,
  input: { readonly token: number; readonly command: Command; readonly base: number },
  effects: DeciderEffect<Rec, Response>[],
  rules: Rules,
): void {
  const active = state.active;
  if (active === null) {
    effects.push({ type: 'refuse', token: input.token });
    return;
  }
  assert(input.base > active.pendingOffset, 'the log would overwrite what is pending');
  const { records, response } = functions.decide(active.pending, input.command, input.base, rules);
  if (records.length > 0) {
    effects.push({ type: 'append', term: active.term, base: input.base, records });
    for (let i = 0; i < records.length; i++) {
      functions.evolve(active.pending, records[i]!, input.base + i);
    }
    active.pendingOffset = input.base + records.length - 1;
  }
  // Also a response without records waits: it may speak of records that can still be lost.
  active.waiters.push({ token: input.token, offset: active.pendingOffset, response });
  answerWaiters(state, effects);
}

function answerWaiters<State, Rec, Response>(
  state: DeciderState<State, Response>,
  effects: DeciderEffect<Rec, Response>[],
): void {
  const active = state.active;
  if (active === null) {
    return;
  }
  let answered = 0;
  for (const waiter of active.waiters) {
    if (waiter.offset > state.committedOffset) {
      break;
    }
    effects.push({ type: 'respond', token: waiter.token, response: waiter.response });
    answered++;
  }
  active.waiters.splice(0, answered);
}

function dropWaiters<State, Rec, Response>(
  state: DeciderState<State, Response>,
  effects: DeciderEffect<Rec, Response>[],
): void {
  for (const waiter of state.active?.waiters ?? []) {
    effects.push({ type: 'refuse', token: waiter.token });
  }
}
