/** Claims about pre-vote, learners and replaced disks (9.6, chapter 4, KIP-853). */

import { strict as assert } from 'node:assert';
import { fromTheMatch } from '../src/bugs/raft.js';
import { stepRaft } from '../src/core/raft/machine.js';
import type { BrokerId } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import {
  answer,
  append,
  ask,
  cluster,
  deaf,
  divergent,
  entry,
  granted,
  hear,
  holding,
  log,
  mutation,
  rule,
} from './raft-claim.js';

export function preVoteClaims(): Unnumbered[] {
  return [
    {
      source: '9.6',
      text: 'nobody raises its term before a majority said that it would vote',
      mutant: rule('asksPreVote', () => false),
      check(options) {
        const world = cluster(options);
        world.fire(1, 'election');
        assert.deepEqual([world.state(1).role, world.state(1).term], ['preCandidate', 0]);
      },
    },
    {
      source: '9.6',
      text: 'being asked for a pre-vote changes neither term nor vote',
      mutant: mutation('preVoteRaisesTerm', (state, input, effects, rules) => {
        stepRaft(state, input, effects, rules);
        if (input.type === 'message' && input.message.type === 'preVoteRequest') {
          state.term = input.message.term;
        }
      }),
      check(options) {
        const world = cluster(options);
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5, [0, 0], 'preVoteRequest'))));
        assert.ok(granted(answer(world, 1, 3, ask(world, 3, 5, [0, 0], 'preVoteRequest'))));
        assert.deepEqual([world.state(1).term, world.state(1).votedFor], [0, null]);
      },
    },
    {
      source: '9.6',
      text: 'a pre-vote is refused if the log is not up to date',
      mutant: rule(
        'grantPreVote',
        ({ addressed, leaderHeard }: { addressed: boolean; leaderHeard: boolean }) =>
          addressed && !leaderHeard,
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3)]);
        assert.ok(!granted(answer(world, 1, 2, ask(world, 2, 5, [0, 0], 'preVoteRequest'))));
      },
    },
    {
      source: '9.6',
      text: 'a pre-vote is refused while a leader is heard',
      mutant: rule(
        'grantPreVote',
        ({ addressed, upToDate }: { addressed: boolean; upToDate: boolean }) =>
          addressed && upToDate,
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], []));
        assert.ok(!granted(answer(world, 1, 2, ask(world, 2, 5, [0, 0], 'preVoteRequest'))));
        world.fire(1, 'leaderSilence');
        assert.ok(granted(answer(world, 1, 2, ask(world, 2, 5, [0, 0], 'preVoteRequest'))));
      },
    },
    {
      source: '4.2.3',
      text: 'while a leader is heard, RequestVote changes neither term nor vote',
      mutant: rule('disregardsCandidate', () => false),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], []));
        assert.ok(!granted(answer(world, 1, 2, ask(world, 2, 5))));
        assert.deepEqual([world.state(1).term, world.state(1).votedFor], [3, null]);
      },
    },
    {
      source: '9.6; KIP-996',
      text: 'a node that was cut off comes back without deposing the leader',
      mutant: rule('asksPreVote', () => false),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(3 as BrokerId);
        for (let i = 0; i < 4; i++) {
          world.fire(3, 'election');
          world.settle();
        }
        world.cutOff.clear();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.deepEqual(
          [world.state(1).role, world.state(1).term, world.state(3).leader],
          ['leader', 1, 1],
        );
      },
    },
    {
      source: '4.2.1; KIP-853',
      text: 'a node that is no voter does not stand for election, nor vote in the place of another',
      mutant: rule('canVote', () => true),
      check(options) {
        const world = cluster(options, { learners: 1 });
        assert.ok(!granted(answer(world, 4, 2, ask(world, 2, 5))));
        assert.equal(world.state(4).role, 'learner');
      },
    },
    {
      source: '4.2.1',
      text: 'a node that is no voter gets the log all the same',
      mutant: mutation('deafToHello', deaf('learnerHello')),
      check(options) {
        const world = cluster(options, { learners: 1 });
        world.elect(1);
        world.propose(1, 'x');
        world.settle();
        world.fire(4, 'hello');
        world.settle();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.deepEqual(world.node(4).applied, ['x']);
      },
    },
    {
      source: 'KIP-853',
      text: 'a voter that lost its disk is not counted, neither for votes nor for commitment',
      mutant: rule('canVote', ({ voters }: { voters: { id: number }[] }, { id }: { id: number }) =>
        voters.some((voter) => voter.id === id),
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.crash(3);
        world.wipe(3);
        world.start(3);
        world.cutOff.add(2 as BrokerId);
        world.propose(1, 'x');
        for (let i = 0; i < 3; i++) {
          world.fire(1, 'heartbeat');
          world.settle();
        }
        assert.equal(log(world, 3), log(world, 1));
        assert.equal(world.state(1).commitIndex, 1);
      },
    },
    {
      source: '3.6.3; 4.2.3 (the guard)',
      text: 'a peer that would cut committed entries off ends the node instead',
      mutant: rule('keepsCommitted', () => true),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3)], 1));
        hear(world, 1, 2, append(4, [0, 0], [entry(1, 4)]));
        assert.deepEqual(
          world.violations.map(({ property }) => property),
          ['assertion'],
        );
      },
    },
    {
      source: '3.5',
      text: 'a leader may as well go back to what is known to match',
      mutant: rule('backUp', (_log: unknown, { nextIndex }: { nextIndex: number }) => nextIndex),
      check(options) {
        const rules = { backUp: fromTheMatch, ...options.rules };
        const world = cluster({ ...options, rules });
        divergent(world);
        world.settle();
        assert.equal(log(world, 2), log(world, 1));
      },
    },
  ];
}
