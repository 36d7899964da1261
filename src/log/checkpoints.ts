/**
 * Kafka's small text files. Checkpoints: a version line, a count line, one line an entry; the epochs
 * of one partition, or one offset for each partition of a log directory.
 */

import type { EpochEntry } from '../core/partition/types.js';
import type { LeaderEpoch, Offset, PartitionIndex, Uuid } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import { MalformedBytes } from './bytes.js';

export const RECOVERY_POINT_CHECKPOINT = 'recovery-point-offset-checkpoint';
export const REPLICATION_CHECKPOINT = 'replication-offset-checkpoint';
export const LOG_START_CHECKPOINT = 'log-start-offset-checkpoint';
export const CLEANER_CHECKPOINT = 'cleaner-offset-checkpoint';
export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';
export const PARTITION_METADATA = 'partition.metadata';

const VERSION = '0';

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
}

export function readText(files: FileSystem, path: string): string {
  return new TextDecoder().decode(files.readWhole(path));
}

export function replaceText(files: FileSystem, path: string, text: string): void {
  files.replaceWhole(path, new TextEncoder().encode(text));
}

/** Offsets by partition; none if the file is missing. Throws MalformedBytes. */
export function readOffsetCheckpoint(files: FileSystem, path: string): PartitionOffset[] {
  return readEntries(files, path, /^(\S+) (\d+) (-?\d+)$/).map(([, topic, partition, offset]) => ({
    topic: topic!,
    partition: Number(partition) as PartitionIndex,
    offset: Number(offset) as Offset,
  }));
}

/** The file's text; entries in the order of their names, so that equal ones are equal files. */
export function offsetCheckpointText(entries: readonly PartitionOffset[]): string {
  const sorted = [...entries].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  return textOf(sorted.map((entry) => `${entry.topic} ${entry.partition} ${entry.offset}`));
}

/** leader-epoch-checkpoint of a partition; null: missing or damaged, the log must tell. */
export function readEpochCheckpoint(files: FileSystem, directory: string): EpochEntry[] | null {
  const path = `${directory}/${LEADER_EPOCH_CHECKPOINT}`;
  if (!files.exists(path)) {
    return null;
  }
  try {
    const epochs = readEntries(files, path, /^(\d+) (\d+)$/).map(([, epoch, startOffset]) => ({
      epoch: Number(epoch) as LeaderEpoch,
      startOffset: Number(startOffset) as Offset,
    }));
    const rising = epochs.every((entry, i) => {
      const before = epochs[i - 1];
      return (
        before === undefined ||
        (before.epoch < entry.epoch && before.startOffset < entry.startOffset)
      );
    });
    return rising ? epochs : null;
  } catch (error) {
    if (error instanceof MalformedBytes) {
      return null;
    }
    throw error;
  }
}

export function writeEpochCheckpoint(
  files: FileSystem,
  directory: string,
  epochs: readonly EpochEntry[],
): void {
  const lines = epochs.map((entry) => `${entry.epoch} ${entry.startOffset}`);
  replaceText(files, `${directory}/${LEADER_EPOCH_CHECKPOINT}`, textOf(lines));
}

/** The topic id in partition.metadata; null: there is no such file. Throws MalformedBytes. */
export function readPartitionMetadata(files: FileSystem, directory: string): Uuid | null {
  const path = `${directory}/${PARTITION_METADATA}`;
  if (!files.exists(path)) {
    return null;
  }
  const match = /^version: 0\ntopic_id: ([\w-]{22})\s*$/.exec(readText(files, path));
  if (match === null) {
    throw new MalformedBytes(`${path} is not what Kafka writes`);
  }
  return match[1] as Uuid;
}

export function writePartitionMetadata(files: FileSystem, directory: string, topicId: Uuid): void {
  replaceText(files, `${directory}/${PARTITION_METADATA}`, `version: 0\ntopic_id: ${topicId}`);
}

function readEntries(files: FileSystem, path: string, form: RegExp): RegExpExecArray[] {
  if (!files.exists(path)) {
    return [];
  }
  const [version, count, ...lines] = readText(files, path).trimEnd().split('\n');
  if (version !== VERSION || count !== String(lines.length)) {
    throw new MalformedBytes(`${path}: version ${version}, ${count} entries in ${lines.length}`);
  }
  return lines.map((line) => {
    const match = form.exec(line);
    if (match === null) {
      throw new MalformedBytes(`${path}: ${line}`);
    }
    return match;
  });
}

function textOf(lines: readonly string[]): string {
  return `${[VERSION, lines.length, ...lines].join('\n')}\n`;
}
