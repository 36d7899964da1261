/**
 * commit-regression: a group was told another position than the one that was committed last.
 *
 * A position that a `committed` answers at f is explained by a commit of it that may have taken effect (ok
 * or unknown), was invoked before f completed, and was not certainly overwritten: no other commit lies
 * wholly between its completion and the invocation of f. None at all is explained if no acknowledged commit
 * completed before f was invoked. An answer that a commit explains shows that the commit took effect, acknowledged
 * or not, so that from then on it counts like an acknowledged one that began when the first one did that explains it:
 * a position is a register, and nobody may be shown what can be lost again. And what was over before that answer was
 * asked for, and is another position, was overwritten by then.
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

/** What shows which position a group certainly had: a commit that was acknowledged, or an answer that told it. */
interface Evidence {
  readonly shown: Commit;
  /** Operations that prove it. */
  readonly operations: readonly number[];
  readonly verb: 'committed' | 'was told';
  /** No commit that was over before this row can stand any more. */
  readonly since: number;
}

/** What answers have shown that were over. */
class ShownByAnswers {
  /** The one that says most of every position. */
  private first: Evidence | null = null;
  /** The answer that was asked for last, and the last one that told another position. */
  private last: Evidence | null = null;
  private lastOther: Evidence | null = null;

  add(evidence: Evidence): void {
    this.first = newer(this.first, evidence);
    const { called, offset } = evidence.shown;
    const asked = { ...evidence, since: called };
    if (this.last === null || called > this.last.since) {
      if (this.last !== null && this.last.shown.offset !== offset) {
        this.lastOther = this.last;
      }
      this.last = asked;
    } else if (this.last.shown.offset !== offset) {
      this.lastOther = newer(this.lastOther, asked);
    }
  }

  /** What says most against `offset`. */
  against(offset: number): Evidence | null {
    const { first, last, lastOther } = this;
    return newer(first, last?.shown.offset === offset ? lastOther : last);
  }
}

/** Looks at each position of each group alone. */
export function findCommitRegressions(history: RecordedHistory, reporter: Reporter): void {
  for (const { group, key, commits, asked } of registersOf(history).values()) {
    for (const { read, newest } of unexplainedOf(commits, asked)) {
      reporter.found('commit-regression', () => {
        const { shown, operations, verb } = newest;
        return {
          key,
          offsets: [shown.offset, read.offset].filter((offset) => !Number.isNaN(offset)),
          values: [],
          operations: [...operations, read.operation],
          sentence:
            `Key ${keyName(history, key)}: group ${group} ${verb} offset ${shown.offset} at index ` +
            `${spokenIndex(history, shown.operation)}, and was told ${told(read)} at index ` +
            `${spokenIndex(history, read.operation)}, which nothing committed after it explains.`,
        };
      });
    }
  }
}

function told({ offset }: Commit): string {
  return Number.isNaN(offset) ? 'none' : `offset ${offset}`;
}

/** Answers that nothing explains, each with what it contradicts. */
function unexplainedOf(
  commits: readonly Commit[],
  asked: readonly Commit[],
): { readonly read: Commit; readonly newest: Evidence }[] {
  const found: { read: Commit; newest: Evidence }[] = [];
  /** What answers have shown that are over, and of the others, by when they are. */
  const shownByAnswers = new ShownByAnswers();
  let open: Evidence[] = [];
  for (const read of asked) {
    for (const evidence of open.filter(({ shown }) => shown.returned < read.called)) {
      shownByAnswers.add(evidence);
    }
    open = open.filter(({ shown }) => shown.returned >= read.called);
    const newest = newer(shownByAnswers.against(read.offset), acknowledgedBefore(commits, read));
    const explaining = commits.filter(
      ({ offset, called, returned }) =>
        offset === read.offset && called < read.returned && returned >= (newest?.since ?? 0),
    );
    const [first] = explaining;
    if (first !== undefined) {
      // It took effect at the earliest when the first of those began.
      const operations = [first.operation, read.operation];
      open.push({ shown: read, operations, verb: 'was told', since: first.called });
    } else if (newest !== null) {
      found.push({ read, newest });
    }
  }
  return found;
}

/** Of the acknowledged commits that were over before `read` began: the one that began last. */
function acknowledgedBefore(commits: readonly Commit[], read: Commit): Evidence | null {
  const last = commits.findLast(({ returned }) => returned < read.called);
  return last === undefined
    ? null
    : { shown: last, operations: [last.operation], verb: 'committed', since: last.called };
}

/** The one that says more; the second of equals. */
function newer(a: Evidence | null, b: Evidence | null): Evidence | null {
  return a !== null && (b === null || a.since > b.since) ? a : b;
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
