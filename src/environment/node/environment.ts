/** The real world: one process, its event loop, sockets, files and clocks. */

import { openSync, writeSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import { useNativeCrc32c } from '../../log/crc32c.js';
import type { Environment, Log, LogLevel } from '../environment.js';
import { NodeClock, NodeTimers, nodeFreshValues } from './clock.js';
import { NodeFileSystem } from './file-system.js';
import { NodeNetwork } from './network.js';

export interface NodeEnvironmentOptions {
  /** JSON lines of the log go here; undefined: warnings and errors to standard error, as text. */
  readonly logFile?: string;
  readonly logLevel?: LogLevel;
  /** Clock control file (see clock.ts). */
  readonly clockControl?: string;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function nodeEnvironment(options: NodeEnvironmentOptions = {}): Environment {
  useNativeCrc32c((bytes, previous) => crc32c(bytes as Buffer, previous));
  const turn = new Turn();
  const clock = new NodeClock();
  const log = logTo(options, clock);
  if (options.clockControl !== undefined) {
    clock.follow(options.clockControl, (offset, rate) =>
      log('info', 'clock.set', { offset, rate }),
    );
  }
  return {
    files: new NodeFileSystem((task) => turn.enter(task)),
    network: new NodeNetwork({
      enter: (task) => turn.enter(task),
      atTurnEnd: (task) => turn.atEnd(task),
    }),
    timers: new NodeTimers(clock, (task) => turn.enter(task)),
    clock,
    fresh: nodeFreshValues,
    log,
    stop(exitCode, line) {
      if (options.logFile !== undefined) {
        log('error', 'stopped', { exitCode, line });
      }
      try {
        writeSync(2, `${line}\n`);
      } catch {
        // Nobody listens.
      }
      process.exit(exitCode);
    },
    atTurnEnd: (task) => turn.atEnd(task),
  };
}

/**
 * Events that are ready in one round of the event loop are handled one after the other; what they
 * put off to the end of the turn runs once, behind them all.
 */
class Turn {
  private tasks: (() => void)[] = [];
  private scheduled = false;

  enter(task: () => void): void {
    task();
  }

  atEnd(task: () => void): void {
    this.tasks.push(task);
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => this.run());
    }
  }

  private run(): void {
    while (this.tasks.length > 0) {
      const tasks = this.tasks;
      this.tasks = [];
      for (const task of tasks) {
        task();
      }
    }
    this.scheduled = false;
  }
}

function logTo(options: NodeEnvironmentOptions, clock: NodeClock): Log {
  const lowest = LEVELS.indexOf(options.logLevel ?? 'info');
  if (options.logFile === undefined) {
    return (level, event, fields) => {
      if (LEVELS.indexOf(level) >= LEVELS.indexOf('warn')) {
        process.stderr.write(`${level}: ${event} ${fields ? JSON.stringify(fields, plain) : ''}\n`);
      }
    };
  }
  const file = openSync(options.logFile, 'a');
  return (level, event, fields) => {
    if (LEVELS.indexOf(level) >= lowest) {
      const row = { time: Date.now(), wall: clock.wall(), level, event, ...fields };
      try {
        writeSync(file, `${JSON.stringify(row, plain)}\n`);
      } catch {
        // A log that cannot be written (a full disk) must not end what it tells of.
      }
    }
  };
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
