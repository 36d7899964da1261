/** The configs of this broker: Kafka's names and defaults (core/metadata/configs-table.ts). */

import {
  brokerConfigs,
  configBoolean,
  configNumber,
  configProblem,
  topicConfigs,
} from '../core/metadata/configs-table.js';
import { BROKER_RESOURCE, configResourceKey, TOPIC_RESOURCE } from '../core/metadata/image.js';
import type { MetadataImage } from '../core/metadata/types.js';
import { present } from '../core/types/assert.js';

/** Where a config's value comes from (Kafka's ConfigEntry.ConfigSource). */
export const ConfigSource = {
  TOPIC_CONFIG: 1,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
} as const;

export interface ConfigValue {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** A config that cannot be used: one clear line for whoever started the broker. */
export class SettingsError extends Error {
  override readonly name: string = 'SettingsError';
}

export class Settings {
  private readonly overrides: ReadonlyMap<string, string>;
  private readonly numbers = new Map<string, number>();

  /** Throws {@link SettingsError} for an unknown name or a value that does not fit. */
  constructor(overrides: ReadonlyMap<string, string>) {
    this.overrides = overrides;
    for (const [name, value] of overrides) {
      const definition = brokerConfigs.get(name);
      if (definition === undefined) {
        throw new SettingsError(
          `unknown config ${name}; docs/configs.md lists the supported ones${closest(name)}`,
        );
      }
      const problem = configProblem(definition, value);
      if (problem !== null) {
        throw new SettingsError(problem);
      }
    }
  }

  number(name: string): number {
    let value = this.numbers.get(name);
    if (value === undefined) {
      value = configNumber(this.text(name));
      this.numbers.set(name, value);
    }
    return value;
  }

  flag(name: string): boolean {
    return configBoolean(this.text(name));
  }

  text(name: string): string {
    return present(this.optional(name), `the config ${name} has no value`);
  }

  optional(name: string): string | null {
    const definition = present(brokerConfigs.get(name), `no config is called ${name}`);
    return this.overrides.get(name) ?? definition.default;
  }

  isOverridden(name: string): boolean {
    return this.overrides.has(name);
  }
}

/** A topic's config in force: its own, the cluster's dynamic default, this broker's, the default. */
export function topicConfig(
  settings: Settings,
  image: MetadataImage,
  topic: string,
  name: string,
): ConfigValue {
  const definition = present(topicConfigs.get(name), `no topic config is called ${name}`);
  const own = image.configs.get(configResourceKey(TOPIC_RESOURCE, topic))?.get(name);
  if (own !== undefined) {
    return { name, value: own, source: ConfigSource.TOPIC_CONFIG };
  }
  const dynamic = image.configs.get(configResourceKey(BROKER_RESOURCE, ''));
  for (const synonym of definition.synonyms) {
    const value = dynamic?.get(synonym.name);
    if (value !== undefined) {
      const scaled = scale(value, synonym.factor);
      return { name, value: scaled, source: ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG };
    }
  }
  for (const synonym of definition.synonyms) {
    if (settings.isOverridden(synonym.name)) {
      const scaled = scale(settings.text(synonym.name), synonym.factor);
      return { name, value: scaled, source: ConfigSource.STATIC_BROKER_CONFIG };
    }
  }
  return { name, value: definition.default, source: ConfigSource.DEFAULT_CONFIG };
}

/** The same as a number; a config without value is a mistake of this program. */
export function topicNumber(
  settings: Settings,
  image: MetadataImage,
  topic: string,
  name: string,
): number {
  const { value } = topicConfig(settings, image, topic, name);
  return configNumber(present(value, `the config ${name} has no value`));
}

/** This broker's defaults of topic configs, as the controller needs them. */
export function topicDefaults(settings: Settings): ReadonlyMap<string, string> {
  const defaults = new Map<string, string>();
  for (const [name, definition] of topicConfigs) {
    const override = definition.synonyms.find((synonym) => settings.isOverridden(synonym.name));
    const value =
      override === undefined
        ? definition.default
        : scale(settings.text(override.name), override.factor);
    if (value !== null) {
      defaults.set(name, value);
    }
  }
  return defaults;
}

function scale(value: string, factor: number): string {
  return factor === 1 ? value : String(configNumber(value) * factor);
}

/** " (did you mean ...?)" where a known name shares most of its words. */
function closest(name: string): string {
  const words = new Set(name.split(/[._-]/));
  let best = '';
  let bestShared = 1;
  for (const known of brokerConfigs.keys()) {
    const shared = known.split('.').filter((word) => words.has(word)).length;
    if (shared > bestShared) {
      best = known;
      bestShared = shared;
    }
  }
  return best === '' ? '' : ` (did you mean ${best}?)`;
}
