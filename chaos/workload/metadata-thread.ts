/**
 * One client thread that creates, deletes, grows and configures topics that nobody else uses, and reads them
 * linearizably (thesis, 6.4), all of it in the history: whether the cluster's metadata are one object that
 * everybody sees the same is for the judge. Reads ask one broker after the other, deposed controllers too.
 */

import { changeOf, type ResourceChange } from '../../src/client/answers.js';
import type { Outcome } from '../../src/client/outcomes.js';
import type { Uuid } from '../../src/core/types/ids.js';
import type { MetadataValue, RowType } from '../../src/history/rows.js';
import type { ClientAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Random } from '../random.js';
import {
  believedAfter,
  deletion,
  drawChange,
  type MetadataChange,
  type MetadataTopics,
  type SharedTopic,
} from './metadata-topics.js';

/** What of a client is used here. */
export type MetadataClient = Pick<
  ClientAdapter,
  | 'createTopics'
  | 'createPartitions'
  | 'deleteTopic'
  | 'deleteTopics'
  | 'incrementalAlterConfigs'
  | 'readTopic'
  | 'close'
>;

/** A client of `process` that waits so many milliseconds for answers; `draw` decides whom it asks first. */
export type OpenMetadataClient = (
  process: number,
  requestTimeout: number,
  draw: number,
) => MetadataClient;

export interface MetadataThreadOptions {
  /** Number of its first process. */
  readonly number: number;
  /** Threads of all kinds: a process that ends is followed by its number plus this. */
  readonly threads: number;
  readonly seed: number;
  /** Milliseconds that a change may take. */
  readonly requestTimeout: number;
}

/**
 * All threads begin a step in each beat, within the jitter: so they overlap, and some 17 operations a second
 * of four threads leave the cluster its leisure.
 */
const BEAT_MS = 350;
const JITTER_MS = 8;
/** A read that was not answered costs nothing but the time of its thread. */
const READ_TIMEOUT_MS = 400;
/** Kafka's ConfigResource. */
const TOPIC_RESOURCE = 2;
const FINAL_PAUSE_MS = 100;

export class MetadataThread {
  private readonly open: OpenMetadataClient;
  private readonly history: Pick<HistoryWriter, 'add'>;
  private readonly topics: MetadataTopics;
  private readonly options: MetadataThreadOptions;
  private readonly random: Random;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private process: number;
  private clients: { readonly reading: MetadataClient; readonly changing: MetadataClient };

  constructor(
    open: OpenMetadataClient,
    history: Pick<HistoryWriter, 'add'>,
    topics: MetadataTopics,
    options: MetadataThreadOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.open = open;
    this.history = history;
    this.topics = topics;
    this.options = options;
    this.random = new Random(options.seed, `metadata thread ${options.number}`);
    this.sleep = sleep;
    this.process = options.number;
    this.clients = this.openClients();
  }

  /** The main phase: a step a beat until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const toNextBeat = BEAT_MS - (performance.now() % BEAT_MS);
      await this.sleep(toNextBeat + this.random.below(JITTER_MS));
      await this.step();
    }
  }

  /** One answered read of each of `names`, or until `isOver`. */
  async finalReads(names: readonly string[], isOver: () => boolean): Promise<void> {
    for (const name of names) {
      while (!isOver() && (await this.read(name)) === undefined) {
        await this.sleep(FINAL_PAUSE_MS);
      }
    }
  }

  close(): void {
    this.clients.reading.close();
    this.clients.changing.close();
  }

  private async step(): Promise<void> {
    const { random } = this;
    const topic = this.topics.pick(random);
    topic.operations++;
    const change = random.oneIn(2) ? null : drawChange(topic, random);
    if (change === null) {
      topic.believed = await this.read(topic.name);
      return;
    }
    if (await this.change(topic, change)) {
      // At once, and of another broker: a controller that was deposed does not stay one for long.
      topic.operations++;
      topic.believed = await this.read(topic.name);
    }
    if (this.topics.retire(topic)) {
      // Nothing is left behind, as far as that can be had.
      await this.change(topic, deletion(topic.name, undefined));
    }
  }

  /** What there is; null: no topic. Undefined: there was no answer. */
  private async read(name: string): Promise<SharedTopic['believed']> {
    const asked: MetadataValue = { op: 'read', topic: name };
    this.note('invoke', asked);
    const outcome = await this.clients.reading.readTopic(name);
    if (outcome.type !== 'ok') {
      this.note('fail', asked, outcome.error.name);
      return undefined;
    }
    this.note('ok', { ...asked, state: outcome.value });
    return outcome.value;
  }

  /** True: it was acknowledged. */
  private async change(topic: SharedTopic, change: MetadataChange): Promise<boolean> {
    this.note('invoke', change);
    const outcome = await this.ask(change);
    // A refusal is no read: a controller may refuse by what it knew before it was deposed.
    const type = changeOf(outcome, change.op === 'delete' ? (change.id ?? topic.name) : topic.name);
    if (type === 'ok') {
      this.note('ok', change);
      topic.believed = believedAfter(topic, change);
      return true;
    }
    topic.believed = undefined;
    if (type === 'fail') {
      this.note('fail', change, errorOf(outcome));
      return false;
    }
    this.note('info', change, errorOf(outcome));
    topic.unknown++;
    this.succeed();
    return false;
  }

  private ask(change: MetadataChange): Promise<Outcome<readonly ResourceChange[]>> {
    const { changing } = this.clients;
    const { topic: name } = change;
    switch (change.op) {
      case 'create': {
        const configs = Object.entries(change.configs ?? {});
        const topic = {
          name,
          partitions: change.partitions ?? 1,
          // Any broker that lives will do: what is asked here is the controller, not the replicas.
          replicationFactor: 1,
          configs: configs.map(([key, value]) => ({ name: key, value })),
        };
        return changing.createTopics([topic]);
      }
      case 'delete':
        return change.id === undefined
          ? changing.deleteTopics([name])
          : changing.deleteTopic(change.id as Uuid);
      case 'grow':
        return changing.createPartitions([{ name, count: change.partitions }]);
      case 'configure': {
        const { key, value } = change;
        const resource = { resourceType: TOPIC_RESOURCE, resourceName: name };
        return changing.incrementalAlterConfigs([{ ...resource, name: key, value }]);
      }
    }
  }

  private note(type: RowType, value: MetadataValue, error?: string): void {
    const row = { process: this.process, type, f: 'metadata', value } as const;
    this.history.add(error === undefined ? row : { ...row, error });
  }

  /** The process is over; the thread goes on as the next one. */
  private succeed(): void {
    this.close();
    this.process += this.options.threads;
    this.clients = this.openClients();
  }

  private openClients(): { reading: MetadataClient; changing: MetadataClient } {
    const open = (timeout: number): MetadataClient =>
      this.open(this.process, timeout, this.random.next());
    return { reading: open(READ_TIMEOUT_MS), changing: open(this.options.requestTimeout) };
  }
}

function errorOf(outcome: Outcome<readonly ResourceChange[]>): string {
  return (outcome.type === 'ok' ? outcome.value[0]?.error : outcome.error)?.name ?? 'no answer';
}
