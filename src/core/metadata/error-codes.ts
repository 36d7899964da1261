/** Kafka's error codes that the controller answers with (protocol/errors.ts has them all). */

import type { ErrorCode } from './types.js';

export const NONE: ErrorCode = 0;
export const UNKNOWN_TOPIC_OR_PARTITION: ErrorCode = 3;
export const INVALID_TOPIC_EXCEPTION: ErrorCode = 17;
export const TOPIC_ALREADY_EXISTS: ErrorCode = 36;
export const INVALID_PARTITIONS: ErrorCode = 37;
export const INVALID_REPLICATION_FACTOR: ErrorCode = 38;
export const INVALID_REPLICA_ASSIGNMENT: ErrorCode = 39;
export const INVALID_CONFIG: ErrorCode = 40;
export const NOT_CONTROLLER: ErrorCode = 41;
export const INVALID_REQUEST: ErrorCode = 42;
export const POLICY_VIOLATION: ErrorCode = 44;
export const FENCED_LEADER_EPOCH: ErrorCode = 74;
export const STALE_BROKER_EPOCH: ErrorCode = 77;
export const PREFERRED_LEADER_NOT_AVAILABLE: ErrorCode = 80;
export const ELIGIBLE_LEADERS_NOT_AVAILABLE: ErrorCode = 83;
export const ELECTION_NOT_NEEDED: ErrorCode = 84;
export const NO_REASSIGNMENT_IN_PROGRESS: ErrorCode = 85;
export const INVALID_UPDATE_VERSION: ErrorCode = 95;
export const UNKNOWN_TOPIC_ID: ErrorCode = 100;
export const DUPLICATE_BROKER_REGISTRATION: ErrorCode = 101;
export const BROKER_ID_NOT_REGISTERED: ErrorCode = 102;
export const INCONSISTENT_CLUSTER_ID: ErrorCode = 104;
export const INELIGIBLE_REPLICA: ErrorCode = 107;
export const NEW_LEADER_ELECTED: ErrorCode = 108;
