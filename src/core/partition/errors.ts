/** Kafka's error codes that a partition answers with or hears. */

export const NONE: number = 0;
export const OFFSET_OUT_OF_RANGE: number = 1;
export const NOT_LEADER_OR_FOLLOWER: number = 6;
export const REQUEST_TIMED_OUT: number = 7;
export const NOT_ENOUGH_REPLICAS: number = 19;
export const NOT_ENOUGH_REPLICAS_AFTER_APPEND: number = 20;
export const UNKNOWN_TOPIC_OR_PARTITION: number = 3;
export const NOT_CONTROLLER: number = 41;
export const INVALID_REQUEST: number = 42;
export const OUT_OF_ORDER_SEQUENCE_NUMBER: number = 45;
export const DUPLICATE_SEQUENCE_NUMBER: number = 46;
export const INVALID_PRODUCER_EPOCH: number = 47;
export const FENCED_LEADER_EPOCH: number = 74;
export const UNKNOWN_LEADER_EPOCH: number = 75;
export const OFFSET_NOT_AVAILABLE: number = 78;
export const INVALID_RECORD: number = 87;
export const INVALID_UPDATE_VERSION: number = 95;
export const UNKNOWN_TOPIC_ID: number = 100;
export const INELIGIBLE_REPLICA: number = 107;
export const NEW_LEADER_ELECTED: number = 108;
/** OPERATION_NOT_ATTEMPTED: a request of which this part was not tried. */
export const OPERATION_NOT_ATTEMPTED: number = 55;
