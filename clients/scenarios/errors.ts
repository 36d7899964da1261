/** What clients are told when it goes wrong. */

import {
  asLogged,
  drawRecords,
  field,
  logged,
  produced,
  refused,
  type Scenario,
} from '../scenario.js';

const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const INVALID_TOPIC_EXCEPTION = 17;
const TOPIC_ALREADY_EXISTS = 36;
const INVALID_PARTITIONS = 37;
const INVALID_REPLICATION_FACTOR = 38;
const INVALID_CONFIG = 40;

export const ERROR_SCENARIOS: readonly Scenario[] = [
  {
    name: 'errors-topics',
    title: 'impossible topics and configs are refused with the right codes',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 2);
      const driver = start();
      const create = (topic: string, more: object = {}): Promise<unknown> =>
        driver.call('createTopic', { topic, partitions: 1, replicas: 1, configs: {}, ...more });
      const refuse = (what: string, code: number, call: Promise<unknown>): Promise<void> =>
        refused(stage, what, [code], call);
      const other = `${name}-other`;
      await refuse('a topic that exists', TOPIC_ALREADY_EXISTS, create(name));
      await refuse('replicas', INVALID_REPLICATION_FACTOR, create(other, { replicas: 9 }));
      const configs = { 'no.such.config': '1' };
      await refuse('a config that is unknown', INVALID_CONFIG, create(other, { configs }));
      const wrong = { 'retention.ms': 'soon' };
      await refuse('a value', INVALID_CONFIG, create(other, { configs: wrong }));
      await refuse('a name', INVALID_TOPIC_EXCEPTION, create(`${name}/x`));
      evidence.equal('nothing was made', await observer.topic(other), null);
      await create(other);
      await observer.settled(other, 1);
      evidence.equal('what can be made is made', (await observer.topic(other))?.length, 1);
    },
  },
  {
    name: 'errors-changes',
    title: 'changes of what is not there, or cannot be so, are refused with the right codes',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 2);
      const driver = start();
      const unknown = driver.call('deleteTopic', { topic: `${name}-other` });
      await refused(stage, 'deleting an unknown topic', [UNKNOWN_TOPIC_OR_PARTITION], unknown);
      const fewer = driver.call('createPartitions', { topic: name, count: 1 });
      await refused(stage, 'fewer partitions', [INVALID_PARTITIONS], fewer);
      evidence.equal('partitions', (await observer.topic(name))?.length, 2);
    },
  },
  {
    name: 'errors-produce',
    title: 'producing to an unknown topic is refused, and does not make it',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      const known = `${name}-known`;
      await observer.createTopic(known, 1);
      const records = drawRecords(1);
      const more = { partition: 0, acks: -1, codec: 'none', idempotent: false, retry: false };
      const driver = start();
      const sent = driver.call('produce', { topic: name, records, ...more });
      await refused(stage, 'an unknown topic', [UNKNOWN_TOPIC_OR_PARTITION], sent);
      evidence.equal('the topic', await observer.topic(name), null);
      const answer = await driver.call('produce', { topic: known, records, ...more });
      const { records: found } = await observer.log(known);
      evidence.equal('in a known one', found, produced(stage, answer, records, found));
    },
  },
  {
    name: 'errors-read',
    title: 'a position behind the end: OFFSET_OUT_OF_RANGE',
    async run(stage) {
      const { observer, evidence, name, start } = stage;
      await observer.createTopic(name, 1);
      const records = drawRecords(3);
      await observer.append(name, 0, records);
      const driver = start();
      const asked = { topic: name, partition: 0, count: 3, timeoutMs: 10_000 };
      const behind = driver.call('read', { ...asked, offset: 1000 });
      await refused(stage, 'a position behind the end', [OFFSET_OUT_OF_RANGE], behind);
      const read = field(await start().call('read', { ...asked, offset: 0 }), 'records');
      evidence.equal('records from the start', asLogged(read), logged(records));
    },
  },
];
