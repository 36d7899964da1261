/** Partitions move to other brokers, or give that up (KIP-455). */

import type { BrokerId, PartitionIndex } from '../core/types/ids.js';
import { changed, type ResourceChange } from './answers.js';
import { ALTER_PARTITION_REASSIGNMENTS } from './apis.js';
import { classifyChange } from './classify.js';
import type { Client } from './client.js';
import type { Outcome } from './outcomes.js';

export interface PartitionToMove {
  readonly partition: PartitionIndex;
  /** The target, preferred leader first; null: a move that is under way is given up. */
  readonly replicas: readonly BrokerId[] | null;
}

/** For the controller to accept, not for the records to be copied. */
const TIMEOUT_MILLISECONDS = 1_000;

/** Moves partitions of one topic. That a move is accepted does not mean that it is over. */
export function reassignPartitions(
  client: Client,
  topic: string,
  partitions: readonly PartitionToMove[],
  done: (outcomes: Outcome<readonly ResourceChange[]>) => void,
): void {
  const body = {
    topics: [
      {
        name: topic,
        partitions: partitions.map(({ partition, replicas }) => ({
          partitionIndex: partition,
          replicas,
        })),
      },
    ],
    timeoutMs: TIMEOUT_MILLISECONDS,
    allowReplicationFactorChange: true,
  };
  client.askAny(ALTER_PARTITION_REASSIGNMENTS, body, classifyChange, done, (response) => ({
    errorCode: response.errorCode,
    value: response.responses.flatMap(({ name, partitions: each }) =>
      each.map(({ partitionIndex, errorCode, errorMessage }) =>
        changed(`${name}-${partitionIndex}`, errorCode, errorMessage),
      ),
    ),
  }));
}
