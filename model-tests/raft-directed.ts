/** Directed schedules: who hears whom, step by step. */

import type { Packet, RaftCluster } from './raft-cluster.js';

/**
 * Delivers the packets that `allowed` lets through, and syncs, until nothing of that is left, or
 * until `until` holds. Other packets stay where they are.
 */
export function pump(
  cluster: RaftCluster,
  allowed: (packet: Packet) => boolean,
  until: () => boolean = () => false,
): void {
  for (let i = 0; i < 10_000 && cluster.violations.length === 0 && !until(); i++) {
    const busy = cluster.running().find((node) => node.queue.length > 0);
    if (busy !== undefined) {
      cluster.sync(busy.voter.id);
      continue;
    }
    const at = cluster.network.findIndex(allowed);
    if (at < 0) {
      return;
    }
    cluster.deliver(cluster.network.splice(at, 1)[0]!);
  }
}

/** Has `id` elected by those that can hear it; what it sends as leader is lost. */
export function electQuietly(cluster: RaftCluster, id: number): void {
  const leads = (): boolean => cluster.node(id).state?.role === 'leader';
  cluster.network = [];
  // It may take a second try to learn the newest term.
  for (let i = 0; i < 5 && !leads() && cluster.violations.length === 0; i++) {
    for (const { voter } of cluster.running()) {
      cluster.fire(voter.id, 'leaderSilence');
    }
    cluster.fire(id, 'election');
    pump(cluster, () => true, leads);
  }
  cluster.network = [];
}
