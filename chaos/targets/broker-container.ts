/** One broker as a container: killed, paused and restarted by the Docker engine. */

import { appendFileSync } from 'node:fs';
import net from 'node:net';
import type { StartedTestContainer } from 'testcontainers';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import type { Engine, EngineContainer } from './container-engine.js';
import { FaultSkipped } from './target.js';

const START_PATIENCE_MS = 30_000;
/** How long what a container said last may take to arrive once it has ended. */
const LAST_WORDS_PATIENCE_MS = 500;
const LAST_WORDS_CHARACTERS = 2_000;

/** For leaders to be handed over, and every log to be synced. */
const SHUTDOWN_TIMEOUT_SECONDS = 20;

export class BrokerContainer implements BrokerRunner {
  readonly name: string;
  unexpected: string | null = null;
  private readonly command: BrokerCommand;
  private readonly engine: Engine;
  private started: StartedTestContainer | null = null;
  /** Settles when a start that is under way has come to its end. */
  private starting: Promise<unknown> = Promise.resolve();
  /** Resolves when the container has ended and that was taken note of. */
  private gone: Promise<void> = Promise.resolve();
  private lastWords = '';
  private up = false;
  private paused = false;
  private ending = false;

  constructor(name: string, command: BrokerCommand, engine: Engine) {
    this.name = name;
    this.command = command;
    this.engine = engine;
  }

  isUp(): boolean {
    return this.up;
  }

  isPaused(): boolean {
    return this.paused;
  }

  start(): Promise<string> {
    if (this.up) {
      throw new Error(`${this.name} runs already`);
    }
    const start = this.bringUp();
    this.starting = start.catch(() => {});
    return start;
  }

  async kill(): Promise<string> {
    this.mustBe(this.up, 'does not run');
    this.ending = true;
    await this.own().kill({ signal: 'SIGKILL' });
    await this.gone;
    const { State } = await this.own().inspect();
    this.mustBe(State.Status === 'exited', `is ${State.Status} after SIGKILL`);
    return `container ${this.id()} ${State.Status} with ${State.ExitCode}`;
  }

  async shutDown(): Promise<string> {
    this.mustBe(this.up && !this.paused, 'does not run or is paused');
    this.ending = true;
    await this.own().stop({ t: SHUTDOWN_TIMEOUT_SECONDS });
    await this.gone;
    const { State } = await this.own().inspect();
    this.mustBe(State.ExitCode === 0, `did not end in good order: ${State.ExitCode}`);
    return `container ${this.id()} ${State.Status} with ${State.ExitCode}`;
  }

  async pause(): Promise<string> {
    this.mustBe(this.up && !this.paused, 'does not run or is paused');
    await this.own().pause();
    this.paused = true;
    return this.inState('paused');
  }

  async resume(): Promise<string> {
    this.mustBe(this.paused, 'is not paused');
    await this.own().unpause();
    this.paused = false;
    return this.inState('running');
  }

  async stop(): Promise<void> {
    await this.starting;
    if (!this.up) {
      return;
    }
    this.ending = true;
    if (this.paused) {
      await this.own().unpause();
    }
    // Whatever is left after this second is killed, and the target removes all containers.
    await this.own().stop({ t: 1 });
    await this.gone;
  }

  killNow(): void {
    // Nothing can be asked of the engine without waiting: the watcher of the run removes all.
    this.ending = true;
  }

  private async bringUp(): Promise<string> {
    const since = Date.now() / 1_000;
    this.ending = false;
    if (this.started === null) {
      const image = this.engine.image().withCommand([...this.command.arguments]);
      this.started = await image.start();
    } else {
      await this.own().start();
    }
    this.up = true;
    this.lastWords = '';
    const said = this.listen(await this.started.logs({ since }));
    this.gone = this.follow(said);
    await this.untilListening();
    const { State } = await this.own().inspect();
    return `container ${this.id()} is ${State.Status}, process ${State.Pid}`;
  }

  /** Keeps what the container says; resolves when it says no more. */
  private listen(stream: NodeJS.ReadableStream): Promise<void> {
    return new Promise((resolve) => {
      stream.on('data', (text: Buffer | string) => {
        appendFileSync(this.command.outputFile, text);
        this.lastWords = (this.lastWords + text.toString()).slice(-LAST_WORDS_CHARACTERS);
      });
      stream.on('end', resolve).on('error', () => resolve());
    });
  }

  /** Waits for the end of the container; one that nobody asked for is kept. */
  private async follow(said: Promise<void>): Promise<void> {
    let how: string;
    try {
      how = `exit status ${(await this.own().wait()).StatusCode}`;
    } catch (error) {
      how = `the engine says: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.up = false;
    this.paused = false;
    if (!this.ending) {
      await Promise.race([said, wait(LAST_WORDS_PATIENCE_MS)]);
      this.unexpected = `${this.name} ended (${how}): ${this.lastWords.trim()}`;
    }
  }

  private async untilListening(): Promise<void> {
    const end = performance.now() + START_PATIENCE_MS;
    while (!(await answers(this.command.port))) {
      if (!this.up) {
        await this.gone;
        throw new Error(this.unexpected ?? `${this.name} ended before it listened`);
      }
      if (performance.now() > end) {
        const hint = "does the engine share this machine's network?";
        throw new Error(`${this.name} did not listen in ${START_PATIENCE_MS} ms; ${hint}`);
      }
      await wait(50);
    }
  }

  private async inState(expected: string): Promise<string> {
    const { State } = await this.own().inspect();
    this.mustBe(State.Status === expected, `is ${State.Status}, not ${expected}`);
    return `container ${this.id()} is ${State.Status}`;
  }

  private own(): EngineContainer {
    if (this.started === null) {
      throw new Error(`${this.name} was never started`);
    }
    return this.engine.container(this.started.getId());
  }

  /** As `docker ps` shows it. */
  private id(): string {
    return this.started?.getId().slice(0, 12) ?? '';
  }

  private mustBe(condition: boolean, otherwise: string): void {
    if (!condition) {
      throw new FaultSkipped(`${this.name} ${otherwise}`);
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
