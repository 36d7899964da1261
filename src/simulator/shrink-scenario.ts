/** How everything in a scenario but its choices can be made simpler. */

import type { Choice, ClientPlan, Outcome, Scenario, Target, TopicPlan } from './scenario.js';
import { LEAST_SESSION_TIMEOUT } from './scenario-check.js';
import { groupReductions, groupsWithoutTopic } from './shrink-groups.js';

/**
 * One thing that may be simpler: offers what the scenario could be instead, simplest first. The first that
 * still fails is taken. Offers nothing where the thing is gone or as simple as can be.
 */
export type Reduction = (
  scenario: Scenario,
  outcomes: ReadonlyMap<string, Outcome>,
) => readonly Scenario[];

/** For the parts that `scenario` has: what cuts most comes first. */
export function scenarioReductions(scenario: Scenario): Reduction[] {
  return [
    ...groupReductions(scenario),
    ...scenario.topics.map(({ name }) => withoutTopic(name)),
    ...scenario.clients.map(({ name }) => withoutClient(name)),
    fewerBrokers,
    withoutCore,
    ...scenario.topics.map(({ name }) => fewerPartitions(name)),
    ...Object.keys(scenario.configs).map(withoutConfig),
    ...scenario.topics.flatMap(({ name, configs }) =>
      Object.keys(configs).map((key) => withoutTopicConfig(name, key)),
    ),
    calmNetwork,
    evenDisk,
    ...scenario.clients.map(({ name }) => simplerClient(name)),
  ];
}

function withoutTopic(name: string): Reduction {
  return (scenario) => {
    if (scenario.topics.length < 2 || !scenario.topics.some((topic) => topic.name === name)) {
      return [];
    }
    const clients = scenario.clients
      .map((client) => ({ ...client, topics: client.topics.filter((topic) => topic !== name) }))
      .filter(({ topics }) => topics.length > 0);
    if (clients.length === 0) {
      return [];
    }
    const topics = scenario.topics.filter((topic) => topic.name !== name);
    const choices = scenario.choices.filter((choice) => !concernsTopic(choice, name));
    return [{ ...groupsWithoutTopic(scenario, name), topics, clients, choices }];
  };
}

function withoutClient(name: string): Reduction {
  return (scenario) => {
    const clients = scenario.clients.filter((client) => client.name !== name);
    return clients.length === 0 || clients.length === scenario.clients.length
      ? []
      : [{ ...scenario, clients }];
  };
}

const fewerBrokers: Reduction = (scenario) => {
  const fewer: Scenario[] = [];
  for (let brokers = 1; brokers < scenario.brokers; brokers++) {
    const { core: _core, voters, ...rest } = scenario;
    fewer.push({
      ...rest,
      ...(voters === undefined || voters >= brokers ? {} : { voters }),
      brokers,
      topics: scenario.topics.map((topic) => fitted(topic, brokers)),
      choices: scenario.choices
        .filter((choice) => brokerOf(targetOf(choice)) < brokers)
        .map((choice) =>
          choice.act.type === 'createTopic'
            ? { ...choice, act: { ...choice.act, topic: fitted(choice.act.topic, brokers) } }
            : choice,
        ),
    });
  }
  return fewer;
};

const withoutCore: Reduction = (scenario) => {
  const { core, ...rest } = scenario;
  return core === undefined ? [] : [rest];
};

function fewerPartitions(name: string): Reduction {
  return (scenario) => {
    const topic = scenario.topics.find((each) => each.name === name);
    if (topic === undefined) {
      return [];
    }
    const fewer: Scenario[] = [];
    for (let partitions = 1; partitions < topic.partitions; partitions++) {
      fewer.push({
        ...withTopic(scenario, { ...topic, partitions }),
        choices: scenario.choices.map((choice) => onPartitionBelow(choice, name, partitions)),
      });
    }
    return fewer;
  };
}

function withoutConfig(key: string): Reduction {
  return (scenario) =>
    key in scenario.configs && !(key === LEAST_SESSION_TIMEOUT && scenario.groups !== undefined)
      ? [{ ...scenario, configs: without(scenario.configs, key) }]
      : [];
}

function withoutTopicConfig(name: string, key: string): Reduction {
  return (scenario) => {
    const topic = scenario.topics.find((each) => each.name === name);
    return topic === undefined || !(key in topic.configs)
      ? []
      : [withTopic(scenario, { ...topic, configs: without(topic.configs, key) })];
  };
}

const calmNetwork: Reduction = (scenario) => {
  const { network } = scenario;
  const calmer = [
    { ...network, jitter: 0, stragglers: 0 },
    { ...network, stragglers: 0 },
    { ...network, jitter: 0 },
  ].filter(
    ({ jitter, stragglers }) => jitter !== network.jitter || stragglers !== network.stragglers,
  );
  return calmer.map((each) => ({ ...scenario, network: each }));
};

const evenDisk: Reduction = (scenario) =>
  scenario.disk.syncSpread === 0
    ? []
    : [{ ...scenario, disk: { ...scenario.disk, syncSpread: 0 } }];

function simplerClient(name: string): Reduction {
  return (scenario) => {
    const client = scenario.clients.find((each) => each.name === name);
    if (client === undefined) {
      return [];
    }
    const plain = { repeatsElsewhere: false, nearWrap: false, pipeline: 1 };
    const simpler: ClientPlan[] = [{ ...client, ...plain }];
    for (const [key, value] of Object.entries(plain)) {
      simpler.push({ ...client, [key]: value });
    }
    for (const habit of ['raisesEpoch', 'staggers', 'rack'] as const) {
      if (client[habit] !== undefined) {
        const { [habit]: _, ...keeps } = client;
        simpler.unshift({ ...keeps, ...plain }, keeps);
      }
    }
    if (client.kind === 'both') {
      simpler.push({ ...client, kind: 'producer' }, { ...client, kind: 'consumer' });
    }
    if (client.topics.length > 1) {
      simpler.push(...client.topics.map((topic) => ({ ...client, topics: [topic] })));
    }
    return simpler
      .filter((each) => JSON.stringify(each) !== JSON.stringify(client))
      .map((each) => ({
        ...scenario,
        clients: scenario.clients.map((old) => (old === client ? each : old)),
      }));
  };
}

export function targetOf({ act }: Choice): Target | null {
  return 'target' in act ? act.target : null;
}

function brokerOf(target: Target | null): number {
  return target !== null && 'broker' in target ? target.broker : -1;
}

function concernsTopic(choice: Choice, name: string): boolean {
  const { act } = choice;
  const target = targetOf(choice);
  if (target !== null) {
    return 'topic' in target && target.topic === name;
  }
  return 'topic' in act && act.topic === name;
}

function onPartitionBelow(choice: Choice, name: string, partitions: number): Choice {
  const { act } = choice;
  if (!('target' in act)) {
    return choice;
  }
  const { target } = act;
  return 'topic' in target && target.topic === name && target.partition >= partitions
    ? { ...choice, act: { ...act, target: { ...target, partition: 0 } } }
    : choice;
}

function fitted(topic: TopicPlan, brokers: number): TopicPlan {
  return topic.replicationFactor <= brokers ? topic : { ...topic, replicationFactor: brokers };
}

function withTopic(scenario: Scenario, topic: TopicPlan): Scenario {
  const topics = scenario.topics.map((each) => (each.name === topic.name ? topic : each));
  return { ...scenario, topics };
}

function without(
  configs: Readonly<Record<string, string>>,
  key: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(configs).filter(([each]) => each !== key));
}
