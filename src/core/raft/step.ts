/**
 * What the handlers of one step share: the state, the effects so far, and the changes to durable
 * state that are not handed to `persist` yet. Every way out of the machine goes through here, so
 * that no message overtakes the write it depends on (figure 3.1: "updated on stable storage before
 * responding").
 */

import { assert, fail } from '../types/assert.js';
import type { BrokerId, LogIndex, Term } from '../types/ids.js';
import { least } from '../types/ids.js';
import { configurationAt, entriesBetween, lastIndex, positionOf } from './log.js';
import type { RaftRules } from './rules.js';
import type {
  Entry,
  Message,
  RaftEffect,
  RaftState,
  Snapshot,
  TimerAfter,
  TimerName,
  Voter,
} from './types.js';

export interface Step {
  readonly state: RaftState;
  readonly effects: RaftEffect[];
  readonly rules: RaftRules;
  readonly draft: {
    hardState: boolean;
    truncateFrom: LogIndex | null;
    entries: Entry[];
    snapshot: Snapshot | null;
  };
}

export function openStep(state: RaftState, effects: RaftEffect[], rules: RaftRules): Step {
  const draft = { hardState: false, truncateFrom: null, entries: [], snapshot: null };
  return { state, effects, rules, draft };
}

/** Terms never fall; the vote belongs to the term. */
export function storeTerm(step: Step, term: Term, votedFor: Voter | null): void {
  const { state, draft } = step;
  if (!(term >= state.term)) {
    fail(`term ${state.term} falls to ${term}`);
  }
  state.term = term;
  state.votedFor = votedFor;
  draft.hardState = true;
}

/** Appends `entries` behind the log's end. */
export function appendToLog(step: Step, entries: readonly Entry[]): void {
  const { state, draft } = step;
  assert(draft.snapshot === null, 'entries and a snapshot in one write');
  for (const entry of entries) {
    if (!(entry.index > lastIndex(state))) {
      fail(`entry ${entry.index} is not behind the end`);
    }
    if (!(entry.term <= state.term)) {
      fail(`entry of term ${entry.term} in term ${state.term}`);
    }
    state.entries.push(entry);
    draft.entries.push(entry);
    if (entry.configuration !== undefined) {
      state.configuration = entry.configuration;
      state.configurationIndex = entry.index;
    }
  }
}

/** Drops every entry from the one whose base is `from` on. */
export function truncateLog(step: Step, from: LogIndex): void {
  const { state, draft } = step;
  assert(draft.truncateFrom === null && draft.entries.length === 0, 'two cuts in one write');
  assert(from > state.snapshot.index, 'the snapshot cannot be cut');
  state.entries.splice(positionOf(state.entries, from));
  const last = lastIndex(state);
  if (state.configurationIndex > last) {
    useNewestConfiguration(step);
  }
  state.durableIndex = least(state.durableIndex, last);
  for (const write of state.unpersisted) {
    write.lastIndex = least(write.lastIndex, last);
  }
  draft.truncateFrom = from;
}

/** Puts `snapshot` in the place of the log up to its index. */
export function storeSnapshot(step: Step, snapshot: Snapshot): void {
  const { state, draft } = step;
  assert(snapshot.index > state.snapshot.index, 'a snapshot that is not newer');
  assert(draft.entries.length === 0, 'entries and a snapshot in one write');
  state.entries = entriesBetween(state, snapshot.index, lastIndex(state));
  state.snapshot = snapshot;
  useNewestConfiguration(step);
  draft.snapshot = snapshot;
}

/** 4.1: a server that drops a configuration goes back to the one before it in its log. */
function useNewestConfiguration({ state }: Step): void {
  const { configuration, at } = configurationAt(state, lastIndex(state));
  state.configuration = configuration;
  state.configurationIndex = at;
}

/** Hands everything durable that changed so far to `persist`, as one write. */
export function flush(step: Step): void {
  const { state, effects, draft } = step;
  const { hardState, truncateFrom, entries, snapshot } = draft;
  if (!hardState && truncateFrom === null && entries.length === 0 && snapshot === null) {
    return;
  }
  state.persistSequence++;
  state.unpersisted.push({ sequence: state.persistSequence, lastIndex: lastIndex(state) });
  effects.push({
    type: 'persist',
    sequence: state.persistSequence,
    hardState: hardState ? { term: state.term, votedFor: state.votedFor } : null,
    truncateFrom,
    entries,
    snapshot,
  });
  draft.hardState = false;
  draft.truncateFrom = null;
  draft.entries = [];
  draft.snapshot = null;
}

/**
 * Sends at once. For messages that say nothing about this node's own disk: pre-votes, and what a
 * leader sends, whose term was durable before it asked for votes (10.2.1: a leader writes its log
 * while it replicates).
 */
export function sendNow(step: Step, to: BrokerId, message: Message): void {
  flush(step);
  step.effects.push({ type: 'send', to, message });
}

/** Sends once everything handed to `persist` so far is durable; votes and acknowledgements. */
export function sendDurable(step: Step, to: BrokerId, message: Message): void {
  flush(step);
  const { state } = step;
  if (state.persistedThrough >= state.persistSequence) {
    step.effects.push({ type: 'send', to, message });
  } else {
    state.waiting.push({ after: state.persistSequence, to, message });
  }
}

/** Commits up to `index` and hands out what that adds. */
export function commitTo(step: Step, index: LogIndex): void {
  const { state } = step;
  if (index <= state.commitIndex) {
    return;
  }
  if (!(index <= lastIndex(state))) {
    fail(`commit ${index} lies beyond the log's end`);
  }
  flush(step);
  const entries = entriesBetween(state, state.commitIndex, index);
  state.commitIndex = index;
  if (entries.length > 0) {
    step.effects.push({ type: 'committed', entries });
  }
}

export function armTimer(step: Step, name: TimerName, after: TimerAfter): void {
  step.effects.push({ type: 'armTimer', name, key: 0, after });
}

export function cancelTimer(step: Step, name: TimerName): void {
  step.effects.push({ type: 'cancelTimer', name, key: 0 });
}
