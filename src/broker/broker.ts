/**
 * The composition of one broker: requests go to machines, their effects to files and network. It runs
 * unchanged on real and on simulated environments.
 */

import type { FetchSessions } from '../core/fetch-sessions/sessions.js';
import type { MetadataRecord } from '../core/metadata/types.js';
import type { Entry, Role, Snapshot, Voter } from '../core/raft/types.js';
import type { Rules } from '../core/rules.js';
import type { BrokerEpoch, BrokerId, Term } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import { openRaftLog } from '../log/raft-log.js';
import type { Api } from '../protocol/api-table.js';
import type { HelloRequest } from '../protocol/private-schemas.js';
import { AddressBook } from './address-book.js';
import { AlterPartitionSender } from './alter-partition-sender.js';
import { describeMetrics } from './broker-metrics.js';
import { type ClientHandlers, handleClientRequest } from './client-api.js';
import { ConfigsHandler } from './configs-handler.js';
import { reapIdle } from './connection-limits.js';
import { answerAsController } from './controller-api.js';
import { ControllerChannel } from './controller-channel.js';
import { ControllerHost } from './controller-host.js';
import { DeleteRecordsHandler } from './delete-records-handler.js';
import { FetchHandler } from './fetch-handler.js';
import { type AskedOfTopic, newFetchSessions } from './fetch-session-wire.js';
import { GroupAdminHandler } from './group-admin-handler.js';
import { GroupHandler } from './group-handler.js';
import { GroupHost } from './group-host.js';
import { groupSettings } from './group-settings.js';
import { guarded } from './guard.js';
import { InternalApi } from './internal-api.js';
import { knowsNewerLeader, LeaderConfirmations } from './leader-confirmation.js';
import { Lifecycle } from './lifecycle.js';
import { Listener } from './listener.js';
import { clientLimits, internalLimits } from './listener-limits.js';
import { LogDirsHandler } from './log-dirs-handler.js';
import { LogManager } from './log-manager.js';
import { MetadataHandler } from './metadata-handler.js';
import { Metrics } from './metrics.js';
import type { BrokerObserver } from './observer.js';
import { OffsetsHandler } from './offsets-handler.js';
import { Peers } from './peers.js';
import { ProduceHandler } from './produce-handler.js';
import { ProducerIds } from './producer-ids.js';
import { INTERNAL_LISTENER } from './quorum-api.js';
import { RaftHost } from './raft-host.js';
import { ReplicaManager } from './replica-manager.js';
import type { Introduction, PeerAddress } from './request-channel.js';
import type { Settings } from './settings.js';

export interface BrokerOptions {
  readonly id: BrokerId;
  readonly clusterId: string;
  /** Directory of logs, formatted (see format.ts). */
  readonly directory: string;
  /** The first voters, as fixed when the cluster was formatted, and where their listeners are. */
  readonly voters: readonly (Voter & PeerAddress)[];
  /** How this node reaches others, where that differs from their own address. */
  readonly peers: ReadonlyMap<BrokerId, PeerAddress>;
  readonly client: PeerAddress;
  readonly internal: PeerAddress;
  /** What clients are told; null: the client listener as it was bound. */
  readonly advertised: PeerAddress | null;
  readonly settings: Settings;
  readonly rules: Rules;
  readonly bugs: readonly string[];
  readonly observer?: BrokerObserver;
}

export interface BrokerEvents {
  /** The client listener is open and the broker is unfenced. */
  ready(client: PeerAddress): void;
  /** It has ended. `failure`: what could not be written, in one line; the process is to end with status 1. */
  stopped(failure: string | null): void;
}

/** To one node, on their way at a time. */
const MAXIMUM_RAFT_MESSAGES = 8;
const CONTROLLED_SHUTDOWN_LIMIT_MILLISECONDS = 5000;

export class Broker {
  readonly options: BrokerOptions;
  readonly metrics: Metrics;
  readonly raft: RaftHost;
  readonly controller: ControllerHost;
  readonly replicas: ReplicaManager;
  readonly lifecycle: Lifecycle;
  private readonly environment: Environment;
  private readonly events: BrokerEvents;
  private readonly logs: LogManager;
  private readonly fetchSessions: FetchSessions<AskedOfTopic>;
  private readonly channel: ControllerChannel;
  private readonly peers: Peers;
  private readonly confirmations: LeaderConfirmations;
  private readonly internalApi: InternalApi;
  private readonly handlers: ClientHandlers;
  private readonly clientListener: Listener;
  private readonly addresses: AddressBook;
  private internalListener: Listener | null = null;
  private clientPort = 0;
  private registered = false;
  private closed = false;

  /** Opens the logs (recovery included). Throws `FileError` or what the logs say is wrong. */
  constructor(world: Environment, options: BrokerOptions, events: BrokerEvents) {
    const environment = guarded(world, (error) => this.storageFailed(error));
    this.environment = environment;
    this.options = options;
    this.events = events;
    this.metrics = new Metrics(options.bugs);
    this.logs = new LogManager(environment, options.directory, options.rules.log);
    const { settings, rules, id } = options;
    const introduction = this.introduce();
    this.addresses = new AddressBook(
      { overrides: options.peers, voters: options.voters },
      () => this.controller.image,
    );
    const address = (peer: BrokerId): PeerAddress => this.addresses.of(peer);
    this.raft = this.openRaft();
    this.controller = new ControllerHost(
      environment,
      options.clusterId,
      () => this.raft,
      rules.controller,
      {
        sessionTimeout: settings.number('broker.session.timeout.ms'),
        imbalanceCheckInterval: settings.flag('auto.leader.rebalance.enable')
          ? settings.number('leader.imbalance.check.interval.seconds') * 1000
          : null,
        bytesBetweenSnapshots: settings.number('metadata.log.max.record.bytes.between.snapshots'),
      },
      (records) => this.imageChanged(records),
      (peer) => this.peers.isGone(peer),
      options.observer ?? null,
    );
    this.channel = new ControllerChannel(
      environment,
      { ...introduction, purpose: 'controller' },
      address,
      (api, body, respond) => this.askController(api, body, respond),
      () => this.controllerReady(),
    );
    this.peers = new Peers(environment, introduction, address, (peer) => {
      this.raft.connectionLost(peer);
      if (this.peers.isGone(peer)) {
        this.controller.brokerLost(peer);
      }
    });
    const patience = settings.number('offsets.commit.timeout.ms');
    this.confirmations = new LeaderConfirmations(environment, introduction, address, patience);
    this.lifecycle = this.createLifecycle();
    this.replicas = new ReplicaManager({
      environment,
      rules: rules.partition,
      logRules: rules.log,
      settings,
      self: id,
      directory: this.logs,
      introduction,
      address,
      brokerEpoch: () => this.lifecycle.brokerEpoch,
      storageFailed: (error) => this.storageFailed(error),
      failed: (reason) => this.fail(reason),
      observer: options.observer ?? null,
    });
    this.fetchSessions = newFetchSessions(environment, settings);
    this.handlers = this.createHandlers();
    this.internalApi = this.createInternalApi();
    this.clientListener = this.createClientListener();
    describeMetrics(this.metrics, {
      replicas: this.replicas,
      handlers: this.handlers,
      controller: this.controller,
      raft: this.raft,
      connections: () => this.clientListener.connections.size,
    });
  }

  start(): void {
    const { voters, id } = this.options;
    const openUp = (): void => {
      this.peers.connect(voters.map((voter) => voter.id).filter((voter) => voter !== id));
      const { snapshot } = this.raft.state;
      if (snapshot.index > 0) {
        this.controller.restore(snapshot);
      }
      this.raft.start();
      const { settings } = this.options;
      const sender = new AlterPartitionSender(
        this.environment,
        this.channel,
        () => ({ id, epoch: this.lifecycle.brokerEpoch }),
        settings.number('controller.quorum.request.timeout.ms'),
      );
      this.replicas.start(sender);
      this.clientListener.open(this.options.client);
      reapIdle(
        this.environment,
        settings.number('connections.max.idle.ms'),
        () => this.clientListener.connections,
      );
    };
    this.internalListener = this.createInternalListener(openUp);
    this.internalListener.open(this.options.internal);
  }

  /** Moves leaderships away, stops serving, syncs and closes everything; `stopped` follows. */
  shutdown(): void {
    this.environment.log('info', 'broker.shutdown', {});
    const controlled = this.options.settings.flag('controlled.shutdown.enable');
    this.lifecycle.beginShutdown(controlled ? CONTROLLED_SHUTDOWN_LIMIT_MILLISECONDS : 0);
  }

  /** What a health check wants to know. */
  health(): Record<string, unknown> {
    const leaderOf: [string, number][] = [];
    for (const replica of this.replicas.replicas.values()) {
      if (replica.isLeader) {
        leaderOf.push([replica.topic, replica.partition]);
      }
    }
    return {
      brokerId: this.options.id,
      brokerEpoch: this.lifecycle.brokerEpoch,
      state: this.lifecycle.state,
      controller: this.controller.isActive,
      quorumLeader: this.raft.state.leader,
      term: this.raft.state.term,
      metadataOffset: this.controller.imageOffset,
      leaderOf,
      bugs: this.options.bugs,
    };
  }

  // --------------------------------------------------------------------------------- composition

  private introduce(): Introduction {
    const { clusterId, id } = this.options;
    const { directoryId } = this.logs;
    return { clusterId, nodeId: id, directoryId, ...this.options.internal, purpose: 'raft' };
  }

  private openRaft(): RaftHost {
    const { environment, options } = this;
    const { settings, rules } = options;
    const metadata = `${options.directory}/__cluster_metadata-0`;
    const opened = openRaftLog(environment.files, metadata, rules.log);
    const voters = options.voters.map(({ id, directoryId }) => ({ id, directoryId }));
    const start = {
      self: { id: options.id, directoryId: this.logs.directoryId },
      limits: {
        maxAppendBytes: settings.number('controller.quorum.fetch.max.bytes'),
        maxInflight: MAXIMUM_RAFT_MESSAGES,
        snapshotChunkBytes: settings.number('controller.quorum.fetch.snapshot.max.bytes'),
      },
      bootstrap: { voters: voters.sort((a, b) => a.id - b.id) },
      hardState: opened.hardState,
      snapshot: opened.snapshot,
      entries: opened.entries,
    };
    const minimumElectionTimeout = settings.number('controller.quorum.election.timeout.ms');
    const timings = {
      minimumElectionTimeout,
      heartbeatInterval: Math.max(10, Math.floor(minimumElectionTimeout / 8)),
    };
    const listener = {
      committed: (entries: readonly Entry[]) => this.controller.committed(entries),
      restore: (snapshot: Snapshot) => this.controller.restore(snapshot),
      roleChanged: (role: Role, term: Term, leader: BrokerId | null) =>
        this.roleChanged(role, term, leader),
      send: (to: BrokerId, frame: readonly Uint8Array[]) => this.peers.send(to, frame),
      addressOf: (node: BrokerId) => this.addresses.find(node),
      transferEnded: () => this.controller.transferEnded(),
      storageFailed: (error: FileError) => this.storageFailed(error),
    };
    const observer = options.observer ?? null;
    return new RaftHost(environment, start, opened.store, rules.raft, timings, listener, observer);
  }

  private createLifecycle(): Lifecycle {
    const { settings, id, clusterId } = this.options;
    return new Lifecycle(
      this.environment,
      {
        brokerId: id,
        clusterId,
        directoryId: this.logs.directoryId,
        rack: settings.optional('broker.rack'),
        heartbeatInterval: settings.number('broker.heartbeat.interval.ms'),
        requestTimeout: settings.number('controller.quorum.request.timeout.ms'),
        previousBrokerEpoch: this.logs.cleanShutdownEpoch,
      },
      this.channel,
      () => [
        { name: 'PLAINTEXT', ...this.advertised(), securityProtocol: 0 },
        { name: INTERNAL_LISTENER, ...this.options.internal, securityProtocol: 0 },
      ],
      () => this.controller.imageOffset,
      {
        running: () => this.beginServing(),
        released: () => this.leave(),
        refused: (reason) => this.fail(reason),
      },
    );
  }

  private createHandlers(): ClientHandlers {
    const { environment, replicas, channel, metrics, confirmations } = this;
    const { settings, rules, clusterId, id, observer } = this.options;
    const image = (): ControllerHost['image'] => this.controller.image;
    const produce = new ProduceHandler(environment, replicas, settings, image);
    const isSuspect = (peer: BrokerId): boolean => this.peers.isSuspect(peer);
    const metadata = new MetadataHandler(
      environment,
      image,
      channel,
      settings,
      clusterId,
      id,
      isSuspect,
    );
    const nextToken = (): number => produce.nextToken();
    const groupRules = { ...rules.groups, settings: groupSettings(settings) };
    const watched = { confirmations, observer: observer ?? null };
    const groups = new GroupHost(environment, groupRules, image, nextToken, watched);
    replicas.onReplica = (replica) => groups.adopt(replica);
    const requestTimeout = settings.number('controller.quorum.request.timeout.ms');
    const broker = (): { id: BrokerId; epoch: BrokerEpoch } => ({
      id,
      epoch: this.lifecycle.brokerEpoch,
    });
    return {
      produce,
      fetch: this.createFetchHandler(
        'fetch.max.bytes',
        settings.optional('replica.selector.class') !== null,
      ),
      offsets: new OffsetsHandler(replicas, rules.partition),
      deleteRecords: new DeleteRecordsHandler(environment, replicas, settings, image),
      metadata,
      configs: new ConfigsHandler(image, settings, id),
      groups: new GroupHandler(environment, groups, metadata, image),
      logDirs: new LogDirsHandler(replicas, this.options.directory),
      groupAdmin: new GroupAdminHandler(groups, image),
      producerIds: new ProducerIds(channel, broker, requestTimeout),
      controller: channel,
      settings,
      metrics,
      now: () => environment.clock.monotonic(),
      after: (milliseconds, task) => void environment.timers.arm(milliseconds, task),
      finalizedFeatures: () => finalizedFeatures(this.controller.image.features),
    };
  }

  private createFetchHandler(maximumBytes: string, choosesReplicas: boolean): FetchHandler {
    const { environment, replicas, fetchSessions, options } = this;
    const limit = options.settings.number(maximumBytes);
    return new FetchHandler(environment, replicas, fetchSessions, limit, choosesReplicas);
  }

  private createInternalApi(): InternalApi {
    const { clusterId } = this.options;
    return new InternalApi({
      clusterId,
      checkCaller: (hello) => this.checkCaller(hello),
      raft: (from, fromDirectory, message) => {
        if (message.type === 'leaderHint' && message.port > 0) {
          this.addresses.tell(message.leader, message);
        }
        this.raft.receive(from, fromDirectory, message);
      },
      fetch: this.createFetchHandler('replica.fetch.response.max.bytes', false),
      confirmLeader: (asked) => knowsNewerLeader(this.replicas, asked),
      controller: (api, body, respond) => this.askController(api, body, respond),
      connectionLost: (node) => this.peers.suspect(node),
      controllerConnectionLost: (broker) => this.controller.brokerLost(broker),
    });
  }

  private askController(api: Api, body: unknown, respond: (body: unknown) => void): void {
    answerAsController(this.controller, this.environment, api, body, respond);
  }

  // ------------------------------------------------------------------------------------- running

  /** Nodes of the cluster must get through, however many clients there are. */
  private createInternalListener(listening: () => void): Listener {
    return new Listener(
      this.environment,
      internalLimits(),
      {
        sink: (request) => this.internalApi.handle(request),
        ended: (connection) => this.internalApi.ended(connection),
        listening,
        failed: (reason) => this.fail(reason),
      },
      true,
    );
  }

  private createClientListener(): Listener {
    return new Listener(
      this.environment,
      clientLimits(this.options.settings),
      {
        sink: (request) => handleClientRequest(this.handlers, request),
        ended: () => {},
        listening: (port) => {
          this.clientPort = port;
          this.lifecycle.start();
        },
        failed: (reason) => this.fail(reason),
      },
      false,
    );
  }

  /** Until it is unfenced a broker knows too little to answer. */
  private beginServing(): void {
    this.clientListener.serve();
    this.events.ready(this.advertised());
  }

  private advertised(): PeerAddress {
    const { advertised, client } = this.options;
    return advertised ?? { host: client.host, port: this.clientPort };
  }

  private checkCaller(hello: HelloRequest): string | null {
    const voter = this.options.voters.find(({ id }) => id === hello.nodeId);
    if (voter !== undefined && voter.directoryId !== hello.directoryId) {
      // A voter whose disk was replaced is another voter: as a learner it is welcome.
      const { nodeId, directoryId } = hello;
      this.environment.log('warn', 'peer.other-directory', { nodeId, directoryId });
    }
    this.addresses.tell(hello.nodeId, hello);
    return hello.nodeId === this.options.id ? `node id ${hello.nodeId} is used twice` : null;
  }

  private roleChanged(role: Role, term: Term, leader: BrokerId | null): void {
    this.environment.log('info', 'raft.role', { role, term, leader });
    this.controller.roleChanged(role, term);
    this.channel.leaderChanged(leader);
  }

  /** A controller can be reached (again): it should hear at once that this broker lives. */
  private controllerReady(): void {
    this.lifecycle.beatNow();
  }

  private imageChanged(records: readonly MetadataRecord[] | null): void {
    const { image } = this.controller;
    const { changesConfigs } = this.options.rules.log;
    if (records === null || records.some(({ type }) => changesConfigs(type))) {
      this.handlers.produce.forgetSettings();
    }
    this.lifecycle.imageChanged(image);
    if (this.raft.isLeader) {
      // Who has just started may know of no voter where this leader is: it hears so from the leader itself.
      this.peers.connect([...image.brokers.keys()].filter((peer) => peer !== this.options.id));
    }
    // Until the own registration is there the image may be of the past: nothing is led or followed
    // on the strength of what an earlier incarnation was told.
    if (!this.registered) {
      this.registered = image.brokers.get(this.options.id)?.epoch === this.lifecycle.brokerEpoch;
      if (this.registered) {
        this.replicas.imageChanged(image, null);
      }
      return;
    }
    this.replicas.imageChanged(image, records);
  }

  private storageFailed(error: FileError): void {
    this.fail(this.unusable(error));
  }

  private unusable({ message }: FileError): string {
    return `the log directory ${this.options.directory} cannot be used: ${message}`;
  }

  private fail(reason: string): void {
    if (!this.closed) {
      this.closed = true;
      this.environment.stop(1, this.inOneLine(reason));
    }
  }

  private inOneLine(reason: string): string {
    return `broker ${this.options.id}: ${reason}`;
  }

  /** A leader hands the metadata log over first, so that the others need not wait for its silence. */
  private leave(): void {
    this.raft.transferLeadership(null, () => this.close());
  }

  private close(): void {
    if (this.closed) {
      return;
    }
    this.closed = true;
    this.environment.network.stopListening();
    let failure: string | null = null;
    try {
      this.replicas.close(true);
      this.logs.close(this.lifecycle.brokerEpoch);
    } catch (error) {
      if (!(error instanceof FileError)) {
        throw error;
      }
      failure = this.inOneLine(this.unusable(error));
    }
    // What waited was answered when the replicas closed: it is sent before the connections end.
    this.clientListener.closeAll();
    this.internalListener?.closeAll();
    this.channel.close();
    this.peers.close();
    this.confirmations.close();
    this.controller.stop();
    this.raft.stop();
    this.events.stopped(failure);
  }
}

function finalizedFeatures(
  features: ReadonlyMap<string, number>,
): { name: string; maxVersionLevel: number; minVersionLevel: number }[] {
  return [...features].map(([name, level]) => ({
    name,
    maxVersionLevel: level,
    minVersionLevel: name === 'metadata.version' ? 1 : 0,
  }));
}
