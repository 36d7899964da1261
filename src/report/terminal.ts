/** The verdict as text for a terminal. */

import type { CheckResult } from '../checker/result.js';
import type { FaultRecord } from './document.js';

/** What the terminal shows of a `check` or of a trial (a TrialDocument fits). */
export interface TerminalSummary
  extends Pick<
    CheckResult,
    'verdict' | 'reasons' | 'anomalies' | 'allowed' | 'counts' | 'operations' | 'acknowledged'
  > {
  readonly seconds?: number;
  readonly faults?: readonly FaultRecord[];
  readonly bug?: string | null;
  readonly store?: string;
}

export interface TerminalOptions {
  /** ANSI colours. The caller honours NO_COLOR and whether there is a terminal. */
  readonly color: boolean;
  /** Findings shown per anomaly. Default 3. */
  readonly findingsPerAnomaly?: number;
}

/** Several lines, each ended by a newline. */
export function terminalReport(_summary: TerminalSummary, _options: TerminalOptions): string {
  throw new Error('not built yet');
}
