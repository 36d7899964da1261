/** Produce (KIP-98, 467, 896): checks each batch, lets its leader append it, answers by acks. */

import type { MetadataImage } from '../core/metadata/types.js';
import { NO_TIMESTAMP, type PartitionIndex } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { stampLogAppendTime, validateProduced } from '../log/record-batch.js';
import { produceApi } from '../protocol/apis.js';
import { decompress } from '../protocol/compression.js';
import { ErrorCode } from '../protocol/errors.js';
import type { ProduceRequest } from '../protocol/schemas/produce.js';
import { type Deadline, Deadlines } from './deadlines.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';
import type { Settings } from './settings.js';
import { type ProduceSettings, produceSettings } from './topic-settings.js';

/** First version whose batches may be compressed with zstd (KIP-110). */
const ZSTD_VERSION = 7;

interface PartitionResponse {
  index: number;
  errorCode: number;
  baseOffset: number;
  logAppendTimeMs: number;
  logStartOffset: number;
  recordErrors: { batchIndex: number; batchIndexErrorMessage: string }[];
  errorMessage: string | null;
}

/** Gathers the partitions' outcomes of one request. */
class ProduceOperation {
  readonly topics: { name: string; partitionResponses: PartitionResponse[] }[] = [];
  /** Those that are answered by now are among them. */
  readonly appends: { readonly token: number; readonly replica: Replica }[] = [];
  limit: Deadline | null = null;
  /** Those without an outcome, and the handler while it goes through the request. */
  private open = 1;
  private readonly finish: () => void;

  constructor(finish: () => void) {
    this.finish = finish;
  }

  /** Asked by the handler at the end of the request: whether nothing is waited for. */
  get isAnswered(): boolean {
    return this.open === 1;
  }

  begin(): void {
    this.open++;
  }

  /** What is not replicated by now is answered as such. */
  expire(): void {
    for (const { token, replica } of this.appends) {
      replica.expireProduce(token);
    }
  }

  end(): void {
    this.open--;
    if (this.open === 0) {
      this.finish();
    }
  }
}

export class ProduceHandler {
  /** Records and bytes that were taken, duplicates included. */
  messagesIn = 0;
  bytesIn = 0;
  private readonly environment: Environment;
  private readonly manager: ReplicaManager;
  private readonly settings: Settings;
  private readonly image: () => MetadataImage;
  private readonly maximumRequestBytes: number;
  private readonly cache = new Map<string, ProduceSettings>();
  private readonly deadlines: Deadlines;
  private lastToken = 0;

  constructor(
    environment: Environment,
    manager: ReplicaManager,
    settings: Settings,
    image: () => MetadataImage,
  ) {
    this.environment = environment;
    this.deadlines = new Deadlines(environment);
    this.manager = manager;
    this.settings = settings;
    this.maximumRequestBytes = settings.number('socket.request.max.bytes');
    this.image = image;
  }

  /** Configs may have changed. */
  forgetSettings(): void {
    this.cache.clear();
  }

  nextToken(): number {
    return ++this.lastToken;
  }

  handle(request: IncomingRequest, body: ProduceRequest): void {
    const { acks } = body;
    const operation = new ProduceOperation(() => this.finish(request, operation, acks));
    const refused = refusal(body);
    for (const topic of body.topicData) {
      const partitionResponses: PartitionResponse[] = [];
      operation.topics.push({ name: topic.name, partitionResponses });
      for (const partition of topic.partitionData) {
        const response = emptyResponse(partition.index);
        partitionResponses.push(response);
        if (refused !== ErrorCode.NONE) {
          response.errorCode = refused;
          continue;
        }
        const replica = this.manager.findByName(topic.name, partition.index as PartitionIndex);
        if (replica === undefined) {
          response.errorCode = this.manager.missingError(topic.name, partition.index);
          continue;
        }
        this.append(request, operation, replica, partition.records, acks, response);
      }
    }
    this.armTimeout(operation, acks, body.timeoutMs);
    // Nobody waits for the answer any more: the leader need not either.
    request.abandoned = () => operation.expire();
    operation.end();
  }

  private append(
    request: IncomingRequest,
    operation: ProduceOperation,
    replica: Replica,
    bytes: Uint8Array | null,
    acks: number,
    response: PartitionResponse,
  ): void {
    if (bytes === null) {
      response.errorCode = ErrorCode.INVALID_RECORD;
      return;
    }
    const now = this.environment.clock.wall();
    const options = this.produceSettings(replica.topic);
    const checked = validateProduced(bytes, decompress, {
      timestampType: options.timestampType,
      timestampBeforeMaxMs: options.timestampBeforeMaxMs,
      timestampAfterMaxMs: options.timestampAfterMaxMs,
      requiresKey: options.compacts,
      maxMessageBytes: options.maxMessageBytes,
      now,
      allowZstd: request.header.apiVersion >= ZSTD_VERSION,
      maxDecompressedBytes: this.maximumRequestBytes,
    });
    if (checked.error !== ErrorCode.NONE || !('batch' in checked)) {
      response.errorCode = checked.error;
      if ('message' in checked) {
        response.errorMessage = checked.message;
        response.recordErrors = checked.recordErrors.map(({ index, message }) => ({
          batchIndex: index,
          batchIndexErrorMessage: message,
        }));
      }
      return;
    }
    const appendTime = options.timestampType === 'LogAppendTime' ? now : NO_TIMESTAMP;
    let { batch } = checked;
    if (appendTime !== NO_TIMESTAMP) {
      stampLogAppendTime(bytes, 0, appendTime);
      batch = { ...batch, maxTimestamp: appendTime };
    }
    this.messagesIn += batch.recordCount;
    this.bytesIn += batch.sizeInBytes;
    const token = this.nextToken();
    operation.begin();
    operation.appends.push({ token, replica });
    const level = acks === -1 ? -1 : acks === 1 ? 1 : 0;
    const times = { logAppendTime: appendTime };
    replica.produce(token, level, batch, bytes, request.frame, times, (outcome) => {
      response.errorCode = outcome.error;
      response.baseOffset = outcome.baseOffset;
      response.logAppendTimeMs = outcome.logAppendTime;
      response.logStartOffset = outcome.logStartOffset;
      operation.end();
    });
  }

  private armTimeout(operation: ProduceOperation, acks: number, timeout: number): void {
    if (acks !== -1 || operation.isAnswered) {
      return;
    }
    operation.limit = this.deadlines.set(Math.max(timeout, 0), () => operation.expire());
  }

  private finish(request: IncomingRequest, operation: ProduceOperation, acks: number): void {
    if (operation.limit !== null) {
      this.deadlines.cancel(operation.limit);
    }
    if (acks !== 0) {
      request.respond(produceApi, { responses: operation.topics });
      return;
    }
    request.finishSilently();
    const failed = operation.topics.some((topic) =>
      topic.partitionResponses.some((partition) => partition.errorCode !== ErrorCode.NONE),
    );
    if (failed) {
      // With acks=0 hanging up is the only way to tell the client that its metadata is old.
      request.hangUp('a produce with acks=0 failed');
    }
  }

  private produceSettings(topic: string): ProduceSettings {
    let settings = this.cache.get(topic);
    if (settings === undefined) {
      settings = produceSettings(this.settings, this.image(), topic);
      this.cache.set(topic, settings);
    }
    return settings;
  }
}

function refusal(body: ProduceRequest): number {
  if (body.acks !== 0 && body.acks !== 1 && body.acks !== -1) {
    return ErrorCode.INVALID_REQUIRED_ACKS;
  }
  // Transactions are not offered; InitProducerId refuses them before it comes to this.
  return body.transactionalId === null
    ? ErrorCode.NONE
    : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

function emptyResponse(index: number): PartitionResponse {
  return {
    index,
    errorCode: ErrorCode.NONE,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage: null,
  };
}
