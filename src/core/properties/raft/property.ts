/** A property of Raft as a predicate over one step. Properties never call a rule of the core. */

import type { RaftGhost } from './ghost.js';
import type { RaftTransition, RaftWorld } from './transition.js';

export interface RaftProperty {
  /** One name everywhere: spec, properties, checker, zoo, docs. */
  readonly name: string;
  /** Section or figure of Ongaro's thesis, or a KIP. */
  readonly source: string;
  /** What is wrong with this step, or null. The ghost is that before the step's effects. */
  readonly check: (transition: RaftTransition, world: RaftWorld, ghost: RaftGhost) => string | null;
}
