/** What a replica hands to the rules of fetching, and what it answers by what they say. */

import { describe, expect, test } from 'vitest';
import type { FetchFencingFacts } from './rule-types.js';
import type { PartitionRules } from './rules.js';
import { partitionRules } from './rules.js';
import type { ReadQuestion } from './rules-read.js';
import { batch, has, only, TestReplica } from './test-replica.js';
import type { PartitionEffect } from './types.js';

function leader(rules: Partial<PartitionRules> = {}): TestReplica {
  const replica = new TestReplica({ end: 6, highWatermark: 2, epochs: [[1, 0]] }, rules);
  replica.assign({ leader: 1, epoch: 9, racks: { 1: 'a', 2: 'b', 3: 'b' } });
  return replica;
}

/** Told by a rule what it was asked. */
function spied<Question, Answer>(
  answer: (question: Question) => Answer,
): {
  readonly asked: Question[];
  readonly rule: (question: Question) => Answer;
} {
  const asked: Question[] = [];
  const rule = (question: Question): Answer => {
    asked.push(question);
    return answer(question);
  };
  return { asked, rule };
}

describe('the rule of fencing', () => {
  test('is told who asks, and what this replica is', () => {
    const { asked, rule } = spied((_facts: FetchFencingFacts) => 6);
    const replica = leader({ mayFetch: rule });
    replica.fetch(2, 6, 1);
    replica.fetch(9, 6, 1, 19);
    replica.consume(1, true);
    replica.assign({ leader: 2, epoch: 10, version: 2 });
    replica.fetch(3, 6, 1, 7);
    replica.assign({ leader: -1, epoch: 11, version: 3 });
    replica.consume(1);
    const of = (changes: object): object => ({
      isLeader: true,
      isFollower: false,
      anyReplica: false,
      leaderEpoch: 9,
      currentLeaderEpoch: 9,
      replica: null,
      ...changes,
    });
    expect(asked).toEqual([
      of({ replica: { isAssigned: true, brokerEpoch: 12, registeredBrokerEpoch: 12 } }),
      of({ replica: { isAssigned: false, brokerEpoch: 19, registeredBrokerEpoch: -1 } }),
      of({ anyReplica: true, currentLeaderEpoch: -1 }),
      of({
        isLeader: false,
        isFollower: true,
        leaderEpoch: 10,
        currentLeaderEpoch: 10,
        replica: { isAssigned: false, brokerEpoch: 7, registeredBrokerEpoch: 13 },
      }),
      of({ isLeader: false, leaderEpoch: 11, currentLeaderEpoch: -1 }),
    ]);
  });

  test('refuses without any records, and without a look at the position', () => {
    const replica = leader({ mayFetch: () => 74 });
    expect(only(replica.fetch(2, 6, 1), 'fetchAnswer')).toMatchObject({
      error: 74,
      from: 6,
      upTo: 6,
      diverging: null,
      preferred: null,
    });
    expect(replica.state.leaderState!.followers.get(2 as never)!.logEndOffset).toBe(-1);
  });

  test('may let somebody through whom the leader does not know: it notes nothing', () => {
    const replica = leader({ mayFetch: () => 0 });
    expect(only(replica.fetch(9, 3, 1), 'fetchAnswer')).toMatchObject({ error: 0, upTo: 6 });
    expect([...replica.state.leaderState!.followers.keys()]).toEqual([2, 3]);
    const follower = leader({ mayFetch: () => 0 });
    follower.assign({ leader: 2, epoch: 10, version: 2 });
    expect(only(follower.fetch(3, 3, 1), 'fetchAnswer')).toMatchObject({ error: 0, upTo: 6 });
  });
});

describe('the rule that names another replica', () => {
  test('is told of those that are known, with what they hold', () => {
    const { asked, rule } = spied((_question: ReadQuestion) => 1 as never);
    const replica = leader({ preferredReadReplica: rule });
    replica.fetch(2, 4, 1, 12, 3);
    replica.assign({
      epoch: 9,
      version: 2,
      isr: [1, 2],
      fenced: [3],
      racks: { 1: 'a', 2: 'b', 3: 'c' },
    });
    const answer = only(replica.consume(3, true, 'b'), 'fetchAnswer');
    expect(answer).toMatchObject({ preferred: null, error: 0, from: 3, upTo: 4 });
    expect(asked).toEqual([
      {
        clientRack: 'b',
        fetchOffset: 3,
        leader: 1,
        replicas: [
          { id: 1, rack: 'a', logStartOffset: 0, logEndOffset: 6, inIsr: true, fenced: false },
          { id: 2, rack: 'b', logStartOffset: 3, logEndOffset: 4, inIsr: true, fenced: false },
          { id: 3, rack: 'c', logStartOffset: -1, logEndOffset: -1, inIsr: false, fenced: true },
        ],
      },
    ]);
    replica.state.brokers.delete(3 as never);
    replica.state.leaderState!.followers.delete(2 as never);
    replica.consume(3, true, 'b');
    expect(asked[1]!.replicas.map(({ id }) => id)).toEqual([1]);
  });

  test('is not asked for a follower, for who names no rack, by who does not lead, or where there is an error', () => {
    const { asked, rule } = spied((_question: ReadQuestion) => 3 as never);
    const replica = leader({ preferredReadReplica: rule });
    replica.consume(3, true, '');
    replica.give({
      type: 'fetch',
      token: 1,
      replica: { id: 2, brokerEpoch: 12, logStartOffset: 0 },
      anyReplica: false,
      clientRack: 'b',
      currentLeaderEpoch: 9,
      fetchOffset: 6,
      lastFetchedEpoch: 1,
    });
    const refused = only(replica.consume(7, true, 'b'), 'fetchAnswer');
    expect(refused).toMatchObject({ error: 1, preferred: null });
    expect(only(diverging(replica, 'b'), 'fetchAnswer')).toMatchObject({
      error: 0,
      preferred: null,
    });
    expect(asked).toEqual([]);
    expect(only(replica.consume(3, true, 'b'), 'fetchAnswer').preferred).toBe(3);
    replica.assign({ leader: 2, epoch: 10, version: 2 });
    replica.consume(1, true, 'b');
    expect(asked).toHaveLength(1);
  });
});

/** A consumer that has read an epoch of which this log has none. */
function diverging(replica: TestReplica, clientRack: string): readonly PartitionEffect[] {
  replica.state.epochs = [
    { epoch: 1, startOffset: 0 },
    { epoch: 5, startOffset: 2 },
  ] as never;
  return replica.give({
    type: 'fetch',
    token: 1,
    replica: null,
    anyReplica: true,
    clientRack,
    currentLeaderEpoch: -1,
    fetchOffset: 4,
    lastFetchedEpoch: 3,
  });
}

describe('a position', () => {
  test('of a consumer in another epoch than the log has there diverges, and gets nothing', () => {
    expect(only(diverging(leader(), ''), 'fetchAnswer')).toMatchObject({
      error: 0,
      diverging: { epoch: 1, endOffset: 2 },
      from: 4,
      upTo: 4,
    });
  });

  test('below the log start or beyond its end is out of range, at a follower too', () => {
    const replica = leader();
    replica.give({ type: 'logStartMoved', offset: 2 });
    const error = (offset: number): number =>
      only(replica.consume(offset, true), 'fetchAnswer').error;
    expect([1, 2, 6, 7].map(error)).toEqual([1, 0, 0, 1]);
    replica.assign({ leader: 2, epoch: 10, version: 2 });
    expect([1, 2, 6, 7].map(error)).toEqual([1, 0, 0, 1]);
  });

  test('of a consumer is looked at beyond the high watermark by a leader, and not by a follower', () => {
    const { asked, rule } = spied((facts: { fetchOffset: number }) =>
      partitionRules.divergence(facts as never),
    );
    const replica = leader({ divergence: rule as never });
    replica.consume(3, true);
    replica.assign({ leader: 2, epoch: 10, version: 2 });
    replica.consume(3, true);
    replica.consume(2, true);
    expect(asked.map(({ fetchOffset }) => fetchOffset)).toEqual([3, 2]);
  });

  test('of a follower at the log start, in an epoch before all that are left, is not known to be one of this log', () => {
    const replica = new TestReplica({
      end: 9,
      highWatermark: 9,
      epochs: [
        [1, 0],
        [3, 6],
      ],
    });
    replica.assign({ epoch: 4 });
    replica.give({ type: 'logStartMoved', offset: 7 });
    const asked = (offset: number, epoch: number) =>
      only(replica.fetch(2, offset, epoch), 'fetchAnswer');
    const followers = replica.state.leaderState!.followers;
    expect(asked(7, 1)).toMatchObject({ error: 1, diverging: null, logStartOffset: 7 });
    expect(followers.get(2 as never)!.logEndOffset).toBe(-1);
    expect(asked(7, 3).error).toBe(0);
    expect(followers.get(2 as never)!.logEndOffset).toBe(7);
    // Nothing is before it; behind the start an epoch tells; and a consumer was there in its time.
    expect(asked(7, -1).error).toBe(0);
    expect(asked(8, 1).diverging).toEqual({ epoch: 1, endOffset: 7 });
    expect(only(replica.consume(7, false, '', 1), 'fetchAnswer').error).toBe(0);
  });

  test('that a rule calls out of range is, wherever it lies', () => {
    const replica = leader({ divergence: () => ({ error: 1, diverging: null }) });
    expect(only(replica.consume(2), 'fetchAnswer').error).toBe(1);
    const other = leader({ divergence: () => ({ error: 7, diverging: null }) });
    expect(only(other.consume(9), 'fetchAnswer').error).toBe(7);
  });
});

describe('the ISR that is asked for', () => {
  const ids = (effects: readonly PartitionEffect[]): unknown =>
    only(effects, 'alterPartition').newIsr.map(({ brokerId }) => brokerId);

  test('is in the order of its ids', () => {
    const replica = leader();
    replica.assign({ epoch: 9, version: 2, isr: [3, 1] });
    expect(ids(replica.fetch(2, 6, 1))).toEqual([1, 2, 3]);
  });

  test('loses who lags and lacks something, and nobody else', () => {
    const replica = leader();
    const lag = (key: number) => replica.give({ type: 'timerFired', name: 'replicaLag', key });
    replica.fetch(2, 6, 1);
    expect(has(lag(2), 'alterPartition')).toBe(false);
    expect(ids(lag(3))).toEqual([1, 2]);
    expect(has(lag(2), 'alterPartition')).toBe(false);
  });

  test('is asked for once: a second change would be two in flight', () => {
    const replica = leader();
    replica.give({ type: 'timerFired', name: 'replicaLag', key: 3 });
    expect(replica.state.leaderState!.inflight).not.toBe(null);
    const recovering = { epoch: 9, version: 1, recovering: true };
    expect(has(replica.assign(recovering), 'alterPartition')).toBe(false);
  });

  test('does not grow by who has not fetched yet', () => {
    const replica = new TestReplica({ end: 0 });
    replica.assign({ epoch: 1, isr: [1] });
    replica.state.leaderState!.followers.get(2 as never)!.lagging = false;
    const again = replica.assign({ epoch: 1, version: 1, isr: [1] });
    expect(has(again, 'alterPartition')).toBe(false);
  });

  test('is tried again after a pause where nobody knows what became of it', () => {
    const replica = leader();
    replica.give({ type: 'timerFired', name: 'replicaLag', key: 3 });
    const effects = replica.give({
      type: 'alterPartitionAnswered',
      error: 7,
      requestedPartitionEpoch: 1,
      assignment: null,
    });
    expect(effects).toEqual([
      {
        type: 'armTimer',
        name: 'alterPartitionRetry',
        key: 0,
        after: 'alterPartitionRetryBackoff',
      },
    ]);
  });

  test('leaves a lag timer that runs for as long as Kafka says', () => {
    const effects = leader().fetch(2, 6, 1);
    expect(only(effects, 'armTimer')).toMatchObject({
      name: 'replicaLag',
      key: 2,
      after: 'replica.lag.time.max.ms',
    });
  });
});

describe('the high watermark', () => {
  test('of a rule that takes it back, or beyond the log, stops the leader', () => {
    const at = (offset: number) => () => leader({ advanceHighWatermark: () => offset as never });
    expect(at(1)).toThrow('the high watermark of a leader went back');
    expect(at(7)).toThrow('the high watermark passed the log end');
  });
});

describe('deletions', () => {
  test('that wait are answered apart: one runs out, the other waits on', () => {
    const replica = leader();
    const asked = (token: number, offset: number) =>
      replica.give({ type: 'deleteRecords', token, offset });
    asked(1, 1);
    asked(2, 2);
    const expired = replica.give({ type: 'deleteRecordsExpired', token: 2 });
    expect(expired).toEqual([{ type: 'recordsDeleted', token: 2, error: 7, lowWatermark: -1 }]);
    expect(replica.state.leaderState!.deleting).toEqual([{ token: 1, requiredOffset: 1 }]);
    const lost = replica.assign({ leader: 2, epoch: 10, version: 2 });
    expect(only(lost, 'recordsDeleted')).toMatchObject({ token: 1, error: 6 });
  });
});

describe('a follower', () => {
  test('that is none any more appends nothing', () => {
    const replica = leader();
    expect(replica.fetched({ batches: [batch({ at: 6, epoch: 9 })] })).toEqual([]);
    replica.assign({ leader: 2, epoch: 10, version: 2 });
    const none = replica.assign({ leader: -1, epoch: 11, version: 3 });
    expect(only(none, 'roleChanged').role).toBe('none');
    expect(replica.fetched({ batches: [batch({ at: 6, epoch: 9 })] })).toEqual([]);
  });

  test('takes no epoch from a batch that is older than what it has', () => {
    const replica = new TestReplica({ end: 4, epochs: [[3, 0]] });
    replica.assign({ leader: 2, epoch: 9 });
    const effects = replica.fetched({
      batches: [batch({ at: 4, epoch: 3 }), batch({ at: 5, epoch: 2 })],
    });
    expect(has(effects, 'epochsChanged')).toBe(false);
    expect(replica.state.epochs).toEqual([{ epoch: 3, startOffset: 0 }]);
  });

  test('of an empty log may begin inside of a batch, and nobody else', () => {
    const fetched = (start: number, end: number, at: number, records: number): unknown => {
      const replica = new TestReplica({ end });
      Object.assign(replica.state, { logStartOffset: start, highWatermark: start });
      replica.assign({ leader: 2, epoch: 9 });
      const effects = replica.fetched(
        { batches: [batch({ at, records, epoch: 9 })], logStart: start },
        false,
      );
      return has(effects, 'append') ? 'appended' : only(effects, 'replicationFailed').baseOffset;
    };
    expect(fetched(4, 4, 2, 3)).toBe('appended');
    expect(fetched(4, 4, 4, 1)).toBe('appended');
    expect(fetched(4, 4, 2, 2)).toBe(2);
    expect(fetched(3, 4, 2, 3)).toBe(2);
  });
});
