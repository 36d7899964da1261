/** Claims about compaction and the transfer of snapshots (chapter 5). */

import { strict as assert } from 'node:assert';
import { stepRaft } from '../src/core/raft/machine.js';
import type { Entry } from '../src/core/raft/types.js';
import type { LogIndex, Term } from '../src/core/types/ids.js';
import type { Unnumbered } from './raft-claim.js';
import {
  answer,
  append,
  cluster,
  compacted,
  entry,
  has,
  hear,
  hearing,
  install,
  log,
  mutation,
  rule,
  saying,
  sendsAtOnce,
  sent,
  succeeded,
  unsent,
} from './raft-claim.js';
import { pump } from './raft-directed.js';

export function snapshots(): Unnumbered[] {
  return [
    {
      source: '5.1',
      text: 'after compaction the log still knows the snapshot’s index and term',
      mutant: rule(
        'matchesPrevious',
        (of: { entries: Entry[] }, index: number, term: number) =>
          index === 0 || of.entries.some((held) => held.index === index && held.term === term),
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3)], 1));
        world.snapshot(1);
        assert.equal(log(world, 1), '');
        assert.ok(succeeded(answer(world, 1, 3, append(3, [1, 3], [entry(2, 3)]))));
        assert.ok(!succeeded(answer(world, 1, 3, append(3, [3, 3], []))));
      },
    },
    {
      source: '5; figure 5.3',
      text: 'a follower behind the compacted log gets the snapshot and then the rest',
      mutant: mutation('sendsNoSnapshot', unsent('installSnapshot')),
      check(options) {
        const world = compacted(options);
        world.settle();
        assert.deepEqual(world.node(3).applied, world.node(1).applied);
        assert.equal(world.state(3).snapshot.index, world.state(1).snapshot.index);
      },
    },
    {
      source: 'figure 5.3; 5.3',
      text: 'a lost piece of a snapshot is asked for again, and a lost transfer begins anew',
      mutant: mutation(
        'pretendsToHaveAll',
        saying((effect, input) =>
          effect.type === 'send' &&
          effect.message.type === 'installSnapshotReply' &&
          input.type === 'message' &&
          input.message.type === 'installSnapshot'
            ? {
                ...effect,
                message: {
                  ...effect.message,
                  received: input.message.offset + input.message.data.length,
                },
              }
            : effect,
        ),
      ),
      check(options) {
        const world = compacted(options);
        // Two pieces arrive; then the follower forgets them.
        let pieces = 0;
        pump(
          world,
          ({ message }) => {
            pieces += message.type === 'installSnapshot' ? 1 : 0;
            return true;
          },
          () => pieces === 2,
        );
        world.crash(3);
        world.start(3);
        for (let i = 0; i < 4; i++) {
          world.fire(1, 'heartbeat');
          world.settle();
        }
        assert.deepEqual(world.node(3).applied, world.node(1).applied);
      },
    },
    {
      source: 'figure 5.3, receiver; 5.3',
      text: 'a snapshot of what is committed already changes nothing',
      mutant: mutation('installsOldSnapshots', (state, input, effects, rules) => {
        if (input.type === 'message' && input.message.type === 'installSnapshot') {
          state.commitIndex = 0 as LogIndex;
        }
        stepRaft(state, input, effects, rules);
      }),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3), entry(2, 3)], 2));
        world.network = [];
        hear(world, 1, 3, install(world, 1, 3));
        assert.ok(!has(world.effects, 'restore'));
        assert.equal(log(world, 1), '1@3 2@3');
      },
    },
    {
      source: 'figure 5.3, receiver 6',
      text: 'entries behind a snapshot that matches the log are kept',
      mutant: mutation(
        'discardsMatchingLog',
        hearing((input) =>
          input.type === 'message' && input.message.type === 'installSnapshot'
            ? { ...input, message: { ...input.message, snapshotTerm: 2 as Term } }
            : input,
        ),
      ),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3), entry(2, 3)]));
        hear(world, 1, 3, install(world, 1, 3));
        assert.ok(has(world.effects, 'restore'));
        assert.deepEqual([log(world, 1), world.state(1).snapshot.index], ['2@3', 1]);
      },
    },
    {
      source: 'figure 5.3, receiver 7',
      text: 'a log that the snapshot contradicts is discarded as a whole',
      mutant: mutation('keepsContradictedLog', (state, input, effects, rules) => {
        const entries = state.entries.slice();
        stepRaft(state, input, effects, rules);
        if (input.type === 'message' && input.message.type === 'installSnapshot') {
          state.entries = entries.filter(({ index }) => index > state.snapshot.index);
        }
      }),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 2), entry(2, 2)]));
        hear(world, 1, 3, install(world, 1, 3));
        assert.deepEqual([log(world, 1), world.state(1).snapshot.index], ['', 1]);
      },
    },
    {
      source: 'figure 5.3; 3.8',
      text: 'a snapshot is acknowledged only once it is durable',
      mutant: mutation('sendsAtOnce', sendsAtOnce),
      check(options) {
        const world = cluster(options);
        assert.deepEqual(hear(world, 1, 3, install(world, 1, 3)), []);
        world.sync(1);
        const [reply] = sent(world);
        assert.ok(reply?.type === 'installSnapshotReply' && reply.done);
      },
    },
  ];
}
