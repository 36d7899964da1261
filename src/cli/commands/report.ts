/** `logjury report`: the folder of a run as a page again. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Series, TrialDocument } from '../../report/document.js';
import { htmlReport } from '../../report/html.js';
import { createSeries } from '../../report/series.js';
import { UsageError } from '../errors.js';
import { readHistory } from '../history-file.js';
import { checkFile } from './check.js';

/** Names of the files of a run's folder. */
const VERDICT = 'verdict.json';
const HISTORY = 'history.jsonl';
const REPORT = 'report.html';

export function registerReport(program: Command): void {
  program
    .command('report')
    .description("write a run's report.html again")
    .argument('<dir>', 'folder of the run, as in store/')
    .option('--json', 'print the path as a JSON document')
    .action(async (directory: string, flags: { readonly json?: boolean }) => {
      const path = await writeReport(directory);
      process.stdout.write(
        flags.json === true ? `${JSON.stringify({ report: path })}\n` : `${path}\n`,
      );
    });
}

/** Writes the report of the run in `directory`; answers its path. */
export async function writeReport(directory: string): Promise<string> {
  const trial = await readTrial(directory);
  const history = join(directory, HISTORY);
  const series = trial.series ?? (existsSync(history) ? await seriesOf(history) : undefined);
  const path = join(directory, REPORT);
  try {
    writeFileSync(path, htmlReport({ ...trial, ...(series === undefined ? {} : { series }) }));
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
  return path;
}

async function seriesOf(history: string): Promise<Series> {
  const series = createSeries();
  await readHistory(history, true, {
    row(row): void {
      series.feed(row);
    },
  });
  return series.finish();
}

/** The document of the run; of a run that was cut off, what its history alone says. */
async function readTrial(directory: string): Promise<TrialDocument> {
  const file = join(directory, VERDICT);
  if (!existsSync(file)) {
    const history = join(directory, HISTORY);
    if (!existsSync(history)) {
      throw new UsageError(`${directory} holds neither ${VERDICT} nor ${HISTORY}`);
    }
    return interruptedTrial(directory, history);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`${file} is no JSON document`);
  }
  if (!isTrial(parsed)) {
    throw new UsageError(`${file} is not the document of a trial`);
  }
  return parsed;
}

function isTrial(parsed: unknown): parsed is TrialDocument {
  const trial = parsed as Partial<TrialDocument> | null;
  return (
    typeof trial === 'object' &&
    trial !== null &&
    typeof trial.verdict === 'string' &&
    Array.isArray(trial.reasons) &&
    Array.isArray(trial.faults) &&
    typeof trial.seconds === 'number' &&
    [trial.anomalies, trial.allowed, trial.counts, trial.operations, trial.settings].every(
      (part) => typeof part === 'object' && part !== null,
    )
  );
}

async function interruptedTrial(directory: string, history: string): Promise<TrialDocument> {
  const result = await checkFile(history, { partial: true, subscribe: false });
  let lastTime = 0;
  await readHistory(history, true, {
    row(row): void {
      lastTime = row.time;
    },
  });
  const cut = `The run was cut off: this is judged from its ${HISTORY} alone.`;
  return {
    ...result,
    verdict: result.verdict === 'invalid' ? 'invalid' : 'inconclusive',
    reasons: [cut, ...result.reasons],
    seconds: lastTime / 1e9,
    faults: [],
    bug: null,
    store: directory,
    seed: 'unknown',
    settings: {},
  };
}
