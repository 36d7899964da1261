/**
 * After the faults: the cluster must come to rest and serve, within a bound of virtual time. What may
 * stay undone is only what the committed metadata proves to be beyond the nodes that are up.
 */

import type { BrokerId } from '../core/types/ids.js';
import type { RunContext } from './context.js';
import { type CoreNode, lackOfConvergence, lackOfRest, unservable } from './judges/convergence.js';
import type { Workload } from './workload/workload.js';

/** Microseconds of virtual time in which a core converges, and then serves. */
const BOUND = 10_000_000;
/**
 * The same for a group: who is held up wakes up, who is gone is missed after a session, and a rebalance or two follow,
 * each as long as its timeout at the most.
 */
const GROUPS_BOUND = 20_000_000;
/** Convergence is asked for this often. */
const INTERVAL = 50_000;
/** Followers hear of the last high watermark with their next fetch, after everybody has stopped. */
const REST_BOUND = 2_000_000;

/** Who knows which brokers may be missed, and keeps them down. */
export interface Keeper {
  /** Kills the broker, and nobody starts it; false: it must not be missed now. */
  keepDown(index: number): boolean;
  letUp(index: number): void;
}

/**
 * Demands convergence and service of the scenario's core, and then of all brokers. Links, clocks and
 * disks are well again, and every node was started. One that finds damage and ends itself is started by
 * the supervisor, as before (deeds/nodes.ts); whether it had a reason to end is not asked here
 * (BrokerKeepsRunning).
 *
 * Beyond the atlas nothing is asked of a cluster that has lost its quorum, nor of brokers that refuse
 * their metadata logs.
 */
export function heal(context: RunContext, workload: Workload, keeper: Keeper): void {
  const { cluster, scenario } = context;
  const all = cluster.nodes.map((_, index) => index);
  const isBeyond = scenario.atlas === 'beyond';
  if (isBeyond) {
    // Who was started last may still be about to refuse.
    context.world.runUntil(context.world.now + INTERVAL);
  }
  if (lostQuorum(context) !== null) {
    return;
  }
  const { core } = scenario;
  const whole = !isBeyond || all.every((index) => !hasLostVote(context, index));
  if (core !== undefined && core.length < all.length && whole) {
    // Who alone can be trusted with a partition stays: losing it too would be beyond the atlas.
    const down = all.filter((index) => !core.includes(index) && keeper.keepDown(index));
    const up = all.filter((index) => !down.includes(index));
    convergesAndServes(context, workload, up);
    if (context.world.isHalted) {
      return;
    }
    for (const index of down) {
      keeper.letUp(index);
    }
  }
  convergesAndServes(context, workload, all);
  groupsConverge(context, workload);
}

/** Clients go on writing meanwhile: the groups keep pace. */
function groupsConverge(context: RunContext, workload: Workload): void {
  const { world } = context;
  if (world.isHalted) {
    return;
  }
  workload.groups.demandConvergence();
  const lack = reached(context, world.now + GROUPS_BOUND, () => workload.groups.lack());
  if (lack !== null) {
    context.violated(
      'GroupConverges',
      `after ${GROUPS_BOUND / 1_000_000} s without faults: ${lack}`,
    );
  }
}

function hasLostVote({ cluster, ledger }: RunContext, index: number): boolean {
  return ledger.hasLostDisk(index) || cluster.refusesMetadata(index);
}

/** How a majority of the voters is gone for good, for people; null: it is not. */
export function lostQuorum({ cluster, ledger, voters }: RunContext): string | null {
  const gone = voters.lostMajority().map(({ id }) => {
    const how = ledger.hasLostDisk(id - 1) ? 'lost its disk' : 'refuses its metadata log';
    return `${cluster.nodes[id - 1]!.name} ${how}`;
  });
  return gone.length === 0 ? null : gone.join(', ');
}

/** Nobody writes any more: in-sync replicas become equal. */
export function settle(context: RunContext): void {
  const { world, cluster } = context;
  const all = coreOf(
    context,
    cluster.nodes.map((_, index) => index),
  );
  const limit = world.now + REST_BOUND;
  const lack = reached(context, limit, () => lackOfConvergence(all()) ?? lackOfRest(all()));
  if (lack !== null) {
    context.violated('Converges', `with nobody writing: ${lack}`);
  }
}

function convergesAndServes(
  context: RunContext,
  workload: Workload,
  indexes: readonly number[],
): void {
  const { world } = context;
  const core = coreOf(context, indexes);
  const limit = world.now + BOUND;
  const seconds = BOUND / 1_000_000;
  const unconverged = reached(context, limit, () => lackOfConvergence(core()));
  if (unconverged !== null) {
    context.violated('Converges', `after ${seconds} s without faults: ${unconverged}`);
    return;
  }
  workload.markService();
  const unserved = reached(context, limit, () => {
    const excused = unservable(core());
    const lacking = workload.unserved().filter((name) => !excused.has(name));
    return lacking.length === 0 ? null : `nothing was acknowledged in ${lacking.join(', ')}`;
  });
  if (unserved !== null) {
    const lack = lackOfConvergence(core()) ?? 'though the cluster has converged';
    context.violated('Serves', `after ${seconds} s without faults: ${unserved}; ${lack}`);
  }
}

function coreOf(context: RunContext, indexes: readonly number[]): () => CoreNode[] {
  const { cluster } = context;
  return () =>
    indexes
      .filter((index) => !cluster.refusesMetadata(index))
      .map((index) => ({
        id: (index + 1) as BrokerId,
        name: cluster.nodes[index]!.name,
        broker: cluster.broker(index),
      }));
}

/**
 * Runs until `lack` finds none (null), or tells what it still found at `limit`. A run that is over
 * lacks nothing.
 */
function reached(context: RunContext, limit: number, lack: () => string | null): string | null {
  const { world } = context;
  for (;;) {
    if (world.isHalted) {
      return null;
    }
    const lacking = lack();
    const next = world.now + INTERVAL;
    if (lacking === null || next > limit) {
      return lacking;
    }
    world.runUntil(next);
  }
}
