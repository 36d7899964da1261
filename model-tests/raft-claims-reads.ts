/** Claims about check-quorum and reads (6.2, 6.4). */

import { strict as assert } from 'node:assert';
import type { BrokerId, LogIndex, Term } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import { answer, append, cluster, hear, hearing, mutation, rule, saying } from './raft-claim.js';
import { electQuietly, pump } from './raft-directed.js';

export function readClaims(): Unnumbered[] {
  return [
    {
      source: '6.2',
      text: 'a leader that no majority answers within an election timeout steps down',
      mutant: rule('mustStepDown', () => false),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.fire(1, 'checkQuorum');
        world.cutOff.add(1 as BrokerId);
        world.fire(1, 'heartbeat');
        world.settle();
        world.fire(1, 'checkQuorum');
        assert.deepEqual([world.state(1).role, world.state(1).leader], ['follower', null]);
      },
    },
    {
      source: '6.2',
      text: 'a leader that a majority answers stays',
      mutant: rule('mustStepDown', () => true),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(3 as BrokerId);
        for (let i = 0; i < 3; i++) {
          world.fire(1, 'heartbeat');
          world.settle();
          world.fire(1, 'checkQuorum');
        }
        assert.equal(world.state(1).role, 'leader');
      },
    },
    {
      source: '6.4, step 1',
      text: 'no read is served before an entry of the own term is committed',
      mutant: rule(
        'mayServeRead',
        (facts: { confirmed: number; quorum: number }) => facts.confirmed >= facts.quorum,
      ),
      check(options) {
        const world = cluster(options);
        electQuietly(world, 1);
        world.fire(1, 'heartbeat');
        const token = world.read(1);
        // Its followers confirm the round, but nobody has a durable no-op.
        const round = world.state(1).readRound;
        const { term } = world.state(1);
        for (const from of [2, 3]) {
          const none = 0 as LogIndex;
          hear(world, 1, from, {
            type: 'appendEntriesReply',
            term,
            success: false,
            matchIndex: none,
            conflictTerm: 0 as Term,
            round,
          });
        }
        assert.equal(world.reads.get(token), undefined);
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(world.reads.get(token), 1);
      },
    },
    {
      source: '6.4, step 3',
      text: 'no read is served before a majority has answered a round begun after it',
      mutant: rule(
        'mayServeRead',
        (facts: { commitIndex: number; termStartIndex: number }) =>
          facts.commitIndex >= facts.termStartIndex,
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.cutOff.add(1 as BrokerId);
        const token = world.read(1);
        world.settle();
        assert.equal(world.reads.get(token), undefined);
        world.cutOff.clear();
        world.fire(1, 'heartbeat');
        world.settle();
        assert.equal(world.reads.get(token), 1);
      },
    },
    {
      source: '6.4, step 3',
      text: 'answers to rounds before the read confirm nothing',
      mutant: mutation(
        'anyAnswerConfirms',
        hearing((input) =>
          input.type === 'message' && input.message.type === 'appendEntriesReply'
            ? { ...input, message: { ...input.message, round: 1e6 } }
            : input,
        ),
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.fire(1, 'heartbeat');
        pump(world, ({ message }) => message.type === 'appendEntries');
        const late = world.network.splice(0);
        const token = world.read(1);
        world.network = [];
        for (const packet of late) {
          world.deliver(packet);
        }
        assert.equal(world.reads.get(token), undefined);
      },
    },
    {
      source: '6.4, step 3',
      text: 'an answer to an older leader names no round: that one may lead again, and count its rounds anew',
      mutant: mutation(
        'roundOfAnOlderLeader',
        saying((effect, input) =>
          effect.type === 'send' &&
          effect.message.type === 'appendEntriesReply' &&
          input.type === 'message' &&
          input.message.type === 'appendEntries'
            ? { ...effect, message: { ...effect.message, round: input.message.round } }
            : effect,
        ),
      ),
      check(options) {
        const world = cluster(options);
        const asked = { ...append(4, [0, 0], []), round: 7 };
        const named = (): unknown => {
          const said = answer(world, 1, 3, asked);
          return said.type === 'appendEntriesReply' && [said.term, said.round];
        };
        assert.deepEqual(named(), [4, 7]);
        answer(world, 1, 2, append(5, [0, 0], []));
        assert.deepEqual(named(), [5, 0]);
      },
    },
    {
      source: '6.4, step 2',
      text: 'a read is served at the index that was committed when it came, or newer',
      mutant: rule('readIndex', () => 0),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        world.propose(1, 'x');
        world.settle();
        const token = world.read(1);
        world.settle();
        assert.equal(world.reads.get(token), 2);
      },
    },
    {
      source: '6.4',
      text: 'a single voter leads alone and serves reads at once',
      mutant: rule('quorum', (voters: number) => voters + 1),
      check(options) {
        const world = cluster(options, { voters: 1 });
        world.settle();
        const token = world.read(1);
        assert.deepEqual([world.state(1).role, world.reads.get(token)], ['leader', 1]);
      },
    },
    {
      source: '6.4',
      text: 'a deposed leader refuses the reads that wait',
      mutant: mutation(
        'forgetsReads',
        saying((effect) => (effect.type === 'readRefused' ? null : effect)),
      ),
      check(options) {
        const world = cluster(options);
        world.elect(1);
        const token = world.read(1);
        hear(world, 1, 2, append(world.state(1).term + 1, [0, 0], []));
        assert.equal(world.reads.get(token), 'refused');
      },
    },
  ];
}
