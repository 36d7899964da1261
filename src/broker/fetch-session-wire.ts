/** Fetch sessions (KIP-227) in terms of requests and responses. */

import type { ToldPartition } from '../core/fetch-sessions/rules.js';
import {
  type AskedPartition,
  type FetchContext,
  FetchSessions,
  type SessionRefusal,
  type SessionRequest,
} from '../core/fetch-sessions/sessions.js';
import type { Environment } from '../environment/environment.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  FetchRequest,
  FetchRequestFetchPartition,
  FetchRequestFetchTopic,
} from '../protocol/schemas/fetch.js';
import type { Settings } from './settings.js';

export interface AskedOfTopic extends FetchRequestFetchPartition {
  readonly of: FetchRequestFetchTopic;
}

/** What of a partition's answer the session looks at. */
export interface TopicAnswer<Partition extends PartitionFacts = PartitionFacts> {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: readonly Partition[];
}

interface PartitionFacts {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly divergingEpoch?: object;
  readonly preferredReadReplica?: number;
  readonly records: readonly Uint8Array[];
}

const ERRORS: Readonly<Record<SessionRefusal, number>> = {
  idNotFound: ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  invalidEpoch: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  topicIdMismatch: ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
};

const LARGEST_ID = 0x7fffffff;

/** The sessions of a broker's life. Their ids are drawn, so that one of a life before is not taken for another. */
export function newFetchSessions(
  environment: Environment,
  settings: Settings,
): FetchSessions<AskedOfTopic> {
  const limits = {
    slots: settings.number('max.incremental.fetch.session.cache.slots'),
    evictionMs: settings.number('min.incremental.fetch.session.eviction.ms'),
  };
  return new FetchSessions(limits, () => environment.fresh.below(LARGEST_ID, 'fetch.session') + 1);
}

export function keyOf(topic: { topic: string; topicId: string }, partition: number): string {
  return `${topic.topic}/${topic.topicId}/${partition}`;
}

export function sessionRequest(
  body: FetchRequest,
  usesTopicIds: boolean,
  privileged: boolean,
): SessionRequest<AskedOfTopic> {
  const partitions: AskedPartition<AskedOfTopic>[] = [];
  // Of a fetch without a session nothing is remembered.
  for (const topic of body.sessionEpoch < 0 ? [] : body.topics) {
    for (const partition of topic.partitions) {
      const key = keyOf(topic, partition.partition);
      partitions.push({ key, asked: { ...partition, of: topic } });
    }
  }
  const forgotten = body.forgottenTopicsData.flatMap((topic) =>
    topic.partitions.map((partition) => keyOf(topic, partition)),
  );
  const { sessionId: id, sessionEpoch: epoch } = body;
  return { id, epoch, privileged, usesTopicIds, partitions, forgotten };
}

/** The partitions as a request would name them; those of one topic that follow each other under one name. */
export function topicsOf(
  partitions: readonly AskedPartition<AskedOfTopic>[],
): FetchRequestFetchTopic[] {
  const topics: (Omit<FetchRequestFetchTopic, 'partitions'> & {
    readonly partitions: FetchRequestFetchPartition[];
  })[] = [];
  for (const { asked } of partitions) {
    const { topic, topicId } = asked.of;
    const last = topics.at(-1);
    if (last?.topic === topic && last.topicId === topicId) {
      last.partitions.push(asked);
    } else {
      topics.push({ topic, topicId, partitions: [asked] });
    }
  }
  return topics;
}

/** The response's head, and which partitions it names. */
export function sessionAnswer<Partition extends PartitionFacts>(
  sessions: FetchSessions<AskedOfTopic>,
  context: FetchContext<AskedOfTopic>,
  responses: readonly TopicAnswer<Partition>[],
  now: number,
): { errorCode: number; sessionId: number; responses: readonly TopicAnswer<Partition>[] } {
  if (context.type === 'sessionless') {
    return { errorCode: ErrorCode.NONE, sessionId: 0, responses };
  }
  const told = responses.flatMap(({ partitions }) => partitions.map(toldOf));
  const answer = sessions.finish(context, told, now);
  const { sessionId } = answer;
  if (answer.type === 'refused') {
    return { errorCode: ERRORS[answer.refusal], sessionId, responses: [] };
  }
  let place = 0;
  const named = responses.map((topic) => ({
    ...topic,
    partitions: topic.partitions.filter(() => answer.told[place++]!),
  }));
  const some = named.filter(({ partitions }) => partitions.length > 0);
  return { errorCode: ErrorCode.NONE, sessionId, responses: some };
}

function toldOf(partition: PartitionFacts): ToldPartition {
  const { errorCode, highWatermark, logStartOffset, divergingEpoch, records } = partition;
  const { preferredReadReplica } = partition;
  return {
    hasRecords: records.length > 0,
    highWatermark,
    logStartOffset,
    isError: errorCode !== ErrorCode.NONE,
    isDiverging: divergingEpoch !== undefined,
    hasPreferredReplica: preferredReadReplica !== undefined,
  };
}
