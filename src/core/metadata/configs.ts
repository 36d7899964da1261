/** Changes of configs, each resource on its own (IncrementalAlterConfigs, KIP-339; AlterConfigs, KIP-133). */

import type { Decision } from '../decider/decider.js';
import type { ConfigDefinition } from './config-definition.js';
import { brokerConfigs, configProblem, listElements, topicConfigs } from './configs-table.js';
import { effectiveMinIsr, effectiveTopicConfig } from './effective-configs.js';
import { forEachPartition } from './elections.js';
import {
  INVALID_CONFIG,
  INVALID_REQUEST,
  NONE,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './error-codes.js';
import { applyRecord, BROKER_RESOURCE, configResourceKey, TOPIC_RESOURCE } from './image.js';
import { decidePartitionChange, liveBrokers } from './partition-change.js';
import type { Refusal } from './refusal.js';
import type { ControllerRules } from './rules.js';
import type {
  ConfigChange,
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
} from './types.js';

/** Kafka's AlterConfigOp.OpType. */
export const SET = 0;
export const DELETE = 1;
export const APPEND = 2;
export const SUBTRACT = 3;

type ConfigRecord = Extract<MetadataRecord, { type: 'ConfigRecord' }>;

/** Changes of one resource; it is named also where there are none. */
interface ResourceChanges {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly changes: ConfigChange[];
}

/** Whole or not at all for each resource; then what follows from it for the partitions. */
export function alterConfigs(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'incrementalAlterConfigs' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const byResource = new Map<string, ResourceChanges>();
  for (const change of command.changes) {
    const { resourceType, resourceName } = change;
    const key = configResourceKey(resourceType, resourceName);
    const resource = byResource.get(key);
    if (resource === undefined) {
      byResource.set(key, { resourceType, resourceName, changes: [change] });
    } else {
      resource.changes.push(change);
    }
  }
  return alterResources(image, [...byResource.values()], command.validateOnly, rules);
}

/**
 * AlterConfigs (KIP-133): what is not named is deleted. A resource that is there twice is refused, as by
 * Kafka: each of the two would undo the other.
 */
export function replaceConfigs(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'replaceConfigs' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const byResource = new Map<string, ResourceChanges>();
  const twice = new Map<string, ConfigResult>();
  for (const { resourceType, resourceName, configs } of command.resources) {
    const key = configResourceKey(resourceType, resourceName);
    if (byResource.has(key)) {
      const message = 'the resource is there twice';
      twice.set(key, { resourceType, resourceName, error: INVALID_REQUEST, message });
    }
    const resource = { resourceType, resourceName };
    const current = [...(image.configs.get(key)?.keys() ?? [])].sort();
    const changes = configs.map((config) => ({ ...resource, ...config, operation: SET }));
    for (const name of current.filter((each) => !configs.some((config) => config.name === each))) {
      changes.push({ ...resource, name, value: null, operation: DELETE });
    }
    byResource.set(key, { ...resource, changes });
  }
  for (const key of twice.keys()) {
    byResource.delete(key);
  }
  const decision = alterResources(image, [...byResource.values()], command.validateOnly, rules);
  const { response } = decision;
  return response.type !== 'configs'
    ? decision
    : { ...decision, response: { ...response, results: [...response.results, ...twice.values()] } };
}

function alterResources(
  image: MetadataImage,
  resources: readonly ResourceChanges[],
  validateOnly: boolean,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const records: ConfigRecord[] = [];
  const results: ConfigResult[] = [];
  for (const resource of resources) {
    const outcome = alterResource(image, resource, rules);
    const { resourceType, resourceName } = resource;
    if (Array.isArray(outcome)) {
      records.push(...outcome);
      results.push({ resourceType, resourceName, error: NONE, message: null });
    } else {
      results.push({ resourceType, resourceName, ...outcome });
    }
  }
  const response: ControllerResponse = { type: 'configs', results };
  if (validateOnly) {
    return { records: [], response };
  }
  return { records: [...records, ...consequences(image, records, rules)], response };
}

type ConfigResult = Extract<ControllerResponse, { type: 'configs' }>['results'][number];

function alterResource(
  image: MetadataImage,
  resource: ResourceChanges,
  rules: ControllerRules,
): ConfigRecord[] | Refusal {
  const refusal = resourceProblem(image, resource);
  if (refusal !== null) {
    return refusal;
  }
  const records: ConfigRecord[] = [];
  const seen = new Set<string>();
  for (const change of resource.changes) {
    if (seen.has(change.name)) {
      return { error: INVALID_REQUEST, message: `configuration ${change.name} is there twice` };
    }
    seen.add(change.name);
    const outcome = alterOne(image, change, rules);
    if (outcome === null) {
      continue;
    }
    if ('error' in outcome) {
      return outcome;
    }
    records.push(outcome);
  }
  return records;
}

function resourceProblem(image: MetadataImage, resource: ResourceChanges): Refusal | null {
  const { resourceType, resourceName } = resource;
  if (resourceType === TOPIC_RESOURCE) {
    if (image.topicIds.has(resourceName)) {
      return null;
    }
    return { error: UNKNOWN_TOPIC_OR_PARTITION, message: `topic ${resourceName} does not exist` };
  }
  if (resourceType !== BROKER_RESOURCE) {
    return { error: INVALID_REQUEST, message: `resource type ${resourceType} has no configs here` };
  }
  if (resourceName !== '' && !isBroker(image, resourceName)) {
    return { error: INVALID_REQUEST, message: `no broker has the id ${resourceName}` };
  }
  return null;
}

function isBroker(image: MetadataImage, name: string): boolean {
  return [...image.brokers.keys()].some((id) => String(id) === name);
}

function alterOne(
  image: MetadataImage,
  change: ConfigChange,
  rules: ControllerRules,
): ConfigRecord | Refusal | null {
  const { resourceType, resourceName, name, operation } = change;
  const ofTopic = resourceType === TOPIC_RESOURCE;
  const current = image.configs.get(configResourceKey(resourceType, resourceName))?.get(name);
  if (operation === DELETE && current === undefined) {
    // Also of what nobody knows: Kafka's tools clear what they may have set, all at once.
    return null;
  }
  const definition = (ofTopic ? topicConfigs : brokerConfigs).get(name);
  if (definition === undefined) {
    return { error: INVALID_CONFIG, message: `Unknown configuration ${name}` };
  }
  if (!ofTopic && !definition.clusterWide) {
    const message = `configuration ${name} cannot be changed at run time`;
    return { error: INVALID_REQUEST, message };
  }
  if (!ofTopic && resourceName !== '' && !definition.perBroker) {
    const message = `configuration ${name} can be changed for all brokers at once only`;
    return { error: INVALID_REQUEST, message };
  }
  if (operation === DELETE) {
    return { type: 'ConfigRecord', resourceType, resourceName, name, value: null };
  }
  const inherited = ofTopic
    ? effectiveTopicConfig(image, rules.settings, resourceName, name).value
    : definition.default;
  const value = newValue(definition, change, current ?? inherited ?? '');
  if (typeof value !== 'string') {
    return value;
  }
  const problem = configProblem(definition, value);
  if (problem !== null) {
    return { error: INVALID_CONFIG, message: problem };
  }
  return current === value
    ? null
    : { type: 'ConfigRecord', resourceType, resourceName, name, value };
}

function newValue(
  definition: ConfigDefinition,
  change: ConfigChange,
  current: string,
): string | Refusal {
  const { name, operation, value } = change;
  if (operation !== SET && operation !== APPEND && operation !== SUBTRACT) {
    return { error: INVALID_REQUEST, message: `unknown operation ${operation} on ${name}` };
  }
  if (value === null) {
    return { error: INVALID_REQUEST, message: `configuration ${name} needs a value` };
  }
  if (operation === SET) {
    return value;
  }
  if (definition.type !== 'list') {
    return { error: INVALID_CONFIG, message: `configuration ${name} is no list` };
  }
  const before = listElements(current);
  const given = listElements(value);
  if (operation === APPEND) {
    return [...before, ...given.filter((element) => !before.includes(element))].join(',');
  }
  return before.filter((element) => !given.includes(element)).join(',');
}

/**
 * The configs of a new topic; the refusal says what is wrong with them. A null value is refused, as
 * in Kafka.
 */
export function newTopicConfigs(
  topic: string,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): ConfigRecord[] | Refusal {
  const records: ConfigRecord[] = [];
  for (const { name, value } of configs) {
    const definition = topicConfigs.get(name);
    if (definition === undefined) {
      return { error: INVALID_CONFIG, message: `Unknown topic config name: ${name}` };
    }
    if (value === null) {
      return { error: INVALID_CONFIG, message: `configuration ${name} needs a value` };
    }
    const problem = configProblem(definition, value);
    if (problem !== null) {
      return { error: INVALID_CONFIG, message: problem };
    }
    const record: ConfigRecord = {
      type: 'ConfigRecord',
      resourceType: TOPIC_RESOURCE,
      resourceName: topic,
      name,
      value,
    };
    records.push(record);
  }
  return records;
}

/**
 * What changed configs mean for partitions: another min.insync.replicas clears their ELR (KIP-966),
 * and unclean.leader.election.enable elects where nobody leads.
 */
function consequences(
  image: MetadataImage,
  changes: readonly ConfigRecord[],
  rules: ControllerRules,
): MetadataRecord[] {
  const touched = changes.some(
    ({ name }) => name === 'min.insync.replicas' || name === 'unclean.leader.election.enable',
  );
  if (!touched) {
    return [];
  }
  const configs = new Map([...image.configs].map(([key, values]) => [key, new Map(values)]));
  const after: MetadataImage = { ...image, configs };
  for (const change of changes) {
    applyRecord(after, change, 0);
  }
  const records: MetadataRecord[] = [];
  const context = { image: after, rules, live: liveBrokers(image) };
  const { settings } = rules;
  forEachPartition(after, (topic, index, partition) => {
    const replicas = partition.replicas.length;
    const minIsrChanged =
      effectiveMinIsr(image, settings, topic.name, replicas) !==
      effectiveMinIsr(after, settings, topic.name, replicas);
    const change = { minIsrChanged };
    const record = decidePartitionChange(context, topic, index, partition, change);
    if (record !== null) {
      records.push(record);
    }
  });
  return records;
}
