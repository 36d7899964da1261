/** ListOffsets (KIP-79, 207, 734) and OffsetForLeaderEpoch (KIP-101, 279, 320). */

import {
  checkLeader,
  endOffsetForEpoch,
  lastStableOffset,
  latestOffset,
} from '../core/partition/queries.js';
import type { PartitionRules } from '../core/partition/rules.js';
import { greatest, type LeaderEpoch, NO_EPOCH, type Timestamp } from '../core/types/ids.js';
import { listOffsetsApi, offsetForLeaderEpochApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  ListOffsetsRequest,
  ListOffsetsRequestListOffsetsPartition,
} from '../protocol/schemas/list-offsets.js';
import type { OffsetForLeaderEpochRequest } from '../protocol/schemas/offset-for-leader-epoch.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';

const LATEST = -1;
const EARLIEST = -2;
const MAXIMUM_TIMESTAMP = -3;

interface ListedOffset {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly timestamp: number;
  readonly offset: number;
  readonly leaderEpoch: number;
}

export class OffsetsHandler {
  private readonly manager: ReplicaManager;
  private readonly rules: PartitionRules;

  constructor(manager: ReplicaManager, rules: PartitionRules) {
    this.manager = manager;
    this.rules = rules;
  }

  listOffsets(request: IncomingRequest, body: ListOffsetsRequest): void {
    const topics = body.topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map((partition) => {
        const replica = this.manager.findByName(topic.name, partition.partitionIndex);
        return replica === undefined
          ? missing(
              partition.partitionIndex,
              this.manager.missingError(topic.name, partition.partitionIndex),
            )
          : this.listed(replica, partition, body.isolationLevel === 1);
      }),
    }));
    request.respond(listOffsetsApi, { topics });
  }

  offsetForLeaderEpoch(request: IncomingRequest, body: OffsetForLeaderEpochRequest): void {
    const topics = body.topics.map((topic) => ({
      topic: topic.topic,
      partitions: topic.partitions.map((partition) => {
        const replica = this.manager.findByName(topic.topic, partition.partition);
        if (replica === undefined) {
          const errorCode = this.manager.missingError(topic.topic, partition.partition);
          return { errorCode, partition: partition.partition, leaderEpoch: -1, endOffset: -1 };
        }
        const end = endOffsetForEpoch(
          replica.state,
          partition.leaderEpoch as LeaderEpoch,
          greatest(partition.currentLeaderEpoch, NO_EPOCH),
          this.rules,
        );
        return {
          errorCode: end.error,
          partition: partition.partition,
          leaderEpoch: end.epoch,
          endOffset: end.endOffset,
        };
      }),
    }));
    request.respond(offsetForLeaderEpochApi, { topics });
  }

  private listed(
    replica: Replica,
    asked: ListOffsetsRequestListOffsetsPartition,
    committed: boolean,
  ): ListedOffset {
    const { state } = replica;
    const { partitionIndex, timestamp } = asked;
    const error = checkLeader(state, greatest(asked.currentLeaderEpoch, NO_EPOCH));
    if (error !== ErrorCode.NONE) {
      return missing(partitionIndex, error);
    }
    const found = (offset: number, at: number): ListedOffset => {
      const leaderEpoch = epochAt(replica, offset);
      return { partitionIndex, errorCode: ErrorCode.NONE, timestamp: at, offset, leaderEpoch };
    };
    if (timestamp < MAXIMUM_TIMESTAMP) {
      // Sentinels of later versions: tiered storage (KIP-405, 1005, 1023).
      return missing(partitionIndex, ErrorCode.UNSUPPORTED_VERSION);
    }
    if (timestamp === EARLIEST) {
      return found(state.logStartOffset, -1);
    }
    const latest = latestOffset(state, this.rules);
    if (latest.error !== ErrorCode.NONE) {
      return missing(partitionIndex, latest.error);
    }
    const bound = committed ? lastStableOffset(state) : latest.offset;
    if (timestamp === LATEST) {
      return found(bound, -1);
    }
    const hit =
      timestamp === MAXIMUM_TIMESTAMP
        ? replica.maxTimestampOffset()
        : replica.offsetForTimestamp(timestamp as Timestamp, bound);
    // -3 looks at the whole log, of which only what is committed may be shown.
    return hit === null || hit.offset >= bound
      ? missing(partitionIndex, ErrorCode.NONE)
      : found(hit.offset, hit.timestamp);
  }
}

function epochAt(replica: Replica, offset: number): number {
  let epoch = -1;
  for (const entry of replica.state.epochs) {
    if (entry.startOffset <= offset) {
      epoch = entry.epoch;
    }
  }
  return epoch;
}

function missing(partitionIndex: number, errorCode: number): ListedOffset {
  return { partitionIndex, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}
