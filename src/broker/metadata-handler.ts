/** Metadata, DescribeCluster and automatic creation of topics, from the committed image. */

import { topicNameProblem } from '../core/metadata/topic-names.js';
import type { MetadataImage, TopicImage } from '../core/metadata/types.js';
import { type BrokerId, NO_LEADER, type Uuid, ZERO_UUID } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { createTopicsApi, describeClusterApi, metadataApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  MetadataRequest,
  MetadataResponse,
  MetadataResponseMetadataResponseTopic,
} from '../protocol/schemas/metadata.js';
import type { ControllerChannel } from './controller-channel.js';
import type { IncomingRequest } from './server-connection.js';
import type { Settings } from './settings.js';

/** "Not asked for" in the fields of authorized operations. */
const NO_OPERATIONS = -2147483648;
/** First version that may name topics by id. */
const TOPIC_ID_VERSION = 10;

export const OFFSETS_TOPIC = '__consumer_offsets';

export class MetadataHandler {
  private readonly environment: Environment;
  private readonly image: () => MetadataImage;
  private readonly channel: ControllerChannel;
  private readonly settings: Settings;
  private readonly clusterId: string;
  private readonly self: BrokerId;
  private readonly isSuspect: (broker: BrokerId) => boolean;
  private readonly creating = new Set<string>();

  constructor(
    environment: Environment,
    image: () => MetadataImage,
    channel: ControllerChannel,
    settings: Settings,
    clusterId: string,
    self: BrokerId,
    isSuspect: (broker: BrokerId) => boolean,
  ) {
    this.environment = environment;
    this.image = image;
    this.channel = channel;
    this.settings = settings;
    this.clusterId = clusterId;
    this.self = self;
    this.isSuspect = isSuspect;
  }

  handle(request: IncomingRequest, body: MetadataRequest): void {
    const image = this.image();
    const topics =
      body.topics === null
        ? [...image.topics.values()].map((topic) => this.describe(topic))
        : body.topics.map((topic) => this.asked(image, topic, body, request.header.apiVersion));
    const response: MetadataResponse = {
      throttleTimeMs: 0,
      brokers: liveBrokers(image),
      clusterId: this.clusterId,
      controllerId: this.someBroker(image),
      topics,
      clusterAuthorizedOperations: NO_OPERATIONS,
      errorCode: ErrorCode.NONE,
    };
    request.respond(metadataApi, response);
  }

  describeCluster(request: IncomingRequest): void {
    const image = this.image();
    request.respond(describeClusterApi, {
      clusterId: this.clusterId,
      controllerId: this.someBroker(image),
      endpointType: 1,
      brokers: liveBrokers(image).map(({ nodeId, ...rest }) => ({ brokerId: nodeId, ...rest })),
      clusterAuthorizedOperations: NO_OPERATIONS,
    });
  }

  /** Creates a topic with the cluster's defaults unless that is under way already. */
  createTopic(name: string, partitions: number, replicationFactor: number): void {
    if (this.creating.has(name)) {
      return;
    }
    this.creating.add(name);
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: name === OFFSETS_TOPIC ? offsetsTopicConfigs(this.settings) : [],
    };
    const timeoutMs = this.settings.number('request.timeout.ms');
    this.channel.request(createTopicsApi, { topics: [topic], timeoutMs }, timeoutMs, (response) => {
      this.creating.delete(name);
      const { errorCode = ErrorCode.NONE, errorMessage = null } = response?.topics[0] ?? {};
      if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
        this.environment.log('warn', 'topic.not-created', { topic: name, errorCode, errorMessage });
      }
    });
  }

  private asked(
    image: MetadataImage,
    asked: { readonly topicId: Uuid; readonly name: string | null },
    body: MetadataRequest,
    version: number,
  ): MetadataResponseMetadataResponseTopic {
    const byId = version >= TOPIC_ID_VERSION && asked.topicId !== ZERO_UUID;
    const id = byId ? asked.topicId : image.topicIds.get(asked.name ?? '');
    const topic = id === undefined ? undefined : image.topics.get(id);
    if (topic !== undefined) {
      return this.describe(topic);
    }
    if (byId) {
      return missingTopic(ErrorCode.UNKNOWN_TOPIC_ID, null, asked.topicId);
    }
    const name = asked.name ?? '';
    if (topicNameProblem(name) !== null) {
      return missingTopic(ErrorCode.INVALID_TOPIC_EXCEPTION, name, ZERO_UUID);
    }
    if (body.allowAutoTopicCreation && this.settings.flag('auto.create.topics.enable')) {
      if (name === OFFSETS_TOPIC) {
        this.createOffsetsTopic();
      } else {
        this.createTopic(name, -1, -1);
      }
      return missingTopic(ErrorCode.LEADER_NOT_AVAILABLE, name, ZERO_UUID);
    }
    return missingTopic(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, ZERO_UUID);
  }

  /**
   * With the copies that the config asks for, though some of their brokers may be fenced just now: a
   * topic made with fewer would stay that poor. With fewer brokers registered the controller refuses.
   */
  createOffsetsTopic(): void {
    const { settings } = this;
    this.createTopic(
      OFFSETS_TOPIC,
      settings.number('offsets.topic.num.partitions'),
      settings.number('offsets.topic.replication.factor'),
    );
  }

  /**
   * A leader whose process seems to be gone is not shown: a client that is told of no leader asks again
   * soon, one that is told of a dead leader waits for its own timeouts.
   */
  private describe(topic: TopicImage): MetadataResponseMetadataResponseTopic {
    const partitions = [...topic.partitions].sort(([a], [b]) => a - b);
    return {
      errorCode: ErrorCode.NONE,
      name: topic.name,
      topicId: topic.id,
      isInternal: topic.name === OFFSETS_TOPIC,
      partitions: partitions.map(([partitionIndex, registration]) => {
        const { leader } = registration;
        const available = leader >= 0 && !this.isSuspect(leader);
        return {
          errorCode: available ? ErrorCode.NONE : ErrorCode.LEADER_NOT_AVAILABLE,
          partitionIndex,
          leaderId: available ? leader : NO_LEADER,
          leaderEpoch: registration.leaderEpoch,
          replicaNodes: registration.replicas,
          isrNodes: registration.isr,
          offlineReplicas: [],
        };
      }),
      topicAuthorizedOperations: NO_OPERATIONS,
    };
  }

  /** Clients send what only a controller does to this broker, which passes it on. */
  private someBroker(image: MetadataImage): BrokerId {
    const own = image.brokers.get(this.self);
    if (own !== undefined && !own.fenced) {
      return this.self;
    }
    return liveBrokers(image)[0]?.nodeId ?? (-1 as BrokerId);
  }
}

function offsetsTopicConfigs(settings: Settings): { name: string; value: string }[] {
  return [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'segment.bytes', value: settings.text('offsets.topic.segment.bytes') },
    { name: 'compression.type', value: 'producer' },
  ];
}

function liveBrokers(image: MetadataImage): MetadataResponse['brokers'] {
  return [...image.brokers.values()]
    .filter((broker) => !broker.fenced && broker.endPoints.length > 0)
    .sort((a, b) => a.id - b.id)
    .map((broker) => ({
      nodeId: broker.id,
      host: broker.endPoints[0]!.host,
      port: broker.endPoints[0]!.port,
      rack: broker.rack,
      isFenced: false,
    }));
}

function missingTopic(
  errorCode: number,
  name: string | null,
  topicId: Uuid,
): MetadataResponseMetadataResponseTopic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: NO_OPERATIONS,
  };
}
