import { succeeded } from './ghost.js';
import { firstAnswer, type GroupsProperty } from './property.js';

/**
 * G-ONE, G-STATIC: SyncGroup, Heartbeat and OffsetCommit succeed only for a member of the generation
 * that the request claims, under its newest id. (An OffsetCommit may claim none in an empty group.)
 */
export const onlyCurrentMembersServed: GroupsProperty = {
  name: 'OnlyCurrentMembersServed',
  source: 'G-ONE, KIP-345',
  violation: (step, ghost) =>
    firstAnswer(step, ({ token, response }) => {
      const asked = ghost.asked.get(token);
      if (asked?.isCurrent === false && succeeded(response)) {
        return `${asked.input.type} of ${asked.input.request.groupId} succeeds for a stranger`;
      }
      return null;
    }),
};
