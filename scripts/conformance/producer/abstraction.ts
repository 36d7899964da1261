/**
 * What a replica of the code is in the specification (spec/producer_types.qnt). Field by field it is listed in
 * spec/README.md; what is forgotten here is read by no property.
 */

import { incrementSequence, lastOffsetOf } from '../../../src/core/partition/producer-state.js';
import type { BatchFacts, ProducerEntry } from '../../../src/core/partition/types.js';
import type { ProducerId } from '../../../src/core/types/ids.js';
import { lifeIn, valueIn } from '../../../src/explorer/producer/batches.js';
import { type ExploredReplica, endOf, REPLICAS } from '../../../src/explorer/producer/replica.js';
import { listText, recordText, setText } from '../texts.js';

/** There is one producer. */
export const PRODUCER: ProducerId = 1n as ProducerId;

/** Stands where an offset is that no batch of the log begins at: no state of the specification has it. */
const NOWHERE = 'nowhere';

/** Of offsets, which count records, as the specification has them: batches. */
export function placeOf(log: readonly BatchFacts[], offset: number): string {
  const at = log.findIndex(({ baseOffset }) => baseOffset === offset);
  return at >= 0 ? String(at) : endOf(log) === offset ? String(log.length) : NOWHERE;
}

export function batchText(batch: BatchFacts): string {
  return recordText({
    life: String(lifeIn(batch)),
    epoch: String(batch.producerEpoch),
    first: String(batch.baseSequence),
    last: String(incrementSequence(batch.baseSequence, batch.lastOffsetDelta)),
    value: String(valueIn(batch)),
  });
}

function knownText(
  producers: ReadonlyMap<ProducerId, ProducerEntry>,
  log: readonly BatchFacts[],
): string {
  const entry = producers.get(PRODUCER);
  return recordText({
    epoch: String(entry?.epoch ?? -1),
    batches: listText(
      (entry?.batches ?? []).map(({ baseSequence, lastSequence, baseOffset }) =>
        recordText({
          first: String(baseSequence),
          last: String(lastSequence),
          offset: placeOf(log, baseOffset),
        }),
      ),
    ),
  });
}

/** As one of the two, whoever leads. */
export function replicaText({ state, log, snapshots }: ExploredReplica): string {
  return recordText({
    log: listText(log.map(batchText)),
    state: knownText(state.producers, log),
    snapshots: listText(
      snapshots.map(({ offset, producers }) =>
        recordText({ upTo: placeOf(log, offset), state: knownText(producers, log) }),
      ),
    ),
  });
}

/** Who waits for an answer and would hear it. */
export function waitingText({ state, log, asked }: ExploredReplica): string {
  const waiting = state.leaderState?.waiting ?? [];
  return setText(
    waiting.flatMap(({ token, baseOffset }) => {
      const { batch, isHeard } = asked[token]!;
      return isHeard ? [toldText(batch, placeOf(log, baseOffset))] : [];
    }),
  );
}

/** The batch, and where the leader says that it is. */
export function toldText(batch: BatchFacts, offset: string): string {
  return recordText({ life: String(lifeIn(batch)), value: String(valueIn(batch)), offset });
}

export function highWatermarkText({ state, log }: ExploredReplica): string {
  return placeOf(log, state.highWatermark);
}

/**
 * What a replica must be that has heard of who leads in which epoch, and what it holds twice must be the same
 * twice; words for what is not.
 */
export function contradiction(
  replica: ExploredReplica,
  leader: number,
  leaderEpoch: number,
): string | null {
  const { state, log, asked } = replica;
  const end = endOf(log);
  const role = state.self === leader ? 'leader' : 'follower';
  const waits = state.leaderState?.waiting.length ?? 0;
  if (state.role !== role || state.leader !== leader || state.leaderEpoch !== leaderEpoch) {
    return `replica ${state.self} is ${state.role} of ${state.leader} in ${state.leaderEpoch}`;
  }
  if (state.logStartOffset !== 0 || state.pendingTruncation !== null) {
    return `the log of replica ${state.self} is being cut`;
  }
  if (state.logEndOffset !== end || state.nextOffset !== end) {
    return `the log of replica ${state.self} ends elsewhere`;
  }
  if (state.isr.length !== REPLICAS.length || (state.leaderState?.inflight ?? null) !== null) {
    return 'a replica is not in sync';
  }
  return waits === asked.length ? falseMemory(replica) : 'somebody is forgotten';
}

/** Of a batch in the log the producer's state says what the log says. */
function falseMemory({ state, log }: ExploredReplica): string | null {
  for (const [id, { batches, lastTimestamp }] of state.producers) {
    if (id !== PRODUCER || batches.at(-1)?.timestamp !== lastTimestamp) {
      return `replica ${state.self} knows of producer ${id} what is in no log`;
    }
    for (const { baseOffset, lastOffset, timestamp } of batches) {
      const batch = log.find((each) => each.baseOffset === baseOffset);
      if (
        batch !== undefined &&
        (batch.maxTimestamp !== timestamp || lastOffsetOf(batch) !== lastOffset)
      ) {
        return `replica ${state.self} remembers another batch at ${baseOffset}`;
      }
    }
  }
  return null;
}
