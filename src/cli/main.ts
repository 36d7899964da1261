#!/usr/bin/env node
/** The one binary: loads only the command that was asked for, so that a broker starts fast. */

import { Command, CommanderError } from 'commander';
import { ExitStatus, endUnusable, UsageError } from './errors.js';
import { version } from './version.js';

type Register = (program: Command) => void;

const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  trial: async () => (await import('./commands/trial.js')).registerTrial,
  cluster: async () => (await import('./commands/cluster.js')).registerCluster,
  broker: async () => (await import('./commands/broker.js')).registerBroker,
  simulate: async () => (await import('./commands/simulate.js')).registerSimulate,
  explore: async () => (await import('./commands/explore.js')).registerExplore,
  replay: async () => (await import('./commands/replay.js')).registerReplay,
  check: async () => (await import('./commands/check.js')).registerCheck,
  report: async () => (await import('./commands/report.js')).registerReport,
  bugs: async () => (await import('./commands/bugs.js')).registerBugs,
  fuzz: async () => (await import('./commands/fuzz.js')).registerFuzz,
};

async function main(): Promise<void> {
  const program = new Command('logjury')
    .description('A Kafka-compatible broker cluster built to be put on trial')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'logjury:')) })
    .showHelpAfterError('(add --help for the options)');
  const asked = process.argv[2];
  process.stdout.on('error', () => {
    // Whoever read the output went away. What serves others goes on without; the rest is for nobody.
    if (asked !== 'broker' && asked !== 'cluster') {
      process.exit(ExitStatus.UNUSABLE);
    }
  });
  const names = asked !== undefined && asked in COMMANDS ? [asked] : Object.keys(COMMANDS);
  for (const name of names) {
    (await COMMANDS[name]!())(program);
  }
  await program.parseAsync();
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Help and version end with 0; every wrong call with 2.
    process.exit(error.exitCode === 0 ? ExitStatus.HOLDS : ExitStatus.UNUSABLE);
  }
  if (error instanceof UsageError) {
    endUnusable(error.message);
  }
  throw error;
});
