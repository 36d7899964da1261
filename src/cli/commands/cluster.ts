/** `logjury cluster`: a cluster of broker processes on this machine, for real clients. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { nodeFreshValues } from '../../environment/node/clock.js';
import { UsageError } from '../errors.js';
import { gather, parseConfigs, parseNumber } from '../values.js';

interface Flags {
  readonly brokers: string;
  readonly port: string;
  readonly data?: string;
  readonly advertisedHost: string;
  readonly config: readonly string[];
  readonly bug: readonly string[];
  readonly metricsPort?: string;
  readonly verbose?: boolean;
}

/** What the cluster's directory remembers, so that it comes back as the same cluster. */
interface ClusterFile {
  readonly clusterId: string;
  readonly brokers: readonly {
    readonly id: number;
    readonly directoryId: string;
    readonly port: number;
    readonly internalPort: number;
  }[];
}

/** Defaults that make sense where all brokers are on one machine. */
function defaultConfigs(brokers: number): Map<string, string> {
  const copies = String(Math.min(3, brokers));
  return new Map([
    ['default.replication.factor', copies],
    ['min.insync.replicas', brokers >= 3 ? '2' : '1'],
    ['offsets.topic.replication.factor', copies],
  ]);
}

export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .description('run a cluster on this machine until it is interrupted')
    .option('--brokers <n>', 'number of brokers', '3')
    .option('--port <port>', 'client port of the first broker, the others follow; 0: any', '9092')
    .option('--data <dir>', 'keep the data there (default: a temporary directory, removed at the end)')
    .option('--advertised-host <host>', 'host that clients are told', '127.0.0.1')
    .option('--config <key=value>', "a config under Kafka's name (repeatable)", gather, [])
    .option('--bug <name>', 'replace a rule by a wrong one (repeatable)', gather, [])
    .option('--metrics-port <port>', 'serve metrics of broker i on this port + i - 1')
    .option('--verbose', 'print where each broker logs')
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const count = parseNumber('--brokers', flags.brokers, 1, 99);
  parseConfigs('--config', flags.config);
  const firstPort = parseNumber('--port', flags.port, 0, 65535 - count);
  const temporary = flags.data === undefined;
  const directory = flags.data ?? mkdtempSync(join(tmpdir(), 'logjury-'));
  const cluster = await clusterFile(directory, count, firstPort);
  const children = cluster.brokers.map((broker) => startBroker(flags, directory, cluster, broker));
  let ending = false;
  const end = (): void => {
    if (!ending) {
      ending = true;
      for (const { process: child } of children) {
        child.kill('SIGTERM');
      }
    }
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  const exits = children.map(
    ({ process: child, id }) =>
      new Promise<number>((resolve) => {
        child.on('exit', (code) => {
          if (!ending) {
            process.stderr.write(`logjury: broker ${id} ended with status ${code ?? 'killed'}\n`);
          }
          resolve(code ?? 1);
        });
      }),
  );
  const ready = Promise.all(children.map(({ listening }) => listening));
  const first = await Promise.race([ready, Promise.race(exits)]);
  if (Array.isArray(first)) {
    process.stdout.write(`bootstrap ${first.join(',')}\n`);
    await Promise.race(exits.concat(new Promise<number>(() => {})));
    if (!ending) {
      // The others go on: that is what a cluster is for. It ends when all have ended.
      await Promise.all(exits);
    }
  } else {
    end();
  }
  const codes = await Promise.all(exits);
  if (temporary) {
    rmSync(directory, { recursive: true, force: true });
  }
  process.exit(codes.every((code) => code === 0) ? 0 : 2);
}

async function clusterFile(
  directory: string,
  count: number,
  firstPort: number,
): Promise<ClusterFile> {
  const path = join(directory, 'cluster.json');
  let known: ClusterFile | null = null;
  try {
    mkdirSync(directory, { recursive: true });
    known = JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
    }
  }
  if (known !== null && known.brokers.length !== count) {
    throw new UsageError(
      `${directory} holds a cluster of ${known.brokers.length} brokers; use --brokers ${known.brokers.length}`,
    );
  }
  const internalPorts = await freePorts(count);
  const clientPorts = firstPort === 0 ? await freePorts(count) : [];
  const cluster: ClusterFile = {
    clusterId: known?.clusterId ?? nodeFreshValues.uuid(),
    brokers: internalPorts.map((internalPort, index) => ({
      id: index + 1,
      directoryId: known?.brokers[index]?.directoryId ?? nodeFreshValues.uuid(),
      port: clientPorts[index] ?? firstPort + index,
      internalPort,
    })),
  };
  writeFileSync(path, JSON.stringify(cluster, null, 2));
  return cluster;
}

function startBroker(
  flags: Flags,
  directory: string,
  cluster: ClusterFile,
  broker: ClusterFile['brokers'][number],
): { readonly id: number; readonly process: ChildProcess; readonly listening: Promise<string> } {
  const { id, port, internalPort } = broker;
  const voters = cluster.brokers
    .map((each) => `${each.id}@127.0.0.1:${each.internalPort}:${each.directoryId}`)
    .join(',');
  const configs = new Map([
    ...defaultConfigs(cluster.brokers.length),
    ...parseConfigs('--config', flags.config),
  ]);
  const logFile = join(directory, `broker-${id}.json.log`);
  const args = [
    ...process.execArgv,
    process.argv[1]!,
    'broker',
    ...['--id', String(id), '--cluster-id', cluster.clusterId, '--format', '--voters', voters],
    ...['--data', join(directory, `broker-${id}`), '--port', String(port)],
    ...['--internal-port', String(internalPort), '--json-log', logFile, '--exit-with-stdin'],
    ...['--advertised', `${flags.advertisedHost}:${port}`],
    ...[...configs].flatMap(([name, value]) => ['--config', `${name}=${value}`]),
    ...flags.bug.flatMap((name) => ['--bug', name]),
  ];
  if (flags.metricsPort !== undefined) {
    const base = parseNumber('--metrics-port', flags.metricsPort, 1, 65000);
    args.push('--metrics-port', String(base + id - 1));
  }
  if (flags.verbose) {
    process.stderr.write(`broker ${id} logs to ${logFile}\n`);
  }
  // A session of its own: Ctrl-C reaches the brokers through this process only. If this process is
  // killed, the end of their standard input tells them.
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('listening ')) {
        resolve(line.slice('listening '.length));
      }
    });
  });
  return { id, process: child, listening };
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().on('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
