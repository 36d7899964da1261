/**
 * The log directory of this broker: its lock, its identity, its checkpoints, and the logs of the
 * partitions in it.
 */

import type { LogRules } from '../core/log/rules.js';
import type { EpochEntry, ProducerEntry } from '../core/partition/types.js';
import {
  type BrokerEpoch,
  greatest,
  type Offset,
  type PartitionIndex,
  type ProducerId,
  type Uuid,
} from '../core/types/ids.js';
import type { Environment, FileError } from '../environment/environment.js';
import {
  CLEANER_CHECKPOINT,
  LOG_START_CHECKPOINT,
  type PartitionOffset,
  RECOVERY_POINT_CHECKPOINT,
  REPLICATION_CHECKPOINT,
  readPartitionMetadata,
  writePartitionMetadata,
} from '../log/checkpoints.js';
import {
  lockDirectory,
  readCleanShutdown,
  removeCleanShutdown,
  unlockDirectory,
  writeCleanShutdown,
} from '../log/directory.js';
import type { LogOptions } from '../log/log-options.js';
import { OffsetCheckpoint, partsOf } from '../log/offset-checkpoint.js';
import { openLog, type PartitionLog } from '../log/partition-log.js';
import { TailBudget } from '../log/tail.js';
import type { LogDamage } from '../log/types.js';
import { compress, decompress } from '../protocol/compression.js';
import { DoomedLogs } from './doomed-logs.js';
import { FormatError, readIdentity } from './format.js';

/** Newest batches that are kept in memory for followers and readers at the end, for all logs. */
const TAIL_BYTES = 16 * 1024 * 1024;

export interface OpenedPartition {
  readonly log: PartitionLog;
  readonly damage: LogDamage | null;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** From the checkpoint, within the log. */
  readonly highWatermark: Offset;
  readonly epochs: readonly EpochEntry[];
  readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
}

/** As directories and checkpoints know a partition. */
export type TopicPartition = Pick<PartitionOffset, 'topic' | 'partition'>;

/** What the checkpoints are to hold; nothing new where nothing is said. */
export interface StoredOffsets {
  readonly highWatermarks?: readonly PartitionOffset[];
  readonly logStarts?: readonly PartitionOffset[];
  readonly recoveryPoints?: readonly PartitionOffset[];
}

/** Of a topic's partition; the metadata log has a life of its own, and what was set aside is no log. */
const PARTITION_DIRECTORY = /^(?!__cluster_metadata-0$)(?!.*-\d+\.damaged-\d+$).+-\d+$/;
/** Bytes of a name in a directory. */
const LONGEST_NAME = 255;

/** A partition's directory on its way out. */
const DOOMED_DIRECTORY = /^.+-\d+\.\d+-delete$/;

export class LogManager {
  readonly directoryId: Uuid;
  /** Broker epoch of the incarnation that shut down cleanly; -1 if the last one did not. */
  readonly cleanShutdownEpoch: BrokerEpoch;
  private readonly environment: Environment;
  private readonly directory: string;
  private readonly rules: LogRules;
  private readonly tail = new TailBudget(TAIL_BYTES);
  private readonly cleanShutdown: boolean;
  /** Partitions that this incarnation has opened. */
  private readonly opened = new Set<string>();
  private readonly recoveryPoints: OffsetCheckpoint;
  private readonly logStarts: OffsetCheckpoint;
  private readonly highWatermarks: OffsetCheckpoint;
  private readonly cleanedEnds: OffsetCheckpoint;
  private readonly doomed: DoomedLogs;
  /** How many calls of {@link together} there are now, one in another. */
  private gathering = 0;
  /** Logs were made whose names are not on the disk yet. */
  private namesChanged = false;

  /** Takes the directory. Throws `FileError` and {@link FormatError}. */
  constructor(environment: Environment, directory: string, rules: LogRules) {
    const { files } = environment;
    this.environment = environment;
    this.directory = directory;
    this.rules = rules;
    if (!lockDirectory(files, directory)) {
      throw new FormatError(`${directory} is in use by another process`);
    }
    const identity = readIdentity(files, directory);
    if (identity === null) {
      throw new FormatError(`${directory} is not formatted`);
    }
    this.directoryId = identity.directoryId;
    const clean = readCleanShutdown(files, directory);
    this.cleanShutdown = clean !== null;
    this.cleanShutdownEpoch = clean ?? (-1 as BrokerEpoch);
    removeCleanShutdown(files, directory);
    const checkpoint = (file: string) => new OffsetCheckpoint(files, `${directory}/${file}`);
    this.recoveryPoints = checkpoint(RECOVERY_POINT_CHECKPOINT);
    this.logStarts = checkpoint(LOG_START_CHECKPOINT);
    this.highWatermarks = checkpoint(REPLICATION_CHECKPOINT);
    this.cleanedEnds = checkpoint(CLEANER_CHECKPOINT);
    this.doomed = new DoomedLogs(environment);
    // What an earlier life did not finish deleting.
    for (const name of files.list(directory)) {
      if (DOOMED_DIRECTORY.test(name)) {
        this.doomed.add(`${directory}/${name}`);
      }
    }
  }

  /**
   * The names of all logs that `task` makes are synced once, at its end. Nothing that is acknowledged may come
   * before: a task is part of one turn.
   */
  together(task: () => void): void {
    this.gathering++;
    try {
      task();
    } finally {
      this.gathering--;
    }
    this.syncNames();
  }

  private syncNames(): void {
    if (this.namesChanged && this.gathering === 0) {
      this.namesChanged = false;
      this.environment.files.syncDirectory(this.directory);
    }
  }

  /** The log of one partition; that of an older topic of the same name is removed first. */
  openPartition(
    topic: string,
    topicId: Uuid,
    partition: PartitionIndex,
    options: () => LogOptions,
  ): OpenedPartition {
    const { files } = this.environment;
    const name = `${topic}-${partition}`;
    const path = `${this.directory}/${name}`;
    const known = readPartitionMetadata(files, path);
    if (known !== null && known !== topicId) {
      this.removePartitions([{ topic, partition }]);
    }
    if (known !== topicId) {
      this.forget([{ topic, partition }]);
      files.makeDirectory(path);
      this.namesChanged = true;
      this.syncNames();
      writePartitionMetadata(files, path, topicId);
    }
    const zero = 0 as Offset;
    const opened = openLog(files, path, options, {
      recoveryPoint: this.recoveryPoints.get(name) ?? zero,
      logStartOffset: this.logStarts.get(name) ?? zero,
      // What this incarnation closed itself was closed in the middle of things.
      cleanShutdown: this.cleanShutdown && !this.opened.has(name),
      tail: this.tail,
      decompress,
      compress,
      rules: this.rules,
      lowerRecoveryPoint: (offset) => this.storeRecoveryPoints([{ topic, partition, offset }]),
    });
    this.opened.add(name);
    if (opened.damage !== null) {
      opened.log.close(false);
      this.setAside(topic, partition);
      const fresh = this.openPartition(topic, topicId, partition, options);
      return { ...fresh, damage: opened.damage };
    }
    const { logStartOffset, logEndOffset, epochs, producers } = opened.facts;
    const checkpointed = this.highWatermarks.get(name) ?? logStartOffset;
    const highWatermark = this.rules.restoredHighWatermark({
      checkpointed,
      logStartOffset,
      logEndOffset,
    });
    const { log, damage } = opened;
    return { log, damage, logStartOffset, logEndOffset, highWatermark, epochs, producers };
  }

  /**
   * Replicas are gone for good. Their directories lose their names before their files go: half of them under
   * the name would be taken for a log, if the partition ever came back. The files go in the turns after this one.
   */
  removePartitions(gone: readonly TopicPartition[]): void {
    const { files } = this.environment;
    this.forget(gone);
    const taken = new Set(files.list(this.directory));
    const doomed = gone
      .map(({ topic, partition }) => `${topic}-${partition}`)
      .filter((name) => taken.has(name))
      .map((name) => this.renamed(name, 'delete', taken));
    if (doomed.length > 0) {
      files.syncDirectory(this.directory);
      for (const path of doomed) {
        this.doomed.add(path);
      }
    }
  }

  /**
   * Logs of partitions that are not this broker's (any more): their topic was deleted or they were moved
   * away while it was down. They are moved aside, not deleted, as in Kafka (`-stray`): the metadata may
   * be what is wrong. The names of those that were found.
   */
  setAsideStrays(isOurs: (topic: string, partition: PartitionIndex) => boolean): string[] {
    const { files } = this.environment;
    const strays = files.list(this.directory).filter((name) => {
      const { topic, partition } = partsOf(name);
      return PARTITION_DIRECTORY.test(name) && !isOurs(topic, partition);
    });
    this.forget(strays.map(partsOf));
    const taken = new Set(files.list(this.directory));
    for (const name of strays) {
      this.renamed(name, 'stray', taken);
    }
    if (strays.length > 0) {
      files.syncDirectory(this.directory);
    }
    return strays;
  }

  /** Renames the directory of a partition as Kafka does, to `<name>.<number>-<suffix>`: its new path. */
  private renamed(name: string, suffix: 'delete' | 'stray', taken: Set<string>): string {
    return this.aside(name, (number) => `.${number}-${suffix}`, taken);
  }

  /**
   * Gives the directory of a partition the first free name of those that end so: its new path. `taken`: what is
   * in the log directory, kept as it changes.
   */
  private aside(name: string, ending: (number: number) => string, taken: Set<string>): string {
    const { files } = this.environment;
    const { topic, partition } = partsOf(name);
    const other = (number: number): string => {
      const rest = `-${partition}${ending(number)}`;
      // Topic names may be as long as a name of a file, almost: Kafka, too, shortens them here.
      return topic.slice(0, LONGEST_NAME - rest.length) + rest;
    };
    let number = 1;
    while (taken.has(other(number))) {
      number++;
    }
    const path = `${this.directory}/${other(number)}`;
    files.rename(`${this.directory}/${name}`, path);
    taken.delete(name);
    taken.add(other(number));
    return path;
  }

  /**
   * The checkpoints know partitions by name only: what they say of these must be gone from the disk
   * too before another topic of the name has records, or a start would hold those against it.
   */
  private forget(gone: readonly TopicPartition[]): void {
    const names = gone.map(({ topic, partition }) => `${topic}-${partition}`);
    const { recoveryPoints, logStarts, highWatermarks, cleanedEnds } = this;
    for (const checkpoint of [recoveryPoints, logStarts, highWatermarks, cleanedEnds]) {
      checkpoint.forget(names);
    }
  }

  storeHighWatermarks(offsets: readonly PartitionOffset[]): void {
    this.highWatermarks.store(offsets);
  }

  storeLogStarts(offsets: readonly PartitionOffset[]): void {
    this.logStarts.store(offsets);
  }

  storeRecoveryPoints(offsets: readonly PartitionOffset[]): void {
    this.recoveryPoints.store(offsets);
  }

  /**
   * For what is stored now and then while requests are served: waiting for a busy disk, here, would make
   * them all wait.
   */
  storeLater(offsets: StoredOffsets, failed: (error: FileError) => void): void {
    this.highWatermarks.storeLater(offsets.highWatermarks ?? [], failed);
    this.logStarts.storeLater(offsets.logStarts ?? [], failed);
    this.recoveryPoints.storeLater(offsets.recoveryPoints ?? [], failed);
  }

  /** What a client was told to be deleted must stay so: a log start is stored before it is told. */
  logStartMoved(start: PartitionOffset): void {
    if (this.rules.storesLogStart()) {
      this.storeLogStarts([start]);
    }
  }

  /** Below it compaction has looked at every record of the log. */
  cleanedEnd(topic: string, partition: PartitionIndex): Offset {
    return this.cleanedEnds.get(`${topic}-${partition}`) ?? (0 as Offset);
  }

  storeCleanedEnd(end: PartitionOffset): void {
    this.cleanedEnds.store([end]);
  }

  /** What will stand at and behind `end.offset` has never been cleaned. */
  logCut(end: PartitionOffset): void {
    if (this.cleanedEnd(end.topic, end.partition) > end.offset) {
      this.storeCleanedEnd(end);
    }
  }

  /**
   * All logs are closed and synced, so that the next start need not recover. `brokerEpoch`: under which this life
   * was registered; -1: it never was.
   */
  close(brokerEpoch: BrokerEpoch): void {
    const { files } = this.environment;
    this.doomed.close();
    if (this.cleanShutdown || this.isEveryLogChecked()) {
      // Who was not registered in this life is known to the controller by the epoch before.
      const epoch = greatest(brokerEpoch, this.cleanShutdownEpoch);
      writeCleanShutdown(files, this.directory, epoch);
    }
    unlockDirectory(files, this.directory);
  }

  /**
   * Whether this life has recovered every log. After an unclean end the files of one that it has not
   * opened may hold anything; to call that a clean shutdown would have the next start trust them.
   */
  private isEveryLogChecked(): boolean {
    const names = this.environment.files.list(this.directory);
    return names.every((name) => !PARTITION_DIRECTORY.test(name) || this.opened.has(name));
  }

  /** A damaged log is kept beside its place for people; the replica will start empty. */
  setAside(topic: string, partition: PartitionIndex): void {
    const { files } = this.environment;
    const taken = new Set(files.list(this.directory));
    this.aside(`${topic}-${partition}`, (number) => `.damaged-${number}`, taken);
    files.syncDirectory(this.directory);
    this.storeRecoveryPoints([{ topic, partition, offset: 0 as Offset }]);
    this.storeLogStarts([{ topic, partition, offset: 0 as Offset }]);
    this.storeHighWatermarks([{ topic, partition, offset: 0 as Offset }]);
    this.logCut({ topic, partition, offset: 0 as Offset });
  }
}
