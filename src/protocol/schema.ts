/**
 * Kafka's messages as data. A schema says, per field, its type and the versions that carry it; the
 * codec (codec.ts) is derived from it. The facts come from the JSON definitions in Kafka's own jars
 * (scripts/generate-schemas.ts); the private messages of this project have the same form.
 */

/** First and last version, both included. */
export type VersionRange = readonly [first: number, last: number];

/**
 * The types of single values, named as in Kafka's definitions, and three readings of its int64:
 * - `int64`: a safe integer as number. A peer that sends more than 53 bits is refused: offsets,
 *   epochs and times computed by a broker never get there.
 * - `opaque64`: bigint, for ids and hashes whose 64 bits all count.
 * - `clipped64`: number, clipped to the safe range on decode, for values that only set a bound or ask
 *   a question (a timestamp to search for): every value beyond 53 bits means the same as the bound.
 *
 * `records` is a byte field that is passed through on encode, in parts and without a copy.
 */
export type ScalarType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'opaque64'
  | 'clipped64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records';

export type DefaultValue = boolean | number | bigint | string | null;

export interface FieldSchema {
  /** Kafka's name with a lower first letter. */
  readonly name: string;
  readonly type: ScalarType | StructSchema;
  /** An array of `type`. */
  readonly array?: true;
  /** Versions that carry the field; without: all. */
  readonly versions?: VersionRange;
  /** Versions in which the value may be null. */
  readonly nullable?: VersionRange;
  /** Number of a tagged field (KIP-482); it is tagged in every version that carries it. */
  readonly tag?: number;
  /** What a version that lacks the field decodes to; without: false, 0, '', zero Uuid, [], ... */
  readonly default?: DefaultValue;
  /** The header's client id keeps its classic length in flexible versions (KIP-482). */
  readonly classicLength?: true;
}

export interface StructSchema {
  readonly fields: readonly FieldSchema[];
}

/** A message whose decoded value is a `T`. */
export interface MessageSchema<T = unknown> extends StructSchema {
  readonly name: string;
  /** API key of a request or response, id of a metadata or coordinator record; -1: none. */
  readonly key: number;
  readonly versions: VersionRange;
  /** First version with compact lengths and tagged fields (KIP-482); null: none. */
  readonly flexible: number | null;
  /** Never set: carries `T` for the compiler. */
  readonly value?: T;
}

/** Bytes to send, whole or in parts that follow each other. */
export type Parts = Uint8Array | readonly Uint8Array[];

/**
 * What can be encoded where a `T` is decoded: every field may be left out and then has its default;
 * brands are not asked for; byte fields may come in parts.
 */
export type Encodable<T> = T extends Uint8Array
  ? Parts
  : T extends number
    ? number
    : T extends bigint
      ? bigint
      : T extends string
        ? string
        : T extends readonly (infer Element)[]
          ? readonly Encodable<Element>[]
          : T extends object
            ? { readonly [Key in keyof T]?: Encodable<T[Key]> | undefined }
            : T;
