/** The incremental judge of Raft against the plain one, and its log properties against every entry. */

import { describe, expect, it } from 'vitest';
import type { Bug } from '../src/bugs/bug.js';
import { raftBugs } from '../src/bugs/raft.js';
import { IncrementalRaftJudge } from '../src/core/properties/raft/incremental.js';
import type { RaftViolation } from '../src/core/properties/raft/judge.js';
import { stepRaft } from '../src/core/raft/machine.js';
import { cloneRaft } from '../src/core/raft/state.js';
import type { Entry, RaftState } from '../src/core/raft/types.js';
import type { Step } from './raft-cluster.js';
import { walkSeed } from './raft-walk.js';

interface Outcome {
  readonly plain: readonly RaftViolation[];
  readonly incremental: readonly RaftViolation[];
  readonly looked: readonly string[];
  readonly steps: number;
}

/** Walks with both judges; `looked`: what a look at every entry of every log finds wrong. */
function walkTwice(seed: number, bug: Bug | null, spoil?: (state: RaftState) => void): Outcome {
  const judge = new IncrementalRaftJudge();
  const incremental: RaftViolation[] = [];
  const looked = new Set<string>();
  /** In the order in which they were started, as the plain judge's world is ordered. */
  const running = new Map<number, RaftState>();
  const step: Step = (state, input, effects, rules) => {
    if (input.type === 'start') {
      running.set(state.self.id, state);
      incremental.push(...judge.started(state));
      lookAtLogs(running, looked);
    }
    judge.stepping(state);
    const before = cloneRaft(state);
    stepRaft(state, input, effects, rules);
    spoil?.(state);
    incremental.push(...judge.stepped(state, input, effects));
    lookAtCommitted(before, state, looked);
    if (spoil !== undefined || effects.some(({ type }) => type === 'persist')) {
      lookAtLogs(running, looked);
    }
  };
  const crashed = (id: number): void => {
    running.delete(id);
    judge.ended(id as never);
  };
  const wipes = bug?.name === 'wiped-voter-votes' ? 1 : 0;
  const cluster = walkSeed(seed, { step, wipes, crashed, ...(bug?.raft && { rules: bug.raft }) });
  const plain = cluster.violations.filter(({ property }) => property !== 'assertion');
  return { plain, incremental, looked: [...looked], steps: cluster.steps };
}

/** LogMatching, word by word. */
function lookAtLogs(running: ReadonlyMap<number, RaftState>, wrong: Set<string>): void {
  const logs = [...running.values()];
  for (const a of logs) {
    for (const b of logs.slice(logs.indexOf(a) + 1)) {
      const floor = Math.max(a.snapshot.index, b.snapshot.index);
      const behind = (log: RaftState): Entry[] => log.entries.filter((e) => e.index > floor);
      const [left, right] = [behind(a), behind(b)];
      const both = left.findLast((one) =>
        right.some(({ index, term }) => index === one.index && term === one.term),
      );
      const upTo = (entries: Entry[]): string =>
        JSON.stringify(
          entries
            .filter(({ index }) => index <= (both?.index ?? 0))
            .map(({ payload, ...rest }) => [rest, [...payload]]),
        );
      if (upTo(left) !== upTo(right)) {
        wrong.add('LogMatching');
      }
    }
  }
}

/** CommittedAppendOnly and LeaderAppendOnly, word by word. */
function lookAtCommitted(before: RaftState, after: RaftState, wrong: Set<string>): void {
  const behind = before.entries.filter(({ index }) => index > after.snapshot.index);
  for (const entry of behind) {
    const held = after.entries.find(({ index }) => index === entry.index);
    if (entry.index <= before.commitIndex && held?.term !== entry.term) {
      wrong.add('CommittedAppendOnly');
    }
  }
  const led = before.role === 'leader' && after.role === 'leader' && before.term === after.term;
  if (led && behind.some((entry, at) => after.entries[at] !== entry)) {
    wrong.add('LeaderAppendOnly');
  }
}

const LOOKED = ['LogMatching', 'CommittedAppendOnly', 'LeaderAppendOnly'];

function agree(seed: number, bug: Bug | null, spoil?: (state: RaftState) => void): Outcome {
  const outcome = walkTwice(seed, bug, spoil);
  const what = `${bug?.name ?? 'no bug'}, seed ${seed}`;
  const named = outcome.plain.map(({ property }) => property);
  expect(
    outcome.incremental.map(({ property }) => property),
    what,
  ).toEqual(named);
  expect([...outcome.looked].sort(), what).toEqual(
    LOOKED.filter((property) => named.includes(property)).sort(),
  );
  return outcome;
}

describe('the incremental judge of Raft', () => {
  it('says what the plain judge says where all is well', () => {
    let steps = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const outcome = agree(seed, null);
      expect(outcome.plain).toEqual([]);
      steps += outcome.steps;
    }
    expect(steps).toBeGreaterThan(8_000);
  });

  it('says it of every bug, and of every way in which logs go wrong', () => {
    const seen = new Set<string>();
    for (const bug of raftBugs) {
      for (let seed = 1; seed <= 8; seed++) {
        for (const { property } of agree(seed, bug).incremental) {
          seen.add(property);
        }
      }
    }
    for (const property of ['LogMatching', 'RestartKeepsPersisted', 'QuorumLog', 'VoteOnce']) {
      expect(seen).toContain(property);
    }
  });

  // No write tells of these, so they must be seen at the seams.
  it.each([
    [
      'LeaderAppendOnly',
      (state: RaftState) => {
        const last = state.entries.at(-1);
        if (state.role === 'leader' && last !== undefined && last.index > 4) {
          state.entries[state.entries.length - 1] = { ...last };
        }
      },
    ],
    [
      'CommittedAppendOnly',
      (state: RaftState) => {
        const last = state.entries.at(-1)?.index ?? 0;
        if (last > 4 && last <= state.commitIndex) {
          state.entries.splice(-3);
        }
      },
    ],
  ])('says %s where a log changes by itself', (property, spoil) => {
    let found = 0;
    for (let seed = 1; seed <= 10; seed++) {
      found += agree(seed, null, spoil).plain.some((one) => one.property === property) ? 1 : 0;
    }
    expect(found).toBeGreaterThan(1);
  });
});
