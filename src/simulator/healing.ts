/** After the faults: the cluster must come to rest and serve, within a bound of virtual time. */

import type { RunContext } from './context.js';
import type { Judges } from './judges/judges.js';
import type { Workload } from './workload/workload.js';

const HEALING_SECONDS = 5;

export function heal(context: RunContext, _workload: Workload, _judges: Judges): void {
  context.world.runUntil(context.world.now + HEALING_SECONDS * 1_000_000);
}
