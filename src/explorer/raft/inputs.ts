/**
 * What may happen to one node, by number: deliveries of messages have the numbers from `DELIVERY` on, the
 * others are laid out below, with what they need to know (which one of its kind it is, whom it is about).
 */

import type { RaftInput, RaftState, VoterChange } from '../../core/raft/types.js';
import { fail } from '../../core/types/assert.js';
import type { BrokerId, LogIndex, Stamp } from '../../core/types/ids.js';
import type { Packet } from './message-codec.js';
import { TIMERS } from './node.js';
import { voterOf } from './voters.js';

/** Time decides nothing here. */
const STAMP = 0 as Stamp;

export const TIMER = 0;
/** The oldest write is durable. */
export const PERSISTED = 8;
export const SNAPSHOT = 9;
export const WIPE = 10;
/** + how many parts of the writes under way are on the disk. */
export const RESTART = 16;
/** + the peer. */
export const CONNECTION_LOST = 48;
/** + which proposal it is. */
export const PROPOSE = 64;
/** + which read it is. */
export const READ = 80;
/** + 8 x which transfer it is + to whom. */
export const TRANSFER = 96;
/** + 64 x which change it is + 32 to add + 8 x the generation of the disk + whom. */
export const CHANGE = 128;
/** + the message. */
export const DELIVERY = 512;

/** Restarts and wipes aside: what the machine is told. */
export function inputOf(
  code: number,
  state: RaftState,
  packets: readonly Packet[],
): Exclude<RaftInput, { type: 'start' }> {
  const stamp = STAMP;
  const { term } = state;
  if (code >= DELIVERY) {
    const { from, message } = packets[code - DELIVERY]!;
    return { type: 'message', from: from.id, fromDirectory: from.directoryId, message, stamp };
  }
  if (code >= CHANGE) {
    const token = (code - CHANGE) >> 6;
    const voter = voterOf(code & 7, (code >> 3) & 3);
    const type: VoterChange['type'] = (code & 32) === 0 ? 'remove' : 'add';
    return { type: 'changeVoters', token, term, change: { type, voter }, stamp };
  }
  if (code >= TRANSFER) {
    const to = (code & 7) as BrokerId;
    return { type: 'transferLeadership', token: (code - TRANSFER) >> 3, to, stamp };
  }
  if (code >= READ) {
    return { type: 'readIndex', token: code - READ, stamp };
  }
  if (code >= PROPOSE) {
    const token = code - PROPOSE;
    // Another payload for every proposal: what is equal in index and term only is not equal.
    return { type: 'propose', token, term, payload: Uint8Array.of(token + 1), count: 1, stamp };
  }
  if (code >= CONNECTION_LOST) {
    return { type: 'connectionLost', peer: (code - CONNECTION_LOST) as BrokerId, stamp };
  }
  if (code === SNAPSHOT) {
    const index: LogIndex = state.commitIndex;
    return { type: 'snapshotTaken', index, data: snapshotData(index), stamp };
  }
  if (code === PERSISTED) {
    return { type: 'persisted', sequence: 1, stamp };
  }
  const name = TIMERS[code - TIMER] ?? fail(`no input has the number ${code}`);
  return { type: 'timerFired', name, key: 0, stamp };
}

/** Of as many bytes as the index: long enough for several pieces where there is something to piece. */
function snapshotData(index: LogIndex): Uint8Array {
  return Uint8Array.from({ length: index }, (_, i) => i + 1);
}
