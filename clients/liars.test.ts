/**
 * No driver passes by what it says: one that does nothing and answers what is hoped for, and those that
 * refuse everything, fail every scenario at real brokers; a real driver whose answers are changed on the
 * way fails where they are.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalCluster } from '../src/cli/local-cluster.js';
import { CLIENTS } from './catalogue.js';
import { type Caller, ClientFailure, Driver, type DriverCommand } from './driver.js';
import { runCell } from './matrix.js';
import { drawRecords } from './scenario.js';
import { SCENARIOS } from './scenarios/all.js';

const BINARY = new URL('../dist/src/cli/main.js', import.meta.url).pathname;
const PATIENCE_MILLISECONDS = 300;

let cluster: LocalCluster;
let bootstrap = '';
let kafkajs: DriverCommand;

beforeAll(async () => {
  cluster = await LocalCluster.create({
    brokers: 3,
    firstPort: 0,
    directory: null,
    configs: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '4'],
      ['auto.create.topics.enable', 'false'],
    ]),
    binary: BINARY,
  });
  await cluster.start();
  bootstrap = cluster.bootstrap.join(',');
  const entry = CLIENTS.find(({ name }) => name === 'kafkajs')!;
  kafkajs = await entry.prepare(new AbortController().signal);
}, 30_000);

afterAll(async () => {
  await cluster?.close();
});

interface Asked {
  readonly records?: readonly unknown[];
  readonly count?: number;
  readonly offset?: number;
  readonly untilAssigned?: number;
  readonly untilRecords?: number;
}

/** Does nothing; its answers have the right shape and the likeliest contents. */
const optimist: Caller = {
  async call(_, { records, count, offset, untilAssigned, untilRecords }: Asked) {
    const assigned = Array.from({ length: untilAssigned ?? 4 }, (_each, index) => index);
    const drawn = drawRecords(count ?? untilRecords ?? 10);
    return {
      brokers: [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9091 + id })),
      topics: [],
      configs: { 'cleanup.policy': 'delete', 'max.message.bytes': '123456' },
      offsets: records === undefined ? { 0: 10 } : records.map((_each, index) => index),
      offset: 0,
      records: drawn.map((each, index) => ({
        ...each,
        partition: 0,
        offset: (offset ?? 0) + index,
      })),
      assigned,
      events: [],
      groups: [],
      state: 'Stable',
    };
  },
  async kill() {},
  async close() {},
};

function pessimist(code: number): Caller {
  const call = (): Promise<never> => Promise.reject(new ClientFailure(code, 'Error', 'no'));
  return { ...optimist, call };
}

/** A real driver whose answers to `op` are changed. */
function liar(op: string, change: (answer: never) => unknown): Caller {
  const driver = new Driver(kafkajs, bootstrap);
  return {
    async call(asked, parameters, timeout) {
      const answer = await driver.call(asked, parameters, timeout);
      return asked === op ? change(answer as never) : answer;
    },
    kill: () => driver.kill(),
    close: () => driver.close(),
  };
}

/** What the runner asks of it is changed: it does something else than it was told. */
function disobedient(op: string, change: (parameters: never) => object): Caller {
  const driver = new Driver(kafkajs, bootstrap);
  return {
    call: (asked, parameters, timeout) =>
      driver.call(asked, asked === op ? change(parameters as never) : parameters, timeout),
    kill: () => driver.kill(),
    close: () => driver.close(),
  };
}

function run(name: string, start: () => Caller): ReturnType<typeof runCell> {
  const scenario = SCENARIOS.find((each) => each.name === name)!;
  return runCell(scenario, start, bootstrap, PATIENCE_MILLISECONDS);
}

type Records = { records: { headers: unknown[]; key: string | null }[] };

describe('at real brokers', () => {
  test.each(SCENARIOS.map(({ name }) => name))('%s cannot be passed by saying so', async (name) => {
    expect((await run(name, () => optimist)).outcome).toBe('fail');
    for (const code of [3, 10, 69]) {
      expect((await run(name, () => pessimist(code))).outcome, `code ${code}`).toBe('fail');
    }
  });

  test.each<[string, string, () => Caller]>([
    [
      'a header that is dropped where records are read',
      'headers',
      () =>
        liar('read', ({ records }: Records) => ({
          records: records.map((each) => ({ ...each, headers: each.headers.slice(1) })),
        })),
    ],
    [
      'a null key that is told as an empty one',
      'null-keys',
      () =>
        liar('read', ({ records }: Records) => ({
          records: records.map((each) => ({ ...each, key: each.key ?? '' })),
        })),
    ],
    [
      'a codec that is not used',
      'codec-gzip',
      () => disobedient('produce', (asked: object) => ({ ...asked, codec: 'none' })),
    ],
    [
      'a producer that is not idempotent',
      'idempotence',
      () => disobedient('produce', (asked: object) => ({ ...asked, idempotent: false })),
    ],
    [
      'a commit that is not made',
      'group-resume',
      () => disobedient('commit', () => ({ op: 'listGroups' })),
    ],
  ])('%s is noticed', async (_, name, start) => {
    const cell = await run(name, start);
    expect(cell.outcome).toBe('fail');
  });

  test('and the same driver passes when it is left alone', async () => {
    for (const name of ['headers', 'null-keys', 'codec-gzip', 'idempotence', 'group-resume']) {
      expect(await run(name, () => new Driver(kafkajs, bootstrap))).toMatchObject({
        outcome: 'pass',
      });
    }
  });
});
