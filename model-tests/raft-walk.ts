/** A random walk through everything that can happen to a Raft cluster. */

import type { BrokerId } from '../src/core/types/ids.js';
import type { Choices, ClusterOptions } from './raft-cluster.js';
import { RaftCluster, seeded } from './raft-cluster.js';

export interface WalkOptions extends ClusterOptions {
  readonly steps?: number;
  /** How many voters may lose their disks, at most a minority. */
  readonly wipes?: number;
}

/** What may happen next, with weights out of 1,000. */
const WEIGHTS = {
  deliver: 520,
  deliverAny: 60,
  duplicate: 25,
  lose: 25,
  sync: 170,
  timer: 85,
  propose: 50,
  read: 20,
  snapshot: 6,
  crash: 7,
  restart: 14,
  cutOff: 5,
  heal: 8,
  connectionLost: 5,
} as const;
type Action = keyof typeof WEIGHTS;
const TOTAL: number = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
const MAX_PACKETS = 120;

/** Walks until a violation, the end of the choices, or `steps` actions. */
export function walk(choices: Choices, options: WalkOptions = {}): RaftCluster {
  const cluster = new RaftCluster(options);
  const { steps = 1_500 } = options;
  let wipes = options.wipes ?? 0;
  for (let i = 0; i < steps && cluster.violations.length === 0; i++) {
    const drawn = choices.next(TOTAL);
    const which = choices.next(1 << 16);
    if (drawn === null || which === null) {
      break;
    }
    const action = actionAt(drawn);
    const wiping = action === 'restart' && wipes > 0 && which % 3 === 0;
    act(cluster, action, which, wiping);
    if (wiping && cluster.running().length === cluster.nodes.size) {
      wipes--;
    }
    if (cluster.network.length > MAX_PACKETS) {
      cluster.network.splice(0, cluster.network.length - MAX_PACKETS);
    }
  }
  return cluster;
}

/** {@link walk} with the decisions of a seed; the cluster's shape is drawn from it as well. */
export function walkSeed(seed: number, options: WalkOptions = {}): RaftCluster {
  const choices = seeded(seed);
  const voters = [3, 3, 5, 2, 4][choices.next(5)!]!;
  const learners = choices.next(2)!;
  const maxAppendBytes = [1, 6, 1_000][choices.next(3)!]!;
  const maxInflight = [1, 3][choices.next(2)!]!;
  const limits = { maxAppendBytes, maxInflight };
  return walk(choices, { voters, learners, limits, ...options });
}

/** Ends all faults, and says what does not recover: null if all is well. */
export function heals(cluster: RaftCluster, choices: Choices): string | null {
  cluster.cutOff.clear();
  for (const node of cluster.nodes.values()) {
    if (node.state === null) {
      cluster.start(node.voter.id);
    }
  }
  const led = (): boolean => cluster.leaders().length === 1;
  if (!cluster.runUntil(led, choices)) {
    return 'no leader';
  }
  let token = 0;
  const accepted = cluster.runUntil(() => {
    const leader = cluster.leaders().at(-1);
    token = leader === undefined ? 0 : cluster.propose(leader.self.id, 'healed');
    return cluster.accepted.has(token);
  }, choices);
  const index = cluster.accepted.get(token)?.index;
  if (!accepted || index === undefined) {
    return 'no proposal was accepted';
  }
  const everywhere = (): boolean => cluster.running().every((node) => node.appliedIndex >= index);
  return cluster.runUntil(everywhere, choices) ? null : 'not committed everywhere';
}

function actionAt(drawn: number): Action {
  let left = drawn;
  for (const [action, weight] of Object.entries(WEIGHTS)) {
    left -= weight;
    if (left < 0) {
      return action as Action;
    }
  }
  return 'deliver';
}

function act(cluster: RaftCluster, action: Action, which: number, wiping: boolean): void {
  const { network } = cluster;
  const ids = [...cluster.nodes.keys()];
  const id = ids[which % ids.length]!;
  const more = Math.floor(which / ids.length);
  const up = cluster.node(id).state !== null;
  switch (action) {
    case 'deliver':
    case 'deliverAny': {
      const at = action === 'deliver' ? 0 : which % Math.max(1, network.length);
      const [packet] = network.splice(at, 1);
      if (packet !== undefined) {
        cluster.deliver(packet);
      }
      return;
    }
    case 'duplicate': {
      const packet = network[which % Math.max(1, network.length)];
      if (packet !== undefined) {
        network.push(packet);
      }
      return;
    }
    case 'lose':
      network.splice(which % Math.max(1, network.length), 1);
      return;
    case 'sync':
      syncSome(cluster, which);
      return;
    case 'timer': {
      const names = [...cluster.node(id).timers.keys()].sort();
      const name = names[more % Math.max(1, names.length)];
      if (up && name !== undefined) {
        cluster.fire(id, name);
      }
      return;
    }
    case 'propose':
    case 'read': {
      // Mostly where it can work; sometimes where it must be refused.
      const leaders = cluster.leaders();
      const at = more % 8 === 0 ? id : leaders[more % Math.max(1, leaders.length)]?.self.id;
      if (at !== undefined && cluster.node(at).state !== null) {
        action === 'read' ? cluster.read(at) : cluster.propose(at, undefined, 1 + (more % 3));
      }
      return;
    }
    case 'snapshot':
      if (up && cluster.node(id).appliedIndex > 0) {
        cluster.snapshot(id);
      }
      return;
    case 'crash':
      if (up) {
        cluster.crash(id, more % 5);
      }
      return;
    case 'restart':
      restartOne(cluster, which, wiping);
      return;
    case 'cutOff':
      cluster.cutOff.add(id);
      return;
    case 'heal':
      cluster.cutOff.clear();
      return;
    case 'connectionLost':
      if (up && ids.length > 1) {
        const peer = ids[(which + 1) % ids.length] as BrokerId;
        cluster.feed(id, { type: 'connectionLost', peer, stamp: 0 as never });
      }
      return;
  }
}

function syncSome(cluster: RaftCluster, which: number): void {
  const busy = cluster.running().filter((node) => node.queue.length > 0);
  const node = busy[which % Math.max(1, busy.length)];
  if (node !== undefined) {
    cluster.sync(node.voter.id, 1 + (which % 3));
  }
}

function restartOne(cluster: RaftCluster, which: number, wiping: boolean): void {
  const down = [...cluster.nodes.values()].filter((node) => node.state === null);
  const node = down[which % Math.max(1, down.length)];
  if (node !== undefined) {
    if (wiping) {
      cluster.wipe(node.voter.id);
    }
    cluster.start(node.voter.id);
  }
}
