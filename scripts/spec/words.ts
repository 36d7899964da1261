/** A counterexample for people: each step with what it picked, and what it changed. */

import { canonicalText } from './canonical.js';
import type { QuintValue } from './quint-evaluator.js';
import type { TraceStep, Violation } from './search.js';

/** One paragraph per step: `3. action(name = value, ...)`, then a line for each change. */
export function inWords(violation: Violation, variables: readonly string[]): string {
  const lines = [`${violation.property} does not hold after ${violation.trace.length - 1} steps:`];
  violation.trace.forEach((step, at) => {
    lines.push(`${at}. ${callOf(step)}`);
    const before = violation.trace[at - 1];
    variables.forEach((name, i) => {
      const now = step.state[i]!;
      for (const change of changes(name, before?.state[i], now)) {
        lines.push(`     ${change}`);
      }
    });
  });
  return lines.join('\n');
}

function callOf({ action, picks }: TraceStep): string {
  const named = picks.map(([name, value]) => `${name} = ${canonicalText(value)}`);
  return named.length === 0 ? action : `${action}(${named.join(', ')})`;
}

interface Inside {
  readonly map?: { entries(): Iterable<[unknown, QuintValue]> };
  readonly set?: Iterable<QuintValue>;
}

/** What differs, as deep as records and maps go; of a set what came and what went. */
function changes(path: string, before: QuintValue | undefined, now: QuintValue): string[] {
  if (before === undefined) {
    return [`${path} is ${canonicalText(now)}`];
  }
  if (canonicalText(before) === canonicalText(now)) {
    return [];
  }
  const old = before as QuintValue & Inside;
  const young = now as QuintValue & Inside;
  if (old.map !== undefined && young.map !== undefined) {
    const was = new Map([...old.map.entries()].map(([key, value]) => [keyText(key), value]));
    return [...young.map.entries()].flatMap(([key, value]) =>
      changes(`${path}.${keyText(key)}`, was.get(keyText(key)), value),
    );
  }
  if (old.set !== undefined && young.set !== undefined) {
    const was = new Set([...old.set].map(canonicalText));
    const is = new Set([...young.set].map(canonicalText));
    return [
      ...[...is].filter((text) => !was.has(text)).map((text) => `${path} has now ${text}`),
      ...[...was].filter((text) => !is.has(text)).map((text) => `${path} has no more ${text}`),
    ];
  }
  return [`${path} is now ${canonicalText(now)}`];
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? key : canonicalText(key as QuintValue);
}
