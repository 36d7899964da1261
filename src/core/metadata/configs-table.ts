/**
 * The configs that this project supports, with Kafka's names, types, bounds and defaults (Kafka 4.4).
 * The one table: what is not in it is refused, and DescribeConfigs and the docs read from it.
 */

import { brokerDefinitions } from './broker-configs.js';
import type { ConfigDefinition, ConfigType } from './config-definition.js';
import { topicDefinitions } from './topic-configs.js';

export type { ConfigDefinition, ConfigType } from './config-definition.js';

const BOUNDS: ReadonlyMap<ConfigType, readonly [bigint, bigint]> = new Map([
  ['short', [-32768n, 32767n]],
  ['int', [-2147483648n, 2147483647n]],
  ['long', [-9223372036854775808n, 9223372036854775807n]],
]);

/** Configs of topics, by name. */
export const topicConfigs: ReadonlyMap<string, ConfigDefinition> = byName(topicDefinitions);

/** Configs of brokers, by name. */
export const brokerConfigs: ReadonlyMap<string, ConfigDefinition> = byName(brokerDefinitions);

function byName(definitions: readonly ConfigDefinition[]): ReadonlyMap<string, ConfigDefinition> {
  return new Map(definitions.map((definition) => [definition.name, definition]));
}

/** What is wrong with `value` for this config, in one sentence; null if nothing is. */
export function configProblem(definition: ConfigDefinition, value: string): string | null {
  const { name, type } = definition;
  const wrong = (why: string): string => `Invalid value ${value} for configuration ${name}: ${why}`;
  switch (type) {
    case 'boolean':
      return /^(true|false)$/i.test(value.trim()) ? null : wrong('neither true nor false');
    case 'string':
      return allowed(definition, value) ? null : wrong(`not one of ${definition.values}`);
    case 'list': {
      const elements = listElements(value);
      if (definition.values !== null && elements.length === 0) {
        return wrong('the list is empty');
      }
      if (new Set(elements).size !== elements.length) {
        return wrong('an element is there twice');
      }
      const { element: form } = definition;
      const misformed = elements.find((element) => form?.test(element) === false);
      if (misformed !== undefined) {
        return wrong(`${misformed} does not match ${form?.source}`);
      }
      const bad = elements.find((element) => !allowed(definition, element));
      return bad === undefined ? null : wrong(`${bad} is not one of ${definition.values}`);
    }
    case 'double': {
      const parsed = Number(value);
      const fits = value.trim() !== '' && Number.isFinite(parsed);
      return fits && within(definition, parsed) ? null : wrong('no number within the bounds');
    }
    case 'short':
    case 'int':
    case 'long': {
      if (!/^[+-]?\d{1,19}$/.test(value.trim())) {
        return wrong(`no ${type}`);
      }
      const parsed = BigInt(value.trim().replace('+', ''));
      const [least, greatest] = BOUNDS.get(type) ?? [parsed, parsed];
      if (parsed < least || parsed > greatest) {
        return wrong(`no ${type}`);
      }
      return within(definition, parsed) ? null : wrong('out of bounds');
    }
  }
}

function allowed(definition: ConfigDefinition, value: string): boolean {
  return definition.values === null || definition.values.includes(value);
}

function within(definition: ConfigDefinition, value: bigint | number): boolean {
  const { min, max } = definition;
  return (min === null || value >= min) && (max === null || value <= max);
}

/** The elements of a value of type list. */
export function listElements(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

/** A valid value of a number type as a number; beyond 2^53 (in effect: never) as the largest. */
export function configNumber(value: string): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}

/** A valid value of type boolean. */
export function configBoolean(value: string): boolean {
  return value.trim().toLowerCase() === 'true';
}
