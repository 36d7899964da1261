/**
 * The process that holds one client library. The runner writes one JSON line per operation to its
 * standard input, it answers each with one JSON line: `{"ok": ...}`, `{"error": {code, name, text}}`, or
 * `{"unsupported": "why this library cannot"}`. What is right is not its business.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program and its arguments; the bootstrap address is appended. */
export interface DriverCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export type Answer =
  | { readonly ok: unknown }
  | {
      readonly error: { readonly code?: unknown; readonly name?: unknown; readonly text?: unknown };
    }
  | { readonly unsupported: string };

/** The library cannot express what was asked: no defect of anybody. */
export class Unsupported extends Error {}

/** What the library told of an error. */
export class ClientFailure extends Error {
  /** Kafka's error code; null where the library tells none. */
  readonly code: number | null;
  readonly errorName: string;

  constructor(code: number | null, errorName: string, text: string) {
    super(`${errorName}${code === null ? '' : ` (${code})`}: ${text}`);
    this.code = code;
    this.errorName = errorName;
  }
}

/** The driver died, or did not answer. */
export class DriverBroken extends Error {}

/** What a scenario sees of a driver. */
export interface Caller {
  call(op: string, parameters: object, timeout?: number): Promise<unknown>;
  /** Kills the process at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Lets the process end in good order. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const CALL_LIMIT_MILLISECONDS = 45_000;
const CLOSE_LIMIT_MILLISECONDS = 5_000;
const KEPT_OUTPUT = 2_000;

const running = new Set<ChildProcess>();

/** Ends every driver of this process: for the end that comes by a signal. */
export function killDrivers(): void {
  for (const child of running) {
    killGroup(child);
  }
}

export class Driver implements Caller {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<void>;
  private nextId = 1;
  private ended = false;
  /** The end of its standard error, for people. */
  private errors = '';

  constructor(command: DriverCommand, bootstrap: string) {
    // A group of its own, so that whatever it starts ends with it and Ctrl-C reaches it through us.
    this.child = spawn(command.program, [...command.arguments, bootstrap], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...command.environment },
    });
    running.add(this.child);
    this.exited = new Promise((resolve) => {
      this.child.on('error', (error) => this.end(error.message, resolve));
      this.child.on('exit', (code, signal) => this.end(`it ended (${signal ?? code})`, resolve));
    });
    this.child.stdin!.on('error', () => {});
    this.child.stderr!.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString()).slice(-KEPT_OUTPUT);
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.receive(line));
  }

  call(
    op: string,
    parameters: object,
    timeout: number = CALL_LIMIT_MILLISECONDS,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new DriverBroken(`${op}: the driver has ended: ${this.errors.trim()}`));
        return;
      }
      const id = this.nextId++;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new DriverBroken(`${op}: no answer in ${timeout} ms: ${this.errors.trim()}`));
        killGroup(this.child);
      }, timeout);
      this.waiting.set(id, { resolve, reject, timer });
      this.child.stdin!.write(`${JSON.stringify({ id, op, ...parameters })}\n`);
    });
  }

  async kill(): Promise<void> {
    killGroup(this.child);
    await this.exited;
  }

  async close(): Promise<void> {
    this.child.stdin!.end();
    const timer = setTimeout(() => killGroup(this.child), CLOSE_LIMIT_MILLISECONDS);
    await this.exited;
    clearTimeout(timer);
  }

  private receive(line: string): void {
    let answer: { id?: unknown } & Partial<Record<'ok' | 'error' | 'unsupported', unknown>>;
    try {
      answer = JSON.parse(line) as typeof answer;
    } catch {
      // Libraries print what they like.
      return;
    }
    const waiting = typeof answer.id === 'number' ? this.waiting.get(answer.id) : undefined;
    if (waiting === undefined) {
      return;
    }
    this.waiting.delete(answer.id as number);
    clearTimeout(waiting.timer);
    if (typeof answer.unsupported === 'string') {
      waiting.reject(new Unsupported(answer.unsupported));
    } else if (answer.error !== undefined) {
      const { code, name, text } = answer.error as Record<string, unknown>;
      const known = typeof code === 'number' ? code : null;
      waiting.reject(new ClientFailure(known, String(name ?? 'error'), String(text ?? '')));
    } else {
      waiting.resolve(answer.ok);
    }
  }

  private end(reason: string, resolve: () => void): void {
    this.ended = true;
    running.delete(this.child);
    // What it started may outlive it.
    killGroup(this.child);
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new DriverBroken(`${reason}: ${this.errors.trim()}`));
    }
    this.waiting.clear();
    resolve();
  }
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
