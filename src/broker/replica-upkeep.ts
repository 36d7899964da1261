/** What a broker does for all of its replicas now and then: checkpoints, retention, flushing. */

import type { Offset } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import type { PartitionOffset } from '../log/checkpoints.js';
import type { LogManager, StoredOffsets } from './log-manager.js';
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
    this.every('replica.high.watermark.checkpoint.interval.ms', () =>
      this.storeLater(this.positions()),
    );
    this.every('log.retention.check.interval.ms', () => this.retain());
    this.every('log.flush.offset.checkpoint.interval.ms', () => this.flush());
  }

  /** How far the replicas are, on the disk when this returns. */
  checkpoint(): void {
    const { directory } = this.options;
    const { highWatermarks, logStarts } = this.positions();
    directory.storeHighWatermarks(highWatermarks);
    directory.storeLogStarts(logStarts);
  }

  storeRecoveryPoints(): void {
    this.options.directory.storeRecoveryPoints(this.recoveryPoints());
  }

  private positions(): Required<Pick<StoredOffsets, 'highWatermarks' | 'logStarts'>> {
    const watermarks = new Map<Replica, Offset>();
    const starts = new Map<Replica, Offset>();
    for (const replica of this.options.replicas()) {
      watermarks.set(replica, replica.state.highWatermark);
      if (replica.state.logStartOffset > 0) {
        starts.set(replica, replica.state.logStartOffset);
      }
    }
    return { highWatermarks: entries(watermarks), logStarts: entries(starts) };
  }

  private recoveryPoints(): PartitionOffset[] {
    const points = new Map<Replica, Offset>();
    for (const replica of this.options.replicas()) {
      points.set(replica, replica.log.recoveryPoint);
    }
    return entries(points);
  }

  private storeLater(offsets: StoredOffsets): void {
    this.options.directory.storeLater(offsets, this.options.storageFailed);
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
    this.storeLater({ recoveryPoints: this.recoveryPoints() });
  }
}

function entries(values: ReadonlyMap<Replica, Offset>): PartitionOffset[] {
  return [...values].map(([replica, offset]) => ({
    topic: replica.topic,
    partition: replica.partition,
    offset,
  }));
}
