/** Which value of a config is in effect, and where it comes from (KIP-226). */

import { present } from '../types/assert.js';
import { configBoolean, configNumber, topicConfigs } from './configs-table.js';
import { BROKER_RESOURCE, configResourceKey, TOPIC_RESOURCE } from './image.js';
import type { ControllerSettings, MetadataImage } from './types.js';

/** Kafka's ConfigSource in DescribeConfigs. */
export const DYNAMIC_TOPIC_CONFIG = 1;
export const DYNAMIC_BROKER_CONFIG = 2;
export const DYNAMIC_DEFAULT_BROKER_CONFIG = 3;
export const STATIC_BROKER_CONFIG = 4;
export const DEFAULT_CONFIG = 5;

export interface EffectiveConfig {
  readonly name: string;
  readonly value: string;
  /** One of the sources above. */
  readonly source: number;
}

type Defaults = Pick<ControllerSettings, 'topicDefaults'>;

/**
 * The value of the topic config `name`: the topic's own, else the cluster's dynamic default under
 * the name of a broker config, else the static one (`topicDefaults`), else Kafka's.
 */
export function effectiveTopicConfig(
  image: Pick<MetadataImage, 'configs'>,
  settings: Defaults,
  topic: string,
  name: string,
): EffectiveConfig {
  const definition = present(topicConfigs.get(name), `${name} is no topic config`);
  const own = image.configs.get(configResourceKey(TOPIC_RESOURCE, topic))?.get(name);
  if (own !== undefined) {
    return { name, value: own, source: DYNAMIC_TOPIC_CONFIG };
  }
  const cluster = image.configs.get(configResourceKey(BROKER_RESOURCE, ''));
  for (const synonym of definition.synonyms) {
    const value = cluster?.get(synonym.name);
    if (value !== undefined) {
      const scaled = synonym.factor === 1 ? value : String(configNumber(value) * synonym.factor);
      return { name, value: scaled, source: DYNAMIC_DEFAULT_BROKER_CONFIG };
    }
  }
  const fixed = settings.topicDefaults.get(name);
  if (fixed !== undefined) {
    return { name, value: fixed, source: STATIC_BROKER_CONFIG };
  }
  const value = present(definition.default, `${name} has no default`);
  return { name, value, source: DEFAULT_CONFIG };
}

/** Every supported config of `topic`, in the order of the table. */
export function effectiveTopicConfigs(
  image: Pick<MetadataImage, 'configs'>,
  settings: Defaults,
  topic: string,
): EffectiveConfig[] {
  return [...topicConfigs.keys()].map((name) => effectiveTopicConfig(image, settings, topic, name));
}

/** min.insync.replicas as it counts: never more than there are replicas (MINISR-PRE). */
export function effectiveMinIsr(
  image: Pick<MetadataImage, 'configs'>,
  settings: Defaults,
  topic: string,
  replicas: number,
): number {
  const { value } = effectiveTopicConfig(image, settings, topic, 'min.insync.replicas');
  return Math.min(configNumber(value), replicas);
}

/** unclean.leader.election.enable of `topic`. */
export function uncleanElectionAllowed(
  image: Pick<MetadataImage, 'configs'>,
  settings: Defaults,
  topic: string,
): boolean {
  const name = 'unclean.leader.election.enable';
  return configBoolean(effectiveTopicConfig(image, settings, topic, name).value);
}

/**
 * The topic defaults that a broker's static configuration gives, for `ControllerSettings`: by topic
 * config name, from the first synonym that `configured` sets, in the topic config's unit.
 */
export function topicDefaultsFrom(configured: ReadonlyMap<string, string>): Map<string, string> {
  const defaults = new Map<string, string>();
  for (const [name, definition] of topicConfigs) {
    for (const synonym of definition.synonyms) {
      const value = configured.get(synonym.name);
      if (value !== undefined) {
        const { factor } = synonym;
        defaults.set(name, factor === 1 ? value : String(configNumber(value) * factor));
        break;
      }
    }
  }
  return defaults;
}
