/** What a leader makes of those around it: progress, learners, changes of voters, transfers. */

import { describe, expect, test } from 'vitest';
import { changeRole, followLeader } from './roles.js';
import { openStep } from './step.js';
import { entry, sentTo, TestNode, those, voter } from './test-node.js';

function leader(rules: ConstructorParameters<typeof TestNode>[1] = {}): TestNode {
  const node = new TestNode({}, rules);
  node.lead();
  return node;
}

const change = (
  node: TestNode,
  type: 'add' | 'remove',
  id: number,
  term: number = node.state.term,
) => node.feed({ type: 'changeVoters', token: 7, term, change: { type, voter: voter(id) } });

const hello = (node: TestNode, from: number, directory?: string) =>
  node.hear(from, { type: 'learnerHello', term: 0 }, directory);

const propose = (node: TestNode) =>
  node.feed({
    type: 'propose',
    token: 5,
    term: node.state.term,
    payload: new Uint8Array(1),
    count: 1,
  });

const refusals = (effects: ReturnType<TestNode['feed']>): unknown[] =>
  those(effects, 'changeRefused').map(({ token, reason }) => `${token} ${reason}`);

describe('a change of voters is refused', () => {
  test('by who does not lead, or leads in another term', () => {
    expect(refusals(change(new TestNode(), 'remove', 2))).toEqual(['7 notLeader']);
    expect(refusals(change(leader(), 'remove', 2, 0))).toEqual(['7 notLeader']);
  });

  test('for a node that nobody has heard of, or with another disk', () => {
    const node = leader();
    expect(refusals(change(node, 'add', 4))).toEqual(['7 unknownNode']);
    hello(node, 4, 'other');
    expect(refusals(change(node, 'add', 4))).toEqual(['7 unknownNode']);
    hello(node, 4);
    const begun = change(node, 'add', 4);
    expect(refusals(begun)).toEqual([]);
    expect(those(begun, 'armTimer')).toEqual([
      { type: 'armTimer', name: 'catchUp', key: 0, after: 'minimumElectionTimeout' },
    ]);
    expect(node.state.catchUp).toMatchObject({ voter: voter(4), round: 1, slow: false });
  });

  test('while another one, or a transfer, is under way', () => {
    const node = leader();
    hello(node, 4);
    change(node, 'add', 4);
    expect(refusals(change(node, 'remove', 2))).toEqual(['7 notReady']);
    const other = leader();
    other.feed({ type: 'transferLeadership', token: 1, to: 3 });
    expect(refusals(change(other, 'remove', 2))).toEqual(['7 notReady']);
  });

  test('for who is a voter already, or none, or the last one', () => {
    const node = leader();
    expect(refusals(change(node, 'add', 2))).toEqual(['7 alreadyVoter']);
    expect(refusals(change(node, 'remove', 4))).toEqual(['7 notVoter']);
    const single = new TestNode({ voters: [1] });
    single.feed({ type: 'start' });
    single.sync();
    // Its no-op.
    single.sync();
    expect(refusals(change(single, 'remove', 1))).toEqual(['7 lastVoter']);
  });
});

describe('a node that is to be a voter', () => {
  const catchingUp = (rules: ConstructorParameters<typeof TestNode>[1] = {}): TestNode => {
    const node = leader(rules);
    propose(node);
    hello(node, 4);
    change(node, 'add', 4);
    return node;
  };

  test('is one once it holds the log in a round that was not slow', () => {
    const node = catchingUp();
    expect(node.state.learners).toEqual(new Set([4]));
    const effects = node.acknowledge(4, 2);
    expect(those(effects, 'changeAccepted')).toEqual([
      { type: 'changeAccepted', token: 7, index: 3, term: 1 },
    ]);
    expect(those(effects, 'cancelTimer').map(({ name }) => name)).toEqual(['catchUp']);
    expect(node.state.configuration.voters.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(node.state.learners).toEqual(new Set());
    expect(node.state.configurationIndex).toBe(3);
    expect(node.state.catchUp).toBe(null);
  });

  test('begins another round if the log has grown since, or the round was slow', () => {
    const node = catchingUp();
    node.acknowledge(4, 1);
    node.fire('catchUp');
    expect(node.state.catchUp).toMatchObject({ round: 1, slow: true, heldIndex: 1 });
    propose(node);
    const effects = node.acknowledge(4, 2);
    expect(node.state.catchUp).toMatchObject({ round: 2, slow: false, target: 3 });
    expect(those(effects, 'armTimer')).toEqual([
      { type: 'armTimer', name: 'catchUp', key: 0, after: 'minimumElectionTimeout' },
    ]);
    expect(those(node.acknowledge(4, 3), 'changeAccepted')).toHaveLength(1);
  });

  test('is given up after ten rounds', () => {
    const rounds: number[] = [];
    let node: TestNode | undefined;
    node = catchingUp({ isCaughtUp: () => rounds.push(node?.state.catchUp?.round ?? 0) < 0 });
    expect(refusals(node.acknowledge(4, 2))).toEqual(['7 notCaughtUp']);
    expect(rounds.slice(-10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(node.state.catchUp).toBe(null);
  });

  test('is given up if a round passes without progress, and not if a piece of a snapshot came', () => {
    const node = catchingUp();
    node.acknowledge(4, 1);
    node.state.progress.get(4 as never)!.snapshotOffset = 3;
    const again = node.fire('catchUp');
    expect(those(again, 'armTimer')).toMatchObject([
      { name: 'catchUp', after: 'minimumElectionTimeout' },
    ]);
    node.state.progress.get(4 as never)!.snapshotOffset = 6;
    expect(refusals(node.fire('catchUp'))).toEqual([]);
    expect(node.state.catchUp).toMatchObject({ heldBytes: 6, slow: true });
    expect(refusals(node.fire('catchUp'))).toEqual(['7 notCaughtUp']);
  });

  test('is given up if it comes back with another disk, or not at all', () => {
    const other = catchingUp();
    hello(other, 4, 'other');
    expect(those(other.acknowledge(2, 2), 'changeAccepted')).toEqual([]);
    expect(refusals(other.fire('catchUp'))).toEqual(['7 notCaughtUp']);
    const gone = catchingUp();
    gone.state.progress.delete(4 as never);
    gone.acknowledge(2, 2);
    expect(gone.state.catchUp).not.toBe(null);
    expect(refusals(gone.fire('catchUp'))).toEqual(['7 notCaughtUp']);
  });

  test('is given up with the leadership', () => {
    const node = catchingUp();
    const effects = node.follow(2, 5);
    expect(refusals(effects)).toEqual(['7 notLeader']);
    expect(those(effects, 'cancelTimer').map(({ name }) => name)).toContain('catchUp');
    expect(node.state.catchUp).toBe(null);
  });

  test('is no voter if the leader may not change the voters any more', () => {
    let isReady = true;
    const node = catchingUp({ mayChangeVoters: () => isReady });
    isReady = false;
    expect(refusals(node.acknowledge(4, 2))).toEqual(['7 notReady']);
    expect(node.state.configuration.voters).toHaveLength(3);
    const twice = catchingUp();
    twice.state.configuration = { voters: [1, 2, 3, 4].map((id) => voter(id)) };
    expect(refusals(twice.acknowledge(4, 2))).toEqual(['7 alreadyVoter']);
  });
});

describe('who is removed', () => {
  test('goes on as one that only learns', () => {
    const node = leader();
    change(node, 'remove', 3);
    expect(node.state.learners).toEqual(new Set([3]));
    expect(node.state.configuration.voters.map(({ id }) => id)).toEqual([1, 2]);
    expect([...node.state.progress.keys()]).toEqual([2, 3]);
  });
});

describe('a voter with another disk', () => {
  test('goes on as one that only learns while other voters change', () => {
    const node = leader();
    hello(node, 3, 'other');
    change(node, 'remove', 2);
    expect(node.state.configuration.voters).toEqual([voter(1), voter(3)]);
    expect(node.state.learners).toEqual(new Set([2, 3]));
  });
});

describe('a leader that is removed', () => {
  const removed = (): TestNode => {
    const node = leader();
    node.acknowledge(3);
    change(node, 'remove', 1);
    node.sync();
    return node;
  };
  const told = (effects: ReturnType<TestNode['feed']>): unknown[] =>
    sentTo(effects).filter(({ type }) => type === 'timeoutNow');

  test('asks who holds its whole log to stand for election as it leaves', () => {
    const node = removed();
    node.acknowledge(2, 2);
    const effects = node.acknowledge(3, 2);
    expect(node.state).toMatchObject({ role: 'learner', leader: null, commitIndex: 2 });
    expect(told(effects)).toEqual([{ type: 'timeoutNow', term: 1 }]);
  });

  test('asks nobody if all lack something: they would not be elected by those who do not', () => {
    const node = removed();
    propose(node);
    node.acknowledge(2, 2);
    const effects = node.acknowledge(3, 2);
    expect(node.state).toMatchObject({ role: 'learner', commitIndex: 2 });
    expect(told(effects)).toEqual([]);
  });
});

describe('a node with another disk', () => {
  const answers = (node: TestNode, from: number, directory: string) =>
    node.hear(
      from,
      {
        type: 'appendEntriesReply',
        term: 1,
        success: true,
        matchIndex: 1,
        conflictTerm: 0,
        round: 0,
      },
      directory,
    );

  test('is a learner until its old one is back', () => {
    const node = leader();
    node.acknowledge(3);
    answers(node, 3, 'other');
    expect(node.state.learners).toEqual(new Set([3]));
    expect(node.state.progress.get(3 as never)).toMatchObject({
      directoryId: 'other',
      matchIndex: 0,
    });
    answers(node, 3, 'd3');
    expect(node.state.learners).toEqual(new Set());
    expect(node.state.progress.get(3 as never)).toMatchObject({ directoryId: 'd3', matchIndex: 0 });
  });

  test('says hello and is one', () => {
    const node = leader();
    hello(node, 3);
    expect(node.state.learners).toEqual(new Set());
    hello(node, 3, 'other');
    expect(node.state.learners).toEqual(new Set([3]));
    expect(node.state.progress.get(3 as never)).toMatchObject({
      directoryId: 'other',
      active: true,
    });
  });

  test('is forgotten if it is silent, and the voter is waited for', () => {
    const node = leader();
    hello(node, 3, 'other');
    hello(node, 4);
    const all = () =>
      [...node.state.progress].map(([id, { directoryId }]) => `${id} ${directoryId}`);
    node.acknowledge(2);
    node.fire('checkQuorum');
    expect(all()).toEqual(['2 d2', '3 other', '4 d4']);
    node.acknowledge(2);
    const effects = node.fire('checkQuorum');
    expect(all()).toEqual(['2 d2', '3 d3']);
    expect(node.state.learners).toEqual(new Set());
    expect(those(effects, 'armTimer')).toEqual([
      { type: 'armTimer', name: 'checkQuorum', key: 0, after: 'minimumElectionTimeout' },
    ]);
  });

  test('answers a leader that knows nothing of it in vain', () => {
    const node = leader();
    expect(node.acknowledge(9)).toEqual([]);
    expect(node.state.progress.has(9 as never)).toBe(false);
  });
});

describe('check-quorum', () => {
  test('asks a voter that was silent by itself again, and leaves the others in their pipelines', () => {
    const node = leader();
    node.acknowledge(2);
    node.acknowledge(3);
    node.fire('checkQuorum');
    propose(node);
    node.acknowledge(2, 1);
    node.fire('checkQuorum');
    const modes = [...node.state.progress.values()].map(({ mode, active }) => [mode, active]);
    expect(modes).toEqual([
      ['replicate', false],
      ['probe', false],
    ]);
  });

  test('deposes a leader that has heard of too few', () => {
    const node = leader();
    node.fire('checkQuorum');
    const effects = node.fire('checkQuorum');
    expect(those(effects, 'roleChanged')).toEqual([
      { type: 'roleChanged', role: 'follower', term: 1, leader: null },
    ]);
    const cancelled = those(effects, 'cancelTimer').map(({ name }) => name);
    expect(cancelled).toEqual(['heartbeat', 'checkQuorum']);
    expect(those(effects, 'armTimer')).toMatchObject([
      { name: 'election', after: 'electionTimeout' },
    ]);
  });
});

describe('who says hello to a follower', () => {
  test('is told of the leader, unless it is the leader, or none is known', () => {
    const node = new TestNode();
    expect(hello(node, 4)).toEqual([]);
    node.follow(2, 3);
    expect(sentTo(hello(node, 4), 4)).toEqual([{ type: 'leaderHint', term: 3, leader: 2 }]);
    expect(hello(node, 2)).toEqual([]);
  });
});

describe('a heartbeat', () => {
  test('comes again after its interval', () => {
    expect(those(leader().fire('heartbeat'), 'armTimer')).toEqual([
      { type: 'armTimer', name: 'heartbeat', key: 0, after: 'heartbeatInterval' },
    ]);
  });
});

describe('a transfer', () => {
  const transfer = (node: TestNode, to: number | null) =>
    node.feed({ type: 'transferLeadership', token: 9, to });

  test('is not for who does not lead, has no such voter, or has one under way', () => {
    const ended = (left: boolean) => [{ type: 'transferEnded', token: 9, left }];
    expect(transfer(new TestNode(), 2)).toEqual(ended(true));
    const node = leader();
    expect(transfer(node, 9)).toEqual(ended(false));
    hello(node, 4);
    expect(transfer(node, 4)).toEqual(ended(false));
    transfer(node, 3);
    expect(transfer(node, 2)).toEqual(ended(false));
    const busy = leader();
    hello(busy, 4);
    change(busy, 'add', 4);
    expect(transfer(busy, 2)).toEqual(ended(false));
  });

  test('goes to who is furthest, once it holds the log, and once', () => {
    const node = leader();
    const effects = transfer(node, null);
    expect(node.state.transfer).toEqual({ token: 9, to: 2, told: true });
    expect(sentTo(effects, 2)).toContainEqual({ type: 'timeoutNow', term: 1 });
    expect(those(effects, 'armTimer')).toEqual([
      { type: 'armTimer', name: 'transfer', key: 0, after: 'minimumElectionTimeout' },
    ]);
    const again = node.acknowledge(2).filter(({ type }) => type === 'send');
    expect(sentTo(again).filter(({ type }) => type === 'timeoutNow')).toEqual([]);
  });

  test('goes to who is furthest, whatever its id', () => {
    const node = new TestNode();
    node.lead(3);
    transfer(node, null);
    expect(node.state.transfer).toMatchObject({ to: 3, told: true });
  });

  test('that comes to nothing is over, and the leader leads on', () => {
    const node = leader();
    transfer(node, 3);
    expect(node.state.transfer).toMatchObject({ to: 3, told: false });
    expect(node.fire('transfer')).toEqual([
      { type: 'transferEnded', token: 9, left: false },
      { type: 'cancelTimer', name: 'transfer', key: 0 },
    ]);
    expect(node.state).toMatchObject({ role: 'leader', transfer: null });
  });

  test('ends with the leadership', () => {
    const node = leader();
    transfer(node, 3);
    const effects = node.follow(2, 5);
    expect(those(effects, 'transferEnded')).toEqual([
      { type: 'transferEnded', token: 9, left: true },
    ]);
    expect(node.state.transfer).toBe(null);
  });

  test('is heeded only from the leader of the term, by who may stand', () => {
    const asked = (from: number, term: number, self = 1): string => {
      const node = new TestNode({ self });
      node.follow(2, 3);
      node.hear(from, { type: 'timeoutNow', term });
      return node.state.role;
    };
    expect([asked(2, 3), asked(3, 3), asked(2, 2), asked(2, 4)]).toEqual([
      'candidate',
      'follower',
      'follower',
      'follower',
    ]);
    expect(asked(2, 3, 4)).toBe('learner');
  });
});

describe('a role', () => {
  const step = (node: TestNode) => openStep(node.state, [], node.rules);

  test('comes only from those that it may come from', () => {
    expect(() => changeRole(step(new TestNode()), 'leader', null, 0 as never)).toThrow(
      'a follower cannot become leader',
    );
    expect(() => changeRole(step(leader()), 'candidate', null, 1 as never)).toThrow(
      'a leader cannot become candidate',
    );
  });

  test('that is the same is not told', () => {
    const node = new TestNode();
    const effects: never[] = [];
    changeRole(openStep(node.state, effects, node.rules), 'follower', null, 0 as never);
    expect(effects).toEqual([]);
  });

  test('of who follows stops where the leader is of an older term', () => {
    const node = new TestNode({ term: 3 });
    expect(() => followLeader(step(node), 2 as never, 2 as never)).toThrow(
      'a leader of an older term is followed',
    );
  });

  test.each([
    [1, ['leaderSilence', 'election'], []],
    [4, ['leaderSilence'], ['hello']],
  ])(
    'of node %d has its own timers, and no others, when a leader is heard',
    (self, armed, cancelled) => {
      const node = new TestNode({ self });
      for (const at of [1, 2]) {
        const more = { prevIndex: at - 1, prevTerm: at > 1 ? 3 : 0, entries: [entry(at, 3)] };
        const effects = node.follow(2, 3, { ...more, commitIndex: at });
        expect(those(effects, 'armTimer').map(({ name }) => name)).toEqual(armed);
        expect(those(effects, 'cancelTimer').map(({ name }) => name)).toEqual(cancelled);
      }
    },
  );
});
