/** DeleteRecords (KIP-107): each partition's leader deletes; answered when all live replicas have, or in time. */

import { effectiveTopicConfig } from '../core/metadata/effective-configs.js';
import type { MetadataImage } from '../core/metadata/types.js';
import type { Offset } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { deleteRecordsApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  DeleteRecordsRequest,
  DeleteRecordsRequestDeleteRecordsPartition,
  DeleteRecordsResponseDeleteRecordsPartitionResult,
} from '../protocol/schemas/delete-records.js';
import { type Deadline, Deadlines } from './deadlines.js';
import { OFFSETS_TOPIC } from './metadata-handler.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';
import type { Settings } from './settings.js';

type Result = {
  -readonly [Key in keyof DeleteRecordsResponseDeleteRecordsPartitionResult]: DeleteRecordsResponseDeleteRecordsPartitionResult[Key];
};

/** Of one request: the partitions that have not answered, and the request's time limit. */
interface Operation {
  readonly waiting: Map<number, Replica>;
  limit: Deadline | null;
}

export class DeleteRecordsHandler {
  private readonly manager: ReplicaManager;
  private readonly settings: Settings;
  private readonly image: () => MetadataImage;
  private readonly deadlines: Deadlines;
  private lastToken = 0;

  constructor(
    environment: Environment,
    manager: ReplicaManager,
    settings: Settings,
    image: () => MetadataImage,
  ) {
    this.manager = manager;
    this.settings = settings;
    this.image = image;
    this.deadlines = new Deadlines(environment);
  }

  handle(request: IncomingRequest, body: DeleteRecordsRequest): void {
    const operation: Operation = { waiting: new Map(), limit: null };
    const topics: { name: string; partitions: Result[] }[] = [];
    // One more than partitions wait: nothing is answered before all have been asked.
    let open = 1;
    const end = (): void => {
      open--;
      if (open > 0) {
        return;
      }
      if (operation.limit !== null) {
        this.deadlines.cancel(operation.limit);
      }
      if (request.connection.isOpen) {
        request.respond(deleteRecordsApi, { topics });
      }
    };
    for (const { name, partitions } of body.topics) {
      const results: Result[] = [];
      topics.push({ name, partitions: results });
      for (const partition of partitions) {
        open++;
        const result = resultOf(partition);
        results.push(result);
        this.delete(name, partition, result, operation, end);
      }
    }
    const expire = (): void => {
      for (const [token, replica] of [...operation.waiting]) {
        replica.expireDeletion(token);
      }
    };
    if (operation.waiting.size > 0) {
      operation.limit = this.deadlines.set(Math.max(body.timeoutMs, 0), expire);
    }
    request.abandoned = expire;
    end();
  }

  private delete(
    topic: string,
    { partitionIndex, offset }: DeleteRecordsRequestDeleteRecordsPartition,
    result: Result,
    operation: Operation,
    end: () => void,
  ): void {
    const replica = this.manager.findByName(topic, partitionIndex);
    result.errorCode = this.refusal(topic, replica, partitionIndex);
    if (result.errorCode !== ErrorCode.NONE || replica === undefined) {
      end();
      return;
    }
    const token = ++this.lastToken;
    operation.waiting.set(token, replica);
    replica.deleteRecords(token, offset, ({ error, lowWatermark }) => {
      operation.waiting.delete(token);
      result.errorCode = error;
      result.lowWatermark = lowWatermark;
      end();
    });
  }

  /** In Kafka's order (ReplicaManager.deleteRecordsOnLocalLog, Partition.deleteRecordsOnLeader). */
  private refusal(topic: string, replica: Replica | undefined, partition: number): number {
    if (topic === OFFSETS_TOPIC) {
      return ErrorCode.INVALID_TOPIC_EXCEPTION;
    }
    if (replica === undefined) {
      return this.manager.missingError(topic, partition as Result['partitionIndex']);
    }
    if (!replica.isLeader) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    const { value } = effectiveTopicConfig(this.image(), this.settings, topic, 'cleanup.policy');
    // What is only compacted must keep the newest record of each key.
    const deletes = value.split(',').some((policy) => policy.trim() === 'delete');
    return deletes ? ErrorCode.NONE : ErrorCode.POLICY_VIOLATION;
  }
}

function resultOf({ partitionIndex }: DeleteRecordsRequestDeleteRecordsPartition): Result {
  return { partitionIndex, lowWatermark: -1 as Offset, errorCode: ErrorCode.NONE };
}
