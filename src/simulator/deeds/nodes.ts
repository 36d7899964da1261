/** Who starts nodes again: the deed that ended them, or a supervisor if they ended themselves. */

import { assert } from '../../core/types/assert.js';
import type { RunContext } from '../context.js';
import type { WatchedNode } from '../watch.js';

/** A service manager waits so long before it starts a process that ended by itself. */
const RESTART_MICROSECONDS = 400_000;
/** Ends that a deed or the healing is responsible for. */
const ENDED_FROM_OUTSIDE: ReadonlySet<string> = new Set(['killed', 'power lost', 'disk lost']);

export class NodeKeeper {
  private readonly context: RunContext;
  /** By index: deeds that keep the node down. */
  private readonly holds: number[];
  /** By index: who waits for its end. */
  private readonly waiting: (() => void)[][];
  /** By index: deeds that hold its process still, with the life that they stopped. */
  private readonly pauses: { life: number; count: number }[];

  constructor(context: RunContext) {
    this.context = context;
    const { nodes } = context.cluster;
    this.holds = nodes.map(() => 0);
    this.waiting = nodes.map(() => []);
    this.pauses = nodes.map(() => ({ life: 0, count: 0 }));
  }

  nodeEnded(node: WatchedNode, how: string): void {
    const { index } = node;
    for (const task of this.waiting[index]!.splice(0)) {
      this.context.world.schedule(0, `down ${node.name}`, task);
    }
    if (!ENDED_FROM_OUTSIDE.has(how)) {
      this.context.world.schedule(RESTART_MICROSECONDS, `supervisor ${node.name}`, () => {
        this.startIfFree(index);
      });
    }
  }

  /** Nobody starts the node until `release`. */
  hold(index: number): void {
    this.holds[index]!++;
  }

  /** The last one that lets go starts it. */
  release(index: number): void {
    this.holds[index]!--;
    assert(this.holds[index]! >= 0, 'a node was released twice');
    this.startIfFree(index);
  }

  /** Calls `task` in an event of its own, once the present life of the node is over. */
  whenDown(index: number, task: () => void): void {
    this.waiting[index]!.push(task);
  }

  /** The process stands still; gives back how to let it go on. */
  pause(index: number): () => void {
    const life = this.context.cluster.incarnation(index);
    const pauses = this.pauses[index]!;
    if (pauses.life !== life) {
      this.pauses[index] = { life, count: 0 };
    }
    const mine = this.pauses[index]!;
    mine.count++;
    this.context.cluster.nodes[index]!.pause();
    return () => {
      mine.count--;
      // Of a later life nobody has said that it should stand still, or somebody else.
      if (mine.count === 0 && this.context.cluster.incarnation(index) === life) {
        this.context.cluster.nodes[index]!.resume();
      }
    };
  }

  /** Every node is up, but for those that refuse their metadata logs. */
  startAll(): void {
    for (let index = 0; index < this.holds.length; index++) {
      assert(this.holds[index] === 0, 'a deed that is over holds a node');
      this.startIfFree(index);
    }
  }

  private startIfFree(index: number): void {
    const { cluster, phase } = this.context;
    if (cluster.refusesMetadata(index)) {
      // It would end with the same line for ever; somebody has to look at the disk.
      return;
    }
    if (this.holds[index] === 0 && !cluster.nodes[index]!.isRunning && phase() !== 'over') {
      cluster.start(index);
    }
  }
}
