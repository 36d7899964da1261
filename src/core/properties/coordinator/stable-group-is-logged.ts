import type { Group, GroupMetadataValue } from '../../coordinator/types.js';
import type { GroupsProperty } from './property.js';

/**
 * G-STATIC: whatever a stable group has is in the log (appended at least), so that the next
 * coordinator finds the same members under the same ids. An empty group's generation is, too.
 */
export const stableGroupIsLogged: GroupsProperty = {
  name: 'StableGroupIsLogged',
  source: 'KAFKA-10284, KIP-345',
  violation: ({ after }) => {
    const pending = after.decider.active?.pending;
    for (const [id, group] of after.groups) {
      const logged = pending?.groups.get(id);
      const isLogged =
        group.state === 'Stable' || (group.state === 'Empty' && group.generation > 0);
      if (isLogged && (logged === undefined || !agree(group, logged))) {
        return `${id}: a new coordinator would not find the ${group.state} group as it is`;
      }
    }
    return null;
  },
};

function agree(group: Group, logged: GroupMetadataValue): boolean {
  return (
    group.generation === logged.generation &&
    group.protocol === logged.protocol &&
    group.leader === logged.leader &&
    group.members.size === logged.members.length &&
    logged.members.every((each) => {
      const member = group.members.get(each.memberId);
      return (
        member !== undefined &&
        member.groupInstanceId === each.groupInstanceId &&
        member.assignment.join() === each.assignment.join()
      );
    })
  );
}
