import { firstPartition, type MetadataProperty } from './property.js';

/** Whoever comes or goes is a replica, nobody does both, and somebody stays. */
export const reassignmentShape: MetadataProperty = {
  name: 'ReassignmentShape',
  source: 'KIP-455',
  violation: (step) =>
    firstPartition(step, ({ after }) => {
      const { replicas, addingReplicas: adding, removingReplicas: removing } = after;
      const moving = [...adding, ...removing];
      if (new Set(moving).size !== moving.length) {
        return `adding ${adding} and removing ${removing} have a broker twice`;
      }
      if (moving.some((id) => !replicas.includes(id))) {
        return `adding ${adding} or removing ${removing} is not within the replicas ${replicas}`;
      }
      return replicas.every((id) => removing.includes(id))
        ? `all the replicas ${replicas} are to be removed`
        : null;
    }),
};
