/** Errors of the programmer: they end the node and are never caught. Errors of a peer are values. */

/** A broken invariant of this program. */
export class AssertionError extends Error {
  override readonly name: string = 'AssertionError';
}

/**
 * Throws an {@link AssertionError} with `message` unless `condition` holds. Always on. A message that has
 * to be put together costs more than most checks, each time: then `if` and {@link fail}.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}

/** Throws an {@link AssertionError}: for conditions that were tested and do not hold. */
export function fail(message: string): never {
  throw new AssertionError(message);
}

/** Marks a branch that exhaustive handling of a union makes impossible. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String((value as { type?: unknown })?.type ?? value)}`);
}

/** `value`, asserted to be there. */
export function present<T>(value: T | undefined | null, message: string): T {
  assert(value !== undefined && value !== null, message);
  return value;
}
