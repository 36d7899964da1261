/** `logjury check`: judges the history of a run, by whomever it was written. */

import type { Command } from 'commander';
import { createChecker } from '../../checker/check.js';
import { type CheckOptions, type CheckResult, exitStatus } from '../../checker/result.js';
import { terminalReport } from '../../report/terminal.js';
import { readHistory } from '../history-file.js';

interface Flags {
  readonly json?: boolean;
  readonly partial?: boolean;
  readonly subscribe?: boolean;
  readonly wwDeps?: boolean;
  readonly rwDeps?: boolean;
  readonly exactlyOnce?: boolean;
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description("judge a history file: JSON lines or Jepsen's EDN")
    .argument('<file>', 'history.jsonl or history.edn, gzipped or not; - for standard input')
    .option('--json', 'print the result as one JSON document')
    .option('--partial', 'judge a history whose end is missing')
    .option('--subscribe', 'the group decided who reads what: polls may move between operations')
    .option('--ww-deps', 'search also for cycles with write-write edges, and allow those')
    .option(
      '--rw-deps',
      'the system promises that a poll returns all there is: judge what it missed',
    )
    .option(
      '--exactly-once',
      'subscribers commit their offsets in transactions: judge what they consume',
    )
    .action(async (file: string, flags: Flags) => {
      process.exitCode = await runCheck(file, flags);
    });
}

async function runCheck(file: string, flags: Flags): Promise<number> {
  const started = process.hrtime.bigint();
  const result = await checkFile(file, {
    partial: flags.partial === true,
    subscribe: flags.subscribe === true,
    wwDeps: flags.wwDeps === true,
    rwDeps: flags.rwDeps === true,
    ...(flags.exactlyOnce === true ? { exactlyOnce: {} } : {}),
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
export interface FileCheckOptions extends Pick<CheckOptions, 'wwDeps' | 'rwDeps' | 'exactlyOnce'> {
  /** Accept an end that is cut off, and judge the rest. */
  readonly partial: boolean;
  readonly subscribe: boolean;
}

/** Judges `file`, `-` being standard input. Throws a {@link UsageError} where it is unusable. */
export async function checkFile(file: string, options: FileCheckOptions): Promise<CheckResult> {
  const checker = createChecker(options);
  await readHistory(file, options.partial, checker.sink);
  return checker.finish();
}
