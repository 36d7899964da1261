/** Lock C on the command line: simulated seeds, what they wrote down, and what the brokers of a trial wrote. */

import { join } from 'node:path';
import type { Bug } from '../../src/bugs/bug.js';
import type { SeedTraceRow } from '../../src/cli/seed-trace.js';
import { writeRow } from '../conformance/teeth-table.js';
import { type Counts, countsText, newCounts, sumOf } from './counts.js';
import type { Rejection } from './raft/rejection.js';
import { seedTraceRows, seedTracesIn } from './trace-files.js';

/** A bug that none of these shows is not seen. */
const TEETH_SEEDS = 8;

/** The row that is no step of the specification, by its number; null: a simulated run ends there. */
export interface Found {
  readonly row: number | null;
  /** Whose it is. */
  readonly of: string;
  readonly rejection: Rejection;
}

/** How the traces of one machine are judged. Each answer is about one trace; null: the specification accepts it. */
export interface TraceJudge {
  readonly machine: 'raft' | 'partition';
  /** The seed is run; `alone`: no other judge ends the run. */
  judgeSeed(seed: number, bugs: readonly Bug[], alone: boolean, counts: Counts): Found | null;
  /** To be given the rows of the machine, one after the other. */
  judgeRows(counts: Counts): (row: SeedTraceRow) => Omit<Found, 'row'> | null;
  /** Throws `UnreadableTrace` where there is no trace. */
  judgeTrial(folder: string, counts: Counts): Found | null;
}

/** How it went, told on the console; the exit status: 1 rejected, 3 nothing was checked. */
export function judgeSeeds(
  judge: TraceJudge,
  seeds: readonly number[],
  bugs: readonly Bug[],
): number {
  const tally = new Tally();
  for (const seed of seeds) {
    const { counts } = tally;
    const before = counts.steps;
    tally.take(judge.judgeSeed(seed, bugs, false, counts), ({ of }) => {
      return `seed ${seed} is rejected at step ${counts.steps - before}, of ${of}`;
    });
  }
  return tally.end();
}

/**
 * The same of folders: of trials, or of simulated seeds, of which `shareOf` chooses. Throws `UnreadableTrace` where there is
 * no trace.
 */
export function judgeFolders(
  judge: TraceJudge,
  folders: readonly string[],
  shareOf: (files: readonly string[]) => readonly string[],
): number {
  const tally = new Tally();
  for (const folder of folders) {
    const seeds = seedTracesIn(folder);
    if (seeds.length > 0) {
      judgeSeedTraces(judge, folder, shareOf(seeds), tally);
    } else {
      tally.take(judge.judgeTrial(folder, tally.counts), ({ row, of }) => {
        return `${folder} is rejected at row ${row} of ${of}`;
      });
    }
  }
  return tally.end();
}

function judgeSeedTraces(
  judge: TraceJudge,
  folder: string,
  files: readonly string[],
  tally: Tally,
): void {
  let empty = 0;
  for (const file of files) {
    const take = judge.judgeRows(tally.counts);
    let row = 0;
    let found: Omit<Found, 'row'> | null = null;
    for (const each of seedTraceRows(join(folder, file), judge.machine)) {
      row++;
      found = take(each);
      if (found !== null) {
        break;
      }
    }
    tally.take(found, ({ of }) => `${file} is rejected at row ${row} of ${of}`);
    empty += row === 0 ? 1 : 0;
  }
  if (empty > 0) {
    console.log(`${empty} of ${files.length} seeds have no row of a ${judge.machine}`);
  }
}

/**
 * Tries each of the bugs; the seed and the step in which it is first rejected go into a table of docs/verification.md. How
 * many were not seen.
 */
export function judgeTeeth(judge: TraceJudge, bugs: readonly Bug[]): number {
  let unseen = 0;
  for (const bug of bugs) {
    const sight = sightOf(judge, bug);
    const row = `| ${bug.name} | ${sight ?? `not seen in ${TEETH_SEEDS} seeds | | |`}`;
    unseen += sight === null ? 1 : 0;
    console.log(row);
    writeRow(`${judge.machine} bugs in traces`, row);
  }
  return unseen;
}

function sightOf(judge: TraceJudge, bug: Bug): string | null {
  for (let seed = 1; seed <= TEETH_SEEDS; seed++) {
    const counts = newCounts();
    const found = judge.judgeSeed(seed, [bug], true, counts);
    if (found !== null) {
      const { expected, reasons } = found.rejection;
      const [action] = /^\w+/.exec(expected)!;
      // What speaks of something that never was is no action.
      const told = action === 'nothing' ? `nothing: ${reasons[0]}` : action;
      return `${seed} | ${counts.steps} | ${told} |`;
    }
  }
  return null;
}

/** What came of all traces. */
class Tally {
  readonly counts: Counts = newCounts();
  private readonly began = process.cpuUsage().user;
  private rejected = 0;

  /** One more trace; where it is rejected, where, what was expected, and why that is not what happened. */
  take<Where extends { readonly rejection: Rejection }>(
    found: Where | null,
    where: (found: Where) => string,
  ): void {
    this.counts.traces++;
    if (found !== null) {
      this.rejected++;
      const { event, expected, reasons } = found.rejection;
      const lines = [event, `expected: ${expected}`, ...reasons].map((line) => `  ${line}`);
      console.log([`${where(found)}:`, ...lines].join('\n'));
    }
  }

  /** Tells the counts, and how long it took. */
  end(): number {
    const seconds = ((process.cpuUsage().user - this.began) / 1e6).toFixed(1);
    console.log(countsText(this.counts));
    console.log(`${this.rejected} rejected; ${seconds} s of processor time, with what ran`);
    return this.rejected > 0 ? 1 : sumOf(this.counts.checked) === 0 ? 3 : 0;
  }
}
