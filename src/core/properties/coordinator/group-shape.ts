import type { Group } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/** G-SM: what a group may look like in each of its states. */
export const groupShape: GroupsProperty = {
  name: 'GroupShape',
  source: 'G-SM, G-JOIN',
  violation: ({ after }) => {
    for (const [id, group] of after.groups) {
      const wrong = misshape(group);
      if (wrong !== null) {
        return `${id} (${group.state}): ${wrong}`;
      }
    }
    return null;
  },
};

function misshape(group: Group): string | null {
  const { state, members, leader, staticMembers } = group;
  if ((members.size === 0) !== (leader === null) || (leader !== null && !members.has(leader))) {
    return `leader ${leader} is none of ${members.size} members`;
  }
  if (state === 'Empty' && members.size > 0) {
    return 'it has members';
  }
  for (const [id, member] of members) {
    if (member.memberId !== id || group.pendingMembers.has(id)) {
      return `member ${id} is known under two ids, or pending`;
    }
    if (member.groupInstanceId !== null && staticMembers.get(member.groupInstanceId) !== id) {
      return `instance ${member.groupInstanceId} does not lead to its member`;
    }
    if (member.join !== null && state !== 'PreparingRebalance') {
      return `${id} waits for a generation that nobody prepares`;
    }
    if (member.sync !== null && state !== 'CompletingRebalance') {
      return `${id} waits for an assignment that nobody makes`;
    }
    const { protocol } = group;
    const formed = state === 'CompletingRebalance' || state === 'Stable';
    if (formed && !member.protocols.some((candidate) => candidate.name === protocol)) {
      return `${id} does not support the protocol ${protocol}`;
    }
  }
  if (![...group.pendingSync].every((id) => members.has(id))) {
    return 'a stranger is to ask for its assignment';
  }
  return [...staticMembers.values()].every((id) => members.has(id))
    ? null
    : 'an instance id leads to no member';
}
