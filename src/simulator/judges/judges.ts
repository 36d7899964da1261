/** All judges of a run. They keep the ghosts, and no machine ever reads what they know. */

import { check } from '../../checker/check.js';
import type { CheckResult } from '../../checker/result.js';
import type { RunContext } from '../context.js';
import type { Watcher } from '../watch.js';

export interface Judges extends Watcher {
  /** The run is over and nothing was violated so far: what can only be judged as a whole. */
  finish(): CheckResult;
}

export function createJudges(context: RunContext): Judges {
  return {
    finish: () => {
      const result = check(context.recorder.rows, { minimumAcknowledged: 1 });
      const [first] = Object.entries(result.anomalies);
      if (first !== undefined) {
        context.violated(first[0], `${first[1].length} findings in the clients' history`);
      }
      return result;
    },
  };
}
