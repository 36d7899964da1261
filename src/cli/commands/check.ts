/** `logjury check`: judges the history of a run, by whomever it was written. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { Command } from 'commander';
import { createChecker } from '../../checker/check.js';
import { createReader } from '../../checker/read.js';
import { type CheckResult, exitStatus, UnusableHistoryError } from '../../checker/result.js';
import type { Row } from '../../history/rows.js';
import { terminalReport } from '../../report/terminal.js';
import { UsageError } from '../errors.js';

const CHUNK_BYTES = 1 << 20;

interface Flags {
  readonly json?: boolean;
  readonly partial?: boolean;
  readonly subscribe?: boolean;
  readonly wwDeps?: boolean;
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('judge a history file (JSON lines)')
    .argument('<file>', 'history.jsonl, or - for standard input')
    .option('--json', 'print the result as one JSON document')
    .option('--partial', 'judge a history whose end is missing')
    .option('--subscribe', 'the group decided who reads what: polls may move between operations')
    .option('--ww-deps', 'reserved for the search of cycles, which does not exist yet')
    .action((file: string, flags: Flags) => {
      process.exitCode = runCheck(file, flags);
    });
}

function runCheck(file: string, flags: Flags): number {
  const started = process.hrtime.bigint();
  if (flags.wwDeps === true) {
    process.stderr.write('logjury: --ww-deps changes nothing yet: cycles are not searched for\n');
  }
  const result = checkFile(file, {
    partial: flags.partial === true,
    subscribe: flags.subscribe === true,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ file, ...result, seconds })}\n`);
  } else {
    const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    process.stdout.write(terminalReport({ ...result, seconds }, { color }));
  }
  return exitStatus(result.verdict);
}

/** How a file is judged. */
export interface FileCheckOptions {
  /** Accept a last line that is cut off, and judge the rest. */
  readonly partial: boolean;
  readonly subscribe: boolean;
}

/** Judges `file`, `-` being standard input. Throws a {@link UsageError} where it is unusable. */
export function checkFile(file: string, options: FileCheckOptions): CheckResult {
  const checker = createChecker(options);
  eachRow(file, options.partial, (row, line) => {
    try {
      checker.feed(row);
    } catch (error) {
      if (error instanceof UnusableHistoryError) {
        throw new UsageError(`${file}, line ${line}: ${error.message}`);
      }
      throw error;
    }
  });
  return checker.finish();
}

/** Calls `visit` with every row of `file`. Throws a {@link UsageError} where it is unusable. */
export function eachRow(
  file: string,
  partial: boolean,
  visit: (row: Row, line: number) => void,
): void {
  if (file.endsWith('.edn')) {
    throw new UsageError(`${file}: EDN is not read yet; give the history as JSON lines`);
  }
  const descriptor = openHistory(file);
  try {
    const reader = createReader(visit);
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let error = null;
    for (let read = -1; read !== 0 && error === null; ) {
      read = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
      error = reader.push(decoder.write(chunk.subarray(0, read)));
    }
    error ??= reader.push(decoder.end()) ?? reader.end();
    if (error !== null && !(partial && error.truncated)) {
      const hint = error.truncated ? ' (--partial judges the lines before it)' : '';
      throw new UsageError(`${file}, line ${error.line}: ${error.reason}${hint}`);
    }
  } finally {
    if (descriptor !== 0) {
      closeSync(descriptor);
    }
  }
}

function openHistory(file: string): number {
  if (file === '-') {
    return 0;
  }
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (fstatSync(descriptor).isDirectory()) {
    closeSync(descriptor);
    throw new UsageError(`${file} is a directory; name its history.jsonl`);
  }
  return descriptor;
}
