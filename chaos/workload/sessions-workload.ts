/**
 * Sessions at work on a few logs: each process sends to any of them and reads any of them, and every read says where
 * the log ended. Who reads how is {@link Reads}. At the end one client of the plain kind reads everything back.
 */

import type { HistoryWriter } from '../history-writer.js';
import type { Target } from '../targets/target.js';
import type { Reads } from './session-reader.js';
import { SessionThread } from './session-thread.js';
import {
  METADATA_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  SENDING,
  type TrialWorkload,
  Workload,
  type WorkloadOptions,
} from './workload.js';

export interface SessionsOptions extends Omit<WorkloadOptions, 'topics' | 'shape'> {
  readonly reads: Reads;
}

/** Few, so that what one process writes the others read soon. */
const PARTITIONS = 6;
const REST_MS = 20;

export class SessionsWorkload implements TrialWorkload {
  private readonly plain: Workload;
  private readonly threads: readonly SessionThread[];

  constructor(
    target: Target,
    history: HistoryWriter,
    options: SessionsOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    const shape = {
      // Whoever writes says in each record what it knew: a plain client does not.
      idle: true as const,
      metadataThreads: 0,
      otherThreads: options.clients,
      partitionsPerTopic: PARTITIONS,
      maxWritesPerKey: Number.POSITIVE_INFINITY,
    };
    this.plain = new Workload(target, history, { ...options, clients: 1, topics: 1, shape }, sleep);
    const { seed, reads, acks } = options;
    this.threads = Array.from(
      { length: options.clients },
      (_, index) =>
        new SessionThread(
          target,
          history,
          this.plain.keys,
          {
            number: 1 + index,
            threads: this.plain.threadCount,
            seed,
            reads,
            requestTimeout: REQUEST_TIMEOUT_MS,
            metadataTimeout: METADATA_TIMEOUT_MS,
            rest: REST_MS,
            sending: { acks, ...SENDING },
          },
          sleep,
        ),
    );
  }

  topics(): readonly string[] {
    return this.plain.topics();
  }

  prepare(patience: number, isInterrupted: () => boolean): Promise<void> {
    return this.plain.prepare(patience, isInterrupted);
  }

  async main(isOver: () => boolean): Promise<void> {
    await Promise.all([
      this.plain.main(isOver),
      ...this.threads.map((thread) => thread.run(isOver)),
    ]);
  }

  final(patience: number, isInterrupted: () => boolean): Promise<Map<string, string>> {
    return this.plain.final(patience, isInterrupted);
  }

  close(): void {
    this.plain.close();
    for (const thread of this.threads) {
      thread.close();
    }
  }
}
