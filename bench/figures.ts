/** What a measurement says: one figure, with everything needed to judge how far to trust it. */

import { loadavg } from 'node:os';

export interface Figure {
  /** What was measured, for example `produce`. */
  readonly figure: string;
  /** In which variant, for example `acks=all 128 KiB`; empty where there is one only. */
  readonly variant: string;
  /** Median of `runs`. */
  readonly value: number;
  readonly unit: string;
  /** Each run in order. */
  readonly runs: readonly number[];
  /** What else was seen, by name; units are in the names. */
  readonly also: Readonly<Record<string, number | readonly number[] | string>>;
  /** The bound that the project set itself; null: none. */
  readonly aim: Aim | null;
  /** Load average over the last minute when the figure was taken; other work on the machine shows. */
  readonly load1: number;
}

export interface Aim {
  readonly bound: number;
  readonly better: 'less' | 'more';
}

export type FigureInput = Omit<Figure, 'value' | 'load1' | 'also' | 'aim'> & {
  readonly also?: Figure['also'];
  readonly aim?: Aim;
};

/** Prints each figure as it comes as one JSON line, and all of them as a table at the end. */
export class Reporter {
  private readonly figures: Figure[] = [];
  private readonly write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  add(input: FigureInput): void {
    const { figure, variant, unit, runs, also = {}, aim = null } = input;
    const load1 = rounded(loadavg()[0]!);
    const shown = runs.map(rounded);
    const row = { figure, variant, value: median(shown), unit, runs: shown, also, aim, load1 };
    this.figures.push(row);
    this.write(`${JSON.stringify(row)}\n`);
  }

  /** Markdown, so that it can be kept as it is. */
  table(): string {
    const rows = this.figures.map((row) => [
      row.figure,
      row.variant,
      `${row.value} ${row.unit}`,
      row.runs.length > 1 ? `${Math.min(...row.runs)}..${Math.max(...row.runs)}` : '',
      row.aim === null ? '' : `${row.aim.better === 'less' ? '<' : '>'} ${row.aim.bound}`,
      row.aim === null ? '' : isMet(row.value, row.aim) ? 'met' : 'missed',
      String(row.load1),
    ]);
    const head = ['figure', 'variant', 'median', 'range', 'aim', '', 'load'];
    return [head, head.map(() => '---'), ...rows]
      .map((cells) => `| ${cells.join(' | ')} |\n`)
      .join('');
  }
}

function isMet(value: number, { bound, better }: Aim): boolean {
  return better === 'less' ? value < bound : value > bound;
}

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : rounded(((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2);
}

/** Three significant digits are more than such a measurement is worth. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
