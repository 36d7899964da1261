/**
 * A cluster of broker processes on this machine: what `logjury cluster` runs, and what tests and
 * benchmarks use. Its directory remembers who it is, so that it comes back as the same cluster.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeFreshValues } from '../environment/node/clock.js';
import { NodeFileSystem } from '../environment/node/file-system.js';
import { UsageError } from './errors.js';
import { inheritedArguments } from './inherited-arguments.js';

export interface LocalClusterOptions {
  readonly brokers: number;
  /** Client port of the first broker, the others follow; 0: any free ports. */
  readonly firstPort: number;
  /** Null: a temporary directory, removed by `close`. */
  readonly directory: string | null;
  readonly advertisedHost?: string;
  readonly configs: ReadonlyMap<string, string>;
  /** The brokers stand in these racks in turn, and leaders send consumers to the replica in theirs (KIP-392). */
  readonly racks?: readonly string[];
  readonly bugs?: readonly string[];
  /** Metrics of broker i on this port + i - 1. */
  readonly metricsPort?: number;
  /** The file that is run as the binary; default: the one that belongs to this module. */
  readonly binary?: string;
}

interface ClusterFile {
  readonly clusterId: string;
  readonly brokers: readonly BrokerPlace[];
  /** Directory ids of the first voters by node id, as fixed when the cluster was formatted. */
  readonly voters: { readonly [id: string]: string };
  /** All first voters have run: one that comes without its directory has lost it. */
  readonly formed: boolean;
}

interface BrokerPlace {
  readonly id: number;
  readonly directoryId: string;
  readonly port: number;
  readonly internalPort: number;
}

interface RunningBroker {
  readonly process: ChildProcess;
  /** host:port, once clients can use it; null if it ended before. */
  readonly listening: Promise<string | null>;
  /** Exit status; -1: killed by a signal. */
  readonly exited: Promise<number>;
}

export class LocalCluster {
  readonly directory: string;
  private readonly options: LocalClusterOptions;
  private readonly temporary: boolean;
  private file: ClusterFile;
  private readonly running = new Map<number, RunningBroker>();

  private constructor(options: LocalClusterOptions, directory: string, file: ClusterFile) {
    this.options = options;
    this.temporary = options.directory === null;
    this.directory = directory;
    this.file = file;
  }

  /** Takes the directory, chooses ports and identities; starts nothing. Throws UsageError. */
  static async create(options: LocalClusterOptions): Promise<LocalCluster> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'logjury-'));
    await portsAreFree(options);
    takeDirectory(directory);
    try {
      const file = await clusterFile(directory, options);
      return new LocalCluster(options, directory, file);
    } catch (error) {
      releaseDirectory(directory);
      throw error;
    }
  }

  get ids(): number[] {
    return this.file.brokers.map(({ id }) => id);
  }

  get bootstrap(): string[] {
    const host = this.options.advertisedHost ?? '127.0.0.1';
    return this.file.brokers.map(({ port }) => `${host}:${port}`);
  }

  logFile(id: number): string {
    return join(this.directory, `broker-${id}.json.log`);
  }

  /** Where the data of a broker is. */
  dataDirectory(id: number): string {
    return join(this.directory, `broker-${id}`);
  }

  pid(id: number): number | undefined {
    return this.running.get(id)?.process.pid;
  }

  /** Resolves to the brokers' addresses once all can be used. Rejects if one ended before that. */
  async start(): Promise<string[]> {
    const addresses = await Promise.all(this.ids.map((id) => this.startBroker(id)));
    if (!this.file.formed) {
      this.keep({ ...this.file, formed: true });
    }
    return addresses;
  }

  /** Gives the cluster one more broker, which is not started and no voter; answers its id. */
  async addBroker(): Promise<number> {
    const { brokers } = this.file;
    const id = Math.max(...brokers.map((each) => each.id)) + 1;
    const [internalPort, anyPort] = await freePorts(2);
    const { firstPort } = this.options;
    const place = {
      id,
      directoryId: nodeFreshValues.uuid(),
      port: firstPort === 0 ? anyPort! : firstPort + id - 1,
      internalPort: internalPort!,
    };
    this.keep({ ...this.file, brokers: [...brokers, place] });
    return id;
  }

  /** The broker, which does not run, comes back with an empty disk of another directory id. */
  replaceDisk(id: number): void {
    rmSync(this.dataDirectory(id), { recursive: true, force: true });
    const brokers = this.file.brokers.map((place) =>
      place.id === id ? { ...place, directoryId: nodeFreshValues.uuid() } : place,
    );
    this.keep({ ...this.file, brokers });
  }

  /** As it names itself to the quorum (KIP-853). */
  directoryId(id: number): string {
    return this.place(id).directoryId;
  }

  private keep(file: ClusterFile): void {
    this.file = file;
    writeClusterFile(join(this.directory, CLUSTER_FILE), file);
  }

  private place(id: number): BrokerPlace {
    const place = this.file.brokers.find((broker) => broker.id === id);
    if (place === undefined) {
      throw new UsageError(`the cluster has no broker ${id}`);
    }
    return place;
  }

  /** Starts one broker (again); resolves once clients can use it. */
  async startBroker(id: number): Promise<string> {
    const broker = this.spawnBroker(id);
    this.running.set(id, broker);
    const address = await broker.listening;
    if (address === null) {
      throw new UsageError(
        `broker ${id} ended with status ${await broker.exited} while it started`,
      );
    }
    return address;
  }

  signal(id: number, signal: NodeJS.Signals): void {
    this.running.get(id)?.process.kill(signal);
  }

  /** Exit status of a broker once it has ended. */
  async exited(id: number): Promise<number> {
    return (await this.running.get(id)?.exited) ?? 0;
  }

  /** Stops all brokers in good order and removes what was temporary. Resolves to their statuses. */
  async close(): Promise<number[]> {
    for (const { process: child } of this.running.values()) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
    }
    const late = setTimeout(() => this.kill(), CLOSE_LIMIT_MILLISECONDS);
    const statuses = await Promise.all([...this.running.values()].map(({ exited }) => exited));
    clearTimeout(late);
    releaseDirectory(this.directory);
    if (this.temporary) {
      rmSync(this.directory, { recursive: true, force: true });
    }
    return statuses;
  }

  /** Ends all brokers at once (kill -9). */
  kill(): void {
    for (const { process: child } of this.running.values()) {
      child.kill('SIGKILL');
    }
  }

  private spawnBroker(id: number): RunningBroker {
    // A session of its own: Ctrl-C reaches the brokers through this process only. If this process is
    // killed, the end of their standard input tells them.
    const child = spawn(process.execPath, this.commandLine(id), {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    const exited = new Promise<number>((resolve) => {
      child.on('exit', (code) => resolve(code ?? -1));
    });
    const listening = new Promise<string | null>((resolve) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line.startsWith('listening ')) {
          resolve(line.slice('listening '.length));
        }
      });
      exited.then(() => resolve(null));
    });
    return { process: child, listening, exited };
  }

  private commandLine(id: number): string[] {
    const { options, file } = this;
    const place = this.place(id);
    const voters = file.brokers
      .filter((each) => file.voters[each.id] !== undefined)
      .map((each) => `${each.id}@127.0.0.1:${each.internalPort}:${file.voters[each.id]}`)
      .join(',');
    const binary = options.binary ?? fileURLToPath(new URL('./main.js', import.meta.url));
    const advertised = `${options.advertisedHost ?? '127.0.0.1'}:${place.port}`;
    const metrics =
      options.metricsPort === undefined
        ? []
        : ['--metrics-port', String(options.metricsPort + id - 1)];
    return [
      ...(options.binary === undefined ? inheritedArguments(process.execArgv) : []),
      binary,
      'broker',
      ...['--id', String(id), '--cluster-id', file.clusterId, '--format', '--voters', voters],
      ...['--directory-id', place.directoryId],
      ...['--data', this.dataDirectory(id), '--port', String(place.port)],
      ...['--internal-port', String(place.internalPort), '--json-log', this.logFile(id)],
      ...['--advertised', advertised, '--exit-with-stdin'],
      ...[...this.configs(id)].flatMap(([name, value]) => ['--config', `${name}=${value}`]),
      ...(options.bugs ?? []).flatMap((name) => ['--bug', name]),
      ...metrics,
    ];
  }

  /** Defaults that make sense where all brokers are on one machine, under the configs given. */
  private configs(id: number): Map<string, string> {
    const { brokers, configs, racks = [] } = this.options;
    const copies = String(Math.min(3, brokers));
    const rack = racks[(id - 1) % racks.length];
    return new Map([
      ['default.replication.factor', copies],
      ['min.insync.replicas', brokers >= 3 ? '2' : '1'],
      ['offsets.topic.replication.factor', copies],
      ...(rack === undefined
        ? []
        : ([
            ['broker.rack', rack],
            ['replica.selector.class', RACK_AWARE],
          ] as const)),
      ...configs,
    ]);
  }
}

const RACK_AWARE = 'org.apache.kafka.common.replica.RackAwareReplicaSelector';
/** More than an orderly end takes; what hangs then is killed. */
const CLOSE_LIMIT_MILLISECONDS = 20_000;
const CLUSTER_FILE = 'cluster.json';
const LOCK = '.lock';
const files = new NodeFileSystem((task) => task());

/** Two clusters on one directory would each give the brokers ports of its own. */
function takeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    if (files.lock(join(directory, LOCK))) {
      return;
    }
  } catch (error) {
    throw new UsageError(`${directory} cannot be used: ${(error as Error).message}`);
  }
  throw new UsageError(`${directory} is in use by another process`);
}

function releaseDirectory(directory: string): void {
  files.unlock(join(directory, LOCK));
}

/** A port that is taken is said once, before any broker is started. */
async function portsAreFree(options: LocalClusterOptions): Promise<void> {
  const { brokers, firstPort, metricsPort } = options;
  const first = [firstPort, metricsPort ?? 0].filter((port) => port !== 0);
  for (const port of first.flatMap((from) => Array.from({ length: brokers }, (_, i) => from + i))) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.on('error', (error: NodeJS.ErrnoException) => {
        const what =
          error.code === 'EADDRINUSE'
            ? 'is in use by another process; choose another port or end that process'
            : `cannot be used: ${error.message}`;
        reject(new UsageError(`127.0.0.1:${port} ${what}`));
      });
      server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
    });
  }
}

async function clusterFile(directory: string, options: LocalClusterOptions): Promise<ClusterFile> {
  const path = join(directory, CLUSTER_FILE);
  let known: ClusterFile | null = null;
  try {
    known = JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new UsageError(`${path} cannot be used: ${(error as Error).message}`);
    }
  }
  const { brokers, firstPort } = options;
  if (known !== null && !Array.isArray(known.brokers)) {
    throw new UsageError(`${path} is not what this program writes`);
  }
  if (known !== null && known.brokers.length !== brokers) {
    throw new UsageError(
      `${directory} holds a cluster of ${known.brokers.length} brokers; use --brokers ${known.brokers.length}`,
    );
  }
  const ports = await freePorts(firstPort === 0 ? 2 * brokers : brokers);
  const places = Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    directoryId: directoryIdOf(directory, known, index),
    port: firstPort === 0 ? ports[brokers + index]! : firstPort + index,
    internalPort: ports[index]!,
  }));
  const first = known?.brokers ?? places;
  const file: ClusterFile = {
    clusterId: known?.clusterId ?? nodeFreshValues.uuid(),
    brokers: places,
    voters: known?.voters ?? Object.fromEntries(first.map((each) => [each.id, each.directoryId])),
    formed: known?.formed ?? false,
  };
  writeClusterFile(path, file);
  return file;
}

/** A broker of a known cluster whose directory is gone is another voter (KIP-853): it forgot its vote. */
function directoryIdOf(directory: string, known: ClusterFile | null, index: number): string {
  const place = known?.brokers[index];
  const isThere = existsSync(join(directory, `broker-${index + 1}`, 'meta.properties'));
  return place !== undefined && (isThere || known?.formed !== true)
    ? place.directoryId
    : nodeFreshValues.uuid();
}

function writeClusterFile(path: string, file: ClusterFile): void {
  try {
    writeFileSync(path, JSON.stringify(file, null, 2));
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const open = (): Promise<ReturnType<typeof createServer>> =>
    new Promise((resolve, reject) => {
      const server = createServer().on('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  const servers = await Promise.all(Array.from({ length: count }, open));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
