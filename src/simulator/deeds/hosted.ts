/** The partitions of an image, by the names that the atlas gives them. */

import type { MetadataImage, PartitionRegistration } from '../../core/metadata/types.js';
import type { BrokerId } from '../../core/types/ids.js';

/** A partition as the atlas names it: `topic id/partition`. */
export type PartitionKey = string;

/** undefined: there is no such partition. */
export function partitionOf(
  image: MetadataImage,
  key: PartitionKey,
): { readonly partition: PartitionRegistration; readonly topic: string } | undefined {
  for (const [id, topic] of image.topics) {
    if (key.startsWith(`${id}/`)) {
      for (const [index, partition] of topic.partitions) {
        if (key === `${id}/${index}`) {
          return { partition, topic: topic.name };
        }
      }
    }
  }
  return undefined;
}

/** The partitions of which this node has a replica. */
export function* hosted(
  image: MetadataImage,
  index: number,
): Generator<readonly [key: PartitionKey, partition: PartitionRegistration, topic: string]> {
  for (const [id, topic] of image.topics) {
    for (const [partition, registration] of topic.partitions) {
      if (registration.replicas.includes((index + 1) as BrokerId)) {
        yield [`${id}/${partition}`, registration, topic.name];
      }
    }
  }
}
