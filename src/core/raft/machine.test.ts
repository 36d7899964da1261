/** What a node makes of inputs that come late, twice, or from nowhere; and the guards that stop it. */

import { describe, expect, test } from 'vitest';
import type { RestartFacts } from './rules.js';
import { flush, openStep, truncateLog } from './step.js';
import { entry, sentTo, TestNode, those, voter } from './test-node.js';
import type { RaftEffect } from './types.js';

const ballot = (candidate: number, term: number, asked = 1) => ({
  term,
  candidate: voter(candidate),
  voter: voter(asked),
  lastIndex: 0,
  lastTerm: 0,
});

describe('a timer that comes late', () => {
  test('makes no leader and no learner stand for election', () => {
    const leader = new TestNode();
    leader.lead();
    expect(leader.fire('election')).toEqual([]);
    expect(leader.state.role).toBe('leader');
    const learner = new TestNode({ self: 4 });
    expect(learner.fire('election')).toEqual([]);
    expect(learner.state.role).toBe('learner');
  });

  test('gives up no change of voters and no transfer that is over', () => {
    const node = new TestNode();
    node.lead();
    expect(node.fire('catchUp')).toEqual([]);
    expect(node.fire('transfer')).toEqual([]);
  });

  test('says hello no more for who has become a voter', () => {
    const node = new TestNode();
    expect(node.fire('hello')).toEqual([]);
    const learner = new TestNode({ self: 4 });
    const effects = learner.fire('hello');
    expect(sentTo(effects)).toHaveLength(3);
    expect(those(effects, 'armTimer')).toMatchObject([
      { name: 'hello', after: 'heartbeatInterval' },
    ]);
  });
});

describe('a vote', () => {
  test('that is asked for again is given again and written once', () => {
    const node = new TestNode();
    const request = { type: 'voteRequest' as const, ...ballot(2, 1), transfer: false };
    const first = node.hear(2, request);
    expect(those(first, 'persist')).toMatchObject([
      { hardState: { term: 1, votedFor: voter(2) }, entries: [], truncateFrom: null },
    ]);
    expect(those(first, 'armTimer')).toMatchObject([
      { name: 'election', after: 'electionTimeout' },
    ]);
    expect(sentTo(node.sync())).toEqual([{ type: 'voteReply', term: 1, granted: true }]);
    const second = node.hear(2, request);
    expect(those(second, 'persist')).toEqual([]);
    expect(sentTo(second)).toEqual([{ type: 'voteReply', term: 1, granted: true }]);
  });

  test('of one that only learns starts no election of its own', () => {
    const learner = new TestNode({ self: 4 });
    const request = { type: 'voteRequest' as const, ...ballot(2, 1, 4), transfer: false };
    const effects = learner.hear(2, request);
    expect(those(effects, 'armTimer').filter(({ name }) => name === 'election')).toEqual([]);
    expect(sentTo(learner.sync())).toEqual([{ type: 'voteReply', term: 1, granted: true }]);
  });

  test('of somebody who is no voter, or with another disk, counts for nothing', () => {
    const node = new TestNode();
    node.fire('election');
    const reply = { type: 'preVoteReply' as const, term: 0, askedTerm: 1, granted: true };
    node.hear(4, reply);
    node.hear(2, reply, 'other');
    expect(node.state.role).toBe('preCandidate');
    node.hear(2, { ...reply, askedTerm: 2 });
    expect(node.state.role).toBe('preCandidate');
    node.hear(2, reply);
    expect(node.state.role).toBe('candidate');
  });
});

describe('a start', () => {
  test('says what the rule of restarts may decide by', () => {
    const asked: RestartFacts[] = [];
    const entries = [entry(1, 3)];
    const again = (votedFor: number): TestNode => {
      const leadsAgain = (facts: RestartFacts): boolean => {
        asked.push(facts);
        return votedFor === 1;
      };
      const node = new TestNode({ term: 3, votedFor, entries }, { leadsAgain });
      node.feed({ type: 'start' });
      return node;
    };
    const leader = again(1);
    expect(leader.state.role).toBe('leader');
    const follower = again(2);
    expect(follower.state.role).toBe('follower');
    expect(asked).toEqual([
      { term: 3, votedForItself: true, lastTerm: 3 },
      { term: 3, votedForItself: false, lastTerm: 3 },
    ]);
    const fresh = new TestNode({ term: 3 }, { leadsAgain: (facts) => asked.push(facts) < 0 });
    fresh.feed({ type: 'start' });
    expect(asked.at(-1)).toEqual({ term: 3, votedForItself: false, lastTerm: 0 });
  });

  test('waits for an election timeout, but where there is nobody else to vote', () => {
    const node = new TestNode();
    expect(node.feed({ type: 'start' })).toEqual([
      { type: 'armTimer', name: 'election', key: 0, after: 'electionTimeout' },
    ]);
    const single = new TestNode({ voters: [1] });
    single.feed({ type: 'start' });
    single.sync();
    expect(single.state.role).toBe('leader');
    const other = new TestNode({ self: 4, voters: [1] });
    const effects = other.feed({ type: 'start' });
    expect(sentTo(effects)).toEqual([{ type: 'learnerHello', term: 0 }]);
    expect(those(effects, 'armTimer').map(({ name }) => name)).toEqual(['hello']);
  });
});

describe('who only learns', () => {
  test('says hello to the leader that others know of, unless it knows it or is it', () => {
    const node = new TestNode({ self: 4 });
    const hint = { type: 'leaderHint' as const, term: 0, leader: 3 };
    expect(node.hear(2, hint)).toEqual([
      { type: 'send', to: 3, message: { type: 'learnerHello', term: 0 } },
    ]);
    expect(node.hear(2, { ...hint, leader: 4 })).toEqual([]);
    node.follow(3, 1);
    expect(node.hear(2, { ...hint, leader: 1 })).toEqual([]);
  });
});

describe('a connection that is lost', () => {
  test('makes its leader suspected at once, and nobody else', () => {
    const node = new TestNode();
    node.follow(3, 1);
    expect(node.state.leaderHeard).toBe(true);
    node.feed({ type: 'connectionLost', peer: 2 });
    expect(node.state.leaderHeard).toBe(true);
    expect(node.feed({ type: 'connectionLost', peer: 3 })).toEqual([]);
    expect(node.state).toMatchObject({ leaderHeard: false, leader: 3, role: 'follower' });
  });

  test('makes a leader ask one by one again', () => {
    const node = new TestNode();
    node.lead();
    expect(node.state.progress.get(2 as never)).toMatchObject({ mode: 'replicate' });
    node.feed({ type: 'connectionLost', peer: 2 });
    const again = { mode: 'probe', nextIndex: 2, inflight: 0 };
    expect(node.state.progress.get(2 as never)).toMatchObject(again);
  });
});

describe('what is durable', () => {
  test('is told once; an older report changes nothing', () => {
    const node = new TestNode();
    node.lead(2, false);
    node.feed({ type: 'propose', token: 1, term: 1, payload: new Uint8Array(1), count: 1 });
    node.feed({ type: 'propose', token: 2, term: 1, payload: new Uint8Array(1), count: 1 });
    const { persistSequence } = node.state;
    node.sync();
    expect(node.state.durableIndex).toBe(3);
    expect(node.feed({ type: 'persisted', sequence: persistSequence - 1 })).toEqual([]);
    expect(node.state.persistedThrough).toBe(persistSequence);
  });
});

describe('a proposal', () => {
  const propose = (node: TestNode, term: number, count = 1) =>
    node.feed({ type: 'propose', token: 7, term, payload: new Uint8Array(1), count });

  test('of another term than that in which it leads is refused', () => {
    const node = new TestNode();
    node.lead();
    expect(propose(node, 0)).toEqual([{ type: 'proposalRefused', token: 7, leader: 1 }]);
    expect(propose(node, 2)).toEqual([{ type: 'proposalRefused', token: 7, leader: 1 }]);
    expect(propose(node, 1)[0]).toMatchObject({ type: 'proposalAccepted', index: 2 });
  });

  test('takes an index for each of its records', () => {
    const node = new TestNode();
    node.lead();
    expect(propose(node, 1, 3)[0]).toMatchObject({ type: 'proposalAccepted', index: 4 });
    expect(node.state.entries.at(-1)).toMatchObject({ base: 2, index: 4 });
  });

  test.each([0, -1, 1.5, Number.NaN])('of %d records stops the node', (count) => {
    const node = new TestNode();
    node.lead();
    expect(() => propose(node, 1, count)).toThrow('a proposal of no records');
  });
});

describe('a node stops', () => {
  const node = (): TestNode => {
    const leader = new TestNode();
    leader.lead();
    return leader;
  };

  test.each([
    ['it is started twice', 'started twice', (it: TestNode) => it.feed({ type: 'start' })],
    [
      'it hears itself',
      'a message from oneself',
      (it: TestNode) => it.hear(1, { type: 'learnerHello', term: 1 }),
    ],
    [
      'what it never wrote is durable',
      /^write \d+ was never handed out$/,
      (it: TestNode) => it.feed({ type: 'persisted', sequence: it.state.persistSequence + 1 }),
    ],
    ['another leads its own term', 'two leaders in one term', (it: TestNode) => it.follow(2, 1)],
    [
      'an input is of no known kind',
      'unreachable: nothing',
      (it: TestNode) => it.feed({ type: 'nothing' } as never),
    ],
    [
      'a message is of no known kind',
      'unreachable: nothing',
      (it: TestNode) => it.hear(2, { type: 'nothing' } as never),
    ],
    [
      'a timer is of no known kind',
      'unreachable: nothing',
      (it: TestNode) => it.fire('nothing' as never),
    ],
    [
      'a snapshot is of what is not committed',
      'a snapshot of what is not committed',
      (it: TestNode) => it.feed({ type: 'snapshotTaken', index: 2, data: new Uint8Array(0) }),
    ],
    [
      'its commit index is beyond its log',
      'more is committed than there is',
      (it: TestNode) => {
        it.state.commitIndex = 9 as never;
        it.fire('leaderSilence');
      },
    ],
    [
      'more is durable than it holds',
      'more is durable than there is',
      (it: TestNode) => {
        it.state.durableIndex = 9 as never;
        it.fire('leaderSilence');
      },
    ],
    [
      'a follower is asked for its quorum',
      'check-quorum is the leader',
      (it: TestNode) => {
        it.follow(2, 2);
        it.fire('checkQuorum');
      },
    ],
  ])('where %s', (_name, words, spoil) => {
    const leader = node();
    expect(() => spoil(leader)).toThrow(words);
  });

  test('where a leader would cut what is committed', () => {
    const follower = new TestNode();
    follower.follow(2, 1, { entries: [entry(1, 1)], commitIndex: 1 });
    const other = { entries: [entry(1, 2)], commitIndex: 0 };
    expect(() => follower.follow(3, 2, other)).toThrow('committed entries cut from 1 on');
  });
});

describe('a cut', () => {
  test('takes what is not durable yet along: it counts as written only as far as it is still there', () => {
    const node = new TestNode();
    node.follow(2, 1, { entries: [entry(1, 1), entry(2, 1), entry(3, 1)] });
    const written = node.state.persistSequence;
    node.follow(3, 2, { prevIndex: 1, prevTerm: 1, entries: [entry(2, 2), entry(3, 2)] });
    node.feed({ type: 'persisted', sequence: written });
    expect(node.state).toMatchObject({ persistedThrough: written, durableIndex: 1 });
    node.sync();
    expect(node.state.durableIndex).toBe(3);
  });

  test('is written also where nothing is put in its place', () => {
    const node = new TestNode({ entries: [entry(1, 1), entry(2, 1)], term: 1 });
    const effects: RaftEffect[] = [];
    const step = openStep(node.state, effects, node.rules);
    truncateLog(step, 2 as never);
    flush(step);
    expect(effects).toMatchObject([{ type: 'persist', truncateFrom: 2, entries: [] }]);
  });
});
