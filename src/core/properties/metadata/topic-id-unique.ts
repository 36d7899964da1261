import type { MetadataProperty } from './property.js';

/** A-ID: a topic id is never used again, and name and id name the same topic. */
export const topicIdUnique: MetadataProperty = {
  name: 'TopicIdUnique',
  source: 'KIP-516',
  violation: ({ before, after }, ghost) => {
    for (const topic of after.topics.values()) {
      if (after.topicIds.get(topic.name) !== topic.id) {
        return `the name ${topic.name} does not lead to ${topic.id}`;
      }
      const name = ghost.topicNames.get(topic.id);
      if (name !== undefined && name !== topic.name) {
        return `the id ${topic.id} was ${name}'s and is ${topic.name}'s`;
      }
      if (name !== undefined && !before.topics.has(topic.id)) {
        return `the id ${topic.id} of a deleted topic came back`;
      }
    }
    return after.topicIds.size === after.topics.size ? null : 'a name leads to no topic';
  },
};
