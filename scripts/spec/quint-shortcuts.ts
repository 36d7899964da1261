/**
 * The package's values and its evaluator do some things over and over that need doing once: sort the fields of a record that is sorted,
 * bring a value into its normal form that is in it, wrap a result that is wrapped. Here these are taken out. What
 * comes out is what came out before: figures.json and the digests of every scope compare that.
 */

import type { QuintValue } from './quint-evaluator.js';

interface Fields {
  has(name: string): boolean;
  set(name: string, value: QuintValue): Fields;
}
type RecordValue = QuintValue & { readonly map: Fields };
type RecordClass = new (fields: Fields) => RecordValue;
interface Parts {
  get(key: unknown): unknown;
  every(holds: (value: unknown, key: unknown) => boolean): boolean;
}
interface Normalized extends QuintValue {
  readonly set?: unknown;
  readonly list?: Parts;
  readonly map?: Parts;
  normalForm(): Normalized;
  normal?: Normalized;
}
interface Either {
  readonly type: string;
  mapLeft(change: unknown): Either;
}
type Strict = (context: unknown, arguments_: readonly QuintValue[]) => unknown;

/** The parts of the package that are changed. */
export interface ShortcutParts {
  readonly values: {
    mkRecord(fields: Iterable<readonly [string, QuintValue]>): QuintValue;
    mkList(members: readonly QuintValue[]): QuintValue;
    mkSet(members: readonly QuintValue[]): QuintValue;
    mkMap(entries: readonly (readonly [QuintValue, QuintValue])[]): QuintValue;
  };
  readonly builtins: { builtinLambda: (operator: string) => Strict };
  readonly orderedMap: (entries: readonly (readonly [string, QuintValue])[]) => Fields;
  readonly right: (value: QuintValue) => unknown;
}

export function takeShortcuts({ values, builtins, orderedMap, right }: ShortcutParts): void {
  const Record = values.mkRecord([]).constructor as RecordClass;
  values.mkRecord = (fields) => {
    const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return new Record(orderedMap(sorted));
  };
  const strict = builtins.builtinLambda;
  builtins.builtinLambda = (operator) => {
    const original = strict(operator);
    return operator !== 'with'
      ? original
      : (context, arguments_) => {
          const [record, name, value] = arguments_ as unknown as [
            RecordValue,
            { readonly value: string },
            QuintValue,
          ];
          return record.map.has(name.value)
            ? right(new Record(record.map.set(name.value, value)) as QuintValue)
            : original(context, arguments_);
        };
  };
  for (const made of [values.mkRecord([]), values.mkList([]), values.mkSet([]), values.mkMap([])]) {
    normalizesOnce(Object.getPrototypeOf(made) as Normalized);
  }
  const either = Object.getPrototypeOf(right(values.mkList([]))) as Either;
  const { mapLeft } = either;
  either.mapLeft = function (this: Either, change) {
    return this.type === 'Right' ? this : mapLeft.call(this, change);
  };
}

/** Values never change, so neither does their normal form. What is in it already is its own: nothing is held twice. */
function normalizesOnce(prototype: Normalized): void {
  const { normalForm } = prototype;
  prototype.normalForm = function (this: Normalized) {
    if (this.normal === undefined) {
      const made = normalForm.call(this);
      const normal = hasSameParts(this, made) ? this : made;
      normal.normal = normal;
      this.normal = normal;
    }
    return this.normal;
  };
}

/** Of two values of the same kind; members that are equal but not the same are told apart. */
function hasSameParts(one: Normalized, other: Normalized): boolean {
  if (one.set !== undefined) {
    return one.set === other.set;
  }
  const parts = (one.list ?? one.map)!;
  const others = (other.list ?? other.map)!;
  return parts.every((value, key) => others.get(key) === value);
}
