import type { ErrorCode } from './types.js';

/** Why the controller does not do one of the things that a command asks for. */
export interface Refusal {
  readonly error: ErrorCode;
  /** For people. */
  readonly message: string;
}
