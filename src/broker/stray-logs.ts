/** Logs on the disk that the metadata does not give to this broker (KAFKA-15649, `-stray`). */

import type { MetadataImage } from '../core/metadata/types.js';
import type { BrokerId, PartitionIndex } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import type { LogManager } from './log-manager.js';

export interface StrayOptions {
  /** The first that this life acts on: it knows of this life's registration. */
  readonly image: MetadataImage;
  readonly self: BrokerId;
  readonly directory: LogManager;
  readonly environment: Environment;
  readonly storageFailed: (error: FileError) => void;
}

/**
 * While the broker was down their topics were deleted, or they were moved to others. Left in place they
 * would be opened again if the partition ever came back, and no life could end as one that closed all
 * of its logs.
 */
export function setAsideStrays(options: StrayOptions): void {
  const { image, self, directory, environment, storageFailed } = options;
  const isOurs = (name: string, index: PartitionIndex): boolean => {
    const id = image.topicIds.get(name);
    const topic = id === undefined ? undefined : image.topics.get(id);
    return topic?.partitions.get(index)?.replicas.includes(self) === true;
  };
  try {
    for (const replica of directory.setAsideStrays(isOurs)) {
      environment.log('warn', 'log.stray', { replica });
    }
  } catch (error) {
    if (!(error instanceof FileError)) {
      throw error;
    }
    storageFailed(error);
  }
}
