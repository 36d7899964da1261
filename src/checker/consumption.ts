/**
 * Who consumed as a member of a group. A process does so from an assignment by `subscribe` that did
 * not fail until an `assign` that did not fail, or a crash: assigned by hand it may read anything
 * again.
 */

import {
  ASSIGN_ROW,
  CRASH_ROW,
  FAIL,
  NONE,
  type RecordedHistory,
  SUBSCRIBE_ROW,
  speakingRow,
  TXN_ROW,
} from './recorded-history.js';

/** The group of those whose rows name none. */
const DEFAULT_GROUP = '';

/** Calls `visit` with each send, poll and txn of a process that is subscribed, its group and what subscribed it. */
export function eachOfGroups(
  history: RecordedHistory,
  visit: (operation: number, group: string, subscription: number) => void,
): void {
  const groups = new Map<number, { readonly group: string; readonly subscription: number }>();
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    const kind = history.operationKind.at(operation);
    const process = history.operationProcess.at(operation);
    if (kind <= TXN_ROW) {
      const member = groups.get(process);
      if (member !== undefined) {
        visit(operation, member.group, member.subscription);
      }
    } else if (kind === CRASH_ROW) {
      groups.delete(process);
    } else if (history.operationType.at(operation) !== FAIL) {
      if (kind === SUBSCRIBE_ROW) {
        groups.set(process, { group: groupOf(history, operation), subscription: operation });
      } else if (kind === ASSIGN_ROW) {
        groups.delete(process);
      }
    }
  }
}

function groupOf(history: RecordedHistory, operation: number): string {
  const invoke = history.operationInvoke.at(operation);
  const named = invoke === NONE ? undefined : history.rowGroup.get(invoke);
  return named ?? history.rowGroup.get(speakingRow(history, operation)) ?? DEFAULT_GROUP;
}
