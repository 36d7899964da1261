/** The rules of Raft at their edges, and the guards of what is written. */

import { describe, expect, test } from 'vitest';
import { raftRules, sameVoter } from './rules.js';
import { appendToLog, commitTo, openStep, storeSnapshot, storeTerm, truncateLog } from './step.js';
import { entry, TestNode, voter } from './test-node.js';
import type { RaftEffect } from './types.js';

const loose = raftRules as unknown as Record<string, (...given: unknown[]) => unknown>;
const log = new TestNode({
  snapshot: { index: 5, term: 2 },
  term: 4,
  entries: [entry(6, 2), entry(7, 3), entry(8, 3), entry(9, 4)],
}).state;

describe('a rule', () => {
  test('of voters compares node and directory', () => {
    const pairs = [voter(1), voter(2), voter(1, 'other')].map((each) => sameVoter(voter(1), each));
    expect(pairs).toEqual([true, false, false]);
    expect(sameVoter(voter(1, 'd'), voter(2, 'd'))).toBe(false);
    const voters = [voter(1), voter(2)];
    const may = (id: number, directory?: string) =>
      raftRules.canVote({ voters }, voter(id, directory));
    expect([may(1), may(2), may(3), may(2, 'other')]).toEqual([true, true, false, false]);
  });

  test('of restarts keeps the vote, and leads no term again', () => {
    expect(raftRules.restoredVote({ term: 1 as never, votedFor: voter(2) })).toEqual(voter(2));
    expect(loose.leadsAgain!({ term: 1, votedForItself: true, lastTerm: 1 })).toBe(false);
  });

  test('of logs takes the later term, then the longer one', () => {
    const is = (lastTerm: number, lastIndex: number) =>
      loose.upToDate!({ lastTerm, lastIndex }, { lastTerm: 3, lastIndex: 5 });
    expect([is(3, 5), is(3, 6), is(3, 4), is(2, 9), is(4, 1)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test('of pre-votes asks for a newer term, an up-to-date log, and silence', () => {
    const facts = { term: 4, ownTerm: 3, addressed: true, leaderHeard: false, upToDate: true };
    const is = (changes: object) => loose.grantPreVote!({ ...facts, ...changes });
    expect(is({})).toBe(true);
    const no = [{ term: 3 }, { addressed: false }, { leaderHeard: true }, { upToDate: false }];
    expect(no.map(is)).toEqual([false, false, false, false]);
  });

  test('of the entry before finds it in the log, or below the snapshot', () => {
    const is = (index: number, term: number) => loose.matchesPrevious!(log, index, term);
    expect([is(4, 9), is(5, 2), is(5, 9), is(7, 3), is(7, 2), is(10, 4)]).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  test('of backing up goes over the term in the way, or to its last entry here', () => {
    const next = (hintIndex: number, conflictTerm: number, matchIndex = 0, nextIndex = 10) =>
      loose.backUp!(log, { hintIndex, conflictTerm, matchIndex, nextIndex });
    // Has nothing of term 1: behind the hint. Of term 3: behind its last entry.
    expect([next(6, 1), next(6, 3), next(5, 3)]).toEqual([7, 9, 9]);
    // The snapshot ends in the term.
    expect([next(0, 2), next(0, 1), next(3, 2, 0, 8)]).toEqual([7, 1, 7]);
    // Never behind the match, and at least one back.
    expect([next(6, 1, 8), next(9, 4), next(20, 0)]).toEqual([9, 9, 9]);
    expect(next(20, 0, 0, 8)).toBe(7);
    // Also where nothing is left of the term in which the snapshot ends.
    const left = { ...log, entries: log.entries.slice(1) };
    const facts = { hintIndex: 3, conflictTerm: 2, matchIndex: 0, nextIndex: 9 };
    expect(loose.backUp!(left, facts)).toBe(6);
  });

  test('of commitment takes what a quorum holds, of the own term only', () => {
    const to = (matched: readonly number[], term = 4, commitIndex = 5, quorum = 2) =>
      loose.advanceCommitIndex!(log, { matched, term, commitIndex, quorum });
    expect([to([9, 9, 0]), to([9, 0, 0]), to([0, 9, 9])]).toEqual([9, 5, 9]);
    expect([to([8, 8, 0], 4), to([8, 8, 0], 3)]).toEqual([5, 8]);
    expect([to([9, 9, 0], 4, 9), to([6, 6, 0], 2, 8), to([], 4), to([9], 4)]).toEqual([9, 8, 5, 5]);
  });

  test('of rounds tells none to who asked in another term', () => {
    const round = (askedIn: number) => loose.roundAnswered!(7, askedIn, 3);
    expect([round(3), round(2), round(4)]).toEqual([7, 0, 0]);
  });

  test('of changes waits for an entry of the own term and for the change before', () => {
    const may = (commitIndex: number, termStartIndex: number, configurationIndex: number) =>
      loose.mayChangeVoters!({ commitIndex, termStartIndex, configurationIndex });
    expect([may(5, 5, 5), may(5, 6, 5), may(5, 5, 6), may(5, 4, 4)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    const leaves = (commit: number, at: number) => loose.leavesOnceRemoved!(commit, at);
    expect([leaves(5, 5), leaves(4, 5), leaves(6, 5)]).toEqual([true, false, true]);
    const added = loose.changedVoters!([voter(1), voter(4)], { type: 'add', voter: voter(3) });
    expect(added).toEqual([voter(1), voter(3), voter(4)]);
  });
});

describe('what is written', () => {
  const step = (
    node: TestNode = new TestNode({ term: 3, entries: [entry(1, 1), entry(2, 3)] }),
  ) => {
    const effects: RaftEffect[] = [];
    return openStep(node.state, effects, node.rules);
  };
  const snapshot = (index: number) =>
    ({ index, term: 3, configuration: { voters: [] }, data: new Uint8Array(0) }) as never;

  test.each<[string, string, () => unknown]>([
    ['a term that falls', 'term 3 falls to 2', () => storeTerm(step(), 2 as never, null)],
    [
      'an entry within the log',
      'entry 2 is not behind the end',
      () => appendToLog(step(), [entry(2, 3)]),
    ],
    [
      'an entry of the future',
      'entry of term 4 in term 3',
      () => appendToLog(step(), [entry(3, 4)]),
    ],
    [
      'entries behind a snapshot in one write',
      'entries and a snapshot in one write',
      () => {
        const one = step();
        storeSnapshot(one, snapshot(2));
        appendToLog(one, [entry(3, 3)]);
      },
    ],
    [
      'a snapshot behind entries in one write',
      'entries and a snapshot in one write',
      () => {
        const one = step();
        appendToLog(one, [entry(3, 3)]);
        storeSnapshot(one, snapshot(2));
      },
    ],
    [
      'two cuts in one write',
      'two cuts in one write',
      () => {
        const one = step();
        truncateLog(one, 2 as never);
        truncateLog(one, 1 as never);
      },
    ],
    [
      'a cut behind entries in one write',
      'two cuts in one write',
      () => {
        const one = step();
        appendToLog(one, [entry(3, 3)]);
        truncateLog(one, 3 as never);
      },
    ],
    [
      'a cut into the snapshot',
      'the snapshot cannot be cut',
      () => truncateLog(step(), 0 as never),
    ],
    ['an older snapshot', 'a snapshot that is not newer', () => storeSnapshot(step(), snapshot(0))],
    [
      'a commit beyond the end',
      "commit 3 lies beyond the log's end",
      () => commitTo(step(), 3 as never),
    ],
  ])('%s stops the node', (_name, words, spoil) => {
    expect(spoil).toThrow(words);
  });

  test('that is committed already is not told again', () => {
    const node = new TestNode({ term: 3, entries: [entry(1, 1), entry(2, 3)] });
    const one = step(node);
    commitTo(one, 2 as never);
    expect(one.effects).toMatchObject([
      { type: 'committed', entries: [{ index: 1 }, { index: 2 }] },
    ]);
    commitTo(one, 2 as never);
    commitTo(one, 1 as never);
    expect(one.effects).toHaveLength(1);
    expect(node.state.commitIndex).toBe(2);
  });

  test.each([
    ['maxInflight', 'maxInflight allows no message'],
    ['maxAppendBytes', 'maxAppendBytes allows no payload'],
    ['snapshotChunkBytes', 'snapshotChunkBytes allows no progress'],
  ])('a limit of no %s lets no node start', (name, words) => {
    expect(() => new TestNode({ limits: { [name]: 0 } })).toThrow(words);
  });
});
