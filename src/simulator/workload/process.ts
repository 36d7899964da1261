/**
 * One client as the history sees it: a sequence of single-threaded processes, each with a producer and
 * positions of its own. What it is told it writes down; after an unknown outcome the process ends, and
 * the client goes on as a fresh one.
 */

import { Client, EARLIEST_TIMESTAMP } from '../../client/client.js';
import type { ClientError } from '../../client/outcomes.js';
import type { FetchedRecord } from '../../client/records.js';
import { type LeaderEpoch, NO_EPOCH, type Offset } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { RandomStream } from '../../environment/simulated/random.js';
import type { SendMicroOperation } from '../../history/rows.js';
import { ErrorCode } from '../../protocol/errors.js';
import type { RunContext } from '../context.js';
import type { WorkloadCounts } from './counts.js';
import { type Key, type KeyTable, valueIn } from './keys.js';
import {
  type Attempt,
  type BatchResult,
  type Equipment,
  type FreshIdentity,
  Producer,
  type ProducerOptions,
} from './producer.js';

export interface ProcessOptions extends ProducerOptions {
  readonly name: string;
  /** Where it reads; null: from leaders. */
  readonly rack: string | null;
  /** False: what it sends is promised nothing, and the history does not have it. */
  readonly judged: boolean;
}

export interface PollOptions {
  /** Milliseconds. */
  readonly maxWait: number;
  readonly maxBytes: number;
}

interface Position {
  offset: Offset;
  lastEpoch: LeaderEpoch;
  /** Polls in a row that were told that the position is not in the leader's log. */
  lost: number;
  /** It was set back, for what it had read was lost. */
  isCut: boolean;
}

const REQUEST_TIMEOUT = 800;
const METADATA_TIMEOUT = 300;
const MAX_FRAME_BYTES = 1 << 24;

type Sent = 'ok' | 'fail' | 'info';
type Polled = Record<string, (readonly [number, number | string])[]>;

export class ClientProcess {
  private readonly context: RunContext;
  private readonly environment: Environment;
  private readonly options: ProcessOptions;
  private readonly counts: WorkloadCounts;
  private readonly stream: RandomStream;
  private readonly keys: KeyTable;
  private number: number;
  private equipment: Equipment;
  private producer: Producer | null = null;
  /** What the next producer helps itself to; null: it asks for an id. */
  private raised: FreshIdentity | null = null;
  /** A send operation is open. */
  private sending = false;
  private positions = new Map<Key, Position>();
  /** How many topics that came back were heard of. */
  private recreated: number;

  constructor(context: RunContext, environment: Environment, options: ProcessOptions) {
    this.context = context;
    this.environment = environment;
    this.options = options;
    this.counts = context.recorder.counts;
    this.stream = context.world.stream(`client ${options.name}`);
    this.keys = context.recorder.keys;
    this.recreated = this.keys.recreated.length;
    this.number = context.recorder.process();
    this.equipment = this.newEquipment();
  }

  /** Those that are assigned and still there. */
  assigned(): Key[] {
    return [...this.positions.keys()].filter(({ open }) => open);
  }

  positionOf(key: Key): Offset {
    return this.positions.get(key)?.offset ?? (0 as Offset);
  }

  /** Beyond the atlas: records were lost that it had read, and its position went back. */
  isCut(key: Key): boolean {
    return this.positions.get(key)?.isCut === true;
  }

  private get mayLose(): boolean {
    return this.context.scenario.atlas === 'beyond';
  }

  /** Most polls in a row to which a position was not in the log: it will not come back by itself. */
  lostFor(): number {
    let most = 0;
    for (const { lost } of this.positions.values()) {
      most = Math.max(most, lost);
    }
    return most;
  }

  /** Replaces what was assigned; positions of keys still listed are kept unless it starts over. */
  assign(keys: readonly Key[], fromStart: boolean): void {
    const positions = new Map<Key, Position>();
    for (const key of keys) {
      const kept = fromStart ? undefined : this.positions.get(key);
      positions.set(
        key,
        kept ?? { offset: 0 as Offset, lastEpoch: NO_EPOCH, lost: 0, isCut: false },
      );
    }
    this.positions = positions;
    const names = keys.map(({ name }) => name);
    this.context.recorder.assign(this.number, names, fromStart);
  }

  /** The process throws everything away; a fresh one goes on. */
  crash(): void {
    if (this.options.judged) {
      this.context.recorder.crash(this.number);
    }
    this.raised = null;
    this.succeed(true);
  }

  close(): void {
    for (const client of this.equipment.clients) {
      client.close();
    }
  }

  /** One send operation of `batches` (each a number of records) to `key`; `offset` of the last record. */
  send(
    key: Key,
    batches: readonly number[],
    done: (type: Sent, offset: Offset | null) => void,
  ): void {
    this.hearOfTopics();
    this.withProducer((producer) => {
      if (producer === null || !key.open) {
        done('fail', null);
        return;
      }
      const { judged } = this.options;
      const sizes = producer.mayPipeline(key) ? batches : batches.slice(0, 1);
      const values = sizes.map((size) =>
        Array.from({ length: size }, () => this.keys.newValue(key, judged)),
      );
      this.counts.pipelined = Math.max(this.counts.pipelined, sizes.length);
      const pipelined = values.length > 1 || values[0]!.length > 1;
      const { recorder } = this.context;
      if (this.isJudged(key)) {
        const invoked = values
          .flat()
          .map((value): SendMicroOperation => ['send', key.name, [null, value]]);
        recorder.operation(this.number, 'invoke', 'send', invoked, { pipelined });
      }
      if (key.compacted) {
        recorder.keyed.sending(key, values.flat(), this.options.idempotent);
      }
      this.sending = true;
      producer.send(key, values, (results) => this.sent(key, producer, results, pipelined, done));
    });
  }

  /** Fetches all of `keys` once, together. */
  poll(options: PollOptions, keys: readonly Key[], done: (answered: boolean) => void): void {
    this.hearOfTopics();
    const { recorder } = this.context;
    const process = this.number;
    recorder.operation(process, 'invoke', 'poll', [['poll']]);
    const records: Polled = {};
    const errors = new Set<string>();
    let left = keys.length;
    let answered = 0;
    for (const key of keys) {
      this.fetch(key, options, records, (error) => {
        left--;
        if (error === null) {
          answered++;
        } else {
          errors.add(error);
        }
        if (left === 0) {
          const error = errors.size === 0 ? undefined : [...errors].join(', ');
          const type = answered > 0 ? 'ok' : 'fail';
          recorder.operation(process, type, 'poll', [['poll', records]], { error });
          done(answered > 0);
        }
      });
    }
  }

  private fetch(
    key: Key,
    { maxWait, maxBytes }: PollOptions,
    into: Polled,
    done: (error: string | null) => void,
  ): void {
    const { topic, partition } = key;
    const position = this.positions.get(key);
    const { offset, lastEpoch: lastFetchedEpoch } = position ?? {
      offset: 0 as Offset,
      lastEpoch: NO_EPOCH,
    };
    const { rack } = this.options;
    const near = rack === null ? {} : { rack };
    const from = { topic, partition, offset, maxWait, maxBytes, lastFetchedEpoch, ...near };
    this.equipment.clients[0].fetch(from, (outcome) => {
      if (outcome.type !== 'ok') {
        this.forgetEpochs(key);
        this.afterReadError(key, outcome.error, done);
        return;
      }
      const { records, nextOffset, lastEpoch, diverging } = outcome.value;
      // The answer may be that of another topic under the same name.
      if (!key.open || position === undefined) {
        done('the topic was deleted');
        return;
      }
      if (diverging !== null) {
        position.lost++;
        this.counts.diverged++;
        if (key.compacted) {
          // A log that was compacted before it was replicated knows no epochs without a record any more.
          position.lastEpoch = NO_EPOCH;
        }
        if (this.mayLose) {
          position.offset = diverging.endOffset as Offset;
          position.lastEpoch = diverging.epoch as LeaderEpoch;
          position.isCut = true;
        }
        done('diverging');
        return;
      }
      position.lost = 0;
      position.offset = nextOffset;
      position.lastEpoch = lastEpoch === NO_EPOCH ? position.lastEpoch : lastEpoch;
      this.take(key, records, into);
      done(null);
    });
  }

  /** Beyond the log; or below its start, to which the position goes as `auto.offset.reset` has it. */
  private afterReadError(key: Key, error: ClientError, done: (error: string | null) => void): void {
    const position = this.positions.get(key);
    if (error.code !== ErrorCode.OFFSET_OUT_OF_RANGE || position === undefined) {
      done(error.name);
      return;
    }
    position.lost++;
    this.counts.outOfRange++;
    if (key.judged && !this.mayLose) {
      done(error.name);
      return;
    }
    const { topic, partition } = key;
    const at = { topic, partition, timestamp: EARLIEST_TIMESTAMP };
    this.equipment.clients[0].listOffsets(at, (listed) => {
      if (listed.type === 'ok') {
        position.isCut ||= listed.value.offset < position.offset;
        position.offset = listed.value.offset;
        position.lastEpoch = NO_EPOCH;
        position.lost = 0;
      }
      done(error.name);
    });
  }

  private take(key: Key, records: readonly FetchedRecord[], into: Polled): void {
    for (const record of records) {
      if (key.tombstones && record.value === null) {
        continue;
      }
      const value = valueIn(record.value);
      if (typeof value === 'string' || this.keys.belongs(key, value)) {
        into[key.name] ??= [];
        into[key.name]!.push([record.offset, value]);
      }
    }
  }

  private sent(
    key: Key,
    producer: Producer,
    results: readonly BatchResult[],
    pipelined: boolean,
    done: (type: Sent, offset: Offset | null) => void,
  ): void {
    this.sending = false;
    // An answer may be that of another topic under the same name: it promises nothing.
    const certain = key.open
      ? results
      : results.map((result) =>
          result.type === 'ok' ? { ...result, type: 'unknown' as const } : result,
        );
    const type = typeOf(certain);
    const judged = this.isJudged(key);
    if (type !== 'ok') {
      this.forgetEpochs(key);
    }
    if (certain.some((result) => result.type === 'ok') && this.options.acks === -1) {
      key.served = true;
    }
    if (key.compacted && this.options.acks === -1) {
      this.promised(key, certain);
    }
    if (judged) {
      const errors = new Set(certain.flatMap(({ error }) => (error === null ? [] : [error.name])));
      const error = errors.size === 0 || type === 'ok' ? undefined : [...errors].join(', ');
      const micros = certain.flatMap((result) => microsOf(key, result));
      this.context.recorder.operation(this.number, type, 'send', micros, { error, pipelined });
    }
    if (producer.isOver() && this.options.raisesEpoch) {
      this.raised = producer.nextIdentity();
    }
    if (type === 'info' && judged) {
      // The old connections stay now and then: what is on its way may yet arrive.
      this.succeed(this.raised === null && this.stream.chance(1, 2));
    } else if (producer.isOver() || type === 'info') {
      this.producer = null;
    }
    const last = certain.at(-1)!;
    const base = type === 'ok' ? last.baseOffset : null;
    done(type, base === null ? null : ((base + last.values.length - 1) as Offset));
  }

  /** What an acknowledgement says of a compacted topic. */
  private promised(key: Key, results: readonly BatchResult[]): void {
    for (const { type, baseOffset, values } of results) {
      if (type === 'ok' && baseOffset !== null) {
        this.context.recorder.keyed.acknowledged(key, baseOffset, values);
      }
    }
  }

  private isJudged(key: Key): boolean {
    return this.options.judged && key.judged;
  }

  private withProducer(use: (producer: Producer | null) => void): void {
    if (this.producer !== null) {
      use(this.producer);
      return;
    }
    const number = this.number;
    const make = (identity: FreshIdentity | null): void => {
      this.producer = new Producer(this.options, this.equipment, identity, {
        attempted: (attempt) => this.attempted(number, attempt),
        appendedTwice: (values, first, second) =>
          this.context.violated(
            'duplicate',
            `values ${values.join()} were acknowledged at offset ${first} and at offset ${second}`,
          ),
      });
      use(this.producer);
    };
    if (!this.options.idempotent) {
      make(null);
      return;
    }
    if (this.raised !== null) {
      this.counts.epochsRaised++;
      const { raised } = this;
      this.raised = null;
      make(raised);
      return;
    }
    this.equipment.clients[0].initProducerId((outcome) => {
      if (outcome.type === 'ok') {
        const { producerId, producerEpoch } = outcome.value;
        make({ producerId, producerEpoch });
      } else {
        use(null);
      }
    });
  }

  private attempted(process: number, attempt: Attempt): void {
    const { key, values, number, outcome } = attempt;
    if (!this.isJudged(key) || process !== this.number || !this.sending) {
      return;
    }
    if (outcome.type === 'ok') {
      if (number > 1) {
        const result = { values, type: 'ok', baseOffset: outcome.baseOffset, error: null } as const;
        this.context.recorder.attempt(process, 'ok', number, microsOf(key, result), null);
      }
      return;
    }
    const { type, error, leader } = outcome;
    const micros = microsOf(key, { values, type, baseOffset: null, error });
    const text = `${error.name} of ${leader === null ? 'no broker' : `broker ${leader}`}`;
    const rowType = type === 'fail' ? 'fail' : 'info';
    this.context.recorder.attempt(process, rowType, number, micros, text);
  }

  /** The last batch may be on its way still, and the next one has a newer epoch. */
  hasGivenUp(): boolean {
    return this.raised !== null;
  }

  /** Nothing of the process is left; with `anew` its connections are closed, too. */
  private succeed(anew: boolean): void {
    this.number = this.context.recorder.process();
    this.producer = null;
    this.positions = new Map();
    if (anew) {
      this.close();
      this.equipment = this.newEquipment();
    } else if (this.raised !== null) {
      // What follows overtakes what was given up.
      const [first, second] = this.equipment.clients;
      this.equipment = { ...this.equipment, clients: [second, first] };
    }
  }

  private newEquipment(): Equipment {
    const { environment, stream, options, counts } = this;
    const { bootstrap } = this.context.cluster;
    const open = (suffix: string): Client =>
      new Client(
        environment,
        {
          clientId: `${options.name}${suffix}`,
          bootstrap,
          requestTimeout: REQUEST_TIMEOUT,
          metadataTimeout: METADATA_TIMEOUT,
          maxFrameBytes: MAX_FRAME_BYTES,
        },
        stream.below(bootstrap.length),
      );
    const { timers, clock } = environment;
    return { timers, clock, stream, counts, clients: [open(''), open(' elsewhere')] };
  }

  /** Epochs begin anew with a topic that came back: what was known by its name is void. */
  private hearOfTopics(): void {
    const { recreated } = this.keys;
    while (this.recreated < recreated.length) {
      this.forget(recreated[this.recreated]!);
      this.recreated++;
    }
  }

  /** A broker that lags behind may have told of the leader of an earlier topic. */
  private forgetEpochs(key: Key): void {
    if (key.incarnation > 1) {
      this.forget(key.topic);
    }
  }

  private forget(topic: string): void {
    for (const client of this.equipment.clients) {
      client.forgetTopic(topic);
    }
  }
}

function typeOf(results: readonly BatchResult[]): Sent {
  if (results.every(({ type }) => type === 'ok')) {
    return 'ok';
  }
  return results.every(({ type }) => type === 'fail') ? 'fail' : 'info';
}

/** As rows say it: acknowledged with its offset, open without one, bare where it did not happen. */
function microsOf(key: Key, { values, type, baseOffset }: BatchResult): SendMicroOperation[] {
  return values.map((value, index) => {
    if (type === 'fail') {
      return ['send', key.name, value];
    }
    const isKnown = type === 'ok' && baseOffset !== null;
    return ['send', key.name, [isKnown ? baseOffset + index : null, value]];
  });
}
