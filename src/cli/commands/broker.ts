/** `logjury broker`: one broker, until it is told to stop. */

import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { Broker, type BrokerOptions } from '../../broker/broker.js';
import { checkIdentity, FormatError, formatDirectory, readIdentity } from '../../broker/format.js';
import type { BrokerObserver } from '../../broker/observer.js';
import { trueRules } from '../../broker/rules.js';
import { Settings, SettingsError } from '../../broker/settings.js';
import type { Bug } from '../../bugs/bug.js';
import type { BrokerId, Uuid } from '../../core/types/ids.js';
import { type Environment, FileError } from '../../environment/environment.js';
import { nodeEnvironment } from '../../environment/node/environment.js';
import { MalformedBytes } from '../../log/bytes.js';
import { RaftLogDamaged } from '../../log/raft-recovery.js';
import { endUnusable, UsageError } from '../errors.js';
import {
  gather,
  parseAddress,
  parseConfigs,
  parseNumber,
  parsePeers,
  parseVoters,
} from '../values.js';

interface Flags {
  readonly id: string;
  readonly clusterId: string;
  readonly data: string;
  readonly format?: boolean;
  readonly directoryId?: string;
  readonly voters: string;
  readonly host: string;
  readonly port: string;
  readonly internalHost: string;
  readonly internalPort?: string;
  readonly advertised?: string;
  readonly peer: readonly string[];
  readonly config: readonly string[];
  readonly bug: readonly string[];
  readonly clockControl?: string;
  readonly metricsPort?: string;
  readonly jsonLog?: string;
  readonly trace?: string;
  readonly exitWithStdin?: boolean;
}

export function registerBroker(program: Command): void {
  program
    .command('broker')
    .description('run one broker until it is interrupted')
    .requiredOption('--id <n>', 'node id')
    .requiredOption('--cluster-id <id>', 'id of the cluster')
    .requiredOption('--data <dir>', 'directory of its logs')
    .requiredOption('--voters <list>', 'first voters: id@host:internalPort:directoryId,...')
    .option('--format', 'give an empty directory its identity: of a first voter, or a fresh one')
    .option('--directory-id <id>', 'id of the directory that --format gives it')
    .option('--host <host>', 'address of the client listener', '127.0.0.1')
    .option('--port <port>', 'port of the client listener; 0: any', '9092')
    .option('--internal-host <host>', 'address of the internal listener', '127.0.0.1')
    .option('--internal-port <port>', 'port of the internal listener (default: as in --voters)')
    .option('--advertised <host:port>', 'where clients are told to connect')
    .option('--peer <id=host:port>', 'how this broker reaches another (repeatable)', gather, [])
    .option('--config <key=value>', "a config under Kafka's name (repeatable)", gather, [])
    .option(
      '--bug <name>',
      'replace a rule by a wrong one (repeatable; see logjury bugs)',
      gather,
      [],
    )
    .option('--clock-control <file>', 'JSON {"offset": ms, "rate": factor} that sets its clocks')
    .option('--metrics-port <port>', 'serve /metrics, /health and /clock there')
    .option('--json-log <file>', 'append the log as JSON lines')
    .option(
      '--trace <file>',
      'append every step of its Raft, and of one partition of each topic, as JSON lines',
    )
    .option('--exit-with-stdin', 'stop when standard input ends')
    .action((flags: Flags) => run(flags));
}

/**
 * V8 sees that what the tail of a log keeps lives long, takes the same to hold for what is allocated beside it
 * for each request, and puts all of that among the old objects, where only a full collection finds it dead.
 */
const V8_FLAGS = '--no-allocation-site-pretenuring';

async function run(flags: Flags): Promise<void> {
  setFlagsFromString(V8_FLAGS);
  const bugs = await findBugs(flags.bug);
  try {
    const environment = openEnvironment(flags);
    const options = await brokerOptions(flags, bugs);
    const unmarked = prepareDirectory(environment, flags, options, bugs);
    const broker = new Broker(environment, options, {
      ready: ({ host, port }) => process.stdout.write(`listening ${host}:${port}\n`),
      stopped: (failure) => setTimeout(() => end(environment, failure), 50),
    });
    if (unmarked) {
      // Not before the broker holds the directory: until then it may be another's.
      markDirectory(environment, options);
    }
    if (flags.metricsPort !== undefined) {
      const { serveMetrics } = await import('../metrics-server.js');
      serveMetrics(parseNumber('--metrics-port', flags.metricsPort, 0, 65535), broker, environment);
    }
    stopOn(['SIGTERM', 'SIGINT'], broker);
    if (flags.exitWithStdin) {
      process.stdin.on('end', () => broker.shutdown()).resume();
    }
    broker.start();
  } catch (error) {
    endUnusable(explain(error, flags));
  }
}

function end(environment: Environment, failure: string | null): void {
  if (failure !== null) {
    environment.stop(1, failure);
  }
  process.exit(0);
}

function openEnvironment(flags: Flags): Environment {
  const { jsonLog, clockControl } = flags;
  try {
    return nodeEnvironment({
      ...(jsonLog === undefined ? {} : { logFile: jsonLog }),
      ...(clockControl === undefined ? {} : { clockControl }),
    });
  } catch (error) {
    throw new UsageError(`--json-log ${jsonLog} cannot be written: ${(error as Error).message}`);
  }
}

function stopOn(signals: readonly NodeJS.Signals[], broker: Broker): void {
  let asked = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (asked) {
        process.exit(1);
      }
      asked = true;
      broker.shutdown();
    });
  }
}

/** Configs that have an option of their own, which names what they would. */
const BY_OPTION: ReadonlyMap<string, string> = new Map([
  ['node.id', '--id'],
  ['log.dirs', '--data'],
  ['listeners', '--host and --port'],
  ['advertised.listeners', '--advertised'],
]);

function configsOf(flags: Flags): Map<string, string> {
  const configs = parseConfigs('--config', flags.config);
  for (const [name, option] of BY_OPTION) {
    if (configs.has(name)) {
      throw new UsageError(`${name} is set by ${option}, not by --config`);
    }
  }
  // So that DescribeConfigs says what is in force.
  configs.set('node.id', flags.id);
  configs.set('log.dirs', flags.data);
  configs.set('listeners', `PLAINTEXT://${flags.host}:${flags.port}`);
  if (flags.advertised !== undefined) {
    configs.set('advertised.listeners', `PLAINTEXT://${flags.advertised}`);
  }
  return configs;
}

async function brokerOptions(flags: Flags, bugs: readonly Bug[]): Promise<BrokerOptions> {
  const id = parseNumber('--id', flags.id, 0, 0x7fffffff) as BrokerId;
  const settings = new Settings(configsOf(flags));
  const voters = parseVoters(flags.voters);
  const own = voters.find((voter) => voter.id === id);
  const internalPort = flags.internalPort ?? own?.port.toString();
  if (internalPort === undefined) {
    throw new UsageError('--internal-port is needed for a broker that is not among --voters');
  }
  const rules = trueRules(settings, flags.clusterId);
  return {
    id,
    clusterId: flags.clusterId,
    directory: flags.data,
    voters,
    peers: parsePeers(flags.peer),
    client: { host: flags.host, port: parseNumber('--port', flags.port, 0, 65535) },
    internal: {
      host: flags.internalHost,
      port: parseNumber('--internal-port', internalPort, 0, 65535),
    },
    advertised:
      flags.advertised === undefined ? null : parseAddress('--advertised', flags.advertised),
    settings,
    rules: bugs.length === 0 ? rules : (await registry()).withBugs(rules, bugs),
    bugs: bugs.map(({ name }) => name),
    ...(flags.trace === undefined
      ? {}
      : { observer: await traceObserver(flags.trace, id, settings) }),
  };
}

async function traceObserver(
  file: string,
  id: BrokerId,
  { topicDefaults }: Settings,
): Promise<BrokerObserver> {
  const { traceToFile } = await import('../broker-trace.js');
  try {
    return traceToFile(file, `broker${id}`, topicDefaults);
  } catch (error) {
    throw new UsageError(`--trace ${file} cannot be written: ${(error as Error).message}`);
  }
}

async function registry(): Promise<typeof import('../../bugs/registry.js')> {
  return import('../../bugs/registry.js');
}

async function findBugs(names: readonly string[]): Promise<Bug[]> {
  if (names.length === 0) {
    return [];
  }
  const { findBug } = await registry();
  return names.map((name) => {
    const bug = findBug(name);
    if (bug === undefined) {
      endUnusable(`no bug is called ${name}; 'logjury bugs' lists them`);
    }
    process.stderr.write(`BUG ON: ${bug.name}: ${bug.title}\n`);
    return bug;
  });
}

function wantedDirectoryId({ directoryId }: Flags): Uuid | null {
  if (directoryId === undefined) {
    return null;
  }
  if (!/^[\w-]{22}$/.test(directoryId)) {
    throw new UsageError(`--directory-id ${directoryId}: expected 22 characters of base64`);
  }
  return directoryId as Uuid;
}

const BUG_MARK = 'bugs.json';

/**
 * Identity, and the mark of a broker whose rules were wrong on purpose. Answers whether the directory
 * lacks a mark that it must get.
 */
function prepareDirectory(
  environment: Environment,
  flags: Flags,
  options: BrokerOptions,
  bugs: readonly Bug[],
): boolean {
  const { files } = environment;
  const { clusterId, id, directory, voters } = options;
  if (flags.format) {
    const own = voters.find((voter) => voter.id === id);
    const directoryId = wantedDirectoryId(flags) ?? own?.directoryId ?? environment.fresh.uuid();
    formatDirectory(files, directory, { clusterId, nodeId: id, directoryId });
  }
  const identity = readIdentity(files, directory);
  if (identity === null) {
    throw new UsageError(`${directory} is not formatted; add --format to begin with it`);
  }
  checkIdentity(directory, identity, { clusterId, nodeId: id });
  const names = bugs.map(({ name }) => name);
  const marked = readMark(environment, directory);
  const missing = marked.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UsageError(
      `${directory} was written with the bug ${missing.join(', ')} on: its data cannot be trusted; ` +
        'use another directory, or the same --bug',
    );
  }
  return names.some((name) => !marked.includes(name));
}

function readMark({ files }: Environment, directory: string): string[] {
  const path = `${directory}/${BUG_MARK}`;
  if (!files.exists(path)) {
    return [];
  }
  const text = new TextDecoder().decode(files.readWhole(path));
  try {
    return JSON.parse(text) as string[];
  } catch {
    throw new UsageError(
      `${path} is damaged: nobody knows with which bugs on the data was written`,
    );
  }
}

function markDirectory({ files }: Environment, { directory, bugs }: BrokerOptions): void {
  const text = JSON.stringify([...bugs].sort());
  files.replaceWhole(`${directory}/${BUG_MARK}`, new TextEncoder().encode(text));
}

function explain(error: unknown, flags: Flags): string {
  if (error instanceof FileError) {
    return `the log directory ${flags.data} cannot be used: ${error.message}`;
  }
  if (
    error instanceof UsageError ||
    error instanceof SettingsError ||
    error instanceof FormatError ||
    error instanceof MalformedBytes ||
    error instanceof RaftLogDamaged
  ) {
    return error.message;
  }
  throw error;
}
