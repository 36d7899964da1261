import type { GroupsProperty } from './property.js';
import { firstAnswer } from './property.js';

/** KIP-229: once a deletion is acknowledged no offset that the group had before is left. */
export const deletedGroupLeavesNothing: GroupsProperty = {
  name: 'DeletedGroupLeavesNothing',
  source: 'KIP-229',
  violation: (step, ghost) =>
    firstAnswer(step, ({ token, response }) => {
      const asked = ghost.asked.get(token);
      if (response.type !== 'deleteGroup' || response.errorCode !== 0 || asked === undefined) {
        return null;
      }
      const { groupId } = asked.input.request;
      const { base, records } = asked.appended ?? { base: 0, records: [] };
      for (const [name, history] of ghost.offsets) {
        const last = history.findLast(({ offset }) => offset < base);
        const isGone = history.some(
          ({ offset, value }) => offset >= base && offset < base + records.length && value === null,
        );
        if (
          name.startsWith(`${JSON.stringify([groupId]).slice(0, -1)},`) &&
          last?.value &&
          !isGone
        ) {
          return `${groupId} is deleted, and ${name} still has an offset`;
        }
      }
      return null;
    }),
};
