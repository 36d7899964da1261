import { describe, expect, it } from 'vitest';
import type { Entry, Message } from '../core/raft/types.js';
import type { BrokerId, LogIndex, Term, Uuid } from '../core/types/ids.js';
import { heartbeatApi, raftMessageApi } from './apis.js';
import { joined } from './codec.js';
import { ProtocolError } from './errors.js';
import { encodeRequest } from './frame.js';
import { decodeRaftMessage, encodeRaftMessage } from './raft-wire.js';

const term = 3 as Term;
const at = (index: number): LogIndex => index as LogIndex;
const candidate = { id: 2 as BrokerId, directoryId: 'AQIDBAUGBwgJCgsMDQ4PEA' as Uuid };
const voter = { id: 3 as BrokerId, directoryId: 'AQIDBAUGBwgJCgsMDQ4PEQ' as Uuid };
const payload = Uint8Array.of(1, 2, 3);

const entry = (base: number, index: number, kind: Entry['kind']): Entry => ({
  base: at(base),
  index: at(index),
  term,
  kind,
  payload: kind === 'data' ? payload : new Uint8Array(0),
  ...(kind === 'configuration' ? { configuration: { voters: [candidate] } } : {}),
});

const append: Message = {
  type: 'appendEntries',
  term,
  prevIndex: at(4),
  prevTerm: 2 as Term,
  entries: [entry(5, 5, 'noop'), entry(6, 9, 'data'), entry(11, 11, 'configuration')],
  commitIndex: at(9),
  round: 12,
};

/** One of each variant, with no two fields of a variant alike. */
const messages: readonly Parameters<typeof encodeRaftMessage>[0][] = [
  { type: 'preVoteRequest', term, candidate, voter, lastIndex: at(2 ** 40), lastTerm: 2 as Term },
  { type: 'preVoteReply', term, askedTerm: 4 as Term, granted: true },
  {
    type: 'voteRequest',
    term,
    candidate,
    voter,
    lastIndex: at(8),
    lastTerm: 2 as Term,
    transfer: true,
  },
  { type: 'voteReply', term, granted: false },
  append,
  {
    type: 'appendEntriesReply',
    term,
    success: true,
    matchIndex: at(9),
    conflictTerm: 1 as Term,
    round: 12,
  },
  {
    type: 'installSnapshot',
    term,
    index: at(70),
    snapshotTerm: 2 as Term,
    configuration: { voters: [candidate] },
    offset: 1024,
    data: payload,
    done: true,
  },
  { type: 'installSnapshotReply', term, index: at(70), received: 1027, done: true },
  { type: 'learnerHello', term },
  { type: 'leaderHint', term, leader: 7 as BrokerId, host: 'node7', port: 9093 },
  { type: 'timeoutNow', term },
];

describe('raft messages', () => {
  it.each(messages.map((message) => [message.type, message] as const))('%s', (_, message) => {
    const frame = joined(encodeRaftMessage(message));
    const decoded = decodeRaftMessage(frame);
    expect(decoded).toEqual(message);
    expect(decodeRaftMessage(joined(encodeRaftMessage(decoded)))).toEqual(message);
  });

  it('send payloads from where they are and receive copies', () => {
    const parts = encodeRaftMessage(append);
    expect(parts).toContain(payload);
    const frame = joined(parts);
    const decoded = decodeRaftMessage(frame);
    frame.fill(0xff);
    expect(decoded).toEqual(append);
  });

  it('of another API, of no variant or of two are refused', () => {
    const header = { correlationId: 0, clientId: null };
    const frames = [
      encodeRequest(heartbeatApi, 4, header, {}),
      encodeRequest(raftMessageApi, 0, header, {}),
      encodeRequest(raftMessageApi, 0, header, { learnerHello: { term }, voteReply: { term } }),
    ];
    for (const frame of frames) {
      expect(() => decodeRaftMessage(joined(frame))).toThrow(ProtocolError);
    }
  });

  it('with entries out of order or of an unknown kind are refused', () => {
    const header = { correlationId: 0, clientId: null };
    const good = { base: 5, index: 5, term, kind: 0, payload };
    const refused = [
      [{ ...good, base: 4 }],
      [{ ...good, base: 7, index: 6 }],
      [good, good],
      [{ ...good, kind: 3 }],
      [{ ...good, kind: -1 }],
    ];
    const frameOf = (entries: (typeof good)[]): Uint8Array =>
      joined(
        encodeRequest(raftMessageApi, 0, header, {
          appendEntries: { term, prevIndex: 4, entries },
        }),
      );
    expect(decodeRaftMessage(frameOf([good]))).toMatchObject({ type: 'appendEntries' });
    for (const entries of refused) {
      expect(() => decodeRaftMessage(frameOf(entries))).toThrow(ProtocolError);
    }
  });
});
