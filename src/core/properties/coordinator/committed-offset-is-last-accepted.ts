import type { OffsetCommitResponse, OffsetFetchResponse } from '../../coordinator/types.js';
import { type Asked, type GroupsGhost, offsetName } from './ghost.js';
import { firstAnswer, type GroupsProperty } from './property.js';
import { sameValue } from './same-value.js';

/**
 * O-LAST: an offset that was acknowledged is committed in the log, and OffsetFetch answers with the
 * last commit in log order of what this coordinator knows to be committed.
 */
export const committedOffsetIsLastAccepted: GroupsProperty = {
  name: 'CommittedOffsetIsLastAccepted',
  source: 'O-LAST',
  violation: (step, ghost) =>
    firstAnswer(step, ({ token, response }) => {
      const asked = ghost.asked.get(token);
      if (asked === undefined) {
        return null;
      }
      switch (response.type) {
        case 'offsetCommit':
          return lostCommit(ghost, asked, response);
        case 'offsetFetch':
          return wrongOffset(ghost, step.after.decider.committedOffset, response);
        default:
          return null;
      }
    }),
};

function lostCommit(
  ghost: GroupsGhost,
  asked: Asked,
  response: OffsetCommitResponse,
): string | null {
  for (const topic of response.topics) {
    for (const { partitionIndex, errorCode } of topic.partitions) {
      if (errorCode !== 0) {
        continue;
      }
      const { records, base } = asked.appended ?? { records: [], base: 0 };
      const at = records.findIndex(
        (record) =>
          record.type === 'OffsetCommit' &&
          record.topic === topic.name &&
          record.partition === partitionIndex,
      );
      if (at < 0 || !sameValue(ghost.log.get(base + at), records[at])) {
        return `the offset of ${topic.name}-${partitionIndex} is acknowledged and not committed`;
      }
    }
  }
  return null;
}

function wrongOffset(
  ghost: GroupsGhost,
  committedOffset: number,
  response: OffsetFetchResponse,
): string | null {
  if (response.errorCode !== 0) {
    return null;
  }
  for (const topic of response.topics) {
    for (const partition of topic.partitions) {
      const name = offsetName(response.groupId, topic.name, partition.partitionIndex);
      const last = ghost.offsets.get(name)?.findLast((each) => each.offset <= committedOffset);
      const expected = last?.value?.offset ?? -1;
      if (partition.errorCode === 0 && partition.committedOffset !== expected) {
        return `${name} is fetched as ${partition.committedOffset}, committed is ${expected}`;
      }
    }
  }
  return null;
}
