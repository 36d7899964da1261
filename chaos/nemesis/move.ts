/**
 * A partition moves to other brokers while it is used (KIP-455), and somebody dies meanwhile. Where every broker
 * has a replica, one gives its replica up and gets it back: it begins with nothing then.
 */

import type { ResourceChange } from '../../src/client/answers.js';
import type { PartitionState } from '../../src/client/client.js';
import type { Outcome } from '../../src/client/outcomes.js';
import type { PartitionToMove } from '../../src/client/reassignments.js';
import type { BrokerId } from '../../src/core/types/ids.js';
import { type Arena, kill, restartKilled, skipUnless, waitFor } from './arena.js';
import type { Step } from './schedule.js';

/** For all records to be on the new replicas. */
const PATIENCE_MS = 20_000;
/** How long a move is under way before somebody dies. */
const BEFORE_KILL_MS = 60;
const DOWN_MS = 600;

/** Of a client past all links. */
export interface MoveDesk {
  reassignPartitions(
    topic: string,
    partitions: readonly PartitionToMove[],
  ): Promise<Outcome<readonly ResourceChange[]>>;
}

type MoveStep = Extract<Step, { kind: 'move' }>;

export async function moveStep(arena: Arena, desk: MoveDesk, step: MoveStep): Promise<void> {
  const { target, faults, observer } = arena;
  const view = await observer.look();
  const chosen = view.partitions[step.draw % Math.max(1, view.partitions.length)];
  skipUnless(chosen !== undefined, 'no partition is known');
  const name = `${chosen.topic}-${chosen.partition}`;
  const fault = faults.begin('move', name);
  const proofs: string[] = [];
  try {
    skipUnless(await observer.isHealthy(), 'somebody is not in sync');
    const path = stages(chosen.replicas, target.brokers, step.draw);
    skipUnless(path.length > 0, 'there is no other broker, and too few replicas to drop one');
    let now = chosen;
    for (const replicas of path) {
      now = await moveTo(arena, desk, now, replicas, step.meanwhile);
      proofs.push(`moved to ${replicas.join()}`);
    }
    faults.end(fault, `${name} on ${chosen.replicas.join()}: ${proofs.join(', then ')}`);
  } catch (error) {
    faults.failed(fault, error);
  }
}

/** The sets of replicas to go to, one after the other. At least two replicas stay at any time. */
export function stages(
  replicas: readonly BrokerId[],
  brokers: readonly number[],
  draw: number,
): readonly (readonly BrokerId[])[] {
  const others = brokers.filter((broker) => !replicas.includes(broker as BrokerId)) as BrokerId[];
  const [first, ...rest] = replicas as [BrokerId, ...BrokerId[]];
  const other = others[draw % Math.max(1, others.length)];
  if (other !== undefined) {
    return [[other, ...rest]];
  }
  return rest.length >= 2 ? [rest, [...rest, first]] : [];
}

async function moveTo(
  arena: Arena,
  desk: MoveDesk,
  before: PartitionState,
  replicas: readonly BrokerId[],
  meanwhile: MoveStep['meanwhile'],
): Promise<PartitionState> {
  const { topic, partition } = before;
  const asked = async (): Promise<boolean> => {
    const outcome = await desk.reassignPartitions(topic, [{ partition, replicas }]);
    return outcome.type === 'ok' && outcome.value[0]?.type === 'ok';
  };
  skipUnless(await waitFor(arena, PATIENCE_MS, asked), `the move to ${replicas.join()} is refused`);
  const added = replicas.find((id) => !before.replicas.includes(id));
  const victim = meanwhile === 'kill-added' ? added : before.leader;
  if (meanwhile !== 'nothing' && victim !== undefined && victim >= 0) {
    await arena.sleep(BEFORE_KILL_MS);
    const killed = await kill(arena, victim);
    await arena.sleep(DOWN_MS);
    await restartKilled(arena, killed, victim);
  }
  let now = before;
  const arrived = async (): Promise<boolean> => {
    const { partitions } = await arena.observer.look();
    now = partitions.find((each) => each.topic === topic && each.partition === partition) ?? before;
    return now.replicas.join() === replicas.join() && now.isr.length === replicas.length;
  };
  skipUnless(
    await waitFor(arena, PATIENCE_MS, arrived),
    `the move to ${replicas.join()} was not over in time`,
  );
  return now;
}
