/** Free faults: no story, any kind at any time, in bursts or spread, at a time or tied to an event. */

import { FREE_EVENTS, type TriggerEvent } from '../events.js';
import type { Act, Choice, Moment, Target, TopicPlan } from '../scenario.js';
import { AGING_TOPIC, type ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';
import { KEYED_TOPIC } from './keyed.js';

/** Kinds that a seed may lack altogether. */
export const FAULT_CLASSES = [
  'crash',
  'power',
  'crashLoop',
  'wipe',
  'restart',
  'pause',
  'partition',
  'reset',
  'slow',
  'clock',
  'slowDisk',
  'disk',
  'sector',
  'operator',
] as const;

type FaultClass = (typeof FAULT_CLASSES)[number];

/** Happens with every batch or fetch: a `nth` of a few would always be at the very start. */
const FREQUENT: ReadonlySet<TriggerEvent> = new Set([
  'partition.appended-as-leader',
  'partition.appended-as-follower',
  'partition.fetched-by-follower',
  'partition.high-watermark-advanced',
  'partition.high-watermark-told',
  'partition.acknowledging',
  'partition.acknowledged',
]);

/** How a deed's target is found: most often by what it is. */
const ROLES = ['broker', 'controller', 'leader', 'follower', 'outOfSync', 'event'] as const;

export function drawFaults(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const draws = new Draws(seed, 'faults');
  const { weights, count } = drawSwarm(draws);
  const times = drawTimes(seed, count, duration);
  return times.map((at, index) => {
    const kind = FAULT_CLASSES[draws.weighted(weights)]!;
    const one = new Draws(seed, `fault ${index + 1}`);
    const tied = one.percent(50);
    const when = tied ? tiedMoment(one, at) : { at };
    return { name: `free-${kind}-${index + 1}`, when, act: drawAct(one, kind, cluster, tied) };
  });
}

/** What of free faults may happen in a run of `seed`, for its head: the probability of each class. */
export function describeSwarm(seed: number): string {
  const { weights, count } = drawSwarm(new Draws(seed, 'faults'));
  if (count === 0) {
    return 'free faults: none';
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = FAULT_CLASSES.map((name, index) => {
    const weight = weights[index]!;
    return `${name} ${((100 * weight) / sum).toFixed(weight === 0 ? 0 : 1)} %`;
  });
  return `free faults: ${count}, each with probability ${shares.join(', ')}`;
}

/** Swarm: which classes a seed has at all, with what weight each, and how many faults there are. */
function drawSwarm(draws: Draws): { weights: number[]; count: number } {
  const weights = FAULT_CLASSES.map(() => (draws.percent(40) ? draws.between(1, 5) : 0));
  const count = draws.pick([0, 2, 4, 6, 9, 14]);
  return { weights, count: weights.some((weight) => weight > 0) ? count : 0 };
}

/** Spread over the whole time, or in bursts with quiet in between. Rising. */
function drawTimes(seed: number, count: number, duration: number): number[] {
  const draws = new Draws(seed, 'fault times');
  const latest = Math.floor(duration * 0.95);
  const bursts = draws.percent(50) ? draws.between(1, 3) : 0;
  const centres = Array.from({ length: bursts }, () => draws.between(0, latest));
  const times = Array.from({ length: count }, () => {
    const centre = bursts > 0 && draws.percent(80) ? draws.pick(centres) : null;
    const time = centre === null ? draws.between(0, latest) : centre + draws.scaled(1, 1500);
    return Math.min(latest, time);
  });
  return times.sort((a, b) => a - b);
}

function tiedMoment(draws: Draws, from: number): Moment {
  const on = draws.pick(FREE_EVENTS);
  const nth = FREQUENT.has(on) ? draws.scaled(1, 300) : draws.pick([1, 1, 1, 2, 3]);
  const after = draws.percent(70) ? 0 : draws.scaled(1, 200);
  // Rare ones are waited for from the start, or hardly ever come.
  return { on, nth, after, from: FREQUENT.has(on) || draws.percent(50) ? from : 0 };
}

function drawTarget(draws: Draws, { brokers, topics }: ClusterPlan, tied: boolean): Target {
  const role = ROLES[draws.weighted([3, 2, 3, 2, 1, tied ? 8 : 0])]!;
  switch (role) {
    case 'broker':
      return { broker: draws.between(0, brokers - 1) };
    case 'controller':
      return { role };
    case 'event':
      return { role: draws.pick(['subject', 'subject', 'peer'] as const) };
    case 'leader':
    case 'follower':
    case 'outOfSync': {
      const { name, partitions } = draws.pick(topics);
      return { role, topic: name, partition: draws.between(0, partitions - 1) };
    }
  }
}

function drawAct(draws: Draws, kind: FaultClass, cluster: ClusterPlan, tied: boolean): Act {
  const target = drawTarget(draws, cluster, tied);
  const { session, election } = cluster.timings;
  // Back at once, within an election, or beyond a session.
  const down = draws.pick([
    draws.scaled(1, 60),
    draws.scaled(60, election * 2),
    draws.between(session, session + 2500),
  ]);
  switch (kind) {
    case 'crash':
      return { type: 'crash', target, power: false, keeps: 'everything', down };
    case 'power': {
      const keeps = draws.pick(['nothing', 'drawn', 'drawn', 'everything'] as const);
      return { type: 'crash', target, power: true, keeps, down };
    }
    case 'crashLoop': {
      const up = draws.scaled(5, 1000);
      return { type: 'crashLoop', target, times: draws.between(2, 6), up, down: down % 900 };
    }
    case 'wipe':
      return { type: 'wipe', target, down };
    case 'restart':
      return draws.percent(70)
        ? { type: 'restart', target, down }
        : { type: 'rollingRestart', down: down % 1000, between: draws.scaled(50, 1500) };
    case 'pause':
      return { type: 'pause', target, lasts: draws.scaled(20, session + 2500) };
    case 'partition':
      return {
        type: 'partition',
        shape: draws.pick(['one', 'one', 'one', 'halves', 'ring', 'bridge'] as const),
        target,
        direction: draws.pick(['both', 'both', 'in', 'out'] as const),
        clients: draws.percent(35),
        lasts: draws.scaled(50, session + 3000),
      };
    case 'reset':
      return { type: 'reset', target };
    case 'slow': {
      const delay = draws.scaled(1, 900) * 1000;
      return { type: 'slow', target, delay, lasts: draws.scaled(100, 4000) };
    }
    case 'clock':
      return drawClock(draws, target);
    case 'slowDisk':
    case 'disk':
    case 'sector':
      return drawDiskFault(draws, kind, target);
    case 'operator':
      return drawOperator(draws, cluster.topics);
  }
}

function drawClock(draws: Draws, target: Target): Act {
  const wall = draws.percent(50);
  return {
    type: 'clock',
    target,
    clock: wall ? 'wall' : 'monotonic',
    jump: wall && draws.percent(70) ? draws.pick([-1, 1]) * draws.scaled(1, 100_000_000) : 0,
    rate: draws.percent(70) ? draws.pick([200, 500, 900, 990, 1010, 1100, 2000, 5000]) : 1000,
    lasts: draws.scaled(200, 8000),
  };
}

function drawDiskFault(draws: Draws, kind: 'slowDisk' | 'disk' | 'sector', target: Target): Act {
  const where = draws.pick(['partition', 'partition', 'metadata'] as const);
  const lasts = draws.scaled(100, 4000);
  if (kind === 'slowDisk') {
    return { type: 'disk', target, fault: 'slowSync', where, lasts };
  }
  const fault =
    kind === 'disk'
      ? draws.pick(['full', 'writeError', 'syncError', 'readError'] as const)
      : draws.pick(['corruptSector', 'misdirectedWrite'] as const);
  return { type: 'disk', target, fault, where, lasts };
}

function drawOperator(draws: Draws, topics: readonly TopicPlan[]): Act {
  const judged = topics.filter(({ name }) => name !== AGING_TOPIC && name !== KEYED_TOPIC);
  const topic = draws.pick(judged);
  const { name } = topic;
  switch (draws.weighted([2, 1, 2, 2, 3])) {
    case 0:
      return {
        type: 'createTopic',
        topic: { ...topic, name: `new${draws.between(1, 9)}`, partitions: draws.between(1, 2) },
      };
    case 1:
      // The main topic stays: without it a run would prove nothing.
      return judged.length > 1
        ? { type: 'deleteTopic', topic: draws.pick(judged.slice(1)).name }
        : { type: 'recreateTopic', topic: name, pause: draws.scaled(1, 2000) };
    case 2:
      return { type: 'recreateTopic', topic: name, pause: draws.scaled(1, 2000) };
    case 3:
      return { type: 'addPartitions', topic: name, count: topic.partitions + draws.between(1, 2) };
    default:
      return {
        type: 'configure',
        topic: name,
        ...draws.pick([
          { key: 'min.insync.replicas', value: '2' },
          { key: 'segment.ms', value: String(draws.scaled(200, 5000)) },
          { key: 'flush.messages', value: draws.pick(['1', '3', '10']) },
          { key: 'max.message.bytes', value: String(draws.between(500_000, 1_000_000)) },
        ]),
      };
  }
}
