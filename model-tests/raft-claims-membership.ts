/** Claims about changes of the voters (chapter 4) and about leadership transfer (3.10). */

import { strict as assert } from 'node:assert';
import { stepRaft } from '../src/core/raft/machine.js';
import type { Configuration } from '../src/core/raft/types.js';
import type { BrokerId, LogIndex } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import {
  answer,
  append,
  ask,
  cluster,
  deaf,
  entry,
  granted,
  mutation,
  rule,
} from './raft-claim.js';
import type { ClusterOptions, RaftCluster } from './raft-cluster.js';
import { electQuietly } from './raft-directed.js';

/** Three voters and a learner, node 4, that node 1 leads and knows. */
function withLearner(options: ClusterOptions): RaftCluster {
  const world = cluster(options, { learners: 1 });
  world.elect(1);
  world.fire(4, 'hello');
  world.settle();
  world.fire(1, 'heartbeat');
  world.settle();
  return world;
}

function votersOf(world: RaftCluster, id: number): string {
  return world
    .state(id)
    .configuration.voters.map((voter) => voter.id)
    .join('');
}

function commitIndex(world: RaftCluster, id: number): LogIndex {
  return world.state(id).commitIndex;
}

export function membershipClaims(): Unnumbered[] {
  return [
    {
      source: '4.1',
      text: 'a configuration counts from the moment in which it is in the log',
      mutant: rule('changedVoters', (voters: readonly unknown[]) => voters),
      check(options) {
        const world = withLearner(options);
        world.cutOff = new Set([2, 3]) as never;
        world.change(1, 'add', 4);
        assert.equal(votersOf(world, 1), '1234');
        const before = commitIndex(world, 1);
        // Three of four are needed now, and there are two.
        world.propose(1, 'x');
        world.settle();
        assert.equal(commitIndex(world, 1), before);
      },
    },
    {
      source: '4.1',
      text: 'who cuts a configuration off its log goes back to the one before',
      mutant: mutation('keepsConfiguration', (state, input, effects, rules) => {
        const { configuration } = state;
        stepRaft(state, input, effects, rules);
        Object.assign(state, { configuration });
      }),
      check(options) {
        const world = cluster(options);
        const configuration: Configuration = { voters: world.configuration.voters.slice(0, 2) };
        const change = { ...entry(1, 3), kind: 'configuration' as const, configuration };
        answer(world, 2, 3, append(3, [0, 0], [change]));
        assert.equal(votersOf(world, 2), '12');
        answer(world, 2, 1, append(4, [0, 0], [entry(1, 4)]));
        assert.equal(votersOf(world, 2), '123');
      },
    },
    {
      source: '4.1',
      text: 'a change waits until the one before it is committed',
      mutant: rule('mayChangeVoters', () => true),
      check(options) {
        const world = withLearner(options);
        world.cutOff = new Set([2, 3, 4]) as never;
        world.change(1, 'remove', 2);
        assert.equal(world.changes.get(world.change(1, 'remove', 3)), 'notReady');
        assert.equal(votersOf(world, 1), '13');
      },
    },
    {
      source: 'raft-dev, 2015-07-10 (erratum)',
      text: 'a leader changes nothing before an entry of its own term is committed',
      mutant: rule(
        'mayChangeVoters',
        (facts: { configurationIndex: number; commitIndex: number }) =>
          facts.configurationIndex <= facts.commitIndex,
      ),
      check(options) {
        const world = cluster(options);
        electQuietly(world, 1);
        assert.equal(commitIndex(world, 1), 0);
        assert.equal(world.changes.get(world.change(1, 'remove', 2)), 'notReady');
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(typeof world.changes.get(world.change(1, 'remove', 2)), 'number');
      },
    },
    {
      source: '4.1; KIP-853',
      text: 'one server at a time: a node with another directory does not take the place of the old one',
      mutant: rule(
        'changedVoters',
        (voters: readonly { id: number }[], { voter }: { voter: { id: number } }) => [
          ...voters.filter(({ id }) => id !== voter.id),
          voter,
        ],
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.crash(3);
        world.wipe(3);
        world.start(3);
        world.fire(3, 'hello');
        world.settle();
        assert.equal(world.changes.get(world.change(1, 'add', 3)), 'alreadyVoter');
      },
    },
    {
      source: '4.2.1',
      text: 'a new server becomes a voter only once it holds the log',
      mutant: rule('isCaughtUp', () => true),
      check(options) {
        const world = withLearner(options);
        world.cutOff.add(4 as BrokerId);
        world.propose(1, 'x');
        world.settle();
        world.change(1, 'add', 4);
        assert.equal(votersOf(world, 1), '123');
        world.cutOff.clear();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(votersOf(world, 1), '1234');
      },
    },
    {
      source: '4.2.1',
      text: 'a new server that makes no progress is given up',
      mutant: mutation('deafToCatchUp', (state, input, effects, rules) => {
        if (input.type !== 'timerFired' || input.name !== 'catchUp') {
          stepRaft(state, input, effects, rules);
        }
      }),
      check(options) {
        const world = withLearner(options);
        world.cutOff.add(4 as BrokerId);
        world.propose(1, 'x');
        world.settle();
        const token = world.change(1, 'add', 4);
        world.fire(1, 'catchUp');
        assert.equal(world.changes.get(token), 'notCaughtUp');
      },
    },
    {
      source: '4.1',
      text: 'a new server votes although its own log does not make it a voter yet',
      mutant: rule('grantVote', (facts: { addressed: boolean; ownTerm: number }) => {
        return facts.addressed && facts.ownTerm > 1_000;
      }),
      check(options) {
        const world = cluster(options, { learners: 1 });
        assert.equal(world.state(4).role, 'learner');
        assert.ok(granted(answer(world, 4, 2, ask(world, 2, 5, [0, 0], 'voteRequest', 4))));
      },
    },
    {
      source: '4.2.2',
      text: 'a leader that removes itself does not count itself, and leaves once that is committed',
      mutant: rule('leavesOnceRemoved', () => false),
      check(options) {
        const world = withLearner(options);
        world.cutOff = new Set([2]) as never;
        world.change(1, 'remove', 1);
        world.settle();
        // One of the two that are left is not enough.
        assert.equal(world.state(1).role, 'leader');
        world.cutOff.clear();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(world.state(1).role, 'learner');
        assert.equal(world.leaders().length, 1);
      },
    },
    {
      source: '4.2.2',
      text: 'who is removed stands for election until it knows that this is committed',
      mutant: mutation('leavesAtOnce', (state, input, effects, rules) => {
        stepRaft(state, input, effects, rules);
        if (!state.configuration.voters.some(({ id }) => id === state.self.id)) {
          state.role = 'learner';
        }
      }),
      check(options) {
        const world = cluster(options);
        const configuration: Configuration = { voters: world.configuration.voters.slice(1) };
        const change = { ...entry(1, 3), kind: 'configuration' as const, configuration };
        answer(world, 1, 3, append(3, [0, 0], [change]));
        assert.equal(world.state(1).role, 'follower');
        answer(world, 1, 3, append(3, [1, 3], [], 1));
        assert.equal(world.state(1).role, 'learner');
      },
    },
    {
      source: '4.2.2',
      text: 'who is removed and stands for election goes on with it when the silence of its last leader is noticed',
      mutant: mutation('gaveUpOnSilence', (state, input, effects, rules) => {
        stepRaft(state, input, effects, rules);
        if (input.type === 'timerFired' && input.name === 'leaderSilence') {
          state.role = 'follower';
        }
      }),
      check(options) {
        const world = cluster(options);
        const configuration: Configuration = { voters: world.configuration.voters.slice(1) };
        const change = { ...entry(1, 3), kind: 'configuration' as const, configuration };
        answer(world, 1, 3, append(3, [0, 0], [change]));
        world.fire(1, 'election');
        assert.equal(world.state(1).role, 'preCandidate');
        world.fire(1, 'leaderSilence');
        assert.equal(world.state(1).role, 'preCandidate');
      },
    },
    {
      source: '4.2.2; KIP-853',
      text: 'who was removed without hearing of it goes on as one that learns',
      mutant: mutation('deafToPreVotes', deaf('preVoteRequest')),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(3 as BrokerId);
        world.change(1, 'remove', 3);
        world.settle();
        world.cutOff.clear();
        world.fire(3, 'leaderSilence');
        world.fire(3, 'election');
        world.settle();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(world.state(3).role, 'learner');
        assert.equal(world.state(1).role, 'leader');
      },
    },
    {
      source: '3.10',
      text: 'a leadership is handed over without an election timeout',
      mutant: mutation('deafToTimeoutNow', deaf('timeoutNow')),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        const token = world.transfer(1, 2);
        world.settle();
        assert.equal(world.state(2).role, 'leader');
        assert.equal(world.transfers.get(token), true);
      },
    },
    {
      source: '3.10',
      text: 'who takes over holds the whole log before it is told so',
      mutant: rule('mayTakeOver', () => true),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(2 as BrokerId);
        world.propose(1, 'x');
        world.settle();
        world.transfer(1, 2);
        assert.ok(world.network.every(({ message }) => message.type !== 'timeoutNow'));
        world.cutOff.clear();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(world.state(2).role, 'leader');
      },
    },
    {
      source: '3.10',
      text: 'a leader whose successor does not take over leads on, and takes proposals again',
      mutant: mutation('deafToTransfer', (state, input, effects, rules) => {
        if (input.type !== 'timerFired' || input.name !== 'transfer') {
          stepRaft(state, input, effects, rules);
        }
      }),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(2 as BrokerId);
        const token = world.transfer(1, 2);
        assert.ok(!world.accepted.has(world.propose(1, 'x')));
        world.fire(1, 'transfer');
        assert.equal(world.transfers.get(token), false);
        assert.ok(world.accepted.has(world.propose(1, 'y')));
      },
    },
    {
      source: '4.2.3; 3.10',
      text: 'an election that the leader asked for is not disregarded',
      mutant: rule('disregardsCandidate', (leaderHeard: boolean) => leaderHeard),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.fire(1, 'heartbeat');
        world.settle();
        world.transfer(1, 2);
        world.settle();
        assert.equal(world.state(2).role, 'leader');
      },
    },
  ];
}
