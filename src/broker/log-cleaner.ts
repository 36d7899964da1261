/**
 * Compacts this broker's logs (Kafka's LogCleaner with one thread): of those that have enough that is new
 * the dirtiest, in steps between which others have their turn, no faster than is allowed.
 */

import { least, type Offset } from '../core/types/ids.js';
import { type Environment, FileError } from '../environment/environment.js';
import {
  type Cleaning,
  type CleaningPass,
  type CleaningResult,
  cleanLog,
  dirtinessOf,
} from '../log/cleaning.js';
import type { LogManager } from './log-manager.js';
import type { Replica } from './replica.js';
import type { Settings } from './settings.js';

export interface LogCleanerOptions {
  readonly environment: Environment;
  readonly settings: Settings;
  readonly directory: LogManager;
  readonly replicas: () => Iterable<Replica>;
  readonly storageFailed: (error: FileError) => void;
}

export class LogCleaner {
  private readonly options: LogCleanerOptions;
  private running: Cleaning | null = null;
  /** It waits for its next look, or cleans. */
  private active = false;
  private closed = false;

  constructor(options: LogCleanerOptions) {
    this.options = options;
  }

  /** A log was opened, or configs have changed: who has nothing to compact does not look now and then. */
  consider(replicas: Iterable<Replica>): void {
    if (!this.active && !this.closed && anyCompacts(replicas)) {
      this.active = true;
      this.pause();
    }
  }

  close(): void {
    this.closed = true;
    if (this.running !== null) {
      this.end(this.running);
    }
  }

  private pause(): void {
    const { environment, settings } = this.options;
    environment.timers.arm(settings.number('log.cleaner.backoff.ms'), () => this.next());
  }

  /** Begins with the dirtiest log; pauses if none is dirty enough. */
  private next(): void {
    if (this.closed) {
      return;
    }
    if (!anyCompacts(this.options.replicas())) {
      this.active = false;
      return;
    }
    let dirtiest: Replica | null = null;
    let most = -1;
    for (const replica of this.options.replicas()) {
      const ratio = this.urgency(replica);
      if (ratio > most) {
        dirtiest = replica;
        most = ratio;
      }
    }
    if (dirtiest === null) {
      this.pause();
      return;
    }
    const { name } = dirtiest;
    this.options.environment.log('info', 'log.cleaning', { replica: name, ratio: most });
    this.running = cleanLog(dirtiest.log, this.passOf(dirtiest));
    this.advance(dirtiest, this.running);
  }

  /** -1: not worth a pass. A log that waited for max.compaction.lag.ms comes first. */
  private urgency(replica: Replica): number {
    const options = replica.log.options();
    if (replica.isClosed || !options.compacts) {
      return -1;
    }
    const dirtiness = replica.guarded((log) => dirtinessOf(log, this.passOf(replica)));
    if (dirtiness === null) {
      return -1;
    }
    const { ratio, isOverdue } = dirtiness;
    return isOverdue ? 2 : ratio > options.minCleanableDirtyRatio ? ratio : -1;
  }

  private passOf(replica: Replica): CleaningPass {
    const { environment, settings, directory } = this.options;
    const cleanedEnd = directory.cleanedEnd(replica.topic, replica.partition);
    const isOfThisLog = cleanedEnd <= replica.log.logEndOffset;
    return {
      // A checkpoint from beyond the log end speaks of another log: begin at the beginning.
      cleanedEnd: isOfThisLog ? cleanedEnd : (0 as Offset),
      now: environment.clock.wall(),
      highWatermark: least(replica.state.highWatermark, replica.log.logEndOffset),
      mapBytes: settings.number('log.cleaner.dedupe.buffer.size'),
      stepBytes: settings.number('log.cleaner.io.buffer.size'),
    };
  }

  private advance(replica: Replica, cleaning: Cleaning): void {
    if (this.closed) {
      return;
    }
    if (replica.isClosed) {
      // Its files are not ours any more, or gone.
      this.end(cleaning);
      this.next();
      return;
    }
    const { environment, settings, storageFailed } = this.options;
    const step = replica.guarded(() => cleaning.next());
    if (step === null) {
      this.end(cleaning);
      return;
    }
    if (step.done === true) {
      this.finish(replica, step.value);
      return;
    }
    if (step.value.type === 'sync') {
      environment.files.sync(step.value.file, (error) => {
        if (error === null) {
          this.advance(replica, cleaning);
        } else {
          storageFailed(error);
        }
      });
      return;
    }
    const rate = settings.number('log.cleaner.io.max.bytes.per.second');
    const pause = Math.ceil((step.value.bytes * 1000) / rate);
    environment.timers.arm(pause, () => this.advance(replica, cleaning));
  }

  private finish(replica: Replica, result: CleaningResult): void {
    const { environment, directory, storageFailed } = this.options;
    const { topic, partition } = replica;
    const { outcome, cleanedEnd, bytesBefore, bytesAfter } = result;
    const fields = { replica: replica.name, outcome, cleanedEnd, bytesBefore, bytesAfter };
    environment.log(outcome === 'full' ? 'warn' : 'info', 'log.cleaned', fields);
    this.running = null;
    if (outcome === 'done') {
      try {
        directory.storeCleanedEnd({ topic, partition, offset: cleanedEnd });
      } catch (error) {
        if (!(error instanceof FileError)) {
          throw error;
        }
        storageFailed(error);
        return;
      }
    }
    if (outcome === 'done') {
      this.next();
    } else {
      this.pause();
    }
  }

  private end(cleaning: Cleaning): void {
    this.running = null;
    try {
      cleaning.return(NOTHING);
    } catch (error) {
      // What it cannot remove now goes at the next start.
      if (!(error instanceof FileError)) {
        throw error;
      }
    }
  }
}

function anyCompacts(replicas: Iterable<Replica>): boolean {
  for (const { log } of replicas) {
    if (log.options().compacts) {
      return true;
    }
  }
  return false;
}

/** Of a pass that is broken off: nobody asks. */
const NOTHING: CleaningResult = {
  outcome: 'stale',
  cleanedEnd: 0 as Offset,
  bytesBefore: 0,
  bytesAfter: 0,
};
