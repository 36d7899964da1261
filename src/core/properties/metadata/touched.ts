/** What a few records touched, as text: two images agree on it exactly if the texts are the same. */

import type { MetadataImage, MetadataRecord, PartitionRegistration } from '../../metadata/types.js';
import type { PartitionIndex, Uuid } from '../../types/ids.js';

export function touchedText(image: MetadataImage, records: readonly MetadataRecord[]): string {
  let text = '';
  for (const record of records) {
    text += `${textOf(image, record)}\n`;
  }
  return text;
}

function textOf(image: MetadataImage, record: MetadataRecord): string {
  switch (record.type) {
    case 'RegisterBrokerRecord':
    case 'UnregisterBrokerRecord':
    case 'BrokerRegistrationChangeRecord': {
      const broker = image.brokers.get(record.brokerId);
      if (broker === undefined) {
        return `broker ${record.brokerId} -`;
      }
      const { id, epoch, incarnationId, fenced, inControlledShutdown, rack, logDirs } = broker;
      const ports = broker.endPoints.map(({ host, port }) => `${host}:${port}`);
      const state = `fenced ${fenced}, stopping ${inControlledShutdown}`;
      return `broker ${id} ${epoch} ${incarnationId} ${state} ${rack} ${logDirs} ${ports}`;
    }
    case 'TopicRecord':
      return `topic ${record.name} ${image.topicIds.get(record.name)}`;
    case 'RemoveTopicRecord':
      return `topic ${record.topicId} ${image.topics.get(record.topicId)?.name}`;
    case 'PartitionRecord':
    case 'PartitionChangeRecord':
      return partitionText(image, record.topicId, record.partitionId);
    case 'ConfigRecord': {
      const values = image.configs.get(`${record.resourceType}:${record.resourceName}`);
      return `config ${record.resourceName} ${record.name}=${values?.get(record.name)}`;
    }
    case 'ProducerIdsRecord':
      return `producer ids from ${image.nextProducerId}`;
    case 'FeatureLevelRecord':
      return `feature ${record.name} ${image.features.get(record.name)}`;
    case 'NoOpRecord':
      return '';
  }
}

function partitionText(image: MetadataImage, topicId: Uuid, index: PartitionIndex): string {
  const topic = image.topics.get(topicId);
  const partition = topic?.partitions.get(index);
  return partition === undefined
    ? `partition ${topicId}/${index} -`
    : `partition ${topic?.name}-${index} ${registrationText(partition)}`;
}

function registrationText(partition: PartitionRegistration): string {
  const { leader, leaderEpoch, partitionEpoch, leaderRecoveryState, replicas, isr, elr } =
    partition;
  const { lastKnownElr, addingReplicas, removingReplicas, directories } = partition;
  const epochs = `leader ${leader} epochs ${leaderEpoch} ${partitionEpoch} ${leaderRecoveryState}`;
  const sets = `replicas ${replicas} isr ${isr} elr ${elr} last ${lastKnownElr}`;
  return `${epochs} ${sets} adding ${addingReplicas} removing ${removingReplicas} in ${directories}`;
}
