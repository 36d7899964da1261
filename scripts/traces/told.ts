/** How the judging of traces ends, for people and as a status. */

import type { Counts } from './counts.js';
import { countsText, sumOf } from './counts.js';
import type { Rejection } from './raft/rejection.js';

/** Says of a trace where it was rejected, what was expected, and why that is not what happened. */
export function tellRejection(where: string, { event, expected, reasons }: Rejection): void {
  const lines = [
    `  ${event}`,
    `  expected: ${expected}`,
    ...reasons.map((reason) => `  ${reason}`),
  ];
  console.log([`${where}:`, ...lines].join('\n'));
}

/** Tells the counts, and how long it took since `began` (as `process.cpuUsage().user`); the status: 1 rejected, 3 nothing was checked. */
export function tellEnd(rejected: number, counts: Counts, began: number): number {
  const seconds = ((process.cpuUsage().user - began) / 1e6).toFixed(1);
  console.log(countsText(counts));
  console.log(`${rejected} rejected; ${seconds} s of processor time, with what ran`);
  return rejected > 0 ? 1 : sumOf(counts.checked) === 0 ? 3 : 0;
}
