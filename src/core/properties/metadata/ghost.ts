/** What the judge of the metadata remembers; no machine reads it. */

import type { ControllerCommand, MetadataImage } from '../../metadata/types.js';
import {
  type BrokerEpoch,
  type BrokerId,
  NO_LEADER,
  type PartitionIndex,
  type Uuid,
} from '../../types/ids.js';

export interface MetadataGhost {
  /** The static configuration that all controllers share. */
  readonly defaults: {
    readonly minInsyncReplicas: number;
    readonly uncleanLeaderElection: boolean;
  };
  /** Every broker epoch ever seen -> the incarnation that it named. */
  readonly incarnations: Map<BrokerEpoch, string>;
  /** Every topic id ever seen -> the name that it had. */
  readonly topicNames: Map<Uuid, string>;
  /** `<topic id>/<partition>/<leader epoch>` -> its leader. */
  readonly leaders: Map<string, BrokerId>;
  /** Incarnation -> the previous broker epoch that its registration showed. */
  readonly shownEpochs: Map<string, BrokerEpoch>;
  /** Every ISR ever asked for: `offerKey` -> the sets, each member with the epoch it fetched with. */
  readonly offers: Map<string, ReadonlyMap<BrokerId, BrokerEpoch>[]>;
  /** Partitions without a leader of which an operator asked for an unclean election (KIP-460), as `uncleanKey`. */
  readonly uncleanAsked: Set<string>;
  /** Broker epoch -> the greatest metadata offset that this incarnation said it has applied. */
  readonly appliedOffsets: Map<BrokerEpoch, number>;
}

/** A judge that has seen nothing. */
export function startMetadataGhost(defaults: MetadataGhost['defaults']): MetadataGhost {
  return {
    defaults,
    incarnations: new Map(),
    topicNames: new Map(),
    leaders: new Map(),
    shownEpochs: new Map(),
    offers: new Map(),
    uncleanAsked: new Set(),
    appliedOffsets: new Map(),
  };
}

/** Names the state of a partition that an AlterPartition was based on. */
export function offerKey(
  topicId: Uuid,
  partition: PartitionIndex,
  leaderEpoch: number,
  partitionEpoch: number,
): string {
  return `${topicId}/${partition}/${leaderEpoch}/${partitionEpoch}`;
}

/** In `MetadataGhost.uncleanAsked`: all that have no leader. */
export const EVERY_PARTITION = '*';

/** Names a partition in `MetadataGhost.uncleanAsked`. */
export function uncleanKey(topicId: Uuid, partition: PartitionIndex): string {
  return `${topicId}/${partition}`;
}

/** Names one leader epoch of a partition in `MetadataGhost.leaders`. */
export function leaderKey(topicId: Uuid, partition: PartitionIndex, leaderEpoch: number): string {
  return `${topicId}/${partition}/${leaderEpoch}`;
}

/** Call with every command before a controller decides it. */
export function observeCommand(ghost: MetadataGhost, command: ControllerCommand): void {
  switch (command.type) {
    case 'registerBroker':
      ghost.shownEpochs.set(command.incarnationId, command.previousBrokerEpoch);
      return;
    case 'brokerHeartbeat': {
      const applied = ghost.appliedOffsets.get(command.brokerEpoch) ?? -1;
      const offset = Math.max(applied, command.currentMetadataOffset);
      ghost.appliedOffsets.set(command.brokerEpoch, offset);
      return;
    }
    case 'electUncleanLeaders':
      for (const { topicId, partition } of command.partitions ?? []) {
        ghost.uncleanAsked.add(uncleanKey(topicId, partition));
      }
      if (command.partitions === null) {
        ghost.uncleanAsked.add(EVERY_PARTITION);
      }
      return;
    case 'alterPartition':
      for (const change of command.changes) {
        const { topicId, partition, leaderEpoch, partitionEpoch } = change;
        const key = offerKey(topicId, partition, leaderEpoch, partitionEpoch);
        const members = change.newIsr.map((m): [BrokerId, BrokerEpoch] => [
          m.brokerId,
          m.brokerEpoch,
        ]);
        ghost.offers.set(key, [...(ghost.offers.get(key) ?? []), new Map(members)]);
      }
      return;
    default:
      return;
  }
}

/** Call with every image after the properties were asked. */
export function observeImage(ghost: MetadataGhost, image: MetadataImage): void {
  for (const broker of image.brokers.values()) {
    ghost.incarnations.set(broker.epoch, `${broker.id}/${broker.incarnationId}`);
  }
  for (const topic of image.topics.values()) {
    ghost.topicNames.set(topic.id, topic.name);
    for (const [index, partition] of topic.partitions) {
      ghost.leaders.set(leaderKey(topic.id, index, partition.leaderEpoch), partition.leader);
      if (partition.leader !== NO_LEADER) {
        // What was asked for is done, or was not needed: it excuses nothing that comes later.
        ghost.uncleanAsked.delete(uncleanKey(topic.id, index));
      }
    }
  }
}
