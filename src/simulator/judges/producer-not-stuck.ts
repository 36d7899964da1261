/** Judges that a leader takes the batch that comes next. */

import type { ObservedReplica } from '../../broker/observer.js';
import type { PartitionEffect, PartitionInput } from '../../core/partition/types.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

/** Kafka's errors about sequences: the leader holds the producer to have made a mistake. */
const SEQUENCE_ERRORS: ReadonlyMap<number, string> = new Map([
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER'],
  [59, 'UNKNOWN_PRODUCER_ID'],
]);
const GREATEST_SEQUENCE = 0x7fffffff;

/**
 * `ProducerNotStuck` (KAFKA-7692, KAFKA-7693): the batch whose first sequence follows the last one that
 * the leader knows of its producer, in the same producer epoch, is never refused for its sequence.
 * Nothing changes by the refusal, so that one is as good as all that follow. Behind 2^31-1 comes 0.
 */
export class ProducerNotStuck implements Watcher {
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  replicaStepped(
    node: WatchedNode,
    { topic, partition, state }: ObservedReplica,
    input: PartitionInput,
    effects: readonly PartitionEffect[],
  ): void {
    if (input.type !== 'produce' || input.batch.baseSequence < 0) {
      return;
    }
    const { token, batch } = input;
    for (const effect of effects) {
      if (effect.type !== 'produced' || effect.token !== token || effect.error === 0) {
        continue;
      }
      const error = SEQUENCE_ERRORS.get(effect.error);
      const entry = state.producers.get(batch.producerId);
      const last = entry?.epoch === batch.producerEpoch ? entry.batches.at(-1) : undefined;
      if (error === undefined || last === undefined) {
        continue;
      }
      const next = last.lastSequence === GREATEST_SEQUENCE ? 0 : last.lastSequence + 1;
      if (batch.baseSequence === next) {
        const what = `sequence ${next} of producer ${batch.producerId} follows ${last.lastSequence}`;
        const detail = `${topic}-${partition}: ${what} and is refused with ${error}`;
        this.context.violated('ProducerNotStuck', detail, node.name);
      }
    }
  }
}
