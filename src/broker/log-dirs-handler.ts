/** DescribeLogDirs (KIP-113): which replicas lie in this broker's log directory, and how large they are. */

import { byText } from '../core/metadata/image.js';
import { describeLogDirsApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  DescribeLogDirsRequest,
  DescribeLogDirsResponseDescribeLogDirsPartition,
} from '../protocol/schemas/describe-log-dirs.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';
import type { IncomingRequest } from './server-connection.js';

export class LogDirsHandler {
  private readonly manager: ReplicaManager;
  /** The only one (KIP-858's several directories are not offered). */
  private readonly directory: string;

  constructor(manager: ReplicaManager, directory: string) {
    this.manager = manager;
    this.directory = directory;
  }

  handle(request: IncomingRequest, { topics: asked }: DescribeLogDirsRequest): void {
    const topics = new Map<string, DescribeLogDirsResponseDescribeLogDirsPartition[]>();
    const replicas = [...this.manager.replicas.values()].sort(
      (a, b) => byText(a.topic, b.topic) || a.partition - b.partition,
    );
    for (const replica of replicas) {
      const isAsked =
        asked === null ||
        asked.some(
          ({ topic, partitions }) =>
            topic === replica.topic && partitions.includes(replica.partition),
        );
      if (isAsked) {
        topics.set(replica.topic, [...(topics.get(replica.topic) ?? []), described(replica)]);
      }
    }
    const result = {
      errorCode: ErrorCode.NONE,
      logDir: this.directory,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    };
    request.respond(describeLogDirsApi, { errorCode: ErrorCode.NONE, results: [result] });
  }
}

function described({
  partition,
  log,
  state,
}: Replica): DescribeLogDirsResponseDescribeLogDirsPartition {
  return {
    partitionIndex: partition,
    partitionSize: log.sizeInBytes,
    // How much of what is committed it lacks, as far as it knows.
    offsetLag: Math.max(0, state.highWatermark - state.logEndOffset),
    isFutureKey: false,
  };
}
