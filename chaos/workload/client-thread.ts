/**
 * One client thread: a sequence of processes, each with a producer and a consumer of its own, that
 * sends, polls, assigns keys and crashes as drawn from the seed, and writes all of it down. After an
 * unknown outcome the process ends and the thread goes on as a fresh one.
 */

import type { MicroOperation, SendMicroOperation } from '../../src/history/rows.js';
import { ClientAdapter } from '../client-adapter.js';
import type { HistoryWriter } from '../history-writer.js';
import { Random } from '../random.js';
import type { Target } from '../targets/target.js';
import { Consumer, type PollOptions } from './consumer.js';
import type { KeySpace } from './keys.js';
import { type Attempt, Sender, type SendOptions, type SendResult } from './sender.js';

export interface ThreadOptions {
  readonly number: number;
  /** Threads in all: a process that ends is followed by its number plus this. */
  readonly threads: number;
  readonly seed: number;
  readonly requestTimeout: number;
  readonly metadataTimeout: number;
  readonly sending: SendOptions;
  /** Longest rest between two operations, in milliseconds; drawn evenly from 0 on. */
  readonly rest: number;
}

const POLL: PollOptions = { maxWait: 5, maxBytes: 8 * 1024 };
const FINAL_POLL: PollOptions = { maxWait: 100, maxBytes: 256 * 1024 };
/** Keys polled together in the final phase. */
const FINAL_KEYS = 6;
/** Polls in a row out of range after which a consumer starts over, as a fresh process. */
const STUCK_POLLS = 20;
const PIPELINE_MAX = 5;
/** A healed log that does not grow for so long has ended. */
const FINAL_STANDSTILL_MS = 4_000;

interface FinalRead {
  position: number;
  /** When the position last moved or an error came. */
  since: number;
  error: string | null;
}

export class ClientThread {
  private readonly target: Target;
  private readonly history: HistoryWriter;
  private readonly keys: KeySpace;
  private readonly options: ThreadOptions;
  private readonly random: Random;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private process: number;
  private clients: { readonly producing: ClientAdapter; readonly consuming: ClientAdapter };
  private consumer: Consumer;
  private sender: Sender | null = null;

  constructor(
    target: Target,
    history: HistoryWriter,
    keys: KeySpace,
    options: ThreadOptions,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.target = target;
    this.history = history;
    this.keys = keys;
    this.options = options;
    this.random = new Random(options.seed, `thread ${options.number}`);
    this.sleep = sleep;
    this.process = options.number;
    this.clients = this.openClients();
    this.consumer = new Consumer(this.clients.consuming, keys);
  }

  /** The main phase: operations until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.step();
      await this.sleep(this.random.below(this.options.rest + 1));
    }
  }

  /** Sends one value to each of `keys`, each until it is acknowledged or `isOver`. */
  async finalSends(keys: readonly string[], isOver: () => boolean): Promise<void> {
    this.crash();
    for (const key of keys) {
      while (!isOver() && !(await this.send(key, 1))) {
        await this.sleep(100);
      }
    }
  }

  /**
   * Reads every key from the beginning up to what is known of it. Answers the keys that could not be
   * read until `isOver`, with the error. A key that answers, but ends before its known end, is read:
   * its loss is for the judge.
   */
  async finalReads(isOver: () => boolean): Promise<Map<string, string>> {
    this.crash();
    const touched = this.keys.touched();
    this.assign(touched, true);
    const left = new Map<string, FinalRead>();
    for (const key of touched) {
      if (this.keys.highestKnown(key) >= 0) {
        left.set(key, { position: 0, since: performance.now(), error: 'never read' });
      }
    }
    for (let turn = 0; left.size > 0 && !isOver(); turn++) {
      const open = [...left.keys()];
      const at = (turn * FINAL_KEYS) % open.length;
      const now = [...open.slice(at), ...open.slice(0, at)].slice(0, FINAL_KEYS);
      const errors = await this.poll(FINAL_POLL, now);
      for (const [key, read] of now.map((key) => [key, left.get(key) as FinalRead] as const)) {
        const position = this.consumer.positionOf(key);
        read.error = errors[key] ?? null;
        if (position > read.position || read.error !== null) {
          Object.assign(read, { position, since: performance.now() });
        }
        if (
          position > this.keys.highestKnown(key) ||
          performance.now() - read.since > FINAL_STANDSTILL_MS
        ) {
          left.delete(key);
        }
      }
      if (Object.keys(errors).length > 0) {
        await this.sleep(50);
      }
    }
    return new Map([...left].map(([key, { error }]) => [key, error ?? 'time ran out']));
  }

  close(): void {
    this.clients.producing.close();
    this.clients.consuming.close();
  }

  private async step(): Promise<void> {
    const { random } = this;
    if (this.consumer.assigned().length === 0 || random.oneIn(32)) {
      this.assign(this.drawKeys(), false);
    } else if (random.oneIn(600) || this.consumer.stuckFor() > STUCK_POLLS) {
      this.crash();
    } else if (random.below(10) < 4) {
      await this.poll(POLL, this.consumer.assigned());
    } else {
      const batches = random.below(10) < 4 ? random.between(2, PIPELINE_MAX) : 1;
      await this.send(this.keys.pickForWrite(random, batches), batches);
    }
  }

  /** Some active keys; a third of the time also those with values that nobody has read. */
  private drawKeys(): string[] {
    const { random } = this;
    const keys = new Set(random.shuffle(this.keys.activeKeys()).slice(0, random.between(1, 4)));
    if (random.oneIn(3)) {
      for (const key of random.shuffle(this.keys.unseen()).slice(0, 4)) {
        keys.add(key);
      }
    }
    return [...keys].sort((a, b) => Number(a) - Number(b));
  }

  private assign(keys: readonly string[], seekToBeginning: boolean): void {
    const row = {
      process: this.process,
      f: 'assign',
      value: keys,
      ...(seekToBeginning ? { seekToBeginning } : {}),
    } as const;
    this.history.add({ type: 'invoke', ...row });
    this.consumer.assign(keys, seekToBeginning);
    this.history.add({ type: 'ok', ...row });
  }

  private crash(): void {
    this.history.add({ process: this.process, type: 'invoke', f: 'crash', value: null });
    this.history.add({ process: this.process, type: 'info', f: 'crash', value: null });
    this.succeed();
  }

  /** The process is over; the thread goes on as the next one, with nothing of the old. */
  private succeed(): void {
    this.close();
    this.process += this.options.threads;
    this.clients = this.openClients();
    this.consumer = new Consumer(this.clients.consuming, this.keys);
    this.sender = null;
  }

  private async poll(
    options: PollOptions,
    keys: readonly string[],
  ): Promise<Readonly<Record<string, string>>> {
    const { process } = this;
    this.history.add({ process, type: 'invoke', f: 'poll', value: [['poll']] });
    const { answered, records, errors } = await this.consumer.poll(options, keys);
    this.history.add({
      process,
      type: answered ? 'ok' : 'fail',
      f: 'poll',
      value: [['poll', records]],
      ...(Object.keys(errors).length > 0 ? { error: errors } : {}),
    });
    return errors;
  }

  /** One send operation of up to `batches` batches. True: all were acknowledged. */
  private async send(key: string, batches: number): Promise<boolean> {
    const sender = await this.readySender();
    if (sender === null) {
      return false;
    }
    const count = sender.mayPipeline(key) ? batches : 1;
    const sends = Array.from({ length: count }, () => ({ key, value: this.keys.nextValue() }));
    const { process } = this;
    const pipelined = count > 1 ? { pipelined: true } : {};
    const invoked = sends.map(({ value }): MicroOperation => ['send', key, [null, value]]);
    this.history.add({ process, type: 'invoke', f: 'send', value: invoked, ...pipelined });
    const results = await sender.send(sends, (attempt) => this.note(attempt), this.sleep);
    const type = typeOf(results);
    const errors = [
      ...new Set(results.flatMap(({ error }) => (error === null ? [] : [error.name]))),
    ];
    this.history.add({
      process,
      type,
      f: 'send',
      value: results.map(completed),
      ...pipelined,
      ...(errors.length > 0 ? { error: errors.join(', ') } : {}),
    });
    if (type === 'info') {
      this.succeed();
    } else if (sender.isOver()) {
      this.sender = null;
    }
    return type === 'ok';
  }

  /** Attempts that were not plainly acknowledged the first time are evidence worth keeping. */
  private note({ send, number, outcome }: Attempt): void {
    if (outcome.type === 'ok' && number === 1) {
      return;
    }
    const type = outcome.type === 'unknown' ? 'info' : outcome.type;
    const offset = outcome.type === 'ok' ? outcome.baseOffset : null;
    this.history.add({
      process: this.process,
      type,
      f: 'attempt',
      value: [['send', send.key, [offset, send.value]]],
      attempt: number,
      ...(outcome.type === 'ok'
        ? {}
        : { error: `${outcome.error.name} of ${leaderName(outcome)}` }),
    });
  }

  /** A sender with a producer id; null while no broker gives one. */
  private async readySender(): Promise<Sender | null> {
    if (this.sender === null) {
      const outcome = await this.clients.producing.initProducerId();
      if (outcome.type !== 'ok') {
        await this.sleep(50);
        return null;
      }
      const { producing } = this.clients;
      this.sender = new Sender(producing, outcome.value, this.keys, this.options.sending);
    }
    return this.sender;
  }

  private openClients(): { producing: ClientAdapter; consuming: ClientAdapter } {
    const { requestTimeout, metadataTimeout } = this.options;
    const open = (role: string): ClientAdapter =>
      new ClientAdapter({
        clientId: `${role}-${this.process}`,
        bootstrap: this.target.bootstrap,
        requestTimeout,
        metadataTimeout,
        firstAddress: this.random.below(this.target.bootstrap.length),
      });
    return { producing: open('producer'), consuming: open('consumer') };
  }
}

function leaderName(outcome: { readonly leader: number | null }): string {
  return outcome.leader === null ? 'no broker' : `broker ${outcome.leader}`;
}

function typeOf(results: readonly SendResult[]): 'ok' | 'fail' | 'info' {
  if (results.every(({ type }) => type === 'ok')) {
    return 'ok';
  }
  return results.every(({ type }) => type === 'fail') ? 'fail' : 'info';
}

/** As rows say it: acknowledged with its offset, open without one, bare where it did not happen. */
function completed({ send, type, offset }: SendResult): SendMicroOperation {
  return ['send', send.key, type === 'fail' ? send.value : [offset, send.value]];
}
