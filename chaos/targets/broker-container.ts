/** One broker as a container: killed, paused and restarted by the Docker engine. */

import { appendFileSync } from 'node:fs';
import net from 'node:net';
import type { GenericContainer, StartedTestContainer } from 'testcontainers';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import { FaultSkipped } from './target.js';

/** What of the engine's own client is used (dockerode, which testcontainers brings). */
export interface EngineContainer {
  start(): Promise<unknown>;
  kill(options?: { signal: string }): Promise<unknown>;
  wait(): Promise<unknown>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  inspect(): Promise<{ State: { Status: string; Pid: number } }>;
}

export interface Engine {
  /** The image with the broker in it, not started. */
  readonly image: () => Promise<GenericContainer>;
  readonly container: (id: string) => EngineContainer;
}

const START_PATIENCE_MS = 30_000;

export class BrokerContainer implements BrokerRunner {
  readonly name: string;
  /** The engine is asked only about containers that are meant to run. */
  unexpected: string | null = null;
  private readonly command: BrokerCommand;
  private readonly engine: Engine;
  private started: StartedTestContainer | null = null;
  private up = false;
  private paused = false;

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

  async start(): Promise<string> {
    if (this.started === null) {
      const image = await this.engine.image();
      this.started = await image
        .withCommand([...this.command.arguments])
        .withLogConsumer((stream) => {
          stream.on('data', (bytes) => appendFileSync(this.command.outputFile, bytes));
        })
        .start();
    } else {
      await this.own().start();
    }
    this.up = true;
    await this.untilListening();
    const { State } = await this.own().inspect();
    return `container ${this.id()} is ${State.Status}, process ${State.Pid}`;
  }

  async kill(): Promise<string> {
    this.mustBe(this.up, 'does not run');
    const container = this.own();
    this.up = false;
    this.paused = false;
    const gone = container.wait();
    await container.kill({ signal: 'SIGKILL' });
    await gone;
    return `container ${this.id()} ended by SIGKILL`;
  }

  async pause(): Promise<string> {
    this.mustBe(this.up && !this.paused, 'does not run or is paused');
    await this.own().pause();
    this.paused = true;
    return `container ${this.id()} is ${(await this.own().inspect()).State.Status}`;
  }

  async resume(): Promise<string> {
    this.mustBe(this.paused, 'is not paused');
    await this.own().unpause();
    this.paused = false;
    return `container ${this.id()} is ${(await this.own().inspect()).State.Status}`;
  }

  async stop(): Promise<void> {
    if (this.paused) {
      await this.own().unpause();
    }
    this.up = false;
    await this.started?.stop({ timeout: 5_000, remove: true });
    this.started = null;
  }

  killNow(): void {
    // The engine outlives this process; there is no call that does not wait for its answer.
    this.own()
      .kill()
      .catch(() => {});
  }

  private own(): EngineContainer {
    return this.engine.container(this.id());
  }

  private id(): string {
    this.mustBe(this.started !== null, 'was never started');
    return this.started?.getId() ?? '';
  }

  private mustBe(condition: boolean, otherwise: string): void {
    if (!condition) {
      throw new FaultSkipped(`${this.name} ${otherwise}`);
    }
  }

  private async untilListening(): Promise<void> {
    const end = performance.now() + START_PATIENCE_MS;
    while (!(await answers(this.command.port))) {
      const { State } = await this.own().inspect();
      if (State.Status !== 'running' || performance.now() > end) {
        throw new Error(`${this.name} does not listen; its container is ${State.Status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
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
