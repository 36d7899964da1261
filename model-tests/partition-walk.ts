/**
 * A random walk through the closed world: what may go wrong within the budget goes wrong; then all
 * is healed, and the partition must come to rest and take a write.
 */

import type { PartitionRules } from '../src/core/partition/rules.js';
import type { PartitionTimer } from '../src/core/partition/types.js';
import { partitionProperties } from '../src/core/properties/partition/all.js';
import { endOf, type PartitionProperty } from '../src/core/properties/partition/property.js';
import type { Offset } from '../src/core/types/ids.js';
import type { ModelNode } from './partition-node.js';
import {
  type Message,
  PartitionClosedWorld,
  Violation,
  type WorldOptions,
} from './partition-world.js';

export interface WalkResult {
  /** The first violation, null: none. */
  readonly property: string | null;
  readonly detail: string;
  readonly acknowledged: number;
  readonly uncleanElections: number;
}

type Action = (walk: Walk) => void;

interface Walk {
  readonly world: PartitionClosedWorld;
  /** Stopped uncleanly and not in the ISR since; true: it lost what was not on disk. */
  readonly uncertain: Map<number, boolean>;
}

/** Weight and what is done. */
const actions: readonly (readonly [number, Action])[] = [
  [40, deliverSome],
  [3, loseSome],
  [3, repeatSome],
  [30, fetchSome],
  [8, produceNew],
  [4, produceAgain],
  [5, producePlain],
  [2, newSession],
  [3, consume],
  [26, learnMetadata],
  [8, finishAppend],
  [4, sync],
  [2, checkpoint],
  [5, fireTimer],
  [2, expire],
  [3, forgetFetch],
  [1, crash],
  [10, restart],
  [1, fence],
  [12, unfence],
  [1, moveLeader],
  [2, stopOrNot],
  [1, electUncleanly],
  [1, retain],
  [1, deleteRecords],
  [1, expireDeletion],
];
const totalWeight = actions.reduce((sum, [weight]) => sum + weight, 0);

/** One run of `steps` random actions, then healing. The same arguments give the same run. */
export function walkPartition(
  seed: number,
  steps: number,
  options: WorldOptions,
  rules: PartitionRules,
  properties: readonly PartitionProperty[] = partitionProperties,
): WalkResult {
  const world = new PartitionClosedWorld(seed, options, rules, properties);
  const walk: Walk = { world, uncertain: new Map() };
  const result = (property: string | null, detail: string): WalkResult => ({
    property,
    detail,
    acknowledged: world.acknowledged,
    uncleanElections: world.controller.uncleanElections,
  });
  try {
    for (let i = 0; i < steps; i++) {
      draw(world)(walk);
      for (const id of world.controller.isr) {
        // Who is down still has the seat of its former life.
        if (world.nodes[id]!.state !== null) {
          walk.uncertain.delete(id);
        }
      }
    }
    heal(walk);
  } catch (error) {
    if (error instanceof Violation) {
      return result(error.property, error.message);
    }
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  return result(null, '');
}

function draw(world: PartitionClosedWorld): Action {
  let at = world.random.below(totalWeight);
  for (const [weight, action] of actions) {
    at -= weight;
    if (at < 0) {
      return action;
    }
  }
  return deliverSome;
}

function running(world: PartitionClosedWorld): ModelNode[] {
  return world.nodes.filter((node) => node.state !== null);
}

/** Mostly the node that leads; sometimes any. */
function leaderOrAny(world: PartitionClosedWorld): ModelNode | undefined {
  const nodes = running(world);
  const leaders = nodes.filter((node) => node.state?.role === 'leader');
  return world.random.pick(leaders.length > 0 && !world.random.oneIn(8) ? leaders : nodes);
}

// ------------------------------------------------------------------------------------ the network

function takeSome({ world }: Walk): Message | undefined {
  // Mostly fresh ones; so some of the others are very late.
  const { length } = world.network;
  const at = world.random.oneIn(3) ? world.random.below(length) : length - 1;
  return world.network.splice(at, 1)[0];
}

function deliverSome(walk: Walk): void {
  const message = takeSome(walk);
  if (message !== undefined) {
    walk.world.deliver(message);
  }
}

function loseSome(walk: Walk): void {
  const message = takeSome(walk);
  if (message !== undefined) {
    walk.world.lose(message);
  }
}

/** Only what is asked may come twice: an answer belongs to one question on one connection. */
function repeatSome({ world }: Walk): void {
  const asked = world.network.filter(({ type }) => type === 'fetch' || type === 'produce');
  const message = world.random.pick(asked);
  if (message !== undefined) {
    world.network.push(message);
  }
}

function fetchSome({ world }: Walk): void {
  const node = world.random.pick(running(world));
  if (node !== undefined) {
    world.sendFetch(node);
  }
}

function forgetFetch({ world }: Walk): void {
  const node = world.random.pick(running(world));
  if (node !== undefined) {
    node.fetching = null;
  }
}

// ------------------------------------------------------------------------------------ the clients

function produceNew({ world }: Walk): void {
  const producer = world.random.pick(world.producers);
  const node = leaderOrAny(world);
  if (producer === undefined || node === undefined || !producer.mayCreate) {
    return;
  }
  const batch = producer.create(1 + world.random.below(2));
  world.network.push({ type: 'produce', to: node.id, acks: -1, batch, producer });
}

function produceAgain({ world }: Walk): void {
  const producer = world.random.pick(world.producers);
  const node = leaderOrAny(world);
  const batch = world.random.pick(producer?.outstanding ?? []);
  if (producer !== undefined && node !== undefined && batch !== undefined) {
    world.network.push({ type: 'produce', to: node.id, acks: -1, batch, producer });
  }
}

function producePlain({ world }: Walk): void {
  const node = leaderOrAny(world);
  if (node !== undefined) {
    const acks = world.random.pick([-1, 0, 1] as const)!;
    world.produce(node, acks, world.mint.plain(1 + world.random.below(2)), null);
  }
}

function newSession({ world }: Walk): void {
  if (world.random.oneIn(2)) {
    world.random.pick(world.producers)?.newSession();
  }
}

function consume({ world }: Walk): void {
  const node = leaderOrAny(world);
  if (node !== undefined) {
    world.consume(node);
  }
}

function expire({ world }: Walk): void {
  world.expireSomeProduce();
}

// -------------------------------------------------------------------------------------- the nodes

function learnMetadata({ world }: Walk): void {
  const behind = running(world).filter((node) => node.version < world.controller.version);
  const node = world.random.pick(behind);
  if (node !== undefined) {
    // Some versions are skipped: a broker folds several records before it tells its partitions.
    const missing = world.controller.version - node.version;
    world.tellMetadata(node, node.version + 1 + world.random.below(missing));
  }
}

function finishAppend({ world }: Walk): void {
  const node = world.random.pick(running(world).filter(({ written, end }) => written < end));
  if (node !== undefined) {
    const missing = node.log.filter((batch) => endOf(batch) > node.written);
    node.written = endOf(world.random.pick(missing)!);
    const endOffset = node.written as Offset;
    world.feed(node, { type: 'appended', endOffset, stamp: world.now() });
  }
}

function sync({ world }: Walk): void {
  const node = world.random.pick(running(world));
  if (node !== undefined) {
    node.synced = node.written;
  }
}

function checkpoint({ world }: Walk): void {
  const node = world.random.pick(running(world));
  if (node?.state != null) {
    node.highWatermarkCheckpoint = node.state.highWatermark;
  }
}

function fireTimer({ world }: Walk): void {
  const armed = running(world).flatMap((node) =>
    [...node.timers].sort().map((timer) => ({ node, timer })),
  );
  // A back-off is short, replica.lag.time.max.ms is long.
  const short = armed.filter(({ timer }) => timer.startsWith('alter'));
  const fired = world.random.pick(short.length > 0 && !world.random.oneIn(4) ? short : armed);
  if (fired !== undefined && (short.length > 0 || world.random.oneIn(2))) {
    fired.node.timers.delete(fired.timer);
    const [name, key] = fired.timer.split(':');
    world.feed(fired.node, {
      type: 'timerFired',
      name: name as PartitionTimer,
      key: Number(key),
      stamp: world.now(),
    });
  }
}

/**
 * The budget: at most min.insync.replicas - 1 replicas are uncertain when one of them has lost what
 * was not on disk. As long as nobody lost anything, any number may be killed.
 */
function crash({ world, uncertain }: Walk): void {
  const node = world.random.pick(running(world));
  if (node === undefined) {
    return;
  }
  const affected = new Set([...uncertain.keys(), node.id]).size;
  const within = affected <= world.options.minIsr - 1;
  const lost = [...uncertain.values()].includes(true);
  if (lost && !within) {
    return;
  }
  const loses = within && !world.random.oneIn(3);
  const span = node.written - node.synced;
  const keep = loses ? node.synced + world.random.below(span + 1) : node.written;
  uncertain.set(node.id, loses || uncertain.get(node.id) === true);
  node.crash(keep);
}

function restart({ world }: Walk): void {
  const node = world.random.pick(world.nodes.filter(({ state }) => state === null));
  if (node === undefined) {
    return;
  }
  restartNode(world, node);
  if (world.random.oneIn(3)) {
    // A quick one: everybody knows of the new incarnation before it has fetched anything.
    world.controller.unfence(node.id);
    for (const other of running(world)) {
      world.tellMetadata(other, world.controller.version);
    }
  }
}

function restartNode(world: PartitionClosedWorld, node: ModelNode): void {
  node.brokerEpoch = world.controller.register(node.id);
  node.start(world.options.minIsr);
  world.tellMetadata(node, world.controller.version);
}

// --------------------------------------------------------------------------------- the controller

function fence({ world }: Walk): void {
  const down = world.nodes.filter(({ state, id }) => state === null && !isFenced(world, id));
  // Mostly those that are down; but a slow heartbeat fences a healthy broker too.
  const pool = world.random.oneIn(4) ? world.nodes : down;
  const node = world.random.pick(pool);
  if (node !== undefined && !isFenced(world, node.id)) {
    world.controller.fence(node.id);
  }
}

function unfence({ world }: Walk): void {
  const node = world.random.pick(running(world).filter(({ id }) => isFenced(world, id)));
  if (node !== undefined) {
    world.controller.unfence(node.id);
  }
}

function isFenced(world: PartitionClosedWorld, id: number): boolean {
  return world.controller.brokers[id]!.fenced;
}

function moveLeader({ world }: Walk): void {
  const to = world.random.pick(world.controller.isr);
  if (to !== undefined) {
    world.controller.move(to);
  }
}

function stopOrNot({ world }: Walk): void {
  const node = world.random.pick(running(world));
  if (node !== undefined) {
    if (world.controller.brokers[node.id]!.stopping) {
      world.controller.endStopping(node.id);
    } else if (world.random.oneIn(6)) {
      world.controller.beginStopping(node.id);
    }
  }
}

function electUncleanly({ world }: Walk): void {
  const { controller } = world;
  const node = world.random.pick(running(world));
  if (node === undefined || !world.options.unclean) {
    return;
  }
  if (world.random.oneIn(2)) {
    // All who could be elected cleanly are out of reach at once.
    for (const id of [...controller.isr, ...controller.elr]) {
      if (id !== node.id) {
        controller.fence(id);
      }
    }
  }
  controller.electUncleanly(node.id);
}

function retain({ world }: Walk): void {
  const node = leaderOrAny(world);
  if (node?.state?.role !== 'leader' || !world.options.retention) {
    return;
  }
  const { highWatermark } = node.state;
  const ends = node.log.map(endOf).filter((end) => end <= highWatermark);
  const offset = world.random.pick(ends);
  if (offset !== undefined) {
    node.moveStart(offset);
    world.feed(node, {
      type: 'logStartMoved',
      offset: offset as Offset,
      stamp: world.now(),
    });
  }
}

function deleteRecords({ world }: Walk): void {
  const node = leaderOrAny(world);
  if (node?.state == null || !world.options.retention) {
    return;
  }
  const offset = world.random.below(node.end + 2) - 1;
  world.deleteRecords(node, offset as Offset);
}

function expireDeletion({ world }: Walk): void {
  const node = leaderOrAny(world);
  const token = world.random.pick(node?.state?.leaderState?.deleting ?? [])?.token;
  if (node !== undefined && token !== undefined) {
    world.feed(node, { type: 'deleteRecordsExpired', token, stamp: world.now() });
  }
}

// ---------------------------------------------------------------------------------------- healing

const ROUNDS_AT_LEAST = 80;

/**
 * Nothing fails any more: everybody is up, unfenced and informed, every message arrives. Then all
 * replicas are in sync with equal logs, every outstanding batch is taken, and so is a new one.
 */
function heal(walk: Walk): void {
  const { world } = walk;
  let probed = false;
  const batches = Math.max(...world.nodes.map((node) => node.log.length));
  const rounds = ROUNDS_AT_LEAST + 2 * batches;
  let acknowledgedBefore = 0;
  for (const node of world.nodes) {
    // Answers that were lost are given up.
    node.fetching = null;
  }
  for (let round = 0; round < rounds; round++) {
    healRound(world);
    if (!inSync(world) || !allTaken(world)) {
      continue;
    }
    if (probed && world.acknowledged > acknowledgedBefore) {
      return;
    }
    probed = true;
    acknowledgedBefore = world.acknowledged;
    world.produce(world.nodes[world.controller.leader]!, -1, world.mint.plain(1), null);
  }
  if (world.controller.uncleanElections > 0 && inSync(world) && !allTaken(world)) {
    // A producer whose records were lost by an unclean election has to begin a new session.
    return;
  }
  const stuck = world.producers.find(
    (producer) => producer.outstanding.length > 0 && world.lastError.get(producer) === 45,
  );
  throw new Violation(
    inSync(world) && stuck !== undefined ? 'ProducerNotStuck' : 'Converges',
    `after ${rounds} rounds without faults: ${summary(world)}`,
  );
}

function healRound(world: PartitionClosedWorld): void {
  const { controller } = world;
  for (const node of world.nodes) {
    if (node.state === null) {
      restartNode(world, node);
    }
    if (controller.brokers[node.id]!.fenced) {
      controller.unfence(node.id);
    }
    if (controller.brokers[node.id]!.stopping) {
      controller.endStopping(node.id);
    }
  }
  if (world.options.unclean) {
    controller.electUncleanly(world.random.below(3));
  }
  for (const node of world.nodes) {
    if (node.version < controller.version) {
      world.tellMetadata(node, controller.version);
    }
    if (node.written < node.end) {
      node.written = node.end;
      const endOffset = node.end as Offset;
      world.feed(node, { type: 'appended', endOffset, stamp: world.now() });
    }
    if (node.timers.delete('alterPartitionRetry:0')) {
      const name = 'alterPartitionRetry';
      world.feed(node, { type: 'timerFired', name, key: 0, stamp: world.now() });
    }
    world.sendFetch(node);
  }
  const messages = world.network;
  world.network = [];
  for (const message of messages) {
    world.deliver(message);
  }
  const leader = world.nodes[controller.leader];
  for (const producer of world.producers) {
    const first = producer.outstanding[0];
    if (leader?.state?.role === 'leader' && first !== undefined) {
      world.produce(leader, -1, first, producer);
    }
  }
}

function allTaken(world: PartitionClosedWorld): boolean {
  return world.producers.every(({ outstanding }) => outstanding.length === 0);
}

function inSync(world: PartitionClosedWorld): boolean {
  const { isr, leader } = world.controller;
  const end = world.nodes[leader]?.end;
  return (
    isr.length === world.nodes.length &&
    world.nodes.every(
      (node) => node.end === end && node.state?.highWatermark === end && node.written === end,
    )
  );
}

function summary(world: PartitionClosedWorld): string {
  const nodes = world.nodes.map(({ id, end, state }) => {
    const epochs = state?.epochs.map(({ epoch, startOffset }) => `${epoch}@${startOffset}`);
    return `${id} ${state?.role} end ${end} hw ${state?.highWatermark} epochs ${epochs}`;
  });
  const { leader, isr } = world.controller;
  return `leader ${leader}, ISR ${isr}; ${nodes.join('; ')}; errors ${[...world.errors].join(' ')}`;
}
