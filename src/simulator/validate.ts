/**
 * Values that come from a file, checked field by field: what is wrong is named by its path, what is not
 * known is refused. A check returns what it was given, typed.
 */

/** Something in the file is not as it must be; the message starts with the path of the field. */
export class MalformedError extends Error {
  override readonly name: string = 'MalformedError';

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'the document' : path} ${problem}`);
  }
}

export type Check<T> = (value: unknown, path: string) => T;

/** A check for every field of `T`; `optional` ones may be missing. */
type Fields<T> = { readonly [Key in keyof T]-?: Check<Exclude<T[Key], undefined>> };
type OptionalKeys<T> = {
  [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never;
}[keyof T];

/** An object with these fields and no others. */
export function shape<T extends object>(
  fields: Fields<T>,
  optional: readonly OptionalKeys<T>[] = [],
): Check<T> {
  return (value, path) => {
    const given = record(value, path);
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) {
        throw new MalformedError(below(path, key), 'is no field that is known here');
      }
    }
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      if (Object.hasOwn(given, key)) {
        (fields[key] as Check<unknown>)(given[key], below(path, key));
      } else if (!(optional as readonly string[]).includes(key)) {
        throw new MalformedError(below(path, key), 'is missing');
      }
    }
    return value as T;
  };
}

export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
      throw new MalformedError(path, `must be a whole number, ${range}, not ${shown(value)}`);
    }
    return value as number;
  };
}

export const text: Check<string> = (value, path) => {
  if (typeof value !== 'string') {
    throw new MalformedError(path, `must be a text, not ${shown(value)}`);
  }
  return value;
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== 'boolean') {
    throw new MalformedError(path, `must be true or false, not ${shown(value)}`);
  }
  return value;
};

export function oneOf<const T extends string | number>(...allowed: readonly T[]): Check<T> {
  return (value, path) => {
    if (!(allowed as readonly unknown[]).includes(value)) {
      const names = allowed.length > 12 ? 'a name that is known' : allowed.join(' or ');
      throw new MalformedError(path, `must be ${names}, not ${shown(value)}`);
    }
    return value as T;
  };
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) {
      throw new MalformedError(path, `must be a list, not ${shown(value)}`);
    }
    value.forEach((each, index) => {
      check(each, `${path}[${index}]`);
    });
    return value as readonly T[];
  };
}

export const texts: Check<Readonly<Record<string, string>>> = (value, path) => {
  for (const [key, each] of Object.entries(record(value, path))) {
    text(each, below(path, key));
  }
  return value as Readonly<Record<string, string>>;
};

/** A union told apart by its field `type`. */
export function variants<T extends { readonly type: string }>(
  checks: {
    readonly [Type in T['type']]: Check<Extract<T, { readonly type: Type }>>;
  },
): Check<T> {
  return (value, path) => {
    const { type } = record(value, path);
    if (typeof type !== 'string' || !Object.hasOwn(checks, type)) {
      throw new MalformedError(below(path, 'type'), `is no type that is known: ${shown(type)}`);
    }
    return checks[type as T['type']](value, path) as T;
  };
}

export function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedError(path, `must be an object, not ${shown(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}
