/** Offsets that nobody will ask for go (O-RETAIN; KIP-211), and then the groups that have none left. */

import { assert } from '../types/assert.js';
import { consumedTopics, generationTombstone, offsetsOf, tombstone } from './admin.js';
import type { Turn } from './turn.js';
import { arm, NO_TOKEN, write } from './turn.js';
import type { OffsetsRecord } from './types.js';

/** Key of the one timer of this name. */
const ALL = '';

/** A coordinator looks for them from time to time, as long as it is one. */
export function awaitExpiry(turn: Turn): void {
  arm(turn, 'expiry', ALL, turn.rules.settings.offsetsRetentionCheckIntervalMs);
}

export function expiryDue(turn: Turn): void {
  const { active } = turn.state.decider;
  assert(active !== null, 'a timer outlived the coordinator');
  const ids = new Set([...turn.state.groups.keys(), ...active.pending.offsets.keys()]);
  for (const groupId of [...ids].sort()) {
    const records = expired(turn, groupId);
    if (records.length > 0) {
      write(turn, NO_TOKEN, records, { type: 'none' });
    }
  }
  awaitExpiry(turn);
}

function expired(turn: Turn, groupId: string): OffsetsRecord[] {
  const { rules, now, state } = turn;
  const group = state.groups.get(groupId);
  const since = state.decider.active?.pending.groups.get(groupId)?.currentStateTimestamp ?? null;
  const consumed = group === undefined ? new Set<string>() : consumedTopics(group);
  const offsets = [...offsetsOf(turn, groupId).values()];
  const gone = offsets.filter(({ topic, value }) =>
    rules.offsetExpired({
      now,
      commitTimestamp: value.commitTimestamp,
      expireTimestamp: value.expireTimestamp,
      groupState: group?.state ?? null,
      emptySince: since,
      isConsumed: rules.isConsumed(consumed, topic),
      retentionMs: rules.settings.offsetsRetentionMs,
    }),
  );
  const records = gone.map((committed) => tombstone(groupId, committed));
  const isBare =
    gone.length === offsets.length &&
    (group === undefined || (group.state === 'Empty' && group.pendingMembers.size === 0));
  const outlived = since === null || now - since >= rules.settings.offsetsRetentionMs;
  if (isBare && outlived && offsets.length + (since === null ? 0 : 1) > 0) {
    state.groups.delete(groupId);
    records.push(...generationTombstone(turn, groupId));
  }
  return records;
}
