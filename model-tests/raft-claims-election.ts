/** Claims about terms, votes and elections (figure 3.1, chapter 3). */

import { strict as assert } from 'node:assert';
import type { Term } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import {
  answer,
  append,
  ask,
  ballotStuffing,
  candidacy,
  cluster,
  deafToNewerTerms,
  entry,
  granted,
  has,
  hear,
  hearing,
  holding,
  log,
  mutation,
  rule,
  saying,
  sendsAtOnce,
  sent,
  succeeded,
  takesStaleTerms,
  unarmed,
  unsent,
  vote,
} from './raft-claim.js';
import { pump } from './raft-directed.js';

export function votesAndTerms(): Unnumbered[] {
  return [
    {
      source: 'figure 3.1, persistent state',
      text: 'currentTerm survives a restart',
      mutant: mutation(
        'hardStateNotStored',
        saying((effect) => (effect.type === 'persist' ? { ...effect, hardState: null } : effect)),
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 2, ask(world, 2, 5));
        world.crash(1);
        world.start(1);
        assert.equal(world.state(1).term, 5);
      },
    },
    {
      source: 'figure 3.1, persistent state',
      text: 'votedFor survives a restart',
      mutant: rule('restoredVote', () => null),
      check(options) {
        const world = cluster(options);
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5))));
        world.crash(1);
        world.start(1);
        assert.ok(!granted(answer(world, 1, 3, ask(world, 3, 5))));
      },
    },
    {
      source: 'figure 3.1, persistent state',
      text: 'the log survives a restart',
      mutant: mutation(
        'entriesNotStored',
        saying((effect) => (effect.type === 'persist' ? { ...effect, entries: [] } : effect)),
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 2, append(1, [0, 0], [entry(1, 1)]));
        world.crash(1);
        world.start(1);
        assert.equal(log(world, 1), '1@1');
      },
    },
    {
      source: 'figure 3.1; 3.8',
      text: 'a vote leaves only once it is durable',
      mutant: mutation('sendsAtOnce', sendsAtOnce),
      check(options) {
        const world = cluster(options);
        assert.deepEqual(hear(world, 1, 2, ask(world, 2, 5)), []);
        world.sync(1);
        assert.ok(granted(sent(world)[0]!));
      },
    },
    {
      source: 'figure 3.1; 3.8',
      text: 'entries are acknowledged only once they are durable',
      mutant: mutation('sendsAtOnce', sendsAtOnce),
      check(options) {
        const world = cluster(options);
        assert.deepEqual(hear(world, 1, 2, append(1, [0, 0], [entry(1, 1)])), []);
        world.sync(1);
        assert.ok(succeeded(sent(world)[0]!));
      },
    },
    {
      source: 'figure 3.1, all servers 2',
      text: 'a newer term in a reply makes a leader a follower of that term',
      mutant: mutation('deafToNewerTerms', deafToNewerTerms),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        const term = (world.state(1).term + 3) as Term;
        hear(world, 1, 2, { type: 'voteReply', term, granted: false });
        assert.deepEqual([world.state(1).role, world.state(1).term], ['follower', term]);
      },
    },
    {
      source: 'figure 3.1, RequestVote 1',
      text: 'a candidate of an older term gets no vote',
      mutant: rule(
        'grantVote',
        ({ addressed, upToDate }: { addressed: boolean; upToDate: boolean }) =>
          addressed && upToDate,
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 2, append(7, [0, 0], []));
        world.fire(1, 'leaderSilence');
        assert.ok(!granted(answer(world, 1, 3, ask(world, 3, 6))));
      },
    },
    {
      source: 'figure 3.1, RequestVote 2; 3.4',
      text: 'one vote per term, first come, first served',
      mutant: rule('grantVote', ({ addressed }: { addressed: boolean }) => addressed),
      check(options) {
        const world = cluster(options);
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5))));
        assert.ok(!granted(answer(world, 1, 3, ask(world, 3, 5))));
      },
    },
    {
      source: 'figure 3.1, RequestVote 2',
      text: 'the candidate that has the vote gets the same answer again',
      mutant: rule('grantVote', ({ votedFor }: { votedFor: unknown }) => votedFor === null),
      check(options) {
        const world = cluster(options);
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5))));
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5))));
      },
    },
    {
      source: '3.6.1',
      text: 'a later last term is more up to date than a longer log',
      mutant: rule(
        'upToDate',
        (a: { lastIndex: number }, b: { lastIndex: number }) => a.lastIndex >= b.lastIndex,
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3)]);
        assert.ok(!granted(answer(world, 1, 2, ask(world, 2, 5, [9, 2]))));
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 6, [1, 4]))));
      },
    },
    {
      source: '3.6.1',
      text: 'of two logs with the same last term the longer is more up to date',
      mutant: rule(
        'upToDate',
        (a: { lastTerm: number }, b: { lastTerm: number }) => a.lastTerm >= b.lastTerm,
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3), entry(2, 3)]);
        assert.ok(!granted(answer(world, 1, 2, ask(world, 2, 5, [1, 3]))));
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 6, [2, 3]))));
      },
    },
    {
      source: 'figure 3.1, followers 2',
      text: 'granting a vote puts the own election off',
      mutant: mutation('voteDoesNotRearm', unarmed('election', 'voteRequest')),
      check(options) {
        const world = cluster(options);
        hear(world, 1, 2, ask(world, 2, 5));
        assert.ok(has(world.effects, 'armTimer', 'election'));
      },
    },
    {
      source: 'figure 3.1, followers 2',
      text: 'hearing the leader puts the own election off',
      mutant: mutation('leaderDoesNotRearm', unarmed('election', 'appendEntries')),
      check(options) {
        const world = cluster(options);
        hear(world, 1, 2, append(5, [0, 0], []));
        assert.ok(has(world.effects, 'armTimer', 'election'));
      },
    },
    {
      source: 'figure 3.1, candidates 1',
      text: 'a candidate raises its term, votes for itself and asks all others',
      mutant: mutation('asksNobody', unsent('voteRequest')),
      check(options) {
        const world = cluster(options);
        world.fire(1, 'election');
        pump(world, ({ message }) => message.type.startsWith('preVote'));
        const { role, term, votedFor } = world.state(1);
        assert.deepEqual([role, term, votedFor?.id], ['candidate', 1, 1]);
        assert.deepEqual(
          world.network.map(({ to, message }) => `${message.type} ${to}`),
          ['voteRequest 2', 'voteRequest 3'],
        );
      },
    },
    {
      source: 'figure 3.1, candidates 2; 3.4',
      text: 'it takes the votes of a majority to lead, and no more',
      mutant: rule('quorum', (voters: number) => Math.floor(voters / 2)),
      check(options) {
        const world = cluster(options, { voters: 5 });
        candidacy(world);
        world.sync(1);
        vote(world, 2);
        assert.equal(world.state(1).role, 'candidate');
        vote(world, 3);
        assert.equal(world.state(1).role, 'leader');
      },
    },
    {
      source: '3.4',
      text: 'a repeated vote counts once',
      mutant: mutation('ballotStuffing', ballotStuffing),
      check(options) {
        const world = cluster(options, { voters: 5 });
        candidacy(world);
        world.sync(1);
        vote(world, 2);
        vote(world, 2);
        vote(world, 2);
        assert.equal(world.state(1).role, 'candidate');
      },
    },
    {
      source: '3.4',
      text: 'votes of an older term do not count',
      mutant: mutation('takesStaleTerms', takesStaleTerms),
      check(options) {
        const world = cluster(options);
        candidacy(world);
        world.sync(1);
        hear(world, 1, 2, {
          type: 'voteReply',
          term: (world.state(1).term - 1) as Term,
          granted: true,
        });
        assert.equal(world.state(1).role, 'candidate');
      },
    },
    {
      source: 'figure 3.1, candidates 3',
      text: 'a candidate that hears the leader of its term follows it',
      mutant: mutation(
        'deafCandidate',
        hearing((input, state) =>
          input.type === 'message' &&
          input.message.type === 'appendEntries' &&
          state.role === 'candidate'
            ? null
            : input,
        ),
      ),
      check(options) {
        const world = cluster(options);
        candidacy(world);
        hear(world, 1, 2, append(world.state(1).term, [0, 0], []));
        assert.deepEqual([world.state(1).role, world.state(1).leader], ['follower', 2]);
      },
    },
    {
      source: 'figure 3.1, candidates 4',
      text: 'a candidate whose election times out starts anew',
      mutant: mutation(
        'tiresCandidate',
        hearing((input, state) =>
          input.type === 'timerFired' && state.role === 'candidate' ? null : input,
        ),
      ),
      check(options) {
        const world = cluster(options);
        candidacy(world);
        world.network = [];
        world.fire(1, 'election');
        pump(world, () => true);
        assert.deepEqual([world.state(1).role, world.state(1).term], ['leader', 2]);
      },
    },
  ];
}
