/**
 * double-ownership: a group gave one key to two processes in one generation (KIP-62; the generation fences
 * who comes too late, so it is what must be unique, not the moment).
 */

import { keyName, type RecordedHistory } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

export function findDoubleOwnership(history: RecordedHistory, reporter: Reporter): void {
  const owners = new Map<string, number>();
  for (const [row, { group, generation, keys }] of history.rowOwned) {
    const process = history.rowProcess.at(row);
    for (const key of keys) {
      const place = `${group}\n${generation}\n${key}`;
      const first = owners.get(place);
      if (first === undefined) {
        owners.set(place, row);
      } else if (history.rowProcess.at(first) !== process) {
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
