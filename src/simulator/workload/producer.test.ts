import { describe, expect, test } from 'vitest';
import type { BatchToProduce, Client } from '../../client/client.js';
import type { ProduceOutcome } from '../../client/outcomes.js';
import type { BrokerId, Offset, ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { Clock } from '../../environment/environment.js';
import { RandomStream } from '../../environment/simulated/random.js';
import { newCounts } from './counts.js';
import { type Key, KeyTable } from './keys.js';
import { type BatchResult, Producer, type ProducerOptions } from './producer.js';

const IDENTITY = { producerId: 7n as ProducerId, producerEpoch: 0 as ProducerEpoch };
const OPTIONS: ProducerOptions = {
  acks: -1,
  idempotent: true,
  repeatsElsewhere: false,
  nearWrap: false,
  raisesEpoch: false,
  staggers: false,
};

interface Sent {
  readonly elsewhere: boolean;
  readonly batch: BatchToProduce;
  readonly answer: (outcome: ProduceOutcome) => void;
}

/** A producer whose clients and timers are the test's. */
class Bench {
  readonly key: Key;
  readonly sent: Sent[] = [];
  readonly counts = newCounts();
  readonly twice: (readonly [Offset, Offset])[] = [];
  readonly producer: Producer;
  private timers: (() => void)[] = [];

  constructor(options: Partial<ProducerOptions> = {}, epoch = 0) {
    const table = new KeyTable();
    table.addTopic('t', 1, true);
    this.key = table.openKeys()[0]!;
    const client = (elsewhere: boolean): Client =>
      ({
        produce: (batch: BatchToProduce, answer: Sent['answer']) => {
          this.sent.push({ elsewhere, batch, answer });
        },
      }) as Client;
    const all = { ...OPTIONS, ...options };
    this.producer = new Producer(
      all,
      {
        timers: { arm: (_after, fire) => this.timers.push(fire), cancel: () => {} },
        clock: { wall: () => 5, monotonic: () => 0 } as unknown as Clock,
        stream: new RandomStream(1, 'test'),
        counts: this.counts,
        clients: [client(false), client(true)],
      },
      all.idempotent ? { ...IDENTITY, producerEpoch: epoch as ProducerEpoch } : null,
      {
        attempted: () => {},
        appendedTwice: (_values, first, second) => this.twice.push([first, second]),
      },
    );
  }

  send(batches: readonly (readonly number[])[]): { results: readonly BatchResult[] } {
    const box: { results: readonly BatchResult[] } = { results: [] };
    this.producer.send(this.key, batches, (results) => {
      box.results = results;
    });
    return box;
  }

  /** Lets all timers fire that are armed now. */
  pass(): void {
    for (const fire of this.timers.splice(0)) {
      fire();
    }
  }

  sequences(): (number | undefined)[] {
    return this.sent.map(({ batch }) => batch.producer?.baseSequence);
  }
}

const leader = 1 as BrokerId;
const ok = (offset: number): ProduceOutcome => ({
  type: 'ok',
  baseOffset: offset as Offset,
  leader,
});
const failure = (type: 'fail' | 'unknown', name: string, code = 0): ProduceOutcome =>
  ({ type, error: { name, code, message: '' }, leader }) as ProduceOutcome;
const refused = failure('fail', 'NOT_ENOUGH_REPLICAS', 19);
const lost = failure('unknown', 'disconnected');

describe('a producer', () => {
  test('has one batch in flight until one was acknowledged, then a pipeline in sequence', () => {
    const bench = new Bench();
    expect(bench.producer.mayPipeline(bench.key)).toBe(false);
    const first = bench.send([[1, 2]]);
    bench.sent[0]!.answer(ok(40));
    expect(first.results).toMatchObject([{ type: 'ok', baseOffset: 40 }]);
    expect(bench.producer.mayPipeline(bench.key)).toBe(true);
    bench.send([[3], [4, 5], [6]]);
    expect(bench.sequences()).toEqual([0, 2, 3, 5]);
  });

  test('sends the very same batch again while its outcome is open, and says what that leaves', () => {
    const bench = new Bench();
    const box = bench.send([[1]]);
    bench.sent[0]!.answer(lost);
    bench.pass();
    expect(bench.sent[1]!.batch).toBe(bench.sent[0]!.batch);
    bench.sent[1]!.answer(refused);
    for (let round = 3; round <= 5; round++) {
      bench.pass();
      bench.sent.at(-1)!.answer(refused);
    }
    expect([bench.sent.length, box.results[0]?.type]).toEqual([5, 'unknown']);
    expect(bench.producer.isOver()).toBe(true);
  });

  test('uses a sequence again that certainly was not taken', () => {
    const bench = new Bench();
    const box = bench.send([[1]]);
    for (let round = 1; round <= 5; round++) {
      bench.sent.at(-1)!.answer(refused);
      bench.pass();
    }
    expect([box.results[0]?.type, bench.producer.isOver()]).toEqual(['fail', false]);
    bench.send([[2]]);
    expect(bench.sequences()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('sends copies elsewhere, in order, and tells when both are in the log', () => {
    const bench = new Bench({ repeatsElsewhere: true });
    bench.send([[1]]);
    bench.sent[0]!.answer(ok(0));
    const box = bench.send([[2], [3]]);
    bench.pass();
    expect(bench.sent.map(({ elsewhere }) => elsewhere)).toEqual([false, false, false, true, true]);
    expect(bench.sent[3]!.batch).toBe(bench.sent[1]!.batch);
    bench.sent[3]!.answer(ok(1));
    bench.sent[4]!.answer(ok(2));
    expect(box.results.map(({ baseOffset }) => baseOffset)).toEqual([1, 2]);
    bench.sent[1]!.answer(ok(1));
    expect([bench.counts.duplicatesAcknowledged, bench.twice]).toEqual([1, []]);
    bench.sent[2]!.answer(ok(9));
    expect(bench.twice).toEqual([[2, 9]]);
  });

  test('never sends a second copy without an identity', () => {
    const bench = new Bench({ idempotent: false, repeatsElsewhere: true });
    const box = bench.send([[1], [2]]);
    bench.pass();
    bench.sent[0]!.answer(lost);
    bench.sent[1]!.answer(refused);
    bench.pass();
    expect([bench.sent.length, box.results.map(({ type }) => type)]).toEqual([
      2,
      ['unknown', 'fail'],
    ]);
  });

  test('begins anew at 0 behind 2^31 - 1', () => {
    const bench = new Bench({ nearWrap: true });
    for (let turn = 0; turn < 30; turn++) {
      bench.send([[turn + 1]]);
      bench.sent.at(-1)!.answer(ok(turn));
    }
    const sequences = bench.sequences();
    const wrap = sequences.indexOf(0);
    expect(sequences[wrap - 1]).toBe(2 ** 31 - 1);
    expect([sequences[wrap + 1], bench.counts.wrapped]).toEqual([1, 1]);
  });

  test('that raises its epoch gives a batch up now and then, and takes no notice of its answer', () => {
    const bench = new Bench({ raisesEpoch: true, nearWrap: true });
    let box = bench.send([[1]]);
    for (let turn = 2; box.results.length === 0; turn++) {
      bench.pass();
      if (box.results.length === 0) {
        bench.sent.at(-1)!.answer(ok(turn));
        box = bench.send([[turn]]);
      }
    }
    expect([box.results[0]?.type, bench.counts.givenUp]).toEqual(['unknown', 1]);
    expect([bench.producer.isOver(), bench.producer.nextIdentity()]).toEqual([
      true,
      { ...IDENTITY, producerEpoch: 1 },
    ]);
    bench.sent.at(-1)!.answer(ok(99));
    expect([box.results[0]?.type, bench.twice]).toEqual(['unknown', []]);
    const sent = bench.sent.length;
    bench.pass();
    expect(bench.sent.length).toBe(sent);
  });

  test('begins at 0 in an epoch that it took itself, and takes none behind the last', () => {
    const next = new Bench({ nearWrap: true }, 1);
    next.send([[1]]);
    expect(next.sequences()).toEqual([0]);
    expect(new Bench({}, 0x7fff).producer.nextIdentity()).toBeNull();
    expect(new Bench({ idempotent: false }).producer.nextIdentity()).toBeNull();
  });

  test('that staggers sends some pipelines batch by batch, and each batch once a round', () => {
    const bench = new Bench({ staggers: true });
    bench.send([[1]]);
    bench.sent[0]!.answer(ok(0));
    let [together, apart] = [0, 0];
    for (let turn = 1; turn <= 20; turn++) {
      const before = bench.sent.length;
      const box = bench.send([[turn], [turn + 100]]);
      const atOnce = bench.sent.length - before;
      bench.sent[before]!.answer(refused);
      bench.pass();
      bench.sent[before + 1]!.answer(refused);
      expect(bench.sent.length).toBe(before + 2);
      together += atOnce === 2 ? 1 : 0;
      apart += atOnce === 1 ? 1 : 0;
      while (box.results.length === 0) {
        bench.pass();
        for (const { answer } of bench.sent.slice(before + 2)) {
          answer(ok(turn));
        }
      }
      expect(bench.sequences().slice(-2)).toEqual([turn * 2 - 1, turn * 2]);
    }
    expect([together > 0, apart > 0, together + apart]).toEqual([true, true, 20]);
  });

  test('that staggers keeps what waits when the topic goes', () => {
    const bench = new Bench({ staggers: true });
    bench.send([[1]]);
    bench.sent[0]!.answer(ok(0));
    let box = bench.send([[2], [3]]);
    while (bench.sent.length % 2 === 1) {
      for (const { answer } of bench.sent.slice(-2)) {
        answer(ok(1));
      }
      box = bench.send([[2], [3]]);
    }
    const sent = bench.sent.length;
    bench.key.open = false;
    bench.sent.at(-1)!.answer(refused);
    bench.pass();
    bench.pass();
    for (const { answer } of bench.sent.slice(sent)) {
      answer(refused);
    }
    expect(box.results.map(({ type }) => type)).toEqual(['fail', 'fail']);
  });

  test('takes the offset of a copy that comes when its topic is deleted for that of another topic', () => {
    const bench = new Bench({ repeatsElsewhere: true });
    bench.send([[1]]);
    bench.pass();
    bench.sent[0]!.answer(ok(90));
    bench.key.open = false;
    bench.sent[1]!.answer(ok(0));
    expect([bench.sent[1]!.elsewhere, bench.twice]).toEqual([true, []]);
  });

  test('goes on with its sequences in a topic that was created again, and waits for its first answer', () => {
    const bench = new Bench();
    bench.send([[1, 2]]);
    bench.sent[0]!.answer(ok(0));
    const again: Key = { ...bench.key, name: 't#2-0', incarnation: 2 };
    expect([bench.producer.mayPipeline(bench.key), bench.producer.mayPipeline(again)]).toEqual([
      true,
      false,
    ]);
    bench.producer.send(again, [[3]], () => {});
    expect(bench.sequences()).toEqual([0, 2]);
  });

  test('gives up on a topic that is being deleted', () => {
    const bench = new Bench();
    const box = bench.send([[1]]);
    bench.key.open = false;
    bench.sent[0]!.answer(lost);
    expect(box.results).toMatchObject([{ type: 'unknown' }]);
  });
});
