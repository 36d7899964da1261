/** How fast histories are judged. */

import { createChecker } from '../../src/checker/check.js';
import type { Row } from '../../src/history/rows.js';
import type { BenchOptions } from '../options.js';

const OPERATIONS = 50_000;
const KEYS = 8;
const PROCESSES = 10;
/** A poll returns what came since the last one of its process: about this many sends. */
const SENDS_PER_POLL = 10;

export async function measureChecker(options: BenchOptions): Promise<void> {
  options.say('checker');
  const rows = history();
  const runs: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    const started = performance.now();
    const checker = createChecker();
    for (const row of rows) {
      checker.feed(row);
    }
    const { verdict, operations } = checker.finish();
    if (verdict !== 'valid' || operations.ok !== OPERATIONS) {
      throw new Error(`the history of the bench is ${verdict}, ${operations.ok} operations ok`);
    }
    runs.push(OPERATIONS / (performance.now() - started));
  }
  options.reporter.add({
    figure: 'checker',
    variant: `${OPERATIONS} operations`,
    unit: 'thousand operations/s',
    runs,
  });
}

/** Sends and polls without an anomaly, all keys read to their end. */
function history(): Row[] {
  const rows: Row[] = [];
  const logs: number[][] = Array.from({ length: KEYS }, () => []);
  const positions: number[][] = Array.from({ length: PROCESSES }, () => logs.map(() => 0));
  let time = 0;
  const push = (row: object): void => {
    rows.push({ index: rows.length, time: ++time, ...row } as unknown as Row);
  };
  const phase = (value: string): void =>
    push({ process: 'nemesis', type: 'info', f: 'phase', value });
  const poll = (process: number): void => {
    const read: Record<string, [number, number][]> = {};
    logs.forEach((log, key) => {
      const from = positions[process]![key]!;
      if (from < log.length) {
        read[String(key)] = log.slice(from).map((value, i) => [from + i, value]);
        positions[process]![key] = log.length;
      }
    });
    push({ process, type: 'invoke', f: 'poll', value: [['poll']] });
    push({ process, type: 'ok', f: 'poll', value: [['poll', read]] });
  };
  for (let process = 0; process < PROCESSES; process++) {
    const keys = logs.map((_, key) => String(key));
    push({ process, type: 'invoke', f: 'assign', value: keys });
    push({ process, type: 'ok', f: 'assign', value: keys });
  }
  phase('main');
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const process = operation % PROCESSES;
    if (operation === OPERATIONS - PROCESSES) {
      phase('final');
    }
    if (
      operation % (SENDS_PER_POLL + 1) === SENDS_PER_POLL ||
      operation >= OPERATIONS - PROCESSES
    ) {
      poll(process);
      continue;
    }
    const key = operation % KEYS;
    const log = logs[key]!;
    push({ process, type: 'invoke', f: 'send', value: [['send', String(key), [null, operation]]] });
    push({
      process,
      type: 'ok',
      f: 'send',
      value: [['send', String(key), [log.length, operation]]],
    });
    log.push(operation);
  }
  return rows;
}
