/** What an operator does with partitions: moves, leaders, deleted records, sizes. */

import { drawRecords, field, logged, type Scenario } from '../scenario.js';

export const OPERATION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'delete-records',
    title: 'the log begins where records were deleted to',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1);
      const records = drawRecords(10);
      await observer.append(name, 0, records);
      const driver = start();
      await driver.call('deleteRecords', { topic: name, partition: 0, offset: 6 });
      evidence.equal('start of the log', await observer.offset(name, 0, -2), 6);
      evidence.equal('what is left', (await observer.log(name)).records, logged(records).slice(6));
    },
  },
  {
    name: 'reassign',
    title: 'a partition moves to another broker, and its records with it',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1, {}, 2);
      const records = drawRecords(10);
      await observer.append(name, 0, records);
      const before = (await observer.topic(name))![0]!;
      const others = (await observer.brokers()).filter(({ id }) => !before.replicas.includes(id));
      // The leader goes.
      const stays = before.replicas.find((id) => id !== before.leader)!;
      const target = [others[0]!.id, stays];
      await start().call('reassign', { topic: name, partition: 0, replicas: target });
      const now = async (): Promise<readonly number[]> =>
        (await observer.topic(name))![0]!.replicas;
      const wanted = JSON.stringify([...target].sort());
      await observer.until('the move is done', async () => JSON.stringify(await now()) === wanted);
      await observer.settled(name, 1);
      evidence.equal('replicas', await now(), [...target].sort());
      evidence.equal('records', (await observer.log(name)).records, logged(records));
    },
  },
  {
    name: 'elect-leaders',
    title: 'the preferred replica is made the leader',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1);
      const { leader, replicas } = (await observer.topic(name))![0]!;
      const others = replicas.filter((id) => id !== leader);
      await observer.reassign(name, 0, [...others, leader]);
      const now = async (): Promise<{ leader: number; preferred: number }> =>
        (await observer.topic(name))![0]!;
      await observer.until('another is preferred', async () => (await now()).preferred !== leader);
      evidence.equal('leader before', (await now()).leader, leader);
      await start().call('electLeader', { topic: name, partition: 0 });
      const preferred = others[0]!;
      await observer.until('it leads', async () => (await now()).leader === preferred);
      evidence.equal('leader', (await now()).leader, preferred);
    },
  },
  {
    name: 'log-dirs',
    title: 'which brokers hold a partition, and how large it is there',
    async run({ observer, evidence, name, start }) {
      await observer.createTopic(name, 1, {}, 2);
      await observer.append(name, 0, drawRecords(10, { size: 1000 }));
      const told = await start().call('logDirs', { topic: name, partition: 0 });
      const replicas = field(told, 'replicas') as { broker: number; size: number }[];
      evidence.equal(
        'brokers that hold it',
        replicas.map(({ broker }) => broker).sort(),
        (await observer.topic(name))![0]!.replicas,
      );
      const sizes = replicas.map(({ size }) => size);
      const isLikely = sizes.every((size) => size > 10_000 && size < 12_000);
      evidence.holds('sizes are those of what was written', isLikely, sizes);
    },
  },
];
