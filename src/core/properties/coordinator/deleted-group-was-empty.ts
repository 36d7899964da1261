import type { GroupsProperty } from './property.js';

/** KIP-229: a group with members is not deleted. */
export const deletedGroupWasEmpty: GroupsProperty = {
  name: 'DeletedGroupWasEmpty',
  source: 'KIP-229',
  violation: ({ before, input, effects }) => {
    if (input.type !== 'deleteGroup') {
      return null;
    }
    const { groupId } = input.request;
    const members = before.groups.get(groupId)?.members.size ?? 0;
    const isDeleted = effects.some((effect) => effect.type === 'append');
    return isDeleted && members > 0 ? `${groupId} is deleted with ${members} members` : null;
  },
};
