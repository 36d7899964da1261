/** A machine that `logjury explore` searches: its scopes, its bugs, its worlds and how they are told. */

import type { Bug } from '../bugs/bug.js';
import type { Exploration, ExploreOptions, Found } from '../explorer/explore.js';
import type { NamedScope } from '../explorer/lattice.js';
import type { TraceRow } from '../history/trace.js';

export interface ExploredMachine {
  /** As `--machine` has it. */
  readonly name: string;
  /** By about how many states they have. */
  readonly lattice: readonly NamedScope[];
  /** The bugs of the zoo that replace one of its rules. */
  readonly bugs: readonly Bug[];
  /** Names of what is asked of every step, or of every state. */
  readonly properties: readonly string[];
  /** The closed world of a scope of its lattice, with the rules of `bug` in it. */
  open(scope: string, bug: Bug | null): ExploredWorld;
}

export interface ExploredWorld {
  explore(options: ExploreOptions): Exploration;
  /** A counterexample, the violation in its last row: see {@link StepRows}. */
  tell(found: Found): TraceRow[];
}
