/**
 * `npm run bench`: measures this checkout's brokers with this checkout's client, on this machine.
 * One JSON line per figure; a table at the end unless --json is given. See bench/README.md.
 */

import { Command } from 'commander';
import { Reporter } from './figures.js';
import { measureExplorer } from './measurements/explorer.js';
import { measureFailover } from './measurements/failover.js';
import { measureChecker } from './measurements/judging.js';
import { measureLatency } from './measurements/latency.js';
import { measureMicro } from './measurements/micro.js';
import { measureSimulator } from './measurements/simulator.js';
import { measureIdle, measureStartup } from './measurements/startup.js';
import { measureThroughput } from './measurements/throughput.js';
import type { Measurement } from './options.js';

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  startup: measureStartup,
  idle: measureIdle,
  throughput: measureThroughput,
  latency: measureLatency,
  failover: measureFailover,
  micro: measureMicro,
  checker: measureChecker,
  simulator: measureSimulator,
  explorer: measureExplorer,
};

interface Flags {
  readonly only: string;
  readonly runs: string;
  readonly seconds: string;
  readonly json?: boolean;
}

async function run(flags: Flags): Promise<void> {
  const names = flags.only.split(',');
  const runs = Number(flags.runs);
  const seconds = Number(flags.seconds);
  const unknown = names.find((name) => !(name in MEASUREMENTS));
  if (unknown !== undefined || !(runs >= 1) || !(seconds >= 1)) {
    const wrong = unknown === undefined ? '--runs and --seconds must be 1 or more' : unknown;
    process.stderr.write(`bench: ${wrong}; --only takes ${Object.keys(MEASUREMENTS).join(', ')}\n`);
    process.exit(2);
  }
  const reporter = new Reporter((text) => process.stdout.write(text));
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  for (const name of names) {
    await MEASUREMENTS[name]!({ runs, seconds, reporter, say });
  }
  if (flags.json !== true) {
    process.stdout.write(`\n${reporter.table()}`);
  }
  // Sockets that clients left open would keep this process.
  process.exit(0);
}

await new Command('bench')
  .description('measure the brokers, the client and the judges of this checkout')
  .option('--only <names>', 'some of the measurements', Object.keys(MEASUREMENTS).join(','))
  .option('--runs <n>', 'how often each figure is taken', '3')
  .option('--seconds <n>', 'length of one load run', '6')
  .option('--json', 'no table: standard output is JSON lines only')
  .action(run)
  .parseAsync();
