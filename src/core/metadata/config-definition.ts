/** What a supported config is. */

export type ConfigType = 'boolean' | 'string' | 'short' | 'int' | 'long' | 'double' | 'list';

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** null: none, or derived from another config (see `description`). */
  readonly default: string | null;
  /** Inclusive bounds of a number, beyond those of its type. */
  readonly min: bigint | number | null;
  readonly max: bigint | number | null;
  /** The allowed values of a string, or of each element of a list. */
  readonly values: readonly string[] | null;
  /**
   * Of a topic config: the broker configs that give its default, in order of precedence, each with
   * the factor from its unit.
   */
  readonly synonyms: readonly ConfigSynonym[];
  /** What each element of a list must match, in full; null: anything. */
  readonly element: RegExp | null;
  /** Of a broker config: whether it can be changed at run time, as the cluster's default. */
  readonly clusterWide: boolean;
  /** Of a broker config: whether it can be changed at run time for one broker (KIP-226). */
  readonly perBroker: boolean;
  readonly description: string;
}

export interface ConfigSynonym {
  readonly name: string;
  readonly factor: number;
}

/** What a definition has besides its name, type, default and description. */
export type ConfigExtras = Partial<
  Omit<ConfigDefinition, 'name' | 'type' | 'default' | 'description'>
>;

/** A definition with everything that is not said left at its plain value. */
export function config(
  name: string,
  type: ConfigType,
  value: string | number | boolean | null,
  extras: ConfigExtras,
  description: string,
): ConfigDefinition {
  return {
    name,
    type,
    default: value === null ? null : String(value),
    min: null,
    max: null,
    values: null,
    synonyms: [],
    element: null,
    clusterWide: false,
    perBroker: false,
    description,
    ...extras,
  };
}
