/**
 * What the controller answers to operators who move partitions and their leaders:
 * AlterPartitionReassignments and ListPartitionReassignments (KIP-455), ElectLeaders (KIP-183, KIP-460).
 */

import { byNumber, byText, sortedEntries } from '../core/metadata/image.js';
import type { MetadataImage, ReassignmentResult, TopicImage } from '../core/metadata/types.js';
import type { PartitionIndex } from '../core/types/ids.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../protocol/schemas/alter-partition-reassignments.js';
import type { ElectLeadersRequest } from '../protocol/schemas/elect-leaders.js';
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../protocol/schemas/list-partition-reassignments.js';
import type { ControllerHost } from './controller-host.js';

type Respond = (body: unknown) => void;

/** Moves begin, change or are given up, each partition on its own. */
export function alterPartitionReassignments(
  host: ControllerHost,
  body: AlterPartitionReassignmentsRequest,
  respond: Respond,
): void {
  const { allowReplicationFactorChange } = body;
  const partitions = body.topics.flatMap(({ name: topic, partitions: asked }) =>
    asked.map(({ partitionIndex: partition, replicas }) => ({ topic, partition, replicas })),
  );
  const answer = (response: Omit<AlterPartitionReassignmentsResponse, 'throttleTimeMs'>): void =>
    respond({ throttleTimeMs: 0, ...response });
  const command = {
    type: 'alterPartitionReassignments' as const,
    partitions,
    allowReplicationFactorChange,
  };
  host.command(command, (response) => {
    if (response?.type !== 'reassignments') {
      const errorCode = ErrorCode.NOT_CONTROLLER;
      answer({ allowReplicationFactorChange, errorCode, errorMessage: null, responses: [] });
      return;
    }
    answer({
      allowReplicationFactorChange,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      responses: byTopic(response.results),
    });
  });
}

function byTopic(
  results: readonly ReassignmentResult[],
): AlterPartitionReassignmentsResponse['responses'] {
  const topics = new Map<string, ReassignmentResult[]>();
  for (const result of results) {
    topics.set(result.topic, [...(topics.get(result.topic) ?? []), result]);
  }
  return [...topics].map(([name, each]) => ({
    name,
    partitions: each.map(({ partition: partitionIndex, error: errorCode, message }) => ({
      partitionIndex,
      errorCode,
      errorMessage: message,
    })),
  }));
}

/** The moves that are under way, of all topics or of the partitions that are named. */
export function listPartitionReassignments(
  host: ControllerHost,
  { topics }: ListPartitionReassignmentsRequest,
  respond: Respond,
): void {
  const answer = (response: ListPartitionReassignmentsResponse): void => respond(response);
  host.read((image) => {
    if (image === null) {
      const errorCode = ErrorCode.NOT_CONTROLLER;
      answer({ throttleTimeMs: 0, errorCode, errorMessage: null, topics: [] });
      return;
    }
    const listed =
      topics === null
        ? sortedEntries(image.topics, byText).map(([, topic]) => ongoing(topic, null))
        : topics.map(({ name, partitionIndexes }) =>
            ongoing(topicNamed(image, name), partitionIndexes),
          );
    answer({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topics: listed.filter(({ partitions }) => partitions.length > 0),
    });
  });
}

const NO_PARTITIONS: TopicImage['partitions'] = new Map();

function topicNamed(image: MetadataImage, name: string): TopicImage | undefined {
  const id = image.topicIds.get(name);
  return id === undefined ? undefined : image.topics.get(id);
}

function ongoing(
  topic: TopicImage | undefined,
  only: readonly PartitionIndex[] | null,
): ListPartitionReassignmentsResponse['topics'][number] {
  const partitions = sortedEntries(topic?.partitions ?? NO_PARTITIONS, byNumber).filter(
    ([index, { addingReplicas, removingReplicas }]) =>
      (only === null || only.includes(index)) &&
      addingReplicas.length + removingReplicas.length > 0,
  );
  return {
    name: topic?.name ?? '',
    partitions: partitions.map(
      ([partitionIndex, { replicas, addingReplicas, removingReplicas }]) => ({
        partitionIndex,
        replicas,
        addingReplicas,
        removingReplicas,
      }),
    ),
  };
}

/** KIP-460's election types. */
const PREFERRED_ELECTION = 0;
const UNCLEAN_ELECTION = 1;

/** Leaders go home, or partitions that nobody clean can lead get a leader at any price. */
export function electLeaders(
  host: ControllerHost,
  body: ElectLeadersRequest,
  respond: Respond,
): void {
  const { electionType, topicPartitions } = body;
  if (electionType !== PREFERRED_ELECTION && electionType !== UNCLEAN_ELECTION) {
    respond({ errorCode: ErrorCode.INVALID_REQUEST, replicaElectionResults: [] });
    return;
  }
  const { image } = host;
  const unknown = topicPartitions?.filter(({ topic }) => !image.topicIds.has(topic)) ?? [];
  const partitions =
    topicPartitions?.flatMap(({ topic, partitions: indexes }) => {
      const topicId = image.topicIds.get(topic);
      return topicId === undefined
        ? []
        : indexes.map((partition) => ({ topicId, topic, partition }));
    }) ?? null;
  const type =
    electionType === PREFERRED_ELECTION ? 'electPreferredLeaders' : 'electUncleanLeaders';
  host.command({ type, partitions }, (response) => {
    if (response?.type !== 'elections') {
      respond({ errorCode: ErrorCode.NOT_CONTROLLER, replicaElectionResults: [] });
      return;
    }
    const replicaElectionResults = response.results.map((result) => ({
      topic:
        partitions?.find(({ topicId }) => topicId === result.topicId)?.topic ??
        host.image.topics.get(result.topicId)?.name ??
        '',
      partitionResult: [{ partitionId: result.partition, errorCode: result.error }],
    }));
    const ofUnknown = unknown.map(({ topic, partitions: indexes }) => ({
      topic,
      partitionResult: indexes.map((partitionId) => ({
        partitionId,
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      })),
    }));
    respond({
      errorCode: ErrorCode.NONE,
      replicaElectionResults: [...replicaElectionResults, ...ofUnknown],
    });
  });
}
