/**
 * `npm run clients`: client libraries against three brokers of this project, or against any cluster that
 * speaks Kafka's protocol. See docs/clients.md.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findBug } from '../src/bugs/registry.js';
import { UsageError } from '../src/cli/errors.js';
import { LocalCluster } from '../src/cli/local-cluster.js';
import { CLIENTS, type ClientEntry, Skipped } from './catalogue.js';
import { killDrivers } from './driver.js';
import { type Cell, runCell, starterOf } from './matrix.js';
import { Observer } from './observer.js';
import { clientsPage } from './page.js';
import { type ClientResult, keep, OWN_NAME, readResults, type SystemResult } from './results.js';
import type { Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/all.js';

interface Flags {
  readonly bootstrap?: string;
  readonly system?: string;
  readonly only?: string;
  readonly scenario?: string;
  readonly bug: readonly string[];
  readonly json?: boolean;
  readonly write?: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const BINARY = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const HOLDS = 0;
const VIOLATED = 1;
const UNUSABLE = 2;
const INCONCLUSIVE = 3;
const INTERRUPTED = 130;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function unusable(message: string): never {
  say(`clients: ${message}`);
  process.exit(UNUSABLE);
}

/** Those named in a list with commas; all of them without a list. */
function chosen<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  list: string | undefined,
): T[] {
  const names = list?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.find((name) => !all.some((each) => each.name === name));
  if (unknown !== undefined) {
    unusable(`${option} knows no ${unknown}; it takes ${all.map(({ name }) => name).join(', ')}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

async function ownCluster(bugs: readonly string[]): Promise<LocalCluster> {
  return LocalCluster.create({
    brokers: 3,
    firstPort: 0,
    directory: null,
    configs: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '4'],
      ['auto.create.topics.enable', 'false'],
    ]),
    bugs,
    binary: BINARY,
  });
}

async function runClient(
  entry: ClientEntry,
  scenarios: readonly Scenario[],
  bootstrap: string,
  signal: AbortSignal,
): Promise<ClientResult> {
  const { name, language } = entry;
  const cells: Record<string, Cell> = {};
  const result = { language, version: entry.version(), cells };
  try {
    const start = starterOf(await entry.prepare(signal), bootstrap);
    for (const scenario of scenarios) {
      const from = Date.now();
      const cell = await runCell(scenario, start, bootstrap);
      signal.throwIfAborted();
      cells[scenario.name] = cell;
      const why = cell.outcome === 'pass' ? `${cell.comparisons} comparisons` : cell.reason;
      const seconds = ((Date.now() - from) / 1000).toFixed(1);
      say(`${cell.outcome.padEnd(5)} ${name} ${scenario.name} (${seconds} s): ${why}`);
    }
  } catch (error) {
    if (!(error instanceof Skipped) || signal.aborted) {
      throw error;
    }
    say(`skipped ${name}: ${error.message}`);
    return { ...result, skipped: error.message };
  }
  return { ...result, skipped: null };
}

function statusOf({ clients }: SystemResult): number {
  const outcomes = Object.values(clients).flatMap(({ cells }) =>
    Object.values(cells).map(({ outcome }) => outcome),
  );
  if (outcomes.includes('fail')) {
    return VIOLATED;
  }
  return outcomes.includes('pass') ? HOLDS : INCONCLUSIVE;
}

/** Until the cluster can be used. Throws UsageError if that does not come to pass. */
async function waitFor(bootstrap: string): Promise<void> {
  const observer = new Observer(bootstrap);
  try {
    await observer.coordinatorsReady();
  } catch (error) {
    throw new UsageError(`${bootstrap} cannot be used: ${(error as Error).message}`);
  } finally {
    observer.close();
  }
}

async function run(flags: Flags): Promise<void> {
  const clients = chosen('--only', CLIENTS, flags.only);
  const scenarios = chosen('--scenario', SCENARIOS, flags.scenario);
  if (flags.bootstrap !== undefined && flags.system === undefined && flags.write === true) {
    unusable('--write needs --system, the name of what --bootstrap leads to');
  }
  if (flags.bug.length > 0 && (flags.bootstrap !== undefined || flags.write === true)) {
    unusable('--bug is for brokers of this project, and not for the page');
  }
  if (flags.bug.some((name) => findBug(name) === undefined)) {
    unusable(`no bug is called ${flags.bug.join(' or ')}; 'logjury bugs' lists them`);
  }
  const interrupt = new AbortController();
  const cluster = flags.bootstrap === undefined ? await ownCluster(flags.bug) : null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupt.abort();
      killDrivers();
    });
  }
  let status = INTERRUPTED;
  try {
    await cluster?.start();
    const bootstrap = flags.bootstrap ?? cluster!.bootstrap.join(',');
    await waitFor(bootstrap);
    const results: Record<string, ClientResult> = {};
    for (const entry of clients) {
      interrupt.signal.throwIfAborted();
      results[entry.name] = await runClient(entry, scenarios, bootstrap, interrupt.signal);
    }
    const own = flags.bootstrap === undefined;
    const system = flags.system ?? (own ? OWN_NAME : bootstrap);
    const whole: SystemResult = {
      system,
      date: new Date().toISOString().slice(0, 10),
      command: `npm run clients --${own ? '' : ` --bootstrap HOST:PORT --system "${system}"`} --write`,
      clients: results,
    };
    tell(whole, flags);
    status = statusOf(whole);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`clients: ${error.message}`);
      status = UNUSABLE;
    } else if (interrupt.signal.aborted) {
      say('interrupted');
    } else {
      throw error;
    }
  } finally {
    await cluster?.close();
  }
  process.exit(status);
}

function tell(result: SystemResult, flags: Flags): void {
  const { system, clients } = result;
  if (flags.write === true) {
    const scenarios = SCENARIOS.map(({ name }) => name);
    keep(result, scenarios);
    const names = CLIENTS.map(({ name }) => name);
    const page = clientsPage(readResults(), SCENARIOS, names);
    writeFileSync(join(ROOT, 'docs', 'clients.md'), page);
  }
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  process.stdout.write(`${system}\n`);
  for (const [name, { version, skipped, cells }] of Object.entries(clients)) {
    const count = (outcome: string): number =>
      Object.values(cells).filter((cell) => cell.outcome === outcome).length;
    const counts = `${count('pass')} pass, ${count('fail')} fail, ${count('n/a')} n/a`;
    process.stdout.write(
      `  ${name} ${version}: ${skipped === null ? counts : `skipped: ${skipped}`}\n`,
    );
  }
}

const gather = (value: string, all: readonly string[]): readonly string[] => [...all, value];

await new Command('clients')
  .description('run client libraries against a cluster and judge what they do')
  .option(
    '--bootstrap <host:port,...>',
    'a cluster that runs (default: three brokers, started here)',
  )
  .option('--system <name>', 'what that cluster is, name and version')
  .option('--only <clients>', `some of ${CLIENTS.map(({ name }) => name).join(', ')}`)
  .option('--scenario <names>', 'some of the scenarios')
  .option('--bug <name>', 'start the brokers with a rule replaced by a wrong one', gather, [])
  .option('--write', 'keep the cells in clients/results and write docs/clients.md')
  .option('--json', 'one JSON document on standard output')
  .action(run)
  .parseAsync();
