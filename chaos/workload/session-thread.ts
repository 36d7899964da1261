/** One client process of a trial of session guarantees: it sends and reads, one thing at a time, to the end. */

import { ClientAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Random } from '../random.js';
import type { Target } from '../targets/target.js';
import type { KeySpace } from './keys.js';
import { Sender, type SendOptions } from './sender.js';
import { type Reads, SessionReader } from './session-reader.js';

export interface SessionOptions {
  readonly number: number;
  /** Threads in all: a process that ends is followed by its number plus this. */
  readonly threads: number;
  readonly seed: number;
  readonly reads: Reads;
  readonly requestTimeout: number;
  readonly metadataTimeout: number;
  readonly sending: SendOptions;
  /** Longest rest between two operations, in milliseconds; drawn evenly from 0 on. */
  readonly rest: number;
}

export class SessionThread {
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly keys: KeySpace;
  private readonly options: SessionOptions;
  private readonly random: Random;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private process: number;
  private client: ClientAdapter;
  private reader: SessionReader;
  private sender: Sender | null = null;
  private assigned = false;

  constructor(
    target: Target,
    history: HistoryWriter,
    keys: KeySpace,
    options: SessionOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.target = target;
    this.history = history;
    this.keys = keys;
    this.options = options;
    this.random = new Random(options.seed, `session ${options.number}`);
    this.sleep = sleep;
    this.process = options.number;
    this.client = this.openClient();
    this.reader = this.openReader();
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (!this.assigned) {
        this.assign();
      } else if (this.random.below(10) < 4) {
        await this.send();
      } else {
        await this.poll();
      }
      await this.sleep(this.random.below(this.options.rest + 1));
    }
  }

  close(): void {
    this.client.close();
  }

  private assign(): void {
    const row = { process: this.process, f: 'assign', value: this.keys.activeKeys() } as const;
    this.history.add({ type: 'invoke', ...row });
    this.history.add({ type: 'ok', ...row });
    this.assigned = true;
  }

  private async send(): Promise<void> {
    const sender = await this.readySender();
    if (sender === null) {
      return;
    }
    const key = this.random.pick(this.keys.activeKeys());
    const headers = await this.reader.headers(this.keys.activeKeys());
    if (headers === null) {
      return;
    }
    const value = this.keys.nextValue();
    const { process } = this;
    this.history.add({ process, type: 'invoke', f: 'send', value: [['send', key, [null, value]]] });
    const [result] = await sender.send([{ key, value, headers }], () => {}, this.sleep);
    const { type, offset, error } = result!;
    this.history.add({
      process,
      type: type === 'unknown' ? 'info' : type,
      f: 'send',
      value: [['send', key, type === 'fail' ? value : [offset, value]]],
      ...(error === null ? {} : { error: error.name }),
    });
    if (type === 'ok' && offset !== null) {
      this.reader.wrote(key, offset);
    }
    if (type === 'unknown') {
      this.succeed();
    } else if (sender.isOver()) {
      this.sender = null;
    }
  }

  private async poll(): Promise<void> {
    const active = this.keys.activeKeys();
    const keys = this.random.shuffle(active).slice(0, this.random.between(1, 3));
    const { process } = this;
    this.history.add({ process, type: 'invoke', f: 'poll', value: [['poll']] });
    const { records, ends, errors } = await this.reader.poll(keys);
    const answered = Object.keys(ends).length;
    this.history.add({
      process,
      type: answered > 0 ? 'ok' : 'fail',
      f: 'poll',
      value: [['poll', records]],
      ...(answered > 0 ? { ends } : {}),
      ...(Object.keys(errors).length > 0 ? { error: errors } : {}),
    });
  }

  /** A producer that does not know whether it wrote is over, and its session with it. */
  private succeed(): void {
    this.close();
    this.process += this.options.threads;
    this.client = this.openClient();
    this.reader = this.openReader();
    this.sender = null;
    this.assigned = false;
  }

  private async readySender(): Promise<Sender | null> {
    if (this.sender === null) {
      const outcome = await this.client.initProducerId();
      if (outcome.type !== 'ok') {
        await this.sleep(50);
        return null;
      }
      this.sender = new Sender(this.client, outcome.value, this.keys, this.options.sending);
    }
    return this.sender;
  }

  private openReader(): SessionReader {
    return new SessionReader(this.client, this.keys, this.options.reads, this.random, this.sleep);
  }

  private openClient(): ClientAdapter {
    const { requestTimeout, metadataTimeout } = this.options;
    return new ClientAdapter({
      clientId: `session-${this.process}`,
      bootstrap: this.target.bootstrap,
      requestTimeout,
      metadataTimeout,
      firstAddress: this.random.below(this.target.bootstrap.length),
    });
  }
}
