/** What must be there for requests to find something, and must not pile up. */

import type { Address } from '../../src/client/routes.js';
import {
  allApis,
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  findApi,
  findCoordinatorApi,
  listOffsetsApi,
  metadataApi,
} from '../../src/protocol/apis.js';
import { ErrorCode } from '../../src/protocol/errors.js';
import { TOPICS } from './bodies.js';
import { Caller, NotServed } from './caller.js';
import { CANARY_TOPIC } from './canary.js';
import type { TriedApi } from './cases.js';
import type { Listener } from './kafka-fate.js';

const PRODUCE_KEY = 0;
/** Advertised from 0 for librdkafka's sake, and refused below this (KAFKA-18659). */
const LEAST_PRODUCE_VERSION = 3;
const DEFAULT_MAX_FRAME_BYTES = 100 * 1024 * 1024;
const CREATE_TIMEOUT_MS = 10_000;

/** What the broker advertises, as far as its schemas are known here. */
export async function learnListener(address: Address): Promise<Listener> {
  const caller = new Caller(address);
  const { apiKeys } = await caller.call(apiVersionsApi, 3, {
    clientSoftwareName: 'logjury-fuzz',
    clientSoftwareVersion: '1',
  });
  caller.close();
  const apis = new Map<number, TriedApi>();
  const unknown = new Set<number>();
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    const api = findApi(apiKey);
    if (api === undefined) {
      unknown.add(apiKey);
      continue;
    }
    const least = apiKey === PRODUCE_KEY ? LEAST_PRODUCE_VERSION : minVersion;
    const versions = [
      Math.max(least, api.request.versions[0]),
      Math.min(maxVersion, api.request.versions[1]),
    ] as const;
    const { key, name, request, response } = api;
    apis.set(key, { key, name, request, response, versions });
  }
  return { apis, unknown, isPartial: false, maxFrameBytes: DEFAULT_MAX_FRAME_BYTES };
}

/** APIs that this project's brokers serve and do not advertise. */
export function withUnadvertised(listener: Listener): Listener {
  const apis = new Map(listener.apis);
  for (const { key, name, request, response, served, advertised } of allApis()) {
    if (served !== null && advertised === null) {
      apis.set(key, { key, name, request, response, versions: served });
    }
  }
  return { ...listener, apis };
}

/** Makes the topics that are missing, and the groups' coordinator. */
export async function prepare(caller: Caller): Promise<void> {
  const topics = [
    ...TOPICS.map((name) => ({ name, numPartitions: 2 })),
    { name: CANARY_TOPIC, numPartitions: 1 },
  ].map((topic) => ({
    ...topic,
    replicationFactor: 1,
    assignments: [],
    configs: topic.name.includes('compacted') ? [{ name: 'cleanup.policy', value: 'compact' }] : [],
  }));
  const { topics: made } = await caller.call(createTopicsApi, 2, {
    topics,
    timeoutMs: CREATE_TIMEOUT_MS,
  });
  for (const { name, errorCode } of made) {
    if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
      throw new NotServed(`topic ${name} cannot be made: error ${errorCode}`);
    }
  }
  await caller.call(findCoordinatorApi, 0, { key: 'group' });
  await untilLed(caller);
}

/** A new topic is known before its leader serves it. */
async function untilLed(caller: Caller): Promise<void> {
  const deadline = Date.now() + CREATE_TIMEOUT_MS;
  for (;;) {
    const { topics } = await caller.call(listOffsetsApi, 1, {
      replicaId: -1,
      topics: [{ name: CANARY_TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    const { errorCode } = topics[0]!.partitions[0]!;
    if (errorCode === ErrorCode.NONE) {
      return;
    }
    if (Date.now() > deadline) {
      throw new NotServed(`${CANARY_TOPIC} has no leader: error ${errorCode}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Deletes the topics that requests have made. */
export async function tidy(caller: Caller): Promise<void> {
  const { topics } = await caller.call(metadataApi, 4, { topics: null });
  const kept = new Set([...TOPICS, CANARY_TOPIC]);
  const names = topics
    .filter(({ name, isInternal }) => name !== null && !kept.has(name) && !isInternal)
    .map(({ name }) => name!);
  if (names.length > 0) {
    await caller.call(deleteTopicsApi, 1, { topicNames: names, timeoutMs: CREATE_TIMEOUT_MS });
  }
  await prepare(caller);
}
