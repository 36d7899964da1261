/** The own cluster as child processes on this machine, behind one proxy per directed link. */

import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../src/client/routes.js';
import { Links, linkName } from '../links.js';
import { BrokerProcess } from './broker-process.js';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import { Reaper } from './reaper.js';
import {
  type BrokerHealth,
  type BrokerNumber,
  type ClockSetting,
  type Effect,
  FaultSkipped,
  type Target,
} from './target.js';

const HOST = '127.0.0.1';
const HEALTH_TIMEOUT_MS = 500;
/** The broker reads its clock control every 100 ms. */
const CLOCK_PATIENCE_MS = 2_000;
/** How far a clock may be from what was asked, for the time that asking takes. */
const CLOCK_TOLERANCE_MS = 250;

export interface ProcessesOptions {
  readonly brokers: number;
  /** Folder of the run: data, logs and clock controls go below it. */
  readonly folder: string;
  /** Broker configs under Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** Name of a planted bug, or null. */
  readonly bug: string | null;
  readonly traces: boolean;
}

interface Ports {
  readonly client: number;
  readonly internal: number;
  readonly metrics: number;
}

interface ClusterIdentity {
  readonly clusterId: string;
  readonly voters: string;
  readonly linkPorts: ReadonlyMap<string, number>;
}

/** The compiled command; where the harness runs from source, the build beside it. */
export function brokerProgram(): string {
  const here = fileURLToPath(import.meta.url);
  const root = path.resolve(path.dirname(here), '../..');
  const built = here.endsWith('.ts') ? path.join(root, 'dist') : root;
  return path.join(built, 'src/cli/main.js');
}

export class ProcessesTarget implements Target {
  readonly kind: 'processes' | 'containers' = 'processes';
  readonly brokers: readonly BrokerNumber[];
  readonly links: Links;
  bootstrap: readonly Address[] = [];
  direct: readonly Address[] = [];
  protected readonly options: ProcessesOptions;
  private readonly reaper = new Reaper();
  private readonly runners = new Map<BrokerNumber, BrokerRunner>();
  private readonly ports = new Map<BrokerNumber, Ports>();
  private readonly directoryIds = new Map<BrokerNumber, string>();
  private cluster: ClusterIdentity = { clusterId: '', voters: '', linkPorts: new Map() };
  private readonly killAll = (): void => {
    for (const broker of this.runners.values()) {
      broker.killNow();
    }
  };

  constructor(options: ProcessesOptions) {
    this.options = options;
    this.brokers = Array.from({ length: options.brokers }, (_, index) => index + 1);
    this.links = new Links(this.brokers);
  }

  async start(): Promise<void> {
    if (!existsSync(brokerProgram())) {
      throw new Error(`the broker is not built: ${brokerProgram()} is missing (npm run build)`);
    }
    process.once('exit', this.killAll);
    const free = await freePorts(this.brokers.length * 3);
    for (const [index, broker] of this.brokers.entries()) {
      const [client, internal, metrics] = free.slice(index * 3, index * 3 + 3) as [
        number,
        number,
        number,
      ];
      this.ports.set(broker, { client, internal, metrics });
    }
    const linkPorts = await this.links.open(
      (broker) => ({ host: HOST, port: this.portsOf(broker).client }),
      (broker) => ({ host: HOST, port: this.portsOf(broker).internal }),
    );
    this.bootstrap = this.brokers.map((to) => ({
      host: HOST,
      port: linkPorts.get(linkName({ from: 'clients', to })) as number,
    }));
    this.direct = this.brokers.map((broker) => ({
      host: HOST,
      port: this.portsOf(broker).client,
    }));
    this.prepare(linkPorts);
    await Promise.all([...this.runners.values()].map((broker) => broker.start()));
  }

  isUp(broker: BrokerNumber): boolean {
    return this.runnerOf(broker).isUp();
  }

  isPaused(broker: BrokerNumber): boolean {
    return this.runnerOf(broker).isPaused();
  }

  async kill(broker: BrokerNumber): Promise<Effect> {
    return { proof: await this.runnerOf(broker).kill() };
  }

  async restart(broker: BrokerNumber): Promise<Effect> {
    return { proof: await this.runnerOf(broker).start() };
  }

  async replaceDisk(broker: BrokerNumber): Promise<Effect & { before: string; after: string }> {
    const killed = await this.runnerOf(broker).kill();
    const before = this.directoryIds.get(broker) as string;
    const after = randomBytes(16).toString('base64url');
    rmSync(this.dataOf(broker), { recursive: true, force: true });
    this.directoryIds.set(broker, after);
    this.prepareRunner(broker);
    const started = await this.runnerOf(broker).start();
    return { proof: `${killed}, its data removed, ${started}`, before, after };
  }

  async shutDown(broker: BrokerNumber): Promise<Effect> {
    return { proof: await this.runnerOf(broker).shutDown() };
  }

  async pause(broker: BrokerNumber): Promise<Effect> {
    return { proof: await this.runnerOf(broker).pause() };
  }

  async resume(broker: BrokerNumber): Promise<Effect> {
    return { proof: await this.runnerOf(broker).resume() };
  }

  async setClock(broker: BrokerNumber, setting: ClockSetting): Promise<Effect> {
    const file = this.clockFile(broker);
    // Renamed into place: the broker must not read half of it.
    writeFileSync(`${file}.new`, JSON.stringify(setting));
    renameSync(`${file}.new`, file);
    const set = performance.now();
    let last = 'no answer';
    while (performance.now() - set < CLOCK_PATIENCE_MS) {
      const answer = (await this.ask(broker, '/clock')) as { wall?: number } | null;
      if (answer !== null && typeof answer.wall === 'number') {
        const skew = answer.wall - Date.now();
        const drifted = (setting.rate - 1) * (performance.now() - set);
        last = `skew ${Math.round(skew)} ms`;
        if (Math.abs(skew - setting.offset - drifted) < CLOCK_TOLERANCE_MS + Math.abs(drifted)) {
          return { proof: `${last}, rate ${setting.rate}` };
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new FaultSkipped(`the clock of broker ${broker} did not follow: ${last}`);
  }

  async health(broker: BrokerNumber): Promise<BrokerHealth | null> {
    const answer = (await this.ask(broker, '/health')) as Partial<BrokerHealth> | null;
    return answer === null
      ? null
      : { controller: answer.controller === true, leaderOf: answer.leaderOf ?? [] };
  }

  unexpectedEnd(): string | null {
    for (const broker of this.runners.values()) {
      if (broker.unexpected !== null) {
        return broker.unexpected;
      }
    }
    return null;
  }

  async stop(): Promise<void> {
    this.links.healAll();
    await Promise.all([...this.runners.values()].map((broker) => broker.stop()));
    await this.links.close();
    process.removeListener('exit', this.killAll);
    this.reaper.dismiss();
  }

  /** What runs one broker; the other target has another. */
  protected runner(name: string, command: BrokerCommand): BrokerRunner {
    return new BrokerProcess(name, command, this.reaper);
  }

  private prepare(linkPorts: ReadonlyMap<string, number>): void {
    const { folder } = this.options;
    mkdirSync(path.join(folder, 'logs'), { recursive: true });
    if (this.options.traces) {
      mkdirSync(path.join(folder, 'traces'), { recursive: true });
    }
    const clusterId = randomBytes(16).toString('base64url');
    const voters = this.brokers
      .map((broker) => {
        const directoryId = randomBytes(16).toString('base64url');
        this.directoryIds.set(broker, directoryId);
        return `${broker}@${HOST}:${this.portsOf(broker).internal}:${directoryId}`;
      })
      .join(',');
    this.cluster = { clusterId, voters, linkPorts };
    for (const broker of this.brokers) {
      this.prepareRunner(broker);
    }
  }

  private prepareRunner(broker: BrokerNumber): void {
    const command = {
      executable: process.execPath,
      arguments: this.arguments(broker, this.cluster),
      outputFile: path.join(this.options.folder, 'logs', `broker-${broker}.out`),
      port: this.portsOf(broker).client,
    };
    this.runners.set(broker, this.runner(`broker ${broker}`, command));
  }

  private dataOf(broker: BrokerNumber): string {
    return path.join(this.options.folder, 'data', String(broker));
  }

  private arguments(broker: BrokerNumber, cluster: ClusterIdentity): string[] {
    const { folder, configs, bug, traces } = this.options;
    const { client, internal, metrics } = this.portsOf(broker);
    const port = (from: number | 'clients', to: number): string =>
      `${HOST}:${cluster.linkPorts.get(linkName({ from, to }))}`;
    const data = this.dataOf(broker);
    mkdirSync(data, { recursive: true });
    const peers = this.brokers.filter((other) => other !== broker);
    return [
      brokerProgram(),
      'broker',
      ...['--id', String(broker), '--cluster-id', cluster.clusterId],
      ...['--data', data, '--format', '--voters', cluster.voters],
      ...['--directory-id', this.directoryIds.get(broker) as string],
      ...['--port', String(client), '--internal-port', String(internal)],
      ...['--metrics-port', String(metrics), '--advertised', port('clients', broker)],
      ...peers.flatMap((peer) => ['--peer', `${peer}=${port(broker, peer)}`]),
      ...Object.entries(configs).flatMap(([key, value]) => ['--config', `${key}=${value}`]),
      ...['--clock-control', this.clockFile(broker)],
      ...['--json-log', path.join(folder, 'logs', `broker-${broker}.jsonl`)],
      ...(traces ? ['--trace', path.join(folder, 'traces', `broker-${broker}.jsonl`)] : []),
      ...(bug === null ? [] : ['--bug', bug]),
    ];
  }

  private clockFile(broker: BrokerNumber): string {
    return path.join(this.options.folder, `clock-${broker}.json`);
  }

  private runnerOf(broker: BrokerNumber): BrokerRunner {
    const found = this.runners.get(broker);
    if (found === undefined) {
      throw new RangeError(`there is no broker ${broker}`);
    }
    return found;
  }

  private portsOf(broker: BrokerNumber): Ports {
    const found = this.ports.get(broker);
    if (found === undefined) {
      throw new RangeError(`there is no broker ${broker}`);
    }
    return found;
  }

  private ask(broker: BrokerNumber, resource: string): Promise<unknown> {
    return new Promise((resolve) => {
      const port = this.portsOf(broker).metrics;
      const options = { host: HOST, port, path: resource, timeout: HEALTH_TIMEOUT_MS };
      const request = http.get({ ...options, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          try {
            resolve(JSON.parse(text));
          } catch {
            resolve(null);
          }
        });
        response.on('error', () => resolve(null));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(null));
    });
  }
}

/** Below what systems hand out for outgoing connections, which would take a killed broker's port. */
const PORTS = { from: 18_000, to: 31_999 };

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(PORTS.from, PORTS.to + 1);
    if (!ports.includes(port) && (await isFree(port))) {
      ports.push(port);
    }
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
