/**
 * Where to send what: the brokers, the leaders and the connections that a client knows. Metadata is
 * asked when a leader is not known or known no longer, of one broker after the other.
 */

import { assert } from '../core/types/assert.js';
import type { BrokerId, LeaderEpoch, PartitionIndex } from '../core/types/ids.js';
import type { Api } from '../protocol/api-table.js';
import type { Encodable } from '../protocol/schema.js';
import type { MetadataResponse } from '../protocol/schemas/metadata.js';
import { METADATA } from './apis.js';
import { BrokerConnection, type CallResult, type ClientWorld, ownError } from './connection.js';
import type { ClientError } from './outcomes.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ClientOptions {
  readonly clientId: string;
  readonly bootstrap: readonly Address[];
  /** Milliseconds that a request may take before its connection is given up. */
  readonly requestTimeout: number;
  /** The same for metadata, where another broker can be asked: shorter is better. */
  readonly metadataTimeout: number;
  /** A longer answer closes its connection. */
  readonly maxFrameBytes: number;
}

export interface PartitionRoute {
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  /** The leader among them. */
  readonly replicas: readonly BrokerId[];
}

interface KnownPartition extends PartitionRoute {
  /** An answer or a lost connection said that the leader is elsewhere. */
  readonly stale: boolean;
}

interface Waiter {
  readonly topic: string;
  readonly done: (failure: ClientError | null) => void;
}

export class Routes {
  private readonly world: ClientWorld;
  private readonly options: ClientOptions;
  private readonly brokers = new Map<BrokerId, Address>();
  private readonly partitions = new Map<string, KnownPartition>();
  /** By `host:port`: a broker that moved is another connection. */
  private readonly connections = new Map<string, BrokerConnection>();
  private readonly topics = new Set<string>();
  private waiters: Waiter[] = [];
  /** Topics that the request under way asks for; null: none is under way. */
  private asked: ReadonlySet<string> | null = null;
  private nextAddress: number;
  private closed = false;

  /** `firstAddress`: where in the list of bootstrap addresses to begin, so that clients spread. */
  constructor(world: ClientWorld, options: ClientOptions, firstAddress: number) {
    assert(options.bootstrap.length > 0, 'a client knows at least one address');
    this.world = world;
    this.options = options;
    this.nextAddress = firstAddress;
  }

  /** The leader as last heard, or null where that is unknown or known to be over. */
  leaderOf(topic: string, partition: PartitionIndex): PartitionRoute | null {
    const known = this.partitions.get(partitionKey(topic, partition));
    return known === undefined || known.stale || !this.brokers.has(known.leader) ? null : known;
  }

  /** The leader is not where it was in `leaderEpoch`: metadata is asked before the next request. */
  forgetLeader(topic: string, partition: PartitionIndex, leaderEpoch: LeaderEpoch): void {
    const key = partitionKey(topic, partition);
    const known = this.partitions.get(key);
    if (known !== undefined && known.leaderEpoch <= leaderEpoch) {
      this.partitions.set(key, { ...known, stale: true });
    }
  }

  forgetTopic(topic: string): void {
    for (const key of [...this.partitions.keys()]) {
      if (key.slice(0, key.lastIndexOf('-')) === topic) {
        this.partitions.delete(key);
      }
    }
  }

  /**
   * Calls `use` with the partition's leader, at once if it is known, else after one round of asking;
   * callers that wait are served in the order in which they came.
   */
  withLeader(
    topic: string,
    partition: PartitionIndex,
    use: (route: PartitionRoute | null, failure: ClientError | null) => void,
  ): void {
    const known = this.leaderOf(topic, partition);
    if (known !== null && this.waiters.length === 0) {
      use(known, null);
      return;
    }
    this.refresh(topic, (failure) => {
      const route = failure === null ? this.leaderOf(topic, partition) : null;
      use(route, failure ?? (route === null ? noLeader(topic, partition) : null));
    });
  }

  /** Asks for metadata of `topic` and of all topics asked for before. */
  refresh(topic: string, done: (failure: ClientError | null) => void): void {
    this.topics.add(topic);
    if (this.closed) {
      done(ownError('client-closed', 'the client was closed'));
      return;
    }
    this.waiters.push({ topic, done });
    if (this.asked === null) {
      this.startAsking();
    }
  }

  /** Whether metadata named this broker. */
  knows(broker: BrokerId): boolean {
    return this.brokers.has(broker);
  }

  /** Sends a request to a known broker; `done` is never called from within. */
  callBroker<Request, Response>(
    broker: BrokerId,
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    done: (result: CallResult<Response>) => void,
  ): void {
    const address = this.brokers.get(broker);
    assert(address !== undefined, 'requests go to brokers that metadata named');
    this.callAddress(address, api, version, body, this.options.requestTimeout, done);
  }

  /** The same where an answer, not metadata, named the broker; `timeout` in milliseconds. */
  callAddress<Request, Response>(
    address: Address,
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    timeout: number,
    done: (result: CallResult<Response>) => void,
  ): void {
    this.connectionTo(address).call(api, version, body, timeout, done);
  }

  tellBroker<Request, Response>(
    broker: BrokerId,
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
  ): void {
    const address = this.brokers.get(broker);
    assert(address !== undefined, 'requests go to brokers that metadata named');
    this.connectionTo(address).tell(api, version, body);
  }

  /** Sends a request to the next of all addresses: for requests that any broker answers. */
  callAny<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    body: Encodable<Request>,
    done: (result: CallResult<Response>) => void,
  ): void {
    const address = this.takeAddress();
    this.connectionTo(address).call(api, version, body, this.options.requestTimeout, done);
  }

  isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
    for (const connection of [...this.connections.values()]) {
      connection.close();
    }
    this.answerWaiters(ownError('client-closed', 'the client was closed'));
  }

  private connectionTo(address: Address): BrokerConnection {
    const key = `${address.host}:${address.port}`;
    const existing = this.connections.get(key);
    if (existing !== undefined && !existing.isClosed()) {
      return existing;
    }
    const { clientId, maxFrameBytes } = this.options;
    const connection: BrokerConnection = new BrokerConnection(
      this.world,
      { ...address, clientId, maxFrameBytes },
      () => {
        if (this.connections.get(key) === connection) {
          this.connections.delete(key);
        }
      },
    );
    this.connections.set(key, connection);
    return connection;
  }

  /** One address after the other: the bootstrap list, which every broker of a cluster is on. */
  private takeAddress(): Address {
    const { bootstrap } = this.options;
    const address = bootstrap[this.nextAddress % bootstrap.length];
    this.nextAddress = (this.nextAddress + 1) % bootstrap.length;
    assert(address !== undefined, 'the list of addresses is not empty');
    return address;
  }

  private startAsking(): void {
    this.asked = new Set(this.topics);
    this.ask([...this.topics].sort(), 0);
  }

  /** Asks one address after the other for `topics` until one answers; `tried`: how many did not. */
  private ask(topics: readonly string[], tried: number): void {
    if (this.closed) {
      return;
    }
    const { metadataTimeout, bootstrap } = this.options;
    const body = { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: false };
    const connection = this.connectionTo(this.takeAddress());
    connection.call(METADATA.api, METADATA.version, body, metadataTimeout, (result) => {
      if (result.type === 'answered') {
        this.learn(result.body);
        this.answerWaiters(null);
      } else if (tried + 1 < bootstrap.length) {
        this.ask(topics, tried + 1);
      } else {
        this.answerWaiters(ownError('no-metadata', result.error.message));
      }
    });
  }

  private learn(response: MetadataResponse): void {
    for (const { nodeId, host, port } of response.brokers) {
      this.brokers.set(nodeId, { host, port });
    }
    for (const topic of response.topics) {
      for (const partition of topic.partitions) {
        const { leaderId: leader, leaderEpoch, replicaNodes: replicas } = partition;
        const key = partitionKey(topic.name ?? '', partition.partitionIndex);
        const known = this.partitions.get(key);
        // A broker that lags behind must not bring a deposed leader back (KIP-320). The very leader
        // that was found stale is worth another try: its connection may just have broken.
        if (leader >= 0 && (known === undefined || known.leaderEpoch <= leaderEpoch)) {
          this.partitions.set(key, { leader, leaderEpoch, replicas, stale: false });
        }
      }
    }
  }

  /** Those whose topic was not asked for yet wait for another round. */
  private answerWaiters(failure: ClientError | null): void {
    const { asked, waiters } = this;
    const isAnswered = ({ topic }: Waiter): boolean => this.closed || asked?.has(topic) !== false;
    this.asked = null;
    this.waiters = waiters.filter((waiter) => !isAnswered(waiter));
    if (this.waiters.length > 0) {
      this.startAsking();
    }
    for (const waiter of waiters.filter(isAnswered)) {
      waiter.done(failure);
    }
  }
}

function partitionKey(topic: string, partition: PartitionIndex): string {
  return `${topic}-${partition}`;
}

function noLeader(topic: string, partition: PartitionIndex): ClientError {
  return ownError('no-leader', `no leader is known for ${topic}-${partition}`);
}
