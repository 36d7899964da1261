/** What a log directory holds besides partitions: its lock and the mark of a clean shutdown. */

import type { BrokerEpoch, PartitionIndex } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import { readText, replaceText } from './checkpoints.js';

const LOCK = '.lock';
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown';

/** False: another living process uses the directory. Makes it if it is missing. */
export function lockDirectory(files: FileSystem, directory: string): boolean {
  files.makeDirectory(directory);
  return files.lock(`${directory}/${LOCK}`);
}

export function unlockDirectory(files: FileSystem, directory: string): void {
  files.unlock(`${directory}/${LOCK}`);
}

/**
 * Broker epoch of the incarnation that shut down cleanly (KIP-966: it keeps its place among the
 * eligible leaders); -1: clean, epoch unknown; null: it did not shut down cleanly.
 */
export function readCleanShutdown(files: FileSystem, directory: string): BrokerEpoch | null {
  const path = `${directory}/${CLEAN_SHUTDOWN}`;
  if (!files.exists(path)) {
    return null;
  }
  try {
    const { version, brokerEpoch } = JSON.parse(readText(files, path)) as Record<string, unknown>;
    const known = version === 0 && Number.isSafeInteger(brokerEpoch);
    return (known ? brokerEpoch : -1) as BrokerEpoch;
  } catch (error) {
    if (error instanceof SyntaxError) {
      // Kafka before 3.8 left the file empty.
      return -1 as BrokerEpoch;
    }
    throw error;
  }
}

/** Call before the directory is used: what follows is not a clean shutdown until it is. */
export function removeCleanShutdown(files: FileSystem, directory: string): void {
  files.remove(`${directory}/${CLEAN_SHUTDOWN}`);
  files.syncDirectory(directory);
}

/** Call as the last thing, after every log was closed cleanly. */
export function writeCleanShutdown(
  files: FileSystem,
  directory: string,
  brokerEpoch: BrokerEpoch,
): void {
  replaceText(files, `${directory}/${CLEAN_SHUTDOWN}`, JSON.stringify({ version: 0, brokerEpoch }));
}

/** The partitions that have a directory here; other names are left out. */
export function listPartitions(
  files: FileSystem,
  directory: string,
): { topic: string; partition: PartitionIndex }[] {
  const partitions: { topic: string; partition: PartitionIndex }[] = [];
  for (const name of files.list(directory)) {
    const match = /^([\w.-]+)-(\d+)$/.exec(name);
    if (match !== null) {
      partitions.push({ topic: match[1]!, partition: Number(match[2]) as PartitionIndex });
    }
  }
  return partitions;
}
