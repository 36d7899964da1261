/** What became of the steps of traces. */

export interface Counts {
  traces: number;
  steps: number;
  /** By action: its result was the specification's. */
  readonly checked: Map<string, number>;
  /** By kind: nothing that the specification sees changed. */
  readonly nothing: Map<string, number>;
  /** By reason: the specification does not have it. */
  readonly uncovered: Map<string, number>;
  /** By action: messages of the log that the specification's leader could send. */
  readonly sends: Map<string, number>;
}

export function newCounts(): Counts {
  return {
    traces: 0,
    steps: 0,
    checked: new Map(),
    nothing: new Map(),
    uncovered: new Map(),
    sends: new Map(),
  };
}

export function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

export function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0);
}

/** Adds what another saw. */
export function addCounts(to: Counts, from: Counts): void {
  to.traces += from.traces;
  to.steps += from.steps;
  for (const name of ['checked', 'nothing', 'uncovered', 'sends'] as const) {
    for (const [key, number] of from[name]) {
      count(to[name], key, number);
    }
  }
}

/** A table of all of it, the most frequent first. */
export function countsText(counts: Counts): string {
  const { traces, steps, checked, nothing, uncovered, sends } = counts;
  const share = (number: number): string => `${((100 * number) / Math.max(1, steps)).toFixed(1)} %`;
  const lines = [
    `${traces} traces, ${steps} steps: ${sumOf(checked)} checked (${share(sumOf(checked))}), ` +
      `${sumOf(nothing)} that change nothing (${share(sumOf(nothing))}), ` +
      `${sumOf(uncovered)} not covered (${share(sumOf(uncovered))}); ${sumOf(sends)} messages of a leader's log`,
  ];
  const groups = [
    ['checked', checked],
    ['changes nothing', nothing],
    ['not covered', uncovered],
    ['sent', sends],
  ] as const;
  for (const [group, numbers] of groups) {
    for (const [name, number] of [...numbers].sort(([, a], [, b]) => b - a)) {
      lines.push(`  ${group.padEnd(16)} ${String(number).padStart(9)}  ${name}`);
    }
  }
  return lines.join('\n');
}
