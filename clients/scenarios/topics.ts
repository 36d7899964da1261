/** Topics: seen, made, changed and deleted. */

import { field, type Scenario } from '../scenario.js';

interface TopicTold {
  readonly name: string;
  readonly partitions: readonly { id: number; leader: number; replicas: number[] }[];
}

export const TOPIC_SCENARIOS: readonly Scenario[] = [
  {
    name: 'metadata',
    title: 'brokers, and the leaders and replicas of a topic',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 3);
      const told = await start().call('metadata', { topic: name });
      const brokers = field(told, 'brokers') as { id: number; host: string; port: number }[];
      evidence.equal(
        'brokers',
        [...brokers].sort((a, b) => a.id - b.id).map(({ id, host, port }) => ({ id, host, port })),
        await observer.brokers(),
      );
      const topics = field(told, 'topics') as TopicTold[];
      const partitions = topics.find((topic) => topic.name === name)?.partitions ?? [];
      evidence.equal(
        'partitions',
        [...partitions]
          .sort((a, b) => a.id - b.id)
          .map(({ id, leader, replicas }) => ({ id, leader, replicas: [...replicas].sort() })),
        (await observer.topic(name))?.map(({ id, leader, replicas }) => ({ id, leader, replicas })),
      );
    },
  },
  {
    name: 'topic-create',
    title: 'partitions, replicas and a config of a new topic are those asked for',
    async run({ observer, evidence, name, start }) {
      const configs = { 'retention.ms': '7654321' };
      const asked = { topic: name, partitions: 4, replicas: 2, configs };
      await start().call('createTopic', asked);
      await observer.settled(name, 4);
      const partitions = await observer.topic(name);
      evidence.equal(
        'replicas of each partition',
        partitions?.map(({ replicas }) => replicas.length),
        [2, 2, 2, 2],
      );
      const set = await observer.configs(name);
      evidence.equal('retention.ms', set.get('retention.ms'), '7654321');
    },
  },
  {
    name: 'topic-partitions',
    title: 'a topic gets more partitions',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 2);
      await start().call('createPartitions', { topic: name, count: 5 });
      await observer.settled(name, 5);
      evidence.equal('partitions', (await observer.topic(name))?.length, 5);
    },
  },
  {
    name: 'topic-configs',
    title: 'configs are told and changed',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1, { 'segment.bytes': '2345678' });
      const driver = start();
      const before = await driver.call('describeConfigs', { topic: name });
      const told = field(before, 'configs') as Record<string, string>;
      evidence.equal('segment.bytes as told', told['segment.bytes'], '2345678');
      evidence.equal('a default as told', told['cleanup.policy'], 'delete');
      await driver.call('alterConfig', { topic: name, name: 'max.message.bytes', value: '123456' });
      const get = async (config: string): Promise<string | null | undefined> =>
        (await observer.configs(name)).get(config);
      await observer.until(
        'the change is seen',
        async () => (await get('max.message.bytes')) === '123456',
      );
      evidence.equal('max.message.bytes', await get('max.message.bytes'), '123456');
      const after = field(await driver.call('describeConfigs', { topic: name }), 'configs');
      const changed = (after as Record<string, string>)['max.message.bytes'];
      evidence.equal('max.message.bytes as told', changed, '123456');
    },
  },
  {
    name: 'topic-delete',
    title: 'a topic is gone, and its name can be used again',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 2);
      const driver = start();
      await driver.call('deleteTopic', { topic: name });
      await observer.settled(name, 0);
      evidence.equal('the topic', await observer.topic(name), null);
      await driver.call('createTopic', { topic: name, partitions: 1, replicas: 3, configs: {} });
      await observer.settled(name, 1);
      evidence.equal('partitions of the new one', (await observer.topic(name))?.length, 1);
    },
  },
];
