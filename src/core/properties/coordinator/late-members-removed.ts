import type { GroupsProperty } from './property.js';

/** G-JOIN: a new generation has only members that joined it; static ones may be absent (KIP-345). */
export const lateMembersRemoved: GroupsProperty = {
  name: 'LateMembersRemoved',
  source: 'G-JOIN, KIP-62, KIP-345',
  violation: ({ before, input, after }) => {
    const joining = input.type === 'joinGroup' ? input.request.memberId : null;
    for (const [id, group] of after.groups) {
      const earlier = before.groups.get(id);
      if (group.state !== 'CompletingRebalance' || earlier?.generation === group.generation) {
        continue;
      }
      for (const [memberId, member] of earlier?.members ?? []) {
        const joined = member.join !== null || memberId === joining;
        if (!joined && member.groupInstanceId === null && group.members.has(memberId)) {
          return `${id}: ${memberId} is in generation ${group.generation} without having joined it`;
        }
      }
    }
    return null;
  },
};
