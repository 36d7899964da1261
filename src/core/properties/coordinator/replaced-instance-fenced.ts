import { firstAnswer, type GroupsProperty } from './property.js';

/** G-STATIC: a process whose instance id was taken over is told FENCED_INSTANCE_ID, so that it stops. */
export const replacedInstanceFenced: GroupsProperty = {
  name: 'ReplacedInstanceFenced',
  source: 'KIP-345',
  violation: (step, ghost) =>
    firstAnswer(step, ({ token, response }) => {
      const asked = ghost.asked.get(token);
      if (asked?.isReplaced !== true) {
        return null;
      }
      const errors =
        response.type === 'offsetCommit'
          ? response.topics.flatMap((topic) => topic.partitions.map((each) => each.errorCode))
          : [response.errorCode];
      // 0: served; 25: told to join anew, as if it were not a duplicate.
      return errors.some((error) => error === 0 || error === 25)
        ? `${asked.input.type} of a replaced instance in ${asked.input.request.groupId} is not fenced`
        : null;
    }),
};
