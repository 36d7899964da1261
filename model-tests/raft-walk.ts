/** A random walk through everything that can happen to a Raft cluster. */

import type { BrokerId } from '../src/core/types/ids.js';
import type { Choices, ClusterOptions } from './raft-cluster.js';
import { RaftCluster, seeded } from './raft-cluster.js';

export interface WalkOptions extends ClusterOptions {
  readonly steps?: number;
  /** How many voters may lose their disks, at most a minority. */
  readonly wipes?: number;
  readonly weights?: Weights;
  /** Voters are added and removed, leaderships handed over. */
  readonly changes?: boolean;
  /** A node whose timers run far behind: safety must hold under any clock skew. */
  readonly slowClock?: number;
}

/** What may happen next, and how often next to the others. */
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
  cutOff: 4,
  heal: 4,
  connectionLost: 5,
  // Only where voters may change.
  change: 0,
  transfer: 0,
} as const;
type Action = keyof typeof WEIGHTS;
export type Weights = Readonly<Record<Action, number>>;

/** What a swarm turns off, leaves or turns up, seed by seed. */
const SWARMED: readonly Action[] = [
  'deliverAny',
  'duplicate',
  'lose',
  'snapshot',
  'crash',
  'cutOff',
  'heal',
  'connectionLost',
];
const MAX_PACKETS = 120;

/** Walks until a violation, the end of the choices, or `steps` actions. */
export function walk(choices: Choices, options: WalkOptions = {}): RaftCluster {
  const cluster = new RaftCluster(options);
  const { steps = 1_500, weights = WEIGHTS, wipes = 0 } = options;
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < steps && cluster.violations.length === 0; i++) {
    const drawn = choices.next(total);
    const which = choices.next(1 << 16);
    if (drawn === null || which === null) {
      break;
    }
    const action = actionAt(weights, drawn);
    const wiping = action === 'restart' && cluster.wiped < wipes && which % 3 === 0;
    act(cluster, action, which, wiping, options.slowClock ?? 0);
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
  const weights = { ...WEIGHTS } as Record<Action, number>;
  for (const action of SWARMED) {
    weights[action] *= [0, 1, 1, 4][choices.next(4)!]!;
  }
  const slowClock = choices.next(voters + 1)!;
  if (options.changes) {
    Object.assign(weights, { change: 14, transfer: 5 });
  }
  return walk(choices, { voters, learners, limits, weights, slowClock, ...options });
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
  // An accepted proposal can still be lost with its leader: then it is made again.
  let made: { index: number; term: number } | undefined;
  const served = cluster.runUntil(() => {
    const leader = cluster.leaders().at(-1);
    const kept = leader?.entries.some(
      ({ index, term }) => index === made?.index && term === made.term,
    );
    if (leader !== undefined && !kept) {
      made = cluster.accepted.get(cluster.propose(leader.self.id, 'healed'));
    }
    return cluster.running().every(({ applied }) => applied.includes('healed'));
  }, choices);
  return served ? null : 'no proposal was committed everywhere';
}

function actionAt(weights: Weights, drawn: number): Action {
  let left = drawn;
  for (const [action, weight] of Object.entries(weights)) {
    left -= weight;
    if (left < 0) {
      return action as Action;
    }
  }
  return 'deliver';
}

function act(
  cluster: RaftCluster,
  action: Action,
  which: number,
  wiping: boolean,
  slowClock: number,
): void {
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
      const late = id === slowClock && Math.floor(which / 64) % 16 !== 0;
      if (up && name !== undefined && !late) {
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
    case 'change':
    case 'transfer':
      changeSomething(cluster, action, id, more);
      return;
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
    case 'cutOff': {
      // Every other time the leader: a deposed leader that does not know it is the hard case.
      const leader = cluster.leaders()[0]?.self.id;
      cluster.cutOff.add(more % 2 === 0 && leader !== undefined ? leader : id);
      return;
    }
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

/** Mostly at the leader: a voter is removed, somebody else added; or the leadership handed over. */
function changeSomething(
  cluster: RaftCluster,
  action: 'change' | 'transfer',
  id: BrokerId,
  more: number,
): void {
  const leader = cluster.leaders()[more % Math.max(1, cluster.leaders().length)];
  const at = more % 8 === 0 ? cluster.node(id).state : leader;
  if (at === null || at === undefined) {
    return;
  }
  if (action === 'transfer') {
    cluster.transfer(at.self.id, more % 3 === 0 ? null : id);
    return;
  }
  const { voters } = at.configuration;
  const held = voters.find((voter) => voter.id === id);
  const isReplaced = held?.directoryId !== cluster.node(id).voter.directoryId;
  if (held === undefined || (isReplaced && more % 2 === 0)) {
    cluster.change(at.self.id, 'add', id);
  } else if (voters.length > 2 || more % 4 === 0) {
    cluster.change(at.self.id, 'remove', id, held);
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
