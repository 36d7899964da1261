/** Events of the controller, and of a broker's registration as its own node sees it. */

import type {
  ControllerDeciderState,
  ControllerEffect,
  ControllerInput,
} from '../../broker/observer.js';
import type { MetadataImage, MetadataRecord } from '../../core/metadata/types.js';
import type { BrokerId } from '../../core/types/ids.js';
import { indexOf, type Teller } from './teller.js';

type PartitionChange = Extract<MetadataRecord, { type: 'PartitionChangeRecord' }>;

const UNCHANGED_LEADER = -2;

/** One life of one node. */
export class ControllerMoments {
  private readonly self: number;
  /** Who asked for the ISR changes that wait for their commitment, by token. */
  private readonly askers = new Map<number, BrokerId>();

  constructor(self: number) {
    this.self = self;
  }

  /** Nothing of the step has left. */
  stepped(
    teller: Teller,
    state: ControllerDeciderState,
    input: ControllerInput,
    effects: readonly ControllerEffect[],
  ): void {
    switch (input.type) {
      case 'activate':
        teller.tell('controller.activated', null);
        break;
      case 'deactivate':
        this.askers.clear();
        teller.tell('controller.deactivated', null);
        break;
      case 'command':
        this.commanded(teller, state, input, effects);
        break;
      case 'committed':
        this.committed(teller, input.records);
        break;
      case 'restored':
        break;
    }
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      if (effect.type === 'respond' && effect.response.type === 'alterPartition') {
        teller.tell(
          'controller.alter-partition-answering',
          indexOf(this.askers.get(effect.token) ?? null),
        );
        this.askers.delete(effect.token);
      }
    }
  }

  private commanded(
    teller: Teller,
    state: ControllerDeciderState,
    input: Extract<ControllerInput, { type: 'command' }>,
    effects: readonly ControllerEffect[],
  ): void {
    const { command, token } = input;
    const appended = effects.find((effect) => effect.type === 'append');
    if (command.type === 'alterPartition' && state.active !== null) {
      this.askers.set(token, command.brokerId);
      teller.tell(
        appended === undefined
          ? 'controller.alter-partition-refused'
          : 'controller.alter-partition-decided',
        indexOf(command.brokerId),
      );
    }
    if (appended !== undefined) {
      for (const record of appended.records) {
        tellRecord(teller, state.committed.image, record);
      }
    }
  }

  /** On every node: what the own image says of the own broker. */
  private committed(teller: Teller, records: readonly MetadataRecord[]): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!;
      if (
        record.type === 'BrokerRegistrationChangeRecord' &&
        record.fenced < 0 &&
        indexOf(record.brokerId) === this.self
      ) {
        teller.tell('node.serving', null);
      }
    }
  }
}

function tellRecord(teller: Teller, image: MetadataImage, record: MetadataRecord): void {
  switch (record.type) {
    case 'RegisterBrokerRecord':
      teller.tell('controller.broker-registered', indexOf(record.brokerId));
      return;
    case 'BrokerRegistrationChangeRecord':
      if (record.fenced !== 0) {
        const event = record.fenced > 0 ? 'controller.broker-fenced' : 'controller.broker-unfenced';
        teller.tell(event, indexOf(record.brokerId));
      }
      if (record.inControlledShutdown > 0) {
        teller.tell('controller.shutdown-begun', indexOf(record.brokerId));
      }
      return;
    case 'PartitionChangeRecord':
      tellPartitionChange(teller, image, record);
      return;
    case 'TopicRecord':
      teller.tell('controller.topic-created', null);
      return;
    case 'RemoveTopicRecord':
      teller.tell('controller.topic-deleted', null);
      return;
    case 'ProducerIdsRecord':
      teller.tell('controller.producer-ids-decided', indexOf(record.brokerId));
      return;
    case 'UnregisterBrokerRecord':
    case 'PartitionRecord':
    case 'ConfigRecord':
    case 'FeatureLevelRecord':
    case 'NoOpRecord':
      return;
  }
}

/** `image`: what is committed, so without the change. */
function tellPartitionChange(teller: Teller, image: MetadataImage, record: PartitionChange): void {
  const { leader, eligibleLeaderReplicas } = record;
  const before = image.topics.get(record.topicId)?.partitions.get(record.partitionId);
  if (eligibleLeaderReplicas !== null && eligibleLeaderReplicas.length > 0) {
    teller.tell('controller.elr-kept', null);
  }
  if (record.addingReplicas !== null || record.removingReplicas !== null) {
    const left = [...(record.addingReplicas ?? []), ...(record.removingReplicas ?? [])];
    teller.tell(left.length > 0 ? 'controller.move-begun' : 'controller.move-ended', null);
  }
  if (leader === UNCHANGED_LEADER) {
    return;
  }
  const peer = indexOf(leader);
  if (peer === null) {
    teller.tell('controller.leaderless', null);
    return;
  }
  teller.tell('controller.leader-elected', peer);
  if (record.leaderRecoveryState === 1) {
    teller.tell('controller.unclean-elected', peer);
  } else if (before?.elr.includes(leader) === true && !before.isr.includes(leader)) {
    teller.tell('controller.elr-elected', peer);
  }
}
