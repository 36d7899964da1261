/** Clients of a simulated cluster: they send, poll and write down what they were told. */

import { Client } from '../client/client.js';
import type {
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../core/types/ids.js';
import type { SimulatedNode } from '../environment/simulated/environment.js';
import type { World } from '../environment/simulated/world.js';
import type { Recorder } from './recorder.js';

export const TOPIC = 'simulated';

interface Session {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly sequences: Map<number, number>;
}

const ATTEMPTS = 4;
const PAUSE_MILLISECONDS = 4;

export class SimulatedClient {
  /** First offset that this client has not read, by partition. */
  readonly positions: Map<number, Offset> = new Map();
  private readonly recorder: Recorder;
  private readonly world: World;
  private readonly node: SimulatedNode;
  private readonly bootstrap: readonly { host: string; port: number }[];
  private readonly partitions: number;
  private readonly values: () => number;
  private client: Client | null = null;
  private session: Session | null = null;
  private process: number;
  private stopped = false;
  private final = false;

  constructor(
    world: World,
    node: SimulatedNode,
    recorder: Recorder,
    bootstrap: readonly { host: string; port: number }[],
    partitions: number,
    values: () => number,
  ) {
    this.world = world;
    this.node = node;
    this.recorder = recorder;
    this.bootstrap = bootstrap;
    this.partitions = partitions;
    this.values = values;
    this.process = recorder.process();
  }

  start(): void {
    this.node.boot((environment) => {
      this.client = new Client(environment, {
        clientId: this.node.name,
        bootstrap: this.bootstrap,
        requestTimeout: 800,
        metadataTimeout: 300,
        maxFrameBytes: 1 << 24,
      });
      this.assign(false);
      this.next();
    });
  }

  /** Sends no more; reads everything from the beginning on. */
  beginFinal(): void {
    this.final = true;
  }

  stop(): void {
    this.stopped = true;
  }

  private assign(fromStart: boolean): void {
    const keys = Array.from({ length: this.partitions }, (_, index) => String(index));
    this.recorder.assign(this.process, keys, fromStart);
    if (fromStart) {
      this.positions.clear();
    }
  }

  private next(): void {
    if (this.stopped) {
      return;
    }
    const stream = this.world.stream(`client ${this.node.name}`);
    const pause = (PAUSE_MILLISECONDS + stream.below(PAUSE_MILLISECONDS)) * 1000;
    this.world.schedule(pause, `client ${this.node.name}`, () => {
      if (this.stopped) {
        return;
      }
      const partition = stream.below(this.partitions);
      if (this.final || stream.chance(1, 3)) {
        this.poll(partition);
      } else {
        this.send(partition);
      }
    });
  }

  private send(partition: number): void {
    const { client } = this;
    if (client === null) {
      return;
    }
    if (this.session === null) {
      client.initProducerId((outcome) => {
        if (outcome.type === 'ok') {
          this.session = { ...outcome.value, sequences: new Map() };
        }
        this.next();
      });
      return;
    }
    const value = this.values();
    const key = String(partition);
    this.recorder.operation(this.process, 'invoke', 'send', [['send', key, [null, value]]]);
    this.attempt(client, this.session, partition, value, 1);
  }

  private attempt(
    client: Client,
    session: Session,
    partition: number,
    value: number,
    attempt: number,
    sawUnknown = false,
  ): void {
    const baseSequence = session.sequences.get(partition) ?? 0;
    const { producerId, producerEpoch } = session;
    client.produce(
      {
        topic: TOPIC,
        partition: partition as PartitionIndex,
        records: [
          {
            key: null,
            value: new TextEncoder().encode(String(value)),
            timestamp: 0 as Timestamp,
          },
        ],
        acks: -1,
        timeout: 600,
        producer: { producerId, producerEpoch, baseSequence },
        compression: 0,
      },
      (outcome) => {
        const key = String(partition);
        if (outcome.type === 'ok') {
          session.sequences.set(partition, baseSequence + 1);
          const micro = ['send', key, [outcome.baseOffset, value]] as const;
          this.recorder.operation(this.process, 'ok', 'send', [micro]);
          this.next();
          return;
        }
        const unknown = sawUnknown || outcome.type === 'unknown';
        if (attempt < ATTEMPTS) {
          this.world.schedule(20_000, `retry ${this.node.name}`, () => {
            this.attempt(client, session, partition, value, attempt + 1, unknown);
          });
          return;
        }
        // The sequence may or may not be taken: this session cannot go on.
        this.session = null;
        const { name } = outcome.error;
        if (!unknown) {
          this.recorder.operation(this.process, 'fail', 'send', [['send', key, value]], {
            error: name,
          });
        } else {
          const micro = ['send', key, [null, value]] as const;
          this.recorder.operation(this.process, 'info', 'send', [micro], { error: name });
          this.process = this.recorder.process();
          this.assign(true);
        }
        this.next();
      },
    );
  }

  private poll(partition: number): void {
    const offset = this.positions.get(partition) ?? (0 as Offset);
    this.recorder.operation(this.process, 'invoke', 'poll', [['poll']]);
    const from = {
      topic: TOPIC,
      partition: partition as PartitionIndex,
      offset,
      maxWait: 50,
      maxBytes: 1 << 16,
    };
    this.client?.fetch(from, (outcome) => {
      if (outcome.type !== 'ok') {
        this.recorder.operation(this.process, 'fail', 'poll', [['poll']], {
          error: outcome.error.name,
        });
        this.next();
        return;
      }
      const { records, nextOffset } = outcome.value;
      this.positions.set(partition, nextOffset);
      const polled = records.map((record) => {
        const text = new TextDecoder().decode(record.value ?? new Uint8Array(0));
        return [record.offset, Number(text)] as const;
      });
      const value = polled.length === 0 ? {} : { [String(partition)]: polled };
      this.recorder.operation(this.process, 'ok', 'poll', [['poll', value]]);
      this.next();
    });
  }
}
