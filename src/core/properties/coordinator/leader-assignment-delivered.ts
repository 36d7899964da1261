import type { GroupsProperty } from './property.js';

/** G-ONE: what is logged for a generation is what its leader said, member by member. */
export const leaderAssignmentDelivered: GroupsProperty = {
  name: 'LeaderAssignmentDelivered',
  source: 'G-ONE',
  violation: ({ input, effects }) => {
    if (input.type !== 'syncGroup') {
      return null;
    }
    const said = new Map(
      input.request.assignments.map(({ memberId, assignment }) => [memberId, assignment.join()]),
    );
    for (const effect of effects) {
      for (const record of effect.type === 'append' ? effect.records : []) {
        const members = record.type === 'GroupMetadata' ? (record.value?.members ?? []) : [];
        const wrong = members.find(
          ({ memberId, assignment }) => assignment.join() !== (said.get(memberId) ?? ''),
        );
        if (wrong !== undefined) {
          return `${input.request.groupId}: ${wrong.memberId} gets what its leader did not give it`;
        }
      }
    }
    return null;
  },
};
