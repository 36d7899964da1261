/** The Kafka error codes that a group coordinator answers with. */

import type { ErrorCode } from './types.js';

export const GroupError: {
  readonly NONE: ErrorCode;
  readonly OFFSET_METADATA_TOO_LARGE: ErrorCode;
  readonly COORDINATOR_LOAD_IN_PROGRESS: ErrorCode;
  readonly COORDINATOR_NOT_AVAILABLE: ErrorCode;
  readonly NOT_COORDINATOR: ErrorCode;
  readonly ILLEGAL_GENERATION: ErrorCode;
  readonly INCONSISTENT_GROUP_PROTOCOL: ErrorCode;
  readonly INVALID_GROUP_ID: ErrorCode;
  readonly UNKNOWN_MEMBER_ID: ErrorCode;
  readonly INVALID_SESSION_TIMEOUT: ErrorCode;
  readonly REBALANCE_IN_PROGRESS: ErrorCode;
  readonly NON_EMPTY_GROUP: ErrorCode;
  readonly GROUP_ID_NOT_FOUND: ErrorCode;
  readonly MEMBER_ID_REQUIRED: ErrorCode;
  readonly GROUP_MAX_SIZE_REACHED: ErrorCode;
  readonly FENCED_INSTANCE_ID: ErrorCode;
  readonly GROUP_SUBSCRIBED_TO_TOPIC: ErrorCode;
} = {
  NONE: 0,
  OFFSET_METADATA_TOO_LARGE: 12,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  MEMBER_ID_REQUIRED: 79,
  GROUP_MAX_SIZE_REACHED: 81,
  FENCED_INSTANCE_ID: 82,
  GROUP_SUBSCRIBED_TO_TOPIC: 86,
};
