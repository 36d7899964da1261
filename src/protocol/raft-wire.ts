/** Raft messages to and from their frames. */
import type { AppendEntries, Entry, EntryKind, LeaderHint, Message } from '../core/raft/types.js';
import { assert, present } from '../core/types/assert.js';
import { raftMessageApi } from './apis.js';
import { ProtocolError } from './errors.js';
import { decodeRequest, decodeRequestHeader, encodeRequest, type RequestHeader } from './frame.js';
import type {
  HintedAddress,
  RaftMessageAppendEntries,
  RaftMessageEntry,
} from './private-schemas.js';

const KINDS: readonly EntryKind[] = ['noop', 'data', 'configuration'];
const VERSION = 0;

/** A hint as it is sent: with where the leader is, for one who may never have heard of it. */
export type AddressedHint = LeaderHint & HintedAddress;

/** A message as it is on the wire. */
export type RaftWireMessage = Exclude<Message, LeaderHint> | AddressedHint;

/** `message` as a whole frame in parts (request header and body); payloads are not copied. */
export function encodeRaftMessage(message: RaftWireMessage): Uint8Array[] {
  const header = { correlationId: 0, clientId: null };
  const body = message.type === 'appendEntries' ? appendEntriesFields(message) : message;
  return encodeRequest(raftMessageApi, VERSION, header, { [message.type]: body });
}

function appendEntriesFields(message: AppendEntries): RaftMessageAppendEntries {
  const entries = message.entries.map((entry) => {
    const kind = KINDS.indexOf(entry.kind);
    assert(kind >= 0 && entry.base <= entry.index, 'an entry that can be sent');
    return { ...entry, kind, configuration: entry.configuration ?? null };
  });
  return { ...message, entries };
}

/**
 * The message in a frame with this `header`. Payloads are copied: a Raft node keeps entries for longer
 * than the network keeps the frame. Throws `ProtocolError`.
 */
export function decodeRaftMessage(
  frame: Uint8Array,
  header: RequestHeader = decodeRequestHeader(frame),
): RaftWireMessage {
  if (header.apiKey !== raftMessageApi.key || header.apiVersion !== VERSION) {
    throw new ProtocolError(`${header.apiKey} v${header.apiVersion} is no Raft message`);
  }
  const fields = decodeRequest(raftMessageApi, header, frame);
  const messages: RaftWireMessage[] = [];
  if (fields.preVoteRequest !== null) {
    messages.push({ type: 'preVoteRequest', ...fields.preVoteRequest });
  }
  if (fields.preVoteReply !== null) {
    messages.push({ type: 'preVoteReply', ...fields.preVoteReply });
  }
  if (fields.voteRequest !== null) {
    messages.push({ type: 'voteRequest', ...fields.voteRequest });
  }
  if (fields.voteReply !== null) {
    messages.push({ type: 'voteReply', ...fields.voteReply });
  }
  if (fields.appendEntries !== null) {
    messages.push(appendEntries(fields.appendEntries));
  }
  if (fields.appendEntriesReply !== null) {
    messages.push({ type: 'appendEntriesReply', ...fields.appendEntriesReply });
  }
  if (fields.installSnapshot !== null) {
    const data = fields.installSnapshot.data.slice();
    messages.push({ type: 'installSnapshot', ...fields.installSnapshot, data });
  }
  if (fields.installSnapshotReply !== null) {
    messages.push({ type: 'installSnapshotReply', ...fields.installSnapshotReply });
  }
  if (fields.learnerHello !== null) {
    messages.push({ type: 'learnerHello', ...fields.learnerHello });
  }
  if (fields.leaderHint !== null) {
    messages.push({ type: 'leaderHint', ...fields.leaderHint });
  }
  if (fields.timeoutNow !== null) {
    messages.push({ type: 'timeoutNow', ...fields.timeoutNow });
  }
  if (messages.length !== 1) {
    throw new ProtocolError(`${messages.length} messages in one Raft frame`);
  }
  return present(messages[0], 'counted above');
}

function appendEntries(fields: RaftMessageAppendEntries): AppendEntries {
  let before: number = fields.prevIndex;
  const entries: Entry[] = [];
  for (const entry of fields.entries) {
    if (entry.base <= before || entry.index < entry.base) {
      throw new ProtocolError(`entry ${entry.base}..${entry.index} behind ${before}`);
    }
    before = entry.index;
    entries.push(entryOf(entry));
  }
  return { type: 'appendEntries', ...fields, entries };
}

function entryOf(entry: RaftMessageEntry): Entry {
  const kind = KINDS[entry.kind];
  if (kind === undefined) {
    throw new ProtocolError(`an entry of kind ${entry.kind}`);
  }
  const { base, index, term, configuration } = entry;
  if ((kind === 'configuration') !== (configuration !== null)) {
    throw new ProtocolError(`an entry of kind ${kind}, with a configuration or without`);
  }
  const payload = entry.payload.slice();
  return {
    ...{ base, index, term, kind, payload },
    ...(configuration === null ? {} : { configuration }),
  };
}
