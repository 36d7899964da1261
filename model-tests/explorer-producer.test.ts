/**
 * The explored world of idempotent production: its encodings lose nothing, what it remembers changes nothing,
 * renaming producers changes nothing, planted bugs are found, and so is what no producer should do.
 */

import { describe, expect, test } from 'vitest';
import { findBug } from '../src/bugs/registry.js';
import type { LogRules } from '../src/core/log/rules.js';
import { OUT_OF_ORDER_SEQUENCE_NUMBER } from '../src/core/partition/errors.js';
import { type PartitionRules, partitionRules } from '../src/core/partition/rules.js';
import type { Codec } from '../src/explorer/codec.js';
import { explore, follow } from '../src/explorer/explore.js';
import { newFingerprint } from '../src/explorer/fingerprint.js';
import type { PartWriter } from '../src/explorer/part-writer.js';
import {
  acknowledgedCodec,
  batchCodec,
  replicaCodec,
  sessionCodec,
} from '../src/explorer/producer/codecs.js';
import { stepsOn } from '../src/explorer/producer/counterexample.js';
import { judge, judgeForgotten } from '../src/explorer/producer/judging.js';
import { producerLattice } from '../src/explorer/producer/lattice.js';
import type { ProducerScope } from '../src/explorer/producer/scope.js';
import { ProducerWorld, type ProducerWorldOptions } from '../src/explorer/producer/world.js';
import { roundTrip, someStates } from './explorer-kit.js';

const BROKEN: ProducerScope = {
  name: 'broken',
  title: 'a connection breaks',
  window: 2,
  sends: 3,
  breaks: 2,
  late: true,
};
/** Small ones in which, together, everything that a scope may have takes part. */
const VARIED: readonly ProducerScope[] = [
  BROKEN,
  { ...BROKEN, name: 'answers', answersUnderWay: true, expired: 1 },
  { ...BROKEN, name: 'given-up', givenUp: 1, records: 2, wraps: true },
  { ...BROKEN, name: 'lives', lives: 2, breaks: 1, givenUp: 1 },
  { ...BROKEN, name: 'two', producers: 2, breaks: 1 },
  { ...BROKEN, name: 'election', breaks: 1, elections: 1 },
  { ...BROKEN, name: 'restart', breaks: 0, elections: 1, restarts: 1, snapshots: 1 },
  { ...BROKEN, name: 'slow', breaks: 1, slowAppends: true, restarts: 1 },
];
const SOME = { maximumStates: 20_000 };

function search(scope: ProducerScope, options: ProducerWorldOptions = {}) {
  const world = new ProducerWorld(scope, options);
  return { world, found: explore(world, SOME) };
}

function roundTripOf<Part>(parts: readonly Part[], codec: Codec<Part>): void {
  const same = (one: Part, other: Part): void => expect(other).toEqual(one);
  const write = (writer: PartWriter, part: Part): void => codec.write(writer, part);
  roundTrip(parts, 2, write, (reader) => codec.read(reader), same);
}

describe('what a state is made of', () => {
  test.each(VARIED)('$name: parts are written down without loss, and differently', (scope) => {
    const { world, found } = search(scope);
    expect(found.violation).toBeNull();
    // All of them as they are, so that what a codec takes for granted is so.
    roundTripOf(world.memory.replicas.all, replicaCodec);
    roundTripOf(world.memory.ghosts.all, acknowledgedCodec);
    roundTripOf(world.producers.sessions.all, sessionCodec);
    roundTripOf(world.producers.batches.all, batchCodec);
  });

  test.each(VARIED)('$name: an encoded state is the state again', (scope) => {
    const world = new ProducerWorld(scope);
    const bytes = new Uint8Array(world.maximumBytes);
    for (const state of someStates(world, 1_000)) {
      expect(world.encode(state, bytes, 0)).toBe(world.maximumBytes);
      expect(world.decode(bytes, 0)).toEqual(state);
    }
  });
});

describe('the search', () => {
  test('a small scope has so many states', () => {
    const { found } = search(BROKEN);
    expect(found).toMatchObject({ ended: 'complete', violation: null });
    const { states, transitions, depth } = found;
    expect([states, transitions, depth]).toEqual([1_567, 4_037, 20]);
    expect([...found.witnesses.values()]).not.toContain(null);
  });

  test.each([VARIED[2]!, VARIED[5]!])('$name: what is remembered changes nothing', (scope) => {
    const few = { maximumStates: 3_000 };
    const told = explore(new ProducerWorld(scope), few);
    expect(told.states).toBeGreaterThan(2_000);
    expect(explore(new ProducerWorld(scope, { remembers: false }), few)).toEqual(told);
  });

  test.each([1, 2])('with fingerprints of seed %i it counts the same', (seed) => {
    const { stateDigest, edgeDigest, ...others } = search(BROKEN).found;
    const again = explore(new ProducerWorld(BROKEN), { ...SOME, seed });
    expect(again).toMatchObject(others);
    // Else the seed would not be in them.
    expect(again.stateDigest).not.toBe(stateDigest);
    expect(again.edgeDigest).not.toBe(edgeDigest);
  });

  test('every orbit is explored: its sizes are the states without symmetry', () => {
    const scope = VARIED.find(({ producers }) => producers === 2)!;
    const all = explore(new ProducerWorld(scope), { ...SOME, symmetry: false });
    expect(all.ended).toBe('complete');
    const { world, found } = search(scope);
    const fingerprint = newFingerprint();
    let sum = 0;
    for (const state of someStates(world, found.states)) {
      const orbit = Array.from({ length: world.permutations }, (_, renaming) => {
        world.fingerprint(state, renaming, 0, fingerprint);
        return fingerprint.join();
      });
      sum += new Set(orbit).size;
    }
    expect(world.permutations).toBe(2);
    expect(sum).toBe(all.states);
    expect(found.states).toBeLessThan(0.6 * all.states);
  });

  test('scopes in which batches are given up have one leader more at most', () => {
    const promised = producerLattice.filter(({ givenUp }) => givenUp !== undefined);
    expect(promised.length).toBeGreaterThan(3);
    for (const { elections = 0, restarts = 0 } of promised) {
      expect(elections + restarts).toBeLessThan(2);
    }
    expect(producerLattice.filter(({ without }) => without !== undefined)).toEqual([]);
  });
});

type Planted = Partial<PartitionRules> | { readonly log: Partial<LogRules> };

/** Wrong where the zoo has nothing so wrong. */
const WRONG: Readonly<Record<string, Planted>> = {
  'a gap is no reason to refuse': {
    acceptSequence: (entry, batch) => {
      const verdict = partitionRules.acceptSequence(entry, batch);
      return verdict.type === 'refuse' && verdict.error === OUT_OF_ORDER_SEQUENCE_NUMBER
        ? { type: 'append' }
        : verdict;
    },
  },
  'a repeated batch is appended again': {
    acceptSequence: (entry, batch) => {
      const verdict = partitionRules.acceptSequence(entry, batch);
      return verdict.type === 'duplicate' ? { type: 'append' } : verdict;
    },
  },
  'what does not follow counts as stored': {
    acceptSequence: (entry, batch) => {
      const verdict = partitionRules.acceptSequence(entry, batch);
      return verdict.type === 'refuse' && verdict.error === OUT_OF_ORDER_SEQUENCE_NUMBER
        ? { type: 'refuse', error: 46 }
        : verdict;
    },
  },
  'a repeated batch is said to be where the newest one is': {
    acceptSequence: (entry, batch) => {
      const verdict = partitionRules.acceptSequence(entry, batch);
      const { baseOffset, lastOffset } = entry?.batches.at(-1) ?? {};
      return verdict.type === 'duplicate' && baseOffset !== undefined && lastOffset !== undefined
        ? { ...verdict, baseOffset, lastOffset }
        : verdict;
    },
  },
  'a new epoch may begin anywhere': {
    acceptSequence: (entry, batch) =>
      entry !== undefined && batch.producerEpoch > entry.epoch
        ? { type: 'append' }
        : partitionRules.acceptSequence(entry, batch),
  },
  'a new follower cuts what it was not told to be committed': findBug('truncate-to-high-watermark')!
    .partition!,
  'the last sequence is followed by none': findBug('sequence-wraps-late')!.partition!,
  'an older epoch appends': findBug('zombie-producer-appends')!.partition!,
  'a new leader knows nobody': findBug('sequence-state-not-rebuilt')!.partition!,
  'answers are given early': findBug('ack-one-record-early')!.partition!,
  'a snapshot of what was cut is used': {
    log: findBug('producer-snapshot-from-the-future')!.log!,
  },
};

/** More of them: what a producer that does everything right must not be told. */
const REFUSED: Readonly<Record<string, Planted>> = {
  'only four are remembered': {
    acceptSequence: (entry, batch) =>
      partitionRules.acceptSequence(
        entry === undefined ? entry : { ...entry, batches: entry.batches.slice(-4) },
        batch,
      ),
  },
  'behind five batches a gap counts as stored': {
    acceptSequence: (entry, batch) => {
      const verdict = partitionRules.acceptSequence(entry, batch);
      return verdict.type === 'refuse' && entry?.batches.length === 5
        ? { type: 'refuse', error: 46 }
        : verdict;
    },
  },
  'the own epoch is fenced': {
    acceptSequence: (entry, batch) =>
      batch.producerEpoch === entry?.epoch
        ? { type: 'refuse', error: 47 }
        : partitionRules.acceptSequence(entry, batch),
  },
  'a new epoch never begins': {
    acceptSequence: (entry, batch) =>
      entry !== undefined && batch.producerEpoch > entry.epoch
        ? { type: 'refuse', error: 45 }
        : partitionRules.acceptSequence(entry, batch),
  },
};

describe('planted', () => {
  test.each<[string, string, string]>([
    ['a gap is no reason to refuse', 'given-up', 'NoDuplicateSequence'],
    ['a repeated batch is appended again', 'broken-connections', 'NoDuplicateSequence'],
    ['what does not follow counts as stored', 'given-up', 'AcknowledgedIsStored'],
    [
      'a repeated batch is said to be where the newest one is',
      'broken-connections',
      'ProduceAnsweredTruthfully',
    ],
    [
      'a new follower cuts what it was not told to be committed',
      'restart',
      'NoCommittedRecordLost',
    ],
    ['the last sequence is followed by none', 'last-sequence', 'ProducerNotStuck'],
    ['an older epoch appends', 'zombie-and-election', 'ProducerEpochRises'],
    ['a new leader knows nobody', 'election', 'ProducerStateFromLog'],
    ['answers are given early', 'broken-connections', 'ProduceAnsweredTruthfully'],
    ['a snapshot of what was cut is used', 'snapshot-and-election', 'ProducerStateFromLog'],
    ['only four are remembered', 'five-in-flight', 'ExactlyOnce'],
    ['behind five batches a gap counts as stored', 'gap-behind-the-five', 'AcknowledgedIsStored'],
    ['the own epoch is fenced', 'broken-connections', 'ProducerNotStuck'],
    ['a new epoch never begins', 'zombie-and-election', 'ProducerNotStuck'],
  ])('%s: %s shows %s', (name, scopeName, property) => {
    const scope = producerLattice.find((each) => each.name === scopeName)!;
    const planted = { ...WRONG, ...REFUSED }[name]!;
    const options = 'log' in planted ? { logRules: planted.log } : { rules: planted };
    const { world, found } = search(scope, options);
    expect(found.violation?.violation.property).toBe(property);
    const { path } = found.violation!;
    expect(follow(world, path.slice(0, -1))).toHaveLength(path.length);
    expect(stepsOn(world, path)).toHaveLength(path.length);
  });

  test('who answers a produce again is convicted', () => {
    const { world } = search(BROKEN);
    const { state, log } = world.memory.replicas.all.at(-1)!;
    const produced = {
      type: 'produced',
      token: 3,
      error: 0,
      baseOffset: 0,
      logAppendTime: -1,
      logStartOffset: 0,
    };
    const step = { self: 1, incarnation: 0, before: state, after: state, latest: null };
    const verdict = judge({
      step: { ...step, input: null, effects: [produced] },
      log,
      asked: new Map(),
    } as unknown as Parameters<typeof judge>[0]);
    expect(verdict?.property).toBe('ProduceAnsweredTruthfully');
  });

  test('who never answers a produce is convicted', () => {
    const { world } = search(BROKEN);
    const waits = world.memory.replicas.all.find(({ asked }) => asked.length > 0)!;
    const asked = new Map(waits.asked.entries());
    expect(judgeForgotten(waits.state, asked)).toBeNull();
    const resigned = { ...waits.state, leaderState: null };
    expect(judgeForgotten(resigned, asked)?.property).toBe('ProduceAnsweredTruthfully');
  });
});

/** Each of them is in docs/explorer.md: what exactly once and order rest upon, beside the partition. */
describe('what is not promised', () => {
  test.each<[string, string, number, ProducerScope]>([
    [
      'several batches in flight before the partition knows the producer',
      'InOrder',
      15,
      { ...BROKEN, breaks: 1, elections: 1, without: 'pipeline-unknown' },
    ],
    [
      'a new epoch while requests of the old one may come late',
      'ExactlyOnce',
      16,
      { ...BROKEN, breaks: 1, givenUp: 1, without: 'bump-early' },
    ],
    [
      'a new epoch while an in-sync replica still has what the leader refused',
      'ExactlyOnce',
      20,
      { ...BROKEN, breaks: 1, late: false, givenUp: 1, elections: 2 },
    ],
  ])('%s: %s falls in %i steps', (_what, property, steps, scope) => {
    const world = new ProducerWorld(scope);
    const { violation } = explore(world, { maximumStates: 100_000 });
    expect(violation?.violation.property).toBe(property);
    expect(violation?.path).toHaveLength(steps);
    // With patience, or one leader less, nothing falls.
    const { without: _without, ...patient } = scope;
    const elections = Math.min(scope.elections ?? 0, 1);
    expect(search({ ...patient, elections }).found.violation).toBeNull();
  });
});
