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

/** " (did you mean ...?)" where a known name is near: a third of its letters may be others. */
function closest(name: string): string {
  let best = '';
  let bestDistance = Math.floor(name.length / 3) + 1;
  for (const known of brokerConfigs.keys()) {
    const distance = editDistance(name, known);
    if (distance < bestDistance) {
      best = known;
      bestDistance = distance;
    }
  }
  return best === '' ? '' : ` (did you mean ${best}?)`;
}

/** Letters to be put in, left out or changed (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
