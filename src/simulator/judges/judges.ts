/** All judges of a run. They keep the ghosts, and no machine ever reads what they know. */

import { check } from '../../checker/check.js';
import type { CheckResult } from '../../checker/result.js';
import type { RunContext } from '../context.js';
import type { GroupPlan } from '../scenario.js';
import type { Watcher } from '../watch.js';
import type { DocumentedLoss, DocumentedLosses } from './beyond.js';
import { CommittedView } from './committed-view.js';
import { CompactionJudge } from './compaction.js';
import { GroupsJudge } from './groups.js';
import { MetadataJudge } from './metadata.js';
import { NodeLife } from './node-life.js';
import { PartitionJudge } from './partition.js';
import { ProducerNotStuck } from './producer-not-stuck.js';
import { judgePromises } from './promises.js';
import { RaftJudge } from './raft.js';
import { StoredBytes } from './stored-bytes.js';

export interface Judges extends Watcher {
  /**
   * The run is over and nothing was violated so far: what can only be judged as a whole. `partial`: it
   * could not be brought to its end.
   */
  finish(partial: boolean): Judgement;
}

export interface Judgement {
  /** Of the clients' history. */
  readonly history: CheckResult;
  /** Beyond the atlas: what was lost as documented. */
  readonly losses: readonly DocumentedLoss[];
  /** Beyond the atlas: acknowledged batches that had to be lost. */
  readonly expected: number;
}

/** Makes the judges and has them told of everything, before whoever is added to the watchers later. */
export function createJudges(context: RunContext): Judges {
  const { watching } = context;
  const view = new CommittedView(context);
  const metadata = new MetadataJudge(context, view);
  const partitions = new PartitionJudge(context, view);
  const stored = new StoredBytes(context, partitions);
  const compaction = new CompactionJudge(context, partitions);
  watching.add(new NodeLife(context));
  watching.add(new RaftJudge(context));
  // The metadata judge renews the committed view, which those behind it read.
  watching.add(metadata);
  watching.add(partitions);
  watching.add(stored);
  watching.add(compaction);
  const { losses } = partitions;
  if (losses !== null) {
    // Behind the partitions' judge, whose shadows it reads.
    watching.add(losses);
  }
  watching.add(new ProducerNotStuck(context));
  watching.add(new GroupsJudge(context));
  return {
    finish: (partial) => {
      metadata.finish();
      stored.compareAll();
      compaction.compareAll();
      judgePromises(context, partitions);
      const found = losses?.finish() ?? [];
      const history = checkHistory(context, partial, losses);
      return { history, losses: found, expected: losses?.expected ?? 0 };
    },
  };
}

function checkHistory(
  context: RunContext,
  partial: boolean,
  losses: DocumentedLosses | null,
): CheckResult {
  const { abandoned } = context.recorder.keys;
  const { groups = [] } = context.scenario;
  const named = (order: GroupPlan['order']): Set<string> =>
    new Set(
      groups
        .filter((group) => group.order === order && group.deletedEvery === undefined)
        .map(({ name }) => name),
    );
  const result = check(context.recorder.rows, {
    minimumAcknowledged: 1,
    abandoned,
    partial,
    atLeastOnce: named('process-first'),
    atMostOnce: named('commit-first'),
    // What is excused is told from what is not one by one.
    ...(losses === null ? {} : { maximumFindings: Number.POSITIVE_INFINITY }),
  });
  for (const [anomaly, all] of Object.entries(result.anomalies)) {
    const findings = losses === null ? all : all.filter((finding) => !losses.excuses(finding));
    const [first] = findings;
    if (first !== undefined) {
      const more = findings.length === 1 ? '' : ` (and ${findings.length - 1} more)`;
      context.violated(anomaly, `in the clients' history: ${first.sentence}${more}`);
      break;
    }
  }
  return result;
}
