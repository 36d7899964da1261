/**
 * Brokers in virtual time and raw connections to them: whatever bytes a test likes go in as a frame,
 * whatever frames come back are kept. Holds on received frames are counted, so that a leak shows.
 */

import { Broker } from '../src/broker/broker.js';
import { formatDirectory } from '../src/broker/format.js';
import { trueRules } from '../src/broker/rules.js';
import { Settings } from '../src/broker/settings.js';
import type { GroupRules } from '../src/core/coordinator/rules.js';
import type { RaftRules } from '../src/core/raft/rules.js';
import type { BrokerId, Uuid } from '../src/core/types/ids.js';
import {
  type ConnectionHandler,
  type ConnectionId,
  type Environment,
  FileError,
  type FileSystem,
  type Frame,
  type Network,
} from '../src/environment/environment.js';
import { SimulatedNode } from '../src/environment/simulated/environment.js';
import { SimulatedLinks } from '../src/environment/simulated/network.js';
import { World } from '../src/environment/simulated/world.js';
import type { Api } from '../src/protocol/api-table.js';
import { metadataApi } from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { decodeCorrelationId, decodeResponse, encodeRequest } from '../src/protocol/frame.js';
import type { Encodable } from '../src/protocol/schema.js';

export const SECOND = 1_000_000;
export const CLUSTER_ID = 'd2lyZS10ZXN0LWNsdXN0ZQ';
const DIRECTORY = '/data';
const CLIENT_PORT = 9092;
export const INTERNAL_PORT = 9093;

/** Frames that were delivered and are still held by somebody. */
export class FrameLedger {
  held = 0;

  watch(frame: Frame): Frame {
    this.held++;
    let holds = 1;
    return {
      bytes: frame.bytes,
      retain: () => {
        holds++;
        frame.retain();
      },
      release: () => {
        holds--;
        if (holds === 0) {
          this.held--;
        }
        frame.release();
      },
    };
  }
}

/** `files`, in which operations of the kinds in `broken` fail; `sync` does so later. */
function breakable(
  files: FileSystem,
  broken: ReadonlyMap<string, string>,
  later: (task: () => void) => void,
): FileSystem {
  return new Proxy(files, {
    get: (target, name) => {
      const member = target[name as keyof FileSystem] as (...args: unknown[]) => unknown;
      return (...args: unknown[]): unknown => {
        const code = broken.get(String(name));
        if (code !== undefined && name === 'sync') {
          const done = args[1] as (error: FileError) => void;
          later(() => done(new FileError(code, 'somewhere', 'sync')));
          return undefined;
        }
        if (code !== undefined) {
          throw new FileError(code, 'somewhere', String(name));
        }
        return member.apply(target, args);
      };
    },
  });
}

/** `network`, with every received frame of accepted connections in `ledger`. */
function watched(network: Network, ledger: FrameLedger): Network {
  return {
    listen: (options, accept, outcome) => {
      const accepted = (id: ConnectionId, remote: string): ConnectionHandler => {
        const handler = accept(id, remote);
        return {
          frame: (connection, frame) => handler.frame(connection, ledger.watch(frame)),
          closed: (connection, reason) => handler.closed(connection, reason),
          drained: (connection) => handler.drained?.(connection),
        };
      };
      network.listen(options, accepted, outcome);
    },
    connect: (...args) => network.connect(...args),
    send: (...args) => network.send(...args),
    pause: (id) => network.pause(id),
    resume: (id) => network.resume(id),
    close: (...args) => network.close(...args),
    stopListening: () => network.stopListening(),
  };
}

export interface WireWorldOptions {
  readonly brokers?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** By index of the broker, besides `configs`. */
  readonly ownConfigs?: readonly Readonly<Record<string, string>>[];
  /** Wrong rules of Raft, in every broker. */
  readonly raft?: Partial<RaftRules>;
  /** And of the group coordinator. */
  readonly groups?: Partial<GroupRules>;
}

export class WireWorld {
  readonly world: World = new World(7);
  readonly ledger: FrameLedger = new FrameLedger();
  /** File operations of the brokers that fail from now on, by name: the system's error code. */
  readonly broken: Map<string, string> = new Map();
  readonly brokers: Broker[] = [];
  readonly nodes: SimulatedNode[] = [];
  /** Events of the brokers' logs. */
  readonly log: { node: string; event: string; fields: object | undefined }[] = [];
  private readonly links = new SimulatedLinks(this.world);
  private clients = 0;

  constructor(options: WireWorldOptions = {}) {
    const count = options.brokers ?? 1;
    for (let index = 0; index < count; index++) {
      this.nodes.push(this.newNode(`broker${index + 1}`));
    }
    for (let index = 0; index < count; index++) {
      const configs = { ...options.configs, ...options.ownConfigs?.[index] };
      this.boot(index, configs, options);
    }
    const ready = (): boolean =>
      this.brokers.length === count &&
      this.brokers.every((broker) => broker.lifecycle.state === 'running');
    if (!this.world.runUntilTrue(ready, 20 * SECOND)) {
      throw new Error('the brokers did not come up in 20 virtual seconds');
    }
    this.run(0.1);
  }

  /** Runs for some virtual seconds. */
  run(seconds: number): void {
    this.world.runUntil(this.world.now + seconds * SECOND);
  }

  /** Runs until `condition` holds; throws after `seconds` virtual ones. */
  until(condition: () => boolean, what: string, seconds = 30): void {
    if (!this.world.runUntilTrue(condition, this.world.now + seconds * SECOND)) {
      throw new Error(`not within ${seconds} virtual seconds: ${what}`);
    }
  }

  connect(index = 0, port: number = CLIENT_PORT): WireConnection {
    const node = this.newNode(`client${++this.clients}`);
    const connection = new WireConnection(this, node, this.nodes[index]!.name, port);
    this.until(() => connection.connected, 'a connection');
    return connection;
  }

  /** Another connection from the address of `first`. */
  connectAgain(first: WireConnection): WireConnection {
    const connection = first.sibling();
    this.until(() => connection.connected || connection.closed !== null, 'a connection');
    return connection;
  }

  /** Nothing passes between two brokers from now on, in neither direction. */
  cut(one: number, other: number): void {
    const [here, there] = [this.nodes[one]!.name, this.nodes[other]!.name];
    this.links.cut(here, there);
    this.links.cut(there, here);
  }

  /** Everything passes again. */
  heal(): void {
    this.links.healAll();
  }

  get allRunning(): boolean {
    return this.nodes.every((node) => node.isRunning);
  }

  private newNode(name: string): SimulatedNode {
    const { world, links } = this;
    const log = (node: string, _level: string, event: string, fields?: object): void => {
      this.log.push({ node, event, fields });
    };
    return new SimulatedNode({ world, links, name, log });
  }

  private boot(
    index: number,
    configs: Readonly<Record<string, string>>,
    { raft, groups }: WireWorldOptions,
  ): void {
    const node = this.nodes[index]!;
    const id = (index + 1) as BrokerId;
    const settings = new Settings(
      new Map([
        ['offsets.topic.num.partitions', '2'],
        ['offsets.topic.replication.factor', '1'],
        ['controller.quorum.election.timeout.ms', '300'],
        ['group.initial.rebalance.delay.ms', '0'],
        ...Object.entries(configs),
      ]),
    );
    const rules = trueRules(settings, CLUSTER_ID);
    node.boot((plain) => {
      const environment: Environment = {
        ...plain,
        network: watched(plain.network, this.ledger),
        files: breakable(plain.files, this.broken, plain.atTurnEnd),
      };
      const identity = { clusterId: CLUSTER_ID, nodeId: id, directoryId: directoryOf(index) };
      formatDirectory(environment.files, DIRECTORY, identity);
      const broker = new Broker(
        environment,
        {
          id,
          clusterId: CLUSTER_ID,
          directory: DIRECTORY,
          voters: this.nodes.map(({ name }, each) => ({
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
          rules: {
            ...rules,
            raft: { ...rules.raft, ...raft },
            groups: { ...rules.groups, ...groups },
          },
          bugs: [],
        },
        {
          ready: () => {},
          stopped: (failure) => (failure === null ? node.crash(false) : node.stop(1, failure)),
        },
      );
      this.brokers[index] = broker;
      broker.start();
    });
  }
}

function directoryOf(index: number): Uuid {
  return `directory${String(index + 1).padStart(12, '0')}Q` as Uuid;
}

/** A raw connection of a client that has a node of its own. */
export class WireConnection {
  connected = false;
  /** Why it ended; null while it stands. */
  closed: string | null = null;
  /** Frames that came and were not taken. */
  readonly frames: Uint8Array[] = [];
  private readonly wire: WireWorld;
  private network!: Network;
  private id!: ConnectionId;
  private correlationId = 0;

  private readonly host: string;
  private readonly port: number;

  /** `from`: a node, or the network of one that runs already. */
  constructor(wire: WireWorld, from: SimulatedNode | Network, host: string, port: number) {
    this.wire = wire;
    this.host = host;
    this.port = port;
    if ('boot' in from) {
      from.boot((environment) => this.open(environment.network));
    } else {
      this.open(from);
    }
  }

  sibling(): WireConnection {
    return new WireConnection(this.wire, this.network, this.host, this.port);
  }

  private open(network: Network): void {
    this.network = network;
    this.id = network.connect(this.host, this.port, 1 << 30, {
      connected: () => {
        this.connected = true;
      },
      frame: (_connection, frame) => {
        this.frames.push(frame.bytes.slice());
        frame.release();
      },
      closed: (_connection, reason) => {
        this.closed = reason;
      },
    });
  }

  /** One frame, whatever is in it. */
  send(bytes: Uint8Array): void {
    this.network.send(this.id, [bytes]);
  }

  close(): void {
    this.network.close(this.id, false);
  }

  /** Sends a request; answers its correlation id. */
  request<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): number {
    const correlationId = ++this.correlationId;
    this.send(joined(encodeRequest(api, version, { correlationId, clientId: 'wire' }, body)));
    return correlationId;
  }

  /** Takes the next frame, which must answer `correlationId`. */
  take<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    correlationId: number,
    seconds = 30,
  ): Response {
    this.wire.until(
      () => this.frames.length > 0 || this.closed !== null,
      `an answer of ${api.name}`,
      seconds,
    );
    const frame = this.frames.shift();
    if (frame === undefined) {
      throw new Error(`${api.name} ${version}: the connection was closed (${this.closed})`);
    }
    if (decodeCorrelationId(frame) !== correlationId) {
      throw new Error(`answer ${decodeCorrelationId(frame)} came for request ${correlationId}`);
    }
    return decodeResponse(api, version, frame).body;
  }

  call<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): Response {
    return this.take(api, version, this.request(api, version, body));
  }

  /** Waits for the other side to hang up; false if it does not. */
  isHungUp(seconds = 1): boolean {
    const limit = this.wire.world.now + seconds * SECOND;
    return this.wire.world.runUntilTrue(() => this.closed !== null, limit);
  }

  /** Whether the connection still answers. */
  isAlive(): boolean {
    const response = this.call(metadataApi, 9, { topics: [] });
    return this.closed === null && response.brokers.length > 0;
  }
}
