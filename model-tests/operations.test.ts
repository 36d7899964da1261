/** The commands in the hands of people and of bad luck: processes, signals, ports, disks. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LocalCluster } from '../src/cli/local-cluster.js';
import {
  BINARY,
  childrenOf,
  isAlive,
  Ledger,
  newFolder,
  Running,
  removeFolders,
  run,
  until,
} from './operations-kit.js';

const CLUSTER_ID = 'b3BlcmF0aW9ucy10ZXN0cw';
const DIRECTORY_ID = 'b3BlcmF0aW9ucy1kaXJlYQ';

interface BrokerPlace {
  readonly data?: string;
  readonly id?: number;
  readonly clusterId?: string;
  readonly port?: number;
  readonly internalPort?: number;
  readonly format?: boolean;
}

let takenServer: Server;
let taken: number;

/** Arguments of a broker that is a cluster by itself. */
function broker(place: BrokerPlace, ...more: string[]): string[] {
  const { data = newFolder(), id = 1, clusterId = CLUSTER_ID, port = 0 } = place;
  const { internalPort = 0, format = true } = place;
  return [
    'broker',
    ...['--id', String(id), '--cluster-id', clusterId, '--data', data],
    ...['--voters', `${id}@127.0.0.1:${internalPort === 0 ? 1 : internalPort}:${DIRECTORY_ID}`],
    ...['--port', String(port), '--internal-port', String(internalPort)],
    ...(format ? ['--format'] : []),
    ...more,
  ];
}

beforeAll(async () => {
  takenServer = createServer();
  await new Promise<void>((resolve) => takenServer.listen(0, '127.0.0.1', () => resolve()));
  taken = (takenServer.address() as { port: number }).port;
});

afterAll(() => {
  takenServer.close();
  removeFolders();
});

describe('what cannot work is said in one clear line', () => {
  const file = (): string => {
    const path = join(newFolder(), 'file');
    writeFileSync(path, '');
    return path;
  };
  /** A formatted directory in which `name` says `text`. */
  const directoryWith = (name: string, text: string): string => {
    const data = newFolder();
    const identity = ['version=1', `cluster.id=${CLUSTER_ID}`, 'node.id=1'];
    writeFileSync(
      join(data, 'meta.properties'),
      [...identity, `directory.id=${DIRECTORY_ID}`, ''].join('\n'),
    );
    writeFileSync(join(data, name), text);
    return data;
  };
  const clusterOf = (brokers: number): string => {
    const data = newFolder();
    const place = { id: 1, directoryId: DIRECTORY_ID, port: 1, internalPort: 2 };
    const all = Array.from({ length: brokers }, () => place);
    writeFileSync(join(data, 'cluster.json'), JSON.stringify({ clusterId: 'x', brokers: all }));
    return data;
  };

  const cases: [what: string, args: () => string[], status: number, says: RegExp][] = [
    ['an unknown command', () => ['brokre'], 2, /brokre/],
    ['an unknown flag', () => broker({}, '--nope'), 2, /--nope/],
    ['a missing flag', () => ['broker', '--id', '1'], 2, /--cluster-id/],
    ['a port that is none', () => broker({}, '--port', '70000'), 2, /--port.*0 to 65535/],
    ['a node id that is none', () => broker({}, '--id', 'x'), 2, /--id/],
    ['voters that are none', () => broker({}, '--voters', '1@x'), 2, /--voters must be/],
    ['a peer that is none', () => broker({}, '--peer', 'x'), 2, /--peer must be/],
    [
      'an unknown config, with a hint',
      () => broker({}, '--config', 'log.retention.hour=1'),
      2,
      /unknown config log\.retention\.hour.*did you mean log\.retention\.hours\?/,
    ],
    ['a value that does not fit', () => broker({}, '--config', 'num.partitions=x'), 2, /num\.part/],
    ['a config without value', () => broker({}, '--config', 'num.partitions'), 2, /key=value/],
    ['an unknown bug', () => broker({}, '--bug', 'nope'), 2, /nope/],
    ['a directory without format', () => broker({ format: false }), 2, /not formatted.*--format/],
    ['a file as directory', () => broker({ data: file() }), 2, /cannot be used/],
    [
      'a directory that is not empty',
      () => {
        const data = newFolder();
        writeFileSync(join(data, 'letter.txt'), '');
        return broker({ data });
      },
      2,
      /letter\.txt.*not empty/,
    ],
    [
      "another cluster's directory",
      () => broker({ data: directoryWith('x', ''), clusterId: 'other' }),
      2,
      /belongs to cluster/,
    ],
    ["another node's", () => broker({ data: directoryWith('x', ''), id: 2 }), 2, /belongs to node/],
    [
      'a damaged identity',
      () => broker({ data: directoryWith('meta.properties', 'version=1\n') }),
      2,
      /damaged/,
    ],
    [
      'a damaged checkpoint',
      () => broker({ data: directoryWith('recovery-point-offset-checkpoint', 'x') }),
      2,
      /recovery-point-offset-checkpoint/,
    ],
    [
      'a directory that was written with a bug on',
      () => broker({ data: directoryWith('bugs.json', '["ack-before-commit"]') }),
      2,
      /ack-before-commit.*cannot be trusted/,
    ],
    [
      'a log file that cannot be',
      () => broker({}, '--json-log', '/nowhere/at/all/x.log'),
      2,
      /--json-log/,
    ],
    ['a taken client port', () => broker({ port: taken }), 1, /:\d+ is in use by another process/],
    ['a taken internal port', () => broker({ internalPort: taken }), 1, /is in use by another/],
    [
      'a taken metrics port',
      () => broker({}, '--metrics-port', String(taken)),
      1,
      /metrics.*EADDRINUSE/,
    ],
    [
      'cluster: an unknown config',
      () => ['cluster', '--config', 'x.y=1'],
      2,
      /unknown config x\.y/,
    ],
    ['cluster: an unknown bug', () => ['cluster', '--bug', 'nope'], 2, /nope/],
    ['cluster: no brokers', () => ['cluster', '--brokers', '0'], 2, /--brokers/],
    [
      'cluster: a rack without a name',
      () => ['cluster', '--racks', 'a,,b'],
      2,
      /--racks needs names/,
    ],
    [
      'trial: reads of no kind',
      () => ['trial', '--reads', 'all'],
      2,
      /--reads must be one of leader/,
    ],
    ['cluster: a taken port', () => ['cluster', '--port', String(taken)], 2, /is in use/],
    ['cluster: a file as directory', () => ['cluster', '--data', file()], 2, /cannot be used/],
    [
      'cluster: another number of brokers',
      () => ['cluster', '--port', '0', '--data', clusterOf(5)],
      2,
      /5 brokers.*--brokers 5/,
    ],
  ];

  let outcomes: Awaited<ReturnType<typeof run>>[] = [];
  beforeAll(async () => {
    // A few at a time: each is a process.
    const queue = cases.map(([, args], index) => ({ args, index }));
    const results: typeof outcomes = [];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        results[next.index] = await run(...next.args());
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    outcomes = results;
  });

  test.each(cases.map(([what, , status, says], index) => ({ what, status, says, index })))(
    '$what',
    ({ status, says, index }) => {
      const { status: actual, errorLines } = outcomes[index]!;
      const lines = errorLines.filter((line) => !line.startsWith('('));
      expect(lines.join('\n')).toMatch(says);
      expect(lines.length).toBe(1);
      expect(actual).toBe(status);
    },
  );
});

describe('one broker', () => {
  const running: Running[] = [];
  const start = (args: string[]): Running => {
    const one = new Running(args);
    running.push(one);
    return one;
  };

  afterEach(async () => {
    for (const one of running.splice(0)) {
      one.process.kill('SIGKILL');
      await one.ended;
    }
  });

  test('keeps its directory to itself, unmarked; and a bug marks one for ever', async () => {
    const data = newFolder();
    const first = start(broker({ data }));
    await first.line('listening ');
    const second = await run(...broker({ data }, '--bug', 'figure-8'));
    expect(second.status).toBe(2);
    expect(second.errorLines.at(-1)).toContain('in use by another process');
    expect(existsSync(join(data, 'bugs.json'))).toBe(false);
    first.process.kill('SIGTERM');
    expect((await first.ended).status).toBe(0);
    const buggy = start(broker({ data }, '--bug', 'figure-8'));
    await buggy.line('listening ');
    buggy.process.kill('SIGTERM');
    const { status, errorLines } = await buggy.ended;
    expect(status).toBe(0);
    expect(errorLines.join()).toContain('BUG ON');
    const refused = await run(...broker({ data }));
    expect(refused.status).toBe(2);
    expect(refused.errorLines.join()).toContain('cannot be trusted');
  });

  test('stops on a full disk with one line, and has all that was acknowledged afterwards', async ({
    skip,
  }) => {
    const disk = newFolder();
    const data = join(disk, 'data');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'none', disk]);
    if (mounted.status !== 0) {
      skip(`no small disk can be mounted here (${mounted.stderr})`);
    }
    try {
      // Its log is on the same disk.
      const log = ['--json-log', join(disk, 'broker.log')];
      const config = ['--config', 'auto.create.topics.enable=false', ...log];
      const first = start(broker({ data }, ...config));
      const ledger = new Ledger([await first.line('listening ')], 'full', 2);
      await ledger.create(1);
      while (await ledger.send(100_000)) {
        expect(ledger.acknowledged.length).toBeLessThan(100);
      }
      const { status, errorLines } = await first.ended;
      ledger.close();
      expect(errorLines.length).toBe(1);
      expect(errorLines[0]).toContain('ENOSPC');
      expect(status).toBe(1);
      expect(ledger.acknowledged.length).toBeGreaterThan(20);
      spawnSync('mount', ['-o', 'remount,size=20m', disk]);
      const second = start(broker({ data }, ...config));
      const after = new Ledger([await second.line('listening ')], 'full', 2);
      after.acknowledged.push(...ledger.acknowledged);
      expect(await after.lost()).toEqual([]);
      await after.sendAll(1);
      after.close();
      second.process.kill('SIGTERM');
      expect((await second.ended).status).toBe(0);
    } finally {
      for (const one of running) {
        one.process.kill('SIGKILL');
        await one.ended;
      }
      spawnSync('umount', [disk]);
    }
  });
});

describe('a cluster', () => {
  const clusterArgs = (data: string): string[] => [
    ...['cluster', '--port', '0', '--data', data],
    ...['--config', 'offsets.topic.num.partitions=1'],
  ];

  test('Ctrl-C stops it in good order, its data comes back, and it dies with its parent', async () => {
    const data = newFolder();
    const first = new Running(clusterArgs(data));
    const bootstrap = (await first.line('bootstrap ')).split(',');
    const ledger = new Ledger(bootstrap, 'kept', 3);
    await ledger.create(3);
    await ledger.sendAll(60);
    ledger.close();
    const brokers = childrenOf(first.process.pid!);
    expect(brokers.length).toBe(3);
    const twice = await run(...clusterArgs(data));
    expect(twice.status).toBe(2);
    expect(twice.errorLines.join()).toContain('in use by another process');
    const asked = Date.now();
    first.process.kill('SIGINT');
    expect(await first.ended).toEqual({ status: 0, errorLines: [] });
    expect(Date.now() - asked).toBeLessThan(8000);
    expect(brokers.filter(isAlive)).toEqual([]);
    for (const id of [1, 2, 3]) {
      expect(existsSync(join(data, `broker-${id}`, '.kafka_cleanshutdown'))).toBe(true);
    }

    const second = new Running(clusterArgs(data));
    const again = new Ledger((await second.line('bootstrap ')).split(','), 'kept', 3);
    again.acknowledged.push(...ledger.acknowledged);
    await until(() => again.hasLeaders(), 'leaders');
    expect(await again.lost()).toEqual([]);
    again.close();
    const children = childrenOf(second.process.pid!);
    expect(children.length).toBe(3);
    second.process.kill('SIGKILL');
    await until(() => !children.some(isAlive), 'the end of the brokers');
  });

  describe('of three', () => {
    let cluster: LocalCluster;

    beforeAll(async () => {
      const directory = newFolder();
      mkdirSync(directory, { recursive: true });
      cluster = await LocalCluster.create({
        brokers: 3,
        firstPort: 0,
        directory,
        configs: new Map([['offsets.topic.num.partitions', '1']]),
        binary: BINARY,
      });
      await cluster.start();
    });

    afterAll(async () => {
      await cluster?.close();
    });

    test('a leader that is shut down hands over without a failed write', async () => {
      const ledger = new Ledger(cluster.bootstrap, 'handed', 1);
      await ledger.create(3);
      await ledger.sendAll(20);
      const leader = await ledger.leader(0);
      expect(leader).toBeGreaterThan(0);
      cluster.signal(leader, 'SIGTERM');
      let gone = false;
      const exited = cluster.exited(leader).then((status) => {
        gone = true;
        return status;
      });
      while (!gone) {
        await ledger.send();
      }
      expect(await exited).toBe(0);
      await ledger.sendAll(20);
      // What the old leader refused was not written; nothing else went wrong.
      expect(ledger.failures.filter((name) => name !== 'NOT_LEADER_OR_FOLLOWER')).toEqual([]);
      expect(ledger.failures.length).toBeLessThan(20);
      expect(await ledger.leader(0)).not.toBe(leader);
      expect(await ledger.lost()).toEqual([]);
      ledger.close();
      await cluster.startBroker(leader);
    });

    test('all brokers are restarted, one after the other, without a failed write', async () => {
      const ledger = new Ledger(cluster.bootstrap, 'rolled', 3);
      await ledger.create(3);
      await ledger.sendAll(20);
      for (const broker of [1, 2, 3]) {
        let back = false;
        cluster.signal(broker, 'SIGTERM');
        const restarted = cluster.exited(broker).then(async (status) => {
          await cluster.startBroker(broker);
          back = true;
          return status;
        });
        while (!back) {
          await ledger.send();
        }
        expect(await restarted).toBe(0);
        await ledger.sendAll(50);
        await until(
          async () => (await ledger.inSync(0)) === 3 && (await ledger.inSync(1)) === 3,
          'all replicas in sync again',
        );
      }
      expect(ledger.failures.filter((name) => name !== 'NOT_LEADER_OR_FOLLOWER')).toEqual([]);
      expect(await ledger.lost()).toEqual([]);
      ledger.close();
    });

    test('kill -9 of all at once, during writes: all that was acknowledged is there', async () => {
      const ledger = new Ledger(cluster.bootstrap, 'killed', 4);
      await ledger.create(3);
      await ledger.sendAll(50);
      const writing = Array.from({ length: 4 }, async () => {
        while (await ledger.send()) {
          // On and on, until it fails.
        }
      });
      await until(() => ledger.acknowledged.length > 200, 'writes');
      for (const id of cluster.ids) {
        cluster.signal(id, 'SIGKILL');
      }
      await Promise.all(writing);
      await Promise.all(cluster.ids.map((id) => cluster.exited(id)));
      ledger.close();
      const began = Date.now();
      await cluster.start();
      const after = new Ledger(cluster.bootstrap, 'killed', 4);
      after.acknowledged.push(...ledger.acknowledged);
      await until(() => after.hasLeaders(), 'leaders', 10_000);
      expect(Date.now() - began).toBeLessThan(10_000);
      expect(await after.lost()).toEqual([]);
      await after.sendAll(20);
      after.close();
    });
  });
});
