import { describe, expect, test } from 'vitest';
import {
  checkLeader,
  endOffsetForEpoch,
  followerFetchPosition,
  isAppending,
  lastStableOffset,
  latestOffset,
} from './queries.js';
import { partitionRules } from './rules.js';
import { batch, has, only, TestReplica } from './test-replica.js';

type Epochs = readonly (readonly [number, number])[];

/** A follower of replica 2 in epoch 9. */
function follower(end: number, highWatermark: number, epochs: Epochs): TestReplica {
  const replica = new TestReplica({ end, highWatermark, epochs });
  replica.assign({ leader: 2, epoch: 9 });
  return replica;
}

describe('a follower', () => {
  test('appends what it fetched as it is and learns the epochs from it', () => {
    const replica = follower(4, 0, [[1, 0]]);
    const batches = [batch({ at: 4, epoch: 1 }), batch({ at: 5, epoch: 3, records: 2 })];
    const effects = replica.fetched({ batches, highWatermark: 6 });
    expect(only(effects, 'append')).toMatchObject({ token: null, baseOffset: 4, batches });
    expect(only(effects, 'epochsChanged').epochs.at(-1)).toEqual({ epoch: 3, startOffset: 5 });
    expect(followerFetchPosition(replica.state)).toEqual({
      offset: 7,
      lastFetchedEpoch: 3,
      currentLeaderEpoch: 9,
    });
    expect(replica.state.highWatermark).toBe(6);
  });

  test('takes from the leader high watermark what is in its page cache (HW-MONO)', () => {
    const replica = follower(4, 0, [[1, 0]]);
    replica.fetched({ batches: [batch({ at: 4, epoch: 1 })], highWatermark: 9 }, false);
    expect(replica.state.highWatermark).toBe(4);
    expect(followerFetchPosition(replica.state).offset).toBe(4);
    const effects = replica.give({ type: 'appended', endOffset: 5 });
    expect(only(effects, 'highWatermarkAdvanced').highWatermark).toBe(5);
    expect(lastStableOffset(replica.state)).toBe(5);
  });

  test('keeps its high watermark under a new leader that knows less', () => {
    const replica = follower(4, 3, [[1, 0]]);
    replica.fetched({ highWatermark: 1 });
    expect(replica.state.highWatermark).toBe(3);
  });

  test.each([
    ['of another leader epoch', { leaderEpoch: 8 }],
    ['of another position', { fetchOffset: 3 }],
    ['of another last epoch', { lastFetchedEpoch: 0 }],
  ])('ignores an answer %s', (_name, answer) => {
    const replica = follower(4, 0, [[1, 0]]);
    const effects = replica.give({
      type: 'fetched',
      leaderEpoch: 9,
      fetchOffset: 4,
      lastFetchedEpoch: 1,
      error: 0,
      diverging: { epoch: 0, endOffset: 0 },
      highWatermark: 0,
      logStartOffset: 0,
      batches: [],
      ...answer,
    });
    expect(effects).toEqual([]);
  });

  test('does not append a batch that overlaps its log', () => {
    const replica = follower(4, 0, [[1, 0]]);
    expect(replica.fetched({ batches: [batch({ at: 3, epoch: 1, records: 2 })] })).toEqual([
      { type: 'replicationFailed', logEndOffset: 4, baseOffset: 3 },
    ]);
    const next = [batch({ at: 4, epoch: 1, records: 3 }), batch({ at: 6, epoch: 1 })];
    expect(replica.fetched({ batches: next, highWatermark: 6 })).toEqual([
      { type: 'replicationFailed', logEndOffset: 4, baseOffset: 6 },
    ]);
    expect(replica.state).toMatchObject({ nextOffset: 4, highWatermark: 0 });
  });

  test('cuts nothing on becoming one, whatever its high watermark (KIP-101)', () => {
    const replica = new TestReplica({ end: 9, highWatermark: 2, epochs: [[1, 0]] });
    expect(has(replica.assign({ leader: 2, epoch: 9 }), 'truncate')).toBe(false);
  });
});

describe('truncation', () => {
  test('goes to the end of the largest common epoch (KIP-101)', () => {
    const replica = follower(9, 3, [
      [1, 0],
      [2, 6],
    ]);
    const effects = replica.fetched({ diverging: { epoch: 1, endOffset: 5 } });
    expect(only(effects, 'truncate').endOffset).toBe(5);
    expect(only(effects, 'epochsChanged').epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
    expect(followerFetchPosition(replica.state)).toMatchObject({ offset: 5, lastFetchedEpoch: 1 });
  });

  test('goes step by step where the follower lacks the epoch of the answer (KIP-279)', () => {
    // The leader holds epochs 0 and 2, the follower 0, 1 and 3.
    const replica = follower(9, 0, [
      [0, 0],
      [1, 4],
      [3, 6],
    ]);
    const first = replica.fetched({ diverging: { epoch: 2, endOffset: 8 } });
    expect(only(first, 'truncate').endOffset).toBe(6);
    expect(followerFetchPosition(replica.state).lastFetchedEpoch).toBe(1);
    const second = replica.fetched({ diverging: { epoch: 0, endOffset: 3 } });
    expect(only(second, 'truncate').endOffset).toBe(3);
  });

  test('drops the epoch of an election without data where no record is cut (KAFKA-10706)', () => {
    const replica = new TestReplica({ end: 5, epochs: [[1, 0]] });
    replica.assign({ leader: 1, epoch: 4 });
    replica.assign({ leader: 2, epoch: 9, version: 2 });
    expect(followerFetchPosition(replica.state).lastFetchedEpoch).toBe(4);
    const effects = replica.fetched({ diverging: { epoch: 1, endOffset: 5 } });
    expect(has(effects, 'truncate')).toBe(false);
    expect(only(effects, 'epochsChanged').epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
  });

  test('cuts to the end of the common epoch, however many are older', () => {
    const replica = follower(9, 0, [
      [0, 0],
      [1, 2],
      [2, 4],
      [5, 7],
    ]);
    // Both logs have epoch 2, and the follower's ends there one later.
    const effects = replica.fetched({ diverging: { epoch: 2, endOffset: 6 } });
    expect(only(effects, 'truncate').endOffset).toBe(6);
  });

  test('ends even if the logs have no epoch in common', () => {
    const replica = follower(9, 0, [[5, 0]]);
    const effects = replica.fetched({ diverging: { epoch: 2, endOffset: 20 } });
    expect(only(effects, 'truncate').endOffset).toBe(0);
  });

  test('to before its start begins the log anew', () => {
    const replica = follower(9, 6, [
      [1, 0],
      [2, 7],
    ]);
    replica.give({ type: 'logStartMoved', offset: 5 });
    const effects = replica.fetched({ diverging: { epoch: 1, endOffset: 3 } });
    expect(only(effects, 'resetLog').offset).toBe(3);
    expect(has(effects, 'truncate')).toBe(false);
    const at = { logStartOffset: 3, logEndOffset: 3, nextOffset: 3, highWatermark: 3, epochs: [] };
    expect(replica.state).toMatchObject(at);
  });

  test('takes the high watermark along after an unclean election, and the producers', () => {
    const replica = follower(9, 8, [
      [1, 0],
      [2, 6],
    ]);
    replica.fetched({ diverging: { epoch: 1, endOffset: 5 } });
    expect(replica.state.highWatermark).toBe(5);
  });

  test('lets nothing through before the host has cut', () => {
    const replica = follower(9, 0, [
      [1, 0],
      [2, 6],
    ]);
    replica.give({
      type: 'fetched',
      leaderEpoch: 9,
      fetchOffset: 9,
      lastFetchedEpoch: 2,
      error: 0,
      diverging: { epoch: 1, endOffset: 5 },
      highWatermark: 0,
      logStartOffset: 0,
      batches: [],
    });
    expect(replica.fetched({ batches: [batch({ at: 5, epoch: 9 })] })).toEqual([]);
    expect(replica.give({ type: 'appended', endOffset: 9 })).toEqual([]);
    replica.assign({ leader: 1, epoch: 10, version: 2 });
    expect(only(replica.produce(batch({}), 1), 'produced').error).toBe(6);
    replica.give({ type: 'truncated', endOffset: 5, producers: new Map() });
    expect(only(replica.produce(batch({}), 1), 'produced').error).toBe(0);
    // And the cut has not taken along what began meanwhile.
    expect(replica.state.epochs).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 10, startOffset: 5 },
    ]);
  });
});

describe('the log start', () => {
  test('follows the leader, and takes the high watermark along', () => {
    const replica = follower(9, 2, [[1, 0]]);
    const effects = replica.fetched({ logStart: 6, highWatermark: 1 });
    expect(only(effects, 'moveLogStart').offset).toBe(6);
    expect(replica.state).toMatchObject({ logStartOffset: 6, highWatermark: 6 });
  });

  test('beyond our end begins the log anew there, high watermark included (KAFKA-9491)', () => {
    const replica = follower(9, 9, [[1, 0]]);
    const effects = replica.fetched({ error: 1, logStart: 40 });
    expect(only(effects, 'resetLog').offset).toBe(40);
    const at = { logStartOffset: 40, logEndOffset: 40, highWatermark: 40, epochs: [] };
    expect(replica.state).toMatchObject(at);
    expect(replica.fetched({ error: 1, logStart: 7 }).map(({ type }) => type)).toEqual([
      'resetLog',
    ]);
    expect(replica.state.logEndOffset).toBe(7);
  });

  describe('at our end, where the leader cannot vouch for what is before', () => {
    const unknown = { error: 1, logStart: 9 };

    test('begins the log anew, and what its producers sent is forgotten', () => {
      const replica = follower(9, 8, [[1, 0]]);
      expect(only(replica.fetched(unknown), 'resetLog').offset).toBe(9);
      const at = { logStartOffset: 9, logEndOffset: 9, highWatermark: 9, epochs: [] };
      expect(replica.state).toMatchObject(at);
      expect(
        has(replica.fetched({ batches: [batch({ at: 9, epoch: 2 })], logStart: 9 }), 'append'),
      ).toBe(true);
    });

    test('leaves what is known to be committed: only the records go', () => {
      const replica = follower(9, 9, [[1, 0]]);
      const effects = replica.fetched(unknown);
      expect(effects.map(({ type }) => type)).toEqual(['epochsChanged', 'moveLogStart']);
      expect(replica.state).toMatchObject({ logStartOffset: 9, logEndOffset: 9, epochs: [] });
    });

    test('takes from an empty log the epoch that it cannot judge', () => {
      const replica = follower(9, 9, [[1, 0]]);
      replica.fetched({ logStart: 9, highWatermark: 9 });
      expect(replica.state.epochs).toEqual([{ epoch: 1, startOffset: 9 }]);
      expect(replica.fetched(unknown).map(({ type }) => type)).toEqual(['epochsChanged']);
      expect(replica.state.epochs).toEqual([]);
    });

    test('is not at 0, before which nothing is', () => {
      const replica = new TestReplica();
      replica.assign({ epoch: 1 });
      replica.assign({ leader: 2, epoch: 2, version: 2 });
      expect(replica.fetched({ error: 1, logStart: 0 })).toEqual([]);
      expect(replica.state.epochs).toEqual([{ epoch: 1, startOffset: 0 }]);
    });
  });

  test('unknown to whoever answered changes nothing', () => {
    const replica = follower(9, 9, [[1, 0]]);
    expect(replica.fetched({ error: 1, logStart: -1 })).toEqual([]);
  });
});

describe('queries', () => {
  const leader = () => {
    const replica = new TestReplica({
      end: 9,
      highWatermark: 4,
      epochs: [
        [1, 2],
        [3, 6],
      ],
    });
    replica.assign({ epoch: 5, isr: [1, 2] });
    return replica;
  };

  test.each([
    [3, 5, { error: 0, epoch: 3, endOffset: 9 }],
    [4, 5, { error: 0, epoch: 3, endOffset: 9 }],
    [2, 5, { error: 0, epoch: 1, endOffset: 6 }],
    [0, 5, { error: 0, epoch: 0, endOffset: 2 }],
    [5, 5, { error: 0, epoch: 5, endOffset: 9 }],
    [6, 5, { error: 0, epoch: -1, endOffset: -1 }],
    [3, 4, { error: 74, epoch: -1, endOffset: -1 }],
    [3, 6, { error: 75, epoch: -1, endOffset: -1 }],
  ])('the end of epoch %d, asked in epoch %d', (requested, current, end) => {
    const { state } = leader();
    const asked = endOffsetForEpoch(state, requested as never, current as never, partitionRules);
    expect(asked).toEqual(end);
  });

  test('latest is not answered before everything of earlier epochs is committed (KIP-207)', () => {
    const replica = leader();
    const unknown = { offset: -1, epoch: -1 };
    expect(latestOffset(replica.state, partitionRules)).toEqual({ error: 78, ...unknown });
    replica.fetch(2, 9, 3);
    expect(latestOffset(replica.state, partitionRules)).toEqual({ error: 0, offset: 9, epoch: 5 });
    replica.assign({ leader: 2, epoch: 6, version: 2 });
    expect(latestOffset(replica.state, partitionRules)).toEqual({ error: 6, ...unknown });
    expect(checkLeader(replica.state, 6 as never)).toBe(6);
    expect(checkLeader(replica.state, 5 as never)).toBe(74);
  });

  test('of a request that names no leader epoch only the role counts (KIP-320)', () => {
    const replica = leader();
    expect(checkLeader(replica.state, -1 as never)).toBe(0);
    replica.assign({ leader: 2, epoch: 6, version: 2 });
    expect(checkLeader(replica.state, -1 as never)).toBe(6);
  });

  test('something is being appended from when it was ordered until it is in the page cache', () => {
    const replica = follower(4, 0, [[1, 0]]);
    expect(isAppending(replica.state)).toBe(false);
    replica.fetched({ batches: [batch({ at: 4, epoch: 1, records: 2 })] }, false);
    expect(isAppending(replica.state)).toBe(true);
    replica.give({ type: 'appended', endOffset: 5 });
    expect(isAppending(replica.state)).toBe(true);
    replica.give({ type: 'appended', endOffset: 6 });
    expect(isAppending(replica.state)).toBe(false);
  });
});
