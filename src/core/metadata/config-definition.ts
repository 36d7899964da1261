/** What a supported config is, and which values it takes. */

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
  /** Of a broker config: whether it can be changed at run time, as the cluster's default. */
  readonly clusterWide: boolean;
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

const BOUNDS: ReadonlyMap<ConfigType, readonly [bigint, bigint]> = new Map([
  ['short', [-32768n, 32767n]],
  ['int', [-2147483648n, 2147483647n]],
  ['long', [-9223372036854775808n, 9223372036854775807n]],
]);
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
    clusterWide: false,
    description,
    ...extras,
  };
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
