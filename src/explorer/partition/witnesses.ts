/** What has to happen at least once in an explored world of a partition, by name: else its budgets prove nothing. */

import { FENCED_LEADER_EPOCH } from '../../core/partition/errors.js';
import type { PartitionEffect } from '../../core/partition/types.js';
import { NO_LEADER } from '../../core/types/ids.js';
import { type Decided, registrationIn } from './controller.js';
import type { Played, Transition } from './play.js';
import type { PartitionScope } from './scope.js';

/** Of a broker's step or of a decision of the controller. */
export interface Witness {
  readonly name: string;
  readonly isDue: (scope: PartitionScope) => boolean;
  readonly isPlayed?: (transition: Transition) => boolean;
  readonly isDecided?: (decided: Decided) => boolean;
}

const some = (budget: number | undefined): boolean => (budget ?? 0) > 0;
const ends = ({ crashes, powerLosses, stops }: PartitionScope): boolean =>
  some(crashes) || some(powerLosses) || some(stops);

const effect =
  (which: (effect: PartitionEffect, transition: Transition) => boolean) =>
  (transition: Transition): boolean =>
    transition.step.effects.some((each) => which(each, transition));

/** Members of the ISR that come and go by a decision. */
function isrChange({ before, controller }: Decided): { joined: number; left: number } {
  const then = registrationIn(before.image).isr;
  const now = registrationIn(controller.state.image).isr;
  return {
    joined: now.filter((id) => !then.includes(id)).length,
    left: then.filter((id) => !now.includes(id)).length,
  };
}

const isAlteration = ({ command }: Decided): boolean => command.type === 'alterPartition';

const WITNESSES: readonly Witness[] = [
  {
    name: 'a follower has a record',
    isDue: ({ records, leaderRecords }) => some(records) || some(leaderRecords),
    isPlayed: effect((each) => each.type === 'append' && each.token === null),
  },
  {
    name: 'acks=all is answered',
    isDue: ({ records }) => some(records),
    isPlayed: ({ step }) =>
      step.effects.some((each) => each.type === 'highWatermarkAdvanced') &&
      step.effects.some((each) => each.type === 'produced' && each.error === 0),
  },
  {
    name: 'the ISR shrinks as its leader asks',
    isDue: ({ partitionEpochs }) => partitionEpochs > 0,
    isDecided: (decided) => isAlteration(decided) && isrChange(decided).left > 0,
  },
  {
    name: 'the ISR grows',
    isDue: ({ partitionEpochs }) => partitionEpochs > 1,
    isDecided: (decided) => isAlteration(decided) && isrChange(decided).joined > 0,
  },
  {
    name: 'AlterPartition is refused',
    isDue: ({ leaderEpochs, partitionEpochs, fences, moves }) =>
      leaderEpochs > 0 && partitionEpochs > 1 && (some(fences) || some(moves)),
    isDecided: ({ response }) =>
      response?.type === 'alterPartition' &&
      (response.error !== 0 || response.partitions[0]?.error !== 0),
  },
  {
    name: 'another leader',
    isDue: ({ leaderEpochs }) => leaderEpochs > 0,
    isPlayed: ({ step }) =>
      step.before.role !== 'leader' && step.after.role === 'leader' && step.after.leaderEpoch > 0,
  },
  {
    name: 'a leader becomes a follower',
    isDue: ({ leaderEpochs, fences, preferred }) =>
      leaderEpochs > 0 && (some(fences) || some(preferred)),
    isPlayed: ({ step }) => step.before.role === 'leader' && step.after.role === 'follower',
  },
  {
    name: 'a fetch is fenced',
    isDue: ({ leaderEpochs, fences, replicas }) => leaderEpochs > 0 && some(fences) && replicas > 2,
    isPlayed: effect((each) => each.type === 'fetchAnswer' && each.error === FENCED_LEADER_EPOCH),
  },
  {
    name: 'a log is cut',
    isDue: ({ leaderEpochs, fences, leaderRecords }) =>
      leaderEpochs > 0 && some(fences) && some(leaderRecords),
    isPlayed: effect((each) => each.type === 'truncate'),
  },
  {
    name: 'nobody leads',
    isDue: ({ replicas, fences, crashes, leaderEpochs }) =>
      leaderEpochs > 1 && (fences ?? 0) + (crashes ?? 0) >= replicas,
    isDecided: ({ controller }) => registrationIn(controller.state.image).leader === NO_LEADER,
  },
  {
    name: 'a leader from the ELR',
    isDue: ({ replicas, minIsr, fences, leaderEpochs }) =>
      minIsr > 1 && leaderEpochs > 2 && (fences ?? 0) >= replicas,
    isDecided: ({ before, controller }) => {
      const then = registrationIn(before.image);
      const now = registrationIn(controller.state.image);
      return now.leader !== then.leader && then.elr.includes(now.leader);
    },
  },
  {
    name: 'an unclean election',
    isDue: ({ unclean, uncleanAsked, leaderEpochs, fences, replicas }) =>
      (unclean === true || some(uncleanAsked)) && leaderEpochs > 1 && (fences ?? 0) >= replicas,
    isDecided: ({ isUnclean }) => isUnclean,
  },
  {
    name: 'a broker comes back',
    isDue: ends,
    isDecided: ({ command, version }) => command.type === 'registerBroker' && version !== null,
  },
  {
    name: 'a broker is unfenced',
    isDue: (scope) => ends(scope) || some(scope.fences),
    isDecided: ({ records }) =>
      records.some(
        (record) => record.type === 'BrokerRegistrationChangeRecord' && record.fenced === -1,
      ),
  },
  {
    name: 'a power loss takes records',
    isDue: ({ powerLosses, records, leaderRecords }) =>
      some(powerLosses) && (some(records) || some(leaderRecords)),
    isPlayed: ({ step }) =>
      step.before.partitionEpoch === -1 &&
      step.effects.some((each) => each.type === 'epochsChanged' && each.epochs.length === 0),
  },
  {
    name: 'a shutdown is granted',
    isDue: ({ shutdowns }) => some(shutdowns),
    isDecided: ({ response }) => response?.type === 'heartbeat' && response.shouldShutDown,
  },
  {
    name: 'a consumer is given a record',
    isDue: ({ reads }) => some(reads),
    isPlayed: ({ step }) =>
      step.input?.type === 'fetch' &&
      step.input.replica === null &&
      step.effects.some((each) => each.type === 'fetchAnswer' && each.upTo > each.from),
  },
  {
    name: 'records are deleted everywhere',
    isDue: ({ deletions }) => some(deletions),
    isPlayed: effect(
      (each) => each.type === 'recordsDeleted' && each.error === 0 && each.lowWatermark > 0,
    ),
  },
  {
    name: 'a duplicate is recognised',
    isDue: ({ retries }) => some(retries),
    isPlayed: ({ step }) =>
      step.input?.type === 'produce' &&
      step.after.producers.size > 0 &&
      step.before.role === 'leader' &&
      step.effects.every((each) => each.type !== 'append') &&
      step.effects.every((each) => each.type !== 'produced' || each.error === 0),
  },
  {
    name: 'a move ends',
    isDue: ({ moves }) => some(moves),
    isDecided: (decided) =>
      isAlteration(decided) &&
      registrationIn(decided.before.image).addingReplicas.length > 0 &&
      registrationIn(decided.controller.state.image).addingReplicas.length === 0,
  },
];

/** Those that the scope's budgets allow. */
export function dueIn(scope: PartitionScope): Witness[] {
  return WITNESSES.filter(({ isDue }) => isDue(scope));
}

/** Which of `witnesses` a broker's step is, a bit each. */
export function playedBits(witnesses: readonly Witness[], { transitions }: Played): number {
  let bits = 0;
  for (const [place, { isPlayed }] of witnesses.entries()) {
    bits |= isPlayed !== undefined && transitions.some(isPlayed) ? 1 << place : 0;
  }
  return bits;
}

export function decidedBits(witnesses: readonly Witness[], decided: Decided): number {
  let bits = 0;
  for (const [place, { isDecided }] of witnesses.entries()) {
    bits |= isDecided?.(decided) === true ? 1 << place : 0;
  }
  return bits;
}
