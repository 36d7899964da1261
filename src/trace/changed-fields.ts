/** Which fields of a machine's state a trace has to tell after a step. */

/** Remembers the fields of one machine as they were last told. */
export class ChangedFields<State extends object> {
  private readonly last: Record<string, unknown> = {};

  /** Those that are others than last time; the first time all of them. What `state` holds must not change any more. */
  of(state: State): Partial<State> {
    const { last } = this;
    const changed: Record<string, unknown> = {};
    for (const field of Object.keys(state)) {
      const value = fieldOf(state, field);
      if (!(field in last) || !isSame(last[field], value)) {
        last[field] = value;
        changed[field] = value;
      }
    }
    return changed as Partial<State>;
  }
}

/** Of values as JSON has them, the fields of which stand in one order. */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) {
    return true;
  }
  if (typeof before !== 'object' || typeof after !== 'object' || !before || !after) {
    return false;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((value, at) => isSame(value, after[at]));
  }
  const names = Object.keys(before);
  const others = Object.keys(after);
  return (
    names.length === others.length &&
    names.every(
      (name, at) => name === others[at] && isSame(fieldOf(before, name), fieldOf(after, name)),
    )
  );
}

function fieldOf(value: object, name: string): unknown {
  return (value as Readonly<Record<string, unknown>>)[name];
}
