/**
 * What the properties of Raft do not ask, for no safety hangs on it: which timers run while a node is what it is, for how
 * long, that every command is answered once, that whoever looks at a node hears of what changed, and nothing is written twice.
 */

import { describe, expect, it } from 'vitest';
import { stepRaft } from '../src/core/raft/machine.js';
import { isVoter } from '../src/core/raft/membership-role.js';
import { cloneRaft } from '../src/core/raft/state.js';
import type { RaftEffect, RaftInput, RaftState, TimerAfter } from '../src/core/raft/types.js';
import type { Step } from './raft-cluster.js';
import { seeded } from './raft-cluster.js';
import { heals, type WalkOptions, walkSeed } from './raft-walk.js';

/** How long each timer runs (thesis, 3.4, 3.10, 4.2.1, 4.2.3, 6.2). */
const AFTER: Readonly<Record<string, TimerAfter>> = {
  election: 'electionTimeout',
  leaderSilence: 'minimumElectionTimeout',
  checkQuorum: 'minimumElectionTimeout',
  catchUp: 'minimumElectionTimeout',
  transfer: 'minimumElectionTimeout',
  heartbeat: 'heartbeatInterval',
  hello: 'heartbeatInterval',
};

/** By what answers a command at once. */
const ANSWERS: Readonly<Record<string, readonly RaftEffect['type'][]>> = {
  propose: ['proposalAccepted', 'proposalRefused'],
  readIndex: ['readReady', 'readRefused'],
  changeVoters: ['changeAccepted', 'changeRefused'],
  transferLeadership: ['transferEnded'],
};

class Watch {
  readonly complaints: string[] = [];
  /** How often each kind of thing was looked at. */
  readonly looked: Map<string, number> = new Map();
  private readonly timers = new WeakMap<RaftState, Set<string>>();
  private readonly answered = new WeakMap<RaftState, Set<string>>();

  readonly step: Step = (state, input, effects, rules) => {
    const before = cloneRaft(state);
    const own: RaftEffect[] = [];
    stepRaft(state, input, own, rules);
    effects.push(...own);
    this.timersFit(state, input, own, isVoter(state, rules));
    this.answersOnce(state, input, own);
    this.changeIsTold(before, state, own);
    this.writesWhatChanged(before, own);
  };

  private timersFit(
    state: RaftState,
    input: RaftInput,
    effects: RaftEffect[],
    votes: boolean,
  ): void {
    const armed = this.timers.get(state) ?? new Set();
    this.timers.set(state, armed);
    if (input.type === 'timerFired') {
      armed.delete(input.name);
    }
    for (const effect of effects) {
      if (effect.type === 'armTimer') {
        armed.add(effect.name);
        this.demand(
          'duration',
          effect.after === AFTER[effect.name],
          `${effect.name} ${effect.after}`,
        );
      } else if (effect.type === 'cancelTimer') {
        this.demand('cancelled', effect.name in AFTER, `a timer ${effect.name}`);
        armed.delete(effect.name);
      }
    }
    const runs = (name: string, due: boolean): void =>
      this.demand(name, armed.has(name) === due, `${name} of a ${state.role}: ${!due}`);
    const leads = state.role === 'leader';
    runs('heartbeat', leads);
    runs('checkQuorum', leads);
    runs('catchUp', state.catchUp !== null);
    runs('transfer', state.transfer !== null);
    if (state.role !== 'learner') {
      runs('election', !leads);
    }
    if (leads || state.leaderHeard) {
      runs('leaderSilence', !leads);
    }
    // Who still may stand for election is heard by that.
    if (!votes && state.role === 'learner' && state.leader === null) {
      runs('hello', true);
    }
  }

  private answersOnce(state: RaftState, input: RaftInput, effects: RaftEffect[]): void {
    const answered = this.answered.get(state) ?? new Set();
    this.answered.set(state, answered);
    for (const effect of effects) {
      const kind = Object.keys(ANSWERS).find((each) => ANSWERS[each]!.includes(effect.type));
      if (kind !== undefined && 'token' in effect) {
        const name = `${kind} ${effect.token}`;
        this.demand('answer', !answered.has(name), `${name} is answered twice`);
        answered.add(name);
      }
    }
    if ('token' in input) {
      const waits = [
        ...state.pendingReads.map(({ token }) => `readIndex ${token}`),
        `changeVoters ${state.catchUp?.token}`,
        `transferLeadership ${state.transfer?.token}`,
      ];
      const name = `${input.type} ${input.token}`;
      this.demand(input.type, answered.has(name) || waits.includes(name), `${name} has no answer`);
    }
  }

  private changeIsTold(before: RaftState, state: RaftState, effects: RaftEffect[]): void {
    const told = effects.filter(({ type }) => type === 'roleChanged').at(-1);
    const now = [state.role, state.term, state.leader];
    const known =
      told?.type === 'roleChanged'
        ? [told.role, told.term, told.leader]
        : [before.role, before.term, before.leader];
    this.demand('role', now.join() === known.join(), `${known} is told of ${now}`);
    const all = effects.flatMap((effect) => (effect.type === 'committed' ? effect.entries : []));
    const behind = state.entries.filter(
      ({ index }) => index > Math.max(before.commitIndex, state.snapshot.index),
    );
    const due = behind.filter(({ index }) => index <= state.commitIndex);
    const isRestored = effects.some(({ type }) => type === 'restore');
    const same = due.map(({ index }) => index).join() === all.map(({ index }) => index).join();
    this.demand('committed', same || isRestored, `${all.length} for ${due.length} entries`);
  }

  private writesWhatChanged(before: RaftState, effects: RaftEffect[]): void {
    let known = `${before.term} ${before.votedFor?.id} ${before.votedFor?.directoryId}`;
    let sequence = before.persistSequence;
    for (const effect of effects) {
      if (effect.type === 'persist') {
        const { hardState, entries, truncateFrom, snapshot } = effect;
        this.demand('write', effect.sequence === ++sequence, `${effect.sequence} in order`);
        const isEmpty = entries.length === 0 && truncateFrom === null && snapshot === null;
        this.demand('write', hardState !== null || !isEmpty, 'a write of nothing');
        if (hardState !== null) {
          const { term, votedFor } = hardState;
          const next = `${term} ${votedFor?.id} ${votedFor?.directoryId}`;
          this.demand('hard state', next !== known, `${next} is written again`);
          known = next;
        }
      }
    }
  }

  private demand(what: string, holds: boolean, complaint: string): void {
    this.looked.set(what, (this.looked.get(what) ?? 0) + 1);
    if (!holds) {
      this.complaints.push(complaint);
    }
  }
}

const KINDS: readonly (readonly [string, WalkOptions])[] = [
  ['faults', {}],
  ['new disks', { wipes: 1, voters: 3 }],
  ['other voters', { changes: true, learners: 2 }],
];

describe.each(KINDS)('a walk with %s', (_kind, options) => {
  it('runs the right timers, answers once, tells what changes and writes nothing twice', () => {
    const watch = new Watch();
    for (let seed = 1; seed <= 12; seed++) {
      const cluster = walkSeed(seed, { ...options, step: watch.step });
      expect(heals(cluster, seeded(seed))).toBeNull();
      expect([...new Set(watch.complaints)], `seed ${seed}`).toEqual([]);
    }
    const always = ['election', 'heartbeat', 'duration', 'propose', 'readIndex', 'hard state'];
    const changes = options.changes === true ? ['changeVoters', 'transferLeadership'] : [];
    for (const what of [...always, ...changes]) {
      expect(watch.looked.get(what), what).toBeGreaterThan(20);
    }
  });
});
