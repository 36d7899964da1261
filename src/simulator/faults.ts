/** Faults of a simulated run, drawn from the seed: kills, power loss, pauses, cuts and clocks. */

import type { RandomStream } from '../environment/simulated/random.js';
import type { SimulatedCluster } from './cluster.js';
import type { Recorder } from './recorder.js';

type FaultKind = 'kill' | 'power' | 'pause' | 'cut' | 'oneWayCut' | 'clock';

const KINDS: readonly FaultKind[] = ['kill', 'power', 'pause', 'cut', 'oneWayCut', 'clock'];
const SECOND = 1_000_000;

export class Faults {
  readonly counts: Map<string, number> = new Map();
  private readonly cluster: SimulatedCluster;
  private readonly recorder: Recorder;
  private readonly stream: RandomStream;
  /** Swarm: how often each kind is drawn in this seed; some not at all. */
  private readonly weights: readonly FaultKind[];
  private active = true;
  /** At most a minority is down or paused at a time. */
  private troubled = new Set<number>();
  /** Nodes that lost unsynced data and may not be back in sync yet. */
  private powerLost = false;

  constructor(cluster: SimulatedCluster, recorder: Recorder) {
    this.cluster = cluster;
    this.recorder = recorder;
    this.stream = cluster.world.stream('faults');
    const chosen = KINDS.filter(() => this.stream.chance(2, 3));
    this.weights = chosen.flatMap((kind) => Array(1 + this.stream.below(3)).fill(kind));
  }

  start(): void {
    this.later();
  }

  /** Everything runs, is connected and has true clocks. */
  healAll(): void {
    this.active = false;
    this.recorder.nemesis('heal', 'all');
    this.cluster.links.healAll();
    this.cluster.nodes.forEach((node, index) => {
      node.clock.setRight();
      if (node.isRunning) {
        node.resume();
      } else {
        this.cluster.start(index);
      }
    });
  }

  private later(): void {
    const after = (100 + this.stream.below(2000)) * 1000;
    this.cluster.world.schedule(after, 'fault', () => {
      if (this.active) {
        this.one();
        this.later();
      }
    });
  }

  private one(): void {
    if (this.weights.length === 0) {
      return;
    }
    const kind = this.stream.pick(this.weights);
    const target = this.stream.below(this.cluster.nodes.length);
    const duration = (50 + this.stream.below(3000)) * 1000;
    const done = this.inject(kind, target, duration);
    if (done) {
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      this.recorder.nemesis(kind, this.cluster.nodes[target]!.name);
    }
  }

  private inject(kind: FaultKind, target: number, duration: number): boolean {
    const node = this.cluster.nodes[target]!;
    const { world, links, nodes } = this.cluster;
    const majority = Math.floor(nodes.length / 2) + 1;
    switch (kind) {
      case 'kill':
      case 'power':
        if (!node.isRunning || nodes.length - this.troubled.size - 1 < majority) {
          return false;
        }
        if (kind === 'power') {
          // One replica of three may lose unsynced data before it is in sync again.
          if (this.powerLost) {
            return false;
          }
          this.powerLost = true;
        }
        this.troubled.add(target);
        node.crash(kind === 'power');
        world.schedule(duration, 'restart', () => {
          this.troubled.delete(target);
          if (this.active && !node.isRunning) {
            this.cluster.start(target);
            world.schedule(5 * SECOND, 'in sync', () => {
              this.powerLost = false;
            });
          }
        });
        return true;
      case 'pause':
        if (!node.isRunning || nodes.length - this.troubled.size - 1 < majority) {
          return false;
        }
        this.troubled.add(target);
        node.pause();
        world.schedule(duration, 'resume', () => {
          this.troubled.delete(target);
          node.resume();
        });
        return true;
      case 'cut':
      case 'oneWayCut': {
        const others = nodes.filter((other) => other !== node);
        for (const other of others) {
          links.cut(node.name, other.name);
          if (kind === 'cut') {
            links.cut(other.name, node.name);
          }
        }
        world.schedule(duration, 'heal', () => {
          for (const other of others) {
            links.heal(node.name, other.name);
            links.heal(other.name, node.name);
          }
        });
        return true;
      }
      case 'clock':
        node.clock.jump(this.stream.below(120_000) - 60_000);
        node.clock.setMonotonicRate(900 + this.stream.below(201));
        return true;
    }
  }
}
