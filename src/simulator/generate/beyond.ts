/**
 * Deeds that need not be survived: what they may cost is said in docs/simulator.md ("Beyond the atlas").
 * Each class with a probability of its own per seed; one of them at least.
 */

import type { Act, Choice, Target, TopicPlan } from '../scenario.js';
import { AGING_TOPIC, type ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';
import { KEYED_TOPIC } from './keyed.js';

/** Percent of the seeds in which a class is told. */
const CLASSES = {
  /** All brokers lose their power at once, and every unsynced byte. */
  blackout: 30,
  /** One replica after the other loses its power, before any is in sync again. */
  powerInTurn: 25,
  /** The log of one partition decays on all its replicas. */
  decay: 20,
  /** A metadata log decays, or a write to it goes astray; its broker is killed, and has to read it. */
  metadata: 20,
  /** A majority of the disks is lost. */
  wipedMajority: 8,
  /** One disk after the other is lost, but never a majority. */
  wiped: 12,
  uncleanElection: 20,
  /** A wall clock is set days ahead, and retention goes by it. */
  clockAhead: 15,
} as const;

type BeyondClass = keyof typeof CLASSES;

export const BEYOND_CLASSES: readonly BeyondClass[] = Object.keys(CLASSES) as BeyondClass[];

const DAY = 24 * 3600 * 1000;

export function drawBeyond(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const draws = new Draws(seed, 'beyond');
  const drawn = BEYOND_CLASSES.filter((each) => draws.percent(CLASSES[each]));
  const classes = drawn.length > 0 ? drawn : [draws.pick(BEYOND_CLASSES)];
  return classes.flatMap((each) => {
    const one = new Draws(seed, `beyond ${each}`);
    // Not before something was acknowledged, and soon enough to go on for a while.
    const at = one.between(Math.floor(duration * 0.15), Math.floor(duration * 0.7));
    const acts = actsOf(each, one, cluster);
    return acts.map(
      ([after, act], index): Choice => ({
        name: `beyond-${each}.${index + 1}`,
        when: { at: at + after },
        act,
      }),
    );
  });
}

/** Retention is looked at often enough to meet a clock that is wrong. */
export function withRetention(cluster: ClusterPlan): ClusterPlan {
  const configs = { 'log.retention.check.interval.ms': '500', ...cluster.configs };
  return { ...cluster, configs };
}

/** Milliseconds after the beginning, and what happens then. */
type Planned = readonly [after: number, act: Act];

function actsOf(each: BeyondClass, draws: Draws, cluster: ClusterPlan): Planned[] {
  switch (each) {
    case 'blackout':
      return blackout(draws, cluster);
    case 'powerInTurn':
      return powerInTurn(draws, cluster);
    case 'decay':
      return decay(draws, cluster);
    case 'metadata':
      return metadata(draws, cluster);
    case 'wipedMajority':
      return wipes(draws, cluster, Math.floor(cluster.brokers / 2) + 1);
    case 'wiped':
      return wipes(draws, cluster, Math.ceil(cluster.brokers / 2) - 1);
    case 'uncleanElection':
      return uncleanElection(draws, cluster);
    case 'clockAhead':
      return clockAhead(draws, cluster);
  }
}

function indexes({ brokers }: ClusterPlan): number[] {
  return Array.from({ length: brokers }, (_, index) => index);
}

function topicOf(draws: Draws, { topics }: ClusterPlan): TopicPlan {
  return draws.pick(topics.filter(({ name }) => name !== AGING_TOPIC && name !== KEYED_TOPIC));
}

function power(target: Target, down: number): Act {
  return { type: 'crash', target, power: true, keeps: 'nothing', down };
}

function blackout(draws: Draws, cluster: ClusterPlan): Planned[] {
  const down = draws.scaled(500, 3000);
  return indexes(cluster).map((broker) => [0, power({ broker }, down + draws.between(0, 300))]);
}

function powerInTurn(draws: Draws, cluster: ClusterPlan): Planned[] {
  const between = draws.scaled(5, 400);
  return draws
    .shuffled(indexes(cluster))
    .map((broker, turn) => [turn * between, power({ broker }, draws.scaled(20, 2500))]);
}

function decay(draws: Draws, cluster: ClusterPlan): Planned[] {
  const fault = { type: 'disk', fault: 'corruptSector', where: 'partition', lasts: 1 } as const;
  const acts = indexes(cluster).map((broker): Planned => {
    return [draws.between(0, 300), { ...fault, target: { broker } }];
  });
  // Read from the disk again: at a start, or by a consumer who lags.
  const again = indexes(cluster).map((broker): Planned => {
    const down = draws.scaled(10, 1500);
    const act = { type: 'crash', target: { broker }, power: false, keeps: 'everything', down };
    return [draws.between(400, 3000), act as Act];
  });
  return draws.percent(70) ? [...acts, ...again] : acts;
}

function metadata(draws: Draws, cluster: ClusterPlan): Planned[] {
  const minority = Math.ceil(cluster.brokers / 2) - 1;
  const count = draws.percent(75) ? minority : cluster.brokers - minority;
  const fault = draws.pick(['corruptSector', 'corruptSector', 'misdirectedWrite'] as const);
  return draws
    .shuffled(indexes(cluster))
    .slice(0, count)
    .flatMap((broker): Planned[] => {
      const target = { broker };
      const at = draws.between(0, 500);
      const down = draws.scaled(10, 1500);
      return [
        [at, { type: 'disk', target, fault, where: 'metadata', lasts: 2000 }],
        [at + 2500, { type: 'crash', target, power: false, keeps: 'everything', down }],
      ];
    });
}

function wipes(draws: Draws, cluster: ClusterPlan, count: number): Planned[] {
  const between = draws.scaled(10, 2000);
  return draws
    .shuffled(indexes(cluster))
    .slice(0, count)
    .map((broker, turn) => [
      turn * between,
      { type: 'wipe', target: { broker }, down: draws.scaled(20, 2500) },
    ]);
}

/** The leader goes on alone, goes down, and who lags is all that is left. */
function uncleanElection(draws: Draws, cluster: ClusterPlan): Planned[] {
  const { name: topic, partitions } = topicOf(draws, cluster);
  const partition = draws.between(0, partitions - 1);
  const allow = { type: 'configure', topic, key: 'unclean.leader.election.enable', value: 'true' };
  const { lag, session } = cluster.timings;
  const follower = { role: 'follower', topic, partition } as const;
  const lasts = lag * 2 + 500;
  const cut = {
    type: 'partition',
    shape: 'one',
    target: { role: 'leader', topic, partition },
    direction: draws.pick(['both', 'in', 'out'] as const),
    clients: false,
    lasts,
  } as const;
  return [
    [0, allow as Act],
    [300, { type: 'pause', target: follower, lasts }],
    [310, { type: 'pause', target: follower, lasts }],
    [300 + lasts - 200, cut],
    [
      300 + lasts,
      {
        type: 'crash',
        target: { role: 'leader', topic, partition },
        power: false,
        keeps: 'everything',
        down: session + draws.scaled(500, 3000),
      },
    ],
  ];
}

function clockAhead(draws: Draws, cluster: ClusterPlan): Planned[] {
  const { name: topic, partitions } = topicOf(draws, cluster);
  const segment = String(draws.scaled(200, 2000));
  return [
    [0, { type: 'configure', topic, key: 'segment.ms', value: segment }],
    [
      draws.between(500, 2500),
      {
        type: 'clock',
        target: { role: 'leader', topic, partition: draws.between(0, partitions - 1) },
        clock: 'wall',
        // Kafka keeps records for seven days.
        jump: draws.between(1, 30) * DAY,
        rate: 1000,
        lasts: draws.scaled(1000, 8000),
      },
    ],
  ];
}
