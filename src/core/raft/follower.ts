/** The follower's side of replication (figure 3.1, AppendEntries), for learners too. */

import { fail } from '../types/assert.js';
import type { BrokerId, LogIndex, Term } from '../types/ids.js';
import { greatest } from '../types/ids.js';
import { lastIndex, positionOf, ZERO_INDEX, ZERO_TERM } from './log.js';
import { followConfiguration, followLeader } from './roles.js';
import type { Step } from './step.js';
import { appendToLog, commitTo, sendDurable, truncateLog } from './step.js';
import type { AppendEntries, RaftState } from './types.js';

/** Takes entries from the leader of the current term; the answer waits for the disk. */
export function handleAppendEntries(step: Step, from: BrokerId, message: AppendEntries): void {
  const { state, rules } = step;
  if (message.term < state.term) {
    // The answer's newer term is what matters: it makes a deposed leader step down.
    refuse(step, from, message, ZERO_INDEX, ZERO_TERM);
    return;
  }
  followLeader(step, message.term, from);
  if (!rules.matchesPrevious(state, message.prevIndex, message.prevTerm)) {
    const { hintIndex, conflictTerm } = conflictAt(state, message.prevIndex);
    refuse(step, from, message, hintIndex, conflictTerm);
    return;
  }
  const matchIndex = takeEntries(step, message);
  const { commitIndex } = state;
  const leaderCommit = message.commitIndex;
  const end = lastIndex(state);
  commitTo(
    step,
    rules.followerCommitIndex({
      commitIndex,
      leaderCommit,
      lastMatched: matchIndex,
      lastIndex: end,
    }),
  );
  followConfiguration(step);
  sendDurable(step, from, {
    type: 'appendEntriesReply',
    term: state.term,
    success: true,
    matchIndex,
    conflictTerm: ZERO_TERM,
    round: message.round,
  });
}

/** Puts the message's entries into the log; returns the last index it vouches for. */
function takeEntries(step: Step, message: AppendEntries): LogIndex {
  const { state, rules } = step;
  // What the snapshot covers is committed, and any leader has it: nothing there to compare.
  const prevIndex = greatest(message.prevIndex, state.snapshot.index);
  const entries = message.entries.filter((entry) => entry.index > prevIndex);
  const cut = rules.truncationPoint(state, prevIndex, entries);
  if (cut !== null) {
    if (!rules.keepsCommitted(cut, state.commitIndex)) {
      fail(`committed entries cut from ${cut} on`);
    }
    truncateLog(step, cut);
  }
  const end = lastIndex(state);
  appendToLog(
    step,
    entries.filter((entry) => entry.index > end),
  );
  return entries.at(-1)?.index ?? prevIndex;
}

function refuse(
  step: Step,
  to: BrokerId,
  message: AppendEntries,
  matchIndex: LogIndex,
  conflictTerm: Term,
): void {
  const { term } = step.state;
  sendDurable(step, to, {
    type: 'appendEntriesReply',
    term,
    success: false,
    matchIndex,
    conflictTerm,
    round: step.rules.roundAnswered(message.round, message.term, term),
  });
}

/**
 * 3.5, fast back-up: the term of the entry in the way, and the index before that term begins here.
 * Committed entries match any leader, so it never points behind them.
 */
function conflictAt(
  state: RaftState,
  prevIndex: LogIndex,
): { hintIndex: LogIndex; conflictTerm: Term } {
  const { entries, snapshot, commitIndex } = state;
  let position = positionOf(entries, prevIndex);
  const conflicting = entries[position];
  if (conflicting === undefined) {
    return { hintIndex: lastIndex(state), conflictTerm: ZERO_TERM };
  }
  while (position > 0 && entries[position - 1]!.term === conflicting.term) {
    position--;
  }
  const before = entries[position - 1]?.index ?? snapshot.index;
  return { hintIndex: greatest(before, commitIndex), conflictTerm: conflicting.term };
}
