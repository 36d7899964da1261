// Kafka's DeleteTopics API. Written by scripts/generate-schemas.ts; do not edit.
import type { Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DeleteTopicsRequest {
  readonly topics: readonly DeleteTopicsRequestDeleteTopicState[];
  readonly topicNames: readonly string[];
  readonly timeoutMs: number;
}
export interface DeleteTopicsRequestDeleteTopicState {
  readonly name: string | null;
  readonly topicId: Uuid;
}
export const deleteTopicsRequest: MessageSchema<DeleteTopicsRequest> = {
  name: 'DeleteTopicsRequest',
  key: 20,
  versions: [1, 6],
  flexible: 4,
  fields: [
    {
      name: 'topics', array: true, versions: [6, 6],
      type: { fields: [
        { name: 'name', type: 'string', nullable: [6, 6], default: null },
        { name: 'topicId', type: 'uuid' },
      ] },
    },
    { name: 'topicNames', type: 'string', array: true, versions: [1, 5] },
    { name: 'timeoutMs', type: 'int32' },
  ],
};

export interface DeleteTopicsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly DeleteTopicsResponseDeletableTopicResult[];
}
export interface DeleteTopicsResponseDeletableTopicResult {
  readonly name: string | null;
  readonly topicId: Uuid;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const deleteTopicsResponse: MessageSchema<DeleteTopicsResponse> = {
  name: 'DeleteTopicsResponse',
  key: 20,
  versions: [1, 6],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'name', type: 'string', nullable: [6, 6] },
        { name: 'topicId', type: 'uuid', versions: [6, 6] },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', versions: [5, 6], nullable: [5, 6], default: null },
      ] },
    },
  ],
};
