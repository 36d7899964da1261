/** `logjury cluster`: a cluster of broker processes on this machine, for real clients. */

import type { Command } from 'commander';
import { Settings, SettingsError } from '../../broker/settings.js';
import { findBug } from '../../bugs/registry.js';
import { ExitStatus, UsageError } from '../errors.js';
import { LocalCluster } from '../local-cluster.js';
import { gather, parseConfigs, parseNumber } from '../values.js';

interface Flags {
  readonly brokers: string;
  readonly port: string;
  readonly data?: string;
  readonly advertisedHost: string;
  readonly racks?: string;
  readonly config: readonly string[];
  readonly bug: readonly string[];
  readonly metricsPort?: string;
}

export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .description('run a cluster on this machine until it is interrupted')
    .option('--brokers <n>', 'number of brokers', '3')
    .option('--port <port>', 'client port of the first broker, the others follow; 0: any', '9092')
    .option(
      '--data <dir>',
      'keep the data there (default: a temporary directory, removed at the end)',
    )
    .option('--advertised-host <host>', 'host that clients are told', '127.0.0.1')
    .option(
      '--racks <list>',
      'racks of the brokers, in turn: consumers read in theirs (client.rack)',
    )
    .option('--config <key=value>', "a config under Kafka's name (repeatable)", gather, [])
    .option('--bug <name>', 'replace a rule by a wrong one (repeatable)', gather, [])
    .option('--metrics-port <port>', 'serve metrics of broker i on this port + i - 1')
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const brokers = parseNumber('--brokers', flags.brokers, 1, 99);
  const configs = parseConfigs('--config', flags.config);
  checkOnce(configs, flags.bug);
  const cluster = await LocalCluster.create({
    brokers,
    firstPort: parseNumber('--port', flags.port, 0, 65535 - brokers),
    directory: flags.data ?? null,
    advertisedHost: flags.advertisedHost,
    configs,
    racks: flags.racks === undefined ? [] : parseRacks(flags.racks),
    bugs: flags.bug,
    ...(flags.metricsPort === undefined
      ? {}
      : { metricsPort: parseNumber('--metrics-port', flags.metricsPort, 1, 65535 - brokers) }),
  });
  let ending = false;
  const end = async (status: number): Promise<void> => {
    if (!ending) {
      ending = true;
      const statuses = await cluster.close();
      process.exit(statuses.every((each) => each === 0) ? status : ExitStatus.UNUSABLE);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending) {
        // Asked twice: at once.
        cluster.kill();
      }
      end(ExitStatus.HOLDS);
    });
  }
  try {
    const bootstrap = await cluster.start();
    process.stdout.write(`bootstrap ${bootstrap.join(',')}\n`);
  } catch (error) {
    if (!ending && error instanceof UsageError) {
      process.stderr.write(`logjury: ${error.message}\n`);
    }
    await end(ExitStatus.UNUSABLE);
    return;
  }
  for (const id of cluster.ids) {
    cluster.exited(id).then((status) => {
      if (!ending) {
        const how = status < 0 ? 'was killed' : `ended with status ${status}`;
        process.stderr.write(`logjury: broker ${id} ${how}; see ${cluster.logFile(id)}\n`);
      }
    });
  }
  // The others go on when one ends: that is what a cluster is for.
  await Promise.all(cluster.ids.map((id) => cluster.exited(id)));
  await end(ExitStatus.UNUSABLE);
}

function parseRacks(text: string): string[] {
  const racks = text.split(',').map((rack) => rack.trim());
  if (racks.includes('')) {
    throw new UsageError(`--racks needs names with commas between them, not '${text}'`);
  }
  return racks;
}

/** What every broker would refuse is said once, before any is started. */
function checkOnce(configs: ReadonlyMap<string, string>, bugs: readonly string[]): void {
  try {
    new Settings(configs);
  } catch (error) {
    throw error instanceof SettingsError ? new UsageError(error.message) : error;
  }
  const unknown = bugs.find((name) => findBug(name) === undefined);
  if (unknown !== undefined) {
    throw new UsageError(`no bug is called ${unknown}; 'logjury bugs' lists them`);
  }
}
