import type { MemberMetadata } from '../../coordinator/types.js';
import type { GroupsGhost } from './ghost.js';
import { firstAnswer, type GroupsProperty } from './property.js';

/**
 * G-ONE: in one generation there is one assignment, the leader's. All that its members are told is
 * what was committed of it; and where the log names a generation twice, each seat (instance id, or
 * member id) has the same assignment in both.
 */
export const oneOwnerPerGeneration: GroupsProperty = {
  name: 'OneOwnerPerGeneration',
  source: 'G-ONE, G-STATIC',
  violation: (step, ghost) =>
    (step.input.type === 'committed' ? twoAssignments(ghost) : null) ??
    firstAnswer(step, ({ token, response }) => {
      const asked = ghost.asked.get(token);
      if (
        response.type !== 'syncGroup' ||
        response.errorCode !== 0 ||
        asked?.input.type !== 'syncGroup'
      ) {
        return null;
      }
      const { groupId, generationId, memberId } = asked.input.request;
      const what = `${groupId}: ${memberId} is told its assignment in generation ${generationId}`;
      const committed = ghost.generations
        .get(groupId)
        ?.findLast((each) => each.value?.generation === generationId);
      if (committed?.value == null) {
        return `${what}, which is not in the log`;
      }
      const logged = committed.value.members.find((member) => member.memberId === memberId);
      if (logged === undefined) {
        return `${what}, whose record does not know it`;
      }
      return same(logged.assignment, response.assignment)
        ? null
        : `${what}, but not the logged one`;
    }),
};

function twoAssignments(ghost: GroupsGhost): string | null {
  for (const [id, history] of ghost.generations) {
    for (const [i, { value }] of history.entries()) {
      const earlier = history[i - 1]?.value;
      if (value == null || earlier == null || value.generation !== earlier.generation) {
        continue;
      }
      const seats = new Map(earlier.members.map((member) => [seat(member), member.assignment]));
      const moved = value.members.find((member) => {
        const held = seats.get(seat(member));
        return held === undefined || !same(held, member.assignment);
      });
      if (moved !== undefined || seats.size !== value.members.length) {
        return `${id}: generation ${value.generation} is logged with two assignments`;
      }
    }
  }
  return null;
}

function seat(member: MemberMetadata): string {
  return member.groupInstanceId === null ? `m ${member.memberId}` : `i ${member.groupInstanceId}`;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.join() === b.join();
}
