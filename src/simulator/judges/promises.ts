/** What was promised to clients, against what is stored at the end of a run. */

import type { RunContext } from '../context.js';
import type { PartitionJudge } from './partition.js';

/** Asked once, when everything is at rest; reports its first finding to the context. */
export function judgePromises(_context: RunContext, _partitions: PartitionJudge): void {}
