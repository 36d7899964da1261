/** What a claim is, and the small language its checks and mutants are written in. */

import { strict as assert } from 'node:assert';
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

export const STAMP = 0 as Stamp;
export const UNJUDGED: ClusterOptions = { unasked: raftProperties.map(({ name }) => name) };

/** A cluster that no property watches: the check itself has to see what is wrong. */
export function cluster(options: ClusterOptions, more: ClusterOptions = {}): RaftCluster {
  return new RaftCluster({ ...more, ...options, ...UNJUDGED });
}

export function hear(world: RaftCluster, to: number, from: number, message: Message): Message[] {
  const { voter } = world.node(from);
  const fromDirectory = voter.directoryId;
  world.network = [];
  world.feed(to, { type: 'message', from: voter.id, fromDirectory, message, stamp: STAMP });
  return sent(world);
}

/** Hears `message`, and what is said once the disk has caught up. */
export function answer(world: RaftCluster, to: number, from: number, message: Message): Message {
  const atOnce = hear(world, to, from, message);
  world.sync(to);
  const said = [...atOnce, ...sent(world).slice(atOnce.length)].at(-1);
  assert.ok(said, 'no answer');
  assert.deepEqual(world.violations, []);
  return said;
}

export function sent(world: RaftCluster): Message[] {
  return world.network.map(({ message }) => message);
}

export function ask(
  world: RaftCluster,
  candidate: number,
  term: number,
  last: readonly [index: number, term: number] = [0, 0],
  type: 'voteRequest' | 'preVoteRequest' = 'voteRequest',
  asked = 1,
): Message {
  const [lastIndex, lastTerm] = last as [LogIndex, Term];
  const ballot = {
    term: term as Term,
    candidate: world.node(candidate).voter,
    voter: world.node(asked).voter,
    lastIndex,
    lastTerm,
  };
  return type === 'preVoteRequest' ? { type, ...ballot } : { type, ...ballot, transfer: false };
}

export function entry(index: number, term: number): Entry {
  const at = index as LogIndex;
  return { base: at, index: at, term: term as Term, kind: 'data', payload: Uint8Array.of(65) };
}

export function append(
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

export function granted(message: Message): boolean {
  assert.ok('granted' in message, `${message.type} grants nothing`);
  return message.granted;
}

export function succeeded(message: Message): boolean {
  assert.ok(message.type === 'appendEntriesReply', `${message.type} is no acknowledgement`);
  return message.success;
}

export function log(world: RaftCluster, id: number): string {
  return world
    .state(id)
    .entries.map(({ index, term }) => `${index}@${term}`)
    .join(' ');
}

export function has(
  effects: readonly RaftEffect[],
  type: RaftEffect['type'],
  name?: string,
): boolean {
  return effects.some(
    (effect) => effect.type === type && (!name || ('name' in effect && effect.name === name)),
  );
}

/** Node `id` holds the given entries, from a leader (node 3) of `term`. */
export function holding(
  world: RaftCluster,
  id: number,
  term: number,
  entries: readonly Entry[],
): void {
  assert.ok(succeeded(answer(world, id, 3, append(term, [0, 0], entries))));
  world.fire(id, 'leaderSilence');
  world.network = [];
}

export type Wrapped = (input: RaftInput, state: Parameters<Step>[0]) => RaftInput | null;

/** Changes (or swallows) inputs before the machine sees them. */
export function hearing(change: Wrapped): Step {
  return (state, input, effects, rules) => {
    const changed = change(input, state);
    if (changed !== null) {
      stepRaft(state, changed, effects, rules);
    }
  };
}

/** Changes (or swallows) effects after the machine gave them out. */
export function saying(change: (effect: RaftEffect, input: RaftInput) => RaftEffect | null): Step {
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

export const sendsAtOnce: Step = (state, input, effects, rules) => {
  stepRaft(state, input, effects, rules);
  for (const { to, message } of state.waiting.splice(0)) {
    effects.push({ type: 'send', to, message });
  }
};
export const takesStaleTerms: Step = hearing((input, state) => {
  if (input.type !== 'message') {
    return input;
  }
  const term = Math.max(input.message.term, state.term) as Term;
  return { ...input, message: { ...input.message, term } };
});
export const deafToNewerTerms: Step = hearing((input, state) =>
  input.type === 'message' &&
  input.message.type.endsWith('Reply') &&
  input.message.term > state.term
    ? null
    : input,
);
export const ballotStuffing: Step = (state, input, effects, rules) => {
  if (
    input.type === 'message' &&
    input.message.type === 'voteReply' &&
    state.votesGranted.size > 1
  ) {
    state.votesGranted.add(-1 as BrokerId);
  }
  stepRaft(state, input, effects, rules);
};
export function unarmed(name: string, on: string): Step {
  return saying((effect, input) =>
    effect.type === 'armTimer' &&
    effect.name === name &&
    input.type === 'message' &&
    input.message.type === on
      ? null
      : effect,
  );
}
export function unsent(type: Message['type']): Step {
  return saying((effect) =>
    effect.type === 'send' && effect.message.type === type ? null : effect,
  );
}
export function deaf(type: Message['type']): Step {
  return hearing((input) =>
    input.type === 'message' && input.message.type === type ? null : input,
  );
}

export const rule = (name: keyof RaftRules, value: unknown): Mutant => ({
  name,
  rules: { [name]: value } as Partial<RaftRules>,
});
export const mutation = (name: string, step: Step): Mutant => ({ name, step });

export type Unnumbered = Omit<Claim, 'id'>;

/** Node 1 stands for election in a new term; its requests are not delivered. */
export function candidacy(world: RaftCluster): void {
  world.fire(1, 'election');
  pump(
    world,
    ({ message }) => message.type.startsWith('preVote'),
    () => world.state(1).role === 'candidate',
  );
  world.network = [];
  assert.equal(world.state(1).role, 'candidate');
}

export function vote(world: RaftCluster, from: number): void {
  hear(world, 1, from, { type: 'voteReply', term: world.state(1).term, granted: true });
}

/** Node 1 leads in term 5 over node 2, which holds three entries of term 2 that nobody else has. */
export function divergent(world: RaftCluster): void {
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

/** A snapshot in one piece, of `index` in `term`. */
export function install(world: RaftCluster, index: number, term: number): Message {
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
export function compacted(options: ClusterOptions): RaftCluster {
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
