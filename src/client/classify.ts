/**
 * From an error to what it says about the request: `ok`, `fail` (certainly without effect) or
 * `unknown`. A wrong `fail` makes every verdict wrong, so whatever is not listed is unknown.
 *
 * Source: the table of jepsen-io/redpanda (`workload/queue.clj`), KAFKA-13574 for
 * NOT_LEADER_OR_FOLLOWER, and where in the broker each error arises (before or after the append).
 */

import { ErrorCode } from '../protocol/errors.js';

export type Classification = 'ok' | 'fail' | 'unknown';

/** Errors that a leader answers to Produce before it appends anything. */
const REFUSED_BEFORE_APPEND: ReadonlySet<number> = new Set([
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.BROKER_NOT_AVAILABLE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.INVALID_TOPIC_EXCEPTION,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.INVALID_REQUIRED_ACKS,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_TIMESTAMP,
  ErrorCode.UNSUPPORTED_VERSION,
  ErrorCode.NOT_CONTROLLER,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  ErrorCode.POLICY_VIOLATION,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  ErrorCode.INVALID_RECORD,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
]);

/**
 * What a Produce answer says of its batch. NOT_LEADER_OR_FOLLOWER is unknown: a leader answers it
 * too when it is deposed while an appended batch waits for the high watermark (KAFKA-13574).
 * DUPLICATE_SEQUENCE_NUMBER is ok: the log has the batch, though nobody remembers where (DEDUP-5).
 */
export function classifyProduce(code: number): Classification {
  if (code === ErrorCode.NONE || code === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
    return 'ok';
  }
  return REFUSED_BEFORE_APPEND.has(code) ? 'fail' : 'unknown';
}

/** Errors of a change of metadata that may come after the change was ordered. */
const PERHAPS_ORDERED: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NETWORK_EXCEPTION,
  // The controller was deposed while the records waited for their commit.
  ErrorCode.NOT_CONTROLLER,
  // It is so already: perhaps by this very request, which the broker that was asked hands to the next
  // controller when the first one gave no clear answer (KIP-590).
  ErrorCode.TOPIC_ALREADY_EXISTS,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INVALID_PARTITIONS,
]);

/** What the answer to CreateTopics, DeleteTopics or IncrementalAlterConfigs says of the change. */
export function classifyChange(code: number): Classification {
  if (code === ErrorCode.NONE) {
    return 'ok';
  }
  return PERHAPS_ORDERED.has(code) ? 'unknown' : 'fail';
}

/** Errors that a coordinator answers to OffsetCommit or DeleteGroups before it appends anything. */
const REFUSED_BEFORE_COMMIT: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.OFFSET_METADATA_TOO_LARGE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.INVALID_GROUP_ID,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.NON_EMPTY_GROUP,
]);

/**
 * What an OffsetCommit answer says of the commit, or that to DeleteGroups of the deletion. NOT_COORDINATOR is unknown: a coordinator answers it too when it is
 * deposed while what it appended waits for the high watermark.
 */
export function classifyCommit(code: number): Classification {
  if (code === ErrorCode.NONE) {
    return 'ok';
  }
  return REFUSED_BEFORE_COMMIT.has(code) ? 'fail' : 'unknown';
}

/** Errors that say that the coordinator is elsewhere, or nobody for now: it is to be looked for again. */
const COORDINATOR_ELSEWHERE: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
]);

export function saysCoordinatorIsElsewhere(code: number): boolean {
  return COORDINATOR_ELSEWHERE.has(code);
}

/** Reads change nothing, so an error of theirs commits nobody to anything. */
export function classifyRead(code: number): Classification {
  return code === ErrorCode.NONE ? 'ok' : 'fail';
}

/** Errors that say that the leader is elsewhere: metadata is to be asked again. */
const LEADER_ELSEWHERE: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
]);

export function saysLeaderIsElsewhere(code: number): boolean {
  return LEADER_ELSEWHERE.has(code);
}
