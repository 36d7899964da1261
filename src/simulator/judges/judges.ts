/** All judges of a run. They keep the ghosts, and no machine ever reads what they know. */

import { check } from '../../checker/check.js';
import type { CheckResult } from '../../checker/result.js';
import type { RunContext } from '../context.js';
import type { Watcher } from '../watch.js';
import { CommittedView } from './committed-view.js';
import { MetadataJudge } from './metadata.js';
import { NodeLife } from './node-life.js';
import { PartitionJudge } from './partition.js';
import { ProducerNotStuck } from './producer-not-stuck.js';
import { judgePromises } from './promises.js';
import { RaftJudge } from './raft.js';
import { StoredBytes } from './stored-bytes.js';

export interface Judges extends Watcher {
  /** The run is over and nothing was violated so far: what can only be judged as a whole. */
  finish(): CheckResult;
}

/** Makes the judges and has them told of everything, before whoever is added to the watchers later. */
export function createJudges(context: RunContext): Judges {
  const { watching } = context;
  const view = new CommittedView(context);
  const metadata = new MetadataJudge(context, view);
  const partitions = new PartitionJudge(context, view);
  const stored = new StoredBytes(context, partitions);
  watching.add(new NodeLife(context));
  watching.add(new RaftJudge(context));
  // The metadata judge renews the committed view, which those behind it read.
  watching.add(metadata);
  watching.add(partitions);
  watching.add(stored);
  watching.add(new ProducerNotStuck(context));
  return {
    finish: () => {
      metadata.finish();
      stored.compareAll();
      judgePromises(context, partitions);
      return checkHistory(context);
    },
  };
}

function checkHistory(context: RunContext): CheckResult {
  const { abandoned } = context.recorder.keys;
  const result = check(context.recorder.rows, { minimumAcknowledged: 1, abandoned });
  const [first] = Object.entries(result.anomalies);
  if (first !== undefined) {
    const [name, findings] = first;
    const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
    context.violated(name, `in the clients' history: ${findings[0]!.sentence}${more}`);
  }
  return result;
}
