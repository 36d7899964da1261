/** What stops a replica: inputs and assignments that no host and no controller gives. And what comes late, and is not heard. */

import { describe, expect, test } from 'vitest';
import { knowsNoNewerLeader } from './confirmation.js';
import { epochsFromStart, withEpochEntry } from './epochs.js';
import { followUpError, proposeIsr } from './isr.js';
import { accountAppend, resetLog, truncateLog } from './log.js';
import { incrementSequence } from './producer-state.js';
import { partitionRules } from './rules.js';
import { startPartition } from './state.js';
import { batch, has, only, TestReplica } from './test-replica.js';

function leader(): TestReplica {
  const replica = new TestReplica({ end: 4, highWatermark: 2, epochs: [[1, 0]] });
  replica.assign({ epoch: 2 });
  return replica;
}

function follower(): TestReplica {
  const replica = new TestReplica({ end: 4, highWatermark: 2, epochs: [[1, 0]] });
  replica.assign({ leader: 2, epoch: 2 });
  return replica;
}

const start = (from: number, end: number) =>
  startPartition({
    config: { minInsyncReplicas: 1 },
    logStartOffset: from,
    logEndOffset: end,
    highWatermark: 0,
    epochs: [],
    producers: new Map(),
  } as never);

describe('a replica stops', () => {
  test.each<[string, string, () => unknown]>([
    ['its log starts before 0', 'a log starts at an offset', () => start(-1, 4)],
    ['its log ends before its start', 'a log ends behind its start', () => start(5, 4)],
    [
      'an input is of no known kind',
      'unreachable: nothing',
      () => leader().give({ type: 'nothing' as never }),
    ],
    ['a fetch names no offset', 'a fetch names an offset', () => leader().consume(-1)],
    [
      'a batch holds no record',
      'a batch holds at least one record',
      () => leader().produce(batch({ records: 0 })),
    ],
    [
      'more is in the page cache than was ordered',
      'more was appended than was ordered',
      () => leader().give({ type: 'appended', endOffset: 5 }),
    ],
    [
      'what is not committed is deleted',
      'only what is committed may be deleted',
      () => leader().give({ type: 'logStartMoved', offset: 3 }),
    ],
    [
      'a fetched batch has no epoch',
      'a stored batch has a leader epoch',
      () => follower().fetched({ batches: [batch({ at: 4 })] }),
    ],
    [
      'its ends are out of order: the high watermark below the log start',
      'the high watermark is below the log start',
      () => {
        const replica = follower();
        replica.state.logStartOffset = 3 as never;
        replica.give({ type: 'configured', config: { minInsyncReplicas: 1 } });
      },
    ],
    [
      'its ends are out of order: the high watermark beyond the log end',
      'the high watermark is beyond the log end',
      () => {
        const replica = follower();
        replica.state.highWatermark = 5 as never;
        replica.give({ type: 'configured', config: { minInsyncReplicas: 1 } });
      },
    ],
    [
      'its ends are out of order: the log end beyond what was ordered',
      'the log end is beyond what was ordered',
      () => {
        const replica = follower();
        replica.state.nextOffset = 3 as never;
        replica.give({ type: 'configured', config: { minInsyncReplicas: 1 } });
      },
    ],
    [
      'it leads without the state of a leader',
      'leaders have leader state',
      () => {
        const replica = leader();
        replica.state.leaderState = null;
        replica.give({ type: 'configured', config: { minInsyncReplicas: 1 } });
      },
    ],
    [
      'an epoch is none',
      'an epoch entry is of a real epoch and offset',
      () => withEpochEntry([], -1 as never, 0 as never),
    ],
    [
      'an epoch begins nowhere',
      'an epoch entry is of a real epoch and offset',
      () => withEpochEntry([], 0 as never, -1 as never),
    ],
    [
      'it asks for two changes of the ISR at once',
      'two ISR changes in flight',
      () => {
        const { state, rules } = leader();
        proposeIsr(state, state.leaderState!, [1 as never], [], rules);
        proposeIsr(state, state.leaderState!, [1 as never], [], rules);
      },
    ],
    [
      'it asks for an ISR without itself',
      'a leader is in its ISR',
      () => {
        const { state, rules } = leader();
        proposeIsr(state, state.leaderState!, [2 as never], [], rules);
      },
    ],
    [
      'a change of the ISR fails that is not under way',
      'a change in flight has failed',
      () => followUpError(leader().state.leaderState!, 107, [], partitionRules),
    ],
    [
      'a change of the ISR fails without an error',
      'a change in flight has failed',
      () => {
        const { state, rules } = leader();
        proposeIsr(state, state.leaderState!, [1 as never], [], rules);
        followUpError(state.leaderState!, 0, [], rules);
      },
    ],
    [
      'a batch begins within the log',
      'a batch is appended behind the log',
      () => accountAppend(follower().state, [batch({ at: 3 })]),
    ],
    [
      'its log is cut before offset 0',
      'a log is cut within itself',
      () => truncateLog(follower().state, -1 as never, [], partitionRules),
    ],
    [
      'its log is cut behind its end',
      'a log is cut within itself',
      () => truncateLog(follower().state, 5 as never, [], partitionRules),
    ],
    [
      'its log begins anew before offset 0',
      'a log starts at an offset',
      () => resetLog(follower().state, -1 as never, [], partitionRules),
    ],
    ['a sequence is below 0', 'a sequence is 31 bits', () => incrementSequence(-1, 0)],
    ['a sequence has 32 bits', 'a sequence is 31 bits', () => incrementSequence(2 ** 31, 0)],
    ['a sequence goes back', 'a sequence is 31 bits', () => incrementSequence(0, -1)],
  ])('where %s', (_name, words, spoil) => {
    expect(spoil).toThrow(words);
  });
});

describe('what comes late is not heard', () => {
  test('a cut by who cuts nothing, or one that a deeper cut has overtaken', () => {
    const replica = follower();
    const truncated = (endOffset: number) =>
      replica.give({ type: 'truncated', endOffset, producers: new Map() });
    expect(truncated(2)).toEqual([]);
    expect(truncated(0)).toEqual([]);
    expect(replica.state.logEndOffset).toBe(4);
    replica.state.pendingTruncation = 2 as never;
    replica.state.nextOffset = 2 as never;
    replica.state.logEndOffset = 2 as never;
    expect(truncated(3)).toEqual([]);
    expect(replica.state.pendingTruncation).toBe(2);
    // The host had to cut at a batch before the point.
    replica.state.epochs = [
      { epoch: 1, startOffset: 0 },
      { epoch: 2, startOffset: 1 },
    ] as never;
    replica.state.highWatermark = 2 as never;
    expect(only(truncated(1), 'epochsChanged').epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
    expect(replica.state).toMatchObject({
      nextOffset: 1,
      highWatermark: 1,
      pendingTruncation: null,
    });
  });

  test('bytes that were counted before, or are being cut', () => {
    const replica = leader();
    replica.produce(batch({}), -1, false);
    replica.give({ type: 'appended', endOffset: 4 });
    expect(replica.state.logEndOffset).toBe(4);
    expect(replica.give({ type: 'appended', endOffset: 3 })).toEqual([]);
    expect(replica.state.logEndOffset).toBe(4);
    replica.state.pendingTruncation = 2 as never;
    expect(replica.give({ type: 'appended', endOffset: 5 })).toEqual([]);
  });

  test('a timer of who leads no more, and of who follows no more', () => {
    expect(follower().give({ type: 'timerFired', name: 'replicaLag', key: 3 })).toEqual([]);
    expect(follower().give({ type: 'timerFired', name: 'alterPartitionRetry', key: 0 })).toEqual(
      [],
    );
    expect(leader().give({ type: 'timerFired', name: 'replicaLag', key: 9 })).toEqual([]);
  });

  test('the end of a wait that is over', () => {
    expect(leader().give({ type: 'produceExpired', token: 5 })).toEqual([]);
    expect(follower().give({ type: 'produceExpired', token: 5 })).toEqual([]);
    expect(leader().give({ type: 'deleteRecordsExpired', token: 5 })).toEqual([]);
    expect(follower().give({ type: 'deleteRecordsExpired', token: 5 })).toEqual([]);
  });

  test('a log start that is no news', () => {
    const replica = leader();
    replica.give({ type: 'logStartMoved', offset: 1 });
    expect(replica.state.logStartOffset).toBe(1);
    expect(replica.give({ type: 'logStartMoved', offset: 0 })).toEqual([]);
    expect(replica.state.logStartOffset).toBe(1);
    expect(replica.give({ type: 'logStartMoved', offset: 1 })).toEqual([]);
    expect(replica.state.logStartOffset).toBe(1);
  });

  test('an error of a leader that could not say where its log begins', () => {
    const replica = follower();
    expect(replica.fetched({ error: 1, logStart: -1 })).toEqual([]);
    // And one whose log begins at 0, as this one does.
    expect(has(replica.fetched({ error: 1, logStart: 0 }), 'resetLog')).toBe(false);
    const empty = new TestReplica({ end: 0 });
    empty.state.logStartOffset = 4 as never;
    empty.state.logEndOffset = 4 as never;
    empty.state.nextOffset = 4 as never;
    empty.state.highWatermark = 4 as never;
    empty.assign({ leader: 2, epoch: 2 });
    expect(empty.fetched({ error: 1, logStart: -1 })).toEqual([]);
    expect(only(empty.fetched({ error: 1, logStart: 0 }), 'resetLog').offset).toBe(0);
  });
});

describe('a deletion', () => {
  const asked = (replica: TestReplica, offset: number) =>
    replica.give({ type: 'deleteRecords', token: 3, offset });

  test('up to where the log begins already moves nothing', () => {
    const replica = leader();
    expect(has(asked(replica, 0), 'moveLogStart')).toBe(false);
    asked(replica, 1);
    expect(has(asked(replica, 1), 'moveLogStart')).toBe(false);
    expect(replica.state.leaderState!.deleting).toHaveLength(3);
  });

  test('is not for a log that is being cut', () => {
    const replica = leader();
    replica.state.pendingTruncation = 3 as never;
    expect(asked(replica, 1)).toEqual([
      { type: 'recordsDeleted', token: 3, error: 6, lowWatermark: -1 },
    ]);
  });

  test('waits for no follower whose broker nobody knows', () => {
    const replica = leader();
    replica.state.brokers.clear();
    expect(only(asked(replica, 1), 'recordsDeleted')).toMatchObject({ error: 0, lowWatermark: 1 });
  });
});

describe('leader epochs', () => {
  const epochs = [
    { epoch: 1, startOffset: 0 },
    { epoch: 4, startOffset: 5 },
    { epoch: 7, startOffset: 9 },
  ] as never as Parameters<typeof withEpochEntry>[0];

  test('are strictly rising: what is not older in both is dropped', () => {
    const placed = (epoch: number, startOffset: number): unknown =>
      withEpochEntry(epochs, epoch as never, startOffset as never).map((each) => [
        each.epoch,
        each.startOffset,
      ]);
    const known = [
      [1, 0],
      [4, 5],
      [7, 9],
    ];
    expect(placed(7, 12)).toEqual(known);
    expect(placed(8, 12)).toEqual([...known, [8, 12]]);
    expect(placed(8, 9)).toEqual([...known.slice(0, 2), [8, 9]]);
    expect(placed(4, 12)).toEqual([
      [1, 0],
      [4, 12],
    ]);
    const same = withEpochEntry(epochs, 7 as never, 12 as never);
    expect(same).not.toBe(epochs);
  });

  test('of a log that begins later begin where it does', () => {
    expect(epochsFromStart(epochs, 6 as never)).toEqual([
      { epoch: 4, startOffset: 6 },
      { epoch: 7, startOffset: 9 },
    ]);
    expect(epochsFromStart(epochs, 9 as never)).toEqual([{ epoch: 7, startOffset: 9 }]);
  });

  test('count, with the newest of the log, when a leader asks whether it still is one', () => {
    expect(knowsNoNewerLeader({ leaderEpoch: 1 as never, epochs }, 4 as never)).toBe(false);
    expect(knowsNoNewerLeader({ leaderEpoch: 1 as never, epochs }, 7 as never)).toBe(true);
    expect(knowsNoNewerLeader({ leaderEpoch: 8 as never, epochs }, 7 as never)).toBe(false);
    expect(knowsNoNewerLeader({ leaderEpoch: 4 as never, epochs: [] }, 4 as never)).toBe(true);
  });
});
