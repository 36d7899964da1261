import type { GroupsProperty } from './property.js';

/**
 * G-JOIN: before its time is up, a join phase ends only when every known member has joined and nobody
 * holds an unused member id.
 */
export const joinPhaseWaits: GroupsProperty = {
  name: 'JoinPhaseWaits',
  source: 'G-JOIN, KIP-394',
  violation: ({ before, input, after }) => {
    if (input.type === 'timerFired' && input.name !== 'session' && input.name !== 'pendingMember') {
      return null;
    }
    for (const [id, group] of after.groups) {
      const earlier = before.groups.get(id);
      if (group.state !== 'CompletingRebalance' || earlier?.generation === group.generation) {
        continue;
      }
      if (group.pendingMembers.size > 0) {
        return `${id}: the join phase did not wait for ${[...group.pendingMembers][0]}`;
      }
      const late = [...(earlier?.members.values() ?? [])].find(
        (member) => member.join === null && !rejoined(input, group.members, member.memberId),
      );
      if (late !== undefined && group.members.has(late.memberId)) {
        return `${id}: the join phase did not wait for ${late.memberId}`;
      }
    }
    return null;
  },
};

/** The one whose own request ended the phase. */
function rejoined(
  input: Parameters<GroupsProperty['violation']>[0]['input'],
  members: ReadonlyMap<string, unknown>,
  memberId: string,
): boolean {
  return input.type === 'joinGroup' && members.has(memberId) && input.request.memberId === memberId;
}
