/** What has to happen at least once in an explored world of production, by name: else its budgets prove nothing. */

import type { PartitionStep } from '../../core/properties/partition/property.js';
import type { ExploredReplica } from './replica.js';
import type { ProducerScope } from './scope.js';

export interface Witness {
  readonly name: string;
  readonly isDue: (scope: ProducerScope) => boolean;
}

const some = (budget: number | undefined): boolean => (budget ?? 0) > 0;
/** A gap is left where what was given up was lost, too. */
const leavesGaps = ({ givenUp, breaks }: ProducerScope): boolean => some(givenUp) && some(breaks);

export type Reached =
  | 'acknowledged'
  | 'repeated'
  | 'forgotten'
  | 'outOfOrder'
  | 'bumped'
  | 'fenced'
  | 'wrapped'
  | 'late'
  | 'cut'
  | 'failedOver'
  | 'restarted'
  | 'loaded'
  | 'expired';

const WITNESSES: Readonly<Record<Reached, Witness>> = {
  acknowledged: { name: 'a batch is acknowledged', isDue: () => true },
  repeated: {
    name: 'a repeated batch is answered from what is known of its producer',
    isDue: ({ breaks, expired }) => some(breaks) || some(expired),
  },
  forgotten: {
    name: 'a repeated batch is older than those that are remembered',
    isDue: ({ late, breaks, sends }) => late === true && some(breaks) && sends > 5,
  },
  outOfOrder: { name: 'a batch is out of order', isDue: leavesGaps },
  bumped: { name: 'a producer takes a new epoch', isDue: leavesGaps },
  fenced: { name: 'a life is shut out', isDue: ({ lives }) => (lives ?? 1) > 1 },
  wrapped: {
    name: 'sequences begin anew behind the last one',
    isDue: ({ wraps }) => wraps === true,
  },
  late: {
    name: 'a request of a broken connection comes late',
    isDue: ({ late, breaks, elections }) => late === true && (some(breaks) || some(elections)),
  },
  cut: { name: 'a log is cut', isDue: ({ elections }) => some(elections) },
  failedOver: {
    name: 'a new leader knows a repeated batch',
    isDue: ({ elections }) => some(elections),
  },
  restarted: { name: 'a process comes back with its log', isDue: ({ restarts }) => some(restarts) },
  loaded: {
    name: 'what is known of producers comes from a snapshot',
    isDue: ({ snapshots, restarts, elections }) =>
      some(snapshots) && (some(restarts) || some(elections)),
  },
  expired: { name: 'a produce waits too long', isDue: ({ expired }) => some(expired) },
};

/** The witnesses that a scope's budgets allow, and the bit of each in what a step tells. */
export class Witnesses {
  readonly names: readonly string[];
  private readonly bits = new Map<Reached, number>();

  constructor(scope: ProducerScope) {
    const due = (Object.keys(WITNESSES) as Reached[]).filter((key) => WITNESSES[key].isDue(scope));
    this.names = due.map((key) => WITNESSES[key].name);
    for (const [place, key] of due.entries()) {
      this.bits.set(key, 1 << place);
    }
  }

  /** 0: it is not due. */
  bit(reached: Reached): number {
    return this.bits.get(reached) ?? 0;
  }

  /** Of a step of a replica's machine; `replica`: as it is after all of its steps. */
  bitsOf(
    { input, effects, before, after }: PartitionStep,
    { log, snapshots }: ExploredReplica,
  ): number {
    const starts = input === null;
    const isCut = effects.some(({ type }) => type === 'truncate');
    let bits = starts && log.length > 0 ? this.bit('restarted') : 0;
    if ((starts || isCut) && snapshots.length > 0) {
      bits |= this.bit('loaded');
    }
    if (input?.type === 'produce') {
      bits |= this.bitsOfProduce(input, effects, before, after);
    }
    if (input?.type === 'produceExpired') {
      bits |= this.bit('expired');
    }
    return isCut ? bits | this.bit('cut') : bits;
  }

  private bitsOfProduce(
    { batch }: Extract<PartitionStep['input'], { type: 'produce' }>,
    effects: PartitionStep['effects'],
    before: PartitionStep['before'],
    after: PartitionStep['after'],
  ): number {
    const appended = effects.some(({ type }) => type === 'append');
    const refusal = effects.find((effect) => effect.type === 'produced' && effect.error !== 0);
    if (appended) {
      const kept = after.producers.get(batch.producerId)?.batches ?? [];
      const wraps = kept.some(({ baseSequence, lastSequence }, i) => {
        const next = kept[i + 1]?.baseSequence ?? lastSequence;
        return next < baseSequence || lastSequence < baseSequence;
      });
      return wraps ? this.bit('wrapped') : 0;
    }
    if (refusal === undefined) {
      const known = after.producers.get(batch.producerId);
      const first = known?.batches.find(({ baseSequence }) => baseSequence === batch.baseSequence);
      const begin = after.leaderState?.epochStartOffset ?? 0;
      const isOlder = before.role === 'leader' && (first?.baseOffset ?? begin) < begin;
      return this.bit('repeated') | (isOlder ? this.bit('failedOver') : 0);
    }
    switch (refusal.type === 'produced' ? refusal.error : 0) {
      case 45:
        return this.bit('outOfOrder');
      case 46:
        return this.bit('forgotten');
      default:
        return 0;
    }
  }
}
