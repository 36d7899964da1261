/** The configs of this broker: Kafka's names and defaults (core/metadata/configs-table.ts). */

import {
  brokerConfigs,
  configBoolean,
  configNumber,
  configProblem,
} from '../core/metadata/configs-table.js';
import { topicDefaultsFrom } from '../core/metadata/effective-configs.js';
import { present } from '../core/types/assert.js';

/** A config that cannot be used: one clear line for whoever started the broker. */
export class SettingsError extends Error {
  override readonly name: string = 'SettingsError';
}

export class Settings {
  /** Defaults of topic configs that this broker's own configs give (`ControllerSettings`). */
  readonly topicDefaults: ReadonlyMap<string, string>;
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
    this.topicDefaults = topicDefaultsFrom(overrides);
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
