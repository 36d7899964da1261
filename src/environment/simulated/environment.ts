/** A node in a simulated world: its files outlive its incarnations, its memory does not. */

import type { Stamp, Timestamp, Uuid } from '../../core/types/ids.js';
import type { Environment, LogLevel, TimerHandle } from '../environment.js';
import { SimulatedFileSystem } from './file-system.js';
import { type SimulatedLinks, SimulatedNetwork } from './network.js';
import type { World } from './world.js';

/** Virtual wall time at the start of every run: 2026-01-01T00:00:00Z. */
const WALL_START_MILLISECONDS = 1_767_225_600_000;
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export interface ClockCondition {
  /** Milliseconds that the wall clock is ahead. */
  offset: number;
  /** Speed of wall and monotonic clock, in thousandths of true time. */
  rate: number;
}

/** Microseconds that a sync takes: least, and the bound of what is drawn on top of it. */
export interface DiskCondition {
  syncBase: number;
  syncSpread: number;
}

export interface SimulatedNodeOptions {
  readonly world: World;
  readonly links: SimulatedLinks;
  readonly name: string;
  readonly log?: (node: string, level: LogLevel, event: string, fields?: object) => void;
  /** A life of the node is over: `killed`, `power lost`, or the line with which it ended itself. */
  readonly ended?: (how: string) => void;
}

export class SimulatedNode {
  readonly name: string;
  readonly files: SimulatedFileSystem;
  readonly clock: ClockCondition = { offset: 0, rate: 1000 };
  readonly disk: DiskCondition = { syncBase: 100, syncSpread: 900 };
  private readonly options: SimulatedNodeOptions;
  private readonly world: World;
  private current: Incarnation | null = null;
  /** How the last incarnation ended by itself, if it did. */
  stopped: { readonly exitCode: number; readonly line: string } | null = null;
  private incarnations = 0;

  constructor(options: SimulatedNodeOptions) {
    this.options = options;
    this.world = options.world;
    this.name = options.name;
    this.files = new SimulatedFileSystem({
      scheduleSync: (complete) => {
        const incarnation = this.current;
        const { syncBase, syncSpread } = this.disk;
        const time = syncBase + this.world.stream('disk').below(syncSpread);
        this.world.schedule(time, `sync ${this.name}`, () => incarnation?.enter(complete));
      },
    });
  }

  get isRunning(): boolean {
    return this.current !== null;
  }

  /** A new incarnation: `run` is its main function. */
  boot(run: (environment: Environment) => void): void {
    if (this.current !== null) {
      throw new Error(`${this.name} is running`);
    }
    this.files.restart();
    this.stopped = null;
    const incarnation = new Incarnation(this, this.options, ++this.incarnations);
    this.current = incarnation;
    this.world.schedule(0, `boot ${this.name}`, () => {
      incarnation.enter(() => run(incarnation.environment));
    });
  }

  /** kill -9, or with `power` the power is cut. */
  crash(power: boolean, how: string = power ? 'power lost' : 'killed'): void {
    const incarnation = this.current;
    if (incarnation === null) {
      return;
    }
    this.current = null;
    incarnation.end();
    const stream = this.world.stream('power');
    this.files.crash({ power, draw: (bound) => stream.below(bound) });
    this.options.ended?.(how);
  }

  /** SIGSTOP: events pile up until `resume`. */
  pause(): void {
    this.current?.pause();
  }

  resume(): void {
    this.current?.resume();
  }

  /** The process ended itself. */
  stop(exitCode: number, line: string): void {
    this.stopped = { exitCode, line };
    this.options.log?.(this.name, 'error', 'stopped', { exitCode, line });
    this.crash(false, line);
  }
}

/** One life of a process. */
class Incarnation {
  readonly environment: Environment;
  private readonly node: SimulatedNode;
  private readonly world: World;
  private readonly network: SimulatedNetwork;
  private readonly timers = new Map<TimerHandle, true>();
  private lastTimer = 0;
  private alive = true;
  private paused = false;
  private readonly piled: (() => void)[] = [];
  private readonly turnEnd: (() => void)[] = [];
  private inTurn = false;
  // The monotonic clock starts anew with each incarnation, at the node's present rate.
  private anchorTrue: number;
  private anchorLocal = 0;
  private anchorRate: number;

  constructor(node: SimulatedNode, options: SimulatedNodeOptions, number: number) {
    this.node = node;
    this.world = options.world;
    this.anchorTrue = this.world.now;
    this.anchorRate = node.clock.rate;
    this.network = new SimulatedNetwork(options.links, node.name, (task) => this.enter(task));
    const fresh = this.world.stream(`fresh ${node.name} ${number}`);
    this.environment = {
      files: node.files,
      network: this.network,
      timers: {
        arm: (after, fire) => this.arm(after, fire),
        cancel: (handle) => {
          this.timers.delete(handle);
        },
      },
      clock: { wall: () => this.wall(), monotonic: () => this.monotonic() },
      fresh: {
        uuid: () => {
          let text = 'u';
          for (let i = 0; i < 20; i++) {
            text += URL_SAFE[fresh.below(64)];
          }
          // The last of 22 digits holds two bits only.
          return `${text}${'AQgw'[fresh.below(4)]}` as Uuid;
        },
        below: (bound, concern) =>
          this.world.stream(`${concern} ${node.name}`).below(Math.max(1, Math.floor(bound))),
      },
      log: (level, event, fields) => options.log?.(node.name, level, event, fields),
      stop: (exitCode, line) => node.stop(exitCode, line),
      atTurnEnd: (task) => {
        this.turnEnd.push(task);
      },
    };
  }

  /** Runs an event of this node, then the end of its turn. */
  enter(task: () => void): void {
    if (!this.alive) {
      return;
    }
    if (this.paused) {
      this.piled.push(task);
      return;
    }
    if (this.inTurn) {
      task();
      return;
    }
    this.inTurn = true;
    task();
    while (this.alive && this.turnEnd.length > 0) {
      for (const late of this.turnEnd.splice(0)) {
        if (this.alive) {
          late();
        }
      }
    }
    this.inTurn = false;
  }

  end(): void {
    this.alive = false;
    this.timers.clear();
    this.network.kill();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    for (const task of this.piled.splice(0)) {
      this.enter(task);
    }
  }

  private arm(after: number, fire: () => void): TimerHandle {
    const handle = ++this.lastTimer;
    this.timers.set(handle, true);
    const microseconds = (Math.max(0, after) * 1000 * 1000) / this.node.clock.rate;
    this.world.schedule(Math.max(1, microseconds), `timer ${this.node.name} ${handle}`, () => {
      // A paused node may cancel it, once it goes on, before it gets to it.
      this.enter(() => {
        if (this.timers.delete(handle)) {
          fire();
        }
      });
    });
    return handle;
  }

  private wall(): Timestamp {
    const local = (this.world.now / 1000) * (this.node.clock.rate / 1000);
    return Math.floor(WALL_START_MILLISECONDS + local + this.node.clock.offset) as Timestamp;
  }

  private monotonic(): Stamp {
    const { rate } = this.node.clock;
    if (rate !== this.anchorRate) {
      this.anchorLocal = this.elapsed();
      this.anchorTrue = this.world.now;
      this.anchorRate = rate;
    }
    return this.elapsed() as Stamp;
  }

  private elapsed(): number {
    return this.anchorLocal + ((this.world.now - this.anchorTrue) * this.anchorRate) / 1_000_000;
  }
}
