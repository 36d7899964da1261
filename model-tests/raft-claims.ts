/**
 * What the thesis demands of a node, claim by claim, each with the mutant that its check must
 * catch. `docs/raft-claims.md` lists the same.
 */

import { strict as assert } from 'node:assert';
import { fromTheMatch } from '../src/bugs/raft.js';
import { raftProperties } from '../src/core/properties/raft/judge.js';
import { stepRaft } from '../src/core/raft/machine.js';
import type { RaftRules } from '../src/core/raft/rules.js';
import type { Entry, Message, RaftEffect, RaftInput } from '../src/core/raft/types.js';
import type { BrokerId, LogIndex, Stamp, Term } from '../src/core/types/ids.js';
import type { ClusterOptions, Step } from './raft-cluster.js';
import { RaftCluster } from './raft-cluster.js';
import { electQuietly, pump } from './raft-directed.js';

/** A rule in the place of the true one, or a machine whose step is wrapped. */
export interface Mutant {
  /** Name of the slot, or of the mutation. */
  readonly name: string;
  readonly rules?: Partial<RaftRules>;
  readonly step?: Step;
}

export interface Claim {
  readonly id: number;
  readonly source: string;
  readonly text: string;
  /** Throws unless the claim holds of the machine under `options`. */
  readonly check: (options: ClusterOptions) => void;
  readonly mutant: Mutant;
}

const STAMP = 0 as Stamp;
const UNJUDGED = { unasked: raftProperties.map(({ name }) => name) };

// ---------------------------------------------------------------------------------------- helpers

/** A cluster that no property watches: the check itself has to see what is wrong. */
function cluster(options: ClusterOptions, more: ClusterOptions = {}): RaftCluster {
  return new RaftCluster({ ...more, ...options, ...UNJUDGED });
}

function hear(world: RaftCluster, to: number, from: number, message: Message): Message[] {
  const { voter } = world.node(from);
  const fromDirectory = voter.directoryId;
  world.network = [];
  world.feed(to, { type: 'message', from: voter.id, fromDirectory, message, stamp: STAMP });
  return sent(world);
}

/** Hears `message`, and what is said once the disk has caught up. */
function answer(world: RaftCluster, to: number, from: number, message: Message): Message {
  const atOnce = hear(world, to, from, message);
  world.sync(to);
  const said = [...atOnce, ...sent(world).slice(atOnce.length)].at(-1);
  assert.ok(said, 'no answer');
  assert.deepEqual(world.violations, []);
  return said;
}

function sent(world: RaftCluster): Message[] {
  return world.network.map(({ message }) => message);
}

function ask(
  world: RaftCluster,
  candidate: number,
  term: number,
  last: readonly [index: number, term: number] = [0, 0],
  type: 'voteRequest' | 'preVoteRequest' = 'voteRequest',
): Message {
  const [lastIndex, lastTerm] = last as [LogIndex, Term];
  const { voter } = world.node(candidate);
  return { type, term: term as Term, candidate: voter, lastIndex, lastTerm };
}

function entry(index: number, term: number): Entry {
  const at = index as LogIndex;
  return { base: at, index: at, term: term as Term, kind: 'data', payload: Uint8Array.of(65) };
}

function append(
  term: number,
  prev: readonly [index: number, term: number],
  entries: readonly Entry[],
  commit = 0,
): Message {
  const [prevIndex, prevTerm] = prev as [LogIndex, Term];
  const commitIndex = commit as LogIndex;
  return {
    type: 'appendEntries',
    term: term as Term,
    prevIndex,
    prevTerm,
    entries,
    commitIndex,
    round: 0,
  };
}

function granted(message: Message): boolean {
  assert.ok('granted' in message, `${message.type} grants nothing`);
  return message.granted;
}

function succeeded(message: Message): boolean {
  assert.ok(message.type === 'appendEntriesReply', `${message.type} is no acknowledgement`);
  return message.success;
}

function log(world: RaftCluster, id: number): string {
  return world
    .state(id)
    .entries.map(({ index, term }) => `${index}@${term}`)
    .join(' ');
}

function has(effects: readonly RaftEffect[], type: RaftEffect['type'], name?: string): boolean {
  return effects.some(
    (effect) => effect.type === type && (!name || ('name' in effect && effect.name === name)),
  );
}

/** Node `id` holds the given entries, from a leader (node 3) of `term`. */
function holding(world: RaftCluster, id: number, term: number, entries: readonly Entry[]): void {
  assert.ok(succeeded(answer(world, id, 3, append(term, [0, 0], entries))));
  world.fire(id, 'leaderSilence');
  world.network = [];
}

// --------------------------------------------------------------------------------------- mutations

type Wrapped = (input: RaftInput, state: Parameters<Step>[0]) => RaftInput | null;

/** Changes (or swallows) inputs before the machine sees them. */
function hearing(change: Wrapped): Step {
  return (state, input, effects, rules) => {
    const changed = change(input, state);
    if (changed !== null) {
      stepRaft(state, changed, effects, rules);
    }
  };
}

/** Changes (or swallows) effects after the machine gave them out. */
function saying(change: (effect: RaftEffect, input: RaftInput) => RaftEffect | null): Step {
  return (state, input, effects, rules) => {
    const own: RaftEffect[] = [];
    stepRaft(state, input, own, rules);
    for (const effect of own) {
      const changed = change(effect, input);
      if (changed !== null) {
        effects.push(changed);
      }
    }
  };
}

const sendsAtOnce: Step = (state, input, effects, rules) => {
  stepRaft(state, input, effects, rules);
  for (const { to, message } of state.waiting.splice(0)) {
    effects.push({ type: 'send', to, message });
  }
};
const takesStaleTerms = hearing((input, state) => {
  if (input.type !== 'message') {
    return input;
  }
  const term = Math.max(input.message.term, state.term) as Term;
  return { ...input, message: { ...input.message, term } };
});
const deafToNewerTerms = hearing((input, state) =>
  input.type === 'message' &&
  input.message.type.endsWith('Reply') &&
  input.message.term > state.term
    ? null
    : input,
);
const ballotStuffing: Step = (state, input, effects, rules) => {
  if (
    input.type === 'message' &&
    input.message.type === 'voteReply' &&
    state.votesGranted.size > 1
  ) {
    state.votesGranted.add(-1 as BrokerId);
  }
  stepRaft(state, input, effects, rules);
};
function unarmed(name: string, on: string): Step {
  return saying((effect, input) =>
    effect.type === 'armTimer' &&
    effect.name === name &&
    input.type === 'message' &&
    input.message.type === on
      ? null
      : effect,
  );
}
function unsent(type: Message['type']): Step {
  return saying((effect) =>
    effect.type === 'send' && effect.message.type === type ? null : effect,
  );
}
function deaf(type: Message['type']): Step {
  return hearing((input) =>
    input.type === 'message' && input.message.type === type ? null : input,
  );
}

// ------------------------------------------------------------------------------------------ claims

const rule = (name: keyof RaftRules, value: unknown): Mutant => ({
  name,
  rules: { [name]: value } as Partial<RaftRules>,
});
const mutation = (name: string, step: Step): Mutant => ({ name, step });

type Unnumbered = Omit<Claim, 'id'>;

function votesAndTerms(): Unnumbered[] {
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
        ({ votes, upToDate }: { votes: boolean; upToDate: boolean }) => votes && upToDate,
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
      mutant: rule('grantVote', ({ votes }: { votes: boolean }) => votes),
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

/** Node 1 stands for election in a new term; its requests are not delivered. */
function candidacy(world: RaftCluster): void {
  world.fire(1, 'election');
  pump(
    world,
    ({ message }) => message.type.startsWith('preVote'),
    () => world.state(1).role === 'candidate',
  );
  world.network = [];
  assert.equal(world.state(1).role, 'candidate');
}

function vote(world: RaftCluster, from: number): void {
  hear(world, 1, from, { type: 'voteReply', term: world.state(1).term, granted: true });
}

function replication(): Unnumbered[] {
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

/** Node 1 leads in term 5 over node 2, which holds three entries of term 2 that nobody else has. */
function divergent(world: RaftCluster): void {
  const shared = [entry(1, 1)];
  const lost = [entry(2, 2), entry(3, 2), entry(4, 2), entry(5, 2)];
  const kept = [entry(2, 3), entry(3, 3), entry(4, 3), entry(5, 4)];
  holding(world, 2, 4, [...shared, ...lost]);
  holding(world, 1, 4, [...shared, ...kept]);
  world.cutOff.add(2 as BrokerId);
  electQuietly(world, 1);
  world.cutOff.clear();
  assert.equal(world.state(1).role, 'leader');
  world.fire(1, 'heartbeat');
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

function snapshots(): Unnumbered[] {
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

/** A snapshot in one piece, of `index` in `term`. */
function install(world: RaftCluster, index: number, term: number): Message {
  return {
    type: 'installSnapshot',
    term: 3 as Term,
    index: index as LogIndex,
    snapshotTerm: term as Term,
    configuration: world.configuration,
    offset: 0,
    data: new Uint8Array(0),
    done: true,
  };
}

/** Node 1 leads with a compacted log; node 3, cut off until now, has nothing of it. */
function compacted(options: ClusterOptions): RaftCluster {
  const world = cluster(options, { limits: { snapshotChunkBytes: 2 } });
  world.cutOff.add(3 as BrokerId);
  world.elect(1);
  for (const payload of ['ab', 'cd', 'ef']) {
    world.propose(1, payload);
  }
  world.settle();
  world.snapshot(1);
  world.propose(1, 'gh');
  world.settle();
  world.cutOff.clear();
  world.fire(1, 'heartbeat');
  return world;
}

function leadershipAndReads(): Unnumbered[] {
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
        ({ votes, leaderHeard }: { votes: boolean; leaderHeard: boolean }) => votes && !leaderHeard,
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
        ({ votes, upToDate }: { votes: boolean; upToDate: boolean }) => votes && upToDate,
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
      text: 'a node that is no voter never votes',
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

/** All claims, numbered in the order of the thesis. */
export const raftClaims: readonly Claim[] = [
  ...votesAndTerms(),
  ...replication(),
  ...snapshots(),
  ...leadershipAndReads(),
].map((claim, at) => ({ id: at + 1, ...claim }));

/** The claim as a row of `docs/raft-claims.md`. */
export function claimRow({ id, source, text, mutant }: Claim): string {
  return `| R${id} | ${source} | ${text} | \`${mutant.name}\` |`;
}
