/** A scenario's choices as sentences. */

import type { Act, Choice, Moment, Outcome, Target, TopicPlan } from './scenario.js';

/** `after 1,200 ms: power loss at the leader of one-0 ..., and what became of it`. */
export function tellChoice({ name, when, act }: Choice, outcome?: Outcome): string {
  return `${tellMoment(when)}: ${tellAct(act)} [${name}]${
    outcome === undefined ? '' : tellOutcome(outcome)
  }`;
}

function tellMoment(when: Moment): string {
  if ('at' in when) {
    return `at ${when.at} ms`;
  }
  const { on, nth, after, from } = when;
  const later = after === 0 ? '' : `, ${after} ms later`;
  const since = from === undefined || from === 0 ? '' : ` from ${from} ms on`;
  return `on ${nth === 1 ? '' : `the ${ordinal(nth)} `}${on}${since}${later}`;
}

function tellOutcome(outcome: Outcome): string {
  if (outcome === null) {
    return ' -> its moment never came';
  }
  return outcome.took
    ? ` -> took effect${outcome.node === null ? '' : ` at ${outcome.node}`} at ${outcome.at / 1000} ms`
    : ` -> no effect: ${outcome.reason}`;
}

function tellTarget(target: Target): string {
  if ('broker' in target) {
    return `broker${target.broker + 1}`;
  }
  switch (target.role) {
    case 'controller':
      return 'the controller';
    case 'subject':
      return 'the node where that happens';
    case 'peer':
      return 'the other node concerned';
    case 'outOfSync':
      return `a replica out of sync of ${target.topic}-${target.partition}`;
    default:
      return `the ${target.role} of ${target.topic}-${target.partition}`;
  }
}

function tellAct(act: Act): string {
  switch (act.type) {
    case 'crash': {
      const kept = act.keeps === 'drawn' ? 'something' : act.keeps;
      const how = act.power ? `power loss, unsynced: ${kept} kept,` : 'kill -9';
      return `${how} at ${tellTarget(act.target)}, down for ${act.down} ms`;
    }
    case 'crashLoop':
      return `${act.times} times kill -9 at ${tellTarget(act.target)}, ${act.down} ms down, ${act.up} ms up`;
    case 'wipe':
      return `disk lost at ${tellTarget(act.target)}, down for ${act.down} ms`;
    case 'restart':
      return `orderly restart of ${tellTarget(act.target)}, down for ${act.down} ms`;
    case 'rollingRestart':
      return `rolling restart, each down for ${act.down} ms, ${act.between} ms between`;
    case 'pause':
      return `pause of ${tellTarget(act.target)} for ${act.lasts} ms`;
    case 'partition': {
      const direction = act.direction === 'both' ? '' : ` (${act.direction}wards only)`;
      const clients = act.clients ? ', clients too,' : '';
      return `network partition, ${act.shape}, at ${tellTarget(act.target)}${direction}${clients} for ${act.lasts} ms`;
    }
    case 'reset':
      return `connections of ${tellTarget(act.target)} break`;
    case 'slow':
      return `frames of ${tellTarget(act.target)} up to ${act.delay / 1000} ms later for ${act.lasts} ms`;
    case 'clock':
      return `${act.clock} clock of ${tellTarget(act.target)} jumps by ${act.jump} ms and runs at ${act.rate / 10} % for ${act.lasts} ms`;
    case 'disk':
      return `disk fault ${act.fault} (${act.where} files) at ${tellTarget(act.target)} for ${act.lasts} ms`;
    case 'changeVoter':
      return `${tellTarget(act.target)} becomes a voter, or none any more`;
    case 'createTopic':
      return `topic ${tellTopic(act.topic)} is created`;
    case 'deleteTopic':
      return `topic ${act.topic} is deleted`;
    case 'recreateTopic':
      return `topic ${act.topic} is deleted and created again ${act.pause} ms later${tellConfigs(act.configs ?? {})}`;
    case 'addPartitions':
      return `topic ${act.topic} grows to ${act.count} partitions`;
    case 'deleteRecords':
      return `the first ${act.percent} % of ${act.topic}-${act.partition} are deleted`;
    case 'reassign': {
      const count = act.factor === undefined ? '' : `to ${act.factor} replicas`;
      const where =
        act.replace === 0
          ? count === ''
            ? 'changes the order of its replicas'
            : `goes ${count}`
          : `moves ${act.replace} of its replicas${count === '' ? '' : `, and goes ${count}`}`;
      const until = act.givenUpAfter === null ? '' : `, given up after ${act.givenUpAfter} ms`;
      return `${act.topic}-${act.partition} ${where}${until}`;
    }
    case 'configure':
      return `topic ${act.topic} is configured with ${act.key}=${act.value}`;
  }
}

function tellTopic({ name, partitions, replicationFactor, configs }: TopicPlan): string {
  return `${name} (${partitions} partitions, RF ${replicationFactor}${tellConfigs(configs)})`;
}

function tellConfigs(configs: Readonly<Record<string, string>>): string {
  return Object.entries(configs)
    .map(([key, value]) => `, ${key}=${value}`)
    .join('');
}

function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens > 10 && tens < 14 ? undefined : ['th', 'st', 'nd', 'rd'][n % 10];
  return `${n}${ending ?? 'th'}`;
}
