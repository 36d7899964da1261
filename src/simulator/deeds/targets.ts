/** Which broker a deed is meant for, by what it is when the deed is due. */

import type { PartitionRegistration } from '../../core/metadata/types.js';
import { unreachable } from '../../core/types/assert.js';
import type { PartitionIndex } from '../../core/types/ids.js';
import type { RunContext } from '../context.js';
import type { Occurrence } from '../events.js';
import type { Target } from '../scenario.js';
import type { NewestImage } from './newest-image.js';

/** Index of a broker, or why there is none. */
export function resolveTarget(
  context: RunContext,
  images: NewestImage,
  target: Target,
  occurrence: Occurrence | null,
): number | string {
  const { cluster } = context;
  if ('broker' in target) {
    return target.broker < cluster.nodes.length ? target.broker : 'there is no such broker';
  }
  switch (target.role) {
    case 'controller':
      return activeController(context) ?? 'there is no controller';
    case 'subject':
      return occurrence?.node ?? 'it is tied to no event that has one';
    case 'peer':
      return occurrence?.peer ?? 'it is tied to no event that has one';
    case 'leader':
    case 'follower':
    case 'outOfSync': {
      const found = registration(images, target.topic, target.partition);
      if (found === null) {
        return 'there is no such partition';
      }
      const { leader, replicas, isr } = found;
      const candidates = replicas.filter((id) => {
        return target.role === 'leader'
          ? id === leader
          : id !== leader && isr.includes(id) === (target.role === 'follower');
      });
      if (candidates.length === 0) {
        return `the partition has no ${target.role}`;
      }
      return context.world.stream('deed targets').pick(candidates) - 1;
    }
    default:
      return unreachable(target);
  }
}

/** With several that believe so, the one of the highest term. */
function activeController({ cluster }: RunContext): number | null {
  let found: number | null = null;
  let term = -1;
  for (let index = 0; index < cluster.nodes.length; index++) {
    const broker = cluster.broker(index);
    if (broker?.controller.isActive === true && broker.raft.state.term > term) {
      found = index;
      term = broker.raft.state.term;
    }
  }
  return found;
}

function registration(
  images: NewestImage,
  topic: string,
  partition: number,
): PartitionRegistration | null {
  const image = images.get();
  const id = image?.topicIds.get(topic);
  const found = id === undefined ? undefined : image?.topics.get(id);
  return found?.partitions.get(partition as PartitionIndex) ?? null;
}
