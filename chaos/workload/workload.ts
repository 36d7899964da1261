/** The workload of a trial: topics, client threads, those of metadata, the main phase and the final one. */

import { ErrorCode } from '../../src/protocol/errors.js';
import { ClientAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import type { Target } from '../targets/target.js';
import { ClientThread } from './client-thread.js';
import { KeySpace } from './keys.js';
import { MetadataThread } from './metadata-thread.js';
import { MetadataTopics } from './metadata-topics.js';
import type { Acks, SendOptions } from './sender.js';

export interface WorkloadOptions {
  readonly seed: number;
  readonly clients: number;
  /** Topics that are written to at a time, of four partitions each. */
  readonly topics: number;
  readonly acks: Acks;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** Default: {@link PLAIN_SHAPE}. */
  readonly shape?: WorkloadShape;
}

export interface WorkloadShape {
  /** Clients do nothing before the final phase. Missing: they do. */
  readonly idle?: true;
  /** Threads that change and read metadata, beside the clients. */
  readonly metadataThreads: number;
  /** Of others, who number their processes in the same way. */
  readonly otherThreads: number;
  readonly partitionsPerTopic: number;
  /** After so many a fresh key takes the place of the old one. */
  readonly maxWritesPerKey: number;
}

const PLAIN_SHAPE: WorkloadShape = {
  metadataThreads: 4,
  otherThreads: 0,
  partitionsPerTopic: 4,
  maxWritesPerKey: 400,
};
export const REQUEST_TIMEOUT_MS = 1_500;
export const METADATA_TIMEOUT_MS = 500;
/** How clients send, whatever they are promised. */
export const SENDING: Omit<SendOptions, 'acks'> = {
  // Below the request timeout, so that a leader's own answer comes first.
  produceTimeout: 1_000,
  maxAttempts: 4,
  backoff: [50, 150, 300],
};
/** No clock of a broker is to be wrong enough for this, 285,000 years. */
const FOREVER = '9007199254740991';

/** What a trial asks of its workload. */
export interface TrialWorkload {
  topics(): readonly string[];
  prepare(patience: number, isInterrupted: () => boolean): Promise<void>;
  main(isOver: () => boolean): Promise<void>;
  final(patience: number, isInterrupted: () => boolean): Promise<Map<string, string>>;
  close(): void;
}

export class Workload implements TrialWorkload {
  readonly keys: KeySpace;
  /** Of all threads: a process that ends is followed by its number plus this. */
  readonly threadCount: number;
  private readonly shape: WorkloadShape;
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly options: WorkloadOptions;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private readonly admin: ClientAdapter;
  private readonly threads: ClientThread[];
  private readonly metadataTopics = new MetadataTopics();
  private readonly metadataThreads: MetadataThread[];

  constructor(
    target: Target,
    history: HistoryWriter,
    options: WorkloadOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.target = target;
    this.history = history;
    this.options = options;
    this.sleep = sleep;
    this.shape = options.shape ?? PLAIN_SHAPE;
    const { partitionsPerTopic, maxWritesPerKey, metadataThreads, otherThreads } = this.shape;
    this.threadCount = options.clients + metadataThreads + otherThreads;
    this.keys = new KeySpace({
      active: options.topics * partitionsPerTopic,
      partitionsPerTopic,
      maxWritesPerKey,
    });
    this.admin = new ClientAdapter({
      clientId: 'admin',
      bootstrap: target.bootstrap,
      requestTimeout: REQUEST_TIMEOUT_MS,
      metadataTimeout: METADATA_TIMEOUT_MS,
    });
    this.threads = Array.from({ length: options.clients }, (_, number) => this.thread(number));
    this.metadataThreads = Array.from({ length: metadataThreads }, (_, number) =>
      this.metadataThread(options.clients + number),
    );
  }

  topics(): readonly string[] {
    return this.keys.topics();
  }

  /** Creates the first topics. Throws where the cluster does not within `patience` ms. */
  async prepare(patience: number, isInterrupted: () => boolean): Promise<void> {
    const end = performance.now() + patience;
    let last = 'no answer';
    while (this.keys.activeKeys().length < this.options.topics * this.shape.partitionsPerTopic) {
      if (performance.now() > end || isInterrupted()) {
        throw new Error(`the topics could not be created: ${last}`);
      }
      last = await this.createNextTopic();
      await this.sleep(20);
    }
  }

  /** All threads at work until `isOver`; a fresh topic is kept in reserve meanwhile. */
  async main(isOver: () => boolean): Promise<void> {
    this.history.nemesis('phase', 'main');
    await Promise.all([
      ...(this.shape.idle ? [] : this.threads).map((thread) => thread.run(isOver)),
      ...this.metadataThreads.map((thread) => thread.run(isOver)),
      this.keepTopicsInReserve(isOver),
    ]);
  }

  /**
   * The cluster is healed: every active key takes one more value, then every thread reads every key
   * from its beginning, and every topic whose metadata were changed is read once more. Answers the keys that could not be read to their known end, with the reason.
   */
  async final(patience: number, isInterrupted: () => boolean): Promise<Map<string, string>> {
    this.history.nemesis('phase', 'final');
    const end = performance.now() + patience;
    const isOver = (): boolean => isInterrupted() || performance.now() > end;
    const active = this.keys.activeKeys();
    await Promise.all(
      this.threads.map((thread, index) =>
        thread.finalSends(
          active.filter((_, place) => place % this.threads.length === index),
          isOver,
        ),
      ),
    );
    const [left] = await Promise.all([
      Promise.all(this.threads.map((thread) => thread.finalReads(isOver))),
      this.finalMetadataReads(isOver),
    ]);
    return new Map(left.flatMap((keys) => [...keys]));
  }

  close(): void {
    this.admin.close();
    for (const thread of [...this.threads, ...this.metadataThreads]) {
      thread.close();
    }
  }

  private async finalMetadataReads(isOver: () => boolean): Promise<void> {
    const names = this.metadataTopics.names();
    const { length } = this.metadataThreads;
    await Promise.all(
      this.metadataThreads.map((thread, index) =>
        thread.finalReads(
          names.filter((_, place) => place % length === index),
          isOver,
        ),
      ),
    );
  }

  private async keepTopicsInReserve(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (this.keys.topicToCreate() !== null) {
        await this.createNextTopic();
      }
      await this.sleep(100);
    }
  }

  /** Answers what went wrong, or nothing. */
  private async createNextTopic(): Promise<string> {
    const name = this.keys.topicToCreate();
    if (name === null) {
      return '';
    }
    const { replicationFactor, minInsyncReplicas } = this.options;
    const outcome = await this.admin.createTopics([
      {
        name,
        partitions: this.shape.partitionsPerTopic,
        replicationFactor,
        configs: [
          { name: 'min.insync.replicas', value: String(minInsyncReplicas) },
          { name: 'retention.ms', value: '-1' },
          { name: 'message.timestamp.before.max.ms', value: FOREVER },
          { name: 'message.timestamp.after.max.ms', value: FOREVER },
        ],
      },
    ]);
    if (outcome.type !== 'ok') {
      return outcome.error.message;
    }
    const change = outcome.value[0];
    // An earlier attempt with an unknown outcome may have done it.
    if (change?.type === 'ok' || change?.error?.code === ErrorCode.TOPIC_ALREADY_EXISTS) {
      this.keys.topicCreated();
      return '';
    }
    return change?.error?.message ?? 'no answer for the topic';
  }

  private thread(number: number): ClientThread {
    const { seed, acks } = this.options;
    return new ClientThread(
      this.target,
      this.history,
      this.keys,
      {
        number,
        threads: this.threadCount,
        seed,
        requestTimeout: REQUEST_TIMEOUT_MS,
        metadataTimeout: METADATA_TIMEOUT_MS,
        rest: 30,
        sending: { acks, ...SENDING },
      },
      this.sleep,
    );
  }

  private metadataThread(number: number): MetadataThread {
    const { seed } = this.options;
    const { bootstrap } = this.target;
    return new MetadataThread(
      (process, requestTimeout, draw) =>
        new ClientAdapter({
          clientId: `metadata-${process}`,
          bootstrap,
          requestTimeout,
          metadataTimeout: METADATA_TIMEOUT_MS,
          firstAddress: draw % bootstrap.length,
        }),
      this.history,
      this.metadataTopics,
      {
        number,
        threads: this.threadCount,
        seed,
        requestTimeout: REQUEST_TIMEOUT_MS,
      },
      this.sleep,
    );
  }
}
