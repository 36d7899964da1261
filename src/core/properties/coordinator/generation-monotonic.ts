import type { GroupMetadataValue } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/** G-SM: a group's generation never goes back, neither in the log nor at one coordinator. */
export const generationMonotonic: GroupsProperty = {
  name: 'GenerationMonotonic',
  source: 'G-SM',
  violation: ({ before, input, after }, ghost) => {
    for (const [id, group] of before.groups) {
      const later = after.groups.get(id);
      if (later !== undefined && later.generation < group.generation) {
        return `${id}: generation ${group.generation} becomes ${later.generation}`;
      }
    }
    if (input.type !== 'committed') {
      return null;
    }
    for (const [id, history] of ghost.generations) {
      let newest: GroupMetadataValue | null = null;
      for (const { offset, value } of history) {
        if (newest !== null && value !== null && value.generation < newest.generation) {
          return `${id}: generation ${value.generation} is logged at ${offset} after ${newest.generation}`;
        }
        newest = value;
      }
    }
    return null;
  },
};
