/** Where an operator moves a partition to, and how many replicas it is to have then (KIP-455). */

import type { PartitionRegistration } from '../../core/metadata/types.js';
import type { BrokerId, PartitionIndex } from '../../core/types/ids.js';
import type { Act } from '../scenario.js';
import { LATE_REQUEST_MICROSECONDS } from '../workload/operator.js';
import type { Hands } from './hands.js';

type ReassignAct = Extract<Act, { type: 'reassign' }>;

/** The atlas knows of the move from before it is asked for until no request for it can come late. */
export function move(
  { context, atlas, images, operator }: Hands,
  act: ReassignAct,
  done: (took: boolean, reason?: string) => void,
): void {
  const { topic, givenUpAfter } = act;
  const partition = act.partition as PartitionIndex;
  let over: () => void = () => {};
  const target = (): readonly BrokerId[] | string => {
    const image = images.get();
    const id = image?.topicIds.get(topic);
    const registration =
      id === undefined ? undefined : image?.topics.get(id)?.partitions.get(partition);
    if (registration === undefined) {
      return 'there is no such partition';
    }
    const replicas = targetOf(act, registration, context.cluster.nodes.length);
    const key = `${id}/${partition}`;
    const refused = atlas.moveRefused(key, replicas);
    if (refused !== null) {
      return refused;
    }
    over = atlas.moves(key, replicas);
    return replicas;
  };
  operator.reassign({ topic, partition, givenUpAfter, target }, (took, reason) => {
    // What was asked last may still be on its way.
    context.world.schedule(LATE_REQUEST_MICROSECONDS, 'move answered', () => over());
    done(took, reason);
  });
}

/** Others first, so that its leader moves; where neither who nor how many changes, their order does. */
export function targetOf(
  { replace, factor }: Pick<ReassignAct, 'replace' | 'factor'>,
  { replicas, removingReplicas }: Pick<PartitionRegistration, 'replicas' | 'removingReplicas'>,
  brokers: number,
): BrokerId[] {
  const now = replicas.filter((id) => !removingReplicas.includes(id));
  const others = Array.from({ length: brokers }, (_, index) => (index + 1) as BrokerId).filter(
    (id) => !now.includes(id),
  );
  const count = factor ?? now.length;
  const first = others.slice(0, replace);
  if (count === now.length && first.length === 0) {
    return [...now.slice(1), ...now.slice(0, 1)];
  }
  const { length } = first;
  const all = [...first, ...now.slice(length), ...others.slice(length), ...now.slice(0, length)];
  return all.slice(0, count);
}
