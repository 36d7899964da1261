/**
 * commit-regression: a group was told another position than the one that was committed last.
 *
 * A position that a `committed` answers at f is explained by a commit of it that may have taken effect (ok
 * or unknown), was invoked before f completed, and was not certainly overwritten: no other commit lies
 * wholly between its completion and the invocation of f. None at all is explained if no acknowledged commit
 * completed before f was invoked.
 */

import { spokenIndex } from '../evidence.js';
import {
  COMMIT_ROW,
  COMMITTED_ROW,
  FAIL,
  keyName,
  NONE,
  OK,
  type RecordedHistory,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

interface Commit {
  readonly operation: number;
  readonly offset: number;
  /** Rows; an unknown one never returned. */
  readonly called: number;
  readonly returned: number;
}

/** One position of one group. */
interface Register {
  readonly group: string;
  readonly key: number;
  /** In the order of their calls. */
  readonly commits: Commit[];
  readonly asked: Commit[];
}

/** Looks at each position of each group alone. */
export function findCommitRegressions(history: RecordedHistory, reporter: Reporter): void {
  for (const { group, key, commits, asked } of registersOf(history).values()) {
    for (const read of asked) {
      const newest = unexplained(commits, read);
      if (newest !== null) {
        reporter.found('commit-regression', () => {
          const told = Number.isNaN(read.offset) ? 'none' : `offset ${read.offset}`;
          return {
            key,
            offsets: [newest.offset, read.offset].filter((offset) => !Number.isNaN(offset)),
            values: [],
            operations: [newest.operation, read.operation],
            sentence:
              `Key ${keyName(history, key)}: group ${group} committed offset ${newest.offset} at index ` +
              `${spokenIndex(history, newest.operation)}, and was told ${told} at index ` +
              `${spokenIndex(history, read.operation)}, which nothing committed after it explains.`,
          };
        });
      }
    }
  }
}

/** Null if `read` is explained; else the acknowledged commit that came last before it. */
function unexplained(commits: readonly Commit[], read: Commit): Commit | null {
  // Of the acknowledged commits that were over before the read began: the one that began last.
  const last = commits.findLast(({ returned }) => returned < read.called);
  if (last === undefined) {
    return null;
  }
  const { called: overwritten } = last;
  const explained = commits.some(
    ({ offset, called, returned }) =>
      offset === read.offset && called < read.returned && returned >= overwritten,
  );
  return explained ? null : last;
}

function registersOf(history: RecordedHistory): Map<string, Register> {
  const registers = new Map<string, Register>();
  for (let operation = 0; operation < history.operationType.length; operation++) {
    const kind = history.operationKind.at(operation);
    const type = history.operationType.at(operation);
    const wanted = kind === COMMIT_ROW ? type !== FAIL : kind === COMMITTED_ROW && type === OK;
    if (!wanted) {
      continue;
    }
    const invoke = history.operationInvoke.at(operation);
    const complete = history.operationComplete.at(operation);
    const row = kind === COMMIT_ROW && invoke !== NONE ? invoke : complete;
    // Rows of both kinds name their group and hold offsets (row-shape-aside.ts).
    const group = history.rowGroup.get(row)!;
    for (const [key, offset] of history.rowOffsets.get(row)!) {
      const name = `${group}\n${key}`;
      const register = registers.get(name) ?? { group, key, commits: [], asked: [] };
      registers.set(name, register);
      const returned = type === OK ? complete : Number.POSITIVE_INFINITY;
      const entry = { operation, offset, called: invoke, returned };
      (kind === COMMIT_ROW ? register.commits : register.asked).push(entry);
    }
  }
  return registers;
}
