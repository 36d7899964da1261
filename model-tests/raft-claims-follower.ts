/** Claims about a follower and its log (figure 3.1, AppendEntries). */

import { strict as assert } from 'node:assert';
import type { Entry } from '../src/core/raft/types.js';
import type { Unnumbered } from './raft-claim.js';
import {
  answer,
  append,
  cluster,
  entry,
  has,
  holding,
  log,
  mutation,
  rule,
  succeeded,
  takesStaleTerms,
} from './raft-claim.js';

export function followerClaims(): Unnumbered[] {
  return [
    {
      source: 'figure 3.1, AppendEntries 1',
      text: 'a leader of an older term is refused and told the newer term',
      mutant: mutation('takesStaleTerms', takesStaleTerms),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 2, append(7, [0, 0], []));
        const reply = answer(world, 1, 3, append(6, [0, 0], [entry(1, 6)]));
        assert.deepEqual([succeeded(reply), reply.term, log(world, 1)], [false, 7, '']);
      },
    },
    {
      source: 'figure 3.1, AppendEntries 2',
      text: 'entries are refused unless the one before them is there with its term',
      mutant: rule('matchesPrevious', () => true),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3)]);
        assert.ok(!succeeded(answer(world, 1, 3, append(3, [1, 2], []))));
        assert.ok(!succeeded(answer(world, 1, 3, append(3, [2, 3], []))));
        assert.ok(succeeded(answer(world, 1, 3, append(3, [1, 3], []))));
      },
    },
    {
      source: 'figure 3.1, AppendEntries 3',
      text: 'an entry that conflicts goes, and all that follow it',
      mutant: rule('truncationPoint', () => null),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 1), entry(2, 2), entry(3, 2)]);
        answer(world, 1, 3, append(4, [1, 1], [entry(2, 4)]));
        assert.equal(log(world, 1), '1@1 2@4');
      },
    },
    {
      source: 'figure 3.1, AppendEntries 3',
      text: 'a shorter, older message cuts nothing off',
      mutant: rule(
        'truncationPoint',
        (of: { entries: Entry[] }, prev: number) =>
          of.entries.find(({ index }) => index > prev)?.base ?? null,
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3), entry(2, 3)]);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3)]));
        answer(world, 1, 3, append(3, [0, 0], []));
        assert.equal(log(world, 1), '1@3 2@3');
      },
    },
    {
      source: 'figure 3.1, AppendEntries 4; 3.5',
      text: 'a repeated message changes nothing and is answered alike',
      mutant: rule(
        'truncationPoint',
        (_of: unknown, _prev: number, entries: Entry[]) => entries[0]?.base ?? null,
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 3)]);
        assert.ok(succeeded(answer(world, 1, 3, append(3, [0, 0], [entry(1, 3)]))));
        assert.ok(!has(world.effects, 'persist'));
        assert.equal(world.node(1).queue.length + world.state(1).persistSequence, 2 - 1);
      },
    },
    {
      source: 'figure 3.1, AppendEntries 5',
      text: 'a follower commits up to the last new entry at most',
      mutant: rule('followerCommitIndex', (facts: { leaderCommit: number; lastIndex: number }) =>
        Math.min(facts.leaderCommit, facts.lastIndex),
      ),
      check(options) {
        const world = cluster(options);
        holding(world, 1, 3, [entry(1, 1), entry(2, 2)]);
        answer(world, 1, 3, append(4, [1, 1], [], 2));
        assert.equal(world.state(1).commitIndex, 1);
      },
    },
    {
      source: 'figure 3.1, AppendEntries 5',
      text: 'a follower commits what the leader says is committed',
      mutant: rule('followerCommitIndex', (facts: { commitIndex: number }) => facts.commitIndex),
      check(options) {
        const world = cluster(options);
        answer(world, 1, 3, append(3, [0, 0], [entry(1, 3), entry(2, 3)], 1));
        assert.deepEqual([world.state(1).commitIndex, world.node(1).applied], [1, ['A']]);
      },
    },
  ];
}
