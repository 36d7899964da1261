/**
 * double-ownership: a group gave one key to two processes in one generation (KIP-62; the generation fences
 * who comes too late, so it is what must be unique, not the moment). A static member that comes back takes its own
 * place in the same generation (KIP-345): its instance id fences the process before it, see zombie-commits.ts.
 */

import { keyName, type RecordedHistory } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

export function findDoubleOwnership(history: RecordedHistory, reporter: Reporter): void {
  const owners = new Map<string, number>();
  for (const [row, { group, generation, instance, keys }] of history.rowOwned) {
    const process = history.rowProcess.at(row);
    for (const key of keys) {
      const place = `${group}\n${generation}\n${key}`;
      const first = owners.get(place);
      if (first === undefined) {
        owners.set(place, row);
        continue;
      }
      const isItself = history.rowProcess.at(first) === process;
      const isReplaced = instance !== null && history.rowOwned.get(first)!.instance === instance;
      if (!isItself && !isReplaced) {
        reporter.found('double-ownership', () => ({
          key,
          offsets: [],
          values: [],
          operations: [history.rowOperation.at(first), history.rowOperation.at(row)],
          sentence:
            `Key ${keyName(history, key)}: in generation ${generation} of group ${group} it belonged to process ` +
            `${history.rowProcess.at(first)} (index ${history.rowIndex.at(first)}) and to process ${process} ` +
            `(index ${history.rowIndex.at(row)}).`,
        }));
      }
    }
  }
}
