/** Events of a replica. */

import type {
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../core/partition/types.js';
import { indexOf, type Teller } from './teller.js';

type AlterPartition = Extract<PartitionEffect, { type: 'alterPartition' }>;
type Produced = Extract<PartitionEffect, { type: 'produced' }>;

const NOT_ENOUGH_REPLICAS = 19;

/** What is told before any effect of the step left. `isrBefore`: size of the ISR before the step. */
export function partitionBefore(
  teller: Teller,
  state: PartitionState,
  input: PartitionInput,
  effects: readonly PartitionEffect[],
  isrBefore: number,
): void {
  let acknowledging = false;
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i]!;
    switch (effect.type) {
      case 'fetchAnswer':
        if (input.type === 'fetch' && input.replica !== null && effect.error === 0) {
          const event =
            effect.diverging === null
              ? 'partition.fetched-by-follower'
              : 'partition.diverging-answered';
          teller.tell(event, indexOf(input.replica.id));
        }
        break;
      case 'produced':
        acknowledging ||= isCommitted(state, effect);
        break;
      case 'alterPartition':
        tellProposal(teller, state, effect);
        break;
      case 'truncate':
        teller.tell('partition.truncating', indexOf(state.leader));
        break;
      case 'append':
      case 'resetLog':
      case 'moveLogStart':
      case 'epochsChanged':
      case 'replicationFailed':
      case 'highWatermarkAdvanced':
      case 'logEndAdvanced':
      case 'roleChanged':
      case 'armTimer':
      case 'cancelTimer':
        break;
    }
  }
  if (acknowledging) {
    teller.tell('partition.acknowledging', null);
  }
  if (
    isrBefore > 1 &&
    state.isr.length === 1 &&
    state.role === 'leader' &&
    (input.type === 'assigned' || input.type === 'alterPartitionAnswered')
  ) {
    teller.tell('partition.isr-shrunk-to-one', null);
  }
}

/** acks=all satisfied; what is acknowledged with acks 1 says nothing of other replicas. */
function isCommitted(state: PartitionState, { error, baseOffset }: Produced): boolean {
  return error === 0 && baseOffset < state.highWatermark;
}

function tellProposal(teller: Teller, { isr }: PartitionState, { newIsr }: AlterPartition): void {
  const leaving = isr.find((id) => newIsr.every(({ brokerId }) => brokerId !== id));
  const joining = newIsr.find(({ brokerId }) => !isr.includes(brokerId));
  if (leaving !== undefined) {
    teller.tell('partition.isr-shrinking', indexOf(leaving));
  }
  if (joining !== undefined) {
    teller.tell('partition.isr-expanding', indexOf(joining.brokerId));
  }
}

/** What is told when all effects of the step were carried out. */
export function partitionAfter(
  teller: Teller,
  state: PartitionState,
  input: PartitionInput,
  effects: readonly PartitionEffect[],
): void {
  let acknowledged = false;
  if (input.type === 'logStartMoved') {
    teller.tell('partition.log-start-moved', null);
  }
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i]!;
    switch (effect.type) {
      case 'append':
        if (effect.token === null) {
          teller.tell('partition.appended-as-follower', indexOf(state.leader));
        } else {
          teller.tell('partition.appended-as-leader', null);
        }
        break;
      case 'produced':
        acknowledged ||= isCommitted(state, effect);
        if (effect.error === NOT_ENOUGH_REPLICAS) {
          teller.tell('partition.refused-below-min-isr', null);
        }
        break;
      case 'highWatermarkAdvanced':
        if (state.role === 'leader') {
          teller.tell('partition.high-watermark-advanced', null);
        } else {
          teller.tell('partition.high-watermark-told', indexOf(state.leader));
        }
        break;
      case 'roleChanged':
        if (effect.role !== 'none') {
          const event = effect.role === 'leader' ? 'partition.leading' : 'partition.following';
          teller.tell(event, effect.role === 'leader' ? null : indexOf(effect.leader));
        }
        break;
      case 'truncate':
        teller.tell('partition.truncated', indexOf(state.leader));
        break;
      case 'resetLog':
        teller.tell('partition.reset', indexOf(state.leader));
        break;
      case 'moveLogStart':
        teller.tell('partition.log-start-moved', indexOf(state.leader));
        break;
      case 'fetchAnswer':
      case 'epochsChanged':
      case 'replicationFailed':
      case 'logEndAdvanced':
      case 'alterPartition':
      case 'armTimer':
      case 'cancelTimer':
        break;
    }
  }
  if (acknowledged) {
    teller.tell('partition.acknowledged', null);
  }
}
