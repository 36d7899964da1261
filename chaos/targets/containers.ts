/**
 * The own cluster in containers, where a Docker engine answers. The image is made from scratch, out
 * of this machine's Node binary and the libraries it loads, so that no registry is needed; the
 * package itself is mounted. The containers share the host's network: the links and their faults are
 * the proxies of the other target, while kill, pause and restart are the engine's.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { BrokerContainer } from './broker-container.js';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import { type Engine, openEngine, removeContainers } from './container-engine.js';
import { brokerProgram, ProcessesTarget } from './processes.js';
import { FaultSkipped } from './target.js';

export class ContainersTarget extends ProcessesTarget {
  override readonly kind = 'containers';
  private readonly run = randomBytes(8).toString('hex');
  private engine: Engine | null = null;
  private watcher: ChildProcess | null = null;

  override async start(): Promise<void> {
    this.watcher = watch(this.run);
    this.engine = await openEngine(this.run, this.options.folder);
    await super.start();
  }

  override async stop(): Promise<void> {
    await super.stop();
    if (this.engine !== null) {
      await removeContainers(this.run, 0);
    }
    this.watcher?.stdin?.end('q\n');
  }

  /** A container is created with its arguments, of which the directory id is one. */
  override replaceDisk(): Promise<never> {
    throw new FaultSkipped('the disk of a container cannot be replaced while others run');
  }

  protected override runner(name: string, command: BrokerCommand): BrokerRunner {
    if (this.engine === null) {
      throw new Error('the target is not started');
    }
    return new BrokerContainer(name, command, this.engine);
  }
}

/** Starts the program that removes what the run leaves should this process be killed. */
function watch(run: string): ChildProcess {
  const program = path.resolve(
    path.dirname(brokerProgram()),
    '../../chaos/targets/container-reaper.js',
  );
  const watcher = spawn(process.execPath, [program, run], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => {});
  watcher.stdin?.on('error', () => {});
  watcher.unref();
  return watcher;
}
