/**
 * The comparisons of one cell. A cell passes by what was compared and found equal, never by the mere
 * absence of complaints: one that compared nothing has failed.
 */

import { isDeepStrictEqual } from 'node:util';

/** What was found did not equal what had to be found. */
export class Contradiction extends Error {}

const SHOWN_LENGTH = 300;

export class Evidence {
  private compared = 0;

  /** How many comparisons held. */
  get count(): number {
    return this.compared;
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    if (expected === undefined || (Array.isArray(expected) && expected.length === 0)) {
      throw new Contradiction(`${what}: the scenario expects nothing, which proves nothing`);
    }
    this.unequalIs(what, actual, expected);
  }

  /** For the one expectation that is empty: nothing may be there. */
  none(what: string, actual: readonly unknown[]): void {
    this.unequalIs(what, actual, []);
  }

  holds(what: string, condition: boolean, actual: unknown): void {
    if (!condition) {
      throw new Contradiction(`${what}: got ${show(actual)}`);
    }
    this.compared++;
  }

  private unequalIs(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      throw new Contradiction(`${what}: got ${difference(actual, expected)}`);
    }
    this.compared++;
  }
}

/** Of two lists the first place where they differ, of two objects the fields that do. */
function difference(actual: unknown, expected: unknown): string {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) {
      const counts = `${actual.length} instead of ${expected.length}`;
      return `${show(actual)}, expected ${show(expected)} (${counts})`;
    }
    const at = actual.findIndex((value, index) => !isDeepStrictEqual(value, expected[index]));
    return `at ${at} ${difference(actual[at], expected[at])}`;
  }
  const fields = differingFields(actual, expected);
  return fields === null
    ? `${show(actual)}, expected ${show(expected)}`
    : fields.map(([name, ...both]) => `${name} ${both.map(show).join(', expected ')}`).join('; ');
}

function differingFields(actual: unknown, expected: unknown): [string, unknown, unknown][] | null {
  if (!isPlainObject(actual) || !isPlainObject(expected)) {
    return null;
  }
  return [...new Set([...Object.keys(actual), ...Object.keys(expected)])]
    .filter((name) => !isDeepStrictEqual(actual[name], expected[name]))
    .map((name) => [name, actual[name], expected[name]]);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = value instanceof Error ? value.message : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
}
