/**
 * Draws a scenario from a seed (swarm): every parameter, each kind of fault in some seeds only, each
 * with a weight of its own. One half of the deeds are tied to events; some are the classic stories of
 * the papers and KIPs (generate/stories*.ts), told with drawn parameters.
 */

import { drawBeyond, withRetention } from './generate/beyond.js';
import { AGING_TOPIC, drawCluster } from './generate/cluster.js';
import { Draws } from './generate/draws.js';
import { describeSwarm, drawFaults } from './generate/faults.js';
import { withGroups } from './generate/groups.js';
import { drawLogDeeds, KEYED_TOPIC, withKeyed } from './generate/keyed.js';
import { drawMoves, withGroupMoves } from './generate/moves.js';
import { drawRecreations, withRecreations } from './generate/recreations.js';
import { drawStories, storyOf } from './generate/stories.js';
import { drawVoterChanges, drawVoters } from './generate/voters.js';
import { probeOfAct } from './probes.js';
import type { Choice, ClientPlan, GroupPlan, Scenario } from './scenario.js';

/** Virtual milliseconds of faults. */
const DURATION = 20_000;

/** `beyond`: the same cluster, and instead of stories deeds that need not be survived. */
export function generateScenario(seed: number, atlas: Scenario['atlas'] = 'within'): Scenario {
  const plan = withRecreations(seed, withKeyed(seed, drawCluster(seed)));
  const cluster = atlas === 'beyond' ? withRetention(plan) : plan;
  const { brokers, configs, topics, clients, network, disk } = cluster;
  const choices = [
    ...(atlas === 'beyond'
      ? drawBeyond(seed, cluster, DURATION)
      : drawStories(seed, cluster, DURATION)),
    ...drawFaults(seed, cluster, DURATION),
    ...drawLogDeeds(seed, cluster, DURATION),
    ...drawMoves(seed, cluster, DURATION),
    ...drawRecreations(seed, cluster, DURATION),
    ...(atlas === 'beyond' ? [] : drawVoterChanges(seed, brokers, DURATION)),
  ];
  const core = drawCore(seed, brokers);
  const voters = atlas === 'beyond' ? null : drawVoters(seed, brokers);
  const scenario: Scenario = {
    format: 1,
    seed,
    brokers,
    configs,
    topics,
    clients,
    network,
    disk,
    duration: DURATION,
    atlas,
    choices,
    ...(voters === null ? {} : { voters }),
    ...(core === null ? {} : { core }),
  };
  const whole = withGroupMoves(withGroups(scenario));
  return { ...whole, choices: whole.choices.toSorted((a, b) => timeOf(a) - timeOf(b)) };
}

/** A majority that must do without the others for a while, in some seeds. */
function drawCore(seed: number, brokers: number): number[] | null {
  const draws = new Draws(seed, 'core');
  if (!draws.percent(30)) {
    return null;
  }
  const all = Array.from({ length: brokers }, (_, index) => index);
  const size = draws.between(Math.floor(brokers / 2) + 1, brokers - 1);
  return draws
    .shuffled(all)
    .slice(0, size)
    .sort((a, b) => a - b);
}

/** When it may happen first, in milliseconds after the faults began. */
function timeOf({ when }: Choice): number {
  return 'at' in when ? when.at : (when.from ?? 0);
}

/** The same of a scenario that was drawn from its seed, with what else could have been drawn. */
export function describeSeed(scenario: Scenario): string[] {
  const told = new Set(scenario.choices.flatMap(({ name }) => storyOf(name) ?? []));
  return [
    ...describeScenario(scenario),
    describeSwarm(scenario.seed),
    `stories: ${told.size === 0 ? 'none' : [...told].join(', ')}`,
  ];
}

/** For the head of a run: every parameter of the scenario, and what was planned, one fact a line. */
export function describeScenario(scenario: Scenario): string[] {
  const { seed, brokers, duration, atlas, network, disk, choices, core } = scenario;
  const lines = [
    `seed ${seed}: ${brokers} brokers${votersOf(scenario)}, ${duration / 1000} s of faults, atlas ${atlas}`,
    `network: ${network.baseDelay} us and up to ${network.jitter} more, ${network.stragglers} of 10,000 frames late`,
    `disk: a sync takes ${disk.syncBase} us and up to ${disk.syncSpread} more`,
  ];
  for (const { name, partitions, replicationFactor, configs } of scenario.topics) {
    const own = name === AGING_TOPIC || name === KEYED_TOPIC ? ', nothing promised' : '';
    lines.push(
      `topic ${name}: ${partitions} partitions, ${replicationFactor} replicas${own}${listed(configs)}`,
    );
  }
  for (const client of scenario.clients) {
    lines.push(describeClient(client));
  }
  for (const group of scenario.groups ?? []) {
    lines.push(describeGroup(group));
  }
  for (const [name, value] of Object.entries(scenario.configs)) {
    lines.push(`config ${name}=${value}`);
  }
  if (core !== undefined) {
    lines.push(`core: ${core.map((index) => `broker${index + 1}`).join(', ')} come back first`);
  }
  const tied = choices.filter(({ when }) => 'on' in when).length;
  lines.push(`choices: ${choices.length}, of them ${tied} tied to events`);
  for (const [kind, count] of classesOf(choices)) {
    lines.push(`  ${kind}: ${count}`);
  }
  return lines;
}

function votersOf({ voters }: Scenario): string {
  return voters === undefined ? '' : `, the first ${voters} of them voters`;
}

function describeClient(client: ClientPlan): string {
  const facts = [
    client.kind,
    `of ${client.topics.join(' and ')}`,
    `acks ${client.acks === -1 ? 'all' : client.acks}`,
    client.idempotent ? 'idempotent' : 'plain',
    `${client.pipeline} in flight`,
    `every ${client.think} ms`,
  ];
  if (client.repeatsElsewhere) {
    facts.push('repeats elsewhere');
  }
  if (client.raisesEpoch === true) {
    facts.push('raises its epoch itself');
  }
  if (client.staggers === true) {
    facts.push('some batch by batch');
  }
  if (client.rack !== undefined) {
    facts.push(`reads in ${client.rack}`);
  }
  if (client.nearWrap) {
    facts.push('near the wrap of its sequence');
  }
  return `client ${client.name}: ${facts.join(', ')}`;
}

function describeGroup({ name, topics, order, members, unrest, ...times }: GroupPlan): string {
  const told = members.map(({ isStatic, assignors, sessionTimeout }) => {
    const kind = isStatic ? 'static, ' : '';
    return `${kind}${assignors.join(' or ')}, session ${sessionTimeout} ms`;
  });
  const { think, heartbeat, rebalanceTimeout } = times;
  const facts = [
    `of ${topics.join(' and ')}`,
    order,
    `every ${think} ms`,
    `heartbeat ${heartbeat} ms`,
    `rebalance ${rebalanceTimeout} ms`,
    unrest === 0 ? 'calm' : `unrest 1 of ${unrest}`,
    ...(times.deletedEvery === undefined ? [] : [`deleted every ${times.deletedEvery} ms`]),
  ];
  return `group ${name}: ${facts.join(', ')}; members: ${told.join('; ')}`;
}

function listed(configs: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? '' : `, ${pairs.join(', ')}`;
}

/** Kinds of acts and how many of each were planned, in alphabetical order. */
function classesOf(choices: readonly Choice[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { act } of choices) {
    const kind = probeOfAct(act).slice('deed.'.length);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
