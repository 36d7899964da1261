/** What the locks of all three specifications have in common: how large both sides may be, and what is compared. */

import type { QuintModule } from '../spec/quint-evaluator.js';
import type { GraphSettings } from './spec-graph.js';

/** More states of a scope than these are a mistake. */
const SPEC_LIMIT = 20_000;
/** And so are more of the code's. */
export const CODE_LIMIT = 1_000_000;

/** What only the judge remembers. */
export const GHOSTS: readonly string[] = ['ghost'];

/** `outputsOf`: what a step answers that no state shows. */
export function settingsWith(outputsOf: GraphSettings['outputsOf']): GraphSettings {
  return { ghosts: GHOSTS, outputsOf, limit: SPEC_LIMIT };
}

/** Variables of the specification that the code has, too. */
export function variablesOf({ variables }: QuintModule): string[] {
  return variables.filter((name) => !GHOSTS.includes(name));
}
