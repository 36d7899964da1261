/** What was asked for on the command line, as the measurements see it. */

import type { Reporter } from './figures.js';

export interface BenchOptions {
  /** How often each figure is taken. */
  readonly runs: number;
  /** Length of one load run. */
  readonly seconds: number;
  readonly reporter: Reporter;
  /** For people: what is being done. */
  readonly say: (line: string) => void;
}

export type Measurement = (options: BenchOptions) => Promise<void>;
