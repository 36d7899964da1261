/** What a broker does for all of its replicas now and then: checkpoints, retention, flushing. */

import type { Offset, PartitionIndex } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import type { LogManager } from './log-manager.js';
import type { Replica } from './replica.js';
import type { Settings } from './settings.js';

export interface UpkeepOptions {
  readonly environment: Environment;
  readonly settings: Settings;
  readonly directory: LogManager;
  readonly storageFailed: (error: FileError) => void;
  readonly replicas: () => Iterable<Replica>;
}

export class ReplicaUpkeep {
  private readonly options: UpkeepOptions;

  constructor(options: UpkeepOptions) {
    this.options = options;
  }

  /** From now on, as often as the configs say. */
  start(): void {
    this.every('replica.high.watermark.checkpoint.interval.ms', () => this.checkpoint());
    this.every('log.retention.check.interval.ms', () => this.retain());
    this.every('log.flush.offset.checkpoint.interval.ms', () => this.flush());
  }

  checkpoint(): void {
    const watermarks = new Map<Replica, Offset>();
    const starts = new Map<Replica, Offset>();
    for (const replica of this.options.replicas()) {
      watermarks.set(replica, replica.state.highWatermark);
      if (replica.state.logStartOffset > 0) {
        starts.set(replica, replica.state.logStartOffset);
      }
    }
    const { directory } = this.options;
    directory.storeHighWatermarks(entries(watermarks));
    directory.storeLogStarts(entries(starts));
  }

  storeRecoveryPoints(): void {
    const points = new Map<Replica, Offset>();
    for (const replica of this.options.replicas()) {
      points.set(replica, replica.log.recoveryPoint);
    }
    this.options.directory.storeRecoveryPoints(entries(points));
  }

  private every(name: string, task: () => void): void {
    const { environment, settings, storageFailed } = this.options;
    const run = (): void => {
      try {
        task();
      } catch (error) {
        if (!(error instanceof FileError)) {
          throw error;
        }
        storageFailed(error);
        return;
      }
      environment.timers.arm(settings.number(name), run);
    };
    environment.timers.arm(settings.number(name), run);
  }

  private retain(): void {
    const now = this.options.environment.clock.wall();
    for (const replica of this.options.replicas()) {
      replica.retain(now);
    }
  }

  /** Bounds what a restart has to check; durability comes from replication (or flush.messages). */
  private flush(): void {
    for (const replica of this.options.replicas()) {
      if (replica.log.unflushedRecords > 0) {
        replica.log.flush((error) => {
          if (error !== null) {
            this.options.storageFailed(error);
          }
        });
      }
    }
    this.storeRecoveryPoints();
  }
}

function entries(
  values: ReadonlyMap<Replica, Offset>,
): { topic: string; partition: PartitionIndex; offset: Offset }[] {
  return [...values].map(([replica, offset]) => ({
    topic: replica.topic,
    partition: replica.partition,
    offset,
  }));
}
