/** `logjury check`: judges the history of a run, by whomever it was written. */

import type { Command } from 'commander';
import { createChecker } from '../../checker/check.js';
import { type CheckOptions, type CheckResult, exitStatus } from '../../checker/result.js';
import { terminalReport } from '../../report/terminal.js';
import { UsageError } from '../errors.js';
import { readHistory } from '../history-file.js';

interface Flags {
  readonly json?: boolean;
  readonly partial?: boolean;
  readonly subscribe?: boolean;
  readonly wwDeps?: boolean;
  readonly rwDeps?: boolean;
  readonly exactlyOnce?: boolean;
  readonly outputs?: string;
  readonly atLeastOnce?: string;
  readonly atMostOnce?: string;
  readonly compacted?: string;
  readonly transactionTimeout?: string;
  readonly cycleSteps?: string;
  readonly linearizationSteps?: string;
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
    .option(
      '--outputs <in=out,...>',
      'each value consumed from `in` is sent to `out` (with --exactly-once)',
    )
    .option(
      '--at-least-once <groups>',
      'groups that process before they commit, with commas between: none may pass a record over',
    )
    .option(
      '--at-most-once <groups>',
      'groups that commit before they process, with commas between: none may process one twice',
    )
    .option('--compacted <keys>', 'keys whose logs are compacted, with commas between')
    .option('--transaction-timeout <ms>', 'a transaction that is open for longer is stuck')
    .option('--cycle-steps <n>', 'edges that the search for one cycle may look at (10,000,000)')
    .option(
      '--linearization-steps <n>',
      'steps of the search for an order of the operations on one topic (1,000,000)',
    )
    .action(async (file: string, flags: Flags) => {
      process.exitCode = await runCheck(file, flags);
    });
}

async function runCheck(file: string, flags: Flags): Promise<number> {
  const started = process.hrtime.bigint();
  const result = await checkFile(file, optionsOf(flags));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ file, ...result, seconds })}\n`);
  } else {
    const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    process.stdout.write(terminalReport({ ...result, seconds }, { color }));
  }
  return exitStatus(result.verdict);
}

/** Throws a {@link UsageError} where a flag makes no sense. */
function optionsOf(flags: Flags): FileCheckOptions {
  if (flags.outputs !== undefined && flags.exactlyOnce !== true) {
    throw new UsageError('--outputs is a part of --exactly-once');
  }
  const outputs = flags.outputs === undefined ? {} : { outputs: outputsOf(flags.outputs) };
  const { atLeastOnce, atMostOnce, compacted, transactionTimeout } = flags;
  const { cycleSteps, linearizationSteps } = flags;
  return {
    partial: flags.partial === true,
    subscribe: flags.subscribe === true,
    wwDeps: flags.wwDeps === true,
    rwDeps: flags.rwDeps === true,
    ...(flags.exactlyOnce === true ? { exactlyOnce: outputs } : {}),
    ...(atLeastOnce === undefined ? {} : { atLeastOnce: new Set(atLeastOnce.split(',')) }),
    ...(atMostOnce === undefined ? {} : { atMostOnce: new Set(atMostOnce.split(',')) }),
    ...(compacted === undefined ? {} : { compacted: new Set(compacted.split(',')) }),
    ...(transactionTimeout === undefined
      ? {}
      : { transactionTimeout: 1e6 * numberOf('--transaction-timeout', transactionTimeout) }),
    ...(cycleSteps === undefined ? {} : { cycleSteps: numberOf('--cycle-steps', cycleSteps) }),
    ...(linearizationSteps === undefined
      ? {}
      : { linearizationSteps: numberOf('--linearization-steps', linearizationSteps) }),
  };
}

function numberOf(flag: string, text: string): number {
  if (!/^[0-9]+$/.test(text)) {
    throw new UsageError(`${flag} takes a whole number, not ${text}`);
  }
  return Number(text);
}

function outputsOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find((pair) => pair.length !== 2 || pair.includes(''));
  if (wrong !== undefined) {
    throw new UsageError(`--outputs takes in=out pairs, not ${wrong.join('=')}`);
  }
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** How a file is judged. */
export interface FileCheckOptions
  extends Pick<
    CheckOptions,
    | 'wwDeps'
    | 'rwDeps'
    | 'exactlyOnce'
    | 'atLeastOnce'
    | 'atMostOnce'
    | 'compacted'
    | 'transactionTimeout'
    | 'cycleSteps'
    | 'linearizationSteps'
  > {
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
