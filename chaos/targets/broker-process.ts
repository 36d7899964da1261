/** One broker as a child process: started, killed, paused, resumed, and never left behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import type { Reaper } from './reaper.js';
import { FaultSkipped } from './target.js';

/** A broker that does not listen by then will not. */
const START_TIMEOUT_MS = 30_000;
/** When a whole cluster ends at once nobody is left to take over: there is nothing to wait for. */
const END_TIMEOUT_MS = 500;
/** For leaders to be handed over, and every log to be synced. */
const SHUTDOWN_TIMEOUT_MS = 20_000;
const LAST_WORDS_CHARACTERS = 2_000;

export class BrokerProcess implements BrokerRunner {
  readonly name: string;
  private readonly command: BrokerCommand;
  private readonly reaper: Reaper;
  private child: ChildProcess | null = null;
  private output: WriteStream | null = null;
  private lastWords = '';
  private ending = false;
  private paused = false;
  /** How the process ended, if nobody asked it to. */
  unexpected: string | null = null;

  constructor(name: string, command: BrokerCommand, reaper: Reaper) {
    this.name = name;
    this.command = command;
    this.reaper = reaper;
  }

  isUp(): boolean {
    return this.child !== null;
  }

  isPaused(): boolean {
    return this.paused;
  }

  start(): Promise<string> {
    if (this.child !== null) {
      throw new Error(`${this.name} runs already`);
    }
    this.ending = false;
    this.output = createWriteStream(this.command.outputFile, { flags: 'a' });
    // A group of its own: an interrupt at the terminal reaches the harness only, which then ends the
    // brokers in order.
    const child = spawn(this.command.executable, this.command.arguments, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    if (child.pid !== undefined) {
      this.reaper.watch(child.pid);
    }
    child.on('exit', (code, signal) => this.ended(child, code, signal));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => this.keep(bytes));
    }
    return this.listening(child);
  }

  async kill(): Promise<string> {
    const { child } = this;
    if (child === null || child.pid === undefined) {
      throw new FaultSkipped(`${this.name} does not run`);
    }
    this.ending = true;
    const { pid } = child;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await gone;
    return `process ${pid} ended by SIGKILL`;
  }

  async shutDown(): Promise<string> {
    const { child } = this;
    if (child === null || this.paused) {
      throw new FaultSkipped(`${this.name} ${this.paused ? 'is paused' : 'does not run'}`);
    }
    this.ending = true;
    const { pid } = child;
    const gone = new Promise<string>((resolve) =>
      child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`)),
    );
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), SHUTDOWN_TIMEOUT_MS);
    const how = await gone;
    clearTimeout(late);
    if (how !== 'status 0') {
      throw new FaultSkipped(`${this.name} did not end in good order: ${how}`);
    }
    return `process ${pid} ended with ${how}`;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === null) {
      return;
    }
    this.ending = true;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (this.paused) {
      child.kill('SIGCONT');
    }
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }

  killNow(): void {
    this.ending = true;
    this.child?.kill('SIGKILL');
  }

  async pause(): Promise<string> {
    const { child } = this;
    if (child === null || this.paused) {
      throw new FaultSkipped(`${this.name} ${this.paused ? 'is paused already' : 'does not run'}`);
    }
    child.kill('SIGSTOP');
    this.paused = true;
    // The kernel needs a moment to stop all threads.
    await new Promise((resolve) => setTimeout(resolve, 10));
    return `process state ${processState(child.pid ?? 0)}`;
  }

  async resume(): Promise<string> {
    const { child } = this;
    if (child === null || !this.paused) {
      throw new FaultSkipped(`${this.name} is not paused`);
    }
    child.kill('SIGCONT');
    this.paused = false;
    return 'SIGCONT sent';
  }

  private listening(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      let line = '';
      const timer = setTimeout(
        () => reject(new Error(`${this.name} did not listen in ${START_TIMEOUT_MS} ms`)),
        START_TIMEOUT_MS,
      );
      child.stdout?.on('data', (bytes: Buffer) => {
        line += bytes.toString();
        const found = /^listening .*$/m.exec(line);
        if (found !== null) {
          clearTimeout(timer);
          resolve(found[0]);
        }
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        this.child = null;
        reject(error);
      });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`${this.name} ended before it listened: ${this.lastWords.trim()}`));
      });
    });
  }

  private keep(bytes: Buffer): void {
    this.output?.write(bytes);
    this.lastWords = (this.lastWords + bytes.toString()).slice(-LAST_WORDS_CHARACTERS);
  }

  private ended(child: ChildProcess, code: number | null, signal: string | null): void {
    if (child.pid !== undefined) {
      this.reaper.forget(child.pid);
    }
    if (!this.ending) {
      const how = signal === null ? `exit status ${code}` : signal;
      this.unexpected = `${this.name} ended (${how}): ${this.lastWords.trim()}`;
    }
    this.child = null;
    this.paused = false;
    this.output?.end();
    this.output = null;
  }
}

/** State letter of a process: T is stopped. `?` where the system has no /proc. */
function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return '?';
  }
}
