/**
 * Replicas, images and messages of a trace as texts of the specification's values (spec/partition_types.qnt): the
 * abstraction of lock B (scripts/conformance/partition/abstraction.ts), of what a trace tells, with the numbers of one step
 * made small. Who shuts down in an orderly way is as one that is fenced: neither leads or joins the ISR (KIP-841).
 */

import type { ExactImage } from '../../../src/trace/exact-controller.js';
import type {
  ExactAssignment,
  ExactBatch,
  ExactBroker,
  ExactEnd,
  ExactIsr,
  ExactLeaderState,
  ExactProposal,
} from '../../../src/trace/exact-partition.js';
import { errorName } from '../../conformance/partition/abstraction.js';
import { listText, setText, variantText } from '../../conformance/texts.js';
import type { StepPlaces } from './places.js';
import type { ReplicaLog } from './replica-log.js';
import { appendedTo, EMPTY_LOG } from './replica-log.js';
import type { TracedReplica } from './traced-replica.js';

const NOTHING_LED =
  '<epochStartOffset: 0, followers: <>, inflight: <isr: {}, partitionEpoch: -1>, waiting: {}>';

/**
 * `brokerEpoch`: of the running incarnation. Fields by name, in the order of their names: made for every step, so not
 * sorted anew each time.
 */
export function replicaText(
  { state, log }: TracedReplica,
  brokerEpoch: number,
  places: StepPlaces,
): string {
  const isStarting = state.partitionEpoch < 0;
  // Epochs without records, found on the disk, are dropped before the replica takes part.
  const epochs = state.epochs.filter(([, start]) => !isStarting || start < state.logEndOffset);
  return (
    `<asked: false, brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, ` +
    `brokers: ${brokersText(state.brokers, places.replicas, places)}, ` +
    `epochs: ${listText(epochs.map(([epoch, start]) => `<epoch: ${places.leaderEpoch(epoch)}, startOffset: ${places.offset(start)}>`))}, ` +
    `highWatermark: ${places.offset(state.highWatermark)}, isr: ${idsText(state.isr, places)}, ` +
    `leader: ${places.id(state.leader)}, leaderEpoch: ${places.leaderEpoch(state.leaderEpoch)}, ` +
    `leaderState: ${leaderStateText(state.leaderState, places)}, ` +
    `log: ${listText(places.records(log, 0, state.logEndOffset))}, ` +
    `partitionEpoch: ${places.partitionEpoch(state.partitionEpoch)}, previousBrokerEpoch: 0, ` +
    `recovering: ${state.recovering}, role: "${state.role}", starting: ${isStarting}>`
  );
}

/** By replica; of whom nothing is known, as if fenced. */
export function brokersText(
  brokers: readonly ExactBroker[],
  replicas: readonly number[],
  places: StepPlaces,
): string {
  const texts = replicas.map((id, at) => {
    const known = brokers.find(([each]) => each === id);
    const [, epoch, fenced, leaves] = known ?? [id, -1, true, false];
    return `${at + 1}: <epoch: ${places.brokerEpoch(epoch)}, fenced: ${fenced || leaves}>`;
  });
  return `<${texts.join(', ')}>`;
}

const idsText = (ids: readonly number[], places: StepPlaces): string =>
  setText(ids.map((id) => String(places.id(id))));

function leaderStateText(of: ExactLeaderState | null, places: StepPlaces): string {
  if (of === null) {
    return NOTHING_LED;
  }
  const followers = of.followers
    .map(({ id, brokerEpoch, logEndOffset, leaderEndAtFetch, lagging }) => {
      const isKnown = logEndOffset >= 0;
      const endAtFetch = isKnown ? places.offset(leaderEndAtFetch) : 0;
      const end = isKnown ? places.offset(logEndOffset) : -1;
      return [
        places.id(id),
        `<brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, lagging: ${lagging}, leaderEndAtFetch: ${endAtFetch}, logEndOffset: ${end}>`,
      ] as const;
    })
    .sort(([a], [b]) => a - b)
    .map(([id, text]) => `${id}: ${text}`);
  const { inflight } = of;
  const change =
    inflight === null
      ? '<isr: {}, partitionEpoch: -1>'
      : `<isr: ${membersText(inflight.isr, places)}, partitionEpoch: ${places.partitionEpoch(inflight.partitionEpoch)}>`;
  // Who asked for the leader only is answered in the step of his append.
  const waiting = of.waiting
    .filter(([, acks]) => acks === -1)
    .map(([, , required]) => String(places.offset(required)));
  return (
    `<epochStartOffset: ${places.offset(of.epochStartOffset)}, followers: <${followers.join(', ')}>, ` +
    `inflight: ${change}, waiting: ${setText(waiting)}>`
  );
}

function membersText(isr: ExactIsr, places: StepPlaces): string {
  return setText(
    isr.map(
      ([id, brokerEpoch]) =>
        `<brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, id: ${places.id(id)}>`,
    ),
  );
}

// --- The controller --------------------------------------------------------------------------------

function registrationText(
  { leader, leaderEpoch, partitionEpoch, isr, recovering }: Omit<ExactAssignment, 'replicas'>,
  elr: readonly number[],
  lastKnownElr: readonly number[],
  places: StepPlaces,
): string {
  return (
    `<elr: ${idsText(elr, places)}, isr: ${idsText(isr, places)}, ` +
    `lastKnownElr: ${listText(lastKnownElr.map((id) => String(places.id(id))))}, ` +
    `leader: ${places.id(leader)}, leaderEpoch: ${places.leaderEpoch(leaderEpoch)}, ` +
    `partitionEpoch: ${places.partitionEpoch(partitionEpoch)}, recovering: ${recovering}>`
  );
}

/** As brokers are told it: who is eligible besides is not theirs to know. */
export function toldImageText(
  assignment: ExactAssignment,
  brokers: readonly ExactBroker[],
  places: StepPlaces,
): string {
  const told = brokersText(brokers, places.replicas, places);
  return `<brokers: ${told}, partition: ${registrationText(assignment, [], [], places)}>`;
}

export function imageText(
  { registration, brokers }: Pick<ExactImage, 'registration' | 'brokers'>,
  places: StepPlaces,
): string {
  const { replicas, elr, lastKnownElr } = registration;
  const all = brokersText(brokers, replicas, places);
  return `<brokers: ${all}, partition: ${registrationText(registration, elr, lastKnownElr, places)}>`;
}

// --- Messages ----------------------------------------------------------------------------------------

export interface FetchFields {
  readonly from: number;
  readonly to: number;
  readonly brokerEpoch: number;
  readonly leaderEpoch: number;
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
}

export function fetchText(
  { from, to, brokerEpoch, leaderEpoch, fetchOffset, lastFetchedEpoch }: FetchFields,
  places: StepPlaces,
): string {
  return variantText(
    'Fetch',
    `<brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, currentLeaderEpoch: ${places.leaderEpoch(leaderEpoch)}, ` +
      `dst: ${places.id(to)}, fetchOffset: ${places.offset(fetchOffset)}, ` +
      `lastFetchedEpoch: ${places.leaderEpoch(lastFetchedEpoch)}, src: ${places.id(from)}>`,
  );
}

export interface FetchAnswerFields extends Omit<FetchFields, 'brokerEpoch'> {
  readonly diverging: ExactEnd | null;
  readonly records: readonly string[];
  readonly highWatermark: number;
}

export function fetchAnswerText(
  {
    from,
    to,
    leaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    diverging,
    records,
    highWatermark,
  }: FetchAnswerFields,
  places: StepPlaces,
): string {
  const end =
    diverging === null
      ? '<endOffset: -1, epoch: -1>'
      : `<endOffset: ${places.offset(diverging.endOffset)}, epoch: ${places.leaderEpoch(diverging.epoch)}>`;
  return variantText(
    'FetchAnswer',
    `<diverging: ${end}, dst: ${places.id(to)}, fetchOffset: ${places.offset(fetchOffset)}, ` +
      `highWatermark: ${places.offset(highWatermark)}, lastFetchedEpoch: ${places.leaderEpoch(lastFetchedEpoch)}, ` +
      `leaderEpoch: ${places.leaderEpoch(leaderEpoch)}, records: ${listText(records)}, src: ${places.id(from)}>`,
  );
}

/** Where the records of one epoch end among `batches`: in the specification an answer brings those of one epoch. */
export function epochRuns(batches: readonly ExactBatch[]): { end: number; epoch: number }[] {
  const runs: { end: number; epoch: number }[] = [];
  for (const { end, epoch } of batches) {
    if (runs.at(-1)?.epoch === epoch) {
      runs.at(-1)!.end = end;
    } else {
      runs.push({ end, epoch });
    }
  }
  return runs;
}

/** The log with what was fetched, as the answer tells it. */
export function withFetched(log: ReplicaLog, batches: readonly ExactBatch[]): ReplicaLog {
  return appendedTo(log.length === 0 ? EMPTY_LOG : log, batches);
}

export function alterPartitionText(
  from: number,
  brokerEpoch: number,
  { leaderEpoch, partitionEpoch, isr }: ExactProposal,
  places: StepPlaces,
): string {
  return variantText(
    'AlterPartition',
    `<brokerEpoch: ${places.brokerEpoch(brokerEpoch)}, leaderEpoch: ${places.leaderEpoch(leaderEpoch)}, ` +
      `newIsr: ${membersText(isr, places)}, partitionEpoch: ${places.partitionEpoch(partitionEpoch)}, src: ${places.id(from)}>`,
  );
}

export interface AlterAnswerFields {
  readonly to: number;
  /** Of the request. */
  readonly leaderEpoch: number;
  readonly requestedPartitionEpoch: number;
  readonly error: number;
  readonly assignment: ExactAssignment | null;
}

/** An error comes without a word of what holds instead. */
const NO_WORD =
  '<elr: {}, isr: {}, lastKnownElr: [], leader: 0, leaderEpoch: 0, partitionEpoch: 0, recovering: false>';

export function alterAnswerText(
  { to, leaderEpoch, requestedPartitionEpoch, error, assignment }: AlterAnswerFields,
  places: StepPlaces,
): string {
  const word = assignment === null ? NO_WORD : registrationText(assignment, [], [], places);
  const name = errorName(error);
  return variantText(
    'AlterPartitionAnswer',
    `<assignment: ${word}, dst: ${places.id(to)}, error: "${name}", leaderEpoch: ${places.leaderEpoch(leaderEpoch)}, ` +
      `requestedPartitionEpoch: ${places.partitionEpoch(requestedPartitionEpoch)}>`,
  );
}
