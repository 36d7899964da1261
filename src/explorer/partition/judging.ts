/**
 * The judge of a step of one broker in a world that has no history of its own: what it has to remember is part
 * of the state. The properties are the shared ones.
 */

import type { PartitionRegistration } from '../../core/metadata/types.js';
import { judgePartition } from '../../core/properties/partition/all.js';
import {
  documentLoss,
  lackOf,
  type PartitionGhost,
} from '../../core/properties/partition/ghost.js';
import {
  deletedBelow,
  type PartitionProperty,
  type PartitionWorld,
  type ReplicaView,
} from '../../core/properties/partition/property.js';
import type { BrokerId } from '../../core/types/ids.js';
import type { Violation } from '../world.js';
import { type ExploredBroker, viewOf } from './broker.js';
import { copyGhost, forgetful } from './ghost-codec.js';
import type { Played } from './play.js';

export interface Judged {
  readonly violation: Violation | null;
  readonly ghost: PartitionGhost;
}

export interface Case {
  /** Before the step. */
  readonly brokers: readonly ExploredBroker[];
  /** Which of them steps. */
  readonly place: number;
  readonly played: Played;
  /** Of the controller, as it is committed. */
  readonly registration: PartitionRegistration;
  readonly minIsr: number;
  /** Before the step; it is not changed. */
  readonly ghost: PartitionGhost;
  readonly properties: readonly PartitionProperty[];
}

export function judge(asked: Case): Judged {
  const { brokers, place, played, registration, minIsr, properties } = asked;
  const ghost = copyGhost(asked.ghost);
  const replicas = viewsOf(brokers, registration);
  const world = worldOf(replicas, registration, minIsr);
  let violation: Violation | null = null;
  for (const { step, view } of played.transitions) {
    replicas.set(brokers[place]!.id, view);
    violation ??= judgePartition(ghost, step, world, properties)[0] ?? null;
  }
  if (played.assertion !== null) {
    violation ??= { property: 'AssertionHolds', detail: played.assertion };
  }
  if (played.broker.replica === null && !registration.replicas.includes(played.broker.id)) {
    // It is no replica any more: a log that it gets later begins anew.
    ghost.logStarts.delete(played.broker.id);
  }
  forgetful(ghost, played.broker);
  return { violation, ghost };
}

function worldOf(
  replicas: ReadonlyMap<BrokerId, ReplicaView>,
  { leader, leaderEpoch, isr, elr, replicas: { length } }: PartitionRegistration,
  minIsr: number,
): PartitionWorld {
  // What an unclean election lost is documented when it happens, and excuses nothing else.
  const uncleanElections = 0;
  return {
    replicas,
    leader,
    leaderEpoch,
    isr,
    elr,
    minIsr: Math.min(minIsr, length),
    uncleanElections,
  };
}

/** Those of the replicas, and of who still runs as one. */
function viewsOf(
  brokers: readonly ExploredBroker[],
  { replicas }: PartitionRegistration,
): Map<BrokerId, ReplicaView> {
  const views = new Map<BrokerId, ReplicaView>();
  for (const broker of brokers) {
    if (broker.replica !== null || replicas.includes(broker.id)) {
      views.set(broker.id, viewOf(broker));
    }
  }
  return views;
}

/** A leader from outside ISR and ELR was elected: nobody is held any more to what it lacks. */
export function documented(
  before: PartitionGhost,
  brokers: readonly ExploredBroker[],
  registration: PartitionRegistration,
): PartitionGhost {
  const ghost = copyGhost(before);
  const leader = brokers.find(({ id }) => id === registration.leader)!;
  const view = viewOf(leader);
  const world = worldOf(viewsOf(brokers, registration), registration, 1);
  const lack = lackOf(ghost, view, deletedBelow(world));
  documentLoss(ghost, view, lack, registration.leaderEpoch);
  forgetful(ghost, leader);
  return ghost;
}
