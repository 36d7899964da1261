/** Deeds that end the lives of nodes, or hold them still. */

import type { Act } from '../scenario.js';
import type { Attempt, Doing, Hands } from './hands.js';

type ActOf<Type extends Act['type']> = Extract<Act, { type: Type }>;

const IS_DOWN = 'it is down';

/** Why a running broker cannot be ended now, its files left as they are; null: it can. */
function endRefused({ context, atlas }: Hands, index: number): string | null {
  return context.cluster.nodes[index]!.isRunning ? atlas.killRefused(index) : IS_DOWN;
}

/** What belongs to partitions of topics. */
const PARTITION_FILE = /^\/data\/(?!__cluster_metadata-0\/)[^/]+-\d+\//;

/**
 * Kill -9 or power loss, and a start `down` milliseconds later. Where a partition must not lose anything
 * now, the power fails after the kernel has written back its files: the metadata log, which must survive
 * any power loss, is put to the test all the same.
 */
export function crash(hands: Hands, doing: Doing, act: ActOf<'crash'>, index: number): Attempt {
  const { context, atlas, keeper } = hands;
  const node = context.cluster.nodes[index]!;
  if (!node.isRunning) {
    return IS_DOWN;
  }
  const refused = atlas.killRefused(index);
  if (refused !== null) {
    return refused;
  }
  doing.begins(node.name);
  // If all of it is kept, a power loss is a kill.
  const tears = act.power && act.keeps !== 'everything';
  const loses = tears && atlas.lossRefused(index, 'power') === null;
  if (loses) {
    atlas.lost(index, act.keeps === 'nothing' ? 'nothing' : 'drawn');
  }
  keeper.hold(index);
  doing.until(act.down, () => keeper.release(index));
  const writtenBack = tears && !loses ? (path: string) => PARTITION_FILE.test(path) : null;
  node.crash(act.power, undefined, act.keeps, writtenBack);
  return null;
}

/** Killed again and again, a moment after each start. */
export function crashLoop(
  hands: Hands,
  doing: Doing,
  act: ActOf<'crashLoop'>,
  index: number,
): Attempt {
  const { context, keeper } = hands;
  const node = context.cluster.nodes[index]!;
  const refused = endRefused(hands, index);
  if (refused !== null) {
    return refused;
  }
  doing.begins(node.name);
  let down = false;
  const start = (): void => {
    if (down) {
      down = false;
      keeper.release(index);
    }
  };
  const loop = doing.untilDone(start);
  const kill = (left: number): void => {
    // Another deed may have ended it meanwhile, or made it the only one that must not end.
    if (endRefused(hands, index) === null) {
      down = true;
      keeper.hold(index);
      node.crash(false);
    }
    doing.later(act.down, () => {
      start();
      if (left > 1) {
        doing.later(act.up, () => kill(left - 1));
      } else {
        loop.done();
      }
    });
  };
  kill(act.times);
  return null;
}

/** The machine and its disk are gone; another with an empty disk takes its name. */
export function wipe(hands: Hands, doing: Doing, act: ActOf<'wipe'>, index: number): Attempt {
  const { context, atlas, keeper } = hands;
  const node = context.cluster.nodes[index]!;
  if (!node.isRunning) {
    return IS_DOWN;
  }
  const refused = atlas.wipeRefused(index);
  if (refused !== null) {
    return refused;
  }
  doing.begins(node.name);
  atlas.lostDisk(index);
  keeper.hold(index);
  doing.until(act.down, () => keeper.release(index));
  context.cluster.loseDisk(index);
  return null;
}

/** An orderly end, then a start. */
export function restart(hands: Hands, doing: Doing, act: ActOf<'restart'>, index: number): Attempt {
  const refused = endRefused(hands, index);
  if (refused !== null) {
    return refused;
  }
  doing.begins(hands.context.cluster.nodes[index]!.name);
  const all = doing.untilDone(() => {});
  shutDown(hands, doing, index, act.down, () => all.done());
  return null;
}

/** One broker after the other. */
export function rollingRestart(hands: Hands, doing: Doing, act: ActOf<'rollingRestart'>): Attempt {
  const { nodes } = hands.context.cluster;
  doing.begins(null);
  const all = doing.untilDone(() => {});
  const next = (index: number): void => {
    if (index === nodes.length) {
      all.done();
      return;
    }
    const after = (): void => doing.later(act.between, () => next(index + 1));
    if (endRefused(hands, index) === null) {
      shutDown(hands, doing, index, act.down, after);
    } else {
      after();
    }
  };
  next(0);
  return null;
}

/** Asks the broker to end, and starts it `down` milliseconds after it has. */
function shutDown(hands: Hands, doing: Doing, index: number, down: number, then: () => void): void {
  const { context, keeper } = hands;
  const ended = doing.atEnd(() => keeper.release(index));
  keeper.hold(index);
  keeper.whenDown(index, () => {
    doing.later(down, () => {
      ended.cancel();
      keeper.release(index);
      then();
    });
  });
  // Never within a step of the broker: a signal is handled when the process gets to it.
  context.world.schedule(1, `shutdown ${context.cluster.nodes[index]!.name}`, () => {
    context.cluster.shutDown(index);
  });
}

/** The process stands still; its kernel goes on accepting connections and bytes. */
export function pause(hands: Hands, doing: Doing, act: ActOf<'pause'>, index: number): Attempt {
  const node = hands.context.cluster.nodes[index]!;
  if (!node.isRunning) {
    return IS_DOWN;
  }
  doing.begins(node.name);
  doing.until(act.lasts, hands.keeper.pause(index));
  return null;
}
