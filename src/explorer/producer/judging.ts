/**
 * What must hold of a step of a replica. The properties about producers are the shared ones; what the application
 * meant, only this world knows. Every one of them looks at the stepping replica alone.
 */

import type { BatchFacts } from '../../core/partition/types.js';
import { judgePartition } from '../../core/properties/partition/all.js';
import { newPartitionGhost, produceKey } from '../../core/properties/partition/ghost.js';
import { noCommittedRecordLost } from '../../core/properties/partition/no-committed-record-lost.js';
import { noDuplicateSequence } from '../../core/properties/partition/no-duplicate-sequence.js';
import { produceAnsweredTruthfully } from '../../core/properties/partition/produce-answered-truthfully.js';
import { producerEpochRises } from '../../core/properties/partition/producer-epoch-rises.js';
import { producerStateFromLog } from '../../core/properties/partition/producer-state-from-log.js';
import type {
  PartitionProperty,
  PartitionStep,
  PartitionWorld,
  ReplicaView,
} from '../../core/properties/partition/property.js';
import type { BrokerId, LeaderEpoch } from '../../core/types/ids.js';
import type { Violation } from '../world.js';
import { lifeIn, sameMeaning, valueIn } from './batches.js';
import { type Asked, type ExploredReplica, REPLICAS } from './replica.js';

/** The shared properties of a replica's step that are about producers. */
const SHARED: readonly PartitionProperty[] = [
  noDuplicateSequence,
  produceAnsweredTruthfully,
  producerEpochRises,
  producerStateFromLog,
];

const SEQUENCES = 2 ** 31;
/** OUT_OF_ORDER_SEQUENCE_NUMBER, DUPLICATE_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID. */
const SEQUENCE_ERRORS: readonly number[] = [45, 46, 47, 59];
const DUPLICATE = 46;

/** Names of all that is asked. */
export const PRODUCER_PROPERTIES: readonly string[] = [
  ...SHARED.map(({ name }) => name),
  noCommittedRecordLost.name,
  'ExactlyOnce',
  'InOrder',
  'AcknowledgedIsStored',
  'ProducerNotStuck',
];

/** A step of a replica with its log after it, and who waited for an answer before, by token. */
export interface Judged {
  readonly step: PartitionStep;
  readonly log: readonly BatchFacts[];
  readonly asked: ReadonlyMap<number, Asked>;
}

export function judge({ step, log, asked }: Judged): Violation | null {
  const ghost = newPartitionGhost();
  for (const [token, { batch }] of asked) {
    ghost.pending.set(produceKey(step, token), { acks: -1, batch });
  }
  const world = worldOf(viewOf(step.self, step.after, log));
  return (
    judgePartition(ghost, step, world, SHARED)[0] ??
    unasked(step, asked) ??
    exactlyOnce(step, log) ??
    inOrder(step, log) ??
    acknowledgedIsStored(step, log, asked) ??
    producerNotStuck(step)
  );
}

/** ACKALL: every batch that was acknowledged is in the log of `replica`, where it was. */
export function judgeAcknowledged(
  { state, log }: ExploredReplica,
  acknowledged: readonly BatchFacts[],
): Violation | null {
  const ghost = newPartitionGhost();
  for (const batch of acknowledged) {
    ghost.acknowledged.set(batch);
  }
  const id = state.self;
  const step = { self: id, incarnation: 0, before: state, after: state };
  const nothing = { ...step, input: null, effects: [], latest: null };
  const world = worldOf(viewOf(id, state, log));
  const { name, violation } = noCommittedRecordLost;
  const detail = violation(nothing, world, ghost);
  return detail === null ? null : { property: name, detail };
}

function viewOf(
  id: BrokerId,
  state: ExploredReplica['state'],
  log: readonly BatchFacts[],
): ReplicaView {
  const { logStartOffset } = state;
  return { id, log, logStartOffset, logEndOffset: state.logEndOffset, state };
}

function worldOf(view: ReplicaView): PartitionWorld {
  return {
    replicas: new Map([[view.id, view]]),
    leader: -1 as BrokerId,
    leaderEpoch: -1 as LeaderEpoch,
    isr: [view.id],
    elr: [],
    minIsr: REPLICAS.length,
    uncleanElections: 0,
  };
}

/** Whoever asked is answered, or waits at a leader. Those of `asked` were not answered in the step. */
export function judgeForgotten(
  { self, leaderState }: ExploredReplica['state'],
  asked: Judged['asked'],
): Violation | null {
  const waiting = new Set(leaderState?.waiting.map(({ token }) => token));
  for (const [token, { batch }] of asked) {
    if (!waiting.has(token)) {
      const detail = `${self} never answers ${textOf(batch)}`;
      return { property: produceAnsweredTruthfully.name, detail };
    }
  }
  return null;
}

/** An answer that nobody waits for was given before. */
function unasked({ self, effects }: PartitionStep, asked: Judged['asked']): Violation | null {
  const answered = new Set<number>();
  for (const effect of effects) {
    if (effect.type === 'produced') {
      if (!asked.has(effect.token) || answered.has(effect.token)) {
        const detail = `${self} answers a produce again`;
        return { property: produceAnsweredTruthfully.name, detail };
      }
      answered.add(effect.token);
    }
  }
  return null;
}

/** A batch of an application is in a log once at most. */
function exactlyOnce(step: PartitionStep, log: readonly BatchFacts[]): Violation | null {
  if (!appends(step)) {
    return null;
  }
  for (const [at, batch] of log.entries()) {
    const earlier = log.slice(0, at).find((each) => sameMeaning(each, batch));
    if (earlier !== undefined) {
      const detail = `${step.self} holds ${textOf(batch)} at ${earlier.baseOffset} and at ${batch.baseOffset}`;
      return { property: 'ExactlyOnce', detail };
    }
  }
  return null;
}

/** PART-ORDER: the batches of a life are in the order in which they were sent. */
function inOrder(step: PartitionStep, log: readonly BatchFacts[]): Violation | null {
  if (!appends(step)) {
    return null;
  }
  for (const [at, batch] of log.entries()) {
    const later = log
      .slice(0, at)
      .find(
        (each) =>
          each.producerId === batch.producerId &&
          lifeIn(each) === lifeIn(batch) &&
          valueIn(each) > valueIn(batch),
      );
    if (later !== undefined) {
      const detail = `${step.self} holds ${textOf(batch)} at ${batch.baseOffset}, behind ${textOf(later)} at ${later.baseOffset}`;
      return { property: 'InOrder', detail };
    }
  }
  return null;
}

/** Whoever is told that a batch is in the log, finds it there: where it was said to be, or anywhere (46). */
function acknowledgedIsStored(
  { self, effects }: PartitionStep,
  log: readonly BatchFacts[],
  asked: Judged['asked'],
): Violation | null {
  for (const effect of effects) {
    const batch = effect.type === 'produced' ? asked.get(effect.token)?.batch : undefined;
    if (effect.type !== 'produced' || batch === undefined) {
      continue;
    }
    const stored = log.find((each) => sameMeaning(each, batch));
    const isWrong =
      effect.error === 0
        ? stored?.baseOffset !== effect.baseOffset
        : effect.error === DUPLICATE && stored === undefined;
    if (isWrong) {
      const where = stored === undefined ? 'nowhere' : `at ${stored.baseOffset}`;
      const detail = `${self} acknowledges ${textOf(batch)} at ${effect.baseOffset}, it is ${where}`;
      return { property: 'AcknowledgedIsStored', detail };
    }
  }
  return null;
}

/**
 * KAFKA-7692, KAFKA-7693: the batch that follows the last one of its epoch, or is the first of a newer one, is not
 * refused for that. By a refusal nothing changes, so the state after the step is that before it.
 */
function producerNotStuck({ self, input, effects, after }: PartitionStep): Violation | null {
  if (input?.type !== 'produce') {
    return null;
  }
  const { token, batch } = input;
  const entry = after.producers.get(batch.producerId);
  const last = entry?.epoch === batch.producerEpoch ? entry.batches.at(-1) : undefined;
  const begins = entry !== undefined && entry.epoch < batch.producerEpoch;
  const due = last === undefined ? 0 : (last.lastSequence + 1) % SEQUENCES;
  if ((last === undefined && !begins) || batch.baseSequence !== due) {
    return null;
  }
  for (const effect of effects) {
    if (
      effect.type === 'produced' &&
      effect.token === token &&
      SEQUENCE_ERRORS.includes(effect.error)
    ) {
      const detail = `${self} refuses sequence ${batch.baseSequence} of producer ${batch.producerId}, which is the next of epoch ${batch.producerEpoch}, with ${effect.error}`;
      return { property: 'ProducerNotStuck', detail };
    }
  }
  return null;
}

function appends({ effects }: PartitionStep): boolean {
  return effects.some(({ type }) => type === 'append');
}

/** As people call it. */
export function textOf(batch: BatchFacts): string {
  return `batch ${valueIn(batch)} of producer ${batch.producerId} in life ${lifeIn(batch)}`;
}
