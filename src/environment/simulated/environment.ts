/** A node in a simulated world: its files outlive its incarnations, its memory does not. */

import type { Stamp, Timestamp, Uuid } from '../../core/types/ids.js';
import type { Environment, LogLevel, TimerHandle } from '../environment.js';
import { SimulatedClock } from './clock.js';
import type { PowerLossKeeps } from './disk.js';
import { SimulatedFileSystem } from './file-system.js';
import { type SimulatedLinks, SimulatedNetwork } from './network.js';
import type { World } from './world.js';

const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Microseconds that a sync takes: least, and the bounds of what is drawn on top of it. `syncNow` is a
 * call that its caller waits for: it takes no virtual time.
 */
export interface DiskCondition {
  syncBase: number;
  syncSpread: number;
  /** Of a disk that has become slow. */
  slowness: number;
}

interface Timer {
  /** On the monotonic clock of the machine, in milliseconds. */
  readonly due: number;
  readonly fire: () => void;
  /** Rises when the clock changed its speed: the event scheduled before is void. */
  schedule: number;
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
  readonly clock: SimulatedClock;
  readonly disk: DiskCondition = { syncBase: 100, syncSpread: 900, slowness: 0 };
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
    this.clock = new SimulatedClock(options.world);
    this.clock.rateChanged = () => this.current?.clockChanged();
    this.files = new SimulatedFileSystem({
      scheduleSync: (complete) => {
        const incarnation = this.current;
        const { syncBase, syncSpread, slowness } = this.disk;
        let time = syncBase + this.world.stream('disk').below(syncSpread);
        if (slowness > 0) {
          time += this.world.stream('slow disk').below(slowness);
        }
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

  get isPaused(): boolean {
    return this.current?.isPaused ?? false;
  }

  /**
   * kill -9, or with `power` the power is cut, and `keeps` says what of the unsynced data was on the disk
   * all the same. Inside a step of this node nothing that follows in the step leaves it any more.
   */
  crash(
    power: boolean,
    how: string = power ? 'power lost' : 'killed',
    keeps: PowerLossKeeps = 'drawn',
    writtenBack: ((path: string) => boolean) | null = null,
  ): void {
    const incarnation = this.current;
    if (incarnation === null) {
      return;
    }
    this.current = null;
    incarnation.end();
    const stream = this.world.stream('power');
    this.files.crash({ power, keeps, writtenBack, draw: (bound) => stream.below(bound) });
    this.options.ended?.(how);
  }

  /**
   * SIGSTOP: events pile up until `resume`. Inside a step of this node, what the rest of the step sends
   * leaves after `resume` only (what it writes to files is in the page cache at once: nobody else sees
   * that).
   */
  pause(): void {
    this.current?.pause();
  }

  resume(): void {
    this.current?.resume();
  }

  /** Runs `handler` as an event of the process, once it gets to it. */
  signal(handler: () => void): void {
    this.current?.enter(handler);
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
  private readonly timers = new Map<TimerHandle, Timer>();
  private lastTimer = 0;
  private alive = true;
  private paused = false;
  private readonly timerName: string;
  private readonly piled: (() => void)[] = [];
  private turnEnd: (() => void)[] = [];
  private inTurn = false;
  /** The monotonic clock starts anew with each incarnation. */
  private readonly origin: number;

  constructor(node: SimulatedNode, options: SimulatedNodeOptions, number: number) {
    this.node = node;
    this.world = options.world;
    this.origin = node.clock.monotonic();
    this.timerName = `timer ${node.name}`;
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
      clock: {
        wall: () => node.clock.wall() as Timestamp,
        monotonic: () => (node.clock.monotonic() - this.origin) as Stamp,
      },
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
      stop: (exitCode, line) => {
        // What a dead process still does in its last step is nobody's concern.
        if (this.alive) {
          node.stop(exitCode, line);
        }
      },
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
    while (this.alive && !this.paused && this.turnEnd.length > 0) {
      const tasks = this.turnEnd;
      this.turnEnd = [];
      for (let i = 0; i < tasks.length && this.alive; i++) {
        if (this.paused) {
          this.turnEnd.unshift(...tasks.slice(i));
          break;
        }
        tasks[i]!();
      }
    }
    this.inTurn = false;
  }

  end(): void {
    this.alive = false;
    this.timers.clear();
    this.network.kill();
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(): void {
    this.paused = true;
    this.network.standStill();
  }

  resume(): void {
    this.paused = false;
    this.network.goOn();
    // Those of the turn in which it stood still.
    this.enter(() => {});
    for (const task of this.piled.splice(0)) {
      this.enter(task);
    }
  }

  /** The monotonic clock has another speed: timers come earlier or later than was scheduled. */
  clockChanged(): void {
    for (const [handle, timer] of this.timers) {
      timer.schedule++;
      this.schedule(handle, timer);
    }
  }

  private arm(after: number, fire: () => void): TimerHandle {
    const handle = ++this.lastTimer;
    if (this.alive) {
      const due = this.node.clock.monotonic() + Math.max(0, after);
      const timer: Timer = { due, fire, schedule: 0 };
      this.timers.set(handle, timer);
      this.schedule(handle, timer);
    }
    return handle;
  }

  private schedule(handle: TimerHandle, timer: Timer): void {
    const { schedule } = timer;
    const microseconds = Math.round(this.node.clock.untilMonotonic(timer.due));
    const run = (): void => {
      // Most timers were cancelled. A paused node may still cancel this one, before it gets to it.
      if (timer.schedule === schedule && this.timers.has(handle)) {
        this.enter(() => {
          if (this.timers.delete(handle)) {
            timer.fire();
          }
        });
      }
    };
    this.world.schedule(Math.max(1, microseconds), this.timerName, run, handle);
  }
}
