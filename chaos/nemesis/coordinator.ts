/**
 * The coordinator of a consumer group goes: killed, or replaced behind its back. One that was stopped or cut off goes
 * on as if nothing had been, and clients that knew it from before still ask it.
 */

import { partitionFor } from '../../src/core/coordinator/partition-for.js';
import { cutBothWays } from '../links.js';
import type { ClusterView } from '../observer.js';
import type { BrokerNumber } from '../targets/target.js';
import {
  type Arena,
  endCut,
  kill,
  resetCut,
  restartKilled,
  skipUnless,
  startCut,
  waitFor,
} from './arena.js';
import type { Step } from './schedule.js';

const OFFSETS_TOPIC = '__consumer_offsets';

/** Who coordinates `group`, as the view has it; null: nobody. */
export function coordinatorOf(view: ClusterView, group: string): BrokerNumber | null {
  const partitions = view.partitions.filter(({ topic }) => topic === OFFSETS_TOPIC);
  if (partitions.length === 0) {
    return null;
  }
  const wanted = partitionFor(group, partitions.length);
  const found = partitions.find(({ partition }) => partition === wanted);
  return found === undefined || found.leader < 0 ? null : found.leader;
}

export async function coordinatorStep(
  arena: Arena,
  step: Extract<Step, { kind: 'coordinator' }>,
): Promise<void> {
  const { faults, groups, observer, target } = arena;
  const group = groups[step.draw % Math.max(1, groups.length)];
  const broker = group === undefined ? null : coordinatorOf(await observer.look(), group);
  const name = `${group ?? 'no group'}: broker ${broker ?? '?'} ${step.way}`;
  const fault = faults.begin('coordinator', name);
  try {
    skipUnless(group !== undefined && broker !== null, 'no group has a coordinator');
    const successor = async (): Promise<BrokerNumber | null> => {
      const now = coordinatorOf(await observer.look(), group);
      return now === broker ? null : now;
    };
    const patience = 3 * arena.timing.session + 2_000;
    let next: BrokerNumber | null = null;
    const isReplaced = async (): Promise<boolean> => {
      next = await successor();
      return next !== null;
    };
    if (step.way === 'killed') {
      const killed = await kill(arena, broker);
      const replaced = await waitFor(arena, patience, isReplaced);
      await arena.sleep(step.lasting);
      await restartKilled(arena, killed, broker);
      skipUnless(replaced, 'nobody else came to coordinate in time');
    } else if (step.way === 'paused') {
      await target.pause(broker);
      const replaced = await waitFor(arena, patience, isReplaced);
      await arena.sleep(step.lasting);
      await target.resume(broker);
      skipUnless(replaced, 'nobody else came to coordinate in time');
    } else {
      const others = target.brokers.filter((other) => other !== broker);
      const parts = others.flatMap((other) => cutBothWays(broker, other));
      const cut = startCut(
        arena,
        'partition',
        `broker ${broker} cut from all other brokers`,
        parts,
      );
      const replaced = await waitFor(arena, patience, isReplaced);
      await arena.sleep(step.lasting);
      if (step.way === 'isolated and killed') {
        const killed = await kill(arena, broker);
        resetCut(arena, parts);
        endCut(arena, cut);
        await restartKilled(arena, killed, broker);
      } else {
        endCut(arena, cut);
      }
      skipUnless(replaced, 'nobody else came to coordinate in time');
    }
    faults.end(fault, `broker ${next} coordinates ${group} in its place`);
  } catch (error) {
    faults.failed(fault, error);
  }
}
