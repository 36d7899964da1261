/** The client of `src/client` on real sockets, with promises instead of completions. */

import type { ResourceChange, TopicMetadata } from '../src/client/answers.js';
import {
  type BatchToProduce,
  Client,
  type ClusterState,
  type ConfigToSet,
  type Fetched,
  type FetchPosition,
  type ListedOffset,
  type TopicPartition,
  type TopicToCreate,
} from '../src/client/client.js';
import type { ClientWorld } from '../src/client/connection.js';
import {
  type CommittedPosition,
  GroupClient,
  type JoinAnswer,
  type JoinRequest,
  type MemberName,
  type Membership,
  type PositionToCommit,
  type SyncRequest,
} from '../src/client/group-client.js';
import type { Outcome, ProduceOutcome } from '../src/client/outcomes.js';
import {
  addVoter,
  describeQuorum,
  type QuorumMember,
  type QuorumState,
  removeVoter,
} from '../src/client/quorum.js';
import { type PartitionToMove, reassignPartitions } from '../src/client/reassignments.js';
import type { Address, ClientOptions } from '../src/client/routes.js';
import type { ProducerEpoch, ProducerId, Uuid } from '../src/core/types/ids.js';
import { nodeEnvironment } from '../src/environment/node/environment.js';

/** Answers of the trial's brokers are small; a longer one is damage. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export interface Producer {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
}

let shared: ClientWorld | null = null;

/** One environment for all clients of this process: they share buffers, not connections. */
function world(): ClientWorld {
  shared ??= nodeEnvironment();
  return shared;
}

/** As the adapter of a client, for the member of a group. */
export class GroupAdapter {
  private readonly client: GroupClient;

  constructor(options: AdapterOptions, group: string) {
    this.client = new GroupClient(
      world(),
      clientOptions(options),
      group,
      options.firstAddress ?? 0,
    );
  }

  join(request: JoinRequest, patience: number): Promise<Outcome<JoinAnswer>> {
    return new Promise((resolve) => this.client.join(request, patience, resolve));
  }

  sync(request: SyncRequest, patience: number): Promise<Outcome<Uint8Array>> {
    return new Promise((resolve) => this.client.sync(request, patience, resolve));
  }

  heartbeat(member: Membership): Promise<Outcome<null>> {
    return new Promise((resolve) => this.client.heartbeat(member, resolve));
  }

  leave(member: MemberName): Promise<Outcome<null>> {
    return new Promise((resolve) => this.client.leave(member, resolve));
  }

  commit(member: Membership, positions: readonly PositionToCommit[]): Promise<Outcome<null>> {
    return new Promise((resolve) => this.client.commit(member, positions, resolve));
  }

  committed(places: readonly TopicPartition[]): Promise<Outcome<readonly CommittedPosition[]>> {
    return new Promise((resolve) => this.client.committed(places, resolve));
  }

  close(): void {
    this.client.close();
  }
}

export interface AdapterOptions {
  readonly clientId: string;
  readonly bootstrap: readonly Address[];
  readonly requestTimeout: number;
  readonly metadataTimeout: number;
  /** Which of the addresses to ask first. */
  readonly firstAddress?: number;
}

function clientOptions(options: AdapterOptions): ClientOptions {
  const { clientId, bootstrap, requestTimeout, metadataTimeout } = options;
  return { clientId, bootstrap, requestTimeout, metadataTimeout, maxFrameBytes: MAX_FRAME_BYTES };
}

export class ClientAdapter {
  private readonly client: Client;

  constructor(options: AdapterOptions) {
    this.client = new Client(world(), clientOptions(options), options.firstAddress ?? 0);
  }

  produce(batch: BatchToProduce): Promise<ProduceOutcome> {
    return new Promise((resolve) => this.client.produce(batch, resolve));
  }

  fetch(from: FetchPosition): Promise<Outcome<Fetched>> {
    return new Promise((resolve) => this.client.fetch(from, resolve));
  }

  listOffsets(at: TopicPartition & { readonly timestamp: number }): Promise<Outcome<ListedOffset>> {
    return new Promise((resolve) => this.client.listOffsets(at, resolve));
  }

  describeQuorum(): Promise<Outcome<QuorumState>> {
    return new Promise((resolve) => describeQuorum(this.client, resolve));
  }

  addVoter(member: QuorumMember, timeout: number): Promise<Outcome<null>> {
    return new Promise((resolve) => addVoter(this.client, member, timeout, resolve));
  }

  removeVoter(member: QuorumMember): Promise<Outcome<null>> {
    return new Promise((resolve) => removeVoter(this.client, member, resolve));
  }

  initProducerId(): Promise<Outcome<Producer>> {
    return new Promise((resolve) => this.client.initProducerId(resolve));
  }

  createTopics(topics: readonly TopicToCreate[]): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => this.client.createTopics(topics, resolve));
  }

  deleteTopics(names: readonly string[]): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => this.client.deleteTopics(names, resolve));
  }

  /** Deletes the very topic with this id. */
  deleteTopic(topicId: Uuid): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => this.client.deleteTopic(topicId, resolve));
  }

  createPartitions(
    topics: readonly { readonly name: string; readonly count: number }[],
  ): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => this.client.createPartitions(topics, resolve));
  }

  reassignPartitions(
    topic: string,
    partitions: readonly PartitionToMove[],
  ): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => reassignPartitions(this.client, topic, partitions, resolve));
  }

  readTopic(name: string): Promise<Outcome<TopicMetadata | null>> {
    return new Promise((resolve) => this.client.readTopic(name, resolve));
  }

  incrementalAlterConfigs(
    changes: readonly ConfigToSet[],
  ): Promise<Outcome<readonly ResourceChange[]>> {
    return new Promise((resolve) => this.client.incrementalAlterConfigs(changes, resolve));
  }

  describeCluster(topics: readonly string[]): Promise<Outcome<ClusterState>> {
    return new Promise((resolve) => this.client.describeCluster(topics, resolve));
  }

  close(): void {
    this.client.close();
  }
}
