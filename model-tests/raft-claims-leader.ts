/** Claims about a leader, its followers and commitment (figure 3.1, 3.5, 3.6). */

import { strict as assert } from 'node:assert';
import { stepRaft } from '../src/core/raft/machine.js';
import type { BrokerId } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import { cluster, divergent, log, mutation, rule, saying } from './raft-claim.js';
import type { ClusterOptions, RaftCluster } from './raft-cluster.js';
import { electQuietly, pump } from './raft-directed.js';

export function leaderClaims(): Unnumbered[] {
  return [
    {
      source: 'figure 3.1, leaders 1',
      text: 'a leader announces itself at once and again at every heartbeat',
      mutant: mutation(
        'muteHeartbeat',
        saying((effect, input) =>
          effect.type === 'send' && input.type === 'timerFired' && input.name === 'heartbeat'
            ? null
            : effect,
        ),
      ),
      check(options) {
        const world = cluster(options);
        electQuietly(world, 1);
        world.settle();
        world.fire(1, 'heartbeat');
        assert.deepEqual(
          world.network.map(({ to }) => to),
          [2, 3],
        );
        assert.ok(world.node(1).timers.has('heartbeat'));
      },
    },
    {
      source: 'figure 3.1, leaders 2',
      text: 'a proposal is appended to the own log and sent to the others',
      mutant: mutation(
        'hoardsProposals',
        saying((effect, input) =>
          effect.type === 'send' && input.type === 'propose' ? null : effect,
        ),
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.propose(1, 'x');
        assert.equal(log(world, 1), '1@1 2@1');
        assert.deepEqual(
          world.network.map(({ to }) => to),
          [2, 3],
        );
      },
    },
    {
      source: '3.5; figure 3.1, leaders 3',
      text: 'a refused message moves nextIndex back until the logs match',
      mutant: rule('backUp', (_log: unknown, { nextIndex }: { nextIndex: number }) => nextIndex),
      check(options) {
        const world = cluster(options);
        divergent(world);
        world.settle();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(log(world, 2), log(world, 1));
      },
    },
    {
      source: '3.5 (end): fast back-up',
      text: 'one refusal takes the leader over a whole conflicting term',
      mutant: rule(
        'backUp',
        (_log: unknown, { nextIndex, matchIndex }: { nextIndex: number; matchIndex: number }) =>
          Math.max(nextIndex - 1, matchIndex + 1),
      ),
      check(options) {
        const world = cluster(options);
        divergent(world);
        let refusals = 0;
        pump(world, ({ from, message }) => {
          refusals +=
            message.type === 'appendEntriesReply' && !message.success && from.id === 2 ? 1 : 0;
          return true;
        });
        assert.equal(log(world, 2), log(world, 1));
        assert.equal(refusals, 1);
      },
    },
    {
      source: 'figure 3.1, leaders 4; 3.3',
      text: 'an entry is committed once a majority holds it, without waiting for all',
      mutant: rule('quorum', (voters: number) => voters),
      check(options) {
        const world = cluster(options);
        world.cutOff.add(3 as BrokerId);
        world.elect(1);
        assert.equal(world.node(1).appliedIndex, 1);
      },
    },
    {
      source: '3.6.2, figure 3.7',
      text: 'an entry of an older term is not committed by counting',
      mutant: rule(
        'advanceCommitIndex',
        (_log: unknown, { matched, quorum }: { matched: number[]; quorum: number }) =>
          [...matched].sort((a, b) => b - a)[quorum - 1],
      ),
      check(options) {
        const world = inherited(options);
        const reached = (): boolean =>
          [...world.state(1).progress.values()].some(({ matchIndex }) => matchIndex >= 2);
        pump(world, () => true, reached);
        assert.ok(reached());
        assert.equal(world.state(1).commitIndex, 1);
      },
    },
    {
      source: '3.6.2; 6.4',
      text: 'older entries are committed with the first entry of the new term, its no-op',
      mutant: rule('appendsNoop', () => false),
      check(options) {
        const world = inherited(options);
        world.settle();
        assert.equal(world.state(1).commitIndex, 3);
      },
    },
    {
      source: '10.2.1',
      text: 'the leader counts itself only for what is on its own disk',
      mutant: rule('countsSelf', (_durable: number, last: number) => last),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(3 as BrokerId);
        world.propose(1, 'x');
        for (const packet of world.network.splice(0)) {
          world.deliver(packet);
        }
        world.sync(2);
        for (const packet of world.network.splice(0)) {
          world.deliver(packet);
        }
        assert.equal(world.state(1).commitIndex, 1);
        world.sync(1);
        assert.equal(world.state(1).commitIndex, 2);
      },
    },
    {
      source: 'figure 3.1, all servers 1',
      text: 'committed entries are handed out in order, each once',
      mutant: mutation('handsOutTwice', (state, input, effects, rules) => {
        stepRaft(state, input, effects, rules);
        const again = effects.find((effect) => effect.type === 'committed');
        if (again !== undefined) {
          effects.push(again);
        }
      }),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        for (const payload of ['x', 'y', 'z']) {
          world.propose(1, payload);
        }
        world.settle();
        for (const { applied } of world.running()) {
          assert.deepEqual(applied, ['x', 'y', 'z']);
        }
      },
    },
    {
      source: '3.5; 10.2.1',
      text: 'at most maxInflight messages with entries are under way to a node',
      mutant: mutation('forgetsInflight', (state, input, effects, rules) => {
        for (const progress of state.progress.values()) {
          progress.inflight = 0;
        }
        stepRaft(state, input, effects, rules);
      }),
      check(options) {
        const world = cluster(options, { limits: { maxInflight: 2 } });
        world.elect(1);
        for (let i = 0; i < 5; i++) {
          world.propose(1, 'x');
        }
        assert.equal(world.network.filter(({ to }) => to === 2).length, 2);
      },
    },
  ];
}

/** Node 1 leads in a new term; entry 2 of an older term is on no other node yet. */
function inherited(options: ClusterOptions): RaftCluster {
  const world = cluster(options, { limits: { maxAppendBytes: 1, maxInflight: 1 } });
  world.elect(1);
  if (world.state(1).entries.length === 0) {
    world.propose(1, 'first');
    world.settle();
  }
  world.cutOff = new Set([2, 3]) as never;
  world.propose(1, 'old');
  world.settle();
  world.fire(1, 'checkQuorum');
  world.fire(1, 'checkQuorum');
  world.cutOff.clear();
  electQuietly(world, 1);
  world.fire(1, 'heartbeat');
  return world;
}
