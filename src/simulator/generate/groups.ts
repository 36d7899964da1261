/**
 * In some seeds a consumer group: a topic for it, who writes to it, its members and their lives, and deeds to its
 * coordinator. Drawn last and from streams of their own: a seed without one is what it was.
 */

import type { TriggerEvent } from '../events.js';
import type {
  Act,
  AssignorName,
  Choice,
  ClientPlan,
  GroupMemberPlan,
  GroupPlan,
  Moment,
  Scenario,
  TopicPlan,
} from '../scenario.js';
import { OFFSETS_TOPIC } from '../workload/plans.js';
import { Draws } from './draws.js';

/** That the group consumes; other deeds leave its records alone. */
export const GROUPED_TOPIC = 'grouped';

const GROUP_NAMES: readonly string[] = ['readers', 'workers'];

/** In so many of 100 seeds. */
const SHARE = 30;

/** What a deed to the coordinator's node can fall into, once in a while each. */
const MOMENTS: readonly TriggerEvent[] = [
  'group.loaded',
  'group.loaded',
  'group.join-completing',
  'group.join-completed',
  'group.join-completed',
  'group.assignment-appended',
  'group.assignment-appended',
  'group.assignment-answering',
  'group.commit-appended',
  'group.commit-appended',
  'group.commit-answering',
  'group.commit-fenced',
  'group.static-id-appended',
  'group.static-id-appended',
  'group.session-expired',
  'group.deletion-appended',
  'group.expiry-appended',
];

/** Happens with every commit: the first few would always be at the very start. */
const FREQUENT: ReadonlySet<TriggerEvent> = new Set([
  'group.commit-appended',
  'group.commit-answering',
]);

/** `scenario`, in some seeds with a consumer group. */
export function withGroups(scenario: Scenario): Scenario {
  const { seed, brokers, duration } = scenario;
  const draws = new Draws(seed, 'groups');
  if (scenario.atlas === 'beyond' || !draws.percent(SHARE)) {
    return scenario;
  }
  const topic: TopicPlan = {
    name: GROUPED_TOPIC,
    partitions: draws.between(2, 5),
    replicationFactor: Math.min(3, brokers),
    configs: { 'min.insync.replicas': '2' },
  };
  const client: ClientPlan = {
    name: GROUPED_TOPIC,
    kind: 'producer',
    topics: [GROUPED_TOPIC],
    acks: -1,
    idempotent: true,
    pipeline: 1,
    think: draws.between(15, 60),
    repeatsElsewhere: false,
    nearWrap: false,
  };
  const offsetsPartitions = draws.pick([1, 1, 2, 3]);
  const configs = {
    ...scenario.configs,
    'offsets.topic.num.partitions': String(offsetsPartitions),
    'group.min.session.timeout.ms': '1',
    'group.initial.rebalance.delay.ms': String(draws.pick([0, 0, 50, 300])),
    'offsets.commit.timeout.ms': String(draws.pick([500, 1000, 5000])),
  };
  const deeds = drawDeeds(new Draws(seed, 'deeds to coordinators'), offsetsPartitions, duration);
  const groups = GROUP_NAMES.slice(0, draws.pick([1, 1, 2])).map((name) => drawGroup(draws, name));
  return withPassing({
    ...scenario,
    configs,
    topics: [...scenario.topics, topic],
    clients: [...scenario.clients, client],
    choices: [...scenario.choices, ...deeds],
    groups,
  });
}

/**
 * In some of them a small group that is often empty, and deleted then. In some of these offsets expire when a wall
 * clock jumps: then there is no other group, for its offsets would expire as well.
 */
function withPassing(scenario: Scenario): Scenario {
  const { seed, configs, choices, duration, groups = [] } = scenario;
  const draws = new Draws(seed, 'passing groups');
  if (!draws.percent(35)) {
    return scenario;
  }
  const members = draws.between(1, 2);
  const drawn = drawGroup(draws, 'passers');
  const group: GroupPlan = {
    ...drawn,
    members: drawn.members.slice(0, members),
    unrest: draws.pick([6, 12, 24]),
    deletedEvery: draws.scaled(40, 400),
  };
  if (draws.percent(50)) {
    return { ...scenario, groups: [...groups, group] };
  }
  const partitions = Number(configs['offsets.topic.num.partitions']);
  const jumps = Array.from({ length: draws.between(1, 3) }, (_, index): Choice => {
    const partition = draws.between(0, partitions - 1);
    return {
      name: `retention-${index + 1}`,
      when: { at: draws.between(2000, Math.floor(duration * 0.9)) },
      act: {
        type: 'clock',
        target: { role: 'leader', topic: OFFSETS_TOPIC, partition },
        clock: 'wall',
        jump: draws.scaled(60_000, 300_000),
        rate: 1000,
        lasts: draws.scaled(500, 4000),
      },
    };
  });
  return {
    ...scenario,
    configs: {
      ...configs,
      'offsets.retention.minutes': '1',
      'offsets.retention.check.interval.ms': String(draws.scaled(100, 800)),
    },
    choices: [...choices, ...jumps],
    groups: [group],
  };
}

function drawGroup(draws: Draws, name: string): GroupPlan {
  const rebalanceTimeout = draws.scaled(150, 1200);
  const sessionTimeout = draws.scaled(200, 1600);
  const isCooperative = draws.percent(40);
  const statics = draws.pick([0, 1, 1, 2, 4]);
  const members = draws.between(2, 4);
  const common = draws.pick(['range', 'roundrobin'] as const);
  return {
    name,
    topics: [GROUPED_TOPIC],
    order: draws.pick(['process-first', 'commit-first']),
    members: Array.from({ length: members }, (_, index): GroupMemberPlan => {
      const isStatic = index < statics;
      return {
        name: `${name}${index + 1}`,
        isStatic,
        assignors: isCooperative ? ['cooperative-sticky'] : drawAssignors(draws, common),
        // Static members are given the time to come back.
        sessionTimeout: isStatic ? sessionTimeout * draws.pick([1, 2, 3]) : sessionTimeout,
      };
    }),
    think: draws.scaled(5, 60),
    heartbeat: draws.pick([30, 60, 120]),
    rebalanceTimeout,
    unrest: draws.pick([30, 60, 120]),
  };
}

/** Not all know or prefer the same, but one they have in common. */
function drawAssignors(draws: Draws, common: AssignorName): AssignorName[] {
  const other = common === 'range' ? 'roundrobin' : 'range';
  switch (draws.weighted([2, 2, 3])) {
    case 0:
      return [common];
    case 1:
      return [common, other];
    default:
      return [other, common];
  }
}

function drawDeeds(draws: Draws, offsetsPartitions: number, duration: number): Choice[] {
  const choices: Choice[] = [];
  const count = draws.pick([0, 2, 3, 4, 6]);
  for (let number = 1; number <= count; number++) {
    const from = draws.between(500, Math.floor(duration * 0.9));
    const isTied = draws.percent(65);
    const when = isTied ? tiedMoment(draws, from) : { at: from };
    const partition = draws.between(0, offsetsPartitions - 1);
    const coordinator = { role: 'leader', topic: OFFSETS_TOPIC, partition } as const;
    const target = isTied ? ({ role: 'subject' } as const) : coordinator;
    choices.push({ name: `coordinator-${number}`, when, act: drawAct(draws, target) });
  }
  return choices;
}

function tiedMoment(draws: Draws, from: number): Moment {
  const on = draws.pick(MOMENTS);
  const nth = FREQUENT.has(on) ? draws.scaled(1, 20) : draws.pick([1, 1, 2]);
  return { on, nth, after: draws.percent(70) ? 0 : draws.scaled(1, 50), from };
}

/** The coordinator ends, is held up, or is cut off from the other brokers while clients still reach it. */
function drawAct(draws: Draws, target: Extract<Act, { type: 'crash' }>['target']): Act {
  switch (draws.weighted([4, 2, 2, 3, 1])) {
    case 0: {
      const down = draws.scaled(20, 2500);
      return { type: 'crash', target, power: false, keeps: 'everything', down };
    }
    case 1: {
      const keeps = draws.pick(['nothing', 'drawn'] as const);
      return { type: 'crash', target, power: true, keeps, down: draws.scaled(20, 2500) };
    }
    case 2:
      return { type: 'pause', target, lasts: draws.scaled(200, 5000) };
    case 3:
      return {
        type: 'partition',
        shape: 'one',
        target,
        direction: draws.pick(['both', 'both', 'in', 'out'] as const),
        clients: false,
        lasts: draws.scaled(500, 6000),
      };
    default:
      return { type: 'restart', target, down: draws.scaled(20, 1000) };
  }
}
