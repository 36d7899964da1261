/** `logjury trial`: a cluster under faults, its history judged. */

import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { FAULT_KINDS, type FaultKind } from '../../../chaos/nemesis/schedule.js';
import {
  type Progress,
  runTrial,
  WORKLOAD_KINDS,
  type WorkloadKind,
} from '../../../chaos/trial.js';
import { READS, type Reads } from '../../../chaos/workload/session-reader.js';
import { exitStatus } from '../../checker/result.js';
import type { TrialDocument } from '../../report/document.js';
import { terminalReport } from '../../report/terminal.js';
import { endUnusable, UsageError } from '../errors.js';
import { gather, parseConfigs, parseNumber } from '../values.js';

interface Flags {
  readonly seed?: string;
  readonly time: string;
  readonly brokers: string;
  readonly clients: string;
  readonly topics: string;
  readonly acks: string;
  readonly faults?: string;
  readonly workload: string;
  readonly misordered?: boolean;
  readonly reads: string;
  readonly target: string;
  readonly bug?: string;
  readonly traces?: boolean;
  readonly config: readonly string[];
  readonly store: string;
  readonly json?: boolean;
}

/** Kinds of the default trial. The others are for those who ask. */
const DEFAULT_FAULTS: Readonly<Record<WorkloadKind, string>> = {
  log: 'kill,pause,partition,clock,chain',
  groups: 'kill,partition,clock,coordinator',
  // None that leaves a deposed leader in place: it would answer readers, and lag behind the new one.
  sessions: 'kill,clock,latency,reset',
};

export function registerTrial(program: Command): void {
  program
    .command('trial')
    .description('start a cluster, drive it under faults, judge its history')
    .option('--seed <n>', 'seed of the schedule and the workload (default: drawn)')
    .option('--time <seconds>', 'length of the main phase', '40')
    .option('--brokers <n>', 'number of brokers', '3')
    .option('--clients <n>', 'client threads', '5')
    .option('--topics <n>', 'topics written to at a time, of four partitions each', '2')
    .option('--workload <kind>', `of ${WORKLOAD_KINDS.join(', ')}`, 'log')
    .option('--misordered', 'groups work in the order of the promise that is not theirs')
    .option('--reads <kind>', `of sessions: ${READS.join(', ')}`, 'session')
    .option('--acks <all|1>', 'what an acknowledgement promises', 'all')
    .option(
      '--faults <list>',
      `of ${FAULT_KINDS.join(', ')}; all; none (default: ${DEFAULT_FAULTS.log}; of groups: ${DEFAULT_FAULTS.groups}; of sessions: ${DEFAULT_FAULTS.sessions})`,
    )
    .option('--target <kind>', 'processes or containers', 'processes')
    .option('--bug <name>', 'replace a rule by a wrong one (see logjury bugs)')
    .option('--traces', 'keep each step of the brokers, to be held against the specification')
    .option('--config <key=value>', "a broker config under Kafka's name (repeatable)", gather, [])
    .option('--store <dir>', 'where runs are kept', 'store')
    .option('--json', 'one JSON document on standard output')
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const seed =
    flags.seed === undefined
      ? randomInt(1, 1_000_000_000)
      : parseNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const workload = parseWorkload(flags.workload);
  if (flags.misordered === true && workload !== 'groups') {
    throw new UsageError('--misordered is for --workload groups');
  }
  const options = {
    seed,
    workload,
    misordered: flags.misordered === true,
    reads: parseReads(flags.reads),
    time: parseNumber('--time', flags.time, 1, 86_400),
    brokers: parseNumber('--brokers', flags.brokers, 1, 9),
    clients: parseNumber('--clients', flags.clients, 1, 100),
    topics: parseNumber('--topics', flags.topics, 1, 100),
    acks: parseAcks(flags.acks),
    faults: parseFaults(flags.faults ?? DEFAULT_FAULTS[workload], workload),
    target: parseTarget(flags.target),
    bug: flags.bug === undefined ? null : await knownBug(flags.bug),
    traces: flags.traces === true,
    store: flags.store,
    configs: Object.fromEntries(parseConfigs('--config', flags.config)),
  };
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const show = progressLine(seed);
  const outcome = await runTrial({ ...options, signal: interrupt.signal, progress: show });
  show(null);
  switch (outcome.type) {
    case 'unusable':
      endUnusable(`the trial could not be held: ${outcome.reason}`);
      break;
    case 'interrupted':
      process.stderr.write(`interrupted; the history so far is ${outcome.history}\n`);
      process.exitCode = 3;
      break;
    case 'judged':
      print(outcome.document, flags.json === true);
      process.exitCode = exitStatus(outcome.document.verdict);
  }
  // A reader that is slow must get all of a long verdict: what is left in a pipe would end with the process.
  process.stdout.write('', () => process.exit());
}

function print(document: TrialDocument, json: boolean): void {
  if (json) {
    const { series: _series, ...plain } = document;
    process.stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
    return;
  }
  const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  process.stdout.write(terminalReport(document, { color }));
  process.stdout.write(`report ${document.store}/report.html\nseed ${document.seed}\n`);
}

/** On a terminal one line that is rewritten, elsewhere a line per step; always standard error. */
function progressLine(seed: number): (progress: Progress | null) => void {
  const terminal = process.stderr.isTTY === true;
  process.stderr.write(`trial with seed ${seed}\n`);
  return (progress) => {
    if (progress === null) {
      process.stderr.write(terminal ? '\r\u001b[K' : '');
      return;
    }
    const { seconds, stage, now, rows } = progress;
    const line = `${seconds.toFixed(1).padStart(6)} s  ${stage}: ${now} (${rows} rows)`;
    process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
}

function parseAcks(text: string): -1 | 1 {
  if (text === 'all' || text === '-1') {
    return -1;
  }
  if (text !== '1') {
    throw new UsageError(`--acks must be all or 1, not '${text}' (0 promises nothing to judge)`);
  }
  return 1;
}

function parseFaults(text: string, workload: WorkloadKind): ReadonlySet<FaultKind> {
  if (text === 'none') {
    return new Set();
  }
  if (text === 'all') {
    return new Set(FAULT_KINDS.filter((kind) => kind !== 'coordinator' || workload === 'groups'));
  }
  const kinds = text.split(',').map((kind) => kind.trim());
  const wrong = kinds.find((kind) => !(FAULT_KINDS as readonly string[]).includes(kind));
  if (wrong !== undefined) {
    throw new UsageError(`--faults knows ${FAULT_KINDS.join(', ')}, not '${wrong}'`);
  }
  const chosen = new Set(kinds as FaultKind[]);
  if (chosen.has('coordinator') && workload !== 'groups') {
    throw new UsageError('--faults coordinator needs --workload groups');
  }
  if (chosen.has('chain') && !(chosen.has('kill') && chosen.has('partition'))) {
    throw new UsageError('--faults chain needs kill and partition with it');
  }
  return chosen;
}

function parseWorkload(text: string): WorkloadKind {
  const kind = WORKLOAD_KINDS.find((known) => known === text);
  if (kind === undefined) {
    throw new UsageError(`--workload must be one of ${WORKLOAD_KINDS.join(', ')}, not '${text}'`);
  }
  return kind;
}

function parseReads(text: string): Reads {
  const reads = READS.find((known) => known === text);
  if (reads === undefined) {
    throw new UsageError(`--reads must be one of ${READS.join(', ')}, not '${text}'`);
  }
  return reads;
}

function parseTarget(text: string): 'processes' | 'containers' {
  if (text !== 'processes' && text !== 'containers') {
    throw new UsageError(`--target must be processes or containers, not '${text}'`);
  }
  return text;
}

async function knownBug(name: string): Promise<string> {
  const { findBug } = await import('../../bugs/registry.js');
  if (findBug(name) === undefined) {
    throw new UsageError(`no bug is called ${name}; 'logjury bugs' lists them`);
  }
  return name;
}
