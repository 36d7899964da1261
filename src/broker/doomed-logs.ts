/**
 * Directories of logs that are gone, removed file by file, a few at a time: whatever else the broker has to do has
 * its turn between them. A topic of many partitions and segments would hold it up for seconds otherwise.
 */

import type { Environment, TimerHandle } from '../environment/environment.js';

/** Removed in one turn: a file of a gigabyte takes the file system some milliseconds. */
const FILES_AT_A_TIME = 4;
/** Milliseconds between two turns. */
const PAUSE = 1;

export class DoomedLogs {
  private readonly environment: Pick<Environment, 'files' | 'timers'>;
  /** Paths, in the order in which they came. */
  private readonly directories: string[] = [];
  /** What is left in the first of them; null: nobody has looked yet. */
  private left: string[] | null = null;
  private timer: TimerHandle | null = null;

  constructor(environment: Pick<Environment, 'files' | 'timers'>) {
    this.environment = environment;
  }

  /** Nobody knows the directory by any other name any more, and that is on the disk. */
  add(directory: string): void {
    this.directories.push(directory);
    this.timer ??= this.environment.timers.arm(PAUSE, () => this.step());
  }

  /** What is left then, the next start removes. */
  close(): void {
    if (this.timer !== null) {
      this.environment.timers.cancel(this.timer);
      this.timer = null;
    }
    this.directories.length = 0;
  }

  private step(): void {
    const { files, timers } = this.environment;
    this.timer = null;
    const [directory] = this.directories;
    if (directory === undefined) {
      return;
    }
    this.left ??= files.list(directory);
    for (const name of this.left.splice(0, FILES_AT_A_TIME)) {
      files.remove(`${directory}/${name}`);
    }
    if (this.left.length === 0) {
      files.remove(directory);
      this.directories.shift();
      this.left = null;
    }
    if (this.directories.length > 0) {
      this.timer = timers.arm(PAUSE, () => this.step());
    }
  }
}
