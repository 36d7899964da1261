/** One of the checkpoints of a log directory: an offset for each partition, in memory and in its file. */

import type { Offset, PartitionIndex } from '../core/types/ids.js';
import type { FileError, FileSystem } from '../environment/environment.js';
import {
  offsetCheckpointText,
  type PartitionOffset,
  readOffsetCheckpoint,
  replaceText,
} from './checkpoints.js';

export class OffsetCheckpoint {
  private readonly files: FileSystem;
  private readonly path: string;
  /** By the name of the partition's directory; those of partitions that are not open stay as they are. */
  private readonly offsets: Map<string, Offset>;
  /** What the file holds; no file is as good as one without entries. */
  private stored: string;
  /** Grows with every replacement: one that was begun before another must not come after it. */
  private replacements = 0;
  private underWay = false;

  /** Reads the file; none is an empty one. Throws MalformedBytes. */
  constructor(files: FileSystem, path: string) {
    this.files = files;
    this.path = path;
    this.offsets = new Map(
      readOffsetCheckpoint(files, path).map((entry) => [nameOf(entry), entry.offset]),
    );
    this.stored = this.takeOver([]);
  }

  /** `name`: `topic-partition`. */
  get(name: string): Offset | undefined {
    return this.offsets.get(name);
  }

  /** Forgets partitions; the file does not know them any more when this returns. */
  forget(names: readonly string[]): void {
    if (names.filter((name) => this.offsets.delete(name)).length > 0) {
      this.store([]);
    }
  }

  /** The file holds `offsets`, durably, when this returns. */
  store(offsets: readonly PartitionOffset[]): void {
    const text = this.takeOver(offsets);
    this.replacements++;
    replaceText(this.files, this.path, text);
    this.stored = text;
  }

  /**
   * Brings `offsets` to the file without waiting for the disk, for what may be old after a crash. Nothing
   * is written where nothing has changed, nor while an earlier one is under way: the next call sees to it.
   */
  storeLater(offsets: readonly PartitionOffset[], failed: (error: FileError) => void): void {
    const text = this.takeOver(offsets);
    if (this.underWay || text === this.stored) {
      return;
    }
    const { files } = this;
    const temporary = `${this.path}.later`;
    const file = files.open(temporary, 'create');
    files.truncate(file, 0);
    files.write(file, 0, [new TextEncoder().encode(text)]);
    const replacement = ++this.replacements;
    this.underWay = true;
    files.sync(file, (error) => {
      this.underWay = false;
      if (error !== null) {
        failed(error);
        return;
      }
      files.close(file);
      if (replacement === this.replacements) {
        // The directory is not synced: a power loss may bring the older file back, which is as good.
        files.rename(temporary, this.path);
        this.stored = text;
      }
    });
  }

  private takeOver(offsets: readonly PartitionOffset[]): string {
    for (const entry of offsets) {
      this.offsets.set(nameOf(entry), entry.offset);
    }
    return offsetCheckpointText(
      [...this.offsets].map(([name, offset]) => ({ ...partsOf(name), offset })),
    );
  }
}

function nameOf({ topic, partition }: PartitionOffset): string {
  return `${topic}-${partition}`;
}

/** What the name of a partition's directory, and of its entry in a checkpoint, is made of. */
export function partsOf(name: string): {
  readonly topic: string;
  readonly partition: PartitionIndex;
} {
  const dash = name.lastIndexOf('-');
  const partition = Number(name.slice(dash + 1)) as PartitionIndex;
  return { topic: name.slice(0, dash), partition };
}
