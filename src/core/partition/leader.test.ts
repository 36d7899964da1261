import { describe, expect, test } from 'vitest';
import { batch, has, only, TestReplica } from './test-replica.js';

/** A leader of epoch 1 with both followers in the ISR and known to be at `end`. */
function leader(end = 0, minIsr = 2): TestReplica {
  const replica = new TestReplica({ end, highWatermark: end, minIsr, epochs: end ? [[0, 0]] : [] });
  replica.assign({});
  const epoch = end ? 0 : -1;
  replica.fetch(2, end, epoch);
  replica.fetch(3, end, epoch);
  return replica;
}

describe('a leader that takes a write', () => {
  test('answers acks=all when the whole ISR has it, not before (ACKALL)', () => {
    const replica = leader();
    expect(has(replica.produce(batch({ records: 2 })), 'produced')).toBe(false);
    expect(has(replica.fetch(2, 2, 1), 'produced')).toBe(false);
    const effects = replica.fetch(3, 2, 1);
    expect(only(effects, 'produced')).toMatchObject({ error: 0, baseOffset: 0 });
    expect(only(effects, 'highWatermarkAdvanced').highWatermark).toBe(2);
    expect(only(effects, 'fetchAnswer').highWatermark).toBe(2);
  });

  test('answers each append by its own offset, in their order', () => {
    const replica = leader();
    for (let i = 0; i < 3; i++) {
      replica.produce(batch({}));
    }
    const answered = (end: number) => {
      replica.fetch(2, end, 1);
      const effects = replica.fetch(3, end, 1);
      return effects.flatMap((effect) => (effect.type === 'produced' ? [effect.token] : []));
    };
    expect(answered(1)).toEqual([100]);
    expect(answered(3)).toEqual([101, 102]);
  });

  test('answers acks 1 when it is in the page cache (ACK1)', () => {
    const replica = leader();
    const ordered = replica.produce(batch({}), 1, false);
    expect(has(ordered, 'produced')).toBe(false);
    expect(only(ordered, 'append')).toMatchObject({ baseOffset: 0, leaderEpoch: 1 });
    const written = replica.give({ type: 'appended', endOffset: 1 });
    expect(only(written, 'produced')).toMatchObject({ error: 0, baseOffset: 0 });
    expect(replica.state.highWatermark).toBe(0);
  });

  test('gives pipelined batches their offsets before the first is in the page cache', () => {
    const replica = leader();
    const base = (effects: ReturnType<TestReplica['produce']>) =>
      only(effects, 'append').baseOffset;
    const first = batch({ producer: 5, records: 3, sequence: 0 });
    expect(base(replica.produce(first, -1, false))).toBe(0);
    expect(base(replica.produce(batch({ producer: 5, sequence: 3 }), -1, false))).toBe(3);
    expect(replica.state.logEndOffset).toBe(0);
  });

  test('gives a batch its own time, where the log does, and says so, also of a duplicate', () => {
    const replica = new TestReplica();
    replica.assign({ replicas: [1], isr: [1] });
    const send = (token: number, logAppendTime: number) => {
      const facts = batch({ producer: 5, sequence: 0, timestamp: 3 });
      const effects = replica.give({
        type: 'produce',
        token,
        acks: 1,
        batch: facts,
        logAppendTime,
      });
      return [...effects, ...replica.give({ type: 'appended', endOffset: 1 })];
    };
    const first = send(1, 50);
    expect(only(first, 'append').batches).toMatchObject([{ maxTimestamp: 50 }]);
    expect(only(first, 'produced')).toMatchObject({ error: 0, logAppendTime: 50 });
    // The time of the batch that is there, not of the attempt.
    const again = send(2, 60);
    expect(has(again, 'append')).toBe(false);
    expect(only(again, 'produced')).toMatchObject({ baseOffset: 0, logAppendTime: 50 });
    expect(only(send(3, -1), 'produced')).toMatchObject({ baseOffset: 0, logAppendTime: -1 });
    const kept = replica.produce(batch({ timestamp: 7 }), 1);
    expect(only(kept, 'append').batches).toMatchObject([{ maxTimestamp: 7 }]);
    expect(only(kept, 'produced').logAppendTime).toBe(-1);
  });

  test('alone in its replica set commits alone, whatever min.insync.replicas asks', () => {
    const replica = new TestReplica({ minIsr: 2 });
    replica.assign({ replicas: [1], isr: [1] });
    expect(only(replica.produce(batch({})), 'produced').error).toBe(0);
  });

  test('refuses acks=all below min.insync.replicas and takes acks 1 (MINISR-PRE)', () => {
    const replica = new TestReplica();
    replica.assign({ isr: [1] });
    const refused = replica.produce(batch({}));
    expect(only(refused, 'produced')).toMatchObject({ error: 19, baseOffset: -1 });
    expect(has(refused, 'append')).toBe(false);
    expect(only(replica.produce(batch({}), 1), 'produced').error).toBe(0);
    // MINISR-HW: and what was taken is not committed.
    expect(replica.state.highWatermark).toBe(0);
  });

  test('tells an acks=all that came through with too few in sync, and nobody else (MINISR-POST)', () => {
    // By the true rule nothing is committed then. The answer does not rely on that.
    const replica = new TestReplica(
      {},
      { advanceHighWatermark: ({ logEndOffset }) => logEndOffset },
    );
    replica.assign({ isr: [1, 2] });
    replica.produce(batch({}), -1, false);
    replica.produce(batch({}), 1, false);
    replica.assign({ isr: [1], version: 2 });
    const written = replica.give({ type: 'appended', endOffset: 2 });
    expect(written.filter(({ type }) => type === 'produced')).toMatchObject([
      { token: 100, error: 20, baseOffset: -1 },
      { token: 101, error: 0, baseOffset: 1 },
    ]);
  });

  test('tells a waiting producer when it must step down, and one whose time is over', () => {
    const replica = leader();
    replica.produce(batch({}));
    replica.produce(batch({}));
    const expired = replica.give({ type: 'produceExpired', token: 101 });
    expect(only(expired, 'produced')).toMatchObject({ token: 101, error: 7 });
    expect(replica.give({ type: 'produceExpired', token: 101 })).toEqual([]);
    const resigned = replica.assign({ leader: 2, epoch: 2, version: 2 });
    expect(only(resigned, 'produced')).toMatchObject({ token: 100, error: 6 });
    expect(only(resigned, 'roleChanged')).toMatchObject({ role: 'follower', leader: 2 });
    expect(only(replica.produce(batch({})), 'produced').error).toBe(6);
  });
});

describe('a leader that is elected again', () => {
  test('goes on with who waits, and forgets what it knew of followers', () => {
    const replica = leader();
    replica.produce(batch({}));
    replica.fetch(2, 1, 1);
    const again = replica.assign({ epoch: 2, version: 2 });
    expect(has(again, 'produced')).toBe(false);
    expect(has(replica.fetch(3, 1, 1), 'produced')).toBe(false);
    expect(only(replica.fetch(2, 1, 1), 'produced')).toMatchObject({ token: 100, error: 0 });
  });
});

describe('idempotent writes (KIP-98)', () => {
  const first = batch({ producer: 5, records: 2, sequence: 0 });

  test('appends a repeated batch once and answers its old offset, in its time (DEDUP-5)', () => {
    const replica = leader();
    replica.produce(batch({}));
    replica.produce(first);
    const again = replica.produce(first);
    expect(has(again, 'append')).toBe(false);
    expect(has(again, 'produced')).toBe(false);
    replica.fetch(2, 3, 1);
    const answers = replica.fetch(3, 3, 1).filter(({ type }) => type === 'produced');
    expect(answers).toMatchObject([{ baseOffset: 0 }, { baseOffset: 1 }, { baseOffset: 1 }]);
    expect(only(replica.produce(first), 'produced')).toMatchObject({ error: 0, baseOffset: 1 });
  });

  test.each([
    ['the next sequence', { sequence: 2 }, 0],
    ['a gap', { sequence: 3 }, 45],
    ['an overlap', { sequence: 1 }, 45],
    ['an older epoch', { producerEpoch: 3, sequence: 2 }, 47],
    ['a newer epoch from 0', { producerEpoch: 5, sequence: 0 }, 0],
    ['a newer epoch from elsewhere', { producerEpoch: 5, sequence: 2 }, 45],
    ['a sequence that does not exist', { sequence: -1 }, 87],
  ])('judges %s', (_name, facts, error) => {
    const replica = leader();
    replica.produce(batch({ producer: 5, producerEpoch: 4, records: 2, sequence: 0 }), 1);
    const effects = replica.produce(batch({ producer: 5, producerEpoch: 4, ...facts }), 1);
    expect(only(effects, 'produced').error).toBe(error);
  });

  test('tells an older duplicate apart once five batches have followed (46), not before', () => {
    const replica = leader();
    for (let sequence = 10; sequence < 16; sequence++) {
      replica.produce(batch({ producer: 5, sequence }), 1);
    }
    expect(only(replica.produce(batch({ producer: 5, sequence: 10 }), 1), 'produced').error).toBe(
      46,
    );
    const young = leader();
    young.produce(batch({ producer: 5, sequence: 10 }), 1);
    expect(only(young.produce(batch({ producer: 5, sequence: 9 }), 1), 'produced').error).toBe(45);
  });

  test('goes from sequence 2^31-1 to 0, also within a batch (KAFKA-7693)', () => {
    const replica = leader();
    const last = 2 ** 31 - 1;
    replica.produce(batch({ producer: 5, sequence: last - 1, records: 4 }), 1);
    const next = batch({ producer: 5, sequence: 2 });
    expect(only(replica.produce(next, 1), 'produced').error).toBe(0);
  });

  test('takes any sequence of a producer that it does not know (SEQ-EMPTY, KIP-360)', () => {
    const replica = leader();
    const unknown = batch({ producer: 9, producerEpoch: 3, sequence: 500 });
    expect(only(replica.produce(unknown, 1), 'produced').error).toBe(0);
  });

  test('keeps what it learned as a follower when it becomes leader (STATE-FROM-LOG)', () => {
    const replica = new TestReplica();
    replica.assign({ leader: 2, epoch: 1 });
    replica.fetched({ batches: [batch({ at: 0, epoch: 1, producer: 5, records: 2 })] });
    replica.assign({ leader: 1, epoch: 2, version: 2, isr: [1] });
    expect(only(replica.produce(first, 1), 'produced')).toMatchObject({ error: 0, baseOffset: 0 });
    expect(replica.state.nextOffset).toBe(2);
  });
});

describe('a new leader', () => {
  test('writes its epoch down before its first append (EPOCH-CACHE)', () => {
    const replica = new TestReplica({ end: 7, highWatermark: 4, epochs: [[0, 0]] });
    const effects = replica.assign({ epoch: 3, isr: [1, 2] });
    expect(only(effects, 'epochsChanged').epochs).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 3, startOffset: 7 },
    ]);
    expect(replica.state.highWatermark).toBe(4);
    expect(replica.state.leaderState?.epochStartOffset).toBe(7);
  });

  test('drops entries of a checkpoint that is newer than the log, and has that stored', () => {
    const replica = new TestReplica({
      end: 2,
      epochs: [
        [1, 0],
        [2, 2],
        [3, 9],
      ],
    });
    const effects = replica.assign({ leader: 2, epoch: 4 });
    expect(only(effects, 'epochsChanged').epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
  });

  test('ignores what an older partition epoch says, but not what is said of brokers (ISR-CAS)', () => {
    const replica = leader();
    replica.assign({ version: 5, isr: [1, 2] });
    replica.assign({ version: 4, isr: [1, 2, 3], fenced: [3] });
    expect(replica.state.isr).toEqual([1, 2]);
    expect(replica.state.brokers.get(3 as never)?.fenced).toBe(true);
  });

  test('shows consumers no more than is committed, and lets them wait beyond (HW-READ)', () => {
    const replica = leader();
    replica.produce(batch({ records: 3 }), 1);
    replica.fetch(2, 2, 1);
    replica.fetch(3, 2, 1);
    expect(only(replica.consume(0), 'fetchAnswer')).toMatchObject({ from: 0, upTo: 2, error: 0 });
    expect(only(replica.consume(3), 'fetchAnswer')).toMatchObject({ from: 3, upTo: 3, error: 0 });
    expect(only(replica.consume(4), 'fetchAnswer').error).toBe(1);
  });
});

describe('deleted records', () => {
  test('move the log start and the first epoch with it; older fetches are out of range', () => {
    const replica = leader(9);
    const effects = replica.give({ type: 'logStartMoved', offset: 4 });
    expect(only(effects, 'epochsChanged').epochs).toEqual([
      { epoch: 0, startOffset: 4 },
      { epoch: 1, startOffset: 9 },
    ]);
    expect(only(replica.fetch(2, 3, 0), 'fetchAnswer')).toMatchObject({
      error: 1,
      logStartOffset: 4,
    });
    expect(() => replica.give({ type: 'logStartMoved', offset: 10 })).toThrow('committed');
  });
});
