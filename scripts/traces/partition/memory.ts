/** What of a partition was decided, sent and appended so far: a step may only speak of that. */

import type { ExactImage } from '../../../src/trace/exact-controller.js';
import type {
  ExactAssignment,
  ExactBatch,
  ExactBroker,
  ExactProposal,
} from '../../../src/trace/exact-partition.js';
import type { ReplicaLog } from './replica-log.js';
import { holds } from './replica-log.js';
import type { AlterAnswerFields, FetchFields } from './texts.js';
import type { TracedReplica } from './traced-replica.js';
import { incarnationOf, latestEpoch } from './traced-replica.js';

export type AnsweredFetch = Omit<FetchFields, 'brokerEpoch'> & {
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
  readonly highWatermark: number;
};

export class PartitionMemory {
  private readonly images = new Set<string>();
  private readonly leaders = new Map<number, number>();
  private readonly positions = new Map<string, TracedReplica | null>();
  /** How far the records of an answer may go. */
  private readonly answers = new Map<string, number>();
  private readonly proposals = new Map<string, ExactProposal>();
  private readonly decisions = new Set<string>();
  private readonly logs = new Map<number, ReplicaLog>();

  // --- The controller's images ------------------------------------------------------------------------

  decided({ registration, brokers }: ExactImage): void {
    this.images.add(imageKey(registration, brokers));
  }

  get knowsNoImage(): boolean {
    return this.images.size === 0;
  }

  wasDecided(assignment: ExactAssignment, brokers: readonly ExactBroker[]): boolean {
    return this.images.has(imageKey(assignment, brokers));
  }

  // --- Fetches ------------------------------------------------------------------------------------------

  /** A follower that asks does so from here. */
  stands(replica: TracedReplica): void {
    const { self, state } = replica;
    const key = positionKey({
      from: self,
      to: state.leader,
      brokerEpoch: incarnationOf(replica),
      leaderEpoch: state.leaderEpoch,
      fetchOffset: state.logEndOffset,
      lastFetchedEpoch: latestEpoch(state),
    });
    if (!this.positions.has(key)) {
      this.positions.set(key, replica);
    }
  }

  /** The follower that stood there; null: one did, and was asked about already; undefined: nobody did. */
  standing(fetch: FetchFields): TracedReplica | null | undefined {
    return this.positions.get(positionKey(fetch));
  }

  /** Its fetch from there is one of the specification's. */
  accepted(fetch: FetchFields): void {
    this.positions.set(positionKey(fetch), null);
  }

  /** With records below `upTo`, or fewer. */
  answered(answer: AnsweredFetch, upTo: number): void {
    const key = answerKey(answer);
    this.answers.set(key, Math.max(this.answers.get(key) ?? 0, upTo));
  }

  /** With records up to `end`. */
  wasAnswered(answer: AnsweredFetch, end: number): boolean {
    return (this.answers.get(answerKey(answer)) ?? -1) >= end;
  }

  // --- Logs -----------------------------------------------------------------------------------------------

  leads(leaderEpoch: number, self: number, log: ReplicaLog): void {
    this.leaders.set(leaderEpoch, self);
    this.logs.set(leaderEpoch, log);
  }

  /** Who has led in the epoch; -1: nobody yet. What was decided says less: it may never be committed, and another one is decided in the same epoch. */
  leaderOf(leaderEpoch: number): number {
    return this.leaders.get(leaderEpoch) ?? -1;
  }

  /** The first that is not in the log of who leads in the epoch; null: all are. */
  foreign(leaderEpoch: number, batches: readonly ExactBatch[]): ExactBatch | null {
    const log = this.logs.get(leaderEpoch);
    return batches.find((batch) => log === undefined || !holds(log, batch)) ?? null;
  }

  // --- Changes of the ISR -----------------------------------------------------------------------------------

  proposed(from: number, brokerEpoch: number, proposal: ExactProposal): void {
    this.proposals.set(proposalKey(from, brokerEpoch, proposal), proposal);
    this.proposals.set(`${from} ${proposal.partitionEpoch}`, proposal);
  }

  wasProposed(from: number, brokerEpoch: number, proposal: ExactProposal): boolean {
    return this.proposals.has(proposalKey(from, brokerEpoch, proposal));
  }

  /** What `from` proposed on the partition epoch, last. */
  proposalOn(from: number, partitionEpoch: number): ExactProposal | null {
    return this.proposals.get(`${from} ${partitionEpoch}`) ?? null;
  }

  answeredProposal(answer: Omit<AlterAnswerFields, 'leaderEpoch'>): void {
    this.decisions.add(decisionKey(answer));
  }

  wasAnsweredProposal(answer: Omit<AlterAnswerFields, 'leaderEpoch'>): boolean {
    return this.decisions.has(decisionKey(answer));
  }
}

function imageKey(
  { leader, leaderEpoch, partitionEpoch, replicas, isr, recovering }: ExactAssignment,
  brokers: readonly ExactBroker[],
): string {
  return JSON.stringify([leader, leaderEpoch, partitionEpoch, replicas, isr, recovering, brokers]);
}

function positionKey(of: FetchFields): string {
  const { from, to, brokerEpoch, leaderEpoch, fetchOffset, lastFetchedEpoch } = of;
  return `${from} ${to} ${brokerEpoch} ${leaderEpoch} ${fetchOffset} ${lastFetchedEpoch}`;
}

function answerKey(of: AnsweredFetch): string {
  const { from, to, leaderEpoch, fetchOffset, lastFetchedEpoch, diverging, highWatermark } = of;
  const end = diverging === null ? '' : `${diverging.epoch} ${diverging.endOffset}`;
  return `${from} ${to} ${leaderEpoch} ${fetchOffset} ${lastFetchedEpoch} ${end} ${highWatermark}`;
}

function proposalKey(from: number, brokerEpoch: number, proposal: ExactProposal): string {
  const { leaderEpoch, partitionEpoch, isr, recovering } = proposal;
  const members = [...isr].sort(([a], [b]) => a - b);
  return JSON.stringify([from, brokerEpoch, leaderEpoch, partitionEpoch, members, recovering]);
}

function decisionKey(of: Omit<AlterAnswerFields, 'leaderEpoch'>): string {
  const { to, requestedPartitionEpoch, error, assignment } = of;
  const word =
    assignment === null
      ? null
      : [
          assignment.leader,
          assignment.leaderEpoch,
          assignment.partitionEpoch,
          assignment.isr,
          assignment.recovering,
        ];
  return JSON.stringify([to, requestedPartitionEpoch, error, word]);
}
