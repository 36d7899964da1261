/** A path through a partition's world, step by step, for whoever tells it. */

import { stepsAlong } from '../steps.js';
import { REQUEST } from './commands.js';
import type { Decided } from './controller.js';
import type { Packet } from './packets.js';
import type { Played } from './play.js';
import type { Counted } from './scope.js';
import type { Happening, PartitionWorld } from './world.js';
import type { PartitionWorldState } from './world-state.js';

export interface ToldStep {
  /** What the controller decides; null: nothing is asked of it, or it does not lead. */
  readonly decided: Decided | null;
  /** What happens to a broker; null: nothing. */
  readonly played: Played | null;
  /** That broker before. */
  readonly before: PartitionWorld['machines']['brokers']['all'][number] | null;
  readonly code: number;
  /** The message that arrives, is lost or late. */
  readonly packet: Packet | null;
  /** The budget that it used up. */
  readonly budget: Counted | null;
}

/** The steps of `path`, from the initial state on. */
export function stepsOn(world: PartitionWorld, path: readonly number[]): ToldStep[] {
  return stepsAlong(world, path, (before) => told(world, before, world.happening));
}

function told(
  { machines }: PartitionWorld,
  state: PartitionWorldState,
  happening: Happening,
): ToldStep {
  const { command, place, code, message, budget } = happening;
  const isRefused = command !== null && command >= REQUEST && (command - REQUEST) % 2 === 1;
  const broker = place === null ? null : state.brokers[place]!;
  return {
    decided: command === null || isRefused ? null : machines.decided(state.controller, command),
    played: broker === null ? null : machines.play(broker, code),
    before: broker === null ? null : machines.brokers.all[broker]!,
    code,
    packet: message === null ? null : machines.packets[message]!,
    budget,
  };
}
