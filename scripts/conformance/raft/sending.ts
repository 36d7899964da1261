/**
 * What a leader sends: in the specification steps of their own (`replicateTo`, `sendChunk`), which may carry any
 * entries behind any index that is not known to match. The code sends within the step that gives the occasion.
 */

import { entriesBetween, lastIndex, termAt } from '../../../src/core/raft/log.js';
import type { AppendEntries, InstallSnapshot, RaftState } from '../../../src/core/raft/types.js';
import type { BrokerId, LogIndex } from '../../../src/core/types/ids.js';
import type { Packet } from '../../../src/explorer/raft/message-codec.js';
import { entryText } from './abstraction.js';

/** The AppendEntries that `replicateTo(id, dst, prevIndex, count)` sends. */
export function appendEntriesFrom(
  raft: RaftState,
  prevIndex: LogIndex,
  count: number,
): AppendEntries {
  return {
    type: 'appendEntries',
    term: raft.term,
    prevIndex,
    prevTerm: termAt(raft, prevIndex)!,
    entries: entriesBetween(raft, prevIndex, (prevIndex + count) as LogIndex),
    commitIndex: raft.commitIndex,
    round: raft.readRound,
  };
}

/** The snapshot that `sendChunk` sends, in one piece. */
export function snapshotFrom({ term, snapshot }: RaftState): InstallSnapshot {
  const { index, term: snapshotTerm, configuration, data } = snapshot;
  return {
    type: 'installSnapshot',
    term,
    index,
    snapshotTerm,
    configuration,
    offset: 0,
    data,
    done: true,
  };
}

/** The first index behind which the leader may send something to `dst`. */
export function firstPrevIndex(raft: RaftState, dst: BrokerId): number {
  return Math.max(raft.snapshot.index, raft.progress.get(dst)?.matchIndex ?? 0);
}

/**
 * Words for why the specification's leader could not have sent `packet` somewhere between `before` and `after`,
 * the ends of one step; null: it could. A leader's log, commit index, round and matches only grow in a step.
 */
export function notAllowed(
  before: RaftState,
  after: RaftState,
  { to, message }: Packet,
): string | null {
  const led = before.role === 'leader' ? before : after;
  if (led.role !== 'leader' || led.term !== message.term || to === led.self.id) {
    return 'it does not lead the term of the message';
  }
  if (message.type === 'installSnapshot') {
    const { index, snapshotTerm, data } = message;
    const { snapshot } = after;
    const isOwn = index === snapshot.index && snapshotTerm === snapshot.term;
    const needed = index > (before.progress.get(to)?.matchIndex ?? 0);
    return isOwn && needed && sameBytes(data, snapshot.data)
      ? null
      : 'the snapshot is not its own, or not needed';
  }
  if (message.type !== 'appendEntries') {
    return null;
  }
  const { prevIndex, prevTerm, entries, commitIndex, round } = message;
  if (prevIndex < firstPrevIndex(led, to) || prevIndex > lastIndex(after)) {
    return 'it begins where it is known to match, or behind the log';
  }
  const own = entriesBetween(after, prevIndex, (prevIndex + entries.length) as LogIndex);
  if (
    prevTerm !== termAt(after, prevIndex) ||
    own.map(entryText).join() !== entries.map(entryText).join()
  ) {
    return 'its entries are not those of the log';
  }
  const commitFits = commitIndex >= before.commitIndex && commitIndex <= after.commitIndex;
  const roundFits = round >= before.readRound && round <= after.readRound;
  return commitFits && roundFits ? null : 'its commit index or its round is another';
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
