/**
 * zombie-commit: a commit of a member that had been replaced was acknowledged. A member told what it owns in a
 * generation (`owned`) shows that the generation is in the coordinator's log, so that from then on the coordinator,
 * and any that follows, refuses commits of older ones (KIP-62, ILLEGAL_GENERATION). In the same way a process that
 * was told what a static member owns fences the process that had the instance id before it (KIP-345,
 * FENCED_INSTANCE_ID). Groups that are deleted and made anew under their name begin again and must not be judged so.
 */

import { spokenIndex } from '../evidence.js';
import {
  COMMIT_ROW,
  type Committer,
  keyName,
  OK,
  type RecordedHistory,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

/** What a group had told up to a row. */
interface Told {
  /** The row that was the first to tell its newest generation. */
  newest: number;
  /** By instance id: the row that told the process which has it. */
  readonly instances: Map<string, number>;
}

export function findZombieCommits(history: RecordedHistory, reporter: Reporter): void {
  const groups = new Map<string, Told>();
  const owned = [...history.rowOwned.keys()];
  let next = 0;
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    const invoked = history.operationInvoke.at(operation);
    const isCommit = history.operationKind.at(operation) === COMMIT_ROW;
    if (!isCommit || history.operationType.at(operation) !== OK) {
      continue;
    }
    for (; next < owned.length && (owned[next] as number) < invoked; next += 1) {
      tell(history, groups, owned[next] as number);
    }
    // Of one without an invocation nobody knows what had been told before it.
    const committer = history.rowCommitter.get(invoked);
    const told = groups.get(history.rowGroup.get(invoked)!);
    if (committer !== undefined && told !== undefined) {
      judgeCommit(history, reporter, told, committer, operation);
    }
  }
}

function tell(history: RecordedHistory, groups: Map<string, Told>, row: number): void {
  const { group, generation, instance } = history.rowOwned.get(row)!;
  const told = groups.get(group) ?? { newest: row, instances: new Map<string, number>() };
  groups.set(group, told);
  if (generation > history.rowOwned.get(told.newest)!.generation) {
    told.newest = row;
  }
  if (instance !== null) {
    told.instances.set(instance, row);
  }
}

function judgeCommit(
  history: RecordedHistory,
  reporter: Reporter,
  { newest, instances }: Told,
  { generation, instance }: Committer,
  operation: number,
): void {
  const process = history.operationProcess.at(operation);
  const { group, generation: current } = history.rowOwned.get(newest)!;
  if (generation !== null && generation < current) {
    const words = `generation ${current} of group ${group} had begun (index ${history.rowIndex.at(newest)})`;
    report(history, reporter, operation, newest, `of generation ${generation}`, words);
    return;
  }
  const successor = instance === null ? undefined : instances.get(instance);
  if (successor !== undefined && history.rowProcess.at(successor) !== process) {
    const words =
      `process ${history.rowProcess.at(successor)} had taken that place in group ${group} ` +
      `(index ${history.rowIndex.at(successor)})`;
    report(history, reporter, operation, successor, `as ${instance}`, words);
  }
}

function report(
  history: RecordedHistory,
  reporter: Reporter,
  operation: number,
  proof: number,
  as: string,
  words: string,
): void {
  const [first] = history.rowOffsets.get(history.operationInvoke.at(operation))!;
  if (first === undefined) {
    // It committed nothing.
    return;
  }
  const [key, offset] = first;
  reporter.found('zombie-commit', () => ({
    key,
    offsets: [offset],
    values: [],
    operations: [history.rowOperation.at(proof), operation],
    sentence:
      `Key ${keyName(history, key)}: process ${history.operationProcess.at(operation)} committed offset ${offset} ${as} ` +
      `at index ${spokenIndex(history, operation)}, acknowledged, although before it asked ${words}.`,
  }));
}
