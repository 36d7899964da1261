/** What leaves for one node, and what comes of its answers: entries, heartbeats, pieces of a snapshot. */

import { describe, expect, test } from 'vitest';
import { tryCommit } from './replication.js';
import { replicateTo, sendChunk } from './sending.js';
import { openStep } from './step.js';
import { entry, sentTo, TestNode, those, voter } from './test-node.js';

function leader(): TestNode {
  const node = new TestNode();
  node.lead();
  return node;
}

const propose = (node: TestNode) =>
  node.feed({
    type: 'propose',
    token: 5,
    term: node.state.term,
    payload: new Uint8Array(1),
    count: 1,
  });

describe('a leader that replicates', () => {
  const progress = (node: TestNode) => node.state.progress.get(3 as never)!;
  const step = (node: TestNode) => openStep(node.state, [], node.rules);
  const appends = (effects: ReturnType<TestNode['feed']>): unknown[] =>
    sentTo(effects, 3).map((message) =>
      message.type === 'appendEntries'
        ? [message.prevIndex, message.entries.map(({ index }) => index)]
        : message.type,
    );

  test('stops where it does not lead, or what matches would be sent again', () => {
    const [node, other] = [leader(), new TestNode()];
    expect(() => replicateTo(step(other), 3 as never, progress(node))).toThrow(
      'only a leader replicates',
    );
    expect(() => tryCommit(step(other))).toThrow('only a leader counts');
    progress(node).matchIndex = progress(node).nextIndex;
    expect(() => replicateTo(step(node), 3 as never, progress(node))).toThrow(
      'what matches is sent again',
    );
  });

  test('stops where a piece of its snapshot is sent that is none, or to who needs none', () => {
    const node = leader();
    const send = () => sendChunk(step(node), 3 as never, progress(node));
    expect(send).toThrow('a chunk to a node that needs none');
    progress(node).mode = 'snapshot';
    progress(node).snapshotOffset = 1;
    expect(send).toThrow('a chunk behind the end of the snapshot');
  });

  test('says in a heartbeat where the pipeline has got to, not where the log ends', () => {
    const node = leader();
    node.acknowledge(3);
    for (let i = 0; i < 4; i++) {
      propose(node);
    }
    // Two are under way, and three more to come.
    expect(progress(node)).toMatchObject({ matchIndex: 1, nextIndex: 4, inflight: 2 });
    expect(appends(node.fire('heartbeat'))).toEqual([[3, []]]);
  });

  test('begins with its snapshot where the pipeline has not got to what is compacted away', () => {
    const node = leader();
    node.acknowledge(3);
    for (let i = 0; i < 4; i++) {
      propose(node);
    }
    node.sync();
    node.acknowledge(2, 5);
    node.feed({ type: 'snapshotTaken', index: 4, data: new Uint8Array(2) });
    expect(progress(node)).toMatchObject({ mode: 'replicate', nextIndex: 4 });
    expect(appends(node.fire('heartbeat'))).toEqual(['installSnapshot']);
    expect(progress(node)).toMatchObject({ mode: 'snapshot', snapshotOffset: 0 });
    // Beside the piece, an empty message: reads are confirmed by who is still being brought up.
    expect(appends(node.fire('heartbeat'))).toEqual([[4, []], 'installSnapshot']);
  });

  test('sends its snapshot from its last entry on', () => {
    const node = new TestNode({ snapshot: { index: 5, term: 1, bytes: 2 }, term: 1 });
    node.lead(2);
    const refusal = { type: 'appendEntriesReply', term: 2, success: false, matchIndex: 4 } as const;
    expect(appends(node.hear(3, { ...refusal, conflictTerm: 0, round: 0 }))).toEqual([
      'installSnapshot',
    ]);
  });
});

describe('pieces of a snapshot', () => {
  const piece = (
    node: TestNode,
    from: number,
    term: number,
    offset: number,
    bytes: number[],
    done = false,
    snapshotTerm = 1,
  ) =>
    node.hear(from, {
      type: 'installSnapshot',
      term,
      index: 8,
      snapshotTerm,
      configuration: { voters: [1, 2, 3].map((id) => voter(id)) },
      offset,
      data: Uint8Array.from(bytes),
      done,
    });
  const answer = (received: number, done: boolean, term = 1) => [
    { type: 'installSnapshotReply', term, index: 8, received, done },
  ];

  test('are put together in their order; one that is not wanted next is not kept', () => {
    const node = new TestNode();
    expect(sentTo(piece(node, 2, 1, 0, [1, 2]).concat(node.sync()))).toEqual(answer(2, false));
    expect(sentTo(piece(node, 2, 1, 0, [1, 2]))).toEqual(answer(2, false));
    expect(sentTo(piece(node, 2, 1, 4, [5], true))).toEqual(answer(2, false));
    const effects = piece(node, 2, 1, 2, [3, 4], true);
    expect(those(effects, 'restore')).toMatchObject([
      { snapshot: { index: 8, term: 1, data: Uint8Array.of(1, 2, 3, 4) } },
    ]);
    expect(sentTo(node.sync())).toEqual(answer(4, true));
    expect(node.state).toMatchObject({ commitIndex: 8, incoming: null });
  });

  test('of another leader or term are not mixed with them', () => {
    const node = new TestNode();
    piece(node, 2, 1, 0, [1, 2]);
    node.sync();
    expect(sentTo(piece(node, 3, 2, 2, [3], true).concat(node.sync()))).toEqual(
      answer(0, false, 2),
    );
    expect(node.state.incoming).toMatchObject({ length: 0 });
  });

  test('of another snapshot that ends at the same index are not mixed with them', () => {
    const node = new TestNode();
    piece(node, 2, 1, 0, [1, 2]);
    node.sync();
    expect(sentTo(piece(node, 2, 1, 2, [3], true, 0))).toEqual(answer(0, false));
    expect(node.state.incoming).toMatchObject({ term: 0, length: 0 });
  });

  test('of an older term, or of what is committed here, are answered and not kept', () => {
    const node = new TestNode({ entries: [entry(8, 1)], term: 3 });
    const stale = piece(node, 2, 1, 0, [1]);
    expect(sentTo(stale)).toEqual([
      { type: 'installSnapshotReply', term: 3, index: 0, received: 0, done: false },
    ]);
    expect(node.state.leader).toBe(null);
    node.follow(2, 3, { prevIndex: 8, prevTerm: 1, commitIndex: 8 });
    expect(node.state.commitIndex).toBe(8);
    expect(sentTo(piece(node, 2, 3, 2, [1, 2]))).toEqual(answer(4, true, 3));
    expect(node.state.incoming).toBe(null);
  });

  test('keep what follows them in the log if it is the same log, and else nothing', () => {
    const same = new TestNode({ entries: [entry(8, 1), entry(9, 1)], term: 1 });
    piece(same, 2, 1, 0, [1], true);
    expect(same.state.entries.map(({ index }) => index)).toEqual([9]);
    const other = new TestNode({ entries: [entry(7, 1), entry(8, 2), entry(9, 2)], term: 2 });
    const effects = piece(other, 2, 2, 0, [1], true);
    expect(other.state.entries).toEqual([]);
    expect(those(effects, 'persist').at(-1)).toMatchObject({ truncateFrom: 9 });
  });

  test('are sent one by one, and again from where the other has got to', () => {
    const node = new TestNode({ snapshot: { index: 5, term: 1, bytes: 7 }, term: 1 });
    node.lead(2, false);
    const refuse = (round = 0) =>
      node.hear(3, {
        type: 'appendEntriesReply',
        term: 2,
        success: false,
        matchIndex: 0,
        conflictTerm: 0,
        round,
      });
    const chunks = (effects: ReturnType<TestNode['feed']>): unknown[] =>
      sentTo(effects, 3).flatMap((message) =>
        message.type === 'installSnapshot'
          ? [[message.offset, message.data.length, message.done]]
          : [],
      );
    const got = (received: number, done = false, index = 5) =>
      node.hear(3, { type: 'installSnapshotReply', term: 2, index, received, done });
    expect(chunks(refuse())).toEqual([[0, 3, false]]);
    expect(chunks(got(3))).toEqual([[3, 3, false]]);
    expect(chunks(got(3))).toEqual([]);
    expect(chunks(got(5, false, 4))).toEqual([]);
    expect(chunks(got(9))).toEqual([[7, 0, true]]);
    expect(chunks(got(6))).toEqual([[6, 1, true]]);
    expect(chunks(node.fire('heartbeat'))).toEqual([[6, 1, true]]);
    got(7, true);
    expect(node.state.progress.get(3 as never)).toMatchObject({
      mode: 'replicate',
      matchIndex: 5,
      nextIndex: 7,
    });
  });

  /** Leads term 2; node 3 gets the snapshot of 1 to 5 in three pieces. */
  const sending = (): { node: TestNode; got: typeof got } => {
    const node = new TestNode({ snapshot: { index: 5, term: 1, bytes: 7 }, term: 1 });
    node.lead(2);
    const reply = { type: 'appendEntriesReply', term: 2, success: false, matchIndex: 0 } as const;
    node.hear(3, { ...reply, conflictTerm: 0, round: 0 });
    const got = (received: number, done = false, more: { index?: number; term?: number } = {}) =>
      node.hear(3, { type: 'installSnapshotReply', term: 2, index: 5, received, done, ...more });
    return { node, got };
  };
  const progress = (node: TestNode) => node.state.progress.get(3 as never)!;

  test('keep their receiver in touch, and who hears of a newer term from it leads no more', () => {
    const { node, got } = sending();
    progress(node).active = false;
    got(3);
    expect(progress(node).active).toBe(true);
    expect(those(got(6, false, { term: 3 }), 'roleChanged')).toEqual([
      { type: 'roleChanged', role: 'follower', term: 3, leader: null },
    ]);
    // And answers to who leads no more go nowhere.
    expect(got(7, true, { term: 3 })).toEqual([]);
  });

  test('are answered in vain in an older term', () => {
    const { node, got } = sending();
    const before = { ...progress(node), active: false };
    progress(node).active = false;
    expect(got(3, false, { term: 1 })).toEqual([]);
    expect(got(7, true, { term: 1 })).toEqual([]);
    expect(progress(node)).toEqual(before);
  });

  test('that were all taken, told again, do not disturb what follows them', () => {
    const { node, got } = sending();
    got(7, true);
    propose(node);
    const under = { mode: 'replicate', matchIndex: 5, nextIndex: 8, inflight: 2 };
    expect(progress(node)).toMatchObject(under);
    expect(sentTo(got(7, true), 3)).toEqual([]);
    expect(sentTo(got(6), 3)).toEqual([]);
    expect(progress(node)).toMatchObject(under);
  });

  test('of an older snapshot, all taken, are not the newer one', () => {
    const { node, got } = sending();
    node.feed({ type: 'snapshotTaken', index: 6, data: new Uint8Array(9) });
    got(7, true);
    expect(progress(node)).toMatchObject({ mode: 'snapshot', matchIndex: 5, snapshotOffset: 0 });
    expect(sentTo(node.fire('heartbeat'), 3).at(-1)).toMatchObject({
      type: 'installSnapshot',
      index: 6,
      offset: 0,
    });
  });

  test('are not made where no entry ends', () => {
    const node = new TestNode({ voters: [1, 2] });
    node.follow(2, 3, { entries: [{ ...entry(4, 3), base: 1 }], commitIndex: 4 });
    const taken = () => node.feed({ type: 'snapshotTaken', index: 3, data: new Uint8Array(1) });
    expect(taken).toThrow('no entry ends at 3');
  });

  test('of an older snapshot are of no use behind a newer one', () => {
    const node = leader();
    propose(node);
    node.acknowledge(2, 2);
    node.sync();
    node.state.progress.get(3 as never)!.snapshotOffset = 4;
    const effects = node.feed({ type: 'snapshotTaken', index: 2, data: new Uint8Array(9) });
    expect(those(effects, 'persist')).toMatchObject([{ snapshot: { index: 2, term: 1 } }]);
    expect(node.state.progress.get(3 as never)!.snapshotOffset).toBe(0);
    expect(node.feed({ type: 'snapshotTaken', index: 1, data: new Uint8Array(1) })).toEqual([]);
    expect(node.feed({ type: 'snapshotTaken', index: 2, data: new Uint8Array(1) })).toEqual([]);
    expect(node.state.snapshot.data.length).toBe(9);
  });
});
