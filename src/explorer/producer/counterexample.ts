/** A path through the world of production, step by step, for whoever tells it. */

import { stepsAlong } from '../steps.js';
import type { Played } from './play.js';
import type { ExploredReplica } from './replica.js';
import type { Session } from './session.js';
import type { ProducerWorld } from './world.js';
import type { Happening, ProducerWorldState } from './world-state.js';

export interface ToldStep {
  readonly happening: Happening;
  /** The session that it happens to, before and after. */
  readonly session: readonly [before: Session, after: Session] | null;
  /** What replicas were told, and what became of them. */
  readonly replicas: readonly { readonly before: ExploredReplica; readonly played: Played }[];
  /** Who leads after it, by the controller's word. */
  readonly leader: number;
  readonly leaderEpoch: number;
}

/** The steps of `path`, from the initial state on. */
export function stepsOn(world: ProducerWorld, path: readonly number[]): ToldStep[] {
  return stepsAlong(world, path, (before, after) => told(world, before, after, world.happening));
}

function told(
  world: ProducerWorld,
  before: ProducerWorldState,
  after: ProducerWorldState,
  happening: Happening,
): ToldStep {
  const { memory, producers } = world;
  const { leader, leaderEpoch } = after;
  const replicaOf = (id: number): ExploredReplica => memory.replicas.all[before.replicas[id - 1]!]!;
  const replicas: { before: ExploredReplica; played: Played }[] = [];
  if (happening.type === 'fetch') {
    const played = memory.playFetch(
      before.replicas[happening.leader - 1]!,
      before.replicas[happening.follower - 1]!,
    );
    replicas.push({ before: replicaOf(happening.leader), played: played.leader });
    replicas.push({ before: replicaOf(happening.follower), played: played.follower });
  } else if ('replica' in happening) {
    const { replica, code } = happening;
    const played = memory.play(before.replicas[replica - 1]!, code);
    replicas.push({ before: replicaOf(replica), played });
  }
  const { all } = producers.sessions;
  const session =
    'session' in happening
      ? ([
          all[before.sessions[happening.session]!]!,
          all[after.sessions[happening.session]!]!,
        ] as const)
      : null;
  return { happening, session, replicas, leader, leaderEpoch };
}
