/**
 * The configs that this project supports, with Kafka's names, types, bounds and defaults (Kafka 4.4).
 * The one table: what is not in it is refused, and DescribeConfigs and the docs read from it.
 */

import { brokerDefinitions } from './broker-configs.js';
import type { ConfigDefinition } from './config-definition.js';
import { topicDefinitions } from './topic-configs.js';

/** Configs of topics, by name. */
export const topicConfigs: ReadonlyMap<string, ConfigDefinition> = byName(topicDefinitions);

/** Configs of brokers, by name. */
export const brokerConfigs: ReadonlyMap<string, ConfigDefinition> = byName(brokerDefinitions);

function byName(definitions: readonly ConfigDefinition[]): ReadonlyMap<string, ConfigDefinition> {
  return new Map(definitions.map((definition) => [definition.name, definition]));
}
