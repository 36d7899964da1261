/** A cluster of whole brokers in a simulated world. */

import { Broker } from '../broker/broker.js';
import { FormatError, formatDirectory } from '../broker/format.js';
import { trueRules } from '../broker/rules.js';
import { Settings } from '../broker/settings.js';
import type { Bug } from '../bugs/bug.js';
import { withBugs } from '../bugs/registry.js';
import type { Voter } from '../core/raft/types.js';
import type { BrokerId, Uuid } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import { SimulatedNode } from '../environment/simulated/environment.js';
import { type LinkConditions, SimulatedLinks } from '../environment/simulated/network.js';
import type { World } from '../environment/simulated/world.js';
import { MalformedBytes } from '../log/bytes.js';
import { RaftLogDamaged } from '../log/raft-recovery.js';
import type { WatchedNode } from './watch.js';
import type { Watching } from './watching.js';

const CLUSTER_ID = 'c2ltdWxhdGVkLWNsdXN0ZQ';
const DIRECTORY = '/data';
const CLIENT_PORT = 9092;
const INTERNAL_PORT = 9093;

/** What a broker's timeouts are in a run of 20 virtual seconds. */
const CONFIGS: ReadonlyMap<string, string> = new Map([
  ['default.replication.factor', '3'],
  ['min.insync.replicas', '2'],
  ['offsets.topic.num.partitions', '2'],
  ['replica.lag.time.max.ms', '1500'],
  ['broker.session.timeout.ms', '1500'],
  ['broker.heartbeat.interval.ms', '300'],
  ['controller.quorum.election.timeout.ms', '300'],
  ['controller.quorum.request.timeout.ms', '500'],
  ['replica.fetch.wait.max.ms', '200'],
  ['replica.high.watermark.checkpoint.interval.ms', '1000'],
]);

export interface SimulatedClusterOptions {
  readonly world: World;
  readonly brokers: number;
  /** So many of them, the first, are the first voters. */
  readonly voters: number;
  readonly bugs: readonly Bug[];
  /** Configs over those of every simulated broker. */
  readonly configs: ReadonlyMap<string, string>;
  readonly network?: Partial<LinkConditions>;
  readonly disk?: { readonly syncBase: number; readonly syncSpread: number };
  readonly watching: Watching;
}

interface Life extends WatchedNode {
  broker: Broker | null;
  ended: boolean;
  /** It did not start, for its metadata log is damaged. */
  refuses: boolean;
}

/** Of brokers, in turn, and of the clients that read in one. */
export const RACKS: readonly string[] = ['rack1', 'rack2'];

export class SimulatedCluster {
  readonly world: World;
  readonly links: SimulatedLinks;
  readonly nodes: readonly SimulatedNode[];
  private readonly options: SimulatedClusterOptions;
  /** By index: the newest life of each node. */
  private readonly lives: Life[] = [];
  /** By index: how often a node lost its disk. */
  private readonly disksLost: number[] = [];

  constructor(options: SimulatedClusterOptions) {
    this.options = options;
    this.world = options.world;
    this.links = new SimulatedLinks(this.world);
    Object.assign(this.links.conditions, options.network);
    this.nodes = Array.from({ length: options.brokers }, (_, index) => {
      const { world, links } = this;
      const ended = (how: string): void => this.ended(index, how);
      const name = `broker${index + 1}`;
      const node = new SimulatedNode({
        world,
        links,
        name,
        ended,
        log: (_node, level, event, fields) => {
          options.watching.nodeLogged(this.lives[index]!, level, event, fields ?? {});
        },
      });
      Object.assign(node.disk, options.disk);
      return node;
    });
  }

  /** Addresses of the client listeners. */
  get bootstrap(): { host: string; port: number }[] {
    return this.nodes.map(({ name }) => ({ host: name, port: CLIENT_PORT }));
  }

  /** A config that every broker was given; undefined: Kafka's default holds. */
  config(name: string): string | undefined {
    return this.options.configs.get(name) ?? CONFIGS.get(name);
  }

  /** Where leaders send consumers to the replica in their rack, the brokers stand in two. */
  private rack(index: number): [string, string][] {
    const chooses = this.options.configs.has('replica.selector.class');
    return chooses ? [['broker.rack', RACKS[index % RACKS.length]!]] : [];
  }

  /** A node that is no broker: a client's. */
  newNode(name: string): SimulatedNode {
    const { world, links } = this;
    return new SimulatedNode({ world, links, name });
  }

  /** With which every life of the broker is started. */
  settingsOf(index: number): Settings {
    return new Settings(new Map([...CONFIGS, ...this.options.configs, ...this.rack(index)]));
  }

  start(index: number): void {
    const node = this.nodes[index]!;
    const id = (index + 1) as BrokerId;
    const settings = this.settingsOf(index);
    const { bugs, watching } = this.options;
    const incarnation = (this.lives[index]?.incarnation ?? 0) + 1;
    const life: Life = {
      index,
      name: node.name,
      incarnation,
      broker: null,
      ended: false,
      refuses: false,
    };
    this.lives[index] = life;
    const main = (environment: Environment): void => {
      formatDirectory(environment.files, DIRECTORY, {
        clusterId: CLUSTER_ID,
        nodeId: id,
        directoryId: directoryOf(index, this.disksLost[index]),
      });
      const broker = new Broker(
        environment,
        {
          id,
          clusterId: CLUSTER_ID,
          directory: DIRECTORY,
          voters: this.nodes.slice(0, this.options.voters).map(({ name }, each) => ({
            id: (each + 1) as BrokerId,
            directoryId: directoryOf(each),
            host: name,
            port: INTERNAL_PORT,
          })),
          peers: new Map(),
          client: { host: node.name, port: CLIENT_PORT },
          internal: { host: node.name, port: INTERNAL_PORT },
          advertised: null,
          settings,
          rules: withBugs(trueRules(settings, CLUSTER_ID), bugs),
          bugs: bugs.map(({ name }) => name),
          observer: watching.observer(life),
        },
        { ready: () => {}, stopped: (failure) => endOf(node, failure) },
      );
      life.broker = broker;
      broker.start();
    };
    node.boot((environment) => {
      try {
        main(environment);
      } catch (error) {
        if (!isStartupError(error)) {
          throw error;
        }
        life.refuses = error instanceof RaftLogDamaged;
        environment.stop(2, error.message);
      }
    });
    watching.nodeStarted(life);
  }

  /** SIGTERM: the broker ends in good order, in its own time. */
  shutDown(index: number): void {
    const node = this.nodes[index]!;
    const broker = this.broker(index);
    if (broker === undefined) {
      // Whatever starts up has no handler for the signal yet.
      node.crash(false);
    } else {
      node.signal(() => broker.shutdown());
    }
  }

  /** The node ends, and its disk is gone: its next life begins with an empty one of another id. */
  loseDisk(index: number): void {
    this.disksLost[index] = (this.disksLost[index] ?? 0) + 1;
    const node = this.nodes[index]!;
    node.crash(false, 'disk lost');
    node.files.replaceDisk();
  }

  /** The node as a voter of the metadata log, with the disk that it has now. */
  memberAt(index: number): Voter {
    const directoryId = directoryOf(index, this.disksLost[index]);
    return { id: (index + 1) as BrokerId, directoryId };
  }

  /** The broker that runs on a node, if one does. */
  broker(index: number): Broker | undefined {
    return this.nodes[index]!.isRunning ? (this.lives[index]?.broker ?? undefined) : undefined;
  }

  /** It is down, and will not start with the metadata log that it has. */
  refusesMetadata(index: number): boolean {
    return !this.nodes[index]!.isRunning && this.lives[index]?.refuses === true;
  }

  /** Lives of a broker so far, the present one included; 0: never started. */
  incarnation(index: number): number {
    return this.lives[index]?.incarnation ?? 0;
  }

  private ended(index: number, how: string): void {
    const life = this.lives[index]!;
    life.ended = true;
    this.options.watching.nodeEnded(life, how);
  }
}

function directoryOf(index: number, disksLost: number = 0): Uuid {
  const number = String(disksLost * 1000 + index + 1);
  return `directory${number.padStart(12, '0')}Q` as Uuid;
}

/** What ends the command with one line instead of a stack. */
function isStartupError(error: unknown): error is Error {
  return (
    error instanceof FileError ||
    error instanceof FormatError ||
    error instanceof MalformedBytes ||
    error instanceof RaftLogDamaged
  );
}

function endOf(node: SimulatedNode, failure: string | null): void {
  if (failure === null) {
    node.crash(false, 'ended in good order');
  } else {
    node.stop(1, failure);
  }
}
