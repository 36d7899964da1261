/**
 * How often the same process consumed the same value as a member of a group, over its ok polls and
 * transactions (Jepsen's consume-counts, jepsen/src/jepsen/tests/kafka.clj). A measurement: a
 * rebalance may move a position back. What must not be is judged by `exactly-once`.
 */

import { Float64Column } from './columns.js';
import { eachOfGroups } from './consumption.js';
import {
  keyName,
  OK,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  speakingRow,
  valueName,
} from './recorded-history.js';
import type { ConsumeCounts } from './result.js';

export function countConsumed(history: RecordedHistory, maximum: number): ConsumeCounts {
  const values = Math.max(1, history.valueNames.length);
  const processes: number[] = [];
  const numbers = new Map<number, number>();
  // One number for each process and value; equal numbers come together when sorted.
  const consumed = new Float64Column();
  eachOfGroups(history, (operation) => {
    if (history.operationType.at(operation) !== OK) {
      return;
    }
    const process = history.operationProcess.at(operation);
    let number = numbers.get(process);
    if (number === undefined) {
      number = processes.push(process) - 1;
      numbers.set(process, number);
    }
    const row = speakingRow(history, operation);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      if (history.microKind.at(micro) === RECORD) {
        consumed.push(number * values + history.microValue.at(micro));
      }
    }
  });
  const sorted = consumed.toArray().sort();
  const distribution: Record<string, number> = {};
  const repeated: { process: number; value: number; count: number }[] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (sorted[to] === sorted[from]) {
      to += 1;
    }
    const count = to - from;
    distribution[count] = (distribution[count] ?? 0) + 1;
    if (count > 1) {
      const pair = sorted[from] as number;
      const process = processes[Math.floor(pair / values)] as number;
      repeated.push({ process, value: pair % values, count });
    }
    from = to;
  }
  repeated.sort((left, right) => right.count - left.count);
  return {
    distribution,
    repeated: repeated.slice(0, maximum).map(({ process, value, count }) => ({
      process,
      key: keyName(history, history.valueKeys.at(value)),
      value: valueName(history, value),
      count,
    })),
  };
}
