/** Random walks in which every property is asked of every step, and searches of small scopes, one case each. */

import { checkRefold, settle, startCluster } from '../../model-tests/metadata-cluster.js';
import { CHOICES, KINDS, prepare, walk } from '../../model-tests/metadata-walk.js';
import { walkPartition } from '../../model-tests/partition-walk.js';
import { seeded } from '../../model-tests/raft-cluster.js';
import { heals, walkSeed } from '../../model-tests/raft-walk.js';
import { createRules } from '../../src/core/metadata/rules.js';
import { partitionRules } from '../../src/core/partition/rules.js';
import { explore } from '../../src/explorer/explore.js';
import { partitionLattice } from '../../src/explorer/partition/lattice.js';
import { PartitionWorld } from '../../src/explorer/partition/world.js';
import { producerLattice } from '../../src/explorer/producer/lattice.js';
import { ProducerWorld } from '../../src/explorer/producer/world.js';
import { raftLattice } from '../../src/explorer/raft/lattice.js';
import { RaftWorld } from '../../src/explorer/raft/world.js';
import type { World } from '../../src/explorer/world.js';
import type { Case } from './runner.js';

/** Walks of each kind: of every mutant, and of one that nothing else notices. */
const SEEDS = 8;
const MORE_SEEDS = 40;
const PARTITION_STEPS = 400;
const CONTROLLER_STEPS = 400;
const CONTROLLER_RULES = createRules({
  clusterId: 'cluster',
  defaultPartitions: 2,
  defaultReplicationFactor: 2,
  topicDefaults: new Map(),
});
/** Of an explored scope: a search that goes no further is no proof, but notices what it meets. */
const MOST_STATES = 8_000;

const SCOPES: Readonly<Record<string, readonly string[]>> = {
  raft: [
    'one-term',
    'slow-disks-restart',
    'learner',
    'disk-of-a-voter',
    'read',
    'transfer',
    'snapshot',
    'lossy',
  ],
  partition: [
    'one-epoch',
    'requests',
    'readers',
    'eligible',
    'power-loss',
    'shutdown',
    'slow-appends',
    'move',
    'unclean',
  ],
  producer: [
    'snapshot-and-election',
    'last-sequence-and-election',
    'restart',
    'slow-appends-and-election',
  ],
};

const WALKS: Readonly<Record<string, (seeds: readonly number[]) => Case[]>> = {
  raft: raftWalks,
  partition: partitionWalks,
  metadata: controllerWalks,
};

export function walksOf(part: string, isThorough: boolean): Case[] {
  const seeds = numbers(isThorough ? MORE_SEEDS : SEEDS);
  const walks = WALKS[part]!(seeds);
  const searches = part === 'raft' ? raftSearches : partitionSearches;
  return isThorough ? [...walks, ...searches()] : walks;
}

function raftWalks(seeds: readonly number[]): Case[] {
  const kinds = {
    faults: {},
    wipes: { wipes: 1, voters: 3 },
    changes: { changes: true, learners: 2 },
  };
  return Object.entries(kinds).flatMap(([kind, options]) =>
    seeds.map((seed) => ({
      name: `walk of Raft, ${kind}, seed ${seed}`,
      run: () => {
        const cluster = walkSeed(seed, options);
        demand(cluster.violations.map(({ property }) => property));
        const unhealed = heals(cluster, seeded(seed));
        demand(unhealed === null ? [] : [unhealed]);
        demand(cluster.violations.map(({ property }) => property));
      },
    })),
  );
}

function partitionWalks(seeds: readonly number[]): Case[] {
  return seeds.map((seed) => ({
    name: `walk of a partition, seed ${seed}`,
    run: () => {
      const options = {
        minIsr: [2, 2, 1, 3][seed % 4]!,
        unclean: seed % 5 === 4,
        retention: seed % 7 === 6,
      };
      const { detail } = walkPartition(seed, PARTITION_STEPS, options, partitionRules);
      demand(detail === '' ? [] : [detail]);
    },
  }));
}

function controllerWalks(seeds: readonly number[]): Case[] {
  return seeds.map((seed) => ({
    name: `walk of the controller, seed ${seed}`,
    run: () => {
      const choices = seeded(seed);
      const below = (bound: number): number => choices.next(bound)!;
      const cluster = startCluster(CONTROLLER_RULES, 4);
      prepare(cluster);
      for (let step = 0; step < CONTROLLER_STEPS; step++) {
        walk(cluster, [below(KINDS), below(CHOICES), below(CHOICES), below(CHOICES)]);
      }
      settle(cluster);
      checkRefold(cluster);
    },
  }));
}

function raftSearches(): Case[] {
  return raftLattice
    .filter(({ name }) => SCOPES.raft!.includes(name))
    .map((scope) => searched(`Raft: ${scope.name}`, () => new RaftWorld(scope)));
}

function partitionSearches(): Case[] {
  return [
    ...partitionLattice
      .filter(({ name }) => SCOPES.partition!.includes(name))
      .map((scope) => searched(`a partition: ${scope.name}`, () => new PartitionWorld(scope))),
    ...producerLattice
      .filter(({ name }) => SCOPES.producer!.includes(name))
      .map((scope) => searched(`production: ${scope.name}`, () => new ProducerWorld(scope))),
  ];
}

function searched<State>(name: string, world: () => World<State>): Case {
  return {
    name: `search of ${name}`,
    run: () => {
      const { violation } = explore(world(), { maximumStates: MOST_STATES });
      demand(violation === null ? [] : [violation.violation.property]);
    },
  };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

/** Throws where something is violated. */
function demand(violated: readonly string[]): void {
  if (violated.length > 0) {
    throw new Error(violated.join(', '));
  }
}
