/** Files that were renamed away and are removed when file.delete.delay.ms has passed (L-RETAIN). */

import type { Timestamp } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import { snapshotPath } from './producer-snapshot.js';
import { DELETED_SUFFIX, type Segment } from './segment.js';

interface DeletedFile {
  readonly path: string;
  /** Wall clock; null: not stamped yet. */
  since: Timestamp | null;
}

export class DeletedFiles {
  private readonly files: FileSystem;
  private readonly directory: string;
  private list: DeletedFile[] = [];

  constructor(files: FileSystem, directory: string) {
    this.files = files;
    this.directory = directory;
  }

  /** Takes the segment's names away. The directory is the caller's to sync. */
  add(segment: Segment, withSnapshot: boolean): void {
    segment.close();
    const paths = segment.paths();
    const snapshot = snapshotPath(this.directory, segment.baseOffset);
    if (withSnapshot && this.files.exists(snapshot)) {
      paths.push(snapshot);
    }
    for (const path of paths) {
      this.files.rename(path, path + DELETED_SUFFIX);
      this.list.push({ path: path + DELETED_SUFFIX, since: null });
    }
  }

  removeDue(nowWall: Timestamp, delay: number): void {
    this.list = this.list.filter((file) => {
      file.since ??= nowWall;
      const due = nowWall - file.since >= delay;
      if (due) {
        this.files.remove(file.path);
      }
      return !due;
    });
  }
}
