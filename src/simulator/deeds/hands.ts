/** What the families of deeds work with. */

import type { RunContext } from '../context.js';
import type { Operator } from '../workload/operator.js';
import type { Atlas } from './atlas.js';
import type { NewestImage } from './newest-image.js';
import type { NodeKeeper } from './nodes.js';

export interface Hands {
  readonly context: RunContext;
  readonly atlas: Atlas;
  readonly keeper: NodeKeeper;
  readonly images: NewestImage;
  readonly operator: Operator;
}

/** One choice that is being carried out. */
export interface Doing {
  /** The deed takes effect, at this node if it concerns one. Called before the effect itself. */
  begins(node: string | null): void;
  /**
   * Calls `end` once, after so many virtual milliseconds or at the end of the main phase, and then the
   * deed is over.
   */
  until(milliseconds: number, end: () => void): void;
  /** For deeds of several parts: calls `next` later, unless the main phase is over by then. */
  later(milliseconds: number, next: () => void): void;
  /** The deed is over with `done`, or at the end of the main phase, where `end` is called first. */
  untilDone(end: () => void): { done(): void };
  /** At the end of the main phase `undo` is called, unless `cancel` was called before. */
  atEnd(undo: () => void): { cancel(): void };
  /** It did not take after all (an operator's deed that was never acknowledged). */
  failed(reason: string): void;
}

/** null: it was begun. A text: why it was not. */
export type Attempt = string | null;
