/** Events of the metadata log's consensus. */

import type { Message, RaftEffect, RaftInput, RaftState } from '../../core/raft/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import { indexOf, type Teller } from './teller.js';

type Persist = Extract<RaftEffect, { type: 'persist' }>;

/** What is told before any effect of the step left. */
export function raftBefore(
  teller: Teller,
  state: RaftState,
  input: RaftInput,
  effects: readonly RaftEffect[],
): void {
  let requesting = false;
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i]!;
    if (effect.type === 'persist') {
      persisting(teller, state, input, effect);
    } else if (effect.type === 'send') {
      const { message, to } = effect;
      if (message.type === 'voteRequest') {
        requesting = true;
      } else if (message.type === 'voteReply' && message.granted && to !== state.self.id) {
        teller.tell('raft.vote-granting', indexOf(to));
      } else if (acknowledges(input, message)) {
        teller.tell('raft.append-acknowledging', indexOf(to));
      }
    } else if (effect.type === 'committed' && state.role === 'leader') {
      teller.tell('raft.committing-as-leader', null);
    } else if (effect.type === 'readReady') {
      teller.tell('raft.read-answering', null);
    }
  }
  if (requesting) {
    teller.tell('raft.vote-requesting', null);
  }
}

function persisting(teller: Teller, state: RaftState, input: RaftInput, effect: Persist): void {
  const { hardState, truncateFrom, entries, snapshot } = effect;
  if (entries.length > 0 && state.role === 'leader') {
    teller.tell('raft.appending-as-leader', null);
  }
  if (input.type !== 'message') {
    return;
  }
  if (
    input.message.type === 'voteRequest' &&
    hardState?.votedFor?.id === input.message.candidate.id
  ) {
    teller.tell('raft.vote-persisting', indexOf(input.from));
  }
  if (truncateFrom !== null) {
    teller.tell('raft.log-truncating', indexOf(input.from));
  }
  if (entries.length > 0 && state.role !== 'leader') {
    teller.tell('raft.append-persisting', indexOf(input.from));
  }
  if (snapshot !== null) {
    teller.tell('raft.snapshot-installing', indexOf(input.from));
  }
}

/** The reply speaks of entries that became durable just now; a heartbeat's reply does not wait. */
function acknowledges(input: RaftInput, message: Message): boolean {
  return input.type === 'persisted' && message.type === 'appendEntriesReply' && message.success;
}

/** What is told when all effects of the step were handed on. `led`: it led before the step. */
export function raftAfter(
  teller: Teller,
  state: RaftState,
  input: RaftInput,
  effects: readonly RaftEffect[],
  led: boolean,
): void {
  if (input.type === 'readIndex') {
    teller.tell('raft.read-asked', null);
  } else if (input.type === 'snapshotTaken') {
    teller.tell('raft.snapshot-taken', null);
  } else if (input.type === 'persisted' && led && state.unpersisted.length === 0) {
    teller.tell('raft.persisted-as-leader', null);
  }
  let asked = false;
  let requested = false;
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i]!;
    switch (effect.type) {
      case 'send':
        asked ||= effect.message.type === 'preVoteRequest';
        requested ||= effect.message.type === 'voteRequest';
        sent(teller, state, input, effect.to, effect.message);
        break;
      case 'persist':
        if (effect.truncateFrom !== null) {
          teller.tell('raft.log-truncated', indexOf(state.leader));
        }
        if (effect.entries.length > 0) {
          const leads = state.role === 'leader';
          const event = leads ? 'raft.appended-as-leader' : 'raft.append-written';
          teller.tell(event, leads ? null : indexOf(state.leader));
        }
        break;
      case 'committed':
        if (state.role === 'leader') {
          teller.tell('raft.committed-as-leader', null);
        }
        break;
      case 'restore':
        teller.tell('raft.snapshot-installed', indexOf(state.leader));
        break;
      case 'readRefused':
        teller.tell('raft.read-refused', null);
        break;
      case 'roleChanged':
      case 'proposalAccepted':
      case 'proposalRefused':
      case 'readReady':
      case 'armTimer':
      case 'cancelTimer':
        break;
    }
  }
  if (asked) {
    teller.tell('raft.pre-vote-asked', null);
  }
  if (requested) {
    teller.tell('raft.vote-requested', null);
  }
  tellLeadership(teller, state, input, led);
}

function tellLeadership(teller: Teller, state: RaftState, input: RaftInput, led: boolean): void {
  const leads = state.role === 'leader';
  if (leads === led) {
    return;
  }
  if (leads) {
    teller.tell('raft.elected', null);
    return;
  }
  if (input.type === 'timerFired' && input.name === 'checkQuorum') {
    teller.tell('raft.quorum-lost', null);
  }
  teller.tell('raft.deposed', indexOf(state.leader));
}

function sent(
  teller: Teller,
  state: RaftState,
  input: RaftInput,
  to: BrokerId,
  message: Message,
): void {
  switch (message.type) {
    case 'preVoteReply':
      if (!message.granted) {
        teller.tell('raft.pre-vote-refused', indexOf(to));
      }
      return;
    case 'voteReply':
      if (to !== state.self.id) {
        teller.tell(message.granted ? 'raft.vote-granted' : 'raft.vote-refused', indexOf(to));
      }
      return;
    case 'appendEntriesReply':
      if (!message.success) {
        teller.tell('raft.append-refused', indexOf(to));
      } else if (acknowledges(input, message)) {
        teller.tell('raft.append-acknowledged', indexOf(to));
      }
      return;
    case 'installSnapshot':
      if (message.offset === 0) {
        teller.tell('raft.snapshot-sent', indexOf(to));
      }
      return;
    case 'preVoteRequest':
    case 'voteRequest':
    case 'appendEntries':
    case 'installSnapshotReply':
    case 'learnerHello':
      return;
  }
}
