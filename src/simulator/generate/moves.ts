/**
 * Draws when an operator moves partitions to other brokers (KIP-455), gives them more replicas or fewer, and
 * changes their mind.
 */

import type { Act, Choice, Moment, Scenario, TopicPlan } from '../scenario.js';
import { OFFSETS_TOPIC } from '../workload/plans.js';
import type { ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';

export function drawMoves(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const draws = new Draws(seed, 'moves');
  if (!draws.percent(30)) {
    return [];
  }
  return movesOf(draws, cluster, duration, 'move');
}

/** `scenario`, with moves also of the partitions that hold what its groups have committed. */
export function withGroupMoves(scenario: Scenario): Scenario {
  const { seed, brokers, configs, duration } = scenario;
  const draws = new Draws(seed, 'moves of groups');
  if (scenario.groups === undefined || !draws.percent(50)) {
    return scenario;
  }
  const topic = {
    name: OFFSETS_TOPIC,
    partitions: Number(configs['offsets.topic.num.partitions'] ?? 1),
    replicationFactor: Math.min(3, brokers),
  };
  const moves = movesOf(draws, { brokers, topics: [topic] }, duration, 'group-move');
  return { ...scenario, choices: [...scenario.choices, ...moves] };
}

interface Movable {
  readonly brokers: number;
  readonly topics: readonly Omit<TopicPlan, 'configs'>[];
}

function movesOf(
  draws: Draws,
  { brokers, topics }: Movable,
  duration: number,
  name: string,
): Choice[] {
  // Where every broker has a replica, only their order can change.
  const movable = topics.filter(({ replicationFactor }) => replicationFactor < brokers);
  const choices: Choice[] = [];
  const count = draws.between(1, 5);
  for (let number = 1; number <= count; number++) {
    // To one more, to one less, to a single one, and back.
    const factor = draws.percent(40) ? draws.between(1, Math.min(brokers, 4)) : null;
    const isMovable = factor === null && movable.length > 0 && draws.percent(85);
    const topic = draws.pick(isMovable ? movable : topics);
    const partition = draws.between(0, topic.partitions - 1);
    const elsewhere = brokers - topic.replicationFactor;
    const replace = elsewhere > 0 ? draws.between(0, elsewhere) : 0;
    const at = draws.between(0, Math.floor(duration * 0.9));
    const act: Act = {
      type: 'reassign',
      topic: topic.name,
      partition,
      replace: Math.min(replace, topic.replicationFactor),
      givenUpAfter: draws.percent(30) ? draws.scaled(1, 600) : null,
      ...(factor === null ? {} : { factor }),
    };
    choices.push({ name: `${name}-${number}`, when: moment(draws, at), act });
    if (draws.percent(40)) {
      choices.push(meanwhile(draws, `${name}-${number}`, at, topic.name, partition));
    }
  }
  return choices;
}

/** What befalls the move. */
function meanwhile(
  draws: Draws,
  move: string,
  at: number,
  topic: string,
  partition: number,
): Choice {
  const target = draws.pick([
    { role: 'leader', topic, partition },
    { role: 'outOfSync', topic, partition },
    { role: 'controller' },
  ] as const);
  const power = draws.percent(30);
  return {
    name: `${move}-meanwhile`,
    when: { at: at + draws.scaled(1, 400) },
    act: {
      type: 'crash',
      target,
      power,
      keeps: power ? 'nothing' : 'everything',
      down: draws.scaled(100, 2500),
    },
  };
}

/** Some begin as a leader has just been elected, or an ISR is just changing. */
function moment(draws: Draws, at: number): Moment {
  const on = draws.pick([
    null,
    null,
    'controller.leader-elected',
    'controller.alter-partition-decided',
    'controller.activated',
  ] as const);
  return on === null
    ? { at }
    : { on, nth: draws.pick([1, 1, 2]), after: draws.scaled(1, 80), from: at };
}
