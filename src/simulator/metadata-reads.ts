/**
 * Linearizable reads of the metadata (thesis, 6.4), asked of every broker that believes to lead: what
 * a deposed leader must not answer shows only where somebody asks it.
 */

import type { RandomStream } from '../environment/simulated/random.js';
import type { RunContext } from './context.js';

/** Virtual microseconds between two reads, drawn around it. */
const INTERVAL = 50_000;

/** The judges see the reads and their answers; nobody else needs them. */
export class MetadataReads {
  private readonly context: RunContext;
  private readonly stream: RandomStream;

  constructor(context: RunContext) {
    this.context = context;
    this.stream = context.world.stream('metadata reads');
  }

  /** Reads through the main phase; not in every scenario, for each read is a round of heartbeats too. */
  start(): void {
    if (this.stream.below(2) === 0) {
      this.schedule();
    }
  }

  private schedule(): void {
    const after = INTERVAL / 2 + this.stream.below(INTERVAL);
    this.context.world.schedule(after, 'metadata read', () => {
      if (this.context.phase() === 'main') {
        this.readEverywhere();
        this.schedule();
      }
    });
  }

  private readEverywhere(): void {
    const { cluster } = this.context;
    for (const [index, node] of cluster.nodes.entries()) {
      const broker = cluster.broker(index);
      if (broker?.raft.isLeader === true) {
        node.signal(() => broker.raft.readIndex(() => {}));
      }
    }
  }
}
