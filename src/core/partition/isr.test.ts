import { describe, expect, test } from 'vitest';
import { batch, has, only, TestReplica } from './test-replica.js';
import type { PartitionEffect } from './types.js';

const proposed = (effects: readonly PartitionEffect[]) =>
  only(effects, 'alterPartition').newIsr.map(({ brokerId }) => brokerId);

/** A leader of epoch 2 over ten records of epoch 1 of which four are known to be committed. */
function leader(isr: readonly number[] = [1, 2], minIsr = 1): TestReplica {
  const replica = new TestReplica({ end: 10, highWatermark: 4, minIsr, epochs: [[1, 0]] });
  replica.assign({ epoch: 2, isr });
  return replica;
}

function answer(
  replica: TestReplica,
  error: number,
  assigned: Parameters<TestReplica['assignment']>[0] | null,
  requested = 1,
): PartitionEffect[] {
  return replica.give({
    type: 'alterPartitionAnswered',
    error,
    requestedPartitionEpoch: requested,
    assignment: assigned === null ? null : replica.assignment({ epoch: 2, ...assigned }),
  });
}

describe('joining the ISR', () => {
  test('needs the start of the leader epoch, not only the high watermark (KAFKA-7128)', () => {
    const replica = leader();
    expect(has(replica.fetch(3, 9, 1), 'alterPartition')).toBe(false);
    expect(proposed(replica.fetch(3, 10, 1))).toEqual([1, 2, 3]);
  });

  test('names a member that has not fetched yet without its incarnation (KIP-903)', () => {
    const { newIsr } = only(leader().fetch(3, 10, 1), 'alterPartition');
    expect(newIsr.map(({ brokerEpoch }) => brokerEpoch)).toEqual([11, -1, 13]);
  });

  test('names the incarnation that has fetched, not the newest (KIP-903)', () => {
    const replica = leader();
    replica.fetch(2, 10, 1);
    const proposal = only(replica.fetch(3, 10, 1), 'alterPartition');
    expect(proposal).toMatchObject({ leaderEpoch: 2, partitionEpoch: 1 });
    expect(proposal.newIsr).toEqual([
      { brokerId: 1, brokerEpoch: 11 },
      { brokerId: 2, brokerEpoch: 12 },
      { brokerId: 3, brokerEpoch: 13 },
    ]);
    // The new incarnation fetches before the request is repeated: it has lost its log.
    replica.fetch(3, 0, -1, 44);
    answer(replica, 41, null);
    const again = replica.give({ type: 'timerFired', name: 'alterPartitionRetry', key: 0 });
    expect(only(again, 'alterPartition').newIsr.at(-1)).toEqual({ brokerId: 3, brokerEpoch: 13 });
  });

  test('is not for a replica whose broker nobody knows', () => {
    const replica = leader();
    replica.state.brokers.delete(3 as never);
    expect(has(replica.fetch(3, 10, 1), 'alterPartition')).toBe(false);
  });

  test.each([
    ['fenced', { fenced: [3] }],
    ['shutting down (KIP-841)', { stopping: [3] }],
    ['of another incarnation than is registered', { brokerEpochs: { 3: 12 } }],
  ])('is not for a replica that is %s', (_name, brokers) => {
    const replica = leader();
    replica.assign({ epoch: 2, isr: [1, 2], ...brokers });
    expect(has(replica.fetch(3, 10, 1), 'alterPartition')).toBe(false);
  });

  test('does not wait for another fetch of a replica that was caught up while it was fenced', () => {
    const replica = leader();
    replica.assign({ epoch: 2, isr: [1, 2], fenced: [3] });
    replica.fetch(3, 10, 1);
    expect(proposed(replica.assign({ epoch: 2, isr: [1, 2] }))).toEqual([1, 2, 3]);
  });

  test('does not wait for another fetch where a change in flight stood in the way', () => {
    const replica = leader([1]);
    expect(proposed(replica.fetch(2, 10, 1))).toEqual([1, 2]);
    expect(has(replica.fetch(3, 10, 1), 'alterPartition')).toBe(false);
    expect(proposed(answer(replica, 0, { version: 2, isr: [1, 2] }))).toEqual([1, 2, 3]);
  });

  test('without a fetch is not for a replica that has become slow since, or was begun anew', () => {
    const slow = leader();
    slow.assign({ epoch: 2, isr: [1, 2], fenced: [3] });
    slow.fetch(3, 10, 1);
    slow.give({ type: 'timerFired', name: 'replicaLag', key: 3 });
    expect(has(slow.assign({ epoch: 2, isr: [1, 2] }), 'alterPartition')).toBe(false);
    const anew = leader();
    anew.assign({ epoch: 2, isr: [1, 2], fenced: [3] });
    anew.fetch(3, 10, 1);
    const back = anew.assign({ epoch: 2, isr: [1, 2], brokerEpochs: { 3: 50 } });
    expect(has(back, 'alterPartition')).toBe(false);
  });

  test('is refused to the fetch of a former incarnation altogether (KIP-903)', () => {
    const replica = leader();
    replica.assign({ epoch: 2, isr: [1, 2], brokerEpochs: { 3: 50 } });
    expect(only(replica.fetch(3, 10, 1, 13), 'fetchAnswer').error).toBe(6);
    expect(replica.state.leaderState?.followers.get(3 as never)?.logEndOffset).toBe(-1);
  });

  test('waits until a leader that was elected uncleanly has reported RECOVERED (KIP-704)', () => {
    const replica = new TestReplica({ end: 10, minIsr: 1, epochs: [[1, 0]] });
    const begun = replica.assign({ epoch: 2, isr: [1], recovering: true });
    expect(only(begun, 'alterPartition').leaderRecoveryState).toBe('recovered');
    expect(proposed(begun)).toEqual([1]);
    expect(has(replica.fetch(2, 10, 1), 'alterPartition')).toBe(false);
    // Then it need not fetch once more: it was caught up before.
    expect(proposed(answer(replica, 0, { version: 2, isr: [1] }))).toEqual([1, 2]);
  });

  test('waits also when that report was refused; it is made again when the timer says so', () => {
    const replica = new TestReplica({ end: 10, minIsr: 1, epochs: [[1, 0]] });
    replica.assign({ epoch: 2, isr: [1], recovering: true });
    answer(replica, 107, null);
    expect(has(replica.fetch(2, 10, 1), 'alterPartition')).toBe(false);
    const again = replica.give({ type: 'timerFired', name: 'alterPartitionRetry', key: 0 });
    expect(proposed(again)).toEqual([1]);
  });
});

describe('an ISR change in flight (KIP-497)', () => {
  test('counts who is to join for the high watermark, not for min.insync.replicas', () => {
    const replica = leader([1, 2], 3);
    replica.fetch(2, 10, 1);
    replica.fetch(3, 10, 1);
    expect(replica.state.highWatermark).toBe(4);
    expect(only(replica.produce(batch({})), 'produced').error).toBe(19);
    const done = answer(replica, 0, { version: 2, isr: [1, 2, 3] });
    expect(only(done, 'highWatermarkAdvanced').highWatermark).toBe(10);
  });

  test('is the only one', () => {
    const replica = leader([1]);
    replica.fetch(2, 10, 1);
    expect(has(replica.fetch(3, 10, 1), 'alterPartition')).toBe(false);
  });

  test.each([
    ['forgotten after INELIGIBLE_REPLICA', 107, null],
    ['kept after INVALID_UPDATE_VERSION: an earlier try may count (KAFKA-14144)', 95, [1, 2, 3]],
    ['kept and repeated after a timeout', 7, [1, 2, 3]],
  ])('is %s', (_name, error, isr) => {
    const replica = leader();
    replica.fetch(3, 10, 1);
    const effects = answer(replica, error, null);
    expect(replica.state.leaderState?.inflight?.isr ?? null).toEqual(isr);
    expect(has(effects, 'armTimer')).toBe(error !== 95);
    // A newer version of the metadata settles it in any case.
    replica.assign({ epoch: 2, version: 2, isr: [1, 2, 3] });
    expect(replica.state.leaderState?.inflight).toBeNull();
  });

  test('that is asked for anew after a refusal is not asked for once more by the timer', () => {
    const replica = leader();
    replica.fetch(3, 10, 1);
    expect(has(answer(replica, 107, null), 'armTimer')).toBe(true);
    const anew = replica.fetch(3, 10, 1);
    expect(proposed(anew)).toEqual([1, 2, 3]);
    // Two would be under way: the refusal of one would be taken for that of the other, which may be accepted.
    expect(only(anew, 'cancelTimer').name).toBe('alterPartitionRetry');
  });

  test('answered late does not bring an older ISR back (KAFKA-12686)', () => {
    const replica = leader();
    replica.fetch(3, 10, 1);
    replica.assign({ epoch: 2, version: 5, isr: [1, 2] });
    answer(replica, 0, { version: 2, isr: [1, 2, 3] });
    expect(replica.state).toMatchObject({ isr: [1, 2], partitionEpoch: 5 });
  });
});

describe('leaving the ISR', () => {
  const lagTimer = { type: 'timerFired', name: 'replicaLag', key: 2 } as const;

  test('is for who has not been at the log end for replica.lag.time.max.ms', () => {
    const replica = leader();
    replica.fetch(2, 7, 1);
    const fired = replica.give(lagTimer);
    expect(proposed(fired)).toEqual([1]);
    // Until the controller agrees, its log end holds the high watermark.
    expect(replica.state.highWatermark).toBe(7);
    const done = answer(replica, 0, { version: 2, isr: [1] });
    expect(only(done, 'highWatermarkAdvanced').highWatermark).toBe(10);
  });

  test('is not for who stands at the log end, however silent, until the log goes on', () => {
    const replica = leader();
    replica.fetch(2, 10, 1);
    expect(has(replica.give(lagTimer), 'alterPartition')).toBe(false);
    expect(proposed(replica.produce(batch({})))).toEqual([1]);
  });

  test('counts as caught up who reaches the log end of its previous fetch', () => {
    const replica = leader();
    replica.fetch(2, 5, 1);
    replica.produce(batch({ records: 5 }), 1);
    const effects = replica.fetch(2, 10, 1);
    const { since } = only(effects, 'armTimer');
    // Since the previous fetch: that is when it was known to be at most so far behind.
    expect(since).toBe(replica.state.leaderState?.followers.get(2 as never)?.lastCaughtUpStamp);
    expect(since).toBeLessThan(
      replica.state.leaderState!.followers.get(2 as never)!.lastFetchStamp,
    );
    expect(has(replica.fetch(2, 11, 1), 'armTimer')).toBe(false);
  });

  test('comes at once for who lags when the change before is through', () => {
    const replica = leader([1, 2, 3]);
    replica.fetch(2, 7, 1);
    expect(proposed(replica.give(lagTimer))).toEqual([1, 3]);
    // One change at a time.
    expect(has(replica.give({ ...lagTimer, key: 3 }), 'alterPartition')).toBe(false);
    expect(proposed(answer(replica, 0, { version: 2, isr: [1, 3] }))).toEqual([1]);
  });

  test('refused with INELIGIBLE_REPLICA is asked for again when the timer says so, not at once', () => {
    const replica = leader();
    replica.fetch(2, 7, 1);
    replica.give(lagTimer);
    const refused = answer(replica, 107, null);
    expect(has(refused, 'alterPartition')).toBe(false);
    // Whoever reads, or changes something else, has nothing to say about it.
    expect(has(replica.consume(4), 'alterPartition')).toBe(false);
    expect(has(replica.give({ type: 'logStartMoved', offset: 1 }), 'alterPartition')).toBe(false);
    const retried = replica.give({ type: 'timerFired', name: 'alterPartitionRetry', key: 0 });
    expect(proposed(retried)).toEqual([1]);
  });

  test('and a late answer to the change before, of which the metadata have told, is no occasion to ask again', () => {
    const replica = leader([1, 2]);
    replica.give(lagTimer);
    replica.assign({ epoch: 2, isr: [1], version: 2 });
    expect(proposed(replica.fetch(2, 10, 1))).toEqual([1, 2]);
    answer(replica, 107, null, 2);
    const late = answer(replica, 0, { isr: [1], version: 2 }, 1);
    expect(has(late, 'alterPartition')).toBe(false);
    expect(replica.state.leaderState?.inflight).toBe(null);
  });
});

describe('the high watermark', () => {
  test('waits for a caught-up replica that may join, and not for one that may not (KAFKA-15021)', () => {
    const replica = leader([1], 1);
    replica.fetch(2, 10, 1);
    answer(replica, 107, null);
    replica.produce(batch({}), 1);
    expect(replica.state.highWatermark).toBe(10);
    replica.assign({ epoch: 2, isr: [1], stopping: [2] });
    expect(replica.state.highWatermark).toBe(11);
  });

  test('does not wait for a replica outside the ISR that was never caught up', () => {
    const replica = leader([1, 2], 1);
    replica.fetch(3, 1, 1);
    replica.fetch(2, 10, 1);
    expect(replica.state.highWatermark).toBe(10);
  });

  test('does not move for a fetch that diverges (KAFKA-13141)', () => {
    const replica = leader([1, 2, 3], 1);
    replica.fetch(2, 10, 1);
    const effects = replica.fetch(3, 12, 1);
    expect(only(effects, 'fetchAnswer')).toMatchObject({
      diverging: { epoch: 1, endOffset: 10 },
      from: 12,
      upTo: 12,
    });
    expect(replica.state.highWatermark).toBe(4);
  });
});
