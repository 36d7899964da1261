/** Topics come, grow and go (CreateTopics, CreatePartitions, DeleteTopics). */

import type { Decision } from '../decider/decider.js';
import { assert } from '../types/assert.js';
import {
  type BrokerId,
  type LeaderEpoch,
  type PartitionEpoch,
  type PartitionIndex,
  type Uuid,
  ZERO_UUID,
} from '../types/ids.js';
import { newTopicConfigs } from './configs.js';
import {
  INVALID_PARTITIONS,
  INVALID_REPLICA_ASSIGNMENT,
  INVALID_REPLICATION_FACTOR,
  INVALID_REQUEST,
  INVALID_TOPIC_EXCEPTION,
  NONE,
  POLICY_VIOLATION,
  TOPIC_ALREADY_EXISTS,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './error-codes.js';
import { partitionRecord } from './image.js';
import { liveBrokers, onlyDirectory } from './partition-change.js';
import type { Refusal } from './refusal.js';
import type { ControllerRules } from './rules.js';
import { collisionKey, topicNameProblem } from './topic-names.js';
import type {
  ControllerCommand,
  ControllerResponse,
  CreatableTopic,
  GrowingTopic,
  MetadataImage,
  MetadataRecord,
  TopicImage,
  TopicResult,
} from './types.js';

/** Kafka's limit for the partitions that one request creates: they are one atomic append. */
export const MAX_PARTITIONS_PER_REQUEST = 10_000;

type Assignments = readonly (readonly BrokerId[])[];

/** What the topics of one request share. */
interface Creation {
  readonly image: MetadataImage;
  readonly rules: ControllerRules;
  readonly live: ReadonlySet<BrokerId>;
  /** By collision key: names that exist or were granted earlier in the request. */
  readonly taken: Map<string, string>;
  /** Names that the request has more than once. */
  readonly repeated: ReadonlySet<string>;
  partitionsLeft: number;
}

/** Each topic whole or not at all, on its own. */
export function createTopics(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'createTopics' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const creation = newCreation(image, rules, command.topics);
  const records: MetadataRecord[] = [];
  const topics: TopicResult[] = [];
  for (const topic of command.topics) {
    const outcome = createTopic(creation, topic, records);
    if ('error' in outcome) {
      topics.push({ ...refusedTopic(topic.name, ZERO_UUID, outcome) });
    } else {
      topics.push({
        name: topic.name,
        topicId: topic.topicId,
        error: NONE,
        message: null,
        ...outcome,
      });
    }
  }
  const response: ControllerResponse = { type: 'topics', topics };
  return { records: command.validateOnly ? [] : records, response };
}

function newCreation(
  image: MetadataImage,
  rules: ControllerRules,
  topics: readonly { readonly name: string }[],
): Creation {
  return {
    image,
    rules,
    live: liveBrokers(image),
    taken: new Map([...image.topicIds.keys()].map((name) => [collisionKey(name), name])),
    repeated: repeatedIn(topics.map(({ name }) => name)),
    partitionsLeft: MAX_PARTITIONS_PER_REQUEST,
  };
}

function createTopic(
  creation: Creation,
  topic: CreatableTopic,
  records: MetadataRecord[],
): Refusal | { readonly partitions: number; readonly replicationFactor: number } {
  const problem = nameRefusal(creation, topic.name);
  if (problem !== null) {
    return problem;
  }
  assert(!creation.image.topics.has(topic.topicId), 'the host drew a topic id twice');
  assert(topic.topicId !== ZERO_UUID, 'a topic id cannot be zero');
  const configs = newTopicConfigs(topic.name, topic.configs);
  if (!Array.isArray(configs)) {
    return configs;
  }
  const assignments =
    topic.assignments === null
      ? placedAssignments(creation, topic)
      : manualAssignments(creation, topic, topic.assignments);
  if ('error' in assignments) {
    return assignments;
  }
  if (assignments.length > creation.partitionsLeft) {
    return tooManyPartitions();
  }
  creation.partitionsLeft -= assignments.length;
  creation.taken.set(collisionKey(topic.name), topic.name);
  records.push({ type: 'TopicRecord', name: topic.name, topicId: topic.topicId }, ...configs);
  for (const [index, replicas] of assignments.entries()) {
    records.push(newPartition(creation, topic.topicId, index as PartitionIndex, replicas));
  }
  return { partitions: assignments.length, replicationFactor: assignments[0]?.length ?? 0 };
}

function nameRefusal(creation: Creation, name: string): Refusal | null {
  if (creation.repeated.has(name)) {
    return { error: INVALID_REQUEST, message: `topic ${name} is in the request twice` };
  }
  const problem = topicNameProblem(name);
  if (problem !== null) {
    return { error: INVALID_TOPIC_EXCEPTION, message: problem };
  }
  if (creation.image.topicIds.has(name)) {
    return { error: TOPIC_ALREADY_EXISTS, message: `Topic '${name}' already exists.` };
  }
  const other = creation.taken.get(collisionKey(name));
  if (other !== undefined) {
    return { error: INVALID_TOPIC_EXCEPTION, message: `topic ${name} collides with ${other}` };
  }
  return null;
}

function placedAssignments(creation: Creation, topic: CreatableTopic): Assignments | Refusal {
  const { settings } = creation.rules;
  const partitions = topic.partitions === -1 ? settings.defaultPartitions : topic.partitions;
  const factor =
    topic.replicationFactor === -1 ? settings.defaultReplicationFactor : topic.replicationFactor;
  if (partitions < 1) {
    return { error: INVALID_PARTITIONS, message: 'a topic needs at least one partition' };
  }
  if (partitions > creation.partitionsLeft) {
    return tooManyPartitions();
  }
  return place(creation, topic.topicId, partitions, factor);
}

function tooManyPartitions(): Refusal {
  const message = `one request creates at most ${MAX_PARTITIONS_PER_REQUEST} partitions`;
  return { error: POLICY_VIOLATION, message };
}

function place(
  creation: Creation,
  topicId: Uuid,
  partitions: number,
  factor: number,
): Assignments | Refusal {
  const error = INVALID_REPLICATION_FACTOR;
  if (factor < 1) {
    return { error, message: 'a partition needs at least one replica' };
  }
  const registered = creation.image.brokers.size;
  if (factor > registered) {
    return { error, message: `${factor} replicas need as many brokers; ${registered} registered` };
  }
  if (creation.live.size === 0) {
    return { error, message: 'no broker is live: all are fenced or shutting down' };
  }
  return creation.rules.placeReplicas({
    topicId,
    partitions,
    replicationFactor: factor,
    // A broker that shuts down is on its way to being fenced.
    brokers: [...creation.image.brokers.values()].map(({ id, rack }) => ({
      id,
      rack,
      fenced: !creation.live.has(id),
    })),
  });
}

function manualAssignments(
  creation: Creation,
  topic: CreatableTopic,
  assignments: Assignments,
): Assignments | Refusal {
  if (topic.partitions !== -1 || topic.replicationFactor !== -1) {
    const message = 'an explicit assignment allows no number of partitions or replicas beside it';
    return { error: INVALID_REQUEST, message };
  }
  const error = INVALID_REPLICA_ASSIGNMENT;
  if (assignments.length === 0) {
    return { error, message: 'the assignment has no partition' };
  }
  return assignmentRefusal(creation, assignments, 0, assignments[0]?.length ?? 0) ?? assignments;
}

/** What is wrong with an explicit assignment of the partitions from `first` on. */
function assignmentRefusal(
  creation: Creation,
  assignments: Assignments,
  first: number,
  factor: number,
): Refusal | null {
  const error = INVALID_REPLICA_ASSIGNMENT;
  for (const [position, replicas] of assignments.entries()) {
    const index = first + position;
    if (replicas.length === 0 || replicas.length !== factor) {
      return { error, message: `partition ${index} has not as many replicas as the first` };
    }
    if (new Set(replicas).size !== replicas.length) {
      return { error, message: `partition ${index} has a broker twice` };
    }
    const unknown = replicas.find((id) => !creation.image.brokers.has(id));
    if (unknown !== undefined) {
      return { error, message: `partition ${index} names broker ${unknown}, which is not there` };
    }
    if (!replicas.some((id) => creation.live.has(id))) {
      return { error, message: `all brokers of partition ${index} are fenced or shutting down` };
    }
  }
  return null;
}

/** KIP-841: fenced replicas are assigned but not in sync; the first live one leads. */
function newPartition(
  creation: Creation,
  topicId: Uuid,
  index: PartitionIndex,
  replicas: readonly BrokerId[],
): MetadataRecord {
  const isr = replicas.filter((id) => creation.live.has(id));
  const leader = isr[0];
  assert(leader !== undefined, 'a new partition has no live replica');
  return partitionRecord(topicId, index, {
    replicas,
    isr,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader,
    leaderEpoch: 0 as LeaderEpoch,
    partitionEpoch: 0 as PartitionEpoch,
    leaderRecoveryState: 'recovered',
    directories: replicas.map((id) => onlyDirectory(creation.image, id)),
  });
}

/**
 * More partitions for topics, each whole or not at all (KIP-195; errors as Kafka's
 * ReplicationControlManager.createPartitions has them). Partitions never become fewer: their records
 * would be gone.
 */
export function createPartitions(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'createPartitions' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const creation = newCreation(image, rules, command.topics);
  const records: MetadataRecord[] = [];
  const topics: TopicResult[] = [];
  for (const growing of command.topics) {
    const id = image.topicIds.get(growing.name);
    const topic = id === undefined ? undefined : image.topics.get(id);
    const assignments = newAssignments(creation, growing, topic);
    if ('error' in assignments) {
      topics.push(refusedTopic(growing.name, topic?.id ?? ZERO_UUID, assignments));
      continue;
    }
    assert(topic !== undefined, 'only a topic that exists grows');
    const first = topic.partitions.size;
    for (const [position, replicas] of assignments.entries()) {
      records.push(
        newPartition(creation, topic.id, (first + position) as PartitionIndex, replicas),
      );
    }
    creation.partitionsLeft -= assignments.length;
    topics.push({
      name: topic.name,
      topicId: topic.id,
      error: NONE,
      message: null,
      partitions: growing.count,
      replicationFactor: assignments[0]?.length ?? 0,
    });
  }
  return {
    records: command.validateOnly ? [] : records,
    response: { type: 'topics', topics },
  };
}

/** Where the replicas of the new partitions go: as many as those of the first partition. */
function newAssignments(
  creation: Creation,
  growing: GrowingTopic,
  topic: TopicImage | undefined,
): Assignments | Refusal {
  const { name, count, assignments } = growing;
  if (creation.repeated.has(name)) {
    return { error: INVALID_REQUEST, message: `topic ${name} is in the request twice` };
  }
  if (topic === undefined) {
    return { error: UNKNOWN_TOPIC_OR_PARTITION, message: 'no topic has this name' };
  }
  const present = topic.partitions.size;
  if (count <= present) {
    const message =
      count === present
        ? `Topic already has ${present} partition(s).`
        : `The topic ${name} currently has ${present} partition(s); ${count} would not be an increase.`;
    return { error: INVALID_PARTITIONS, message };
  }
  const added = count - present;
  if (added > creation.partitionsLeft) {
    return tooManyPartitions();
  }
  const factor = topic.partitions.get(0 as PartitionIndex)?.replicas.length ?? 0;
  assert(factor > 0, 'a topic has a first partition with replicas');
  if (assignments === null) {
    // The placer goes on where it stopped: what it would have chosen for a topic of this size.
    const placed = place(creation, topic.id, count, factor);
    return 'error' in placed ? placed : placed.slice(present);
  }
  if (assignments.length !== added) {
    const message = `${added} more partition(s) need as many assignments, not ${assignments.length}`;
    return { error: INVALID_REPLICA_ASSIGNMENT, message };
  }
  return assignmentRefusal(creation, assignments, present, factor) ?? assignments;
}

/** A-ID: the id is gone for ever; a topic created anew under the name has another one. */
export function deleteTopics(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'deleteTopics' }>,
): Decision<MetadataRecord, ControllerResponse> {
  const resolved = command.topics.map(({ name, topicId }) =>
    name === null ? topicId : image.topicIds.get(name),
  );
  const repeated = repeatedIn(resolved);
  const records: MetadataRecord[] = [];
  const topics: TopicResult[] = [];
  for (const [i, asked] of command.topics.entries()) {
    const id = resolved[i];
    const topic = id === undefined ? undefined : image.topics.get(id);
    const refusal = deletionRefusal(
      asked,
      id !== undefined && repeated.has(id),
      topic !== undefined,
    );
    if (refusal !== null) {
      topics.push(refusedTopic(asked.name, asked.topicId, refusal));
    } else if (topic !== undefined) {
      records.push({ type: 'RemoveTopicRecord', topicId: topic.id });
      topics.push({
        name: topic.name,
        topicId: topic.id,
        error: NONE,
        message: null,
        partitions: -1,
        replicationFactor: -1,
      });
    }
  }
  return { records, response: { type: 'topics', topics } };
}

function deletionRefusal(
  asked: { readonly name: string | null; readonly topicId: Uuid },
  repeated: boolean,
  exists: boolean,
): Refusal | null {
  const byId = asked.topicId !== ZERO_UUID;
  if (byId === (asked.name !== null)) {
    return { error: INVALID_REQUEST, message: 'a topic is named by its name or by its id' };
  }
  if (repeated) {
    return { error: INVALID_REQUEST, message: 'the topic is in the request twice' };
  }
  if (!exists) {
    return byId
      ? { error: UNKNOWN_TOPIC_ID, message: 'no topic has this id' }
      : { error: UNKNOWN_TOPIC_OR_PARTITION, message: 'no topic has this name' };
  }
  return null;
}

function refusedTopic(name: string | null, topicId: Uuid, refusal: Refusal): TopicResult {
  return {
    name,
    topicId,
    error: refusal.error,
    message: refusal.message,
    partitions: -1,
    replicationFactor: -1,
  };
}

/** The values that are there more than once. */
function repeatedIn<T>(values: readonly T[]): Set<T> {
  const seen = new Set<T>();
  const repeated = new Set<T>();
  for (const value of values) {
    (seen.has(value) ? repeated : seen).add(value);
  }
  return repeated;
}
