/** A difference between specification and code for people. */

import type { Difference, End } from './compare.js';
import { changesBetween } from './texts.js';

/** What led there, in which state, what happens, what the specification makes of it, and what the code. */
export function differenceInWords(
  { path, from, call, spec, code }: Difference,
  variables: readonly string[],
): string {
  return [
    `after ${path.length} steps:`,
    ...path.map((step, at) => `  ${at + 1}. ${step}`),
    'in the state',
    ...from.split('\n').map((text, at) => `  ${variables[at]}: ${text}`),
    `comes ${call}`,
    '  the specification:',
    ...resultOf(spec, from, variables),
    '  the code:',
    ...resultOf(code, from, variables),
  ].join('\n');
}

function resultOf(end: End | null, from: string, variables: readonly string[]): string[] {
  return linesOf(end, from, variables).map((line) => `    ${line}`);
}

function linesOf(end: End | null, from: string, variables: readonly string[]): string[] {
  if (end === null) {
    return ['has no such step'];
  }
  const { to, outputs } = end;
  if (to === null) {
    return [`must not: ${outputs}`];
  }
  const after = to.split('\n');
  const changes = from
    .split('\n')
    .flatMap((before, at) => changesBetween(variables[at]!, before, after[at]!));
  return [
    ...(changes.length === 0 ? ['nothing changes'] : changes),
    ...(outputs === '' ? [] : [`gives out ${outputs}`]),
  ];
}
